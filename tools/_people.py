"""What tools that bring a person to the caller share: whom, how, and what if nobody comes."""

from __future__ import annotations

from collections.abc import Sequence

from voiceagent.domain import calendar
from voiceagent.domain.business import Lead
from voiceagent.domain.rota import lead_for_messages, leads_in_order
from voiceagent.errors import Unavailable
from voiceagent.ports.hand_off import HandOffAnswer, HandOffWish
from voiceagent.toolkit.call_back import CallBack, leave_message
from voiceagent.toolkit.context import ToolContext

_WITHHELD = "a withheld number"


def leads_now(ctx: ToolContext, *, urgent: bool = False) -> list[Lead]:
    """Of who is on duty, whom to try first: on-call staff when closed or urgent, else others."""
    now = ctx.clock.now()
    closed = calendar.is_after_hours(ctx.business, now)
    return leads_in_order(ctx.business, now, on_call_first=closed or urgent)


async def ring(
    people: Sequence[Lead],
    ctx: ToolContext,
    *,
    reason: str,
    summary: str,
    guest: Lead | None = None,
) -> HandOffAnswer:
    """Have people rung while the caller waits, if this channel and this carrier can.

    Args:
        people: in their order.
        ctx: of the tool.
        reason: why, as the tool names it.
        summary: what they are told.
        guest: see `HandOffWish`.
    """
    if ctx.hand_offs is None or ctx.call.channel != "voice" or not people:
        return HandOffAnswer.REFUSED
    wish = HandOffWish(ctx.call, tuple(people), reason, summary, who_calls(ctx), guest)
    try:
        return await ctx.hand_offs.begin(wish)
    except Unavailable:
        return HandOffAnswer.REFUSED


async def leave_word(
    people: Sequence[Lead], ctx: ToolContext, *, reason: str, summary: str
) -> tuple[bool, str]:
    """Have the caller rung back by the first of these people, or whoever takes messages.

    Returns:
        see `leave_message`.
    """
    asked = CallBack(ctx.call.call_id, who_calls(ctx), reason, summary)
    first = people[0] if people else lead_for_messages(ctx.business, ctx.clock.now())
    return await leave_message(ctx.store, ctx.business, first, asked)


def who_calls(ctx: ToolContext) -> str:
    """Whom to ring back."""
    return ctx.signals.phone or ctx.caller_phone or _WITHHELD
