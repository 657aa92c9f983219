"""Words that no business writes or says to a customer, whoever puts them into its mouth.

This is the moderation that runs without a service: insults, slurs, and words of sex and threats as
whole words, however they are dressed up ("f u c k", "sh1t", "shiiit"). A name or a street that has
one of them as a part ("Scunthorpe", "Cockburn Lane") is none of them, and words that are also names
or things of the trade ("dick", "screw", "cock") are not listed. A model's sentence that has one is
not said at all; of words that are passed on only these are left out.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

DENIED: Final = "***"
"""Stands in the place of such a word."""

_STEMS: Final = (
    *("fuck", "motherfuck", "shit", "bullshit", "asshole", "arsehole", "bitch", "bastard", "cunt"),
    *("whore", "slut", "wank", "dickhead", "twat", "faggot", "nigger", "nigga", "kike", "spic"),
    *("chink", "wetback", "tranny", "retard", "raghead", "porn", "blowjob", "cumshot", "rapist"),
    *("puta", "puto", "mierda", "pendejo", "pendeja", "cabron", "chinga", "verga", "maricon"),
    *("joder", "gilipollas", "hijueputa"),
)
_ENDINGS: Final = "(?:s|es|y|ed|er|ers|in|ing|ty|tard|face|head|hole|da|do|r|te)?"
_THREATS: Final = (
    r"(?:kill|hang|shoot|hurt) (?:yourself|urself)|(?:i|we)(?:'?ll| will) (?:kill|rape|shoot) you",
    r"(?:hope|wish) you die|go die|matate|te (?:voy|vamos) a matar|how to (?:make|build) a bomb",
)
_WORD: Final = re.compile(rf"(?:{'|'.join(_STEMS)}){_ENDINGS}")
_STEM: Final = re.compile("|".join(_STEMS))
_OTHER: Final = re.compile(r"[^a-z]+")
_PHRASE: Final = re.compile(rf"\b(?:{'|'.join(_THREATS)})\b")
_DRESSED: Final = str.maketrans("013457@$!|", "oieastasii")
_PIECE: Final = re.compile(r"[\w@$!|']+")
_SPELT: Final = re.compile(r"(?<!\w)(?:\w[\s.*_-]){3,}\w(?!\w)")
_AGAIN: Final = re.compile(r"(.)\1{2,}")


def without_denied(text: str) -> str:
    """A text with `DENIED` for every such word; all else as it was.

    Args:
        text: in written form, of any language.
    """
    if not _maybe(text):
        return text
    text = _SPELT.sub(lambda found: DENIED if _is_denied(found[0]) else found[0], text)
    text = _PIECE.sub(lambda found: DENIED if _is_denied(found[0]) else found[0], text)
    return DENIED if _PHRASE.search(_bare(text)) else text


def has_denied(text: str) -> bool:
    """Whether there is such a word in a text."""
    return without_denied(text) != text


def _maybe(text: str) -> bool:
    """Whether it is worth looking closer: in nearly every text no such stem stands at all."""
    bare = _bare(text)
    letters = _OTHER.sub("", bare.translate(_DRESSED))
    if _STEM.search(letters) or _PHRASE.search(bare):
        return True
    return (
        _AGAIN.search(letters) is not None and _STEM.search(_AGAIN.sub(r"\1", letters)) is not None
    )


def _bare(text: str) -> str:
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text)
    return "".join(one for one in apart if not unicodedata.combining(one)).casefold()


def _is_denied(piece: str) -> bool:
    bare = _bare(piece)
    if bare.isdecimal():
        return False
    letters = re.sub(r"[^a-z]", "", bare.translate(_DRESSED))
    shorter = _AGAIN.sub(r"\1", letters)
    return any(_WORD.fullmatch(one) for one in {letters, shorter})
