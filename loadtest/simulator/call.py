"""One inbound call from ring to report: webhook, TwiML, streams, updates, callbacks."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from typing import Final
from urllib.parse import urljoin

from loadtest.simulator import twiml
from loadtest.simulator.call_order import CallOrder, CallPapers, Ending, call_report
from loadtest.simulator.call_signals import CallSignals, NewInstructions
from loadtest.simulator.callbacks import Callbacks, CallFacts
from loadtest.simulator.caller import Caller
from loadtest.simulator.caller_acts import GaveUp, HungUp, StepTimedOut
from loadtest.simulator.line import TelephoneLine
from loadtest.simulator.media_stream import MediaStreamClient
from loadtest.simulator.messages import StreamIds
from loadtest.simulator.metronome import Metronome
from loadtest.simulator.network import NetworkPath
from loadtest.simulator.report import CallReport, CarrierEvent, EndedBy, EventKind, TextMessage
from loadtest.simulator.rest import CallNotLive
from loadtest.simulator.rooms import HOLD_MUSIC, Room, RoomMember, Rooms
from loadtest.simulator.spotter import spotting
from loadtest.simulator.stream import MediaStream, StreamEnd
from loadtest.simulator.twiml import ConferenceNoun, Document, StreamNoun, TwimlError, Verb
from loadtest.simulator.webhooks import StreamRefused, WebhookClient, WebhookError

_MAX_DOCUMENTS: Final = 50


class PlacedCall:
    """Runs one call. Implements `loadtest.simulator.rest.RestCall`."""

    def __init__(
        self,
        order: CallOrder,
        *,
        account_sid: str,
        webhooks: WebhookClient,
        metronome: Metronome,
        rooms: Rooms | None = None,
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
        self._rooms = rooms
        self._status = "ringing"
        seed = int(self.call_sid[2:10], 16) if order.seed is None else order.seed
        self._line = TelephoneLine(
            Caller(order.script, noise_seed=seed),
            notify=self._notify,
            left=self._caller_left,
            network=None if order.network.is_perfect else NetworkPath(order.network, seed),
        )
        self._signals = CallSignals()
        self._gone: Ending | None = None
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
        self._signals.send(StreamEnd.COMPLETED)

    def update(self, *, twiml: str | None, url: str | None) -> None:
        """REST `Twiml` or `Url`."""
        self._require_live()
        document = None if twiml is None else self._read(twiml)
        self._signals.update(NewInstructions(document, url))

    async def run(self, messages: list[TextMessage]) -> CallReport:
        """Places the call and sees it to its end.

        Args:
            messages: the account's texts; those to the caller during the call are reported.

        Raises:
            Exception: a fault of the emulator itself, never of the engine.
        """
        first_message = len(messages)
        self._notify(EventKind.CALLING, self._order.webhook_url)
        phrases = self._order.script.phrases
        async with spotting(phrases, self._phrase_heard, self._line_failed) as spotter:
            self._line.listener = spotter
            try:
                ended = await self._until_end()
            finally:
                self._line.close()
        if self._fault is not None:
            raise self._fault
        self._status = "completed"
        self._notify(EventKind.ENDED, ended.failure or ended.by.value)
        if self._order.status_callback_url is not None:
            self._callbacks.tell_completed(self._order.status_callback_url, self.duration_s)
        await self._callbacks.settle()
        mine = [item for item in messages[first_message:] if item.to == self.from_number]
        papers = CallPapers(
            self._documents, self._transfers, self._stream_sids, mine, self._callbacks.errors
        )
        return call_report(self.call_sid, self._order, ended, self._line, papers)

    async def _until_end(self) -> Ending:
        try:
            async with asyncio.timeout(self._order.max_s):
                return await self._talk()
        except TimeoutError:
            return Ending(EndedBy.TIMED_OUT, f"call outlasted {self._order.max_s:g} s")
        except (WebhookError, TwimlError) as error:
            return Ending(EndedBy.FAILED, str(error))

    async def _talk(self) -> Ending:
        url = self._order.webhook_url
        document = await self._ask(url)
        if not any(verb.stream for verb in document.verbs):
            self._notify(EventKind.REFUSED, document.text)
            return Ending(EndedBy.REFUSED)
        self._status = "in-progress"
        for _ in range(_MAX_DOCUMENTS):
            following = await self._execute(document, url)
            if isinstance(following, Ending):
                return following
            url = following.url or url
            document = following.document or await self._ask(url)
        return Ending(EndedBy.FAILED, f"more than {_MAX_DOCUMENTS} documents in one call")

    async def _execute(self, document: Document, url: str) -> Ending | NewInstructions:
        """Runs the verbs in order until one of them ends the call or leads elsewhere."""
        for verb in document.verbs:
            match verb:
                case Verb(name="Connect", stream=StreamNoun() as noun):
                    end = await self._run_stream(noun)
                case Verb(name="Dial"):
                    end = await self._dial(verb, document)
                case Verb(name="Redirect"):
                    return NewInstructions(None, urljoin(url, verb.text))
                case Verb(name="Hangup" | "Reject"):
                    break
                case _:
                    continue  # speech, pauses and the like take no time here
            if (ended := self._ending(end, verb)) is not None:
                return ended
            if end is StreamEnd.UPDATED:
                return self._signals.take_instructions()
            if verb.action is not None:
                return NewInstructions(None, urljoin(url, verb.action))
        if self._stream_failure is not None:
            return Ending(EndedBy.FAILED, self._stream_failure)
        return Ending(EndedBy.AGENT)

    def _ending(self, end: StreamEnd | None, verb: Verb) -> Ending | None:
        match end:
            case StreamEnd.CALLER_LEFT:
                return self._gone
            case StreamEnd.COMPLETED:
                return Ending(EndedBy.AGENT)
            case StreamEnd.NOT_READ:
                return Ending(EndedBy.FAILED, "the engine left 10 s of audio unread")
            case StreamEnd.FAULT:
                return Ending(EndedBy.FAILED)
            case None if verb.name == "Dial" and verb.action is None:
                return Ending(EndedBy.TRANSFERRED)
            case _:
                return None

    async def _run_stream(self, noun: StreamNoun) -> StreamEnd | None:
        """One `<Connect><Stream>`; None if the stream could not be opened."""
        if self._signals.pending:
            return self._signals.take()
        stream_sid = f"MZ{secrets.token_hex(16)}"
        try:
            socket = await self._webhooks.dial(noun.url)
        except StreamRefused as error:
            self._stream_failure = str(error)
            self._callbacks.tell_stream(noun, stream_sid, "stream-error", str(error))
            return None
        ids = StreamIds(self._account_sid, self.call_sid, stream_sid)
        client = MediaStreamClient(ids, noun.parameters, self._line.playout)
        stream = MediaStream(socket, client, self._line)
        self._stream_sids.append(stream_sid)
        self._stream_failure = None
        self._signals.attach(stream)
        self._callbacks.tell_stream(noun, stream_sid, "stream-started")
        try:
            end = await stream.run(self._stream_started)
        finally:
            self._signals.detach()
        self._callbacks.tell_stream(noun, stream_sid, "stream-stopped")
        return self._signals.take() or end  # a signal may have come while the socket was closing

    def _stream_started(self) -> None:
        if not self._line.is_open:
            self._line.open(self._metronome, self._line_failed)
        self._notify(EventKind.STREAM_STARTED, self._stream_sids[-1])

    async def _dial(self, verb: Verb, document: Document) -> StreamEnd | None:
        """The caller is connected with somebody, or waits for them in a conference."""
        if verb.conference is not None and self._rooms is not None:
            return await self._confer(self._rooms, verb.conference)
        return await self._hold(document)

    async def _hold(self, document: Document) -> StreamEnd | None:
        """The caller is with someone else; None when the holding time is over."""
        self._transfers.append(document.text)
        self._notify(EventKind.TRANSFERRED, document.text)
        try:
            async with asyncio.timeout(self._order.hold_s):
                await self._signals.wait()
        except TimeoutError:
            return None
        return self._signals.take()

    async def _confer(self, rooms: Rooms, noun: ConferenceNoun) -> StreamEnd | None:
        """The caller is in a conference, with music until it begins; None when it has ended."""
        if self._signals.pending:
            return self._signals.take()
        me = RoomMember(self.call_sid, self._hear)
        room = rooms.enter(noun, me)
        if room is None:
            return None
        self._notify(EventKind.ON_HOLD, noun.name)
        music = asyncio.create_task(self._music(room))
        over = asyncio.create_task(room.over.wait())
        signalled = asyncio.create_task(self._signals.wait())
        try:
            await asyncio.wait({over, signalled}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (music, over, signalled):
                task.cancel()
            self._line.playout.clear(self._line.now_8k())
            rooms.leave(room, me)
        return self._signals.take()

    async def _music(self, room: Room) -> None:
        while not room.begun.is_set():
            self._hear(HOLD_MUSIC)
            with suppress(TimeoutError):
                async with asyncio.timeout(len(HOLD_MUSIC) / 8000):
                    await room.begun.wait()
        self._line.playout.clear(self._line.now_8k())
        self._notify(EventKind.CONNECTED, room.name)

    def _hear(self, audio: bytes) -> None:
        self._line.playout.receive(self._line.now_8k(), audio)

    def _require_live(self) -> None:
        if self._status != "in-progress":
            raise CallNotLive(self._status)

    def _caller_left(self, act: HungUp | GaveUp | StepTimedOut) -> None:
        match act:
            case HungUp():
                self._gone = Ending(EndedBy.CALLER)
            case GaveUp():
                self._gone = Ending(EndedBy.GAVE_UP)
            case StepTimedOut(why=why):
                self._gone = Ending(EndedBy.TIMED_OUT, why)
        self._signals.send(StreamEnd.CALLER_LEFT)

    def _line_failed(self, error: Exception) -> None:
        self._fault = error
        self._signals.send(StreamEnd.FAULT)

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
