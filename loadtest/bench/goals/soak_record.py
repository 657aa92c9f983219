"""What a soak keeps: a row a sample, percentiles by window; and what it says in the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from loadtest.bench.goals.trend import TrendWindows, settled, slope
from loadtest.bench.goals.verdicts import GoalFinding
from loadtest.bench.measured import VOID_SHARE
from loadtest.bench.report import LATE_SHARE

WINDOW_MIN: Final = 10.0
WARM_MIN: Final = 10.0
LAG_MS: Final = 20.0
FLAT_MB_H: Final = 5.0
"""A slope below this is flat: at 1,400 calls an hour the bound on leaks, 0.5 MB per 1,000 calls,
is a seventh of it, and the rest is what an allocator breathes."""

SHORTEST_SLOPE_MIN: Final = 20.0
"""Of a shorter run the slope is printed and not judged."""


@dataclass(frozen=True, slots=True)
class Row:
    """One sample: the callers' tally since the one before, and the server as it stands."""

    minute: float
    live: int
    begun: int
    turns: int
    unanswered: int
    split: int
    dropped: int
    frames: int
    late_frames: int
    late_ticks: int
    ticks: int
    v2v_p50: float
    v2v_p95: float
    v2v_p99: float
    cores: float
    taken: float
    rss_mb: float
    tasks: int
    threads: int
    descriptors: int
    lag_p50_ms: float
    lag_p99_ms: float
    lag_worst_ms: float
    shedding: int
    free_slots: int
    underruns: int

    @property
    def line(self) -> str:
        """For a terminal."""
        return (
            f"{self.minute:6.1f} min  {self.live} calls, {self.turns} turns,"
            f" V2V {self.v2v_p50:.0f}/{self.v2v_p95:.0f}/{self.v2v_p99:.0f} ms,"
            f" dropped {self.dropped}, unanswered {self.unanswered}, late frames"
            f" {self.late_frames}, lag p99 {self.lag_p99_ms:.1f} ms, {self.cores:.2f} cores"
            f" (taken {self.taken:.0%}), {self.rss_mb:.1f} MB, {self.tasks} tasks,"
            f" {self.descriptors} fds"
        )


@dataclass(frozen=True, slots=True)
class Idle:
    """The server with nobody on the line."""

    rss_mb: float
    tasks: int
    threads: int
    descriptors: int


@dataclass(slots=True)
class SoakRecord:
    """What is kept of a soak: a row a sample, percentiles by window."""

    rows: list[Row] = field(default_factory=list)
    windows: TrendWindows = field(default_factory=lambda: TrendWindows(WINDOW_MIN))

    def total(self, name: str) -> int:
        """A counter over the whole run."""
        return sum(int(getattr(row, name)) for row in self.rows)


def findings(record: SoakRecord, before: Idle, after: Idle) -> tuple[GoalFinding, ...]:
    """The verdicts of a finished soak."""
    rows, total = record.rows, record.total
    minutes = rows[-1].minute if rows else 0.0
    late_share = total("late_ticks") / max(1, total("ticks"))
    valid, why = late_share <= VOID_SHARE, f"the callers were late in {late_share:.1%} of ticks"
    warm = min(WARM_MIN, minutes / 3)
    long = minutes >= SHORTEST_SLOPE_MIN
    by_hour = [(row.minute / 60, row.rss_mb) for row in rows if row.live]
    mb_h = slope(settled(by_hour, warm / 60))
    found = [
        GoalFinding("R3", "calls dropped", total("dropped"), 0, valid=valid, why=why),
        GoalFinding("R3", "turns unanswered", total("unanswered"), 0, valid=valid, why=why),
        GoalFinding(
            "R3",
            "late outbound frames, share",
            total("late_frames") / max(1, total("frames")),
            LATE_SHARE,
            valid=valid,
            why=why,
        ),
        GoalFinding(
            "R3",
            "scheduler lag p99, worst minute, ms",
            max((row.lag_p99_ms for row in rows), default=None),
            LAG_MS,
        ),
        GoalFinding(
            "R3",
            f"resident memory after {warm:.0f} min, MB/hour" + ("" if long else " (not judged)"),
            mb_h,
            FLAT_MB_H if long else None,
        ),
    ]
    for name in ("tasks", "threads", "descriptors"):
        was, left = getattr(before, name), getattr(after, name)
        what = f"{name} left when all had hung up, {left}, beyond the {was} before"
        found.append(GoalFinding("R3", what, max(0, left - was), 0))
    return tuple(found)


def plot(record: SoakRecord, path: Path) -> None:
    """Draw an SVG over the minutes."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - only the bench has it installed

    panels = {
        "voice-to-voice p50, p95, p99, ms": ("v2v_p50", "v2v_p95", "v2v_p99"),
        "scheduler lag p50, p99, ms": ("lag_p50_ms", "lag_p99_ms"),
        "resident memory, MB": ("rss_mb",),
        "CPU and core taken, cores": ("cores", "taken"),
        "tasks": ("tasks",),
        "late frames, in 30 s": ("late_frames",),
    }
    drawing = Figure(figsize=(11, 9), layout="constrained")
    minutes = [row.minute for row in record.rows]
    for panel, (title, names) in zip(drawing.subplots(3, 2).flat, panels.items(), strict=True):
        for name in names:
            panel.plot(minutes, [getattr(row, name) for row in record.rows], label=name)
        panel.set_title(title)
        panel.set_xlabel("minutes")
        panel.set_ylim(bottom=0)
    drawing.savefig(path, metadata={"Date": None})
