"""What the media plane counts about itself, as records that are read when somebody asks.

Nothing here is pushed anywhere and nothing costs a frame: counters are plain integers of the lines,
and how late ticks and sends were is sorted into buckets twice a second, for all of them at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import islice
from operator import attrgetter
from typing import Final

import numpy as np

TICK_LAG_BOUNDS_S: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.5, 1.0)
"""The rungs of the load ladder (`core.capacity.load_shedding`: 10, 20, 40, 150 ms), below them what
an idle core shows, above them a stall (0.5 s, `media.scheduler`)."""

SEND_LATENESS_BOUNDS_S: Final = (0.001, 0.002, 0.005, 0.01, 0.025, 0.06, 0.12, 0.2, 0.5)
"""Goal (5 ms) and stretch goal (2 ms) of the 99th percentile; 25 ms is late; 120 and 200 ms is what
the carrier holds in calm and in need, so that beyond it a caller hears a gap."""

ONSET_TO_CLEAR_BOUNDS_S: Final = (0.04, 0.06, 0.08, 0.1, 0.13, 0.16, 0.22, 0.3, 0.41, 0.6, 1.0)
"""Goal: half within 80 ms (60 is the stretch goal), 99 % within 220 ms; 410 ms is the best
published silence after a barge-in. In between, windows of the voice model: 32 ms each."""


class Distribution:
    """How often a quantity fell below which bound, since the start. A histogram's counts.

    Args:
        bounds: upper bounds, inclusive, rising; what is above the last is counted too.
    """

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self._edges = np.asarray(bounds)
        self._counts = np.zeros(len(self.bounds) + 1, dtype=np.int64)
        self._seen = 0
        self.total = 0.0
        """Sum of everything added."""

    def add(self, values: Sequence[float]) -> None:
        """Sort some values in."""
        if values:
            taken = np.asarray(values)
            places = np.searchsorted(self._edges, taken, side="left")
            self._counts += np.bincount(places, minlength=len(self._counts))
            self.total += float(taken.sum())

    def follow(self, kept: deque[float], so_far: int, scale: float) -> None:
        """Sort in what was put into a bounded memory since the last time.

        Args:
            kept: the newest values.
            so_far: how many were put in since the start; what was pushed out again is not counted.
            scale: of our unit in theirs.
        """
        new = min(so_far - self._seen, len(kept))
        self._seen = so_far
        self.add([value * scale for value in islice(reversed(kept), new)])

    @property
    def count(self) -> int:
        """How many values were added."""
        return int(self._counts.sum())

    def cumulative(self) -> list[int]:
        """Values up to each bound, and in the end all of them."""
        return [int(count) for count in np.cumsum(self._counts)]


@dataclass(slots=True)
class LineTotals:
    """What lines met since the start; samples at 8 kHz unless named otherwise.

    `refused_samples`, `dropped_samples`, `late_samples`: callers' sound that nobody judged, because
    it came faster than real time, waited too long, or came too late or twice · `concealed_samples`:
    holes that were filled · `late_packets`, `reordered_packets`, `resyncs`: of the jitter buffer ·
    `underruns`: times a carrier's buffer ran dry in an utterance · `stale_samples`: speech that
    came after its reply had been cut off · `stale_marks`: echoes of marks that a clear had undone ·
    `barge_ins`: times a caller took the floor from us · `resumptions`: times our sound went on
    after it was stopped for what was no interruption.
    """

    refused_samples: int = 0
    dropped_samples: int = 0
    late_samples: int = 0
    concealed_samples: int = 0
    late_packets: int = 0
    reordered_packets: int = 0
    resyncs: int = 0
    underruns: int = 0
    stale_samples: int = 0
    stale_marks: int = 0
    barge_ins: int = 0
    resumptions: int = 0

    @classmethod
    def sum(cls, parts: Iterable[LineTotals]) -> LineTotals:
        """All of them together; quick, because the media plane waits for it."""
        return cls(*map(sum, zip(*map(_NUMBERS, parts), strict=True)))


_NUMBERS: Final = attrgetter(*(one.name for one in fields(LineTotals)))


@dataclass(frozen=True, slots=True)
class MediaFigures:
    """A look at one worker's media plane.

    `slots`: lines it may host at most · `free_slots`: lines it would take now · `shedding`: step of
    the load ladder · `recent_lag_s`: how late ticks were in the last minute, by ``p50``, ``p99``,
    ``worst`` · `recent_lateness_p99_s`: of the newest sends · `faults`: lines given up, by where.
    """

    totals: LineTotals
    tick_lag: Distribution
    send_lateness: Distribution
    onset_to_clear: Distribution
    lines: int
    slots: int
    free_slots: int
    shedding: int
    late_sends: int
    audibly_late_sends: int
    tick_faults: int
    recent_lag_s: Mapping[str, float] = field(default_factory=dict)
    recent_lateness_p99_s: float = 0.0
    faults: Mapping[str, int] = field(default_factory=dict)
