"""Whether a text can be written down: nothing keeps a NUL or half of a character."""

from __future__ import annotations


def is_storable(text: str) -> bool:
    """Whether it holds no NUL and no half of a surrogate pair."""
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
