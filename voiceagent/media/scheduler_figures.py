"""What the frame scheduler measures of itself: punctuality, loss and faults, for all its lines."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np

from voiceagent.core.figures import (
    ONSET_TO_CLEAR_BOUNDS_S,
    SEND_LATENESS_BOUNDS_S,
    TICK_LAG_BOUNDS_S,
    Distribution,
    LineTotals,
    MediaFigures,
)
from voiceagent.media.line import Line
from voiceagent.media.line_end import LineFault

LAGS_KEPT: Final = 6000
"""One minute of ticks."""

SENDS_KEPT: Final = 20_000
"""Ten seconds of a worker with two hundred calls."""

RECENT_TICKS: Final = 200
"""Two seconds of ticks: what the load is judged by."""

LATE_S: Final = 0.025
"""A send this much behind its due time is late: two ticks were missed, and the loop worked on.
The lead at the carrier covers it; a worker that does it often is full."""


@dataclass(frozen=True, slots=True)
class Lag:
    """How late ticks began over the last minute, milliseconds."""

    p50_ms: float
    p95_ms: float
    p99_ms: float
    worst_ms: float


@dataclass(frozen=True, slots=True)
class Pressure:
    """Outbound sound since the start: for admission, and for whoever looks at the worker.

    `sends`: times sound was due and left · `late_sends`: of these, later than `LATE_S` after they
    were due · `underruns`: times a carrier's buffer ran dry in the middle of an utterance.
    """

    sends: int
    late_sends: int
    underruns: int


class SchedulerFigures:
    """Keeps count, also for lines that are gone.

    Args:
        lines: those that are hosted now.
    """

    def __init__(self, lines: Collection[Line]) -> None:
        self._lines = lines
        self._lags_ms: deque[float] = deque(maxlen=LAGS_KEPT)
        self._lateness_ms: deque[float] = deque(maxlen=SENDS_KEPT)
        self._ticks = self._sends = 0
        self._late_sends = 0
        self._lag_spread = Distribution(TICK_LAG_BOUNDS_S)
        self._lateness_spread = Distribution(SEND_LATENESS_BOUNDS_S)
        self._clear_spread = Distribution(ONSET_TO_CLEAR_BOUNDS_S)
        self._gone = LineTotals()
        self.audible = 0
        """Sends so late that the caller heard a gap."""
        self._faults: Counter[LineFault] = Counter()
        self.tick_faults = 0

    def began(self, late_ms: float) -> None:
        """Note how late a tick begins."""
        self._lags_ms.append(late_ms)
        self._ticks += 1

    def sent(self, late_s: float, lead_s: float) -> None:
        """Note how late sound leaves, and how much the carrier was given ahead to cover it."""
        self._sends += 1
        self._lateness_ms.append(late_s * 1000.0)
        self._late_sends += late_s > LATE_S
        self.audible += late_s > lead_s

    def tick_failed(self) -> int:
        """Note a tick that failed; how many have."""
        self.tick_faults += 1
        return self.tick_faults

    def ended(self, line: Line) -> None:
        """Keep what a line had counted."""
        self._gone = LineTotals.sum((self._gone, line.totals()))
        self._clear_spread.add(line.onset_to_clear_s)
        if line.fault is not None:
            self._faults[line.fault] += 1

    def lag(self) -> Lag:
        """How late the ticks were."""
        if not self._lags_ms:
            return Lag(0.0, 0.0, 0.0, 0.0)
        p50, p95, p99, worst = np.percentile(list(self._lags_ms), [50, 95, 99, 100])
        return Lag(float(p50), float(p95), float(p99), float(worst))

    def recent_lag_ms(self) -> float:
        """How late the last ticks were, 95th percentile."""
        recent = list(islice(reversed(self._lags_ms), RECENT_TICKS))
        return float(np.percentile(recent, 95)) if recent else 0.0

    def pressure(self) -> Pressure:
        """Whether outbound sound leaves when it is due."""
        return Pressure(self._sends, self._late_sends, self.totals().underruns)

    def send_lateness_ms(self, percentile: float) -> float:
        """How much later than due outbound sound left, over the last `SENDS_KEPT` sends."""
        kept = list(self._lateness_ms)
        return float(np.percentile(kept, percentile)) if kept else 0.0

    def totals(self) -> LineTotals:
        """What lines have counted, those that are gone included."""
        return LineTotals.sum((self._gone, *(line.totals() for line in self._lines)))

    def sort(self) -> None:
        """Sort into buckets what was late since the last time; a few times a second will do."""
        self._lag_spread.follow(self._lags_ms, self._ticks, 1e-3)
        self._lateness_spread.follow(self._lateness_ms, self._sends, 1e-3)
        for line in self._lines:
            self._clear_spread.add(line.onset_to_clear_s)
            line.onset_to_clear_s.clear()

    def media_figures(self, *, slots: int, free_slots: int, shedding: int) -> MediaFigures:
        """All of it, for metrics.

        Args:
            slots: lines that the worker may host.
            free_slots: lines that it would take now.
            shedding: step of the load ladder.
        """
        self.sort()
        lag = self.lag()
        return MediaFigures(
            totals=self.totals(),
            tick_lag=self._lag_spread,
            send_lateness=self._lateness_spread,
            onset_to_clear=self._clear_spread,
            lines=len(self._lines),
            slots=slots,
            free_slots=free_slots,
            shedding=shedding,
            late_sends=self._late_sends,
            audibly_late_sends=self.audible,
            tick_faults=self.tick_faults,
            recent_lag_s={
                "p50": lag.p50_ms / 1000.0,
                "p99": lag.p99_ms / 1000.0,
                "worst": lag.worst_ms / 1000.0,
            },
            recent_lateness_p99_s=self.send_lateness_ms(99.0) / 1000.0,
            faults={fault.value: self._faults[fault] for fault in LineFault},
        )

    def by_name(self) -> dict[str, float]:
        """All of it, and faults by name, for metrics."""
        lag, pressure, totals = self.lag(), self.pressure(), self.totals()
        faults = {f"media_line_faults_{fault}": float(self._faults[fault]) for fault in LineFault}
        return faults | {
            "media_tick_faults": self.tick_faults,
            "media_refused_samples": totals.refused_samples,
            "media_dropped_samples": totals.dropped_samples,
            "media_late_samples": totals.late_samples,
            "media_audibly_late_sends": self.audible,
            "media_lag_p50_ms": lag.p50_ms,
            "media_lag_p99_ms": lag.p99_ms,
            "media_lag_worst_ms": lag.worst_ms,
            "media_sends": pressure.sends,
            "media_late_sends": pressure.late_sends,
            "media_send_lateness_p99_ms": self.send_lateness_ms(99.0),
            "media_underruns": pressure.underruns,
        }
