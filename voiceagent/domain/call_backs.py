"""Who is to be rung back, and when: at hours when their phone may ring and somebody is at work.

Phones ring between 8 AM and 9 PM where the callee is (47 CFR 64.1200(c)(1)). Where that is, nobody
knows for sure: a number says where it was given out, and people move. So the hours must suit every
place they may be in: that of the number and that of the business. A number that says nothing may
be anywhere on the mainland.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from voiceagent.domain import calendar
from voiceagent.domain.business import Business
from voiceagent.domain.phones import zones_of
from voiceagent.domain.records import CallId, Window

FIRST_RING: Final = time(8, 0)
LAST_RING: Final = time(21, 0)

STEP: Final = timedelta(minutes=15)
"""Call backs begin and end at such times."""

SHORTEST: Final = timedelta(minutes=30)
"""A stretch of time in which somebody is rung back is at least so long."""

LONGEST: Final = timedelta(hours=2)
"""Who names a time is rung within so long of it."""

_DAYS_AHEAD: Final = 14

_MAINLAND: Final[Mapping[str, tuple[str, ...]]] = {
    "US": ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
    "CA": ("America/Halifax", "America/Winnipeg", "America/Vancouver"),
}
"""Zones in which somebody may be of whom only the country is known."""


@dataclass(frozen=True, slots=True)
class CallBackAsked:
    """Somebody is to be rung back.

    Attributes:
        key: makes it one, however often it is asked for.
        call_id: the conversation in which it was asked for.
        who: a number, or words where none is known.
        reason: why, in a word or a few.
        summary: what whoever rings should know.
        window: when; aware.
    """

    key: str
    call_id: CallId
    who: str
    reason: str
    summary: str
    window: Window


@dataclass(frozen=True, slots=True)
class CallBackKept:
    """One as it is kept: `call_sid` is the conversation's; `done_by` is empty while it waits."""

    asked: CallBackAsked
    call_sid: str
    asked_at: datetime
    done_at: datetime | None = None
    done_by: str = ""


def callee_zones(number: str, business: Business) -> frozenset[str]:
    """Every zone that somebody with this number may be in: the business's is always among them."""
    found = zones_of(number) or _MAINLAND.get(business.country, ())
    return frozenset((business.timezone, *found))


def may_ring(zones: frozenset[str], moment: datetime) -> bool:
    """Whether a phone may ring then, wherever of these zones it is."""
    there = (moment.astimezone(ZoneInfo(zone)).time() for zone in zones)
    return all(FIRST_RING <= at < LAST_RING for at in there)


def ring_window(
    business: Business, number: str, now: datetime, *, wished: datetime | None = None
) -> Window:
    """When to ring somebody back: the first stretch that suits them and finds somebody at work.

    Args:
        business: whose people ring.
        number: theirs, or words where none is known.
        now: aware.
        wished: the time they named; it is kept where it suits, and else the next one is taken.

    Returns:
        in the business's zone. Where the business is never open while that phone may ring, the
        phone's hours decide alone.
    """
    zones = callee_zones(number, business)
    start = max(now, wished) if wished is not None else now
    at_work = _stretch(business, zones, start, at_work=True)
    found = at_work or _stretch(business, zones, start, at_work=False)
    if found is None:
        raise ValueError("there are hours between 8 AM and 9 PM on every day")
    if wished is not None:
        found = Window(found.start, min(found.end, found.start + LONGEST))
    zone = calendar.zone(business)
    return Window(found.start.astimezone(zone), found.end.astimezone(zone))


def _stretch(
    business: Business, zones: frozenset[str], start: datetime, *, at_work: bool
) -> Window | None:
    """The first stretch of at least `SHORTEST` from `start` on, as long as it lasts that day."""
    first: datetime | None = None
    moment = _rounded_up(start)
    for _ in range(int(timedelta(days=_DAYS_AHEAD) / STEP)):
        open_now = not at_work or not calendar.is_after_hours(business, moment)
        suits = open_now and may_ring(zones, moment)
        if suits and first is None:
            first = moment
        if not suits and first is not None:
            if moment - first >= SHORTEST:
                return Window(first, moment)
            first = None
        moment += STEP
    return None


def _rounded_up(moment: datetime) -> datetime:
    seconds = STEP.total_seconds()
    over = moment.timestamp() % seconds
    return moment + timedelta(seconds=seconds - over) if over else moment
