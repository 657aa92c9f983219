"""The desk: opens calls, serves them, closes them with their one outcome.

Composition-level: it joins the carrier's edge, the media plane, the pipelines, the tools and the
store for each call, and knows which calls are live.
"""

from __future__ import annotations

import asyncio
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from loguru import logger

from pipelines.budget_watch import BudgetParts
from pipelines.cascade import Cascade
from pipelines.conversation import Conversation
from pipelines.parts import SpeechParts
from pipelines.recorder import Recorder
from pipelines.session import TEARDOWN_S, VoiceSession
from telephony.twilio_socket import CallAccepted
from voiceagent.business import Business
from voiceagent.core.call import CallEvent, CallLife
from voiceagent.core.clock import Clock
from voiceagent.core.expecting import Completeness, Expecting
from voiceagent.core.wire import CarrierEvents, LineEnd
from voiceagent.dialog.completeness import completeness
from voiceagent.dialog.policy import Policy
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import CallId, CallStart, Outcome
from voiceagent.errors import Unavailable, VoiceAgentError
from voiceagent.media.line import Line
from voiceagent.media.scheduler import FrameScheduler
from voiceagent.ops.garbage import GarbageRounds
from voiceagent.ports.carrier import CallControl
from voiceagent.ports.store import Store
from voiceagent.toolkit import Context, Signals, Toolbox

COMES_BACK_S = 4.0
"""How long a call whose line the carrier ended may come back on a new one before it is over, unless
the carrier says before that it is. A lost connection looks like a caller who left; a caller who is
still there is connected again at once."""

NOTICE_S = 0.5
"""How long after the carrier said that a stream is over its line may still not know of it."""

POLL_S = 0.1
CLOSE_TRIES = 30
"""Times, a second apart and more, that an outcome is offered to the store before the next start's
sweep has to find the call. A killed embedded database is back in some of them."""
LEAVING_TRIES = 5
"""The same for a worker that is asked to end, and would be killed for staying."""


@dataclass(frozen=True, slots=True)
class DeskParts:
    """What a call is served with; shared by all calls of a worker."""

    business: Business
    clock: Clock
    store: Store
    scheduler: FrameScheduler
    speech: SpeechParts
    toolbox: Toolbox
    call_control: CallControl
    budget: BudgetParts = field(default_factory=BudgetParts)


class Desk:
    """Serves calls until told to stop.

    Args:
        parts: shared by all calls.
        tasks: the worker's task group; each call is one task in it.
    """

    def __init__(self, parts: DeskParts, tasks: asyncio.TaskGroup) -> None:
        self._parts = parts
        self._tasks = tasks
        self._live: dict[CallId, Line] = {}
        self._opening = 0
        self._moving: set[CallId] = set()
        self._settling: set[CallId] = set()
        self._serving: set[CallId] = set()
        self._away: dict[str, asyncio.Event] = {}
        self._idle = asyncio.Event()
        self._idle.set()
        self._garbage = GarbageRounds()
        self.closing = False

    @property
    def live(self) -> int:
        """Calls being served now."""
        return len(self._live)

    @property
    def live_calls(self) -> list[CallId]:
        """Calls whose outcome is still this worker's to write."""
        return list(self._serving)

    def room(self, pending: int) -> int:
        """How many more calls can be taken beside the live ones and `pending` expected ones."""
        free = self._parts.scheduler.room - self._opening - pending
        return 0 if self.closing else max(0, free)

    async def accept(self, accepted: CallAccepted) -> CarrierEvents:
        """Open a call whose token was good; the line that hears it.

        Raises:
            Unavailable: no line is free, or the store is down.
        """
        if self.closing:
            raise Unavailable("desk.closing", "This worker takes no more calls.")
        self._opening += 1  # its token is spent and its line not made: its place stays taken
        try:
            return await self._open(accepted)
        finally:
            self._opening -= 1

    async def _open(self, accepted: CallAccepted) -> CarrierEvents:
        call = accepted.call
        start = CallStart(
            call_id=CallId(str(uuid.uuid4())),
            call_sid=call.call_sid,
            channel="voice",
            from_number=call.from_number,
            to_number=call.to_number,
        )
        calls = self._parts.store.calls
        call_id = await calls.open(start)
        # Our own id came back: the row is new, and there is nothing of the call to read. The caller
        # waits for the greeting, and each question to a busy database costs them some of it.
        new = call_id == start.call_id
        if not new and await calls.outcome(call_id) is not None:
            raise Unavailable("desk.call_over", "This call has ended already.")
        await self._take_over(call_id)
        try:
            session = VoiceSession(
                call_id,
                self._parts.store,
                self._parts.clock,
                Recorder(),
                judge=self._judge,
                first_turn=0 if new else await calls.turn_count(call_id),
                budget=self._parts.budget,
            )
            line = self._parts.scheduler.add(accepted.link, session.events)
        except BaseException:
            if call_id in self._moving:
                self._tasks.create_task(self._close(call_id, Evidence(broken=True)))
            raise
        finally:
            self._moving.discard(call_id)
        self._live[call_id] = line
        self._serving.add(call_id)
        self._idle.clear()
        self.call_settled(call.call_sid)
        self._away[call.call_sid] = asyncio.Event()
        known = CallStart(
            call_id, start.call_sid, start.channel, start.from_number, start.to_number
        )
        self._tasks.create_task(self._serve(known, accepted, session, line, new=new))
        return line

    async def _take_over(self, call_id: CallId) -> None:
        """Close an older line of the same call and wait (bounded) until it wrote what it heard."""
        older = self._live.get(call_id)
        if older is None:
            return
        self._moving.add(call_id)
        older.close(LineEnd.FAILED)
        with suppress(TimeoutError):
            async with asyncio.timeout(TEARDOWN_S):
                while self._live.get(call_id) is older:  # noqa: ASYNC110 - rare and bounded
                    await asyncio.sleep(POLL_S)

    def call_settled(self, call_sid: str) -> None:
        """It is known whether a call whose line was ended goes on; nobody need wait any longer."""
        if (away := self._away.get(call_sid)) is not None:
            away.set()

    async def _goes_on(self, call: CallStart, end: LineEnd) -> bool:
        """Whether a call whose line has ended goes on, on a new line."""
        if call.call_id in self._moving or call.call_id in self._live:
            return True
        away = self._away.get(call.call_sid)
        if end is not LineEnd.CALLER or away is None:
            return False
        with suppress(TimeoutError):
            async with asyncio.timeout(COMES_BACK_S):
                await away.wait()
        return call.call_id in self._live

    def _judge(self, text: str, expecting: Expecting) -> Completeness:
        return completeness(text, expecting, self._parts.business)

    async def outcome_of(self, call_sid: str, *, wait_s: float) -> Outcome | None:
        """The outcome of a call, waiting a moment while it is being written.

        ``None`` means that the call is unknown or was cut off without an end: it may go on.
        """
        waited_s = 0.0
        while True:
            history = await self._parts.store.history.call(call_sid)
            if history is None or history.summary.outcome is not None:
                return history.summary.outcome if history is not None else None
            call_id = history.summary.call.call_id
            line = self._live.get(call_id)
            over = call_id in self._settling or (line is not None and line.end is not None)
            if waited_s >= (wait_s if over else NOTICE_S) or (line is None and not over):
                return None
            await asyncio.sleep(POLL_S)
            waited_s += POLL_S

    async def voicemail_left(self, call_sid: str) -> None:
        """The caller left a message instead of talking to the agent."""
        history = await self._parts.store.history.call(call_sid)
        if history is not None:
            left = Evidence.of(Outcome.VOICEMAIL)
            await self._parts.store.calls.close(history.summary.call.call_id, left)

    async def _serve(
        self,
        call: CallStart,
        accepted: CallAccepted,
        session: VoiceSession,
        line: Line,
        *,
        new: bool,
    ) -> None:
        """One call, from its first sound to its outcome. Never raises into the worker."""
        life = CallLife()
        life.feed(CallEvent.CONNECTED)
        end = LineEnd.FAILED
        signals = Signals()
        try:
            async with asyncio.TaskGroup() as side_effects:
                context = self._context(call, accepted, side_effects, signals)
                try:
                    end = await self._talk(context, session, line, new=new)
                finally:
                    line.close(LineEnd.FAILED)
        except* VoiceAgentError as group:
            logger.error("desk.call_failed: {}", group.exceptions[0])
        except* Exception:  # noqa: BLE001 - one call's defect must not end the others
            logger.exception("desk.call_failed")
        finally:
            if end is not LineEnd.CALLER:
                self._settling.add(call.call_id)
            if self._live.get(call.call_id) is line:
                del self._live[call.call_id]
            if not self._live:
                self._idle.set()
            self._garbage.call_ended(len(self._live))
        if await self._goes_on(call, end):
            self._settling.discard(call.call_id)
            logger.info("call goes on: line closed by {}", end)
            return
        self._away.pop(call.call_sid, None)
        life.note(signals.evidence)
        life.close(end)
        outcome = await self._close(call.call_id, life.evidence)
        self._settling.discard(call.call_id)
        self._serving.discard(call.call_id)
        logger.info("call ended: {}, line closed by {}", outcome, end)

    def _context(
        self,
        call: CallStart,
        accepted: CallAccepted,
        side_effects: asyncio.TaskGroup,
        signals: Signals,
    ) -> Context:
        parts = self._parts
        return Context(
            call=call,
            business=parts.business,
            clock=parts.clock,
            store=parts.store,
            call_control=parts.call_control,
            spawn=side_effects.create_task,
            identity=accepted.call.identity,
            signals=signals,
        )

    async def _talk(
        self, context: Context, session: VoiceSession, line: Line, *, new: bool
    ) -> LineEnd:
        parts = self._parts
        policy = Policy(
            parts.business,
            now=parts.clock.now().astimezone(ZoneInfo(parts.business.timezone)),
            caller_number=context.caller_phone,
            channel="voice",
        )
        conversation = Conversation(
            policy, parts.toolbox, context, session, session.recorder, parts.clock
        )
        resumed = not new and await conversation.restore()
        if resumed and (before := await parts.store.history.call(context.call.call_sid)):
            context.signals.tool_calls = len(before.tools)
        cascade = Cascade(
            session, line, parts.speech.stt(lambda: session.expecting), parts.speech.tts()
        )
        try:
            return await session.run(
                line, conversation, cascade.run(), cascade.ask_partial, resumed=resumed
            )
        finally:
            if conversation.emergency_reported:
                context.signals.propose(Outcome.EMERGENCY)

    async def _close(self, call_id: CallId, evidence: Evidence) -> Outcome | None:
        """Write the outcome; if the store stays down, the sweep of the next start will."""
        for tried in range(1, CLOSE_TRIES + 1):
            with suppress(Unavailable):
                return await self._parts.store.calls.close(call_id, evidence)
            if self.closing and tried >= LEAVING_TRIES:
                break
            await asyncio.sleep(1.0)
        logger.error("desk.outcome_lost: left to the next start's sweep")
        return None

    async def drain(self, limit_s: float) -> None:
        """Take no new calls and wait (bounded) for the live ones; then close what is left."""
        self.closing = True
        for call_sid in list(self._away):
            self.call_settled(call_sid)
        with suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await self._idle.wait()
        for line in list(self._live.values()):
            line.close(LineEnd.FAILED)
