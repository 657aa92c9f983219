from __future__ import annotations

from typing import Literal

from pydantic import Field

from tools._booking import job_by_code, texts, when
from tools._dispatch import DispatchWish, let_go, order_of
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import JobId, Outcome
from voiceagent.toolkit.answers import Arguments, Result
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.spec import SideEffects, tool


class CancelArgs(Arguments):
    """Whose booking."""

    phone: str = Field(max_length=40)
    code: str = Field(max_length=20)


class CancelResult(Result):
    """The booking that is no more."""

    job_id: str
    code: str
    status: Literal["cancelled"]
    message: str


def _cancelled(result: CancelResult) -> Evidence:
    return Evidence.of_job(JobId(result.job_id), Outcome.CANCELLED)


@tool(
    budget_s=2.5,
    filler="I'm cancelling that for you now.",
    side_effects=SideEffects.CHANGES,
    proposes=_cancelled,
)
async def cancel_appointment(args: CancelArgs, ctx: ToolContext) -> CancelResult:
    """Cancel a booking. Needs its code; confirm with the caller first."""
    job, _ = await job_by_code(args.phone, args.code, ctx)
    service = ctx.business.service(job.service_type)
    name = service.name if service else "appointment"
    display = when(ctx, job.window)
    key = f"cancelled:{job.job_id}"
    body = f"{ctx.business.name}: your {name} on {display} is cancelled."
    order_id = await order_of(job.job_id, ctx)
    cancelled = await ctx.store.jobs.cancel(
        job.job_id,
        texts(ctx, key, body),
        call_id=ctx.call.call_id,
        idempotency_key=key,
    )
    wish = DispatchWish(
        key, f"a visit cancelled, {display}, code {job.code}", cancelled.customer.phone
    )
    await let_go(wish, order_id, ctx)  # or a person sees to it: cancelled it is
    return CancelResult(
        job_id=cancelled.job_id,
        code=cancelled.code,
        status="cancelled",
        message=f"The {name} on {display} is cancelled.",
    )
