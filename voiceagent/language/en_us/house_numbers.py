"""House and unit numbers that are more than a row of digits.

"112 1/2", "123-A", "65-43" (Queens), "N6W23001" (Wisconsin's grid), "apartment 12-3". The readers
of addresses count in digits; what was written around them is kept here and put back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

HALF = ("and", "a", "half")
"""Words after a house number that make it a half one."""

_HALF = re.compile(r"(?<=\d)\s*(?:\s1/2|\N{VULGAR FRACTION ONE HALF})(?![\d/])")
_HALF_FIRST = re.compile(r"(?<![\w/])1/2\s+(\d{1,6})(?=\s+[A-Za-z])")
_GRID = r"[NSEW]\s?\d{1,5}\s?[NSEW]\s?\d{2,6}"
_PAIR = r"\d{1,3}-\d{2,3}"
_WRITTEN = re.compile(rf"(?<![\w-])(?:{_GRID}|{_PAIR})(?=\s+[A-Za-z0-9])", re.IGNORECASE)
_UNIT = re.compile(
    r"\b(?:apartment|apt\.?|unit|suite|ste\.?|lot|room|rm\.?|number|#)\s*#?(\d{1,4}-\d{1,4})\b",
    re.IGNORECASE,
)
_LETTER = re.compile(r"(?<![\w-])(\d{1,6})-([A-Za-z])(?=\s+[A-Za-z])")
_NO_DIGIT = re.compile(r"\D")
_MOST_DIGITS = 6


@dataclass(frozen=True, slots=True)
class WrittenNumbers:
    """A text whose numbers are rows of digits.

    Attributes:
        text: with "65-43 Austin Street" as "6543 Austin Street", halves as "and a half".
        houses: digits of a house number -> as it was written.
        units: digits of a unit's number -> as it was written.
    """

    text: str
    houses: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)


def plain_numbers(text: str) -> WrittenNumbers:
    """The text with its written house and unit numbers as digits; never raises."""
    houses: dict[str, str] = {}
    units: dict[str, str] = {}

    def house(match: re.Match[str]) -> str:
        digits = _NO_DIGIT.sub("", match[0])
        if len(digits) > _MOST_DIGITS:
            return match[0]
        houses[digits] = re.sub(r"\s", "", match[0]).upper()
        return digits

    def unit(match: re.Match[str]) -> str:
        digits = match[1].replace("-", "")
        units[digits] = match[1]
        return match[0].replace(match[1], digits)

    def lettered(match: re.Match[str]) -> str:
        houses[match[1]] = f"{match[1]}-{match[2].upper()}"
        return match[1]

    plain = _HALF_FIRST.sub(r"\1 1/2", text)
    plain = _HALF.sub(f" {' '.join(HALF)}", plain)
    plain = _UNIT.sub(unit, plain)
    plain = _LETTER.sub(lettered, plain)
    plain = _WRITTEN.sub(house, plain)
    return WrittenNumbers(plain, houses, units)
