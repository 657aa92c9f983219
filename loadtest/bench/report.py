"""What a bench's runs say: percentiles, who holds how many calls, a table and a plot.

A count of calls *holds* when nothing was dropped or left unanswered, less than 0.1 % of the
outbound frames came late, and voice-to-voice p95 is at most 1.25 times its own value at one call.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np

from loadtest.bench.measured import Measured

LATE_SHARE: Final = 0.001
SLOWER: Final = 1.25
PERCENTILES: Final = (50, 95, 99)

Percentiles = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class BenchRun:
    """One server under one number of calls."""

    subject: str
    measured: Measured
    waited_share: float = 0.0
    """Share of the time in which the server could have run but something else had its core."""

    @property
    def v2v_ms(self) -> Percentiles | None:
        """p50, p95, p99 of voice-to-voice; ``None`` without an answered turn."""
        return percentiles(self.measured.v2v_ms)

    @property
    def late_share(self) -> float:
        """Late frames of all outbound frames."""
        return self.measured.late_frames / max(1, self.measured.frames)

    def holds(self, alone_p95_ms: float | None) -> bool:
        """Whether this many calls hold.

        Args:
            alone_p95_ms: voice-to-voice p95 of the same server at its smallest number of calls.
        """
        measured, v2v_ms = self.measured, self.v2v_ms
        whole = not measured.dropped and not measured.unanswered and not measured.void
        if not whole or v2v_ms is None or alone_p95_ms is None:
            return False
        return self.late_share < LATE_SHARE and v2v_ms[1] <= SLOWER * alone_p95_ms


def percentiles(values_ms: Sequence[float]) -> Percentiles | None:
    """p50, p95, p99, nearest rank."""
    if not values_ms:
        return None
    p50, p95, p99 = np.percentile(values_ms, PERCENTILES, method="inverted_cdf")
    return float(p50), float(p95), float(p99)


def alone_p95_ms(runs: Sequence[BenchRun], subject: str) -> float | None:
    """Voice-to-voice p95 at the subject's smallest number of calls."""
    own = [run for run in runs if run.subject == subject and run.v2v_ms]
    smallest = min(own, key=lambda run: run.measured.calls, default=None)
    return smallest.v2v_ms[1] if smallest is not None and smallest.v2v_ms is not None else None


def largest(runs: Sequence[BenchRun], subject: str) -> int:
    """The largest number of calls that held; 0 when none did."""
    limit_ms = alone_p95_ms(runs, subject)
    held = [r.measured.calls for r in runs if r.subject == subject and r.holds(limit_ms)]
    return max(held, default=0)


def cpu_ms(runs: Sequence[BenchRun], subject: str) -> float | None:
    """CPU per call-second at the largest number of calls of which every turn was answered.

    A server that falls behind does less, and must not look cheaper for it.
    """
    own = [
        run
        for run in runs
        if run.subject == subject and not (run.measured.dropped or run.measured.unanswered)
    ]
    most = max(own, key=lambda run: run.measured.calls, default=None)
    return most.measured.cpu_ms_per_call_second if most is not None else None


_HEAD: Final = (
    "server", "calls", "CPU ms/call·s", "cores", "V2V p50", "p95", "p99", "turns", "unanswered",
    "split", "late frames", "MB/call", "core taken", "first audio p99", "holds",
)  # fmt: skip


def rows(runs: Sequence[BenchRun]) -> list[tuple[str, ...]]:
    """The table, its head first."""
    table: list[tuple[str, ...]] = [_HEAD]
    for run in runs:
        measured, v2v_ms = run.measured, run.v2v_ms
        greeted = percentiles(measured.first_audio_ms)
        held = "yes" if run.holds(alone_p95_ms(runs, run.subject)) else "no"
        table.append(
            (
                run.subject,
                str(measured.calls),
                f"{measured.cpu_ms_per_call_second:.2f}",
                f"{measured.cores:.2f}",
                *([f"{value:.0f}" for value in v2v_ms] if v2v_ms else ["-"] * 3),
                str(len(measured.v2v_ms)),
                str(measured.unanswered + measured.dropped),
                str(measured.split),
                f"{run.late_share:.2%}",
                f"{measured.rss_mb_per_call:.2f}",
                f"{run.waited_share:.0%}",
                f"{greeted[2]:.0f}" if greeted else "-",
                "void" if measured.void else held,
            )
        )
    return table


def ratios(runs: Sequence[BenchRun]) -> list[str]:
    """Sentences that set ours beside each of the others."""
    said = []
    ours_ms = cpu_ms(runs, "ours")
    for other in dict.fromkeys(run.subject for run in runs):
        other_ms = cpu_ms(runs, other)
        if other == "ours" or ours_ms is None or other_ms is None:
            continue
        said.append(
            f"CPU per call-second, {other} / ours: {other_ms:.1f} / {ours_ms:.2f} ms"
            f" = {other_ms / ours_ms:.1f} x; calls held: {largest(runs, other)} and"
            f" {largest(runs, 'ours')}."
        )
    return said


def as_text(runs: Sequence[BenchRun]) -> str:
    """The table for a terminal."""
    table = rows(runs)
    widths = [max(len(row[column]) for row in table) for column in range(len(_HEAD))]
    lines = ["  ".join(c.rjust(w) for c, w in zip(row, widths, strict=True)) for row in table]
    return "\n".join([*lines, "", *ratios(runs)])


def as_markdown(runs: Sequence[BenchRun], about: str) -> str:
    """The table and the ratios for a page."""
    head, *body = rows(runs)
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(row)} |" for row in body]
    return "\n".join([about, "", *lines, "", *(f"* {line}" for line in ratios(runs)), ""])


def save(runs: Sequence[BenchRun], folder: Path, about: str) -> None:
    """Write ``results.json`` and ``results.md``."""
    folder.mkdir(parents=True, exist_ok=True)
    data = {"about": about, "runs": [asdict(run) for run in runs]}
    (folder / "results.json").write_text(json.dumps(data) + "\n")
    (folder / "results.md").write_text(as_markdown(runs, about))


_PANELS: Final[tuple[tuple[str, Callable[[BenchRun], float | None]], ...]] = (
    ("voice-to-voice p95, ms", lambda run: run.v2v_ms[1] if run.v2v_ms else None),
    ("CPU, cores", lambda run: run.measured.cores),
    ("memory, MB", lambda run: run.measured.rss_mb),
    ("late outbound frames, %", lambda run: 100.0 * run.late_share),
)


def plot(runs: Sequence[BenchRun], path: Path) -> None:
    """Draw an SVG: latency, processor time, memory and late frames over the number of calls."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - only the bench has it installed

    figure = Figure(figsize=(11, 7), layout="constrained")
    panels = figure.subplots(2, 2).flat
    for panel, (title, value) in zip(panels, _PANELS, strict=True):
        for subject in dict.fromkeys(run.subject for run in runs):
            own = sorted(
                (run for run in runs if run.subject == subject), key=lambda r: r.measured.calls
            )
            points = [(r.measured.calls, y) for r in own if (y := value(r)) is not None]
            panel.plot(*zip(*points, strict=True), marker="o", label=subject)
        panel.set_xlabel("calls on one core")
        panel.set_title(title)
        panel.set_ylim(bottom=0)
        panel.grid(visible=True, alpha=0.3)
        panel.legend()
    figure.savefig(path, metadata={"Date": None})
