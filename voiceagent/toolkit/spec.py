"""A tool's specification: all that anybody but the tool itself has to know of it."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeGuard, TypeVar, cast, get_type_hints, overload

from pydantic import JsonValue

from voiceagent.core.supervisor import LIMITS, Timer
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import Outcome
from voiceagent.toolkit.answers import ERROR, Arguments, Result
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.policy import CAREFUL, FREE, ToolRule


class SideEffects(StrEnum):
    """What a tool does to the world outside the conversation."""

    READ_ONLY = "read_only"
    """Nothing that matters: it may be stopped anywhere and asked again."""

    CHANGES = "changes"
    """It changes something: it runs to its end, and the same request has its effect once."""

    ENDS_LINE = "ends_line"
    """It changes something, and the carrier may take the line away while it runs: what was said
    before must have been heard."""


Proposes = Outcome | Callable[[Result], Evidence] | None
"""What a call may be remembered for when the tool has succeeded: an outcome, or what follows from
the result."""


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as everybody sees it.

    Attributes:
        name: unique; the function's and the file's.
        description: what a model reads: the function's docstring.
        parameters: JSON schema of the arguments.
        result_type: what a success is.
        budget_s: how long a caller waits for it.
        filler: what the agent says when it takes a while; may be empty.
        side_effects: what it does to the world.
        proposes: what a success makes of the call's outcome.
        rule: what it needs to be granted.
    """

    name: str
    description: str
    parameters: Mapping[str, JsonValue]
    result_type: type[Result]
    budget_s: float
    filler: str
    side_effects: SideEffects
    proposes: Proposes
    rule: ToolRule

    @property
    def changes_the_world(self) -> bool:
        """Whether what it has done cannot be taken back."""
        return self.side_effects is not SideEffects.READ_ONLY

    @property
    def ends_line(self) -> bool:
        """Whether the carrier may take the line away while it runs."""
        return self.side_effects is SideEffects.ENDS_LINE

    def evidence(self, result: Result) -> Evidence:
        """What a success says about the call's outcome."""
        match self.proposes:
            case None:
                return Evidence()
            case Outcome():
                return Evidence.of(self.proposes)
            case _:
                return self.proposes(result)


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool as registered: its specification, and how to run it.

    `kept` says which of its results are the same for whoever asks (`kept.KeptAnswers`).
    """

    spec: ToolSpec
    arguments: type[Arguments]
    run: Callable[[Arguments, ToolContext], Awaitable[Result]]
    kept: Callable[[Result], bool] | None = None


_A = TypeVar("_A", bound=Arguments)
_R = TypeVar("_R", bound=Result)


@overload
def tool(
    *,
    budget_s: float = LIMITS[Timer.TOOL].after_s,
    filler: str = "",
    side_effects: SideEffects = SideEffects.READ_ONLY,
    proposes: Outcome | None = None,
    rule: ToolRule | None = None,
) -> Callable[[Callable[[_A, ToolContext], Awaitable[_R]]], Tool]: ...


@overload
def tool(
    *,
    budget_s: float = LIMITS[Timer.TOOL].after_s,
    filler: str = "",
    side_effects: SideEffects = SideEffects.READ_ONLY,
    proposes: Callable[[_R], Evidence],
    rule: ToolRule | None = None,
    kept: Callable[[_R], bool] | None = None,
) -> Callable[[Callable[[_A, ToolContext], Awaitable[_R]]], Tool]: ...


def tool(
    *,
    budget_s: float = LIMITS[Timer.TOOL].after_s,
    filler: str = "",
    side_effects: SideEffects = SideEffects.READ_ONLY,
    proposes: Outcome | Callable[[_R], Evidence] | None = None,
    rule: ToolRule | None = None,
    kept: Callable[[_R], bool] | None = None,
) -> Callable[[Callable[[_A, ToolContext], Awaitable[_R]]], Tool]:
    """Make a tool of an async function; its docstring is what a model reads.

    Args:
        budget_s: how long a caller waits for it.
        filler: what the agent says when it takes a while.
        side_effects: what it does to the world.
        proposes: what a call may be remembered for when it has succeeded. Its function sees what
            the journal keeps, so that a call which is resumed comes to the same outcome.
        rule: what it needs to be granted. By default a tool that only reads or ends the line is
            free; one that changes something needs a yes, and arguments with a source.
        kept: which of its results are the same for whoever asks, and may be given again for a
            while; by default none is.

    Raises:
        TypeError: the function's types are not those of a tool, or a change is to be kept.
    """

    def register(function: Callable[[_A, ToolContext], Awaitable[_R]]) -> Tool:
        hints = get_type_hints(function)
        arguments, result_type = hints.get("args"), hints.get("return")
        if not _is_kind(arguments, Arguments) or not _is_kind(result_type, Result):
            raise TypeError(f"{function.__name__} must take Arguments `args` and return a Result")
        if kept is not None and side_effects is not SideEffects.READ_ONLY:
            raise TypeError(f"{function.__name__} changes something: it must be done each time")
        if ERROR in result_type.model_fields:
            raise TypeError(f"{function.__name__}: `{ERROR}` is the name of a failure")
        spec = ToolSpec(
            name=function.__name__,
            description=inspect.cleandoc(function.__doc__ or ""),
            parameters=arguments.model_json_schema(),
            result_type=result_type,
            budget_s=budget_s,
            filler=filler,
            side_effects=side_effects,
            proposes=cast("Proposes", proposes),
            rule=rule or (CAREFUL if side_effects is SideEffects.CHANGES else FREE),
        )
        run = cast("Callable[[Arguments, ToolContext], Awaitable[Result]]", function)
        return Tool(spec, arguments, run, cast("Callable[[Result], bool] | None", kept))

    return register


_Kind = TypeVar("_Kind", Arguments, Result)


def _is_kind(value: object, base: type[_Kind]) -> TypeGuard[type[_Kind]]:
    return isinstance(value, type) and issubclass(value, base)
