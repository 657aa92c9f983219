"""What a worker gives up when its core is short, in which order. Sans-I/O.

Frames towards callers come first: a frame that is late is heard. So everything else yields before
them, the cheapest loss first, and the last thing to go is the door: a caller who is told at once
that all lines are busy is better served than everybody in a stutter.

The measure is how late the scheduler's ticks begin. One step up at a time, also when a frame came
too late to be heard in time, whatever made it late. Only lateness closes the door: so much that
callers begin to hear it, or less that lasts although all else was given up, for then every answer
comes late. One step down after a calm while, so that the ladder does not swing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum
from typing import Final


class LoadShedding(IntEnum):
    """What is given up; each step includes the ones before it.

    MORE_LEAD: more sound is kept at the carrier, so that a late tick is not heard (barge-in stays
    as fast: `clear` empties it) · COARSE_FEED: recognition gets sound in larger pieces ·
    NO_TURN_MODEL: turns end by words and patience alone · NO_NEW_CALLS: callers who ring get a
    person or a message.
    """

    NONE = 0
    MORE_LEAD = 1
    COARSE_FEED = 2
    NO_TURN_MODEL = 3
    NO_NEW_CALLS = 4


@dataclass(frozen=True, slots=True)
class LoadTuning:
    """Numbers of the ladder.

    `raise_ms`: 95th percentile of the ticks' lateness from which each step above NONE is taken; the
    last is about the lead, where callers begin to hear it · `shut_s`: time for which the lateness
    may stay at the limit of the step before the last one until the last is taken ·
    `calm_share`: a step is left when the lateness stays below this share of its limit ·
    `calm_s`: for so long · `keep_share`: share of the calls at which the last step was reached that
    may be served from then on · `regain_s`: calm time after which one call more may be tried.
    """

    raise_ms: tuple[float, float, float, float] = (10.0, 20.0, 40.0, 150.0)
    shut_s: float = 3.0
    calm_share: float = 0.5
    calm_s: float = 5.0
    keep_share: float = 0.9
    regain_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at the scheduler.

    lag_p95_ms: lateness of its ticks over the last seconds · late_frames: outbound frames that came
    too late to be heard in time, since the last look · calls: lines it hosts.
    """

    lag_p95_ms: float
    late_frames: int
    calls: int


class LoadLadder:
    """The ladder of one worker.

    Args:
        capacity: calls the worker has slots for.
        tuning: numbers.
    """

    def __init__(self, capacity: int, tuning: LoadTuning | None = None) -> None:
        self._capacity = capacity
        self._tuning = tuning or LoadTuning()
        self.shedding = LoadShedding.NONE
        self.ceiling = capacity
        """Calls that may be served; lowered by what was measured, regained slowly."""
        self._calm_since_s: float | None = None
        self._short_since_s: float | None = None
        self._regained_s = 0.0

    def observe(self, reading: Reading, now_s: float) -> LoadShedding:
        """Take a reading, about twice a second; the step to stand on now.

        Args:
            reading: since the last one.
            now_s: a monotonic clock's reading.
        """
        limits = self._tuning.raise_ms
        step = self.shedding
        wanted = sum(reading.lag_p95_ms >= limit for limit in limits)
        if reading.late_frames:
            wanted = max(wanted, min(step + 1, LoadShedding.NO_TURN_MODEL))
        if self._lasts(reading, now_s):
            wanted = LoadShedding.NO_NEW_CALLS
        if wanted > step:
            self._calm_since_s = None
            self._rise(reading, now_s)
        elif reading.late_frames or reading.lag_p95_ms >= self._calm_ms(step):
            self._calm_since_s = None
        else:
            self._calm(now_s)
        return self.shedding

    def _lasts(self, reading: Reading, now_s: float) -> bool:
        """Whether the core has been short for long with everything but the door given up."""
        given_up = self.shedding >= LoadShedding.NO_TURN_MODEL
        if (
            not given_up
            or reading.lag_p95_ms < self._tuning.raise_ms[LoadShedding.NO_TURN_MODEL - 1]
        ):
            self._short_since_s = None
            return False
        if self._short_since_s is None:
            self._short_since_s = now_s
        return now_s - self._short_since_s >= self._tuning.shut_s

    def _calm_ms(self, step: LoadShedding) -> float:
        """Lateness below which a step may be left; none of the limits that led to it is above."""
        if step is LoadShedding.NONE:
            return math.inf
        share = self._tuning.raise_ms[step - 1] * self._tuning.calm_share
        if step is LoadShedding.NO_NEW_CALLS:
            return min(share, self._tuning.raise_ms[step - 2])
        return share

    def _rise(self, reading: Reading, now_s: float) -> None:
        self.shedding = LoadShedding(self.shedding + 1)
        # More calls than the ceiling are left over from before it was lowered; they leave in their
        # own time, and say nothing about whether the ceiling is low enough.
        if self.shedding is LoadShedding.NO_NEW_CALLS and reading.calls <= self.ceiling:
            kept = int(reading.calls * self._tuning.keep_share)
            self.ceiling = max(1, min(self.ceiling, kept))
        if self.shedding is LoadShedding.NO_NEW_CALLS:
            self._regained_s = now_s

    def _calm(self, now_s: float) -> None:
        if self._calm_since_s is None:
            self._calm_since_s = now_s
        if (
            self.shedding is not LoadShedding.NONE
            and now_s - self._calm_since_s >= self._tuning.calm_s
        ):
            self.shedding = LoadShedding(self.shedding - 1)
            self._calm_since_s = now_s
            self._regained_s = now_s
        rested_s = now_s - self._regained_s
        if self.ceiling < self._capacity and rested_s >= self._tuning.regain_s:
            self.ceiling += 1
            self._regained_s = now_s


OBSERVE_EVERY_S: Final = 0.5
"""How often a worker looks at itself."""
