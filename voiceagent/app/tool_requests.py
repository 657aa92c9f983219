"""Requests for tools from the business's other systems: each is a call on record."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field

from loguru import logger
from pydantic import JsonValue

from voiceagent.core.clock import Clock
from voiceagent.domain.business import Business
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import CallId, CallStart, Outcome
from voiceagent.errors import Unavailable, VoiceAgentError
from voiceagent.ports.carrier import CallControl
from voiceagent.ports.dispatch import Dispatch, OwnCalendar
from voiceagent.ports.outside import OutsideAgents
from voiceagent.ports.store import Store
from voiceagent.toolkit.answers import WORKING, ToolOutcome
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.toolbox import Toolbox

CHANNEL = "rest"

Spared = Callable[[CallId], AbstractAsyncContextManager[object]]


class ProgramCall:
    """A call that a program makes: what it asks for, one after the other.

    Args:
        toolbox: the engine's.
        ctx: of the call.
    """

    def __init__(self, toolbox: Toolbox, ctx: ToolContext) -> None:
        self._toolbox = toolbox
        self.ctx = ctx
        self.evidence = Evidence()
        """What the last request came to, beside what its tool says of itself."""

    async def use(self, name: str, arguments: Mapping[str, JsonValue]) -> ToolOutcome:
        """The outcome; a budget is a caller's patience, a program waits for the effect itself."""
        outcome = await self._toolbox.call(name, arguments, self.ctx)
        if outcome.error_code == WORKING:
            for run in tuple(self.ctx.runs.values()):
                outcome = await run
                break
        self.evidence = _evidence(outcome)
        return outcome


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
        async with self.on_record(self.new_call()) as request:
            return await request.use(name, arguments)

    def new_call(self) -> CallStart:
        """A request's call; it has no caller's number."""
        return CallStart(
            call_id=CallId(str(uuid.uuid4())),
            call_sid=f"REST{uuid.uuid4().hex}",
            channel=CHANNEL,
            from_number="",
            to_number=self.business.phone,
        )

    @asynccontextmanager
    async def on_record(self, call: CallStart) -> AsyncIterator[ProgramCall]:
        """A call of several requests, on record when the block is left.

        Raises:
            Unavailable: nothing can be put on record now, so nothing is done.
        """
        async with self.spared(call.call_id), self._open(call) as request:
            yield request

    @asynccontextmanager
    async def _open(self, call: CallStart) -> AsyncIterator[ProgramCall]:
        await self.store.calls.open(call)
        evidence, refused = Evidence(broken=True), None
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
                request = ProgramCall(self.toolbox, ctx)
                try:
                    yield request
                except VoiceAgentError as error:
                    refused = error  # the group is left first: what runs in it goes on to its end
            evidence = ctx.signals.evidence | request.evidence
            if refused is not None:
                raise refused
        finally:
            await self._close(call, evidence)

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
