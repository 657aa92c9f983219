from __future__ import annotations

from typing import Literal

from voiceagent.domain.records import Outcome
from voiceagent.toolkit import Arguments, Result, ToolContext, tool

_OUTCOMES = {
    "done": Outcome.ANSWERED,
    "caller_left": Outcome.ABANDONED,
    "refused": Outcome.REFUSED,
}


class EndArgs(Arguments):
    """Why the conversation is over."""

    reason: Literal["done", "caller_left", "refused"]


class EndResult(Result):
    """The wish is noted; the session hangs up once the goodbye was heard."""

    message: str


@tool(budget_s=0.2)
async def end_call(args: EndArgs, ctx: ToolContext) -> EndResult:
    """End the conversation. Say goodbye first; it is heard in full before the line closes."""
    ctx.signals.hang_up = args.reason
    ctx.signals.propose(_OUTCOMES[args.reason])
    return EndResult(message="The call ends after the goodbye.")
