from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from pydantic import AwareDatetime, Field

from tools._booking import service_named
from voiceagent.domain import calendar, pricing
from voiceagent.domain.areas import trip_fee
from voiceagent.domain.business import PriceTable, Service
from voiceagent.domain.offers import PriceTerms, clean_offer_code
from voiceagent.domain.pricing import Complexity, Price, digest_of, dollars
from voiceagent.domain.records import Outcome, Quote
from voiceagent.errors import CallerFixable
from voiceagent.toolkit.answers import Arguments, Result
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.policy import ToolRule
from voiceagent.toolkit.spec import tool


class QuoteArgs(Arguments):
    """What the visit is for. `is_after_hours` is a hint: the business's clock decides.

    `visit_time`, once a window is chosen, makes the price that of the visit instead of the call.
    `address` adds the trip fee of its area, `coupon` is a code the caller named or was given.
    """

    service_type: str
    description: str = Field(max_length=500)
    is_after_hours: bool
    visit_time: AwareDatetime | None = None
    address: str = Field(default="", max_length=200)
    coupon: str = Field(default="", max_length=20)


class QuoteResult(Result):
    """All figures in whole dollars; `message` says what each is and includes the deposit."""

    service_call: int
    estimated_repair: int
    range: str
    total_estimate: int
    emergency_fee: int
    message: str


@tool(
    budget_s=0.4,
    filler="Let me check the price.",
    proposes=Outcome.QUOTED,
    rule=ToolRule(most=40),
)
async def get_pricing_quote(args: QuoteArgs, ctx: ToolContext) -> QuoteResult:
    """Estimate a visit. Call before naming any price, and name only figures it returned.

    service_call is the visit in opening hours, emergency_fee the visit after hours; either is
    credited toward the work. total_estimate is the whole job. The deposit is in the message. When
    the chosen window is on the other side of the opening hours, quote again with visit_time.
    """
    service = service_named(args.service_type, ctx)
    now = ctx.clock.now()
    today = calendar.local(ctx.business, now).date()
    held = await ctx.store.quotes.latest(ctx.call.call_id, service.id)
    table = pricing.table_for(await _tables(ctx), service.id, now, today, held)
    # Only services that can be had after hours cost more when somebody calls after hours.
    after_hours = service.urgent and calendar.is_after_hours(ctx.business, args.visit_time or now)
    terms, offer = await _terms(service, args, ctx)
    _, fee = trip_fee(ctx.business, args.address)
    hard = pricing.complexity_by(table, service, args.description)
    price = pricing.price(
        table,
        service.id,
        after_hours=after_hours,
        complexity=hard.factor,
        trip_fee=Decimal(0) if terms is not None and terms.no_trip_fee else fee,
        percent_off=terms.percent if terms is not None else Decimal(0),
    )
    quote = Quote(
        quote_id=str(uuid.uuid4()),
        call_id=ctx.call.call_id,
        price_version=price.version,
        service_type=service.id,
        after_hours=after_hours,
        service_call=price.service_call,
        range_low=price.range_low,
        range_high=price.range_high,
        estimate=price.estimate,
        emergency_fee=price.emergency_fee,
        deposit=price.deposit,
        offer=offer,
        expires_at=_expires(held, table, now, ctx),
    )
    await ctx.store.quotes.save(replace(quote, digest=digest_of(quote)))
    return QuoteResult(
        service_call=dollars(price.service_call),
        estimated_repair=dollars(price.estimate),
        range=f"${dollars(price.range_low)}-${dollars(price.range_high)}",
        total_estimate=dollars(price.estimate),
        emergency_fee=dollars(price.emergency_fee),
        message=_message(service, price, terms, hard, after_hours=after_hours),
    )


async def _tables(ctx: ToolContext) -> Sequence[PriceTable]:
    """Every price table there is: those of the business file, then those that were published."""
    return (*ctx.business.prices, *await ctx.store.prices.tables())


def _expires(held: Quote | None, table: PriceTable, now: datetime, ctx: ToolContext) -> datetime:
    """When a quote ends. Asking again for the same prices does not make them last longer."""
    same = held is not None and held.price_version == table.version
    if same and held is not None and held.expires_at is not None and held.expires_at > now:
        return held.expires_at
    return now + timedelta(hours=ctx.business.quote_hours)


async def _terms(
    service: Service, args: QuoteArgs, ctx: ToolContext
) -> tuple[PriceTerms | None, str]:
    """What a code is worth: a coupon of the business file, or an offer that was given.

    Returns:
        its terms, and its code if it is an offer, which one booking may use.

    Raises:
        CallerFixable: ``coupon.unknown``, there is none, it is not for this service, or not good
            any more: who guesses at codes is not told which of them it is.
    """
    code = clean_offer_code(args.coupon)
    if not code:
        return None, ""
    found = next(
        (
            PriceTerms(one.code, one.percent, one.no_trip_fee, one.services)
            for one in ctx.business.coupons
            if one.code == code
        ),
        None,
    )
    offer = ""
    if found is None:
        given = await ctx.store.offers.find(code)
        if given is not None and given.is_good(await ctx.store.now()):
            found, offer = given.terms, code
    if found is None or (found.services and service.id not in found.services):
        raise CallerFixable(
            "coupon.unknown",
            "There is no such coupon for this service.",
            say=f"I'm sorry, I don't have a code like that for the {service.name}.",
            field="coupon",
        )
    return found, offer


def _message(
    service: Service,
    price: Price,
    coupon: PriceTerms | None,
    hard: Complexity,
    *,
    after_hours: bool,
) -> str:
    """The figures in words. It is spoken as it stands, so it says what each of them is."""
    if not price.estimate:
        return f"There is no charge for the {service.name}."
    visit = price.emergency_fee if after_hours else price.service_call
    parts = []
    if visit:
        kind = "after-hours visit" if after_hours else "visit"
        parts.append(f"The {kind} is ${dollars(visit):,}, credited toward the {service.name}.")
    if price.trip_fee:
        parts.append(f"The trip out to you is ${dollars(price.trip_fee):,}.")
    with_code = f" With the code {coupon.code}" if coupon is not None else ""
    the = "the" if with_code else "The"
    estimate = f"{the} estimate for the {service.name} is ${dollars(price.estimate):,} in total."
    if hard.why:
        amount = "more" if hard.factor > 1 else "less"
        estimate = f"{estimate[:-1]}, as {hard.why} usually takes {amount} work."
    parts.append(f"{with_code.strip()}{', ' if with_code else ''}{estimate}")
    if price.deposit:
        parts.append(f"A deposit of ${dollars(price.deposit):,} holds the booking.")
    return " ".join(parts)
