from __future__ import annotations

from datetime import timedelta

from pydantic import AwareDatetime, Field

from tools._booking import here
from voiceagent.domain import calendar
from voiceagent.domain.agent_events import News, NewsKind
from voiceagent.domain.business import OfferRule
from voiceagent.domain.offers import CustomerOffer, PriceTerms, new_offer_code
from voiceagent.domain.phones import customer_phone
from voiceagent.errors import CallerFixable
from voiceagent.toolkit.answers import Arguments, Result
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.policy import CAREFUL
from voiceagent.toolkit.spec import SideEffects, tool


class OfferArgs(Arguments):
    """Which offer is claimed: its id, or the caller's own words; and for whom, if that is known."""

    offer_type: str = Field(min_length=1, max_length=100)
    phone: str | None = Field(default=None, max_length=40)


class OfferResult(Result):
    """The offer. `code` is for get_pricing_quote's `coupon`: one booking may use it."""

    code: str
    offer: str
    expires_at: AwareDatetime
    message: str


@tool(
    budget_s=1.5,
    filler="Let me see about that offer.",
    side_effects=SideEffects.CHANGES,
    rule=CAREFUL,
)
async def create_offer(args: OfferArgs, ctx: ToolContext) -> OfferResult:
    """Give a customer an offer that they are entitled to. Never promise any other discount.

    Use it when they claim one, then quote again with its code. What it refuses is refused: say its
    sentence.
    """
    rule = _rule(args.offer_type, ctx)
    number = args.phone or ctx.signals.phone or ctx.caller_phone
    phone = customer_phone(number, ctx.business) if number else None
    verdict = await ctx.outside.finance.may_offer(rule.id, phone)
    if not verdict.allowed:
        raise _refused(verdict.say)
    now = await ctx.store.now()
    offer = CustomerOffer(
        terms=PriceTerms(new_offer_code(), rule.percent, rule.no_trip_fee, rule.services),
        rule=rule.id,
        phone=phone,
        call_id=ctx.call.call_id,
        expires_at=now + timedelta(days=rule.valid_days),
    )
    # The code itself is the customer's alone: who hears of it hears of the rule.
    news = News(
        NewsKind.OFFER_CREATED,
        f"{ctx.call.call_id}:{rule.id}",
        now,
        {"offer": rule.id, "expires_at": offer.expires_at.isoformat()},
        ctx.call.call_id,
    )
    given = await ctx.store.offers.give(
        offer, ctx.outside.messages(news), again_after=timedelta(days=rule.again_after_days)
    )
    until = calendar.display(ctx.business, given.expires_at)
    return OfferResult(
        code=given.terms.code,
        offer=rule.name,
        expires_at=here(ctx, given.expires_at),
        message=f"You have {rule.name}, for one booking until {until}.",
    )


def _rule(asked: str, ctx: ToolContext) -> OfferRule:
    """The rule of the business file that is claimed.

    Raises:
        CallerFixable: ``offer.not_allowed``: nothing else is ever offered.
    """
    said = f" {' '.join(asked.lower().split())} "
    for rule in ctx.business.offers:
        named = asked in (rule.id, rule.name)
        if named or any(f" {phrase.lower()} " in said for phrase in rule.heard):
            return rule
    raise _refused("")


def _refused(say: str) -> CallerFixable:
    return CallerFixable(
        "offer.not_allowed",
        "This offer is not one that may be given.",
        say=say or "I'm sorry, that is not an offer I can give.",
        field="offer_type",
    )
