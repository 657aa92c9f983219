"""What the tools around appointments share: services, identity by code, and texts to the caller."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from voiceagent.domain import calendar
from voiceagent.domain.business import Service
from voiceagent.domain.identity import MAX_WRONG_CODES, job_with_code
from voiceagent.domain.phones import customer_phone, is_allowed
from voiceagent.domain.records import Job, OutboundMessage, Slot, Window
from voiceagent.errors import CallerFixable
from voiceagent.toolkit.context import ToolContext


def service_named(service_type: str, ctx: ToolContext) -> Service:
    """The service with that id.

    Raises:
        CallerFixable: ``service.unknown``; what is said names the services there are.
    """
    service = ctx.business.service(service_type)
    if service is None:
        names = [one.name for one in ctx.business.services]
        known = " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))
        raise CallerFixable(
            "service.unknown",
            f"Known services: {', '.join(one.id for one in ctx.business.services)}.",
            say=f"I can help with {known}. Which one is it?",
            field="service_type",
        )
    return service


async def job_by_code(phone: str, code: str, ctx: ToolContext) -> tuple[Job, Sequence[Job]]:
    """The open job a caller has proven to be theirs, and all open jobs of that number.

    Raises:
        CallerFixable: ``phone.*``, ``identity.wrong_code`` or ``identity.too_many_tries``. A wrong
            code and a number without bookings answer alike: neither tells who is a customer.
    """
    number = customer_phone(phone, ctx.business)
    if ctx.signals.wrong_codes >= MAX_WRONG_CODES:
        raise CallerFixable(
            "identity.too_many_tries",
            "Too many wrong booking codes in this call.",
            say="I can't look up bookings any more in this call. Shall I get a person for you?",
        )
    jobs = await ctx.store.jobs.open_for(number)
    job = job_with_code(code, jobs)
    if job is None:
        ctx.signals.wrong_codes += 1
        raise CallerFixable(
            "identity.wrong_code",
            "No open booking has this number and code.",
            say="I can't find a booking with that number and code. Could you check the code in "
            "the text we sent you?",
            field="code",
        )
    ctx.signals.phone = ctx.signals.verified_phone = number
    return job, jobs


async def offered_slot(service_type: str, at: datetime, ctx: ToolContext) -> Slot | None:
    """The slot this call was offered and still holds at that instant, ``None`` if there is none."""
    offered = await ctx.store.schedule.offered(ctx.call.call_id)
    return next(
        (s for s in offered if s.service_type == service_type and same_moment(s.window.start, at)),
        None,
    )


def same_moment(one: datetime, other: datetime) -> bool:
    """Whether two aware times are the same moment.

    `==` says no of every time in an hour that a night has twice when their zones differ (PEP 495).
    """
    return one.astimezone(UTC) == other.astimezone(UTC)


def not_offered() -> CallerFixable:
    """The error for a time that was never offered, or whose hold has run out."""
    return CallerFixable(
        "slot.not_offered",
        "This time was not offered in this call, or is held no longer.",
        say="Let me look at the open times again.",
        field="scheduled_time",
    )


def taken() -> CallerFixable:
    """The error for a time that somebody else has got."""
    return CallerFixable(
        "slot.taken",
        "That time has just been taken.",
        say="I'm sorry, that time has just been taken. Let me look for another one.",
        field="scheduled_time",
    )


def texts(ctx: ToolContext, key: str, body: str) -> tuple[OutboundMessage, ...]:
    """The message to the caller, or none when there is no number we may text.

    Only the number that called or wrote is texted, whatever number is given in the conversation:
    otherwise anyone could have us send messages to anybody.
    """
    to = ctx.caller_phone
    if to is None or not is_allowed(to, ctx.business.country):
        return ()
    flags = ctx.business.flags
    channel, on = (
        ("whatsapp", flags.whatsapp) if ctx.call.channel == "whatsapp" else ("sms", flags.sms)
    )
    if not on:
        return ()
    signed = ctx.business.brand.signed(body)
    return (OutboundMessage(key, channel, to, signed, call_id=ctx.call.call_id),)


def here(ctx: ToolContext, moment: datetime) -> datetime:
    """A time at the business, with its offset: ``2025-08-28T21:00:00-04:00``.

    The offset and not the zone, so that it is the same when it comes back from the journal.
    """
    return datetime.fromisoformat(calendar.local(ctx.business, moment).isoformat())


def when(ctx: ToolContext, window: Window) -> str:
    """A window as people read it."""
    return calendar.display_window(ctx.business, window)
