from __future__ import annotations

from loguru import logger
from pydantic import Field

from tools._people import leads_now, leave_word, ring
from voiceagent.domain.business import Lead, technician_lead
from voiceagent.domain.outcomes import Evidence
from voiceagent.errors import PeerMisbehaved, Unavailable
from voiceagent.ports.hand_off import HandOffAnswer
from voiceagent.ports.tech_assist import TechAssistOfFile
from voiceagent.toolkit.answers import Arguments, Result
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.policy import ToolRule
from voiceagent.toolkit.relayed import Relayed
from voiceagent.toolkit.spec import SideEffects, tool

_REASON = "technician"
_ON_HOLD = "Please hold the line, I'm getting a technician for you."


class JoinArgs(Arguments):
    """What the technician should know, and whom the customer asked for if they named somebody.

    `technician` and `service_type` are ids of the business file.
    """

    summary: Relayed = Field(max_length=500)
    technician: str | None = Field(default=None, max_length=40)
    service_type: str | None = Field(default=None, max_length=40)


class JoinResult(Result):
    """`ringing`: the customer waits and technicians are rung; else `message` is what to say."""

    ringing: bool
    message: str


def _nothing_yet(result: JoinResult) -> Evidence:  # noqa: ARG001 - whatever it is
    """Who waits is not transferred: the hand-off's row says so once somebody has joined."""
    return Evidence()


@tool(
    budget_s=2.5,
    filler="One moment, I'm getting a technician on the line.",
    side_effects=SideEffects.ENDS_LINE,
    proposes=_nothing_yet,
    rule=ToolRule(most=3),
)
async def join_customer_call(args: JoinArgs, ctx: ToolContext) -> JoinResult:
    """Have a technician join the customer's call, and somebody of the office as the third.

    Call it when the customer wants to talk to a technician about their system. If nobody could be
    reached, say exactly its message.
    """
    technicians = await _technicians(args, ctx)
    office = leads_now(ctx)
    numbers = {one.phone for one in technicians}
    third = next((one for one in office if one.phone not in numbers), None)
    answer = await ring(technicians, ctx, reason=_REASON, summary=args.summary, guest=third)
    if answer is HandOffAnswer.WAITING:
        ctx.signals.escalated = True
        return JoinResult(ringing=True, message=_ON_HOLD)
    people = (*technicians, *office)
    _, told = await leave_word(people, ctx, reason=_REASON, summary=args.summary)
    return JoinResult(ringing=False, message=told)


async def _technicians(args: JoinArgs, ctx: ToolContext) -> list[Lead]:
    """Whom to ring, by Tech-Assist, or by the business file where that does not say."""
    try:
        ids = await ctx.outside.tech_assist.who_joins(args.service_type, args.technician)
    except (Unavailable, PeerMisbehaved) as error:
        logger.warning("tech_assist.not_asked: {}", error.code)
        ids = await TechAssistOfFile(ctx.business).who_joins(args.service_type, args.technician)
    known = {one.id: technician_lead(one) for one in ctx.business.technicians}
    found = (known.get(one) for one in dict.fromkeys(ids))
    return [lead for lead in found if lead is not None]
