from __future__ import annotations

from loguru import logger
from pydantic import AwareDatetime, Field

from tools._booking import here, job_by_code, when
from voiceagent.domain.phones import customer_phone
from voiceagent.errors import Unavailable
from voiceagent.toolkit.answers import Arguments, Result
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.spec import tool


class LookupArgs(Arguments):
    """Whom to look up; `code` is the booking's own code."""

    phone: str = Field(max_length=40)
    code: str | None = Field(default=None, max_length=20)


class FoundJob(Result):
    """An open booking."""

    code: str
    service_type: str
    display: str
    window_start: AwareDatetime
    status: str


class RememberedFact(Result):
    """What they wanted to be known of them: their words, not ours."""

    kind: str
    value: str


class LookupResult(Result):
    """Without the code only `known`, and that only of the number that calls."""

    known: bool
    verified: bool
    name: str | None
    jobs: tuple[FoundJob, ...]
    message: str
    remembered: tuple[RememberedFact, ...] = ()


@tool(budget_s=0.8, filler="Let me look that up.")
async def lookup_customer(args: LookupArgs, ctx: ToolContext) -> LookupResult:
    """Find a customer and their open bookings. Without a booking code it tells nothing of them.

    Call it as soon as the caller has given their number.
    """
    if args.code:
        job, jobs = await job_by_code(args.phone, args.code, ctx)
        return LookupResult(
            known=True,
            verified=True,
            name=job.customer.name,
            jobs=tuple(
                FoundJob(
                    code=one.code,
                    service_type=one.service_type,
                    display=when(ctx, one.window),
                    window_start=here(ctx, one.window.start),
                    status=one.status.value,
                )
                for one in jobs
            ),
            message=f"Found {len(jobs)} open booking{'s' if len(jobs) > 1 else ''}.",
            remembered=await _remembered(job.customer.phone, ctx),
        )
    phone = customer_phone(args.phone, ctx.business)
    ctx.signals.phone = phone
    customer = None
    if phone == ctx.caller_phone:
        customer = await ctx.store.customers.by_phone(phone)
    return LookupResult(
        known=customer is not None,
        verified=False,
        name=None,
        jobs=(),
        message="The booking code is needed to see or change a booking.",
    )


async def _remembered(phone: str, ctx: ToolContext) -> tuple[RememberedFact, ...]:
    """What is kept of them; a lookup without it is still one."""
    try:
        facts = await ctx.store.customer_facts.of(phone)
    except Unavailable as error:
        logger.warning("facts.not_read: {}", error.code)
        return ()
    return tuple(RememberedFact(kind=fact.kind.value, value=fact.value) for fact in facts)
