"""One tool."""

from __future__ import annotations

from voiceagent.toolkit.answers import Arguments, Result
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.spec import tool


class TideArgs(Arguments):
    """Where."""

    harbour: str


class Tide(Result):
    """When it is high."""

    message: str


@tool(budget_s=0.2)
async def tide_table(args: TideArgs, ctx: ToolContext) -> Tide:
    """Say when the tide is high. Never guess a tide."""
    return Tide(message=f"High tide at {args.harbour} is at {ctx.clock.now():%H:%M}.")
