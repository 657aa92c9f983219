from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from loguru import logger
from pydantic import AwareDatetime, Field

from tools._booking import here, service_named, when
from tools._staff import technician_named
from tools._times import WallTime
from voiceagent.domain import calendar
from voiceagent.domain.areas import area_of_address
from voiceagent.domain.business import Service, Technician
from voiceagent.domain.calendar import Opening
from voiceagent.domain.records import Slot, Window
from voiceagent.domain.staff import short_name
from voiceagent.errors import CallerFixable, PeerMisbehaved, Unavailable
from voiceagent.ports.dispatch import SlotStatus
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
    not_before: WallTime | None = None
    """A window starts then or later, on the business's wall clock."""

    not_after: WallTime | None = None
    """A window has ended by then."""

    around: WallTime | None = None
    """A window holds this time."""

    last_of_day: bool = False
    not_on: tuple[date, ...] = Field(default=(), max_length=14)
    preferred_until: date | None = None
    """With `preferred_date`: any day from that one to this one."""

    technician: str | None = Field(default=None, max_length=100)
    """Whom the caller asks for: a name, or the id in the business file."""


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
    who = technician_named(args.technician, service, ctx) if args.technician else None
    urgent = args.is_emergency and service.urgent
    free, own = await _free(service, now, args, ctx, urgent=urgent)
    wished = [opening for opening in free if _keeps(args, who, opening)]
    if who is not None and not wished:
        raise await _not_free(who, service, now, ctx)
    if args.last_of_day:
        wished = _last_of_their_days(wished or free)
    kept = wished or free
    offers = await _hold(service, kept, own, ctx, soonest=urgent or kept is not wished)
    alone = args.preferred_date if args.preferred_until is None else None
    message = calendar.why_closed(ctx.business, service, alone) or NOTHING_FREE
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


async def _not_free(
    who: Technician, service: Service, now: datetime, ctx: ToolContext
) -> CallerFixable:
    """That somebody who was asked for has nothing open then, and when they have."""
    any_day = AvailabilityArgs(service_type=service.id, is_emergency=False)
    free, _ = await _free(service, now, any_day, ctx, urgent=False)
    first = next((opening for opening in free if opening.technician_id == who.id), None)
    called = short_name(who)
    say = f"I'm sorry, {who.name} has nothing open then."
    if first is not None:
        say += f" {called[:1].upper()}{called[1:]}'s next opening is {when(ctx, first.window)}."
    return CallerFixable(
        "technician.not_free",
        "The one who was asked for has no such time; ask without `technician` for the others.",
        say=say,
        field="technician",
    )


def _keeps(args: AvailabilityArgs, who: Technician | None, opening: Opening) -> bool:
    """Whether a window keeps what was wished for beside the day."""
    start, end = opening.window.start, opening.window.end
    ends = end.time() if end.date() == start.date() else time.max
    return (
        (args.not_before is None or start.time() >= args.not_before)
        and (args.not_after is None or ends <= args.not_after)
        and (args.around is None or start.time() <= args.around < ends)
        and start.date() not in args.not_on
        and (who is None or opening.technician_id == who.id)
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
    service: Service, now: datetime, args: AvailabilityArgs, ctx: ToolContext, *, urgent: bool
) -> tuple[list[Opening], list[Opening]]:
    """Openings nobody else has, and those among them that are this caller's own booking.

    Somebody who calls again after we were cut off finds the window they booked on offer again:
    booking it returns the job they have.
    """
    business = ctx.business
    area = next((a.id for a in business.areas if ctx.signals.zip_code in a.zips), None)
    openings = calendar.openings(
        business,
        service,
        now,
        urgent=urgent,
        day=args.preferred_date,
        until=_until(args, now, ctx),
        area=area,
    )
    if not openings:
        return [], []
    margin = timedelta(minutes=calendar.longest_travel_minutes(business))
    span = Window(
        min(o.window.start.astimezone(UTC) for o in openings) - margin,
        max(o.window.end.astimezone(UTC) for o in openings) + margin,
    )
    busy = await ctx.store.schedule.busy(sorted({o.technician_id for o in openings}), span)
    booked = await _own_bookings(service, busy, ctx)
    taken = [(b, _area(b, ctx)) for b in busy if not _is_own_hold(b, ctx)]
    free: list[Opening] = []
    own: list[Opening] = []
    for opening in openings:
        if _key(opening) in booked:
            own.append(opening)
            free.append(opening)
        elif not any(
            b.technician_id == opening.technician_id
            and calendar.overlaps(
                b.window,
                opening.window,
                buffer_minutes=calendar.travel_minutes(business, area, there),
            )
            for b, there in taken
        ):
            free.append(opening)
    return free, own


def _until(args: AvailabilityArgs, now: datetime, ctx: ToolContext) -> date | None:
    """The last of the days that are wished for, as far as can be booked."""
    if args.preferred_date is None or args.preferred_until is None:
        return None
    farthest = calendar.local(ctx.business, now).date() + timedelta(
        days=ctx.business.slots.days_ahead
    )
    return max(args.preferred_date, min(args.preferred_until, farthest))


def _is_own_hold(busy: Busy, ctx: ToolContext) -> bool:
    """Whether a window is kept for this caller, by this call or by one before.

    A new offer takes the place of theirs (`ports.schedule.Schedule.hold`), a window of the waiting
    list among them.
    """
    if busy.holder is None:
        return False
    same_number = busy.phone is not None and busy.phone == ctx.caller_phone
    return same_number or busy.holder == ctx.call.call_id


def _area(busy: Busy, ctx: ToolContext) -> str | None:
    """Where a technician is then, if that is known."""
    area = area_of_address(ctx.business, busy.address) if busy.address else None
    return None if area is None else area.id


_Key = tuple[str, datetime, datetime]


def _key(opening: Opening) -> _Key:
    """What an opening is the same by: moments, not the clocks that show them."""
    window = opening.window
    return opening.technician_id, window.start.astimezone(UTC), window.end.astimezone(UTC)


async def _own_bookings(service: Service, busy: Sequence[Busy], ctx: ToolContext) -> set[_Key]:
    """The caller's own open jobs of this service, by the number they call from or gave.

    None once they have given a booking's code: then they want it moved, not offered again.
    """
    numbers = {ctx.caller_phone, ctx.signals.phone} - {None, *ctx.signals.proofs}
    booked = (b for b in busy if b.holder is None)
    own_numbers = {b.phone for b in booked if b.phone is not None and b.phone in numbers}
    jobs = [job for number in own_numbers for job in await ctx.store.jobs.open_for(number)]
    others = ctx.signals.others_jobs
    mine = (job for job in jobs if job.service_type == service.id and job.job_id not in others)
    return {_key(Opening(job.technician_id, job.window)) for job in mine}


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
        theirs = await _not_theirs(held, ctx)
        got = {_key(Opening(slot.technician_id, slot.window)) for slot in theirs}
        lost = [o for o in wanted if _key(o) not in got]
        kept = [o for o in picked if o not in lost]
        if not lost:
            break
        free = [o for o in free if o not in lost]
    return kept


async def _not_theirs(held: Sequence[Slot], ctx: ToolContext) -> Sequence[Slot]:
    """Those of our slots that an outside dispatcher has free, too; all when it does not say.

    Then our own calendar is what is known; the dispatcher is asked again before anything is booked.
    """
    if ctx.dispatch.is_ours:
        return held
    try:
        found = await ctx.dispatch.slot_status(held)
    except (Unavailable, PeerMisbehaved) as error:
        logger.warning("dispatch.not_looked_up: {}", error.code)
        return held
    return [slot for slot, how in zip(held, found, strict=True) if how is SlotStatus.FREE]
