"""A week that a caller names instead of a day: "in three weeks", "the week of the twentieth"."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from voiceagent.language.en_us.dates import hear_date
from voiceagent.language.en_us.lexicon import UNITS, words

_COUNT = r"(?P<count>\d|an? couple(?: of)?|a few|two|three|four|five|six|seven|eight)"
_WEEK_OF = re.compile(r"\b(?:the )?week (?:of|beginning|starting)(?: on)? (?P<day>.+)")
_AHEAD = re.compile(
    rf"\b(?:in|about|around|like|maybe|or)(?: about| around| like| maybe)? {_COUNT} weeks"
    rf"(?: time| from now| out)?\b(?! (?:from|after|before|ago))"
    rf"|\b{_COUNT.replace('count', 'also')} weeks (?:from now|out)\b"
)
_AFTER_NEXT = re.compile(r"\b(?:the )?week after next\b")
_FEW = {"a few": 3, "a couple": 2, "a couple of": 2, **UNITS}
_DAYS = 7


def hear_week(text: str, now: datetime) -> tuple[date, date] | None:
    """First and last day of the week that `text` names, Monday first, today at the earliest.

    ``None`` where none is named, or a day in it is ("Friday in three weeks"). Never raises on text.

    Args:
        text: recogniser words or typed text.
        now: aware time in the business's zone.
    """
    said = " ".join(words(text))
    of, ahead = _WEEK_OF.search(said), _AHEAD.search(said)
    if of is not None:
        day = hear_date(of["day"], now)
        rest = said[: of.start()]
    elif _AFTER_NEXT.search(said):
        day, rest = now.date() + timedelta(days=2 * _DAYS), _AFTER_NEXT.sub(" ", said)
    elif ahead is not None:
        count = ahead["count"] or ahead["also"]
        weeks = int(count) if count.isdecimal() else _FEW.get(count, 0)
        day = now.date() + timedelta(days=weeks * _DAYS) if weeks else None
        rest = f"{said[: ahead.start()]} {said[ahead.end() :]}"
    else:
        return None
    if day is None or hear_date(rest, now) is not None:
        return None
    monday = day - timedelta(days=day.weekday())
    return max(monday, now.date()), monday + timedelta(days=_DAYS - 1)
