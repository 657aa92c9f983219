"""One call of the panel over the carrier's media socket, by the script and by what is heard."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from loadtest.panel.scoring import MS_8K, CallLog, PlayedStep
from loadtest.panel.script import During, Kind, PanelCall, PanelStep, coded
from loadtest.simulator.clock import now_s
from loadtest.simulator.g711 import FRAME_8K, rms
from loadtest.simulator.media_stream import MediaStreamClient, Received
from loadtest.simulator.messages import OutboundClear, OutboundMedia, StreamIds
from loadtest.simulator.metronome import Metronome
from loadtest.simulator.playout import RecordedPlayout
from loadtest.simulator.recording import SampleSpan

QUIET_8K: Final = 600 * MS_8K
"""The agent has finished when it was silent for this long."""

GAP_8K: Final = 300 * MS_8K
"""After a longer silence it has begun to speak anew."""

SETTLED_8K: Final = 900 * MS_8K
"""And it is quiet when it was silent for this long."""

WATCH_8K: Final = 2300 * MS_8K
"""After a sound in the quiet nothing else is done for this long."""

PATIENCE_8K: Final = 6000 * MS_8K
"""A step whose moment does not come is left out after this long."""

AFTER_OVER_8K: Final = 1200 * MS_8K
"""After a sound over the agent nothing else is done for this long."""

_DIRECTED: Final = frozenset({Kind.TURN, Kind.INTERRUPTION})

OPENING_8K: Final = 80
"""So much sound tells whether a reply begins like the first one; the bench's replies all do."""

NOISE_DBFS: Final = -60.0
HEARD_RMS: Final = 100.0
BLOCK_8K: Final = 80


@dataclass
class _Ear:
    """When the agent was heard: spans of blocks with sound, merged where they touch."""

    spans: list[SampleSpan] = field(default_factory=list)

    def hear(self, start_8k: int, audio: bytes) -> None:
        for at in range(0, len(audio), BLOCK_8K):
            if rms(audio[at : at + BLOCK_8K]) < HEARD_RMS:
                continue
            begin, end = start_8k + at, start_8k + at + BLOCK_8K
            if self.spans and self.spans[-1].end_8k == begin:
                begin = self.spans.pop().start_8k
            self.spans.append(SampleSpan(begin, end))

    @property
    def last_8k(self) -> int:
        return self.spans[-1].end_8k if self.spans else 0

    def speaking_since(self, now_8k: int) -> int | None:
        """Since when the agent speaks, small gaps aside; ``None`` when it does not."""
        if now_8k - self.last_8k > BLOCK_8K or not self.spans:
            return None
        since = self.spans[-1].start_8k
        for earlier, later in zip(self.spans[-2::-1], self.spans[:0:-1], strict=False):
            if later.start_8k - earlier.end_8k >= GAP_8K:
                break
            since = earlier.start_8k
        return since


class PanelPlayer:
    """Plays one call.

    Args:
        call: what to do.
        metronome: its rhythm.
        seed: of the line's noise.
    """

    def __init__(self, call: PanelCall, metronome: Metronome, seed: int) -> None:
        self._call = call
        self._metronome = metronome
        self._playout = RecordedPlayout()
        self._ear = _Ear()
        self._events: list[PlayedStep] = []
        self._skipped: list[str] = []
        self._clears: list[int] = []
        self._opening = b""
        self._replies: list[int] = []
        scale = 32768 * 10 ** (NOISE_DBFS / 20)
        noise = np.random.default_rng(seed).normal(0, scale, (50, FRAME_8K))
        self._noise = noise.astype(np.int16)
        self._next = 0
        self._playing: PanelStep | None = None
        self._offset_8k = 0
        self._free_8k = 0
        self._ready_8k = 0
        self._begun_8k = 0
        self._over = asyncio.Event()
        self._outbox: asyncio.Queue[str] = asyncio.Queue()
        self._origin_s = 0.0
        self._fault: Exception | None = None

    async def run(self, url: str, parameters: Mapping[str, str]) -> tuple[CallLog, list[str]]:
        """Phones; the call's log and the names of the steps whose moment did not come.

        Args:
            url: of the media socket, ``ws://``.
            parameters: custom parameters of the stream's start.
        """
        ids = StreamIds("AC" + "0" * 32, f"CA{secrets.token_hex(16)}", f"MZ{secrets.token_hex(16)}")
        self._client = MediaStreamClient(ids, parameters, self._playout)
        async with ClientSession() as session, session.ws_connect(url, max_msg_size=0) as socket:
            for message in self._client.opening():
                await socket.send_str(message)
            beat = self._metronome.add(self._tick, self._failed)
            self._origin_s = beat.origin_s
            tasks = [
                asyncio.create_task(self._read(socket)),
                asyncio.create_task(self._write(socket)),
            ]
            try:
                over = asyncio.create_task(self._over.wait())
                await asyncio.wait([over, *tasks], return_when=asyncio.FIRST_COMPLETED)
                over.cancel()
            finally:
                beat.stop()
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        if self._fault is not None:
            raise self._fault
        self._skipped += [step.name for step in self._call.steps[self._next :]]
        spans = tuple(self._ear.spans)
        replies = tuple(self._replies) if len(self._replies) > 1 else ()
        log = CallLog(self._call.name, tuple(self._events), spans, tuple(self._clears), replies)
        return log, self._skipped

    def _now_8k(self) -> int:
        return int((now_s() - self._origin_s) * 8000)

    def _failed(self, error: Exception) -> None:
        self._fault = error
        self._over.set()

    async def _read(self, socket: ClientWebSocketResponse) -> None:
        while (message := await socket.receive()).type is WSMsgType.TEXT:
            now_8k = self._now_8k()
            received = self._client.receive(now_8k, message.data)
            match received:
                case Received(message=OutboundMedia(audio=audio), plays_8k=int(plays_8k)):
                    self._opening = self._opening or audio[:OPENING_8K]
                    if audio.startswith(self._opening):
                        self._replies.append(plays_8k)
                case Received(message=OutboundClear()):
                    self._clears.append(now_8k)
            self._echo(received.echoes)

    async def _write(self, socket: ClientWebSocketResponse) -> None:
        while True:
            await socket.send_str(await self._outbox.get())

    def _echo(self, messages: Sequence[str]) -> None:
        for message in messages:
            self._outbox.put_nowait(message)

    def _tick(self, index: int, _late_s: float) -> None:
        """Frame `index` has been spoken and heard; it goes on the wire now."""
        start_8k, end_8k = index * FRAME_8K, (index + 1) * FRAME_8K
        if self._playing is None:
            self._advance(start_8k)
        frame = np.zeros(FRAME_8K, dtype=np.int16)
        if self._playing is not None:
            part = self._playing.samples[self._offset_8k : self._offset_8k + FRAME_8K]
            frame[: len(part)] = part
            self._offset_8k += FRAME_8K
            if self._offset_8k >= len(self._playing.samples):
                self._finish(end_8k)
        audio = coded(frame, self._noise[index % len(self._noise)])
        self._outbox.put_nowait(self._client.media(audio))
        self._ear.hear(start_8k, self._playout.heard(start_8k, end_8k))
        self._echo(self._client.due(end_8k))

    def _advance(self, now_8k: int) -> None:
        """Begin the next step if its moment has come; leave it out if it does not come."""
        if self._next == len(self._call.steps):
            if now_8k >= self._free_8k + WATCH_8K:
                self._over.set()
            return
        step = self._call.steps[self._next]
        if now_8k >= self._free_8k and self._is_time(step, now_8k):
            self._begin(step, now_8k)
        elif now_8k - max(self._ready_8k, self._ear.last_8k) >= PATIENCE_8K:
            self._skipped.append(step.name)
            self._next += 1
            self._ready_8k = now_8k

    def _is_time(self, step: PanelStep, now_8k: int) -> bool:
        quiet_8k = now_8k - self._ear.last_8k
        answered = self._ear.last_8k > self._begun_8k
        if step.during is During.QUIET:
            enough_8k = SETTLED_8K if step.kind is not Kind.TURN else QUIET_8K
            return quiet_8k >= enough_8k and (answered or quiet_8k >= PATIENCE_8K // 2)
        since = self._ear.speaking_since(now_8k)
        if since is None or since < self._begun_8k:
            return False
        return now_8k + step.sound.start_8k - since >= step.at_ms * MS_8K

    def _begin(self, step: PanelStep, now_8k: int) -> None:
        self._next += 1
        self._playing, self._offset_8k = step, 0
        sound = SampleSpan(now_8k + step.sound.start_8k, now_8k + step.sound.end_8k)
        self._events.append(PlayedStep(step.name, step.kind, step.during, sound))
        self._begun_8k = sound.end_8k if step.kind in _DIRECTED else 0

    def _finish(self, end_8k: int) -> None:
        step, self._playing = self._playing, None
        self._ready_8k = self._free_8k = end_8k
        if step is None or step.kind in _DIRECTED:
            return
        self._free_8k += WATCH_8K if step.during is During.QUIET else AFTER_OVER_8K
