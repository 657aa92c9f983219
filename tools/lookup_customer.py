from __future__ import annotations

from typing import Final

from loguru import logger
from pydantic import AwareDatetime, Field

from tools._booking import here, when
from voiceagent.domain.identity import PersonalFact, may_tell
from voiceagent.domain.phones import customer_phone
from voiceagent.domain.records import Job
from voiceagent.errors import Unavailable
from voiceagent.toolkit.answers import Arguments, Result
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.policy import ToolRule
from voiceagent.toolkit.proof import by_any_code
from voiceagent.toolkit.spec import tool

_RULE: Final = ToolRule(most=12)
"""Anybody may ask. What is told is ruled by `domain.identity.FACT_NEEDS`."""


class LookupArgs(Arguments):
    """Whom to look up; `code` is the booking's own code, or the one that was just texted."""

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
    """Without a code only `known`, and that only of the number that calls.

    The booking that a code names stands first.
    """

    known: bool
    verified: bool
    name: str | None
    jobs: tuple[FoundJob, ...]
    message: str
    remembered: tuple[RememberedFact, ...] = ()


@tool(budget_s=0.8, filler="Let me look that up.", rule=_RULE)
async def lookup_customer(args: LookupArgs, ctx: ToolContext) -> LookupResult:
    """Find a customer and their open bookings. Without a booking code it tells nothing of them.

    Call it as soon as the caller has given their number, and again with the code they give: their
    booking code, or the one that was texted to them. Other tools take a booking's own code, which
    it returns.
    """
    if args.code:
        named, jobs = await by_any_code(args.phone, args.code, ctx)
        shown = [job for job in (named, *(one for one in jobs if one != named)) if job is not None]
        return LookupResult(
            known=True,
            verified=True,
            name=shown[0].customer.name if shown else None,
            jobs=tuple(_found(job, ctx) for job in shown),
            message=f"Found {len(shown)} open booking{'s' if len(shown) > 1 else ''}.",
            remembered=await _remembered(customer_phone(args.phone, ctx.business), ctx),
        )
    phone = customer_phone(args.phone, ctx.business)
    ctx.signals.phone = phone
    known = False
    if may_tell(PersonalFact.IS_KNOWN, ctx.level_for(phone)):
        known = bool(await ctx.store.customers.at_number(phone))
    return LookupResult(
        known=known,
        verified=False,
        name=None,
        jobs=(),
        message="The booking code is needed to see or change a booking.",
    )


def _found(job: Job, ctx: ToolContext) -> FoundJob:
    return FoundJob(
        code=job.code,
        service_type=job.service_type,
        display=when(ctx, job.window),
        window_start=here(ctx, job.window.start),
        status=job.status.value,
    )


async def _remembered(phone: str, ctx: ToolContext) -> tuple[RememberedFact, ...]:
    """What is kept of them, as far as they have proven who they are; a lookup without it is one.

    A booking's code is one person's, a one-time code the whole line's (docs/identity.md).
    """
    try:
        if may_tell(PersonalFact.OTHERS_AT_THE_NUMBER, ctx.level_for(phone)):
            facts = await ctx.store.customer_facts.of(phone)
        else:
            theirs = ctx.signals.proofs[phone].customers
            facts = await ctx.store.customer_facts.of_people(theirs)
    except Unavailable as error:
        logger.warning("facts.not_read: {}", error.code)
        return ()
    return tuple(RememberedFact(kind=fact.kind.value, value=fact.value) for fact in facts)
