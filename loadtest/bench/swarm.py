"""Many callers at once, from one process and one timer, and what they saw on the wire.

Every call streams recordings in real time, 20 ms a frame, one after the other with silence between,
phase-shifted against the other calls; plays what it is sent as the carrier would, echoes marks when
they are due, and writes down when what came. Nothing is taken from the server's own clocks.

    python -m loadtest.bench.swarm --calls 20 --seconds 30 --media ws://127.0.0.1:8100/media \
        --stats http://127.0.0.1:8100/stats

`--stats` must answer ``{"cpu": seconds, "rss": bytes, "tasks": n}`` of the serving process. Needs
`picows` and `uvloop` (``requirements-bench.lock``). A run in which the callers themselves were late
in more than 2 % of their ticks is void.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import urllib.request
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from loadtest.simulator.clock import now_s
from loadtest.simulator.g711 import FRAME_8K, RATE_HZ, SILENCE
from loadtest.simulator.metronome import FRAME_S
from loadtest.simulator.recording import Recording

SPEECH: Final = (
    Path(__file__).resolve().parents[2]
    / "audio_fixtures/golden/rms/i-need-to-reschedule-my-appointment.wav"
)
"""What callers say where nothing else is asked for."""

CYCLE_S: Final = 8.0
"""A recording starts every so often; it and the reply must fit in."""

CONNECT_EVERY_S: Final = 0.015
WARM_SHARE: Final = 0.3
"""Share of the run that is not counted."""

ANSWER_S: Final = 3.0
"""A turn without a reply for this long is unanswered; turns that end later are not counted."""

REPLY_GAP_S: Final = 0.5
"""A buffer that was dry for this long is between two replies, not a gap inside one."""

TALKING_S: Final = 0.1
VOID_SHARE: Final = 0.02

_ACCOUNT: Final = "AC" + "0" * 32


@dataclass(frozen=True, slots=True)
class Stats:
    """What the serving process says about itself."""

    cpu_s: float
    rss_bytes: int
    tasks: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One run.

    Attributes:
        calls: callers.
        seconds: counted part of the run.
        cpu_ms_per_call_second: of the serving process.
        cores: CPU seconds per second of the serving process.
        rss_mb: of the serving process, at the end.
        rss_mb_per_call: growth from before the first call, by call.
        tasks: asyncio tasks of the serving process.
        v2v_ms: every counted turn: last sample of speech sent to first reply received.
        unanswered: counted turns without a reply within `ANSWER_S`.
        split: counted turns in which a reply began before the caller's speech was over.
        dropped: calls whose connection ended.
        frames: 20 ms frames received.
        late_frames: of these, those that came after the carrier's buffer had run dry in a reply.
        first_audio_ms: `start` to the first sound, for servers that greet.
        late_ticks: ticks of this process that were late.
        ticks: all of them.
    """

    calls: int
    seconds: float
    cpu_ms_per_call_second: float
    cores: float
    rss_mb: float
    rss_mb_per_call: float
    tasks: int
    v2v_ms: tuple[float, ...]
    unanswered: int
    split: int
    dropped: int
    frames: int
    late_frames: int
    first_audio_ms: tuple[float, ...]
    late_ticks: int
    ticks: int

    @classmethod
    def from_json(cls, text: str | bytes) -> Measured:
        """What `main` printed."""
        body = json.loads(text)
        for name in ("v2v_ms", "first_audio_ms"):
            body[name] = tuple(body[name])
        return cls(**body)

    @property
    def void(self) -> bool:
        """Whether the callers were too late to judge anybody."""
        return self.late_ticks > VOID_SHARE * self.ticks


@dataclass(slots=True)
class SpokenTurn:
    """A turn of one caller: when its speech was sent."""

    start_s: float
    end_s: float | None = None


@dataclass(slots=True)
class CountingPlayout:
    """The carrier's buffer: plays in order, in real time. Times in seconds."""

    dry_s: float = 0.0
    frames: int = 0
    late_frames: int = 0

    def receive(self, samples: int, at_s: float) -> None:
        """Sound came in."""
        self.frames += max(1, samples // FRAME_8K)
        if self.dry_s < at_s:
            if self.dry_s and at_s - self.dry_s < REPLY_GAP_S:
                self.late_frames += 1
            self.dry_s = at_s
        self.dry_s += samples / RATE_HZ

    def clear(self, at_s: float) -> None:
        """The buffer is emptied; what comes next begins something new."""
        self.dry_s = min(self.dry_s, at_s - REPLY_GAP_S)


def samples_of(message: bytes) -> int:
    """Samples in a `media` message: the length of its payload, unread."""
    at = message.index(b'"payload"') + 9
    start = message.index(b'"', at) + 1
    end = message.index(b'"', start)
    return (end - start) * 3 // 4 - message.count(b"=", end - 2, end)


class SwarmCaller(WSListener):
    """One call: keeps its buffer, echoes marks, remembers when sound came.

    Args:
        index: makes its ids.
        call_sid: when the carrier's webhook was asked about it.
        account_sid: whose call it is.
        token: what the webhook's answer gave for `start`.
    """

    def __init__(
        self, index: int, *, call_sid: str = "", account_sid: str = _ACCOUNT, token: str = ""
    ) -> None:
        super().__init__()
        self.stream_sid = f"MZ{index:032x}"
        self.call_sid = call_sid or f"CA{index:032x}"
        self._account_sid = account_sid
        self._token = token
        self.playout = CountingPlayout()
        self.heard_s: list[float] = []
        self.turns: list[SpokenTurn] = []
        self.started_s = 0.0
        self.gone = False
        self._transport: WSTransport | None = None
        self._marks: deque[tuple[float, bytes]] = deque()

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Keep the way out."""
        self._transport = transport

    def on_ws_disconnected(self, transport: WSTransport) -> None:  # noqa: ARG002 - picows' name
        """The engine has hung up."""
        self.gone = True

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Sound, a mark, a clear."""
        if frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()
            return
        if frame.msg_type != WSMsgType.TEXT:
            return
        message = frame.get_payload_as_bytes()
        head = message[:60]
        at_s = now_s()
        if b'"media"' in head:
            self.heard_s.append(at_s)
            self.playout.receive(samples_of(message), at_s)
        elif b'"mark"' in head:
            name = json.loads(message)["mark"]["name"]
            echo = {"event": "mark", "streamSid": self.stream_sid, "mark": {"name": name}}
            self._marks.append((self.playout.dry_s, json.dumps(echo).encode()))
        elif b'"clear"' in head:
            self.playout.clear(at_s)
            self._echo(float("inf"))

    def start(self) -> None:
        """`connected` and `start`."""
        start = {
            "streamSid": self.stream_sid,
            "accountSid": self._account_sid,
            "callSid": self.call_sid,
            "tracks": ["inbound"],
            "customParameters": {"token": self._token},
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": RATE_HZ, "channels": 1},
        }
        message = {
            "event": "start",
            "sequenceNumber": "1",
            "streamSid": self.stream_sid,
            "start": start,
        }
        self.send(b'{"event":"connected","protocol":"Call","version":"1.0.0"}')
        self.send(json.dumps(message).encode())
        self.started_s = now_s()

    def media(self, tick: int, payload: str) -> None:
        """A frame of the caller, and the marks that are due."""
        self.send(
            (
                f'{{"event":"media","sequenceNumber":"{tick + 2}","media":{{"track":"inbound",'
                f'"chunk":"{tick + 1}","timestamp":"{tick * 20}","payload":"{payload}"}},'
                f'"streamSid":"{self.stream_sid}"}}'
            ).encode()
        )
        if self._marks:
            self._echo(now_s())

    def send(self, message: bytes) -> None:
        """Send, if there still is somebody."""
        if self._transport is not None and not self.gone:
            self._transport.send(WSMsgType.TEXT, message)

    def stop(self) -> None:
        """Say that the call has ended, as the carrier does before it closes."""
        ids = {"accountSid": self._account_sid, "callSid": self.call_sid}
        message = {"event": "stop", "streamSid": self.stream_sid, "stop": ids}
        self.send(json.dumps(message).encode())

    def hang_up(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.disconnect()

    def _echo(self, at_s: float) -> None:
        while self._marks and self._marks[0][0] <= at_s:
            self.send(self._marks.popleft()[1])


@dataclass(frozen=True, slots=True)
class SpeechCycle:
    """One cycle of a caller's line: frames, and which of them hold the speech's two ends."""

    frames: tuple[str, ...]
    first: int
    last: int

    @classmethod
    def of(cls, recording: Recording) -> SpeechCycle:
        """The recording, then silence to the end of the cycle.

        Raises:
            ValueError: no speech in it, or too long for a cycle.
        """
        span = recording.speech
        total = int(CYCLE_S * RATE_HZ)
        if span is None or len(recording.audio) > total * 5 // 8:
            raise ValueError(f"{recording.name}: needs speech, and at most {CYCLE_S * 5 / 8} s")
        sound = recording.audio.ljust(total, SILENCE)
        frames = tuple(
            base64.b64encode(sound[at : at + FRAME_8K]).decode() for at in range(0, total, FRAME_8K)
        )
        return cls(frames, span.start_8k // FRAME_8K, (span.end_8k - 1) // FRAME_8K)


@dataclass(slots=True)
class Ticks:
    """The callers' own punctuality."""

    done: int = 0
    late: int = 0
    lates_s: list[float] = field(default_factory=list)


async def read_stats(url: str) -> Stats:
    """The serving process's figures."""

    def read() -> Stats:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - a loopback URL
            body = json.load(answer)
        return Stats(body["cpu"], body["rss"], body["tasks"])

    return await asyncio.to_thread(read)


async def measure(
    calls: int,
    seconds: float,
    recordings: Sequence[Recording],
    *,
    media: str,
    stats: str,
    warm_share: float = WARM_SHARE,
    make: Callable[[int], SwarmCaller] = SwarmCaller,
    spread: int = 1,
) -> Measured:
    """Play `calls` calls for `seconds`, of which the first `warm_share` is not counted.

    Args:
        calls: how many.
        seconds: how long, from when all have connected.
        recordings: what callers say, in turns.
        media: the server's socket.
        stats: the server's figures.
        warm_share: see above.
        make: a caller by its index, for whoever wants to keep more of what callers see.
        spread: groups of callers that send one after the other within a frame; 1: all in step.

    Raises:
        ValueError: a recording that does not fit.
        OSError: nobody listens there.
    """
    lines = [SpeechCycle.of(recording) for recording in recordings]
    before = await read_stats(stats)
    callers: list[SwarmCaller] = []
    for index in range(calls):
        caller = make(index)
        await ws_connect(lambda caller=caller: caller, media)
        caller.start()
        callers.append(caller)
        await asyncio.sleep(CONNECT_EVERY_S)
    ticks = Ticks()
    warm_s, warm = 0.0, before
    warming: asyncio.Task[Stats] | None = None
    began_s = now_s()
    while (at_s := now_s()) - began_s < seconds:
        if warming is None and at_s - began_s > warm_share * seconds:
            warm_s, warming = at_s, asyncio.create_task(read_stats(stats))
        tick, group = divmod(ticks.done, spread)
        for index in range(group, calls, spread):
            _speak(callers[index], lines, index, tick, calls)
        ticks.done += 1
        pause_s = began_s + ticks.done * FRAME_S / spread - now_s()
        if pause_s > 0:
            await asyncio.sleep(pause_s)
        else:
            ticks.late += 1
            await asyncio.sleep(0)
    if warming is not None:
        warm = await warming
    done_s, done = now_s(), await read_stats(stats)
    measured = _measured(callers, ticks, (warm_s, warm), (done_s, done), before)
    for caller in callers:
        caller.hang_up()
    return measured


def _speak(
    caller: SwarmCaller, lines: Sequence[SpeechCycle], index: int, tick: int, calls: int
) -> None:
    """One frame of one caller; callers begin one after the other over a whole cycle."""
    per_cycle = len(lines[0].frames)
    wait = index * per_cycle // calls
    cycle, at = divmod(tick - wait, per_cycle)
    line = lines[(index + cycle) % len(lines)]
    caller.media(tick, line.frames[at] if cycle >= 0 else line.frames[-1])
    if cycle < 0:
        return
    if at == line.first:
        caller.turns.append(SpokenTurn(now_s()))
    if at == line.last:
        caller.turns[-1].end_s = now_s()


def _measured(
    callers: Sequence[SwarmCaller],
    ticks: Ticks,
    warm: tuple[float, Stats],
    done: tuple[float, Stats],
    before: Stats,
) -> Measured:
    v2v_ms: list[float] = []
    unanswered = split = 0
    for caller in callers:
        for turn in caller.turns:
            end_s = turn.end_s
            if end_s is None or end_s < warm[0] or end_s > done[0] - ANSWER_S:
                continue
            answer_ms, was_split = judged(caller.heard_s, turn.start_s, end_s)
            split += was_split
            if answer_ms is None:
                unanswered += 1
            else:
                v2v_ms.append(answer_ms)
    seconds, calls = done[0] - warm[0], len(callers)
    cpu_s = done[1].cpu_s - warm[1].cpu_s
    greeted = [
        c for c in callers if c.heard_s and (not c.turns or c.heard_s[0] < c.turns[0].start_s)
    ]
    return Measured(
        calls=calls,
        seconds=round(seconds, 2),
        cpu_ms_per_call_second=round(cpu_s / seconds / calls * 1000.0, 3),
        cores=round(cpu_s / seconds, 3),
        rss_mb=round(done[1].rss_bytes / 1e6, 1),
        rss_mb_per_call=round((done[1].rss_bytes - before.rss_bytes) / 1e6 / calls, 2),
        tasks=done[1].tasks,
        v2v_ms=tuple(v2v_ms),
        unanswered=unanswered,
        split=split,
        dropped=sum(caller.gone for caller in callers),
        frames=sum(caller.playout.frames for caller in callers),
        late_frames=sum(caller.playout.late_frames for caller in callers),
        first_audio_ms=tuple(round((c.heard_s[0] - c.started_s) * 1000.0, 1) for c in greeted),
        late_ticks=ticks.late,
        ticks=ticks.done,
    )


def judged(heard_s: Sequence[float], start_s: float, end_s: float) -> tuple[float | None, bool]:
    """A turn's voice-to-voice, ms, ``None`` without an answer; and whether a reply split it.

    Args:
        heard_s: when sound came.
        start_s: when the first sample of the turn's speech was sent.
        end_s: when the last one was.
    """
    split = _begins(heard_s, start_s, end_s)
    reply_s = next((at for at in heard_s if at > end_s - TALKING_S), None)
    if reply_s is None or reply_s - end_s > ANSWER_S:
        return None, split
    return round((reply_s - end_s) * 1000.0, 1), split


def _begins(heard_s: Sequence[float], start_s: float, end_s: float) -> bool:
    """Whether a reply began while the caller was speaking: sound, after none for a while."""
    previous_s = float("-inf")
    for at_s in heard_s:
        if start_s + TALKING_S < at_s < end_s and at_s - previous_s > REPLY_GAP_S:
            return True
        previous_s = at_s
    return False


def main() -> None:
    """Measure once; print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m loadtest.bench.swarm")
    parser.add_argument("--calls", type=int, required=True)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--media", required=True)
    parser.add_argument("--stats", required=True)
    parser.add_argument("speech", nargs="+", type=Path, help="recordings, WAV")
    given = parser.parse_args()
    recordings = [Recording.read(path) for path in given.speech]
    measured = uvloop.run(
        measure(given.calls, given.seconds, recordings, media=given.media, stats=given.stats)
    )
    print(json.dumps(asdict(measured)))  # noqa: T201 - the command's result


if __name__ == "__main__":
    main()
