"""The windows that an agent names, made out of its sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from loadtest.persona.spoken import MONTHS, WEEKDAYS

_DAY: Final = re.compile(
    r"\b(?P<near>today|tonight|tomorrow(?: night| morning| afternoon| evening)?)\b"
    r"|\b(?P<weekday>mon|tue|wed|thu|fri|sat|sun)[a-z]*\b,?"
    r"(?:\s+(?:the\s+)?(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
    r"\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?)?",
    re.IGNORECASE,
)
_HOURS: Final = re.compile(
    r"(?P<from>\d{1,2}|noon|midnight)(?::(?P<from_min>\d\d))?\s*(?P<from_half>[ap]\.?m\.?)?"
    r"\s*(?:[\u2013\u2014-]|to|until|and)\s*"
    r"(?P<to>\d{1,2}|noon|midnight)(?::(?P<to_min>\d\d))?\s*(?P<to_half>[ap]\.?m\.?)?",
    re.IGNORECASE,
)
_NOON: Final = 12


@dataclass(frozen=True, slots=True)
class Named:
    """A window as it was named, in the business's own time."""

    start: datetime
    end: datetime


def named(text: str, now: datetime) -> tuple[Named, ...]:
    """The windows named in a sentence, in order; hours without a day belong to the last day."""
    marks = sorted(
        [(found.start(), found, True) for found in _DAY.finditer(text)]
        + [(found.start(), found, False) for found in _HOURS.finditer(text)],
        key=lambda mark: mark[0],
    )
    day: date | None = None
    windows: list[Named] = []
    for _, found, is_day in marks:
        if is_day:
            day = _day(found, now)
        elif day is not None and (window := _window(found, day, now)) is not None:
            windows.append(window)
    return tuple(dict.fromkeys(windows))


def _day(found: re.Match[str], now: datetime) -> date:
    today = now.date()
    if near := found["near"]:
        return today + timedelta(days=1) if near.lower().startswith("tomorrow") else today
    if month := found["month"]:
        number = [name[:3].lower() for name in MONTHS].index(month[:3].lower()) + 1
        wanted = date(today.year, number, int(found["day"]))
        passed = wanted < today - timedelta(days=60)
        return wanted.replace(year=today.year + 1) if passed else wanted
    weekday = [name[:3].lower() for name in WEEKDAYS].index(found["weekday"][:3].lower())
    return today + timedelta(days=(weekday - today.weekday()) % 7)


def _window(found: re.Match[str], day: date, now: datetime) -> Named | None:
    to_half = found["to_half"]
    if to_half is None and found["to"].isdigit():
        return None
    end = _hour(found["to"], to_half)
    start = _hour(found["from"], found["from_half"] or to_half)
    if start is None or end is None:
        return None
    if found["from_half"] is None and found["from"].isdigit() and start > end > 0:
        start -= _NOON
    begin = datetime.combine(day, time(start % 24, int(found["from_min"] or 0)), now.tzinfo)
    finish = datetime.combine(day, time(end % 24, int(found["to_min"] or 0)), now.tzinfo)
    if finish <= begin:
        finish += timedelta(days=1)
    return Named(begin, finish)


def _hour(text: str, half: str | None) -> int | None:
    if not text.isdigit():
        return _NOON if text.lower() == "noon" else 24
    hour = int(text)
    if not 0 < hour <= _NOON or half is None:
        return None
    return hour % _NOON + (_NOON if half.lower().startswith("p") else 0)
