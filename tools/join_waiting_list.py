from __future__ import annotations

from datetime import date, timedelta

from pydantic import Field

from tools._booking import service_named, texts
from tools._staff import technician_named
from tools._times import WallTime
from voiceagent.domain import calendar
from voiceagent.domain.phones import customer_phone
from voiceagent.domain.records import Outcome
from voiceagent.domain.texting import BY_CARRIER
from voiceagent.errors import CallerFixable
from voiceagent.ports.waiting import WaitingWish
from voiceagent.toolkit.answers import Arguments, Result
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.policy import CAREFUL
from voiceagent.toolkit.spec import SideEffects, tool


class WaitingArgs(Arguments):
    """Who waits for what, and when it may be; without days, as far ahead as can be booked."""

    customer_name: str = Field(min_length=1, max_length=100)
    phone: str = Field(max_length=40)
    address: str = Field(max_length=200)
    service_type: str
    description: str = Field(max_length=500)
    notes: str = Field(default="", max_length=500)
    first_day: date | None = None
    last_day: date | None = None
    not_before: WallTime | None = None
    """A window starts then or later, on the business's wall clock."""

    not_after: WallTime | None = None
    """A window has ended by then."""

    technician: str | None = Field(default=None, max_length=100)
    """Whom they want to wait for: a name, or the id in the business file."""


_OFFERED_BY = {"rcs": "sms"}
"""An offer goes by what every phone has: whoever writes by RCS has a number, too."""


class WaitingResult(Result):
    """They wait. `hold_minutes` is how long a window is kept once it is offered by text."""

    first_day: date
    last_day: date
    hold_minutes: int
    message: str


@tool(
    budget_s=2.5,
    filler="I'm putting you on our waiting list.",
    side_effects=SideEffects.CHANGES,
    proposes=Outcome.ANSWERED,
    rule=CAREFUL,
)
async def join_waiting_list(args: WaitingArgs, ctx: ToolContext) -> WaitingResult:
    """Put the caller on the waiting list when no time suits them and they want to wait.

    A window that becomes free is offered to them by text, to the number they call from. Never
    promise that one will.
    """
    service = service_named(args.service_type, ctx)
    phone = customer_phone(args.phone, ctx.business)
    who = technician_named(args.technician, service, ctx) if args.technician else None
    first, last = _days(args, ctx)
    told = (await texts(ctx, "", "")).messages
    if not told or told[0].channel not in BY_CARRIER:
        raise CallerFixable(
            "waiting.no_text",
            "Windows of the waiting list are offered by text, and this number gets none.",
            say="I can only offer times from our waiting list by text, and I can't text the "
            "number you're contacting us from.",
        )
    await ctx.store.waiting.join(
        WaitingWish(
            call_id=ctx.call.call_id,
            call_sid=ctx.call.call_sid,
            channel=_OFFERED_BY.get(told[0].channel, told[0].channel),
            text_to=told[0].to,
            phone=phone,
            customer_name=args.customer_name,
            address=args.address,
            service_type=service.id,
            description=args.description,
            notes=args.notes,
            first_day=first,
            last_day=last,
            not_before=args.not_before,
            not_after=args.not_after,
            technician_id=None if who is None else who.id,
        )
    )
    minutes = ctx.business.slots.waiting_hold_minutes
    return WaitingResult(
        first_day=first,
        last_day=last,
        hold_minutes=minutes,
        message=f"You're on our waiting list for {_span(first, last)}. If a time becomes free, "
        f"we'll text you, and keep it for you for {minutes} minutes.",
    )


def _days(args: WaitingArgs, ctx: ToolContext) -> tuple[date, date]:
    """The days that are waited for, as far as can be booked."""
    today = calendar.local(ctx.business, ctx.clock.now()).date()
    farthest = today + timedelta(days=ctx.business.slots.days_ahead)
    first = max(args.first_day or today, today)
    last = min(args.last_day or farthest, farthest)
    if first > last:
        ahead = ctx.business.slots.days_ahead
        raise CallerFixable(
            "date.out_of_range",
            f"Days from today to {ahead} days ahead can be waited for.",
            say=f"I can only book up to {ahead} days ahead. Which day would you like?",
            field="first_day",
        )
    return first, last


def _span(first: date, last: date) -> str:
    begins = f"{first:%A, %B} {first.day}"
    return begins if first == last else f"{begins} to {last:%A, %B} {last.day}"
