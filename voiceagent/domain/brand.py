"""Words and claims that a business does not want to be said or written in its name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

_APART = re.compile(r"[^\w']+|_")


def forbidden_in(text: str, phrases: Sequence[str]) -> str | None:
    """The first of `phrases` that a text has, as whole words; ``None`` when it has none.

    Letter case, punctuation between the words, invisible characters and a plural's or an owner's s
    make no difference.
    """
    if not phrases:
        return None
    found = _pattern(tuple(phrases)).search(_plain(text))
    return None if found is None else phrases[(found.lastindex or 1) - 1]


def _plain(text: str) -> str:
    if text.isascii():
        return _APART.sub(" ", text.lower()).strip()
    straight = unicodedata.normalize("NFKC", text).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    visible = "".join(c for c in straight if unicodedata.category(c) != "Cf")
    return _APART.sub(" ", visible.casefold()).strip()


@lru_cache(maxsize=64)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """A group for each phrase, so that the group which matched tells which one it was."""
    parts = (f"({re.escape(_plain(phrase))})" for phrase in phrases)
    return re.compile(rf"(?<![\w'])(?:{'|'.join(parts)})(?:'?s|es)?(?![\w'])")
