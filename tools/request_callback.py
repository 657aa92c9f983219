from __future__ import annotations

from datetime import timedelta

from pydantic import AwareDatetime, Field

from tools._booking import here
from voiceagent.domain import calendar
from voiceagent.domain.call_backs import CallBackAsked, ring_window
from voiceagent.domain.phones import customer_phone
from voiceagent.domain.records import Outcome
from voiceagent.domain.rota import first_lead
from voiceagent.errors import CallerFixable
from voiceagent.toolkit.answers import Arguments, Result
from voiceagent.toolkit.call_back import CallBack, call_back_asked, text_to
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.policy import CAREFUL
from voiceagent.toolkit.relayed import Relayed
from voiceagent.toolkit.spec import SideEffects, tool

_DAYS_AHEAD = 14


class CallBackArgs(Arguments):
    """Who is to be rung back, why, and the time they named if they named one."""

    phone: str = Field(max_length=40)
    reason: str = Field(default="asked to be called back", max_length=100)
    summary: Relayed = Field(default="", max_length=500)
    preferred_time: AwareDatetime | None = None


class CallBackResult(Result):
    """When somebody will ring. `message` says so."""

    phone: str
    ring_from: AwareDatetime
    ring_till: AwareDatetime
    display: str
    message: str


@tool(
    budget_s=1.5,
    filler="I'm making a note of that.",
    side_effects=SideEffects.CHANGES,
    proposes=Outcome.ANSWERED,
    rule=CAREFUL,
)
async def request_callback(args: CallBackArgs, ctx: ToolContext) -> CallBackResult:
    """Have a person of the business call somebody back, at a time when their phone may ring.

    Call it when they ask to be called back, or agree to it. Say the time that it returns and
    promise no other.
    """
    phone = customer_phone(args.phone, ctx.business)
    ctx.signals.phone = ctx.signals.phone or phone
    now, wished = ctx.clock.now(), args.preferred_time
    if wished is not None and wished > now + timedelta(days=_DAYS_AHEAD):
        raise CallerFixable(
            "call_back.too_far",
            f"Call backs are arranged up to {_DAYS_AHEAD} days ahead.",
            say=f"I can note a call back up to {_DAYS_AHEAD} days ahead. When would suit you?",
            field="preferred_time",
        )
    window = ring_window(ctx.business, phone, now, wished=wished)
    display = calendar.display_window(ctx.business, window)
    key = f"call-back:{ctx.call.call_id}:{phone}"
    asked = CallBack(ctx.call.call_id, phone, args.reason, args.summary)
    closed = calendar.is_after_hours(ctx.business, now)
    lead = first_lead(ctx.business, now, on_call_first=closed)
    told = () if lead is None else (text_to(lead, ctx.business, asked, key=key, when=display),)
    await ctx.store.call_backs.add(
        CallBackAsked(key, ctx.call.call_id, phone, args.reason, args.summary, window),
        (*told, *ctx.outside.messages(call_back_asked(asked, window, key))),
    )
    kept = wished is None or window.start - max(wished, now) < timedelta(minutes=15)
    lead_in = "" if kept else "I can't have you called at that time. "
    return CallBackResult(
        phone=phone,
        ring_from=here(ctx, window.start),
        ring_till=here(ctx, window.end),
        display=display,
        message=f"{lead_in}I've noted that our team calls you back {display}.",
    )
