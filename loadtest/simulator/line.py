"""One call's telephone line: the caller, the outbound buffer and the clock they share.

The line opens with the call's first stream and lives until the call ends, with or without a stream
attached: a caller who is being transferred still hears and waits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from loadtest.simulator import g711, wav
from loadtest.simulator.caller import Caller
from loadtest.simulator.caller_acts import (
    CallerAct,
    GaveUp,
    HungUp,
    KeyPressed,
    RawMessage,
    SpeechEnded,
    SpeechStarted,
    StepTimedOut,
    TurnEnded,
    TurnStarted,
)
from loadtest.simulator.clock import now_s
from loadtest.simulator.g711 import FRAME_8K, RATE_HZ
from loadtest.simulator.media_stream import MediaStreamClient
from loadtest.simulator.messages import Invalid, OutboundClear, OutboundMark, OutboundMedia
from loadtest.simulator.metronome import FRAME_S, Beat, Metronome
from loadtest.simulator.network import NetworkPath
from loadtest.simulator.playout import RecordedPlayout
from loadtest.simulator.report import EventKind
from loadtest.simulator.sound_detector import SoundDetector
from loadtest.simulator.wire_times import TurnTimes, WireTimes

Notify = Callable[[EventKind, str], None]
Left = Callable[[HungUp | GaveUp | StepTimedOut], None]


class Wire(Protocol):
    """A media stream as the line needs it; all times are by `loadtest.simulator.clock`."""

    @property
    def client(self) -> MediaStreamClient[int]:
        """The stream's protocol."""

    def send(self, message: str | bytes) -> None:
        """Sends anything."""

    def send_frame(self, message: str, due_s: float, sent: Callable[[float], None] | None) -> None:
        """Sends a caller frame; tells `sent` when it really went out."""


class Listener(Protocol):
    """Who is also given every heard frame, and may need time to understand it."""

    @property
    def backlog_8k(self) -> int:
        """Samples it has not got to yet."""

    def listen(self, audio: bytes) -> None:
        """Takes the next frame."""


@dataclass(frozen=True, slots=True)
class _Underway:
    """A caller frame between the telephone network and the media socket."""

    audio: bytes
    due_s: float
    sent: Callable[[float], None] | None


class TelephoneLine:
    """See the module. All methods are called on the event loop.

    Args:
        caller: who follows the script.
        notify: hears of what happens.
        left: hears that the caller has hung up.
        network: what frames suffer on their way; None where the network is perfect.

    Attributes:
        wire_times: what was measured.
        heard: when the agent sounded.
        playout: the outbound buffer.
        caller: who follows the script.
        listener: also given every heard frame, if set.
    """

    def __init__(
        self,
        caller: Caller,
        *,
        notify: Notify,
        left: Left,
        network: NetworkPath[_Underway] | None = None,
    ) -> None:
        self.wire_times = WireTimes()
        self.heard = SoundDetector()
        self.playout = RecordedPlayout()
        self.caller = caller
        self.listener: Listener | None = None
        self._notify = notify
        self._left = left
        self._network = network
        self._beat: Beat | None = None
        self._wire: Wire | None = None
        self._sent = bytearray()
        self._end_8k: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether it was ever opened."""
        return self._beat is not None

    def open(self, metronome: Metronome, failed: Callable[[Exception], None]) -> None:
        """Starts the line's clock; the first frame is due in 20 ms."""
        self._beat = metronome.add(self._tick, failed)

    def close(self) -> None:
        """Stops the clock."""
        if self._beat is not None and self._end_8k is None:
            self._end_8k = self.now_8k()
            self._beat.stop()

    def now_s(self) -> float:
        """Seconds since the line was opened; 0 before."""
        return 0.0 if self._beat is None else now_s() - self._beat.origin_s

    def now_8k(self) -> int:
        """The same in samples; stands still once the line is closed."""
        return int(self.now_s() * RATE_HZ) if self._end_8k is None else self._end_8k

    def attach(self, wire: Wire) -> None:
        """Frames go to this stream from now on."""
        self._wire = wire
        if self.wire_times.stream_start_s is None:
            self.wire_times.stream_start_s = self.now_s()

    def detach(self, *, by_agent: bool) -> None:
        """The stream ended: what it had buffered is not played any more."""
        self._wire = None
        if self._network is not None:
            self._network.forget()
        now_8k = self.now_8k()
        if by_agent:
            self.wire_times.unheard_8k += self.playout.buffered_8k(now_8k)
        self.wire_times.marks_cleared += len(self.playout.clear(now_8k))

    def receive(self, client: MediaStreamClient[int], text: str) -> None:
        """A message of the engine came, on the stream of `client`."""
        times, at_s = self.wire_times, self.now_s()
        received = client.receive(self.now_8k(), text)
        match received.message:
            case OutboundMedia():
                times.media_s.append(at_s)
            case OutboundMark():
                times.marks_played += len(received.echoes)
            case OutboundClear():
                times.clears_s.append(at_s)
                times.marks_cleared += len(received.echoes)
            case Invalid(why=why):
                times.protocol_errors.append(why)
        self._echo(received.echoes)
        if isinstance(received.message, OutboundClear):
            self._notify(EventKind.CLEARED, "")

    def save(self, path: Path) -> None:
        """Writes both sides as stereo WAV: caller left as sent, agent right as heard."""
        heard = self.playout.heard(0, len(self._sent))
        wav.write_stereo(path, g711.decode(bytes(self._sent)), g711.decode(heard))

    def _tick(self, index: int, _late_s: float) -> None:
        """Frame `index` has been spoken and heard; it goes on the wire now."""
        start_8k, end_8k = index * FRAME_8K, (index + 1) * FRAME_8K
        if self.listener is not None:
            self.caller.unlistened_8k = self.listener.backlog_8k
        frame = self.caller.frame(start_8k, self.heard)
        self._sent += frame.audio
        stamps = [stamp for act in frame.acts if (stamp := self._act(act)) is not None]
        if self._wire is not None and self._beat is not None:
            due_s = self._beat.origin_s + (index + 1) * FRAME_S
            self._send(self._wire, index, _Underway(frame.audio, due_s, _all(stamps)))
        self._hear(start_8k, end_8k)
        if self._wire is not None:
            echoes = self._wire.client.due(end_8k)
            self.wire_times.marks_played += len(echoes)
            self._echo(echoes)

    def _send(self, wire: Wire, index: int, frame: _Underway) -> None:
        """A frame goes on the wire, or what of it and of earlier ones the network lets through."""
        if self._network is None:
            wire.send_frame(wire.client.media(frame.audio), frame.due_s, frame.sent)
            return
        for crossing in self._network.send(index, frame):
            came = crossing.item
            if not crossing.lost:
                due_s = came.due_s + crossing.held_ticks * FRAME_S
                wire.send_frame(wire.client.media(came.audio), due_s, came.sent)
                continue
            wire.client.lose_frame()
            self.wire_times.frames_lost += 1
            if came.sent is not None:
                came.sent(came.due_s)  # the caller spoke all the same

    def _hear(self, start_8k: int, end_8k: int) -> None:
        was_sounding = self.heard.sounding
        if self.listener is not None or self.playout.is_playing(start_8k, end_8k):
            audio = self.playout.heard(start_8k, end_8k)
            self.heard.hear(start_8k, audio)
            if self.listener is not None:
                self.listener.listen(audio)
        else:
            self.heard.quiet(end_8k)
        if self.heard.sounding != was_sounding:
            kind = EventKind.AGENT_STOPPED if was_sounding else EventKind.AGENT_STARTED
            self._notify(kind, "")

    def _echo(self, messages: Sequence[str]) -> None:
        if self._wire is not None:
            for message in messages:
                self._wire.send(message)

    def _act(self, act: CallerAct) -> Callable[[float], None] | None:
        """Does what the caller does; returns who wants to know when the frame is on the wire."""
        turns = self.wire_times.turns
        match act:
            case TurnStarted(name=name):
                turns.append(TurnTimes(name))
                self._notify(EventKind.CALLER_STARTED, name)
            case SpeechStarted():
                turns[-1].barged_in = self.heard.sounding
                return self._stamp_start(turns[-1])
            case SpeechEnded():
                turns[-1].agent_sounding_at_end = self.heard.sounding
                turns[-1].speech_end_8k = self.caller.since_8k
                return self._stamp_end(turns[-1])
            case TurnEnded():
                self._notify(EventKind.CALLER_ENDED, turns[-1].name)
            case KeyPressed(digit=digit):
                if self._wire is not None:
                    self._wire.send(self._wire.client.dtmf(digit))
                self._notify(EventKind.KEY_PRESSED, digit)
            case RawMessage(message=message):
                if self._wire is not None:
                    self._wire.send(message)
                self._notify(EventKind.RAW_SENT, repr(message[:40]))
            case HungUp() | GaveUp() | StepTimedOut():
                self._left(act)
        return None

    def _stamp_start(self, turn: TurnTimes) -> Callable[[float], None]:
        def stamp(at_s: float) -> None:
            turn.speech_start_s = at_s - self._origin_s()

        return stamp

    def _stamp_end(self, turn: TurnTimes) -> Callable[[float], None]:
        def stamp(at_s: float) -> None:
            turn.speech_end_s = at_s - self._origin_s()

        return stamp

    def _origin_s(self) -> float:
        return self._beat.origin_s if self._beat is not None else 0.0


def _all(stamps: list[Callable[[float], None]]) -> Callable[[float], None] | None:
    """One callable for several; None for none, which is the case for nearly every frame."""
    if not stamps:
        return None

    def stamp(at_s: float) -> None:
        for one in stamps:
            one(at_s)

    return stamp
