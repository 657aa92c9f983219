"""Requests for tools from the business's other systems: each is a call on record."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field

from loguru import logger
from pydantic import JsonValue

from voiceagent.core.clock import Clock
from voiceagent.domain.business import Business
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import CallId, CallStart, Outcome
from voiceagent.errors import Unavailable
from voiceagent.ports.carrier import CallControl
from voiceagent.ports.dispatch import Dispatch, OwnCalendar
from voiceagent.ports.outside import OutsideAgents
from voiceagent.ports.store import Store
from voiceagent.toolkit.answers import WORKING, ToolOutcome
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.toolbox import Toolbox

CHANNEL = "rest"

Spared = Callable[[CallId], AbstractAsyncContextManager[object]]


@dataclass(frozen=True, slots=True)
class ToolRequests:
    """`web.tools.ToolDesk` over the engine's toolbox.

    A request opens a call on channel ``rest``, whose caller has no number: nothing is texted to
    anybody. There is no conversation, so it is no `Contact`; its audit row, its outcome and what it
    changed are on record as those of any call.
    """

    business: Business
    clock: Clock
    store: Store
    call_control: CallControl
    toolbox: Toolbox
    spared: Spared = nullcontext
    """Keeps the start's sweep from a call that is not over (`Sweeper.spared`)."""
    agents: OutsideAgents | None = None
    """The business's; ``None``: the business file answers for them."""

    dispatch: Dispatch = field(default_factory=OwnCalendar)
    """Who has the last word on visits."""

    def knows(self, name: str) -> bool:
        """See `ToolDesk`."""
        return self.toolbox.spec(name) is not None

    async def use(self, name: str, arguments: Mapping[str, JsonValue]) -> ToolOutcome:
        """See `ToolDesk`."""
        call = CallStart(
            call_id=CallId(str(uuid.uuid4())),
            call_sid=f"REST{uuid.uuid4().hex}",
            channel=CHANNEL,
            from_number="",
            to_number=self.business.phone,
        )
        async with self.spared(call.call_id):
            return await self._on_record(call, name, arguments)

    async def _on_record(
        self, call: CallStart, name: str, arguments: Mapping[str, JsonValue]
    ) -> ToolOutcome:
        await self.store.calls.open(call)
        evidence = Evidence(broken=True)
        try:
            async with asyncio.TaskGroup() as side_effects:
                ctx = ToolContext(
                    call=call,
                    business=self.business,
                    clock=self.clock,
                    store=self.store,
                    call_control=self.call_control,
                    spawn=side_effects.create_task,
                    agents=self.agents,
                    dispatch=self.dispatch,
                )
                outcome = await self._finished(name, arguments, ctx)
            evidence = ctx.signals.evidence | _evidence(outcome)
        finally:
            await self._close(call, evidence)
        return outcome

    async def _finished(
        self, name: str, arguments: Mapping[str, JsonValue], ctx: ToolContext
    ) -> ToolOutcome:
        """The outcome; a budget is a caller's patience, a program waits for the effect itself."""
        outcome = await self.toolbox.call(name, arguments, ctx)
        if outcome.error_code == WORKING:
            for run in tuple(ctx.runs.values()):
                return await run
        return outcome

    async def _close(self, call: CallStart, evidence: Evidence) -> None:
        try:
            await self.store.calls.close(call.call_id, evidence)
        except Unavailable as error:  # what was done stands; the next start's sweep gives it one
            logger.error("tool_requests.outcome_lost: {}", error.code)


def _evidence(outcome: ToolOutcome) -> Evidence:
    """What the request came to, beside what the tool says of itself."""
    if outcome.failure is None:
        return Evidence.of(Outcome.ANSWERED)
    return Evidence(broken=not outcome.failure.fixable)
