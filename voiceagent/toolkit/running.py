"""Runs a tool: within its limit, and a side effect once.

A tool with side effects runs in a task of the call's own (`ToolContext.spawn`), so a caller who
interrupts the agent never cuts a booking in half. While it runs the same request joins it; once it
has succeeded the same request gets the same answer, until another side effect has succeeded (a
visit moved to Monday, to Tuesday and back to Monday is three moves). That memory lasts as long as
the call's context; across processes the store's idempotency keys take over.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping

from loguru import logger
from pydantic import JsonValue

from voiceagent.domain.outcomes import Evidence
from voiceagent.errors import Unavailable, VoiceAgentError
from voiceagent.toolkit.answers import (
    WORKING,
    Arguments,
    Result,
    ToolFailure,
    ToolOutcome,
    as_asked,
    without_cards,
)
from voiceagent.toolkit.audit import audit
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.kept import KeptAnswers
from voiceagent.toolkit.policy import prove
from voiceagent.toolkit.spec import Tool, ToolSpec

SIDE_EFFECT_LIMIT_S = 20.0
"""After this a tool with side effects is given up; every port has shorter time-outs of its own."""


async def once(tool: Tool, args: Arguments, ctx: ToolContext) -> ToolOutcome:
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
            return failed(tool.spec.name, as_asked(args), error, ctx, started_s)
    done, _ = await asyncio.wait({run}, timeout=tool.spec.budget_s)
    if done and not run.cancelled():
        return run.result()
    error = Unavailable(WORKING, "It is still being done; asking again joins it.")
    return failed(tool.spec.name, as_asked(args), error, ctx, started_s)


async def _run_and_remember(tool: Tool, args: Arguments, ctx: ToolContext, key: str) -> ToolOutcome:
    outcome = await run_within(tool, args, ctx, limit_s=SIDE_EFFECT_LIMIT_S)
    outdated = [k for k, run in ctx.runs.items() if run.done()]
    if outcome.failure is not None:
        outdated = [key]
    for one in outdated:
        ctx.runs.pop(one, None)
    return outcome


async def run_within(
    tool: Tool,
    args: Arguments,
    ctx: ToolContext,
    *,
    limit_s: float,
    kept: KeptAnswers | None = None,
) -> ToolOutcome:
    """Run a tool within its limit, note what follows from its success, and audit it.

    What its arguments have to prove is part of it: nothing is done before that, nor later than it.
    An answer that is kept stands in for the run.
    """
    started_s = ctx.clock.monotonic()
    name, asked = tool.spec.name, as_asked(args)
    try:
        async with asyncio.timeout(limit_s):
            await prove(tool.spec.rule, args, ctx)
            found = None if kept is None else kept.find(tool, args, ctx)
            result = found or _checked(await tool.run(args, ctx), tool.spec)
    except TimeoutError:
        slow = Unavailable("tool.slow", "It took too long.")
        outcome = failed(name, asked, slow, ctx, started_s)
    except VoiceAgentError as error:
        outcome = failed(name, asked, error, ctx, started_s)
    except Exception as error:  # noqa: BLE001 - a defect in one tool must not end the call
        logger.opt(exception=error).error("tool.failed: {}", name)
        broken = Unavailable("tool.failed", "It failed.")
        outcome = failed(name, asked, broken, ctx, started_s)
    else:
        if kept is not None and found is None:
            kept.keep(tool, args, ctx, result)
        ctx.signals.evidence |= follows(tool.spec, result)
        elapsed_ms = (ctx.clock.monotonic() - started_s) * 1000
        outcome = ToolOutcome(name, asked, result, elapsed_ms)
    await audit(outcome, ctx)
    return outcome


def _checked(result: Result, spec: ToolSpec) -> Result:
    """The result, which is of the promised kind and holds no card number."""
    if not isinstance(result, spec.result_type):
        raise TypeError(f"{spec.name} promised a {spec.result_type.__name__}")
    return without_cards(result)


def follows(spec: ToolSpec, result: Result) -> Evidence:
    """What a success says about the call's outcome; a defect in saying so undoes nothing."""
    name = spec.name
    try:
        return spec.evidence(result)
    except Exception as error:  # noqa: BLE001 - the effect stands
        logger.opt(exception=error).error("tool.no_evidence: {}", name)
        return Evidence()


def failed(
    name: str,
    arguments: Mapping[str, JsonValue],
    error: VoiceAgentError,
    ctx: ToolContext,
    started_s: float,
) -> ToolOutcome:
    """The outcome of a request that came to nothing."""
    elapsed_ms = (ctx.clock.monotonic() - started_s) * 1000
    return ToolOutcome(name, arguments, ToolFailure.of(error), elapsed_ms)


def _key(tool: Tool, args: Arguments, ctx: ToolContext) -> str:
    """Identity of a request: the call, the tool and the arguments in canonical JSON."""
    asked = json.dumps(args.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
    text = f"{ctx.call.call_id}\n{tool.spec.name}\n{asked}"
    return hashlib.sha256(text.encode()).hexdigest()
