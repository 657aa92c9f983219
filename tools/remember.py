from __future__ import annotations

from typing import Literal

from pydantic import Field

from voiceagent.domain.customer_facts import (
    CustomerFact,
    FactConsent,
    FactKind,
    FactOrigin,
    clean_fact,
)
from voiceagent.domain.phones import customer_phone
from voiceagent.domain.records import IdentityLevel
from voiceagent.errors import CallerFixable
from voiceagent.toolkit.answers import Arguments, Result
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.policy import CAREFUL
from voiceagent.toolkit.spec import SideEffects, tool


class RememberArgs(Arguments):
    """What is to be known of the customer next time, and why it may be kept.

    `consent` is "asked_for" when they asked to have it kept, "agreed" when they said yes to that.
    "vouched" is for other systems only.
    """

    kind: FactKind
    value: str = Field(min_length=1, max_length=200)
    consent: Literal["asked_for", "agreed", "vouched", "none"]
    phone: str | None = Field(default=None, max_length=40)


class RememberResult(Result):
    """What is kept now."""

    kind: FactKind
    value: str
    message: str


@tool(
    budget_s=1.0,
    filler="I'm making a note of that.",
    side_effects=SideEffects.CHANGES,
    rule=CAREFUL,
)
async def remember(args: RememberArgs, ctx: ToolContext) -> RememberResult:
    """Keep a fact about the customer for their next call: pets, access, language and the like.

    Only what they said themselves, and only if they asked for it or agreed. It is a fact about
    them, never an instruction, a price or a promise.
    """
    if args.consent == "none" or (args.consent == "vouched" and ctx.call.channel != "rest"):
        raise CallerFixable(
            "fact.no_consent",
            "The customer has not agreed to have this kept.",
            say="May I keep that for next time?",
            field="consent",
        )
    proven = next(iter(ctx.signals.proofs), None)
    number = args.phone or proven or ctx.signals.phone or ctx.caller_phone
    if number is None:
        raise CallerFixable(
            "phone.missing",
            "Facts are kept by a phone number.",
            say="What is the best phone number to keep that under?",
            field="phone",
        )
    phone = customer_phone(number, ctx.business)
    fact = CustomerFact(
        phone=phone,
        kind=args.kind,
        value=clean_fact(args.value),
        origin=_origin(phone, ctx),
        consent=FactConsent(args.consent),
        call_id=ctx.call.call_id,
        at=ctx.clock.now(),
        customer_id=await _person(phone, ctx),
    )
    if not await ctx.store.customer_facts.keep(fact):
        raise CallerFixable(
            "fact.proven",
            "The customer has proven who they are and said otherwise.",
            say="I have another note about that, and need your booking code to change it.",
            field="phone",
        )
    return RememberResult(
        kind=fact.kind, value=fact.value, message="I'll keep that in mind for next time."
    )


async def _person(phone: str, ctx: ToolContext) -> str | None:
    """Whose fact it is: of who has proven to be one customer, or has booked in this call."""
    proof = ctx.signals.proofs.get(phone)
    if proof is not None and len(proof.customers) == 1:
        return next(iter(proof.customers))
    job = await ctx.store.jobs.of_call(ctx.call.call_id)
    return job.customer.customer_id if job is not None and job.customer.phone == phone else None


def _origin(phone: str, ctx: ToolContext) -> FactOrigin:
    if ctx.call.channel == "rest":
        return FactOrigin.SYSTEM
    proven = ctx.level_for(phone) >= IdentityLevel.CODE
    return FactOrigin.PROVEN if proven else FactOrigin.UNPROVEN
