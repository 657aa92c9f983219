"""Who is on duty when: the rota of the business file, and people's leave.

A rota is read off the wall clock of the business: "from 18:00 to 08:00" is that on every day of the
year, also when the night is an hour longer or shorter. Who stands in no shift is on duty whenever
they could be; who stands in one is on duty only then. Nobody is while on leave.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

from voiceagent.domain.business import Business, Lead, Leave, OnCallShift, Technician, Weekday

_ON_CALL_FIRST = ("on_call", "lead", "manager")
_OFFICE_FIRST = ("lead", "manager", "on_call")
_WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)


def is_on_leave(leave: Sequence[Leave], day: date) -> bool:
    """Whether a day is in somebody's leave, its first and last day included."""
    return any(one.first <= day <= one.last for one in leave)


def has_shift(business: Business, who: str, moment: datetime) -> bool:
    """Whether somebody's id is on the rota at an aware moment; True where the rota has no shift
    of theirs.
    """  # noqa: D205
    shifts = [shift for shift in business.rota if who in shift.who]
    return not shifts or any(_covers(shift, _local(business, moment)) for shift in shifts)


def is_on_call(business: Business, technician: Technician, start: datetime, end: datetime) -> bool:
    """Whether a technician can be called out from `start` to `end`, both aware.

    Shifts that follow one another count as one, so only the two ends are looked at.
    """
    if not technician.on_call or is_on_leave(technician.leave, _local(business, start).date()):
        return False
    last = end.astimezone(UTC) - timedelta(minutes=1)
    return has_shift(business, technician.id, start) and has_shift(business, technician.id, last)


def leads_on_duty(business: Business, moment: datetime) -> list[Lead]:
    """The leads who may be rung at an aware moment, in the order of the file."""
    day = _local(business, moment).date()
    return [
        lead
        for lead in business.escalation.leads
        if not is_on_leave(lead.leave, day) and has_shift(business, lead.id, moment)
    ]


def leads_in_order(business: Business, moment: datetime, *, on_call_first: bool) -> list[Lead]:
    """Of who is on duty at an aware moment, whom to turn to, the first of them first.

    Args:
        business: whose leads.
        moment: the time, aware.
        on_call_first: on-call staff before the office: the business is closed, or it is urgent.
    """
    order = _ON_CALL_FIRST if on_call_first else _OFFICE_FIRST
    return sorted(leads_on_duty(business, moment), key=lambda lead: order.index(lead.role))


def first_lead(business: Business, moment: datetime, *, on_call_first: bool) -> Lead | None:
    """Who is told of something: the first of `leads_in_order`, else who takes messages."""
    on_duty = leads_in_order(business, moment, on_call_first=on_call_first)
    return on_duty[0] if on_duty else lead_for_messages(business, moment)


def lead_for_messages(business: Business, moment: datetime) -> Lead | None:
    """Whom a message is left with: the first on duty; where nobody is, the first there is."""
    return next(iter((*leads_on_duty(business, moment), *business.escalation.leads)), None)


def _local(business: Business, moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo(business.timezone))


def _covers(shift: OnCallShift, at: datetime) -> bool:
    """Whether a shift that begins today or began yesterday lasts at a local time."""
    today = _WEEKDAYS[at.weekday()] in shift.days
    yesterday = _WEEKDAYS[at.weekday() - 1] in shift.days
    now = at.time()
    if shift.ends > shift.starts or shift.ends == time.min:
        return today and shift.starts <= now and (shift.ends == time.min or now < shift.ends)
    return (today and now >= shift.starts) or (yesterday and now < shift.ends)
