"""What the tools around appointments share: services, offered windows, and texts to the caller."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from voiceagent.domain import calendar
from voiceagent.domain.business import Service
from voiceagent.domain.phones import is_allowed
from voiceagent.domain.records import OutboundMessage, Slot, Window
from voiceagent.domain.texting import EMAIL, TextVerdict, TextWay
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


def text_channel(ctx: ToolContext) -> str | None:
    """How texts reach this caller: as they write themselves, or by SMS; ``None`` if that is off."""
    flags = ctx.business.flags
    on = {"sms": flags.sms, "whatsapp": flags.whatsapp, "rcs": flags.rcs}
    channel = ctx.call.channel if ctx.call.channel in on else "sms"
    return channel if on[channel] else None


@dataclass(frozen=True, slots=True)
class TextPlan:
    """What is written to the caller: nothing, unless the verdict is that it may."""

    verdict: TextVerdict
    messages: tuple[OutboundMessage, ...] = ()
    way: TextWay = TextWay.NUMBER


async def texts(ctx: ToolContext, key: str, body: str) -> TextPlan:
    """The message to the caller, or why there is none. Ask before it is promised.

    Only who called or wrote is written to, whatever number or address is given in the conversation:
    otherwise anyone could have us send messages to anybody.
    """
    if (way := _WITHOUT_NUMBERS.get(ctx.call.channel)) is not None:
        return await _to_writer(ctx, key, body, way)
    to, channel = ctx.caller_phone, text_channel(ctx)
    if to is None:
        return TextPlan(TextVerdict.WITHHELD)
    if not is_allowed(to, ctx.business.country):
        return TextPlan(TextVerdict.NOT_ALLOWED)
    if channel is None:
        return TextPlan(TextVerdict.OFF)
    verdict = await ctx.store.deliveries.verdict(to, ctx.business.text_limits)
    if verdict is not TextVerdict.MAY:
        return TextPlan(verdict)
    signed = ctx.business.brand.signed(body)
    message = OutboundMessage(key, channel, to, signed, call_id=ctx.call.call_id)
    return TextPlan(TextVerdict.MAY, (message,))


_WITHOUT_NUMBERS: Final = {"webchat": TextWay.CHAT, EMAIL: TextWay.EMAIL}
"""Channels on which people have no number, and where what is written to them goes."""


async def _to_writer(ctx: ToolContext, key: str, body: str, way: TextWay) -> TextPlan:
    """The message to somebody who writes without a number: it goes where they write from."""
    person = await ctx.store.threads.person_of(ctx.call.call_id)
    if person is None:
        return TextPlan(TextVerdict.WITHHELD)
    if await ctx.store.consents.stopped(person):
        return TextPlan(TextVerdict.OPTED_OUT)
    signed = ctx.business.brand.signed(body)
    message = OutboundMessage(key, ctx.call.channel, person, signed, call_id=ctx.call.call_id)
    return TextPlan(TextVerdict.MAY, (message,), way)


def here(ctx: ToolContext, moment: datetime) -> datetime:
    """A time at the business, with its offset: ``2025-08-28T21:00:00-04:00``.

    The offset and not the zone, so that it is the same when it comes back from the journal.
    """
    return datetime.fromisoformat(calendar.local(ctx.business, moment).isoformat())


def when(ctx: ToolContext, window: Window) -> str:
    """A window as people read it."""
    return calendar.display_window(ctx.business, window)
