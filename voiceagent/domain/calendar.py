"""When the business works, and which appointments it can offer.

Instants are compared in UTC and written in local time: two aware times of the same zone compare by
their wall clocks in Python, which is wrong in the hour a clock is set back. Windows start at
round local times (08:00, 10:00, ...) on every day of the year and last their full length; a start
that the clock skips in spring does not exist and is not offered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import get_args
from zoneinfo import ZoneInfo

import holidays

from voiceagent.domain.business import Business, Hours, OpenHours, Service, Technician, Weekday
from voiceagent.domain.records import Window
from voiceagent.domain.rota import is_on_call, is_on_leave

_WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
_NOON = 12
_A_DAY = timedelta(days=1)


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
    at_work = [one for one in skilled if _is_in(one, day)]
    if at_work or not skilled:
        return ""
    who = " and ".join(one.name for one in skilled)
    are = "are" if len(skilled) > 1 else "is"
    return f"I'm sorry, {who} {are} not in on {named}."


def _is_in(technician: Technician, day: date) -> bool:
    """Whether a technician works on a day on which the business does."""
    hours = technician.hours
    if is_on_leave(technician.leave, day):
        return False
    return hours is None or (
        day not in hours.extra_closed_days and hours.of(_WEEKDAYS[day.weekday()]) is not None
    )


def open_hours(hours: Hours, day: date) -> OpenHours | None:
    """Opening hours that begin on a calendar day, ``None`` when closed."""
    return None if is_holiday(hours, day) else hours.of(_WEEKDAYS[day.weekday()])


def is_after_hours(business: Business, moment: datetime) -> bool:
    """Whether the business is closed at that moment, by its clock and its holidays.

    Hours past midnight are those of the day on which they began: the small hours after a holiday
    are closed, those of a holiday that follows a working night are open.
    """
    return not _is_open(lambda day: open_hours(business.hours, day), local(business, moment))


def next_closed(business: Business, now: datetime) -> datetime | None:
    """The first full hour from `now` on at which the business is closed, `now` itself when it is.

    ``None`` where it is open all week.
    """
    first = local(business, now)
    whole = first.replace(minute=0, second=0, microsecond=0)
    hours = (local(business, _utc(whole) + timedelta(hours=n)) for n in range(1, 7 * 24 + 1))
    return next((one for one in (first, *hours) if is_after_hours(business, one)), None)


def _is_open(hours_on: Callable[[date], OpenHours | None], at: datetime) -> bool:
    """Whether it is open at a local time, today's hours or last night's."""
    today = hours_on(at.date())
    if today is not None and at.time() >= today.opens:
        return today.past_midnight or at.time() < today.closes
    last_night = hours_on(at.date() - _A_DAY)
    return last_night is not None and last_night.past_midnight and at.time() < last_night.closes


def openings(
    business: Business,
    service: Service,
    now: datetime,
    *,
    urgent: bool,
    day: date | None = None,
    until: date | None = None,
    area: str | None = None,
) -> list[Opening]:
    """Everything the grid allows for a service, soonest first, bookings not yet considered.

    Args:
        business: hours, technicians and the grid's settings.
        service: what is to be done; only technicians with its skill count.
        now: aware; no window starts within `urgent_lead_minutes` of it.
        urgent: adds today's windows outside opening hours, for on-call technicians.
        day: only windows that start on that local day; otherwise up to `days_ahead` days.
        until: with `day`, windows that start up to that day, too.
        area: only technicians who serve that planning area.
    """
    earliest = now + timedelta(minutes=business.slots.urgent_lead_minutes)
    today = local(business, now).date()
    first = today if day is None else day
    last = today + timedelta(days=business.slots.days_ahead) if day is None else until or day
    nights = [first + timedelta(days=n) for n in range(-1, (last - first).days + 1)]
    found: list[Opening] = []
    for technician in business.technicians:
        if service.skill not in technician.skills:
            continue
        if area is not None and area not in technician.areas:
            continue
        for one in nights:
            found += [
                opening
                for opening in _of_day(business, technician, one, earliest, urgent=urgent)
                if first <= opening.window.start.date() <= last
            ]
    return sorted(found, key=lambda opening: _utc(opening.window.start))


def overlaps(one: Window, other: Window, *, buffer_minutes: int = 0) -> bool:
    """Whether two windows meet, or leave less than the travel time between them."""
    gap = timedelta(minutes=buffer_minutes)
    return _utc(one.start) < _utc(other.end) + gap and _utc(other.start) < _utc(one.end) + gap


def travel_minutes(business: Business, one: str | None, other: str | None) -> int:
    """What a technician needs from one visit to the next, by the areas (ids) they are in.

    Between two areas it is the drive of both, through the middle. An area that is not known counts
    as the other one.
    """
    least = business.slots.travel_buffer_minutes
    if one is None or other is None or one == other:
        return least
    drives = {area.id: area.drive_minutes for area in business.areas}
    return max(least, drives.get(one, 0) + drives.get(other, 0))


def longest_travel_minutes(business: Business) -> int:
    """The most that `travel_minutes` can be."""
    ids = [area.id for area in business.areas]
    pairs = ((one, other) for one in ids for other in ids)
    least = business.slots.travel_buffer_minutes
    return max((travel_minutes(business, *pair) for pair in pairs), default=least)


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
    """One technician's windows of the hours that begin on one day, from `earliest` on."""
    open_today = _hours_of(business, technician, day)
    if is_on_leave(technician.leave, day):
        return
    windows: list[Window] = []
    if open_today is not None:
        windows += _grid(business, *_span(day, open_today.opens, open_today.closes))
    if urgent and technician.on_call:
        windows += [
            window
            for window in _urgent(business, day, earliest, open_today)
            if is_on_call(business, technician, window.start, window.end)
            or _at_work(business, technician, window)
        ]
    for window in windows:
        if _utc(window.start) >= _utc(earliest):
            yield Opening(technician.id, window)


def _hours_of(business: Business, technician: Technician, day: date) -> OpenHours | None:
    """A technician's hours that begin on a day: their own, but for the business's holidays."""
    own = technician.hours
    if own is None or is_holiday(business.hours, day):
        return open_hours(business.hours, day)
    return None if day in own.extra_closed_days else own.of(_WEEKDAYS[day.weekday()])


def _at_work(business: Business, technician: Technician, window: Window) -> bool:
    """Whether a window lies in a technician's hours, for which they need not be on call."""
    ends = local(business, _utc(window.end) - timedelta(minutes=1))
    return all(
        _is_open(lambda day: _hours_of(business, technician, day), at)
        for at in (local(business, window.start), ends)
    )


def _urgent(
    business: Business, day: date, earliest: datetime, open_today: OpenHours | None
) -> Iterator[Window]:
    """Windows around the opening hours: from the next full hour today, all of a closed day."""
    at = local(business, earliest)
    starts, ends = _span(day, business.slots.urgent_from, business.slots.urgent_until)
    if starts.date() > at.date():
        if open_today is None:  # a day with opening hours has its own grid
            yield from _grid(business, starts, ends)
        return
    on_the_hour = at.replace(minute=0, second=0, microsecond=0)
    first = on_the_hour if on_the_hour == at else _an_hour_later(business, on_the_hour)
    yield from _grid(business, max(starts, first.replace(tzinfo=None)), ends)


def _an_hour_later(business: Business, moment: datetime) -> datetime:
    return local(business, _utc(moment) + timedelta(hours=1))


def _span(day: date, opens: time, closes: time) -> tuple[datetime, datetime]:
    """From and to, on the wall clock; what does not end later than it begins ends the next day."""
    ends = day + _A_DAY if closes <= opens else day
    return datetime.combine(day, opens), datetime.combine(ends, closes)


def _grid(business: Business, opens: datetime, closes: datetime) -> Iterator[Window]:
    """Windows between two times of the wall clock, as many as fit, never overlapping.

    They start at round times: a start that the clock skips does not exist; one that it shows twice
    is there twice, if the windows before leave room.
    """
    tz = zone(business)
    length = timedelta(minutes=business.slots.length_minutes)
    end = max(_utc(closes.replace(tzinfo=tz, fold=fold)) for fold in (0, 1))
    walls: set[datetime] = set()
    wall = opens
    while wall < closes:
        walls.add(wall)
        wall += length
    starts = {_utc(one.replace(tzinfo=tz, fold=fold)) for one in walls for fold in (0, 1)}
    last_end: datetime | None = None
    for start in sorted(starts):
        exists = start.astimezone(tz).replace(tzinfo=None, fold=0) in walls
        if exists and start + length <= end and (last_end is None or start >= last_end):
            last_end = start + length
            yield Window(start.astimezone(tz), last_end.astimezone(tz))


def _half(business: Business, opening: Opening) -> bool:
    return local(business, opening.window.start).hour < _NOON


def _clock(at: datetime) -> str:
    """As on a clock; with the zone in the hour that a night has twice."""
    hour = at.hour % _NOON or _NOON
    twice = at.replace(fold=0).utcoffset() != at.replace(fold=1).utcoffset()
    return f"{hour}:{at:%M} {'AM' if at.hour < _NOON else 'PM'}{f' {at:%Z}' if twice else ''}"


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _holidays(country: str, region: str | None, year: int) -> frozenset[date]:
    return frozenset(_holiday_names(country, region, year))


@lru_cache(maxsize=64)
def _holiday_names(country: str, region: str | None, year: int) -> Mapping[date, str]:
    return dict(holidays.country_holidays(country, subdiv=region, years=year))
