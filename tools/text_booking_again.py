from __future__ import annotations

from dataclasses import replace
from typing import Final

from tools._booking import texts, when
from voiceagent.domain.records import IdentityLevel, Job
from voiceagent.domain.texting import TextVerdict
from voiceagent.errors import CallerFixable
from voiceagent.toolkit.answers import Result
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.policy import Condition, ToolRule
from voiceagent.toolkit.proof import BookingKey, by_booking_code
from voiceagent.toolkit.spec import SideEffects, tool

_RULE: Final = ToolRule(
    frozenset({Condition.SOURCED}), level=IdentityLevel.CODE, proof=by_booking_code, most=3
)


class TextAgainArgs(BookingKey):
    """Whose booking."""


class TextAgainResult(Result):
    """What was written again, and to whom it goes."""

    code: str
    with_link: bool
    message: str


@tool(
    budget_s=1.5,
    filler="I'm sending it again.",
    side_effects=SideEffects.CHANGES,
    rule=_RULE,
)
async def text_booking_again(args: TextAgainArgs, ctx: ToolContext) -> TextAgainResult:
    """Write the confirmation of a booking once more, with the link while its deposit is open.

    Needs the booking's code. It goes to whoever calls or writes now, never to a number that they
    name. Call it when they ask for the text or the link again; say exactly its message.
    """
    job = await by_booking_code(args, ctx)
    linked = job.deposit_amount > 0 and not job.deposit_paid
    key = f"again:{job.job_id}:{ctx.call.call_id}"
    plan = await texts(ctx, key, _text(job, ctx, linked=linked))
    if plan.verdict is not TextVerdict.MAY:
        raise CallerFixable(
            "text.not_possible",
            f"No text can be sent to who calls now ({plan.verdict}).",
            say="I'm sorry, I can't send a text to the number of this call. A person can help you.",
        )
    for message in plan.messages:
        await ctx.store.outbox.put(replace(message, job_id=job.job_id))
    what = "your confirmation, with the link to pay the deposit" if linked else "your confirmation"
    return TextAgainResult(
        code=job.code, with_link=linked, message=f"I'm sending {what}, once more."
    )


def _text(job: Job, ctx: ToolContext, *, linked: bool) -> str:
    """As the first confirmation; the braces are filled in when it is sent."""
    service = ctx.business.service(job.service_type)
    name = service.name if service else "visit"
    booked = (
        f"{ctx.business.name}: your {name} is booked for {when(ctx, job.window)}. "
        "Booking code {job_code}."
    )
    return booked + (" Pay the {deposit} deposit here: {checkout_url}" if linked else "")
