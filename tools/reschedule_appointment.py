from __future__ import annotations

from typing import Final

from pydantic import AwareDatetime

from tools._booking import here, not_offered, offered_slot, same_moment, texts, when
from tools._dispatch import DispatchWish, agreed, order_of, settle
from voiceagent.domain.records import IdentityLevel, Job, Outcome
from voiceagent.domain.slot_taken import taken
from voiceagent.toolkit.answers import Result
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.policy import Condition, ToolRule
from voiceagent.toolkit.proof import BookingKey, by_booking_code
from voiceagent.toolkit.spec import SideEffects, tool

_RULE: Final = ToolRule(
    frozenset({Condition.AGREED, Condition.SOURCED}),
    level=IdentityLevel.CODE,
    proof=by_booking_code,
    most=10,
)


class RescheduleArgs(BookingKey):
    """Whose booking, and the offered window it moves to."""

    new_time: AwareDatetime


class RescheduleResult(Result):
    """The booking as it stands now."""

    job_id: str
    code: str
    window_start: AwareDatetime
    window_end: AwareDatetime
    display: str
    message: str


@tool(
    budget_s=2.3,
    filler="I'm moving your appointment now.",
    side_effects=SideEffects.CHANGES,
    rule=_RULE,
)
async def reschedule_appointment(args: RescheduleArgs, ctx: ToolContext) -> RescheduleResult:
    """Move a booking to a window that check_availability offered. Needs the booking's code.

    The deposit moves along. Confirm the new time with the caller first.
    """
    job = await by_booking_code(args, ctx)
    if same_moment(job.window.start, args.new_time):
        return _result(job, ctx, "It is booked for")
    slot = await offered_slot(job.service_type, args.new_time, ctx)
    if slot is None:
        raise not_offered()
    service = ctx.business.service(job.service_type)
    name = service.name if service else "appointment"
    body = f"{ctx.business.name}: your {name} has moved to {when(ctx, slot.window)}."
    told = f"moved:{ctx.call.call_id}:{slot.slot_id}"
    plan = await texts(ctx, told, body + " Booking code {job_code}.")
    key = f"move:{ctx.call.call_id}:{slot.slot_id}"
    order_id = await order_of(job.job_id, ctx)
    wish = DispatchWish(
        key, f"a visit moved to {when(ctx, slot.window)}, code {job.code}", job.customer.phone
    )
    if not await agreed(
        wish, lambda: ctx.dispatch.resched(order_id, slot.technician_id, slot.window), ctx
    ):
        raise taken()
    moved = await ctx.store.jobs.reschedule(
        job.job_id,
        slot,
        plan.messages,
        call_id=ctx.call.call_id,
        idempotency_key=key,
    )
    await settle(wish, ctx)
    ctx.signals.changed(job.job_id, Outcome.RESCHEDULED)
    return _result(moved, ctx, "Moved to")


def _result(job: Job, ctx: ToolContext, verb: str) -> RescheduleResult:
    display = when(ctx, job.window)
    return RescheduleResult(
        job_id=job.job_id,
        code=job.code,
        window_start=here(ctx, job.window.start),
        window_end=here(ctx, job.window.end),
        display=display,
        message=f"{verb} {display}.",
    )
