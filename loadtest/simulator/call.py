"""One inbound call from ring to report: webhook, TwiML, streams, updates, callbacks."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urljoin

from loadtest.simulator import twiml
from loadtest.simulator.callbacks import Callbacks, CallFacts
from loadtest.simulator.caller import Caller, GaveUp, HungUp, StepTimedOut
from loadtest.simulator.line import TelephoneLine
from loadtest.simulator.messages import StreamIds, StreamWriter
from loadtest.simulator.metronome import Metronome
from loadtest.simulator.report import CallReport, CarrierEvent, EndedBy, EventKind, TextMessage
from loadtest.simulator.rest import CallNotLive
from loadtest.simulator.script import CallerScript
from loadtest.simulator.spotter import Spotter
from loadtest.simulator.stream import MediaStream, StreamEnd
from loadtest.simulator.twiml import Document, StreamNoun, TwimlError, Verb
from loadtest.simulator.webhooks import StreamRefused, WebhookClient, WebhookError

_MAX_DOCUMENTS: Final = 50


@dataclass(frozen=True, slots=True)
class CallOrder:
    """What `CarrierEmulator.place_call` was asked for; see there."""

    webhook_url: str
    script: CallerScript
    from_number: str
    to_number: str
    record_to: Path | None
    status_callback_url: str | None
    extra_params: Mapping[str, str]
    hold_s: float
    max_s: float
    on_event: Callable[[CarrierEvent], None] | None


@dataclass(frozen=True, slots=True)
class _Ended:
    by: EndedBy
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class _Update:
    """New instructions given over REST: a document, or where to ask for one."""

    document: Document | None
    url: str | None


class PlacedCall:
    """Runs one call. Implements `loadtest.simulator.rest.RestCall`."""

    def __init__(
        self,
        order: CallOrder,
        *,
        account_sid: str,
        webhooks: WebhookClient,
        metronome: Metronome,
    ) -> None:
        self.call_sid = f"CA{secrets.token_hex(16)}"
        self._order = order
        self._account_sid = account_sid
        self._webhooks = webhooks
        facts = CallFacts(
            account_sid,
            self.call_sid,
            order.from_number,
            order.to_number,
            order.extra_params,
        )
        self._callbacks = Callbacks(facts, webhooks, order.webhook_url)
        self._metronome = metronome
        self._status = "ringing"
        self._line = TelephoneLine(
            Caller(order.script, noise_seed=int(self.call_sid[2:10], 16)),
            notify=self._notify,
            left=self._caller_left,
        )
        self._stream: MediaStream | None = None
        self._signal: StreamEnd | None = None
        self._signalled = asyncio.Event()
        self._update: _Update | None = None
        self._gone: _Ended | None = None
        self._fault: Exception | None = None
        self._documents: list[str] = []
        self._transfers: list[str] = []
        self._stream_sids: list[str] = []
        self._stream_failure: str | None = None

    @property
    def from_number(self) -> str:
        """Caller."""
        return self._order.from_number

    @property
    def to_number(self) -> str:
        """Called number."""
        return self._order.to_number

    @property
    def status(self) -> str:
        """The carrier's word for the state of the call."""
        return self._status

    @property
    def duration_s(self) -> float:
        """Since the line was opened."""
        return self._line.now_8k() / 8000

    def complete(self) -> None:
        """REST `Status=completed`."""
        self._require_live()
        self._raise_signal(StreamEnd.COMPLETED)

    def update(self, *, twiml: str | None, url: str | None) -> None:
        """REST `Twiml` or `Url`."""
        self._require_live()
        self._update = _Update(None if twiml is None else self._read(twiml), url)
        self._raise_signal(StreamEnd.UPDATED)

    async def run(self, messages: list[TextMessage]) -> CallReport:
        """Places the call and sees it to its end.

        Args:
            messages: the account's texts; those to the caller during the call are reported.

        Raises:
            Exception: a fault of the emulator itself, never of the engine.
        """
        first_message = len(messages)
        self._notify(EventKind.CALLING, self._order.webhook_url)
        spotting = self._start_spotter()
        try:
            ended = await self._until_end()
        finally:
            self._line.close()
            if spotting is not None:
                spotting.cancel()
                await asyncio.gather(spotting, return_exceptions=True)
        if self._fault is not None:
            raise self._fault
        self._status = "completed"
        self._notify(EventKind.ENDED, ended.failure or ended.by.value)
        if self._order.status_callback_url is not None:
            self._callbacks.tell_completed(self._order.status_callback_url, self.duration_s)
        await self._callbacks.settle()
        mine = [item for item in messages[first_message:] if item.to == self.from_number]
        return self._report(ended, tuple(mine))

    async def _until_end(self) -> _Ended:
        try:
            async with asyncio.timeout(self._order.max_s):
                return await self._talk()
        except TimeoutError:
            return _Ended(EndedBy.TIMED_OUT, f"call outlasted {self._order.max_s:g} s")
        except (WebhookError, TwimlError) as error:
            return _Ended(EndedBy.FAILED, str(error))

    async def _talk(self) -> _Ended:
        url = self._order.webhook_url
        document = await self._ask(url)
        if not any(verb.stream for verb in document.verbs):
            self._notify(EventKind.REFUSED, document.text)
            return _Ended(EndedBy.REFUSED)
        self._status = "in-progress"
        for _ in range(_MAX_DOCUMENTS):
            following = await self._execute(document, url)
            if isinstance(following, _Ended):
                return following
            url = following.url or url
            document = following.document or await self._ask(url)
        return _Ended(EndedBy.FAILED, f"more than {_MAX_DOCUMENTS} documents in one call")

    async def _execute(self, document: Document, url: str) -> _Ended | _Update:
        """Runs the verbs in order until one of them ends the call or leads elsewhere."""
        for verb in document.verbs:
            match verb:
                case Verb(name="Connect", stream=StreamNoun() as noun):
                    end = await self._run_stream(noun)
                case Verb(name="Dial"):
                    end = await self._hold(document)
                case Verb(name="Redirect"):
                    return _Update(None, urljoin(url, verb.text))
                case Verb(name="Hangup" | "Reject"):
                    break
                case _:
                    continue  # speech, pauses and the like take no time here
            if (ended := self._ending(end, verb)) is not None:
                return ended
            if end is StreamEnd.UPDATED:
                return self._take_update()
            if verb.action is not None:
                return _Update(None, urljoin(url, verb.action))
        if self._stream_failure is not None:
            return _Ended(EndedBy.FAILED, self._stream_failure)
        return _Ended(EndedBy.AGENT)

    def _ending(self, end: StreamEnd | None, verb: Verb) -> _Ended | None:
        match end:
            case StreamEnd.CALLER_LEFT:
                return self._gone
            case StreamEnd.COMPLETED:
                return _Ended(EndedBy.AGENT)
            case StreamEnd.NOT_READ:
                return _Ended(EndedBy.FAILED, "the engine left 10 s of audio unread")
            case StreamEnd.FAULT:
                return _Ended(EndedBy.FAILED)
            case None if verb.name == "Dial" and verb.action is None:
                return _Ended(EndedBy.TRANSFERRED)
            case _:
                return None

    async def _run_stream(self, noun: StreamNoun) -> StreamEnd | None:
        """One `<Connect><Stream>`; None if the stream could not be opened."""
        if self._signal is not None:
            return self._take_signal()
        stream_sid = f"MZ{secrets.token_hex(16)}"
        try:
            socket = await self._webhooks.dial(noun.url)
        except StreamRefused as error:
            self._stream_failure = str(error)
            self._callbacks.tell_stream(noun, stream_sid, "stream-error", str(error))
            return None
        ids = StreamIds(self._account_sid, self.call_sid, stream_sid)
        stream = MediaStream(socket, StreamWriter(ids, noun.parameters), stream_sid, self._line)
        self._stream_sids.append(stream_sid)
        self._stream_failure = None
        self._stream = stream
        if self._signal is not None:
            stream.end(self._signal)
        self._callbacks.tell_stream(noun, stream_sid, "stream-started")
        try:
            end = await stream.run(self._stream_started)
        finally:
            self._stream = None
        self._callbacks.tell_stream(noun, stream_sid, "stream-stopped")
        return self._take_signal() or end  # a signal may have come while the socket was closing

    def _stream_started(self) -> None:
        if not self._line.is_open:
            self._line.open(self._metronome, self._line_failed)
        self._notify(EventKind.STREAM_STARTED, self._stream_sids[-1])

    async def _hold(self, document: Document) -> StreamEnd | None:
        """The caller is with someone else; None when the holding time is over."""
        self._transfers.append(document.text)
        self._notify(EventKind.TRANSFERRED, document.text)
        try:
            async with asyncio.timeout(self._order.hold_s):
                await self._signalled.wait()
        except TimeoutError:
            return None
        return self._take_signal()

    def _take_signal(self) -> StreamEnd | None:
        signal, self._signal = self._signal, None
        self._signalled.clear()
        return signal

    def _take_update(self) -> _Update:
        update, self._update = self._update, None
        if update is None:
            raise RuntimeError("an update was signalled but not given")
        return update

    def _raise_signal(self, why: StreamEnd) -> None:
        if self._signal not in (None, StreamEnd.UPDATED):
            return  # the call is ending; nothing changes that
        self._signal = why
        self._signalled.set()
        if self._stream is not None:
            self._stream.end(why)

    def _require_live(self) -> None:
        if self._status != "in-progress":
            raise CallNotLive(self._status)

    def _caller_left(self, act: HungUp | GaveUp | StepTimedOut) -> None:
        match act:
            case HungUp():
                self._gone = _Ended(EndedBy.CALLER)
            case GaveUp():
                self._gone = _Ended(EndedBy.GAVE_UP)
            case StepTimedOut(why=why):
                self._gone = _Ended(EndedBy.TIMED_OUT, why)
        self._raise_signal(StreamEnd.CALLER_LEFT)

    def _line_failed(self, error: Exception) -> None:
        self._fault = error
        self._raise_signal(StreamEnd.FAULT)

    def _start_spotter(self) -> asyncio.Task[None] | None:
        phrases = self._order.script.phrases
        if not phrases:
            return None
        spotter = Spotter(phrases, self._phrase_heard)
        self._line.listener = spotter.listen
        task = asyncio.create_task(spotter.run())
        task.add_done_callback(self._spotter_done)
        return task

    def _spotter_done(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            self._line_failed(error)

    def _phrase_heard(self, phrase: str) -> None:
        self._line.caller.spotted(phrase)
        self._notify(EventKind.PHRASE_HEARD, phrase)

    def _notify(self, kind: EventKind, text: str) -> None:
        if self._order.on_event is not None:
            self._order.on_event(CarrierEvent(kind, self.call_sid, self._line.now_s(), text))

    async def _ask(self, url: str) -> Document:
        return self._read(await self._callbacks.ask(url, self._status))

    def _read(self, text: str) -> Document:
        document = twiml.parse(text)
        self._documents.append(text)
        return document

    def _report(self, ended: _Ended, messages: tuple[TextMessage, ...]) -> CallReport:
        line, ledger, order = self._line, self._line.ledger, self._order
        gaps = line.playout.gaps
        end_8k = line.now_8k()
        if order.record_to is not None and line.is_open:
            line.save(order.record_to)
        refused = ended.by is EndedBy.REFUSED
        return CallReport(
            call_sid=self.call_sid,
            stream_sids=tuple(self._stream_sids),
            from_number=order.from_number,
            to_number=order.to_number,
            ended_by=ended.by,
            failure=ended.failure,
            duration_s=end_8k / 8000,
            first_audio_ms=ledger.first_audio_ms(),
            turns=ledger.turn_reports(line.ear, end_8k),
            clears=len(ledger.clears_s),
            marks_played=ledger.marks_played,
            marks_cleared=ledger.marks_cleared,
            gaps=len(gaps),
            underruns=sum(gap.cuts_sound for gap in gaps),
            longest_gap_ms=max((gap.length_8k for gap in gaps), default=0) / 8,
            agent_sound_ms=line.ear.sound_8k(0) / 8,
            unheard_ms=ledger.unheard_8k / 8,
            frames_sent=ledger.frames_sent,
            frames_late=ledger.frames_late,
            worst_late_ms=round(ledger.worst_late_s * 1000, 2),
            refused_twiml=self._documents[0] if refused else None,
            twiml=tuple(self._documents),
            transfers=tuple(self._transfers),
            messages=messages,
            protocol_errors=(*ledger.protocol_errors, *self._callbacks.errors),
            recording=order.record_to if line.is_open else None,
        )
