"""Whether what was stored, or read back, is what the person said."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from loadtest.persona import spoken
from loadtest.persona.facts import HomeAddress

_SHORT: Final = {
    "st": "street", "ave": "avenue", "av": "avenue", "dr": "drive", "rd": "road", "ln": "lane",
    "ct": "court", "blvd": "boulevard", "pl": "place", "cir": "circle", "hwy": "highway",
    "rte": "route", "rt": "route", "sr": "state route", "n": "north", "s": "south", "e": "east",
    "w": "west", "pkwy": "parkway", "ter": "terrace", "trl": "trail",
}  # fmt: skip
_DESIGNATORS: Final = frozenset(
    [
        "apartment",
        "apt",
        "unit",
        "suite",
        "ste",
        "lot",
        "number",
        "no",
        "room",
        "rm",
        "trailer",
        "space",
        "floor",
    ]
)
_STATE: Final = frozenset(("oh", "ohio", "usa"))
_ORDINALS: Final = {spoken.nth(at): spoken.ordinal(at) for at in range(1, 32)}
_WORD: Final = re.compile(r"[a-z0-9]+(?:/[0-9]+)?")


def plain(text: str) -> str:
    """Lower case, no accents; the half sign and "and a half" as 1/2."""
    flat = unicodedata.normalize("NFKD", text.replace("½", " 1/2").replace("\u2044", "/"))
    bare = "".join(one for one in flat if not unicodedata.combining(one)).lower()
    return re.sub(r"\band (a|one) half\b", "1/2", bare.replace("\u2044", "/"))


def words(text: str) -> list[str]:
    """The words of a text, plain."""
    return _WORD.findall(plain(text).replace("'", ""))


def address_words(text: str) -> list[str]:
    """The words of an address in their long forms, without state and designators."""
    joined = re.sub(r"(?<=\d)-(?=[a-z\d])", "", plain(text))
    found: list[str] = []
    for word in _WORD.findall(joined.replace("#", " ").replace("'", "")):
        long = _ORDINALS.get(word) or _SHORT.get(word) or word
        found += long.split()
    return [one for one in found if one not in _STATE and one not in _DESIGNATORS]


def address_faults(stored: str, place: HomeAddress) -> list[str]:
    """What is wrong with an address for a place; nothing when one would find the door."""
    want = address_words(f"{place.number} {place.street} {place.unit} {place.city}")
    have = [one for one in address_words(stored) if one != place.zip_code]
    if place.unit:  # "3 B" and "3B"
        unit = plain(place.unit).replace("-", "")
        spaced = " ".join(have)
        loose = r"\b" + r"\s?".join(unit) + r"\b"
        have = re.sub(loose, unit, spaced).split()
    missing = [one for one in want if one not in have]
    extra = [one for one in have if one not in want and not re.fullmatch(r"\d{5}", one)]
    faults = []
    if missing:
        faults.append(f"lacks {' '.join(missing)}")
    if extra:
        faults.append(f"has {' '.join(extra)}")
    return faults


def same_name(stored: str, full: str) -> bool:
    """Whether two names are one, but for case, accents and hyphens."""
    return words(stored) == words(full)


def mentions(text: str, keys: Iterable[str]) -> bool:
    """Whether a text has a word that begins with one of the keys."""
    spaced = " " + " ".join(words(text))
    return any(f" {key}" in spaced for key in keys)


def foreign(text: str, sources: Iterable[str]) -> list[str]:
    """Words of a text that nobody said in any of the sources, nor their stems."""
    known = {_stem(word) for source in sources for word in words(source)}
    return [word for word in words(text) if _stem(word) not in known and word not in _SMALL]


_SMALL: Final = frozenset(
    [
        "the",
        "a",
        "an",
        "is",
        "are",
        "was",
        "not",
        "no",
        "and",
        "or",
        "to",
        "of",
        "in",
        "on",
        "it",
        "its",
        "at",
        "for",
        "from",
        "by",
        "has",
        "with",
        "isn",
        "isnt",
        "wont",
        "will",
        "caller",
        "says",
        "said",
        "reported",
        "reports",
        "customer",
        "also",
        "unit",
        "ac",
        "code",
    ]
)


def _stem(word: str) -> str:
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return word[: -len(ending)].rstrip("e")
    return word.rstrip("e")
