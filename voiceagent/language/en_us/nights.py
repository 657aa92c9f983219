"""The small hours of a night that is named by its evening: "tonight at one".

A night belongs to the evening that it begins with, so its small hours are on the next date.
"""

from __future__ import annotations

import re
from datetime import datetime

from voiceagent.language.en_us.hour_bounds import Bound
from voiceagent.language.en_us.hours import ClockTime, hear_hours

_NIGHT_ENDS = 5
_HOUR = 60
_TONIGHT = r"ton(?:ight|ite)|this night"
_NIGHT = re.compile(
    rf"\b(?:{_TONIGHT}"
    r"|(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|tomorrow|that|the same) nights?)\b",
    re.IGNORECASE,
)
_THIS_NIGHT = re.compile(rf"\b(?:{_TONIGHT})\b", re.IGNORECASE)


def nights_on(text: str, now: datetime) -> int | None:
    """How many dates after the day it is named by an hour of a night is: 0, 1; ``None`` for others.

    Only an hour after midnight counts that is wished for, by itself or as the start of a span; of
    the night that is under way already the small hours are today's.

    Args:
        text: recogniser words or typed text.
        now: aware, in the business's zone.
    """
    if _NIGHT.search(text) is None:
        return None
    hours = hear_hours(text)
    if hours is None or hours.bound not in {Bound.AT, Bound.AFTER} or not is_small(hours.first):
        return None
    if hours.last is not None and not is_small(hours.last):
        return None
    return 0 if now.hour < _NIGHT_ENDS and _THIS_NIGHT.search(text) is not None else 1


def is_small(clock: ClockTime) -> bool:
    """Whether it is after midnight, or may be where nobody said which half of the day was meant."""
    return clock.minutes < _NIGHT_ENDS * _HOUR


def after_midnight(minutes: int | None) -> int | None:
    """An hour that was read as of the afternoon, as one of the night; minutes from midnight."""
    return None if minutes is None else minutes % (12 * _HOUR)
