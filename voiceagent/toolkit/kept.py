"""Answers of tools that are the same for whoever asks: given again for a while.

A tool says so itself (`tool(kept=…)`), and of which of its results; no other answer is kept: not
what has an effect, not what is a person's, not a price or a free window, which are written down for
the call that asks, and never a failure. Whether a request may be made, and its audit, are each
call's own all the same.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from voiceagent.domain import calendar
from voiceagent.domain.business import Business
from voiceagent.ports.outside import OutsideAgents
from voiceagent.toolkit.answers import Arguments, Result
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.spec import Tool

KEPT_S: Final = 300.0
MOST_KEPT: Final = 512


@dataclass(frozen=True, slots=True)
class _Kept:
    """An answer: whose business and whose agents gave it, and until when it is good."""

    result: Result
    business: Business
    agents: OutsideAgents | None
    until_s: float


class KeptAnswers:
    """One worker's; the newest `MOST_KEPT`.

    A key is a digest of the tool, its arguments and the business's day: what was asked is not kept.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, tool: Tool, args: Arguments, ctx: ToolContext) -> Result | None:
        """The answer to the same request, if it is good still."""
        if tool.kept is None:
            return None
        one = self._kept.get(_key(tool, args, ctx))
        if one is None or one.until_s <= ctx.clock.monotonic():
            return None
        if one.business is not ctx.business or one.agents is not ctx.agents:
            return None
        return one.result

    def keep(self, tool: Tool, args: Arguments, ctx: ToolContext, result: Result) -> None:
        """Keep an answer that was given now, if it is one of those that are kept."""
        if tool.kept is None or not tool.kept(result):
            return
        key = _key(tool, args, ctx)
        until_s = ctx.clock.monotonic() + KEPT_S
        self._kept[key] = _Kept(result, ctx.business, ctx.agents, until_s)
        self._kept.move_to_end(key)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)


def _key(tool: Tool, args: Arguments, ctx: ToolContext) -> str:
    today = calendar.local(ctx.business, ctx.clock.now()).date()
    asked = json.dumps(args.model_dump(mode="json"), sort_keys=True)
    return hashlib.sha256(f"{tool.spec.name}\n{today}\n{asked}".encode()).hexdigest()
