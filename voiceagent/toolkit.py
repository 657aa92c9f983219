"""Tools: what the agent can do, and the one place where every use of a tool is judged.

A tool is an async function of typed arguments and a `ToolContext`, marked with `@tool`. A model or
the house policy only *requests* a call; `Toolbox.call` decides: it refuses card numbers, validates,
keeps the budget, makes side effects happen once, maps errors to something that can be said, and
leaves an audit row.

A tool with side effects runs in a task of the call's own (`ToolContext.spawn`), so a caller who
interrupts the agent never cuts a booking in half. While it runs the same request joins it; once it
has succeeded the same request gets the same answer, until another side effect has succeeded (a
visit moved to Monday, to Tuesday and back to Monday is three moves). That memory lasts as long as
the call's context; across processes the store's idempotency keys take over.
"""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import json
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, cast, get_type_hints

from loguru import logger
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from voiceagent.core.clock import Clock
from voiceagent.domain.business import Business
from voiceagent.domain.outcomes import PRECEDENCE, Evidence, JobChange, strongest
from voiceagent.domain.phones import caller_id
from voiceagent.domain.records import CallStart, IdentityLevel, JobId, Outcome, ToolAudit
from voiceagent.domain.redact import redact_value
from voiceagent.errors import CallerFixable, PeerMisbehaved, Unavailable, VoiceAgentError
from voiceagent.ports.carrier import CallControl
from voiceagent.ports.store import Store

SIDE_EFFECT_LIMIT_S = 20.0
"""After this a tool with side effects is given up; every port has shorter time-outs of its own."""
MAX_TOOL_CALLS = 100
"""Requests per call, whatever asks for them; a conversation needs about ten."""

_APOLOGY = "I'm sorry, something isn't working on my side just now."


class Arguments(BaseModel):
    """Base of a tool's arguments: frozen, nothing unknown accepted."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Result(BaseModel):
    """Base of a tool's result: exactly the keys its contract names."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    """What came of one request. `result` is ``{"error": {...}}`` when `error_code` is set."""

    name: str
    arguments: Mapping[str, JsonValue]
    result: Mapping[str, JsonValue]
    error_code: str
    elapsed_ms: float


@dataclass(slots=True)
class Signals:
    """What tools learn about a call and its session reads.

    Attributes:
        phone: the E.164 number the caller gave, which need not be the one they call from.
        verified_phone: the number whose booking code the caller has given.
        zip_code: five digits of the address they gave.
        evidence: what tools did that bears on the call's outcome.
        audited: how much of `evidence.noted` the store has, with the audits of tools.
        hang_up: the reason to end the call once everything said was heard.
        escalated: a person has been called for; once per conversation.
        wrong_codes: booking codes that did not fit.
        tool_calls: audit rows written; a successor that resumes a call starts where it ended.
        audits_lost: audit rows the store could not take.
    """

    phone: str | None = None
    verified_phone: str | None = None
    zip_code: str | None = None
    evidence: Evidence = field(default_factory=Evidence)
    audited: frozenset[Outcome] = frozenset()
    hang_up: str | None = None
    escalated: bool = False
    wrong_codes: int = 0
    tool_calls: int = 0
    audits_lost: int = 0

    @property
    def outcome(self) -> Outcome | None:
        """What the call would be remembered for so far; ``None`` for nothing."""
        return strongest(self.evidence)

    def propose(self, outcome: Outcome) -> None:
        """The call may be remembered for this; what was done to a job is told by `changed`."""
        self.evidence |= Evidence.of(outcome)

    def changed(self, job_id: JobId, what: Outcome) -> None:
        """A job was ``booked``, ``rescheduled`` or ``cancelled``, and the store has it."""
        self.evidence |= Evidence(changes=frozenset({JobChange(job_id, what)}))


Run = asyncio.Task[ToolOutcome]
Spawn = Callable[[Coroutine[None, None, ToolOutcome]], Run]
"""Starts a task that outlives its caller: ``TaskGroup.create_task`` of the call's session."""


@dataclass(frozen=True, slots=True)
class ToolContext:
    """All a tool may know and use, for one call. `identity` is what the carrier vouches for."""

    call: CallStart
    business: Business
    clock: Clock
    store: Store
    call_control: CallControl
    spawn: Spawn
    identity: IdentityLevel = IdentityLevel.NUMBER_ONLY
    signals: Signals = field(default_factory=Signals)
    runs: dict[str, Run] = field(default_factory=dict)

    @property
    def caller_phone(self) -> str | None:
        """The number the call comes from (E.164), ``None`` when it is withheld."""
        return caller_id(self.call.from_number, self.business.country)


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as a model sees it; `parameters` is a JSON schema."""

    name: str
    description: str
    parameters: Mapping[str, JsonValue]
    budget_s: float
    say: str
    side_effects: bool
    ends_line: bool


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool as registered: its specification, and how to run it."""

    spec: ToolSpec
    arguments: type[Arguments]
    run: Callable[[Arguments, ToolContext], Awaitable[Result]]


_A = TypeVar("_A", bound=Arguments)
_R = TypeVar("_R", bound=Result)


def tool(
    *, budget_s: float, say: str = "", side_effects: bool = False, ends_line: bool = False
) -> Callable[[Callable[[_A, ToolContext], Awaitable[_R]]], Tool]:
    """Make a tool of an async function; its docstring is what a model reads.

    Args:
        budget_s: how long a caller waits for it.
        say: what the agent says when it takes a while.
        side_effects: whether an interruption must not stop it half-way.
        ends_line: whether the carrier may take the line away while it runs.
    """

    def register(function: Callable[[_A, ToolContext], Awaitable[_R]]) -> Tool:
        arguments: type[_A] = get_type_hints(function)["args"]
        spec = ToolSpec(
            name=function.__name__,
            description=inspect.cleandoc(function.__doc__ or ""),
            parameters=arguments.model_json_schema(),
            budget_s=budget_s,
            say=say,
            side_effects=side_effects,
            ends_line=ends_line,
        )
        run = cast("Callable[[Arguments, ToolContext], Awaitable[Result]]", function)
        return Tool(spec, arguments, run)

    return register


class Toolbox:
    """The tools of a business, callable by name. Shared by all calls: it keeps nothing of any.

    Args:
        tools: with distinct names.
    """

    def __init__(self, tools: Sequence[Tool]) -> None:
        self._tools = {tool.spec.name: tool for tool in tools}
        if len(self._tools) != len(tools):
            raise ValueError("two tools have the same name")

    def specs(self) -> list[ToolSpec]:
        """What a model is told of each tool."""
        return [tool.spec for tool in self._tools.values()]

    def filler(self, name: str) -> str:
        """What to say while the tool runs; empty when there is nothing to say."""
        return self._tools[name].spec.say if name in self._tools else ""

    def has_side_effects(self, name: str) -> bool:
        """Whether the tool changes the world."""
        return name in self._tools and self._tools[name].spec.side_effects

    def ends_line(self, name: str) -> bool:
        """Whether the carrier may take the line away while the tool runs."""
        return name in self._tools and self._tools[name].spec.ends_line

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
        except VoiceAgentError as error:
            outcome = _failed(name, _as_json(arguments), error, ctx, started_s)
            await _audit(outcome, ctx)
            return outcome
        if tool.spec.side_effects:
            return await _once(tool, args, ctx)
        return await _run(tool, args, ctx, limit_s=tool.spec.budget_s)

    def _judge(self, name: str, arguments: Mapping[str, object]) -> tuple[Tool, Arguments]:
        tool = self._tools.get(name)
        if tool is None:
            raise PeerMisbehaved("tool.unknown", "There is no such tool.")
        if _as_json(arguments) != json.loads(json.dumps(dict(arguments), default=str)):
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


async def _once(tool: Tool, args: Arguments, ctx: ToolContext) -> ToolOutcome:
    """Run a tool with side effects in its own task, or join the run of the same request."""
    started_s = ctx.clock.monotonic()
    key = _key(tool, args, ctx)
    run = ctx.runs.get(key)
    if run is None:
        work = _run_and_remember(tool, args, ctx, key)
        try:
            run = ctx.runs[key] = ctx.spawn(work)
        except RuntimeError:
            work.close()
            error = Unavailable("call.ending", "The call is ending.")
            return _failed(tool.spec.name, _as_json(args), error, ctx, started_s)
    done, _ = await asyncio.wait({run}, timeout=tool.spec.budget_s)
    if done and not run.cancelled():
        return run.result()
    error = Unavailable("tool.working", "It is still being done; asking again joins it.")
    return _failed(tool.spec.name, _as_json(args), error, ctx, started_s)


async def _run_and_remember(tool: Tool, args: Arguments, ctx: ToolContext, key: str) -> ToolOutcome:
    outcome = await _run(tool, args, ctx, limit_s=SIDE_EFFECT_LIMIT_S)
    outdated = [k for k, run in ctx.runs.items() if run.done()]
    if outcome.error_code:
        outdated = [key]
    for one in outdated:
        ctx.runs.pop(one, None)
    return outcome


async def _run(tool: Tool, args: Arguments, ctx: ToolContext, *, limit_s: float) -> ToolOutcome:
    """Run a tool within its limit and audit it."""
    started_s = ctx.clock.monotonic()
    name, asked = tool.spec.name, _as_json(args)
    try:
        async with asyncio.timeout(limit_s):
            result = await tool.run(args, ctx)
    except TimeoutError:
        slow = Unavailable("tool.slow", "It took too long.")
        outcome = _failed(name, asked, slow, ctx, started_s)
    except VoiceAgentError as error:
        outcome = _failed(name, asked, error, ctx, started_s)
    except Exception as error:  # noqa: BLE001 - a defect in one tool must not end the call
        logger.opt(exception=error).error("tool {} failed", name)
        broken = Unavailable("tool.failed", "It failed.")
        outcome = _failed(name, asked, broken, ctx, started_s)
    else:
        elapsed_ms = (ctx.clock.monotonic() - started_s) * 1000
        outcome = ToolOutcome(name, asked, _as_json(result), "", elapsed_ms)
    await _audit(outcome, ctx)
    return outcome


def _failed(
    name: str,
    arguments: Mapping[str, JsonValue],
    error: VoiceAgentError,
    ctx: ToolContext,
    started_s: float,
) -> ToolOutcome:
    say = _APOLOGY
    if isinstance(error, CallerFixable):
        say = error.say
    elif error.code == "tool.working":
        say = "That is taking a moment longer. I'm still on it."
    result: dict[str, JsonValue] = {
        "error": {"code": error.code, "message": error.message, "say": say}
    }
    elapsed_ms = (ctx.clock.monotonic() - started_s) * 1000
    return ToolOutcome(name, arguments, result, error.code, elapsed_ms)


async def _audit(outcome: ToolOutcome, ctx: ToolContext) -> None:
    """Keep what was asked and what came of it. What has been done stands, audited or not."""
    signals = ctx.signals
    index = signals.tool_calls
    signals.tool_calls += 1
    proposed = signals.evidence.noted - signals.audited
    entry = ToolAudit(
        call_id=ctx.call.call_id,
        index=index,
        name=outcome.name,
        arguments_json=json.dumps(outcome.arguments),
        result_json=json.dumps(outcome.result),
        error_code=outcome.error_code,
        elapsed_ms=outcome.elapsed_ms,
        proposed=tuple(sorted(proposed, key=PRECEDENCE.index)),
    )
    try:
        await ctx.store.journal.audit(entry)
        signals.audited |= proposed
    except Unavailable as error:
        signals.audits_lost += 1
        logger.error("audit of tool {} lost: {}", outcome.name, error.code)


def _key(tool: Tool, args: Arguments, ctx: ToolContext) -> str:
    """Identity of a request: the call, the tool and the arguments in canonical JSON."""
    asked = json.dumps(args.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
    text = f"{ctx.call.call_id}\n{tool.spec.name}\n{asked}"
    return hashlib.sha256(text.encode()).hexdigest()


def _as_json(value: BaseModel | Mapping[str, object]) -> dict[str, JsonValue]:
    """A JSON object without card numbers."""
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    body = json.dumps(redact_value(plain), default=str)
    return cast("dict[str, JsonValue]", json.loads(body))
