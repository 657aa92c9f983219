"""``POST /offer``: a customer is given an offer that the business file and Finance allow."""

from __future__ import annotations

from pydantic import AwareDatetime

from voiceagent.app.rest.desk import RestDesk
from voiceagent.app.rest.named import customer_named
from voiceagent.app.rest.visits import speaks_for
from voiceagent.app.web.api.endpoint import (
    AnswerModel,
    AskModel,
    Endpoint,
    SomeText,
    UuidText,
    endpoint,
)
from voiceagent.dialogue.house.answers import OfferAnswer
from voiceagent.dialogue.house.moves import ToolUse
from voiceagent.domain import calendar


class OfferAsk(AskModel):
    """To whom, and which: its id in the business file, or words by which it is claimed."""

    customer_id: UuidText
    offer_type: SomeText


class GivenOffer(AnswerModel):
    """The offer. One booking may use `code`; who has a good one of its rule keeps that."""

    customer_id: str
    code: str
    rule: str
    expires_at: AwareDatetime
    message: str


def offer(desk: RestDesk) -> Endpoint:
    """The route."""

    async def answer(ask: OfferAsk) -> GivenOffer:
        customer = await customer_named(desk, ask.customer_id, "customer_id")
        async with desk.call() as call:
            speaks_for(call, customer, customer.address or "")
            given = await call.use(
                ToolUse.OFFER,
                {"offer_type": ask.offer_type[:100], "phone": customer.phone},
                offer_type="offer_type",
                phone="customer_id",
            )
        if not isinstance(given, OfferAnswer):
            raise TypeError("an offer was asked for, and none came")
        kept = await desk.store.offers.find(given.code)
        if kept is None:
            raise TypeError("an offer was given and is not there")
        return GivenOffer(
            customer_id=ask.customer_id,
            code=given.code,
            rule=kept.rule,
            expires_at=calendar.local(desk.business, kept.expires_at),
            message=given.message,
        )

    return endpoint(
        "POST",
        "/offer",
        OfferAsk,
        GivenOffer,
        answer,
        name="giveOffer",
        about="Give a customer an offer of the business file; nothing else is ever offered.",
    )
