from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import Outcome
from voiceagent.toolkit.answers import Arguments, Result
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.policy import ToolRule
from voiceagent.toolkit.spec import tool

_OUTCOMES: Mapping[str, Outcome] = {
    "done": Outcome.ANSWERED,
    "caller_left": Outcome.ABANDONED,
    "refused": Outcome.REFUSED,
}


Reason = Literal["done", "caller_left", "refused"]


class EndArgs(Arguments):
    """Why the conversation is over."""

    reason: Reason


class EndResult(Result):
    """Why the conversation is over; the dialogue that asked for this hangs up (`acts.HangUp`)."""

    reason: Reason
    message: str


def _ended(result: EndResult) -> Evidence:
    return Evidence.of(_OUTCOMES[result.reason])


@tool(budget_s=0.2, proposes=_ended, rule=ToolRule(most=10))
async def end_call(args: EndArgs, ctx: ToolContext) -> EndResult:  # noqa: ARG001 - as of any tool
    """End the conversation. Say goodbye first; it is heard in full before the line closes."""
    return EndResult(reason=args.reason, message="The call ends after the goodbye.")
