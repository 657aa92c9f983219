from __future__ import annotations

from datetime import date

from loguru import logger
from pydantic import Field

from voiceagent.domain import calendar
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import Outcome
from voiceagent.errors import PeerMisbehaved, Unavailable
from voiceagent.ports.parts_desk import PartAsked, PartEta
from voiceagent.toolkit.answers import Arguments, Result
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.policy import ToolRule
from voiceagent.toolkit.spec import tool


class PartArgs(Arguments):
    """The part in the caller's words, and the model of their unit where they know it."""

    part: str = Field(min_length=1, max_length=200)
    model: str | None = Field(default=None, max_length=60)


class PartResult(Result):
    """What is known of the part; `message` says no more than that."""

    part: str
    known: bool
    in_stock: bool | None
    earliest: date | None
    latest: date | None
    message: str


def _told(result: PartResult) -> Evidence:
    return Evidence.of(Outcome.ANSWERED) if result.known else Evidence()


@tool(
    budget_s=1.5,
    filler="Let me check on that part.",
    proposes=_told,
    rule=ToolRule(most=40),
    kept=lambda result: result.known,
)
async def part_eta_query(args: PartArgs, ctx: ToolContext) -> PartResult:
    """Say whether a part is in stock, or when it comes. Never guess a day.

    Where nothing is known, say so and offer that somebody calls back.
    """
    today = calendar.local(ctx.business, ctx.clock.now()).date()
    try:
        eta = await ctx.outside.parts.eta(PartAsked(args.part, args.model, today))
    except (Unavailable, PeerMisbehaved) as error:
        logger.warning("parts.not_asked: {}", error.code)
        eta = PartEta(args.part, known=False)
        message = "I'm sorry, I can't see our parts stock just now."
    else:
        message = _message(eta)
    return PartResult(
        part=eta.name,
        known=eta.known,
        in_stock=eta.in_stock,
        earliest=eta.earliest,
        latest=eta.latest,
        message=message,
    )


def _message(eta: PartEta) -> str:
    """What is known, in words: how sure it is, too."""
    rule = " as a rule" if eta.as_a_rule else ""
    if not eta.known:
        return "I'm sorry, I don't know when that part is here."
    if eta.in_stock:
        return f"The {eta.name} is in stock{rule}."
    if eta.earliest is None or eta.latest is None:
        return f"The {eta.name} is not in stock, and I don't know when it comes."
    first, last = _day(eta.earliest), _day(eta.latest)
    when = f"on {first}" if first == last else f"between {first} and {last}"
    if eta.as_a_rule:
        return f"The {eta.name} has to be ordered. As a rule it would be here {when}."
    return f"The {eta.name} is expected {when}."


def _day(day: date) -> str:
    return f"{day:%A, %B} {day.day}"
