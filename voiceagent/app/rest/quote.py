"""``GET /quote``: what a visit costs, for a ZIP code, a unit and what is wrong with it."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from voiceagent.app.rest.desk import RestDesk
from voiceagent.app.web.api.endpoint import (
    AnswerModel,
    AskModel,
    Endpoint,
    SomeText,
    Text,
    endpoint,
)
from voiceagent.dialogue.house.answers import PriceAnswer
from voiceagent.dialogue.house.hearing.services import guess_service, hear_service
from voiceagent.dialogue.house.moves import ToolUse
from voiceagent.domain.areas import area_of
from voiceagent.domain.business import Business, Service
from voiceagent.domain.pricing import dollars
from voiceagent.domain.safety import hear_danger
from voiceagent.errors import CallerFixable
from voiceagent.language.en_us.matching import words

ZipText = Annotated[str, StringConstraints(pattern=r"^[0-9]{5}$")]


class QuoteAsk(AskModel):
    """Where the unit is, which it is, and what is wrong with it in somebody's words."""

    zip: ZipText
    model: Text = Field(description="Maker and model of the unit, as far as known.")
    symptom: SomeText


class QuoteAnswer(AnswerModel):
    """The price by the table in force. All amounts in whole US dollars.

    `service_call` is the visit in opening hours, `emergency_fee` the visit after hours; either is
    credited. `danger` is what somebody must do first, where the symptom is one of danger.
    """

    service: str
    model: str
    zip: str
    area: str | None
    after_hours: bool
    service_call: int
    emergency_fee: int
    estimate: int
    range_low: int
    range_high: int
    deposit: int
    price_version: str
    expires_at: AwareDatetime | None
    danger: str | None
    message: str


def quote(desk: RestDesk) -> Endpoint:
    """The route."""

    async def answer(ask: QuoteAsk) -> QuoteAnswer:
        business = desk.business
        area = area_of(business, zip_code=ask.zip)
        if area is None and any(one.zips for one in business.areas):
            problem = "This ZIP code is outside every area of the business."
            raise CallerFixable("area.not_served", problem, field="zip")
        service = service_of(ask.symptom, ask.model, business)
        async with desk.call() as call:
            priced = await call.use(
                ToolUse.PRICE,
                {
                    "service_type": service.id,
                    "description": f"{ask.symptom} {ask.model}".strip()[:500],
                    "is_after_hours": False,  # a hint: the business's clock decides
                    "address": ask.zip,
                },
                description="symptom",
                address="zip",
            )
            ctx = call.request.ctx
            kept = await desk.store.quotes.latest(ctx.call.call_id, service.id)
        if kept is None or not isinstance(priced, PriceAnswer):
            raise TypeError("a quote was given and not kept")
        danger = hear_danger(ask.symptom, business).is_danger
        return QuoteAnswer(
            service=service.id,
            model=ask.model,
            zip=ask.zip,
            area=area.id if area is not None else None,
            after_hours=kept.after_hours,
            service_call=dollars(kept.service_call),
            emergency_fee=dollars(kept.emergency_fee),
            estimate=priced.total_estimate,
            range_low=dollars(kept.range_low),
            range_high=dollars(kept.range_high),
            deposit=dollars(kept.deposit),
            price_version=kept.price_version,
            expires_at=kept.expires_at,
            danger=business.emergency.guidance if danger else None,
            message=priced.message,
        )

    return endpoint(
        "GET",
        "/quote",
        QuoteAsk,
        QuoteAnswer,
        answer,
        name="getQuote",
        about="Estimate a visit. The quote is on record; booking computes its own.",
    )


def service_of(symptom: str, model: str, business: Business) -> Service:
    """The service that is for what somebody describes, by the words of the business file.

    Raises:
        CallerFixable: ``symptom.not_understood``.
    """
    for text in (symptom, f"{model} {symptom}"):
        tokens = words(text)
        heard = hear_service(tokens, business) or guess_service(tokens, business)
        service = business.service(heard.service) if heard is not None else None
        if service is not None:
            return service
    known = ", ".join(one.name for one in business.services)
    problem = f"No service of the business is for this. There are: {known}."
    raise CallerFixable("symptom.not_understood", problem, field="symptom")
