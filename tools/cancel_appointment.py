from __future__ import annotations

from typing import Literal

from pydantic import Field

from tools._booking import job_by_code, texts, when
from voiceagent.domain.records import Outcome
from voiceagent.toolkit import Arguments, Result, ToolContext, tool


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


@tool(budget_s=2.5, say="I'm cancelling that for you now.", side_effects=True)
async def cancel_appointment(args: CancelArgs, ctx: ToolContext) -> CancelResult:
    """Cancel a booking. Needs its code; confirm with the caller first."""
    job, _ = await job_by_code(args.phone, args.code, ctx)
    service = ctx.business.service(job.service_type)
    name = service.name if service else "appointment"
    display = when(ctx, job.window)
    key = f"cancelled:{job.job_id}"
    body = f"{ctx.business.name}: your {name} on {display} is cancelled."
    cancelled = await ctx.store.jobs.cancel(
        job.job_id,
        texts(ctx, key, body),
        call_id=ctx.call.call_id,
        idempotency_key=key,
    )
    ctx.signals.changed(job.job_id, Outcome.CANCELLED)
    return CancelResult(
        job_id=cancelled.job_id,
        code=cancelled.code,
        status="cancelled",
        message=f"The {name} on {display} is cancelled.",
    )
