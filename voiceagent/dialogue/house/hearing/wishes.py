"""By whom and at what price: a technician asked for by name, a coupon's code."""

from __future__ import annotations

import re

from voiceagent.domain.business import Business
from voiceagent.domain.staff import first_name, staff_names
from voiceagent.language.en_us.matching import words
from voiceagent.language.en_us.names import is_first_name
from voiceagent.language.en_us.wanting_people import wants_person

_ASKS_FOR = re.compile(
    r"\b(?:send|ask(?:ing)? for|want|prefer|like|with|have|get|request|need|can|could|is|only)\b"
)
_OWN_NAME = re.compile(r"\b(?:my name|this is|i am|i'm|speaking|name is|tell|message)\b")
_JOINED = re.compile(r"[^A-Z0-9]")
_OF_THEIRS = r"\b(?:my|our|his|her|their)(?: (?!tech|technician|guy|usual|favorite)\w+){0,2} "
"""What stands before the name of somebody of the caller's ("my son Mike")."""

_COMES_AGAIN = (
    r"(?:get|have|send|request|want|prefer|need)(?: us| me| out| over)? (?P<verb>NAME)"
    r" (?:again|back|this time|to come|to do it|come|out|over)\b"
    r"|(?:can|could|will|would) (?P<modal>NAME)"
    r" (?:come|be the one|do it|make it|fix it|take a look)\b"
    r"|is (?P<is>NAME) (?:available|free|working|coming|on duty)\b"
    r"|(?:same|that) (?:guy|tech|technician|man|person|one)(?: \w+){0,3} (?P<same>NAME)\b"
)
_SOMEBODY = re.compile(rf"\b(?:{_COMES_AGAIN.replace('NAME', '[a-z]+')})")
"""A wish for somebody whose name need not be known."""


def hear_technician(text: str, business: Business) -> str | None:
    """Whom a caller would like to come, by first or whole name; ``None`` for nobody.

    The id of a technician; else the name as it was said, of somebody who is none of them. Who is to
    be spoken to ("can I talk to Mike") is no technician who is to come.
    """
    lower = text.lower()
    if _OWN_NAME.search(lower) or not _ASKS_FOR.search(lower):
        return None
    if wants_person(lower, staff_names(business)):
        return None
    said = " ".join(words(text))
    for one in business.technicians:
        first = first_name(one.name)
        if not first:
            continue
        for name in (one.name.lower(), first):
            named = re.search(rf"\b{re.escape(name)}\b", said)
            if named is not None and not re.search(f"{_OF_THEIRS}$", said[: named.start()]):
                return one.id
    return _somebody_else(said)


def _somebody_else(said: str) -> str | None:
    found = _SOMEBODY.search(said)
    name = next(filter(None, found.groups()), "") if found is not None else ""
    return name.capitalize() if is_first_name(name) else None


def hear_coupon(text: str, business: Business) -> str | None:
    """The code of a coupon of the business that is named, spelled or not."""
    if not business.coupons:
        return None
    plain = _figured(text.upper())
    joined = {_JOINED.sub("", part) for part in _runs(plain)}
    return next((one.code for one in business.coupons if one.code in joined), None)


_FIGURES = {
    "ZERO": "0", "ONE": "1", "TWO": "2", "THREE": "3", "FOUR": "4", "FIVE": "5", "SIX": "6",
    "SEVEN": "7", "EIGHT": "8", "NINE": "9", "TEN": "10", "FIFTEEN": "15", "TWENTY": "20",
    "TWENTY-FIVE": "25", "FIFTY": "50",
}  # fmt: skip
_MOST_WORDS = 8


def _figured(text: str) -> str:
    return " ".join(_FIGURES.get(word.strip(".,!?"), word) for word in text.split())


def _runs(text: str) -> list[str]:
    """All neighbouring words together: "S T A Y 3" is said in five."""
    parts = text.split()
    return [
        "".join(parts[start:end])
        for start in range(len(parts))
        for end in range(start + 1, min(len(parts), start + _MOST_WORDS) + 1)
    ]
