from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from pydantic import AwareDatetime, Field

from tools._booking import (
    TextPlan,
    here,
    not_offered,
    offered_slot,
    same_moment,
    service_named,
    texts,
    when,
)
from tools._dispatch import DispatchWish, agreed, let_go, settle
from voiceagent.domain import calendar
from voiceagent.domain.areas import area_of, zip_of
from voiceagent.domain.business import Service
from voiceagent.domain.identity import PersonalFact, is_same_visit, may_tell
from voiceagent.domain.locales import Locale
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.phones import customer_phone
from voiceagent.domain.pricing import digest_of, dollars, is_over
from voiceagent.domain.records import (
    Job,
    JobDraft,
    JobId,
    OutboundMessage,
    Outcome,
    Priority,
    Quote,
    Slot,
)
from voiceagent.domain.slot_taken import taken
from voiceagent.domain.texting import TextVerdict, TextWay
from voiceagent.errors import CallerFixable, Unavailable
from voiceagent.ports.dispatch import VisitOrder, order_id_of
from voiceagent.toolkit.answers import Arguments, Result
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.policy import Condition, ToolRule
from voiceagent.toolkit.relayed import Relayed
from voiceagent.toolkit.spec import SideEffects, tool

_RULE: Final = ToolRule(frozenset(Condition), most=10)
"""Anybody may book, with any number: whose it is need not be known. Nothing is told of others."""

_STANDING = "job-"
"""What the slot of a job that is booked already is called."""


class BookArgs(Arguments):
    """Everything a booking needs; `estimated_cost` in whole dollars as quoted.

    `language`: that the customer is written to in.
    """

    customer_name: Relayed = Field(min_length=1, max_length=100)
    phone: str = Field(max_length=40)
    email: str | None = Field(default=None, max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
    address: str = Field(max_length=200)
    service_type: str
    description: str = Field(max_length=500)
    scheduled_time: AwareDatetime
    estimated_cost: int
    is_emergency: bool
    notes: Relayed = Field(default="", max_length=500)
    language: Locale = Field(
        default=Locale.EN_US, exclude_if=lambda language: language is Locale.EN_US
    )


class BookResult(Result):
    """The booking. `code` proves it is theirs; empty when the caller has not shown that it is.

    `text`: why no confirmation leaves for the caller; left out where one does. `text_by`: where it
    goes, left out where that is their number.
    """

    job_id: str
    code: str
    customer_name: str
    window_start: AwareDatetime
    window_end: AwareDatetime
    display: str
    estimated_cost: int
    deposit_amount: int
    deposit_paid: bool
    checkout_url: str | None
    already_booked: bool
    message: str
    text: TextVerdict = Field(default=TextVerdict.MAY, exclude_if=lambda text: text == "may")
    text_by: TextWay = Field(default=TextWay.NUMBER, exclude_if=lambda way: way == "number")


def _booked(result: BookResult) -> Evidence:
    return Evidence.of_job(JobId(result.job_id), Outcome.BOOKED)


@tool(
    budget_s=2.3,
    filler="I'm booking that for you now.",
    side_effects=SideEffects.CHANGES,
    proposes=_booked,
    rule=_RULE,
)
async def book_appointment(args: BookArgs, ctx: ToolContext) -> BookResult:
    """Book a window that check_availability offered, at the price get_pricing_quote gave.

    Read everything back and get a yes first. Never promise a booking that this did not confirm.
    """
    service = service_named(args.service_type, ctx)
    phone = customer_phone(args.phone, ctx.business)
    if service.needs_address and not args.address:
        raise CallerFixable(
            "address.missing", "An address is needed.", say="What is the address?", field="address"
        )
    quote = await _agreed_quote(service, args, ctx)
    ctx.signals.phone = phone
    open_jobs = await ctx.store.jobs.open_for(phone)
    slot = await _slot(service, args, open_jobs, ctx)
    _check_hours(service, slot, quote, ctx)
    _check_area(slot, args, ctx)
    plan = await texts(
        ctx, f"booked:{ctx.call.call_id}:{slot.slot_id}", _text(service, slot, quote, ctx)
    )
    urgent = service.urgent and args.is_emergency
    draft = JobDraft(
        call_id=ctx.call.call_id,
        customer_name=args.customer_name,
        phone=phone,
        email=args.email,
        address=args.address,
        service_type=service.id,
        description=args.description,
        slot=slot,
        quote=quote,
        priority=Priority.EMERGENCY if urgent else Priority.STANDARD,
        notes=args.notes,
        locale=args.language,
        proven=proof.customers if (proof := ctx.signals.proofs.get(phone)) else frozenset(),
    )
    job = await _book(draft, plan.messages, ctx)
    already = any(one.job_id == job.job_id for one in open_jobs)
    ours = await _is_theirs(job, ctx)
    return _result(job, args, ctx, already=already, ours=ours, plan=plan)


async def _book(draft: JobDraft, messages: Sequence[OutboundMessage], ctx: ToolContext) -> Job:
    """Book what the dispatcher takes on; what stands already it took on then."""
    key = f"book:{ctx.call.call_id}:{draft.slot.slot_id}"
    if draft.slot.slot_id.startswith(_STANDING):
        return await ctx.store.jobs.book(draft, messages, idempotency_key=key)
    order = VisitOrder(order_id_of(key), draft)
    wish = DispatchWish(
        key, f"a new visit, {when(ctx, draft.slot.window)}, {draft.customer_name}", draft.phone
    )
    if not await agreed(wish, lambda: ctx.dispatch.book(order), ctx):
        raise taken()
    try:
        job = await ctx.store.jobs.book(draft, messages, idempotency_key=key)
    except CallerFixable:
        await let_go(wish, order.order_id, ctx)  # it has what we have not
        if not ctx.dispatch.is_ours:
            with suppress(Unavailable):  # the next wish for this window is another order
                await ctx.store.schedule.release(ctx.call.call_id)
        raise
    await settle(wish, ctx)
    return job


async def _agreed_quote(service: Service, args: BookArgs, ctx: ToolContext) -> Quote:
    quote = await ctx.store.quotes.latest(ctx.call.call_id, service.id)
    if quote is None:
        raise CallerFixable(
            "quote.missing",
            "There is no quote for this service in this call; get one first.",
            say="Let me check the price first.",
            field="estimated_cost",
        )
    if is_over(quote, ctx.clock.now()) or (quote.digest and quote.digest != digest_of(quote)):
        raise CallerFixable(
            "quote.expired",
            "The time of this quote is over, or it is not what was quoted; get a new one.",
            say="That price was good for a while only. Let me check it again.",
            field="estimated_cost",
        )
    if dollars(quote.estimate) != args.estimated_cost:
        raise CallerFixable(
            "quote.mismatch",
            f"The quoted estimate is ${dollars(quote.estimate)}.",
            say=f"The estimate is ${dollars(quote.estimate)}. Shall I book it at that price?",
            field="estimated_cost",
        )
    return quote


async def _slot(
    service: Service, args: BookArgs, open_jobs: Sequence[Job], ctx: ToolContext
) -> Slot:
    """The offered slot, or that of the caller's own job when they book the same thing again.

    What another person, or the same one for another place, has booked with that number is theirs:
    it is not offered to this caller again.
    """
    for job in open_jobs:
        if job.service_type != service.id:
            continue
        if not same_moment(job.window.start, args.scheduled_time):
            continue
        if is_same_visit(job.customer.name, job.address, args.customer_name, args.address):
            return Slot(f"{_STANDING}{job.job_id}", service.id, job.technician_id, job.window)
        ctx.signals.others_jobs.add(job.job_id)
    slot = await offered_slot(service.id, args.scheduled_time, ctx)
    if slot is None:
        raise not_offered()
    return slot


def _check_hours(service: Service, slot: Slot, quote: Quote, ctx: ToolContext) -> None:
    """Refuse a price of the other side of the opening hours: the moment of the visit decides.

    A job that stands already keeps the price it was booked at.
    """
    night = service.urgent and calendar.is_after_hours(ctx.business, slot.window.start)
    if slot.slot_id.startswith(_STANDING) or night is quote.after_hours:
        return
    raise CallerFixable(
        "quote.other_hours",
        "The quote is for a visit on the other side of the opening hours; get one with visit_time.",
        say="That time has another price. Let me check it.",
        field="estimated_cost",
    )


def _check_area(slot: Slot, args: BookArgs, ctx: ToolContext) -> None:
    """Refuse an address out of reach; an address without ZIP code gets the benefit of the doubt."""
    found = zip_of(args.address)
    if found is None or not any(area.zips for area in ctx.business.areas):
        return
    area = area_of(ctx.business, zip_code=found)
    if area is None:
        raise CallerFixable(
            "area.not_served",
            "This ZIP code is outside every area of the business.",
            say=f"I'm sorry, we don't come to ZIP code {found}.",
            field="address",
        )
    ctx.signals.zip_code = found
    technician = next(t for t in ctx.business.technicians if t.id == slot.technician_id)
    if area.id not in technician.areas:
        raise not_offered()


def _text(service: Service, slot: Slot, quote: Quote, ctx: ToolContext) -> str:
    """The confirmation; the braces are filled in when it is sent (see `ports.jobs.Jobs.book`)."""
    booked = (
        f"{ctx.business.name}: your {service.name} is booked for {when(ctx, slot.window)}. "
        "Booking code {job_code}."
    )
    return booked + (" Pay the {deposit} deposit here: {checkout_url}" if quote.deposit else "")


async def _is_theirs(job: Job, ctx: ToolContext) -> bool:
    """Whether a booking that stands may be shown to this caller as theirs, with its code.

    It was made in this conversation; or its customer has proven who they are; or it was made from
    the line that calls now, by somebody of this very name and for this address: the text with its
    code went there. A forged line alone learns nothing.
    """
    if job.call_id == ctx.call.call_id:
        return True
    phone, line = job.customer.phone, ctx.caller_phone
    if may_tell(PersonalFact.PAYMENT_LINK, ctx.level_for(phone)):
        return job.customer.customer_id in ctx.signals.proofs[phone].customers
    if phone != line:
        return False
    return any(one.job_id == job.job_id for one in await ctx.store.jobs.made_from(phone))


def _result(
    job: Job, args: BookArgs, ctx: ToolContext, *, already: bool, ours: bool, plan: TextPlan
) -> BookResult:
    display = when(ctx, job.window)
    message = f"{'Already booked' if already else 'Booked'} for {display}."
    if plan.verdict is not TextVerdict.MAY:
        message += f" No text can be sent to the number of this call ({plan.verdict})."
    return BookResult(
        job_id=job.job_id,
        code=job.code if ours else "",
        customer_name=args.customer_name,
        window_start=here(ctx, job.window.start),
        window_end=here(ctx, job.window.end),
        display=display,
        estimated_cost=dollars(job.estimated_cost),
        deposit_amount=dollars(job.deposit_amount),
        deposit_paid=job.deposit_paid,
        checkout_url=job.checkout_url if ours else None,
        already_booked=already,
        message=message,
        text=plan.verdict,
        text_by=plan.way,
    )
