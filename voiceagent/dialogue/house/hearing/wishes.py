"""By whom and at what price: a technician asked for by name, a coupon's code."""

from __future__ import annotations

import re

from voiceagent.domain.business import Business
from voiceagent.language.en_us.matching import words

_ASKS_FOR = re.compile(
    r"\b(?:send|ask(?:ing)? for|want|prefer|like|with|have|get|request|need|can|could|is|only)\b"
)
_OWN_NAME = re.compile(r"\b(?:my name|this is|i am|i'm|speaking|name is|tell|message)\b")
_JOINED = re.compile(r"[^A-Z0-9]")


def hear_technician(text: str, business: Business) -> str | None:
    """The id of the technician a caller would like to have, by first or whole name."""
    lower = text.lower()
    if _OWN_NAME.search(lower) or not _ASKS_FOR.search(lower):
        return None
    said = f" {' '.join(words(text))} "
    for one in business.technicians:
        first, *rest = one.name.lower().split()
        if first in {"the", "a"} or not rest:
            continue
        if f" {one.name.lower()} " in said or f" {first} " in said:
            return one.id
    return None


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
