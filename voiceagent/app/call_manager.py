"""The call_manager: opens calls, serves them, closes them with their one outcome.

Composition-level: it joins the carrier's edge, the media plane, the pipelines, the tools and the
store for each call, and knows which calls are live.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from loguru import logger

from pipelines.budget_watch import BudgetParts
from pipelines.call_counts import call_counts
from pipelines.parts import SpeechParts
from pipelines.pipeline import CallSeat
from pipelines.session import TEARDOWN_S, VoiceSession
from telephony.twilio.socket import CallAccepted
from telephony.twilio.twiml import RING_S
from voiceagent.app.call_hooks import ANSWERING_S, on_call_number
from voiceagent.app.ops.garbage import GarbageRounds
from voiceagent.core.call_life import CallLife, CallLifeEvent
from voiceagent.core.clock import Clock
from voiceagent.core.wire import CarrierEvents, LineEnd
from voiceagent.dialogue.completeness import completeness
from voiceagent.dialogue.factory import Conversant
from voiceagent.dialogue.loop import Conversation
from voiceagent.dialogue.recorder import Recorder
from voiceagent.domain.business import Business
from voiceagent.domain.expecting import Completeness, Expecting
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import CallId, CallStart, Outcome
from voiceagent.errors import Unavailable, VoiceAgentError
from voiceagent.media.line import Line
from voiceagent.media.scheduler import FrameScheduler
from voiceagent.ports.carrier import CallControl
from voiceagent.ports.meter import CallMeter, Unmetered
from voiceagent.ports.store import Store
from voiceagent.toolkit.context import Signals, ToolContext
from voiceagent.toolkit.toolbox import Toolbox

COMES_BACK_S = 4.0
"""How long a call whose line the carrier ended, or on which it fell silent, may come back on a new
one before it is over, unless the carrier says before that it is. A lost connection looks like a
caller who left; a caller who is still there is connected again at once."""

NOTICE_S = 0.5
"""How long after the carrier said that a stream is over its line may still not know of it."""

POLL_S = 0.1
CLOSE_TRIES = 30
"""Times, a second apart and more, that an outcome is offered to the store before the next start's
sweep has to find the call. A killed embedded database is back in some of them."""
LEAVING_TRIES = 5
"""The same for a worker that is asked to end, and would be killed for staying."""

ENDED_KNOWN = 4096
"""Calls whose end is remembered without asking the store; the oldest is forgotten first."""

COMING_BACK = frozenset({LineEnd.CALLER, LineEnd.MEDIA_GAP})
"""Ends of a line after which its call may go on, on a new one."""

HANDED_OVER = "I have to hand you over to a person now, one moment please."
WHISPER = "A call in progress is handed over to you, because our telephone server is being stopped."
ANNOUNCED_S = 8.0
"""How long a caller may take to hear that; they are handed over all the same."""

SETTLED_S = 150.0
"""How long a server that has no more calls waits for the last questions of the carrier."""


@dataclass(frozen=True, slots=True)
class CallManagerParts:
    """What a call is served with; shared by all calls of a worker."""

    business: Business
    clock: Clock
    store: Store
    scheduler: FrameScheduler
    speech: SpeechParts
    toolbox: Toolbox
    call_control: CallControl
    budget: BudgetParts = field(default_factory=BudgetParts)
    meter: CallMeter = field(default_factory=Unmetered)


@dataclass(frozen=True, slots=True)
class _Served:
    """A call on its line."""

    call: CallStart
    session: VoiceSession
    line: Line
    signals: Signals = field(default_factory=Signals)


@dataclass(frozen=True, slots=True)
class _Ended:
    outcome: Outcome
    line_end: LineEnd


class CallManager:
    """Serves calls until told to stop.

    Args:
        parts: shared by all calls.
        tasks: the worker's task group; each call is one task in it.
    """

    def __init__(self, parts: CallManagerParts, tasks: asyncio.TaskGroup) -> None:
        self._parts = parts
        self._tasks = tasks
        self._live: dict[CallId, _Served] = {}
        self._opening = 0
        self._moving: set[CallId] = set()
        self._settling: set[str] = set()
        self._serving: set[CallId] = set()
        self._away: dict[str, asyncio.Event] = {}
        self._ended: dict[str, _Ended] = {}
        self._asks_again_by_s: dict[str, float] = {}
        self._garbage = GarbageRounds()
        self.closing = False
        """No more calls are let in; those that rang before are served."""
        self._handing_over = False

    @property
    def live(self) -> int:
        """Calls being served now."""
        return len(self._live)

    @property
    def live_calls(self) -> list[CallId]:
        """Calls whose outcome is still this worker's to write."""
        return list(self._serving)

    def free_slots(self, pending: int) -> int:
        """How many more calls can be taken beside the live ones and `pending` expected ones."""
        free = self._parts.scheduler.free_slots - self._opening - pending
        return 0 if self.closing else max(0, free)

    async def accept(self, accepted: CallAccepted) -> CarrierEvents:
        """Open a call whose token was good; the line that hears it.

        Raises:
            Unavailable: no line is free, or the store is down.
        """
        if self._handing_over:
            raise Unavailable("calls.closing", "This worker takes no more calls.")
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
            raise Unavailable("calls.over", "This call has ended already.")
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
                disclosure=self._parts.business.voice.disclosure,
            )
            line = self._parts.scheduler.add(accepted.link, session.events)
        except BaseException:
            if call_id in self._moving:
                self._tasks.create_task(self._give_up(start.call_sid, call_id))
            raise
        finally:
            self._moving.discard(call_id)
        known = CallStart(
            call_id, start.call_sid, start.channel, start.from_number, start.to_number
        )
        served = _Served(known, session, line)
        self._live[call_id] = served
        self._serving.add(call_id)
        self.call_settled(call.call_sid)
        self._away[call.call_sid] = asyncio.Event()
        self._tasks.create_task(self._serve(served, accepted, new=new))
        return line

    async def _take_over(self, call_id: CallId) -> None:
        """Close an older line of the same call and wait (bounded) until it wrote what it heard."""
        older = self._live.get(call_id)
        if older is None:
            return
        self._moving.add(call_id)
        older.line.close(LineEnd.FAILED)
        with suppress(TimeoutError):
            async with asyncio.timeout(TEARDOWN_S):
                while self._live.get(call_id) is older:  # noqa: ASYNC110 - rare and bounded
                    await asyncio.sleep(POLL_S)

    def call_settled(self, call_sid: str) -> None:
        """It is known whether a call whose line was ended goes on; nobody need wait any longer."""
        self._asks_again_by_s.pop(call_sid, None)
        if (away := self._away.get(call_sid)) is not None:
            away.set()

    async def _goes_on(self, call: CallStart, end: LineEnd) -> bool:
        """Whether a call whose line has ended goes on, on a new line."""
        if call.call_id in self._moving or call.call_id in self._live:
            return True
        away = self._away.get(call.call_sid)
        if end not in COMING_BACK or away is None:
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
        while (ended := self._ended.get(call_sid)) is None:
            # Looked at before the store is read: a call that ends meanwhile is looked at again.
            patience_s = self._ends_within_s(call_sid, wait_s)
            history = await self._parts.store.history.call(call_sid)
            if history is not None and history.summary.outcome is not None:
                return history.summary.outcome
            if waited_s >= patience_s:
                return None
            await asyncio.sleep(POLL_S)
            waited_s += POLL_S
        return ended.outcome

    def _ends_within_s(self, call_sid: str, wait_s: float) -> float:
        """How long the end of a call is worth waiting for: not at all when nobody serves it."""
        of_call = (one for one in self._live.values() if one.call.call_sid == call_sid)
        if (served := next(of_call, None)) is not None:
            return NOTICE_S if served.line.end is None else wait_s
        return wait_s if call_sid in self._settling else 0.0

    def last_end(self, call_sid: str) -> LineEnd | None:
        """How the last line of a call that is over ended; ``None`` when unknown here."""
        ended = self._ended.get(call_sid)
        return None if ended is None else ended.line_end

    def carrier_asks_again(self, call_sid: str, within_s: float) -> None:
        """The carrier will probably ask about the call once more; it must find somebody."""
        by_s = self._parts.clock.monotonic() + within_s
        self._asks_again_by_s.pop(call_sid, None)
        self._asks_again_by_s[call_sid] = by_s
        while len(self._asks_again_by_s) > ENDED_KNOWN:
            del self._asks_again_by_s[next(iter(self._asks_again_by_s))]

    async def voicemail_left(self, call_sid: str) -> None:
        """The caller left a message instead of talking to the agent."""
        history = await self._parts.store.history.call(call_sid)
        if history is not None:
            left = Evidence.of(Outcome.VOICEMAIL)
            await self._parts.store.calls.close(history.summary.call.call_id, left)

    async def _serve(self, served: _Served, accepted: CallAccepted, *, new: bool) -> None:
        """One call, from its first sound to its outcome. Never raises into the worker."""
        call, line, signals = served.call, served.line, served.signals
        life = CallLife()
        life.feed(CallLifeEvent.CONNECTED)
        end = LineEnd.FAILED
        try:
            async with asyncio.TaskGroup() as side_effects:
                context = self._context(call, accepted, side_effects, signals)
                try:
                    end = await self._talk(context, served.session, line, new=new)
                finally:
                    line.close(LineEnd.FAILED)
        except* VoiceAgentError as group:
            logger.error("calls.call_failed: {}", group.exceptions[0])
        except* Exception:  # noqa: BLE001 - one call's defect must not end the others
            logger.exception("calls.call_failed")
        finally:
            if end not in COMING_BACK:
                self._settling.add(call.call_sid)
            if self._live.get(call.call_id) is served:
                del self._live[call.call_id]
            self._garbage.call_ended(len(self._live))
        if await self._goes_on(call, end):
            self._settling.discard(call.call_sid)
            logger.info("calls.goes_on: line closed by {}", end)
            return
        self._away.pop(call.call_sid, None)
        life.note(signals.evidence)
        self._note_end(call.call_sid, _Ended(life.close(end), end))
        outcome = await self._close(call.call_id, life.evidence)
        self._settling.discard(call.call_sid)
        self._serving.discard(call.call_id)
        self._parts.meter.ended(outcome, channel=call.channel)
        logger.info("calls.ended: {}, line closed by {}", outcome, end)

    def _note_end(self, call_sid: str, ended: _Ended) -> None:
        """Known from now on, also while the store cannot be asked."""
        while len(self._ended) >= ENDED_KNOWN:
            del self._ended[next(iter(self._ended))]
        self._ended[call_sid] = ended
        if call_sid not in self._asks_again_by_s and ended.line_end is not LineEnd.CALLER:
            self.carrier_asks_again(call_sid, ANSWERING_S)

    async def _give_up(self, call_sid: str, call_id: CallId) -> None:
        """A call left its old line and found no new one."""
        self._note_end(call_sid, _Ended(Outcome.FAILED, LineEnd.FAILED))
        outcome = await self._close(call_id, Evidence(broken=True))
        self._parts.meter.ended(outcome, channel="voice")
        self._serving.discard(call_id)

    def _context(
        self,
        call: CallStart,
        accepted: CallAccepted,
        side_effects: asyncio.TaskGroup,
        signals: Signals,
    ) -> ToolContext:
        parts = self._parts
        return ToolContext(
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
        self, context: ToolContext, session: VoiceSession, line: Line, *, new: bool
    ) -> LineEnd:
        parts = self._parts
        dialogue = parts.speech.dialogue(
            Conversant(
                parts.business,
                now=parts.clock.now().astimezone(ZoneInfo(parts.business.timezone)),
                caller_number=context.caller_phone,
                channel="voice",
            )
        )
        conversation = Conversation(
            dialogue, parts.toolbox, context, session, session.recorder, parts.clock
        )
        resumed = not new and await conversation.restore()
        if resumed and (before := await parts.store.history.call(context.call.call_sid)):
            context.signals.tool_calls = len(before.tools)
        pipeline = parts.speech.pipeline(CallSeat(session, line, parts.toolbox, context))
        try:
            return await session.run(
                line,
                pipeline.answering or conversation,
                pipeline.run(),
                pipeline.ask_partial,
                resumed=resumed,
            )
        finally:
            signals = context.signals
            parts.meter.left(call_counts(session, pipeline, conversation, signals, resumed=resumed))
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
        logger.error("calls.outcome_lost: left to the next start's sweep")
        return None

    async def drain(
        self, limit_s: float, *, at_once: asyncio.Event, announced: Callable[[], int]
    ) -> None:
        """Take no new calls; those there are end by themselves, after `limit_s` with a person.

        Returns when all are over and the carrier has probably no more questions, or `at_once`.

        Args:
            limit_s: how long calls may go on.
            at_once: set when nobody is waited for any more; what still goes on is cut.
            announced: calls that rang before and have not connected yet.
        """
        self.closing = True
        await _until(lambda: not self._serving and not announced(), limit_s, at_once)
        if not at_once.is_set():
            self._handing_over = True
            handing = self._tasks.create_task(self._hand_all_over())
            await _until(lambda: handing.done() and self._all_is_said(), SETTLED_S, at_once)
            handing.cancel()
        for served in list(self._live.values()):
            served.line.close(LineEnd.FAILED)
        for call_sid in list(self._away):
            self.call_settled(call_sid)

    def _all_is_said(self) -> bool:
        now_s = self._parts.clock.monotonic()
        return not self._serving and all(by_s <= now_s for by_s in self._asks_again_by_s.values())

    async def _hand_all_over(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for served in list(self._live.values()):
                tasks.create_task(self._hand_over(served))

    async def _hand_over(self, served: _Served) -> None:
        """Connect a caller to a person, who need not be there: then they leave a message.

        Where the carrier cannot be asked to, closing the line makes it ask us what is next.
        """
        number, call_sid = on_call_number(self._parts.business), served.call.call_sid
        moved = False
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(ANNOUNCED_S):
                    await served.session.announce(HANDED_OVER)
            if number is not None and served.line.end is None:
                moved = await self._parts.call_control.transfer(
                    call_sid, to_number=number, whisper=WHISPER
                )
        except VoiceAgentError as error:
            logger.warning("calls.hand_over: {}", error.code)
        except Exception:  # noqa: BLE001 - one call's defect must not keep the others from a person
            logger.exception("calls.hand_over")
        if not moved:
            served.line.close(LineEnd.FAILED)
            return
        served.signals.propose(Outcome.TRANSFERRED)
        self.call_settled(call_sid)
        self.carrier_asks_again(call_sid, RING_S + ANSWERING_S)
        await _until(lambda: served.line.end is not None, TEARDOWN_S, asyncio.Event())
        served.line.close(LineEnd.AGENT)


async def _until(done: Callable[[], bool], limit_s: float, at_once: asyncio.Event) -> None:
    """Wait for what is looked at now and then; no longer than allowed."""
    with suppress(TimeoutError):
        async with asyncio.timeout(limit_s):
            while not done() and not at_once.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL_S):
                        await at_once.wait()
