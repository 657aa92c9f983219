"""The tools of a business by name, and the judgement of every request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module

from pydantic import ValidationError

from voiceagent.domain.outcomes import Evidence
from voiceagent.errors import CallerFixable, PeerMisbehaved, Unavailable, VoiceAgentError
from voiceagent.toolkit.answers import (
    Arguments,
    Result,
    ToolAnswer,
    ToolFailure,
    ToolOutcome,
    as_json,
    from_the_wire,
    holds_card,
)
from voiceagent.toolkit.audit import audit
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.kept import KeptAnswers
from voiceagent.toolkit.policy import refusal
from voiceagent.toolkit.running import failed, follows, once, run_within
from voiceagent.toolkit.spec import Tool, ToolSpec

MAX_TOOL_CALLS = 100
"""Requests per call, whatever asks for them; a conversation needs about ten."""


def tool_in(package: str, name: str) -> Tool:
    """The tool `name` of the module `package`.`name`: a file is named after its tool.

    Raises:
        TypeError: there is no tool of that name in it.
    """
    found = getattr(import_module(f"{package}.{name}"), name, None)
    if not isinstance(found, Tool):
        raise TypeError(f"{package}/{name}.py holds no tool named {name}")
    return found


class Toolbox:
    """The tools of a business, callable by name.

    Shared by all calls: it keeps nothing of any but answers that are the same for whoever asks
    (`kept.KeptAnswers`).

    Args:
        tools: with distinct names.
    """

    def __init__(self, tools: Sequence[Tool]) -> None:
        self._tools = {tool.spec.name: tool for tool in tools}
        if len(self._tools) != len(tools):
            raise ValueError("two tools have the same name")
        self._kept = KeptAnswers()

    def specs(self) -> list[ToolSpec]:
        """What is known of each tool."""
        return [tool.spec for tool in self._tools.values()]

    def tools(self) -> list[Tool]:
        """All of them."""
        return list(self._tools.values())

    def spec(self, name: str) -> ToolSpec | None:
        """What is known of a tool, ``None`` when there is none of that name."""
        tool = self._tools.get(name)
        return None if tool is None else tool.spec

    def filler(self, name: str) -> str:
        """What to say while the tool runs; empty when there is nothing to say."""
        spec = self.spec(name)
        return "" if spec is None else spec.filler

    def has_side_effects(self, name: str) -> bool:
        """Whether the tool changes the world."""
        spec = self.spec(name)
        return spec is not None and spec.changes_the_world

    def ends_line(self, name: str) -> bool:
        """Whether what was said must be heard before the tool runs."""
        spec = self.spec(name)
        return spec is not None and spec.ends_line

    def read(self, name: str, body: Mapping[str, object]) -> ToolAnswer:
        """An answer that was written down, typed again."""
        spec = self.spec(name)
        return from_the_wire(body, Result if spec is None else spec.result_type)

    def evidence(self, name: str, answer: ToolAnswer) -> Evidence:
        """What an answer on record says about its call's outcome, as it did when it was new."""
        spec = self.spec(name)
        if spec is None or isinstance(answer, ToolFailure):
            return Evidence()
        return follows(spec, answer)

    async def call(
        self, name: str, arguments: Mapping[str, object], ctx: ToolContext
    ) -> ToolOutcome:
        """Judge a request and carry it out.

        Never raises for what a tool, its arguments or its ports did: all that is in the outcome.
        Cancelling it stops a tool without side effects, and lets one with them finish.
        """
        started_s = ctx.clock.monotonic()
        try:
            if ctx.signals.tool_calls >= MAX_TOOL_CALLS:
                raise Unavailable("tool.limit", "Too many tool calls in this conversation.")
            tool, args = self._judge(name, arguments)
            self._grant(tool, ctx)
        except VoiceAgentError as error:
            outcome = failed(name, as_json(arguments), error, ctx, started_s)
            await audit(outcome, ctx)
            return outcome
        if tool.spec.changes_the_world:
            return await once(tool, args, ctx)
        return await run_within(tool, args, ctx, limit_s=tool.spec.budget_s, kept=self._kept)

    def _grant(self, tool: Tool, ctx: ToolContext) -> None:
        """Hold a request against the tool's rule (`policy`), and count it."""
        asked_for, name = ctx.signals.asked_for, tool.spec.name
        refused = refusal(tool.spec.rule, ctx.basis, asked_for[name])
        if refused is not None:
            raise refused.error()
        asked_for[name] += 1

    def _judge(self, name: str, arguments: Mapping[str, object]) -> tuple[Tool, Arguments]:
        tool = self._tools.get(name)
        if tool is None:
            raise PeerMisbehaved("tool.unknown", "There is no such tool.")
        if holds_card(arguments):
            raise CallerFixable(
                "card.refused",
                "Card numbers are never accepted here.",
                say="Please don't give me a card number. You'll get a secure link to pay instead.",
            )
        try:
            return tool, tool.arguments.model_validate(arguments)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise CallerFixable(
                "tool.arguments",
                f"{where}: {first['msg']}",
                say=f"Sorry, I need the {where.replace('_', ' ')} once more.",
                field=where,
            ) from error
