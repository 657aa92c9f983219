"""The moment of a visit, as near as it is known: what its price goes by.

The chosen window, else the time that was named for it, else nobody knows. A price that is asked for
a time that nobody named is that of now.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final

from voiceagent.dialogue.house.facts import PARTS_OF_DAY, Facts
from voiceagent.domain.business import Business
from voiceagent.domain.calendar import is_after_hours, next_closed, open_hours
from voiceagent.language.en_us.times import Daypart
from voiceagent.language.en_us.wishes import NO_WISH

BEGINS: Final[Mapping[Daypart, int]] = {
    Daypart.MORNING: 8 * 60,
    Daypart.AFTERNOON: 12 * 60,
    Daypart.EVENING: 17 * 60,
}
"""Minutes from midnight."""

_NIGHT = 20 * 60
"""Minutes from midnight that "tonight" means where nothing else is said of the hour."""

_NOON = 12 * 60


def at_night(facts: Facts, business: Business, now: datetime) -> bool | None:
    """Whether the visit in question is one after hours; ``None`` while no time is named for it.

    Always False for a service that is not urgent: the hour changes nothing of its price.
    """
    service = business.service(facts.service) if facts.service else None
    moment = visit_moment(facts, business, now)
    if moment is None:
        return None
    return service is not None and service.urgent and is_after_hours(business, moment)


def visit_moment(facts: Facts, business: Business, now: datetime) -> datetime | None:
    """When the visit is: its window's start, or the time that was named; ``None`` for neither.

    Args:
        facts: what is known.
        business: for the hours of a day that was named without one.
        now: aware, in the business's zone.
    """
    if facts.window is not None:
        return facts.window.start
    named = named_moment(facts, business, now)
    if named is None and facts.off_hours:
        return next_closed(business, now)
    return named


def named_moment(facts: Facts, business: Business, now: datetime) -> datetime | None:
    """The time that was named for the visit, as near as it was said; ``None`` for none."""
    day = facts.day or now.date()
    minutes = _named_minutes(facts, business, day)
    if minutes is None:
        if facts.day in {None, now.date()}:
            return None
        minutes = _when_open(business, day, 0, 24 * 60, _NOON)
    hour, minute = divmod(minutes, 60)
    moment = datetime.combine(day, time(min(hour, 23), minute), now.tzinfo)
    later = facts.day is None and moment < now and facts.daypart is None
    return moment + timedelta(days=1) if later else moment


def _named_minutes(facts: Facts, business: Business, day: date) -> int | None:
    """The hour that was named, in minutes from midnight: of a part of day, one that is open."""
    wish, part = facts.wish or NO_WISH, facts.daypart
    at = wish.holding if wish.earliest is None else wish.earliest
    if at is not None or part is None:
        return at
    if part is Daypart.EVENING:
        return _NIGHT
    begins, ends = PARTS_OF_DAY[part]
    return _when_open(business, day, begins, ends, BEGINS[part])


def _when_open(business: Business, day: date, begins: int, ends: int, otherwise: int) -> int:
    """`otherwise`, or when the business opens, where that is later and before `ends`."""
    hours = open_hours(business.hours, day)
    opens = hours.opens.hour * 60 + hours.opens.minute if hours is not None else begins
    return max(opens, otherwise) if begins <= opens < ends else otherwise
