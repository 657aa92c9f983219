"""When the business works, and which appointments it can offer.

Instants are compared in UTC and written in local time: two aware times of the same zone compare by
their wall clocks in Python, which is wrong in the hour a clock is set back. Windows start at
round local times (08:00, 10:00, ...) on every day of the year and last their full length; a start
that the clock skips in spring does not exist and is not offered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import get_args
from zoneinfo import ZoneInfo

import holidays

from voiceagent.domain.business import Business, Hours, OpenHours, Service, Technician, Weekday
from voiceagent.domain.records import Window

_WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
_NOON = 12


@dataclass(frozen=True, slots=True)
class Opening:
    """A window that one technician could take; times in the business's zone."""

    technician_id: str
    window: Window


def zone(business: Business) -> ZoneInfo:
    """The business's time zone."""
    return ZoneInfo(business.timezone)


def local(business: Business, moment: datetime) -> datetime:
    """An aware time on the business's wall clock."""
    return moment.astimezone(zone(business))


def display(business: Business, moment: datetime) -> str:
    """A time as people read it: ``Thu, Aug 28, 9:00 PM``."""
    at = local(business, moment)
    return f"{at:%a, %b} {at.day}, {_clock(at)}"


def display_window(business: Business, window: Window) -> str:
    """A window as people read it: ``Thu, Aug 28, 9:00 PM to 11:00 PM``."""
    return f"{display(business, window.start)} to {_clock(local(business, window.end))}"


def is_holiday(hours: Hours, day: date) -> bool:
    """Whether a day is closed: a public holiday there, or one of the business's own."""
    if day in hours.extra_closed_days:
        return True
    return hours.closed_on_holidays and day in _holidays(
        hours.holiday_country, hours.holiday_region, day.year
    )


def holiday_name(hours: Hours, day: date) -> str:
    """What a public holiday is called, "" on other days and where holidays are worked."""
    if not hours.closed_on_holidays:
        return ""
    named = _holiday_names(hours.holiday_country, hours.holiday_region, day.year)
    return named.get(day, "")


def why_closed(business: Business, service: Service, day: date | None) -> str:
    """A sentence that says why nobody comes on a day, "" when somebody could."""
    if day is None:
        return ""
    named = f"{day:%A, %B} {day.day}"
    if open_hours(business.hours, day) is None:
        holiday = holiday_name(business.hours, day)
        return f"I'm sorry, we are closed on {named}{f' ({holiday})' if holiday else ''}."
    skilled = [one for one in business.technicians if service.skill in one.skills]
    at_work = [one for one in skilled if one.hours is None or _works(one.hours, day)]
    if at_work or not skilled:
        return ""
    who = " and ".join(one.name for one in skilled)
    are = "are" if len(skilled) > 1 else "is"
    return f"I'm sorry, {who} {are} not in on {named}."


def _works(hours: Hours, day: date) -> bool:
    return day not in hours.extra_closed_days and hours.of(_WEEKDAYS[day.weekday()]) is not None


def open_hours(hours: Hours, day: date) -> OpenHours | None:
    """Opening hours of a calendar day, ``None`` when closed."""
    return None if is_holiday(hours, day) else hours.of(_WEEKDAYS[day.weekday()])


def is_after_hours(business: Business, moment: datetime) -> bool:
    """Whether the business is closed at that moment, by its clock and its holidays."""
    at = local(business, moment)
    today = open_hours(business.hours, at.date())
    return today is None or not today.opens <= at.time() < today.closes


def openings(
    business: Business,
    service: Service,
    now: datetime,
    *,
    urgent: bool,
    day: date | None = None,
    area: str | None = None,
) -> list[Opening]:
    """Everything the grid allows for a service, soonest first, bookings not yet considered.

    Args:
        business: hours, technicians and the grid's settings.
        service: what is to be done; only technicians with its skill count.
        now: aware; no window starts within `urgent_lead_minutes` of it.
        urgent: adds today's windows outside opening hours, for on-call technicians.
        day: only windows of that local day; otherwise up to `days_ahead` days.
        area: only technicians who serve that planning area.
    """
    earliest = now + timedelta(minutes=business.slots.urgent_lead_minutes)
    today = local(business, now).date()
    days = (
        [day]
        if day is not None
        else [today + timedelta(days=n) for n in range(business.slots.days_ahead + 1)]
    )
    found: list[Opening] = []
    for technician in business.technicians:
        if service.skill not in technician.skills:
            continue
        if area is not None and area not in technician.areas:
            continue
        for one in days:
            found += _of_day(business, technician, one, earliest, urgent=urgent)
    return sorted(found, key=lambda opening: _utc(opening.window.start))


def overlaps(one: Window, other: Window, *, buffer_minutes: int = 0) -> bool:
    """Whether two windows meet, or leave less than the travel time between them."""
    gap = timedelta(minutes=buffer_minutes)
    return _utc(one.start) < _utc(other.end) + gap and _utc(other.start) < _utc(one.end) + gap


def choose(
    business: Business,
    openings: Iterable[Opening],
    count: int,
    *,
    soonest: bool,
    chosen: Sequence[Opening] = (),
) -> list[Opening]:
    """The offers to make: `count` windows that do not overlap, in order of time.

    Args:
        business: for the wall clock.
        openings: free ones, soonest first.
        count: how many to return, `chosen` included.
        soonest: the next ones; otherwise, after the first, one in the other half of a day is
            preferred, since a caller whom 8 AM does not suit is seldom helped by 10 AM.
        chosen: offers that stand already.
    """
    picked = list(chosen)
    pool = list(openings)
    while len(picked) < count:
        fits = [o for o in pool if not any(overlaps(o.window, p.window) for p in picked)]
        if not fits:
            break
        others = [o for o in fits if _half(business, o) not in {_half(business, p) for p in picked}]
        picked.append(fits[0] if soonest or not others else others[0])
    return sorted(picked, key=lambda opening: _utc(opening.window.start))


def _of_day(
    business: Business, technician: Technician, day: date, earliest: datetime, *, urgent: bool
) -> Iterator[Opening]:
    """One technician's windows of one local day that start at `earliest` or later."""
    open_today = open_hours(business.hours, day)
    own = technician.hours
    if own is not None and not is_holiday(business.hours, day):
        open_today = None if day in own.extra_closed_days else own.of(_WEEKDAYS[day.weekday()])
    windows: list[Window] = []
    if open_today is not None:
        windows += _grid(business, day, open_today.opens, open_today.closes)
    if urgent and technician.on_call:
        windows += _urgent(business, day, earliest, open_today)
    for window in windows:
        if _utc(window.start) >= _utc(earliest):
            yield Opening(technician.id, window)


def _urgent(
    business: Business, day: date, earliest: datetime, open_today: OpenHours | None
) -> Iterator[Window]:
    """Windows around the opening hours: from the next full hour today, all of a closed day."""
    slots = business.slots
    at = local(business, earliest)
    on_the_hour = at.replace(minute=0, second=0, microsecond=0)
    first = (on_the_hour if on_the_hour == at else on_the_hour + timedelta(hours=1)).time()
    if day < at.date() or (day == at.date() and first < at.time()):
        return
    starts = max(slots.urgent_from, first) if day == at.date() else slots.urgent_from
    if day > at.date() and open_today is not None:
        return  # a day with opening hours has its own grid
    yield from _grid(business, day, starts, slots.urgent_until)


def _grid(business: Business, day: date, opens: time, closes: time) -> Iterator[Window]:
    """Windows of one day at round wall-clock times, as many as fit, never overlapping."""
    tz = zone(business)
    length = timedelta(minutes=business.slots.length_minutes)
    end_of_day = _utc(datetime.combine(day, closes, tz))
    wall = datetime.combine(day, opens)
    last_end: datetime | None = None
    while wall.date() == day:
        start = _utc(wall.replace(tzinfo=tz))
        exists = start.astimezone(tz).replace(tzinfo=None) == wall
        if start + length > end_of_day:
            return
        if exists and (last_end is None or start >= last_end):
            last_end = start + length
            yield Window(start.astimezone(tz), last_end.astimezone(tz))
        wall += length


def _half(business: Business, opening: Opening) -> bool:
    return local(business, opening.window.start).hour < _NOON


def _clock(at: datetime) -> str:
    hour = at.hour % _NOON or _NOON
    return f"{hour}:{at:%M} {'AM' if at.hour < _NOON else 'PM'}"


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _holidays(country: str, region: str | None, year: int) -> frozenset[date]:
    return frozenset(_holiday_names(country, region, year))


@lru_cache(maxsize=64)
def _holiday_names(country: str, region: str | None, year: int) -> Mapping[date, str]:
    return dict(holidays.country_holidays(country, subdiv=region, years=year))
