from __future__ import annotations

from typing import Literal

from loguru import logger
from pydantic import Field

from tools._people import leads_now, leave_word, ring, who_calls
from voiceagent.domain.agent_events import News, NewsKind
from voiceagent.domain.business import Lead
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import Outcome
from voiceagent.errors import Unavailable
from voiceagent.ports.hand_off import HandOffAnswer
from voiceagent.toolkit.answers import Arguments, Result
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.policy import ToolRule
from voiceagent.toolkit.relayed import Relayed
from voiceagent.toolkit.spec import SideEffects, tool

_ON_HOLD = "Please hold the line, I'm getting someone for you."


class EscalateArgs(Arguments):
    """Why a person is needed, and what they should know before they speak."""

    reason: Literal["asked", "anger", "legal", "emergency", "stuck"]
    summary: Relayed = Field(max_length=500)


class EscalateResult(Result):
    """`lead` is a name. When nobody was reached, `message` is what to say.

    `word_left`: somebody has the caller's matter and rings back; not told, `message` says it.
    """

    transferred: bool
    lead: str | None
    message: str
    word_left: bool = Field(default=False, exclude=True)


def _reached(result: EscalateResult) -> Evidence:
    """A person has the caller; or has word of them, which is as much as a call back arranged."""
    if result.transferred:
        return Evidence.of(Outcome.TRANSFERRED)
    return Evidence.of(Outcome.ANSWERED) if result.word_left else Evidence()


@tool(
    budget_s=2.5,
    filler="One moment, I'm getting someone for you.",
    side_effects=SideEffects.ENDS_LINE,
    proposes=_reached,
    rule=ToolRule(most=10),
)
async def escalate_to_human(args: EscalateArgs, ctx: ToolContext) -> EscalateResult:
    """Hand the caller to a person of the business.

    Call it when they ask for a person, are angry, threaten legal steps, or you cannot help. If
    nobody could be reached, say exactly its message.
    """
    if args.reason == "emergency":
        ctx.signals.propose(Outcome.EMERGENCY)
    await _tell_agents(args, ctx)
    leads = leads_now(ctx, urgent=args.reason == "emergency")
    warm = await ring(leads, ctx, reason=args.reason, summary=args.summary)
    if warm is HandOffAnswer.WAITING:
        ctx.signals.escalated = True
        return EscalateResult(transferred=False, lead=None, message=_ON_HOLD)
    if ctx.call.channel == "voice" and warm is HandOffAnswer.REFUSED:
        for lead in leads:
            if await _transfer(lead, args, ctx):
                ctx.signals.escalated = True
                return EscalateResult(
                    transferred=True, lead=lead.name, message=f"Connecting you to {lead.name}."
                )
    left, told = await leave_word(leads, ctx, reason=args.reason, summary=args.summary)
    ctx.signals.escalated = ctx.signals.escalated or left
    return EscalateResult(transferred=False, lead=None, message=told, word_left=left)


async def _tell_agents(args: EscalateArgs, ctx: ToolContext) -> None:
    """Outside agents hear of it once a conversation; the caller gets a person whether or not."""
    data = {"reason": args.reason, "summary": args.summary, "who": who_calls(ctx)}
    call_id = ctx.call.call_id
    news = News(NewsKind.ESCALATION_RAISED, call_id, ctx.clock.now(), data, call_id)
    try:
        for message in ctx.outside.messages(news):
            await ctx.store.outbox.put(message)
    except Unavailable as error:
        logger.warning("escalation.untold: {}", error.code)


async def _transfer(lead: Lead, args: EscalateArgs, ctx: ToolContext) -> bool:
    try:
        return await ctx.call_control.transfer(
            ctx.call.call_sid, to_number=lead.phone, whisper=args.summary
        )
    except Unavailable:
        return False
