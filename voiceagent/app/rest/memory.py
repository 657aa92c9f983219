"""``/memory``: what customers want to be known of them, kept, told, handed out and deleted."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, JsonValue, StringConstraints

from voiceagent.app.rest.desk import RestDesk
from voiceagent.app.rest.named import customer_named
from voiceagent.app.rest.visits import speaks_for
from voiceagent.app.web.api.endpoint import (
    AnswerModel,
    AskModel,
    Endpoint,
    UuidText,
    endpoint,
)
from voiceagent.dialogue.house.moves import ToolUse
from voiceagent.domain import calendar
from voiceagent.domain.customer_facts import (
    LONGEST_FACT,
    CustomerFact,
    FactConsent,
    FactKind,
    FactOrigin,
)

FactText = Annotated[
    str, StringConstraints(pattern=r"^[^\x00]*$", min_length=1, max_length=LONGEST_FACT)
]


class KeepFactAsk(AskModel):
    """Whose, what about, and what. `consent`: why it may be kept.

    It is a fact about them and never an instruction, a price or a promise: those are refused.
    """

    cust_id: UuidText
    key: FactKind
    val: FactText
    consent: FactConsent = FactConsent.VOUCHED


class FactModel(AnswerModel):
    """A fact, with who said it, why it may be kept, and when it was."""

    key: FactKind
    val: str
    origin: FactOrigin
    consent: FactConsent
    at: AwareDatetime


class FactsAsk(AskModel):
    """Whose."""

    cust_id: UuidText


class FactsAnswer(AnswerModel):
    """All that is remembered of a customer; `key` of each is one of a few."""

    cust_id: str
    facts: tuple[FactModel, ...]


class DeleteFactsAsk(AskModel):
    """Whose, and which; all when `key` is left out."""

    cust_id: UuidText
    key: FactKind | None = None


class DeletedAnswer(AnswerModel):
    """How many facts were deleted, with every copy of them."""

    cust_id: str
    deleted: int


class VisitModel(AnswerModel):
    """A visit to come."""

    order_id: str
    service: str
    address: str
    description: str
    notes: str
    window_start: AwareDatetime
    window_end: AwareDatetime


class ExportAnswer(AnswerModel):
    """A customer's data: who they are, what is remembered, what is to come.

    All that was said with them in calls and texts as well: `./run export`.
    """

    cust_id: str
    name: str
    phone: str
    email: str | None
    address: str | None
    facts: tuple[FactModel, ...]
    visits: tuple[VisitModel, ...]


def keep_fact(desk: RestDesk) -> Endpoint:
    """``POST /memory``."""

    async def answer(ask: KeepFactAsk) -> FactsAnswer:
        customer = await customer_named(desk, ask.cust_id)
        asked: dict[str, JsonValue] = {
            "kind": ask.key.value,
            "value": ask.val,
            "consent": ask.consent.value,
            "phone": customer.phone,
        }
        async with desk.call() as call:
            speaks_for(call, customer, customer.address or "")
            await call.use(ToolUse.KEEP_FACT, asked, value="val", kind="key", phone="cust_id")
        return await _facts(desk, ask.cust_id)

    return endpoint(
        "POST",
        "/memory",
        KeepFactAsk,
        FactsAnswer,
        answer,
        name="keepFact",
        about="Remember something about a customer, in place of what was known of that key.",
    )


def facts_of(desk: RestDesk) -> Endpoint:
    """``GET /memory/{cust_id}``."""

    async def answer(ask: FactsAsk) -> FactsAnswer:
        await customer_named(desk, ask.cust_id)
        return await _facts(desk, ask.cust_id)

    return endpoint(
        "GET",
        "/memory/{cust_id}",
        FactsAsk,
        FactsAnswer,
        answer,
        name="getMemory",
        about="All that is remembered of a customer.",
    )


def delete_facts(desk: RestDesk) -> Endpoint:
    """``DELETE /memory/{cust_id}``."""

    async def answer(ask: DeleteFactsAsk) -> DeletedAnswer:
        await customer_named(desk, ask.cust_id)
        count = await desk.store.customer_facts.delete(ask.cust_id, ask.key)
        return DeletedAnswer(cust_id=ask.cust_id, deleted=count)

    return endpoint(
        "DELETE",
        "/memory/{cust_id}",
        DeleteFactsAsk,
        DeletedAnswer,
        answer,
        name="deleteMemory",
        about="Delete what is remembered of a customer, and every copy of it.",
    )


def export_of(desk: RestDesk) -> Endpoint:
    """``GET /memory/{cust_id}/export``."""

    async def answer(ask: FactsAsk) -> ExportAnswer:
        customer = await customer_named(desk, ask.cust_id)
        jobs = await desk.store.jobs.open_for(customer.phone)
        return ExportAnswer(
            cust_id=ask.cust_id,
            name=customer.name,
            phone=customer.phone,
            email=customer.email,
            address=customer.address,
            facts=(await _facts(desk, ask.cust_id)).facts,
            visits=tuple(
                VisitModel(
                    order_id=job.job_id,
                    service=job.service_type,
                    address=job.address,
                    description=job.description,
                    notes=job.notes,
                    window_start=calendar.local(desk.business, job.window.start),
                    window_end=calendar.local(desk.business, job.window.end),
                )
                for job in jobs
                if job.customer.customer_id == ask.cust_id
            ),
        )

    return endpoint(
        "GET",
        "/memory/{cust_id}/export",
        FactsAsk,
        ExportAnswer,
        answer,
        name="exportMemory",
        about="A customer's data, to be handed to them.",
    )


async def _facts(desk: RestDesk, customer_id: str) -> FactsAnswer:
    facts = await desk.store.customer_facts.of_people([customer_id])
    return FactsAnswer(cust_id=customer_id, facts=tuple(_fact(desk, one) for one in facts))


def _fact(desk: RestDesk, fact: CustomerFact) -> FactModel:
    at = calendar.local(desk.business, fact.at)
    return FactModel(key=fact.kind, val=fact.value, origin=fact.origin, consent=fact.consent, at=at)
