"""The frame scheduler: one per worker, the clock of all its lines.

Each tick (10 ms, absolute deadlines) does, for all lines: outbound frames, because the carrier's
buffer drains whatever else we do; then the windows of voice that are ready, in one batch for the
model; then what follows from them. A line that fails is closed and the others never notice.

`tick` is synchronous and takes the time, so that tests and replays run it without an event loop.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np

from voiceagent.core.audio import Pcm, block_levels
from voiceagent.core.clock import Clock
from voiceagent.core.patience import Tuning
from voiceagent.core.voice import WINDOW_SAMPLES
from voiceagent.core.wire import CarrierLink, LineListener
from voiceagent.errors import Unavailable
from voiceagent.media.gist import Gist
from voiceagent.media.line import Line
from voiceagent.media.silero import COMFORT, Vad
from voiceagent.media.smart_turn import TurnModel

TICK_S: Final = 0.01

ROUNDS_MOST: Final = 8
"""Windows of one line judged in one tick: after a stall the backlog is worked off over a few."""

STALL_S: Final = 0.5
"""A tick this late means that the worker stood still."""

LAGS_KEPT: Final = 6000
"""One minute of ticks."""


@dataclass(frozen=True, slots=True)
class Lag:
    """How late ticks began over the last minute, milliseconds."""

    p50_ms: float
    p95_ms: float
    p99_ms: float
    worst_ms: float


class FrameScheduler:
    """Hosts the lines of a worker.

    Args:
        clock: the worker's clock.
        vad: voice model with a slot per line; its slots are the capacity.
        turn_model: shared by all lines, ``None`` to do without.
        tuning: every number of turn-taking.
        gist: tells words from hums and noises, ``None`` to do without; shared by all lines.
    """

    def __init__(
        self,
        clock: Clock,
        vad: Vad,
        turn_model: TurnModel | None = None,
        tuning: Tuning | None = None,
        gist: Gist | None = None,
    ) -> None:
        self._clock = clock
        self._vad = vad
        self._turn_model = turn_model
        self._tuning = tuning or Tuning()
        self._gist = gist
        self._lines: dict[int, Line] = {}
        self._free = list(range(vad.slots - 1, -1, -1))
        self._lags: deque[float] = deque(maxlen=LAGS_KEPT)
        self._last_tick_s: float | None = None
        self._busy = asyncio.Event()

    def add(self, link: CarrierLink, listener: LineListener) -> Line:
        """A line for a new call.

        Raises:
            Unavailable: ``media.full`` when every slot is taken.
        """
        if not self._free:
            raise Unavailable("media.full", "all lines of this worker are taken")
        slot = self._free.pop()
        self._vad.reset(slot)
        line = Line(
            link,
            listener,
            clock=self._clock,
            tuning=self._tuning,
            turn_model=self._turn_model,
            gist=self._gist,
            slot=slot,
        )
        self._lines[slot] = line
        self._busy.set()
        return line

    def remove(self, line: Line) -> None:
        """Forget a line without telling anybody; lines that have ended are forgotten by the tick.

        To end a call use `Line.close`.
        """
        if self._lines.get(line.slot) is line:
            del self._lines[line.slot]
            self._free.append(line.slot)

    @property
    def lines(self) -> int:
        """Lines hosted now."""
        return len(self._lines)

    @property
    def capacity(self) -> int:
        """Lines there is room for."""
        return self._vad.slots

    def lag(self) -> Lag:
        """How late the ticks were."""
        if not self._lags:
            return Lag(0.0, 0.0, 0.0, 0.0)
        p50, p95, p99, worst = np.percentile(list(self._lags), [50, 95, 99, 100])
        return Lag(float(p50), float(p95), float(p99), float(worst))

    async def run(self) -> None:
        """Tick until cancelled; sleeps while there is no line.

        Deadlines are absolute, so lateness does not add up; ticks missed in a stall are not made
        up for, the pacers catch up on their own.
        """
        while True:
            if not self._lines:
                self._busy.clear()
                self._last_tick_s = None
                await self._busy.wait()
            due_s = self._clock.monotonic() + TICK_S
            while self._lines:
                await asyncio.sleep(max(0.0, due_s - self._clock.monotonic()))
                now_s = self._clock.monotonic()
                self._lags.append((now_s - due_s) * 1000.0)
                self.tick(now_s)
                due_s = max(due_s + TICK_S, now_s)

    def tick(self, now_s: float) -> None:
        """One turn of the wheel.

        Args:
            now_s: the clock's monotonic reading.
        """
        lines = list(self._lines.values())
        if self._last_tick_s is not None and now_s - self._last_tick_s > STALL_S:
            for line in lines:
                line.stalled(now_s)
        self._last_tick_s = now_s
        for line in lines:
            line.guarded(line.pump, now_s)
        for line in lines:
            line.guarded(line.listen, now_s)
        for _ in range(ROUNDS_MOST):
            if not self._judge(lines):
                break
        for line in lines:
            line.guarded(line.settle, now_s)
            if line.end is not None:
                self.remove(line)

    def _judge(self, lines: list[Line]) -> bool:
        """One window of every line that has one, in one batch; False when there was none."""
        ready: list[Line] = []
        windows: list[Pcm] = []
        for line in lines:
            if line.end is None and (window := line.ear.window()) is not None:
                ready.append(line)
                windows.append(window)
        if not ready:
            return False
        sound = np.stack(windows).astype(np.float32) / np.float32(32768.0)
        levels = block_levels(sound)
        for row, line in enumerate(ready):
            if line.ear.gate.dead_quiet:
                sound[row] += COMFORT[line.ear.gate.position // WINDOW_SAMPLES % len(COMFORT)]
        slots = [line.slot for line in ready]
        quiet = [not line.ear.gate.active for line in ready]
        probabilities = self._vad.probabilities(slots, sound, quiet).tolist()
        for line, probability, blocks in zip(ready, probabilities, levels, strict=True):
            line.guarded(line.judged, probability, blocks)
        return True
