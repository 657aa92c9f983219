from __future__ import annotations

from typing import Final, Literal

from tools._booking import texts, when
from tools._dispatch import order_of
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import IdentityLevel, JobId, Outcome
from voiceagent.ports.dispatch import let_go_of
from voiceagent.toolkit.answers import Result
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.policy import Condition, ToolRule
from voiceagent.toolkit.proof import BookingKey, by_code_or_cancelled
from voiceagent.toolkit.spec import SideEffects, tool

_RULE: Final = ToolRule(
    frozenset({Condition.AGREED, Condition.SOURCED}),
    level=IdentityLevel.CODE,
    proof=by_code_or_cancelled,
    most=6,
)


class CancelArgs(BookingKey):
    """Whose booking."""


class CancelResult(Result):
    """The booking that is no more."""

    job_id: str
    code: str
    status: Literal["cancelled"]
    message: str


def _cancelled(result: CancelResult) -> Evidence:
    return Evidence.of_job(JobId(result.job_id), Outcome.CANCELLED)


@tool(
    budget_s=2.3,
    filler="I'm cancelling that for you now.",
    side_effects=SideEffects.CHANGES,
    proposes=_cancelled,
    rule=_RULE,
)
async def cancel_appointment(args: CancelArgs, ctx: ToolContext) -> CancelResult:
    """Cancel a booking. Needs its code; confirm with the caller first."""
    job = await by_code_or_cancelled(args, ctx)
    service = ctx.business.service(job.service_type)
    name = service.name if service else "appointment"
    display = when(ctx, job.window)
    key = f"cancelled:{job.job_id}"
    body = f"{ctx.business.name}: your {name} on {display} is cancelled."
    plan = await texts(ctx, key, body)
    order_id = await order_of(job.job_id, ctx)
    cancelled = await ctx.store.jobs.cancel(
        job.job_id,
        (*plan.messages, *([let_go_of(order_id)] if order_id else [])),
        call_id=ctx.call.call_id,
        idempotency_key=key,
    )
    return CancelResult(
        job_id=cancelled.job_id,
        code=cancelled.code,
        status="cancelled",
        message=f"The {name} on {display} is cancelled.",
    )
