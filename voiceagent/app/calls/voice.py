"""A call's line with the voice pipeline on it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from pipelines.budget_watch import BudgetParts
from pipelines.call_counts import call_counts
from pipelines.line_events import LineEvents
from pipelines.parts import SpeechParts
from pipelines.pipeline import CallSeat
from pipelines.session import VoiceSession
from pipelines.speech_usage import SpeechRows, SpeechUsage
from telephony.twilio.socket import CallAccepted
from voiceagent.app.call_recording import CallRecorder
from voiceagent.app.incidents import IncidentRecorder, LineTapes
from voiceagent.app.ops.listening import ListeningRoom
from voiceagent.core.clock import Clock
from voiceagent.core.wire import CarrierEvents, LineEnd
from voiceagent.dialogue.completeness import completeness
from voiceagent.dialogue.contact import Contact, Contacts
from voiceagent.dialogue.recorder import Recorder
from voiceagent.domain.business import Business
from voiceagent.domain.expecting import Completeness, Expecting
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import CallId, CallStart, IdentityLevel, Outcome
from voiceagent.media.call_tap import CallTap, TappedLine, TappedLink
from voiceagent.media.line import Line
from voiceagent.media.scheduler import FrameScheduler
from voiceagent.ports.live import CallTellers, Untold
from voiceagent.ports.meter import CallMeter, TurnMeter, Unmetered
from voiceagent.ports.store import Store
from voiceagent.toolkit.context import Signals


@dataclass(frozen=True, slots=True)
class VoiceLines:
    """`calls.live_call.Lines` over the media plane; what all calls of a worker share."""

    business: Business
    clock: Clock
    store: Store
    scheduler: FrameScheduler
    speech: SpeechParts
    contacts: Contacts
    returning: Callable[[CallId], Awaitable[str]]
    """What the caller of a call that goes on is told, if it is known why its line was away."""
    budget: BudgetParts = field(default_factory=BudgetParts)
    meter: CallMeter = field(default_factory=Unmetered)
    turns: Callable[[str], TurnMeter] = lambda _: Unmetered()
    """By CallSid, what hears of a call's turns."""
    live: CallTellers = field(default_factory=Untold)
    incidents: IncidentRecorder | None = None
    recorder: CallRecorder | None = None
    listening: ListeningRoom = field(default_factory=ListeningRoom)

    @property
    def free_slots(self) -> int:
        """See `Lines`. While the ears are behind there is none: nobody would be understood."""
        return self.scheduler.free_slots if self.speech.hears_more else 0

    def open(
        self, call: CallStart, accepted: CallAccepted, *, known: bool, first_turn: int
    ) -> VoiceLine:
        """See `Lines`."""
        live = self.live.of(call.call_sid)
        events = LineEvents(live)
        tapes = None if self.incidents is None else LineTapes()
        writes = Recorder()
        tap = self._tap(call, writes)
        link = TappedLink(accepted.link, tap)
        line = self.scheduler.add(link, events, None if tapes is None else tapes.line)
        if known and self._is_recorded(call):  # one that has a recording goes on
            tap.disclosed()
        session = VoiceSession(
            call.call_id,
            self.store,
            self.clock,
            writes,
            line,
            events,
            judge=self._judge,
            first_turn=first_turn,
            budget=replace(self.budget, counter=self.turns(call.call_sid)),
            disclosure=self.business.voice.disclosure,
            usage=SpeechUsage(
                self.speech.tariffs, SpeechRows(call.call_id, self.store.usage, known=known)
            ),
            live=live,
            recording=tap,
        )
        identity = accepted.call.identity
        self.listening.add(call.call_sid, tap)
        return VoiceLine(self, call, session, line, tap, identity, known=known, tapes=tapes)

    def _is_recorded(self, call: CallStart) -> bool:
        return self.recorder is not None and self.recorder.folder.find(call.call_sid) is not None

    def _tap(self, call: CallStart, writes: Recorder) -> CallTap:
        """Whoever keeps the call's sound, or listens to it."""
        recorder, calls = self.recorder, self.store.calls
        sink = None if recorder is None else recorder.of(call.call_sid)

        def noted(kind: str) -> None:
            writes.put(lambda: calls.add_event(call.call_id, kind))

        return CallTap(self.clock, sink, noted)

    def _judge(self, text: str, expecting: Expecting) -> Completeness:
        return completeness(text, expecting, self.business)


class VoiceLine:
    """`calls.live_call.ServedLine` in voice."""

    def __init__(
        self,
        parts: VoiceLines,
        call: CallStart,
        session: VoiceSession,
        line: Line,
        tap: CallTap,
        identity: IdentityLevel,
        *,
        known: bool,
        tapes: LineTapes | None = None,
    ) -> None:
        self._tapes = tapes
        self._parts = parts
        self._call = call
        self._session = session
        self._line = line
        self._tap = tap
        self._heard_by = TappedLine(line, tap)
        self._identity = identity
        self._known = known
        self._signals = Signals()
        self._contact: Contact | None = None

    @property
    def heard_by(self) -> CarrierEvents:
        """See `ServedLine`."""
        return self._heard_by

    @property
    def end(self) -> LineEnd | None:
        """See `ServedLine`."""
        return self._line.end

    @property
    def evidence(self) -> Evidence:
        """See `ServedLine`."""
        return self._signals.evidence if self._contact is None else self._contact.evidence

    def close(self, reason: LineEnd) -> None:
        """See `ServedLine`."""
        self._line.close(reason)

    def handed_over(self) -> None:
        """See `ServedLine`."""
        self._signals.propose(Outcome.TRANSFERRED)

    async def announce(self, text: str) -> None:
        """See `ServedLine`."""
        await self._session.announce(text)

    async def talk(self) -> LineEnd:
        """See `ServedLine`; what tools still do when the line closes is over when this returns."""
        try:
            async with asyncio.TaskGroup() as side_effects:
                try:
                    end = await self._run(side_effects)
                finally:
                    self._line.close(LineEnd.FAILED)
                    await self._session.end_effects()
        finally:
            self._tap.finish()
            self._parts.listening.remove(self._call.call_sid, self._tap)
            if self._tapes is not None and self._parts.incidents is not None:
                self._parts.incidents.put(self._call, self._tapes)
        return LineEnd.FAILED if self._session.broken else end

    async def _run(self, side_effects: asyncio.TaskGroup) -> LineEnd:
        session, line, speech = self._session, self._line, self._parts.speech.for_call()
        contact = self._contact = await self._parts.contacts.open(
            self._call,
            mouth=session.mouth,
            recorder=session.recorder,
            spawn=session.spawn_in(side_effects),
            identity=self._identity,
            signals=self._signals,
            known=self._known,
            dialogue=speech.dialogue,
            tape=None if self._tapes is None else self._tapes.talk,
        )
        pipeline = speech.pipeline(
            CallSeat(session, line, self._parts.contacts.toolbox, contact.context)
        )
        try:
            return await session.run(
                pipeline.answering or contact.conversation,
                pipeline.run(),
                pipeline.ask_partial,
                resumed=contact.resumed,
                words=await self._parts.returning(self._call.call_id) if contact.resumed else "",
            )
        finally:
            self._parts.meter.left(
                call_counts(
                    session,
                    pipeline,
                    contact.conversation,
                    self._signals,
                    resumed=contact.resumed,
                )
            )
