"""Wishes for a time: what a person can take, and how they say it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from loadtest.persona import spoken
from loadtest.persona.company import Company
from loadtest.persona.facts import VisitWish

NOON: Final = time(12)
EVENING: Final = time(18)
WINDOW: Final = timedelta(hours=2)
SATURDAY: Final = 5
_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class _Asking:
    """Who makes up a wish: when the call is, where, and with what luck."""

    now: datetime
    company: Company
    chances: random.Random

    def a_day(self, first: int = 1, last: int = 9) -> date:
        """A day on which the business is open, so many days ahead."""
        days = [self.now.date() + timedelta(days=ahead) for ahead in range(first, last + 1)]
        days = [day for day in days if self.company.is_open_day(day)]
        while not days:  # a holiday on either side of a weekend
            last += 1
            day = self.now.date() + timedelta(days=last)
            days = [day] if self.company.is_open_day(day) else []
        return self.chances.choice(days)

    def a_weekday_day(self, first: int = 1, last: int = 9) -> date:
        """The same, and no Saturday, when it closes early."""
        days = [self.now.date() + timedelta(days=ahead) for ahead in range(first, last + 1)]
        open_days = [day for day in days if self.company.is_open_day(day)]
        return self.chances.choice([day for day in open_days if day.weekday() < SATURDAY])

    def next_monday(self) -> date:
        """With which the next week begins."""
        return self.now.date() + timedelta(days=_WEEK - self.now.weekday())


def wish(name: str, now: datetime, company: Company, chances: random.Random) -> VisitWish:
    """A wish of one of `NAMES` that the business can meet, but for the impossible ones."""
    return _MAKERS[name](_Asking(now, company, chances))


def _any(_: _Asking) -> VisitWish:
    return VisitWish("any", lambda _start, _end: True)


def _day(asking: _Asking) -> VisitWish:
    day = asking.a_day()
    return VisitWish("day", lambda start, _: start.date() == day, day=day)


def _morning(_: _Asking) -> VisitWish:
    return VisitWish("morning", lambda start, _: start.time() < NOON)


def _afternoon(_: _Asking) -> VisitWish:
    return VisitWish("afternoon", lambda start, _: NOON <= start.time() < EVENING)


def _day_morning(asking: _Asking) -> VisitWish:
    day = asking.a_day()
    return VisitWish(
        "day_morning", lambda start, _: start.date() == day and start.time() < NOON, day=day
    )


def _day_afternoon(asking: _Asking) -> VisitWish:
    day = asking.a_day()
    return VisitWish(
        "day_afternoon",
        lambda start, _: start.date() == day and NOON <= start.time() < EVENING,
        day=day,
    )


def _after(asking: _Asking) -> VisitWish:
    hour = _hour(asking, 13, 16)
    return VisitWish("after", lambda start, _: start.time() >= hour, at=hour)


def _day_after(asking: _Asking) -> VisitWish:
    day, hour = asking.a_weekday_day(), _hour(asking, 10, 16)
    return VisitWish(
        "day_after", lambda start, _: start.date() == day and start.time() >= hour, day=day, at=hour
    )


def _before(asking: _Asking) -> VisitWish:
    hour = _hour(asking, 10, 12)
    return VisitWish("before", lambda start, end: _ends_by(start, end, hour), at=hour)


def _day_before(asking: _Asking) -> VisitWish:
    day, hour = asking.a_day(), _hour(asking, 10, 13)
    return VisitWish(
        "day_before",
        lambda start, end: start.date() == day and _ends_by(start, end, hour),
        day=day,
        at=hour,
    )


def _not_day(asking: _Asking) -> VisitWish:
    weekday = asking.a_day(1, 3).weekday()
    return VisitWish("not_day", lambda start, _: start.weekday() != weekday, weekday=weekday)


def _last(asking: _Asking) -> VisitWish:
    day = asking.a_day()
    closes = asking.company.hours[day.weekday()].closes
    return VisitWish(
        "last", lambda start, end: start.date() == day and end.time() == closes, day=day
    )


def _first_of_day(asking: _Asking) -> VisitWish:
    day = asking.a_day()
    opens = asking.company.hours[day.weekday()].opens
    return VisitWish(
        "first_of_day", lambda start, _: start.date() == day and start.time() == opens, day=day
    )


def _exact(asking: _Asking) -> VisitWish:
    day, hour = asking.a_weekday_day(), _hour(asking, 9, 16)
    return VisitWish(
        "exact",
        lambda start, end: start.date() == day and start.time() <= hour < end.time(),
        day=day,
        at=hour,
    )


def _next_week(asking: _Asking) -> VisitWish:
    monday = asking.next_monday()
    sunday = monday + timedelta(days=_WEEK - 1)
    return VisitWish("next_week", lambda start, _: monday <= start.date() <= sunday)


def _next_week_afternoon(asking: _Asking) -> VisitWish:
    weekly = _next_week(asking).allows
    return VisitWish(
        "next_week_afternoon",
        lambda start, end: weekly(start, end) and NOON <= start.time() < EVENING,
    )


def _too_far(asking: _Asking) -> VisitWish:
    day = asking.a_day(asking.company.days_ahead + 5, asking.company.days_ahead + 12)
    return VisitWish("too_far", lambda start, _: start.date() == day, day=day, impossible=True)


def _closed_day(asking: _Asking) -> VisitWish:
    day = asking.now.date() + timedelta(days=1)
    while asking.company.is_open_day(day):
        day += timedelta(days=1)
    return VisitWish("closed_day", lambda start, _: start.date() == day, day=day, impossible=True)


def _ends_by(start: datetime, end: datetime, hour: time) -> bool:
    return start.date() == end.date() and end.time() <= hour


def _hour(asking: _Asking, first: int, last: int) -> time:
    half = asking.chances.random() < 0.12  # noqa: PLR2004 - one hour in eight is a half
    hour = asking.chances.randint(first, last - half)
    return time(hour, 30 if half else 0)


_MAKERS: Final[Mapping[str, Callable[[_Asking], VisitWish]]] = {
    "any": _any,
    "day": _day,
    "morning": _morning,
    "afternoon": _afternoon,
    "day_morning": _day_morning,
    "day_afternoon": _day_afternoon,
    "after": _after,
    "day_after": _day_after,
    "before": _before,
    "day_before": _day_before,
    "not_day": _not_day,
    "last": _last,
    "first_of_day": _first_of_day,
    "exact": _exact,
    "next_week": _next_week,
    "next_week_afternoon": _next_week_afternoon,
    "too_far": _too_far,
    "closed_day": _closed_day,
}
NAMES: Final = tuple(_MAKERS)


def time_values(
    wanted: VisitWish, now: datetime, chances: random.Random, *, in_words: bool
) -> dict[str, str]:
    """The values that the wordings of a wish need."""
    values: dict[str, str] = {}
    if wanted.day is not None:
        said = spoken.day(wanted.day, now, chances, spoken=in_words)
        values["day"] = said
        bare = said.split()[0].lower() in {"today", "tomorrow", "the", "day", "this", "next"}
        values["on_day"] = said if bare else f"on {said}"
    if wanted.at is not None:
        values["hour"] = spoken.clock(wanted.at, chances, spoken=in_words)
    if wanted.weekday is not None:
        values["weekday"] = spoken.WEEKDAYS[wanted.weekday]
    return values
