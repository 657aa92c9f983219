from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from pydantic import AwareDatetime, Field

from tools._booking import here, service_named, when
from voiceagent.domain import calendar
from voiceagent.domain.business import Service
from voiceagent.domain.calendar import Opening
from voiceagent.domain.records import Slot, Window
from voiceagent.errors import CallerFixable
from voiceagent.ports.schedule import Busy
from voiceagent.toolkit.answers import Arguments, Result
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.policy import ToolRule
from voiceagent.toolkit.spec import tool

NOTHING_FREE = "I'm sorry, I have nothing open then."
_MAX_ROUNDS = 3
"""How often windows that somebody else took meanwhile are replaced by others."""


class AvailabilityArgs(Arguments):
    """What is wanted, and optionally when (the business's own calendar) and by whom.

    When nothing is free that keeps a wish, the closest windows are returned, and `message` says so.
    """

    service_type: str
    is_emergency: bool
    preferred_date: date | None = None
    not_before: time | None = None
    """A window starts then or later, on the business's wall clock."""

    not_after: time | None = None
    """A window has ended by then."""

    around: time | None = None
    """A window holds this time."""

    last_of_day: bool = False
    not_on: tuple[date, ...] = Field(default=(), max_length=14)
    technician: str | None = None
    """The id of whom the caller asks for, in the business file."""


class AvailableSlot(Result):
    """The start of a window; `datetime` identifies it when booking."""

    datetime: AwareDatetime
    display: str


class AvailabilityResult(Result):
    """The windows that are now held for this call, soonest first."""

    available_slots: tuple[AvailableSlot, ...]
    message: str


@tool(budget_s=1.0, filler="Let me see who is free.", rule=ToolRule(most=40))
async def check_availability(args: AvailabilityArgs, ctx: ToolContext) -> AvailabilityResult:
    """Offer appointment windows and hold them for this call for a few minutes.

    Only windows it returned can be booked. Asking again replaces the earlier offer.
    """
    service = service_named(args.service_type, ctx)
    now = ctx.clock.now()
    _check_date(args.preferred_date, ctx, now)
    urgent = args.is_emergency and service.urgent
    free, own = await _free(service, now, args.preferred_date, ctx, urgent=urgent)
    wished = [opening for opening in free if _keeps(args, opening)]
    if args.last_of_day:
        wished = _last_of_their_days(wished or free)
    kept = wished or free
    offers = await _hold(service, kept, own, ctx, soonest=urgent or kept is not wished)
    message = calendar.why_closed(ctx.business, service, args.preferred_date) or NOTHING_FREE
    if offers:
        lead = "Available" if wished else "Nothing is free as wished. The closest"
        message = f"{lead}: " + "; or ".join(when(ctx, one.window) for one in offers) + "."
    elif args.preferred_date is None:
        days = ctx.business.slots.days_ahead
        message = f"I'm sorry, I have nothing open in the next {days} days."
    return AvailabilityResult(
        available_slots=tuple(
            AvailableSlot(
                datetime=here(ctx, one.window.start),
                display=calendar.display(ctx.business, one.window.start),
            )
            for one in offers
        ),
        message=message,
    )


def _keeps(args: AvailabilityArgs, opening: Opening) -> bool:
    """Whether a window keeps what was wished for beside the day."""
    start, end = opening.window.start, opening.window.end
    ends = end.time() if end.date() == start.date() else time.max
    return (
        (args.not_before is None or start.time() >= args.not_before)
        and (args.not_after is None or ends <= args.not_after)
        and (args.around is None or start.time() <= args.around < ends)
        and start.date() not in args.not_on
        and (args.technician is None or opening.technician_id == args.technician)
    )


def _last_of_their_days(openings: Sequence[Opening]) -> list[Opening]:
    """The last window of each day."""
    last: dict[date, Opening] = {}
    for opening in openings:
        last[opening.window.start.date()] = opening
    return list(last.values())


def _check_date(day: date | None, ctx: ToolContext, now: datetime) -> None:
    today = calendar.local(ctx.business, now).date()
    if day is None or today <= day <= today + timedelta(days=ctx.business.slots.days_ahead):
        return
    ahead = ctx.business.slots.days_ahead
    raise CallerFixable(
        "date.out_of_range",
        f"Dates from today to {ahead} days ahead can be booked.",
        say=f"I can book up to {ahead} days ahead. Which day would you like?",
        field="preferred_date",
    )


async def _free(
    service: Service, now: datetime, day: date | None, ctx: ToolContext, *, urgent: bool
) -> tuple[list[Opening], list[Opening]]:
    """Openings nobody else has, and those among them that are this caller's own booking.

    Somebody who calls again after we were cut off finds the window they booked on offer again:
    booking it returns the job they have.
    """
    area = next((a.id for a in ctx.business.areas if ctx.signals.zip_code in a.zips), None)
    openings = calendar.openings(ctx.business, service, now, urgent=urgent, day=day, area=area)
    if not openings:
        return [], []
    buffer_minutes = ctx.business.slots.travel_buffer_minutes
    buffer = timedelta(minutes=buffer_minutes)
    span = Window(
        min(o.window.start.astimezone(UTC) for o in openings) - buffer,
        max(o.window.end.astimezone(UTC) for o in openings) + buffer,
    )
    busy = await ctx.store.schedule.busy(sorted({o.technician_id for o in openings}), span)
    booked = await _own_bookings(service, busy, ctx)
    taken = [b for b in busy if b.holder != ctx.call.call_id]
    free: list[Opening] = []
    own: list[Opening] = []
    for opening in openings:
        if opening in booked:
            own.append(opening)
            free.append(opening)
        elif not any(
            b.technician_id == opening.technician_id
            and calendar.overlaps(b.window, opening.window, buffer_minutes=buffer_minutes)
            for b in taken
        ):
            free.append(opening)
    return free, own


async def _own_bookings(service: Service, busy: Sequence[Busy], ctx: ToolContext) -> list[Opening]:
    """The caller's own open jobs of this service, by the number they call from or gave.

    None once they have given a booking's code: then they want it moved, not offered again.
    """
    numbers = {ctx.caller_phone, ctx.signals.phone} - {None, *ctx.signals.proofs}
    own_numbers = {b.phone for b in busy if b.phone is not None and b.phone in numbers}
    jobs = [job for number in own_numbers for job in await ctx.store.jobs.open_for(number)]
    return [
        Opening(job.technician_id, job.window)
        for job in jobs
        if job.service_type == service.id and job.job_id not in ctx.signals.others_jobs
    ]


async def _hold(
    service: Service,
    free: list[Opening],
    own: list[Opening],
    ctx: ToolContext,
    *,
    soonest: bool,
) -> list[Opening]:
    """Choose offers and hold them; own bookings need no hold."""
    settings = ctx.business.slots
    kept: list[Opening] = []
    for _ in range(_MAX_ROUNDS):
        picked = calendar.choose(ctx.business, free, settings.offers, soonest=soonest, chosen=kept)
        wanted = [o for o in picked if o not in own]
        held = await ctx.store.schedule.hold(
            ctx.call.call_id,
            [
                Slot(secrets.token_urlsafe(12), service.id, o.technician_id, o.window)
                for o in wanted
            ],
            minutes=settings.hold_minutes,
        )
        got = [Opening(slot.technician_id, slot.window) for slot in held]
        lost = [o for o in wanted if o not in got]
        kept = [o for o in picked if o not in lost]
        if not lost:
            break
        free = [o for o in free if o not in lost]
    return kept
