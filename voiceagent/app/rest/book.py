"""``POST /book``: a visit for an asset, in the first window that keeps the wish."""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from voiceagent.app.rest.desk import RestDesk, ToolSteps
from voiceagent.app.rest.named import asset_named
from voiceagent.app.rest.places import check_address
from voiceagent.app.rest.visits import SlaPreference, first_window, speaks_for
from voiceagent.app.web.api.endpoint import (
    AnswerModel,
    AskModel,
    Endpoint,
    Id,
    Link,
    Text,
    endpoint,
)
from voiceagent.dialogue.house.answers import PriceAnswer
from voiceagent.dialogue.house.moves import ToolUse
from voiceagent.domain import calendar
from voiceagent.domain.assets import Asset
from voiceagent.domain.business import Service
from voiceagent.domain.identity import same_words
from voiceagent.domain.pricing import dollars
from voiceagent.domain.records import Job
from voiceagent.errors import CallerFixable


class BookAsk(AskModel):
    """For which asset, and when somebody is to come."""

    asset_id: Id
    sla_pref: SlaPreference = Field(alias="SLA_pref")
    symptom: Text = ""
    notes: Text = ""


class BookedAnswer(AnswerModel):
    """The visit. Amounts in whole US dollars; `code` is the customer's to change it by.

    `already_booked`: the asset had a visit of this service to come, which is this one.
    `checkout_url` may come a moment later: ask again.
    """

    order_id: str
    code: str
    asset_id: str
    customer_id: str
    service: str
    window_start: AwareDatetime
    window_end: AwareDatetime
    display: str
    estimate: int
    deposit: int
    deposit_paid: bool
    checkout_url: str | None
    already_booked: bool


def book(desk: RestDesk) -> Endpoint:
    """The route."""

    async def answer(ask: BookAsk) -> BookedAnswer:
        asset = await asset_named(desk, ask.asset_id)
        service = desk.business.service(asset.service_type)
        if service is None:
            problem = "The asset's service is no longer one of the business."
            raise CallerFixable("service.unknown", problem, field="asset_id")
        there = await standing(desk, asset)
        if there is not None:
            return _answer(desk, asset, there, already=True)
        async with desk.call() as call:
            job = await visit(desk, call, asset, service, ask)
        return _answer(desk, asset, job, already=False)

    return endpoint(
        "POST",
        "/book",
        BookAsk,
        BookedAnswer,
        answer,
        name="book",
        about="Book the first window that keeps the wish, at the price of its moment.",
        links=(Link("resched", "order_id", "order_id"),),
    )


async def visit(
    desk: RestDesk, call: ToolSteps, asset: Asset, service: Service, ask: BookAsk
) -> Job:
    """Book a visit for an asset, as a caller would: price, windows, the window's price, booking.

    Raises:
        CallerFixable: what is in the way.
        Unavailable: a part is down.
    """
    customer, address = asset.customer, asset.customer.address or ""
    check_address(desk.business, service, address, field="asset_id")
    speaks_for(call, customer, address)
    urgent = ask.sla_pref is SlaPreference.EMERGENCY
    wanted = ask.symptom or service.name
    about = f"{wanted} ({asset.model})" if asset.model else wanted
    starts = await first_window(desk, call, service, ask.sla_pref)
    priced = await call.use(
        ToolUse.PRICE,
        {
            "service_type": service.id,
            "description": about[:500],
            "is_after_hours": False,  # a hint: the clock decides
            "visit_time": starts.isoformat(),
            "address": address,
        },
    )
    if not isinstance(priced, PriceAnswer):
        raise TypeError("a price was asked for, and none came")
    await call.use(
        ToolUse.BOOK,
        {
            "customer_name": customer.name,
            "phone": customer.phone,
            "email": customer.email,
            "address": address,
            "service_type": service.id,
            "description": about[:500],
            "scheduled_time": starts.isoformat(),
            "estimated_cost": priced.total_estimate,
            "is_emergency": urgent,
            "notes": ask.notes,
        },
        phone="asset_id",
        address="asset_id",
        customer_name="asset_id",
        notes="notes",
        scheduled_time="SLA_pref",
    )
    job = await desk.store.jobs.of_call(call.request.ctx.call.call_id)
    if job is None:
        raise TypeError("a visit was booked and is not there")
    return job


async def standing(desk: RestDesk, asset: Asset) -> Job | None:
    """The visit that is to come for an asset already, if there is one."""
    for job in await desk.store.jobs.open_for(asset.customer.phone):
        theirs = job.customer.customer_id == asset.customer.customer_id
        there = same_words(job.address, asset.customer.address or "")
        if theirs and job.service_type == asset.service_type and (there or not job.address):
            return job
    return None


def _answer(desk: RestDesk, asset: Asset, job: Job, *, already: bool) -> BookedAnswer:
    business = desk.business
    return BookedAnswer(
        order_id=job.job_id,
        code=job.code,
        asset_id=asset.asset_id,
        customer_id=job.customer.customer_id,
        service=job.service_type,
        window_start=calendar.local(business, job.window.start),
        window_end=calendar.local(business, job.window.end),
        display=calendar.display_window(business, job.window),
        estimate=dollars(job.estimated_cost),
        deposit=dollars(job.deposit_amount),
        deposit_paid=job.deposit_paid,
        checkout_url=job.checkout_url,
        already_booked=already,
    )
