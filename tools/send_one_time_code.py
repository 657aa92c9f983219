from __future__ import annotations

from typing import Final

from pydantic import Field

from tools._booking import text_channel
from voiceagent.domain.phones import customer_phone
from voiceagent.errors import CallerFixable
from voiceagent.ports.people import ONE_TIME_CODE, CodeSending, CodeText
from voiceagent.toolkit.answers import Arguments, Result
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.policy import Condition, ToolRule
from voiceagent.toolkit.spec import SideEffects, tool

_RULE: Final = ToolRule(frozenset({Condition.SOURCED}), most=3)


class SendCodeArgs(Arguments):
    """The number that the booking was made with; `again` when the first text did not come."""

    phone: str = Field(max_length=40)
    again: bool = False


class SendCodeResult(Result):
    """Told alike whether or not the number has a booking: neither says who is a customer."""

    phone: str
    message: str


@tool(
    budget_s=1.5,
    filler="One moment.",
    side_effects=SideEffects.CHANGES,
    rule=_RULE,
)
async def send_one_time_code(args: SendCodeArgs, ctx: ToolContext) -> SendCodeResult:
    """Text a six-digit code to the number a booking was made from, for a caller without its code.

    Offer it when they cannot find their booking code. Then have them read the digits out, and give
    them to the look-up. It never tells whether the number has a booking; say exactly its message.
    """
    phone = customer_phone(args.phone, ctx.business)
    channel = text_channel(ctx)
    if channel is None:
        raise CallerFixable(
            "code.no_texts",
            "This business sends no texts.",
            say="I'm sorry, I can't send a code by text here. A person can help you.",
        )
    ctx.signals.phone = phone
    brand = ctx.business.brand
    body = (
        f"{ctx.business.name}: {ONE_TIME_CODE} is your code for this conversation, good for 10 "
        "minutes. We never ask for it at another time."
    )
    text = CodeText(channel, brand.signed(body))
    sent = await ctx.store.one_time_codes.send(ctx.call.call_id, phone, text)
    if sent is CodeSending.TOO_MANY:
        raise CallerFixable(
            "code.too_many",
            "No more codes are sent to this number, or from this call, for now.",
            say="I'm sorry, I can't send another code just now. A person can help you.",
        )
    return SendCodeResult(
        phone=phone,
        message="If a booking was made from that number, it gets a text with six digits now.",
    )
