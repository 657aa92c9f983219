"""One scheduler for all lines: a tick every 20 ms, by absolute deadlines, so it never drifts."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from itertools import count
from typing import Final

from loadtest.simulator.clock import now_s

FRAME_S: Final = 0.02
_SLACK_S: Final = 0.0005
"""Timers have a resolution of a millisecond; half of that early is on time."""

Tick = Callable[[int, float], None]
"""Called with the frame's index from 0 and how late it is (s, ≥ 0)."""


class Beat:
    """One line's rhythm. Its frame `k` is due `(k + 1) · 20 ms` after `origin_s`."""

    def __init__(self, tick: Tick, failed: Callable[[Exception], None], origin_s: float) -> None:
        self.origin_s = origin_s
        self._tick = tick
        self._failed = failed
        self._index = 0
        self._stopped = False

    @property
    def stopped(self) -> bool:
        """Whether it ticks no more."""
        return self._stopped

    @property
    def deadline_s(self) -> float:
        """When the next frame is due, by `loadtest.simulator.clock`."""
        return self.origin_s + (self._index + 1) * FRAME_S

    def stop(self) -> None:
        """No tick after this."""
        self._stopped = True

    def strike(self, at_s: float) -> None:
        """Ticks once; an error ends this line only."""
        index, late_s = self._index, max(0.0, at_s - self.deadline_s)
        self._index += 1
        try:
            self._tick(index, late_s)
        except Exception as error:  # noqa: BLE001 - one line's fault must not silence the others
            self._stopped = True
            self._failed(error)


class Metronome:
    """Serves every beat from a single timer of the running loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._beats: list[tuple[float, int, Beat]] = []
        self._order = count()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, tick: Tick, failed: Callable[[Exception], None]) -> Beat:
        """Starts a line now; its first frame is due in 20 ms."""
        beat = Beat(tick, failed, now_s())
        self._push(beat)
        self._arm()
        return beat

    def close(self) -> None:
        """Stops everything."""
        self._beats.clear()
        self._arm()

    def _push(self, beat: Beat) -> None:
        heapq.heappush(self._beats, (beat.deadline_s, next(self._order), beat))

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = (
            self._loop.call_later(max(0.0, self._beats[0][0] - now_s()), self._fire)
            if self._beats
            else None
        )

    def _fire(self) -> None:
        while self._beats and self._beats[0][0] <= (at_s := now_s()) + _SLACK_S:
            beat = heapq.heappop(self._beats)[2]
            if not beat.stopped:
                beat.strike(at_s)
            if not beat.stopped:
                self._push(beat)
        self._arm()
