"""Letters without the accents that people leave out as they type, and recognisers as they write."""

from __future__ import annotations

import unicodedata


def without_accents(text: str) -> str:
    """A text with plain letters in the place of accented ones, small and capital as they were."""
    apart = unicodedata.normalize("NFD", text)
    return "".join(one for one in apart if not unicodedata.combining(one))
