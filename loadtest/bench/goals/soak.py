"""An hour under load: does anything drop, drift or leak?

    ./run bench soak                             60 minutes, 120 calls
    ./run bench soak --minutes 3 --calls 60

A bench server pinned to one core serves calls that end and begin anew, each after about five
minutes (`loadtest.bench.goals.places`), from callers pinned to the other. Every 30 s the server's
`/stats`, `/metrics` and `/proc` are read and a row goes to ``soak.csv``; a line a minute is
printed. Before the counted part one call comes and goes, so that what is made once has been made;
when all have hung up, tasks, threads and descriptors must be back where they were then.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Final

import uvloop

from loadtest.bench.goals.places import Places, Tally
from loadtest.bench.goals.soak_record import Idle, Row, SoakRecord, findings, plot
from loadtest.bench.goals.verdicts import SERVER_OPTIONS, GoalReport, about, figure, keep
from loadtest.bench.measured import Stats, read_stats
from loadtest.bench.report import percentiles
from loadtest.bench.speech import SPEECH, SpeechCycle
from loadtest.bench.subjects import ROOT, Server, server, two_cores
from loadtest.simulator.clock import now_s
from loadtest.simulator.recording import Recording

CALLS: Final = 120
"""80 % of the calls that one core has held at its slowest (docs/benchmarks.md)."""

SAMPLE_S: Final = 30.0
CALL_S: Final = 300.0
SETTLE_S: Final = 8.0
"""After everybody hung up: longer than any wait of a call that ends."""


class Sampler:
    """Makes rows of the callers' tally and the server's figures."""

    def __init__(self, serving: Server, places: Places, before: Stats) -> None:
        self._serving = serving
        self._places = places
        self._began_s = self._last_s = now_s()
        self._cpu_s, self._waited_s = before.cpu_s, serving.waited_s()

    async def row(self) -> tuple[Row, Tally]:
        """The sample now."""
        metrics = await asyncio.to_thread(self._serving.metrics)
        stats = await read_stats(self._serving.stats)
        at_s, waited_s, tally = now_s(), self._serving.waited_s(), self._places.take()
        passed_s = at_s - self._last_s
        p50, p95, p99 = percentiles(tally.v2v_ms) or (0.0, 0.0, 0.0)
        row = Row(
            minute=round((at_s - self._began_s) / 60, 2),
            live=self._places.live,
            begun=tally.begun,
            turns=len(tally.v2v_ms),
            unanswered=tally.unanswered,
            split=tally.split,
            dropped=tally.dropped,
            frames=tally.frames,
            late_frames=tally.late_frames,
            late_ticks=tally.late_ticks,
            ticks=tally.ticks,
            v2v_p50=p50,
            v2v_p95=p95,
            v2v_p99=p99,
            cores=round((stats.cpu_s - self._cpu_s) / passed_s, 3),
            taken=round((waited_s - self._waited_s) / passed_s, 3),
            rss_mb=round(stats.rss_bytes / 1e6, 2),
            tasks=stats.tasks,
            threads=self._serving.threads(),
            descriptors=self._serving.descriptors(),
            lag_p50_ms=round(_lag_ms(metrics, "p50"), 2),
            lag_p99_ms=round(_lag_ms(metrics, "p99"), 2),
            lag_worst_ms=round(_lag_ms(metrics, "worst"), 1),
            shedding=int(metrics.get("media_load_shedding_level", 0)),
            free_slots=int(metrics.get("media_free_slots", 0)),
            underruns=int(metrics.get("media_underruns_total", 0)),
        )
        self._last_s, self._cpu_s, self._waited_s = at_s, stats.cpu_s, waited_s
        return row, tally


def _lag_ms(metrics: Mapping[str, float], point: str) -> float:
    """How late ticks began in the last minute; 0 for a server that does not say."""
    return metrics.get(f'media_recent_tick_lag_seconds{{point="{point}"}}', 0.0) * 1000


async def soak(serving: Server, calls: int, minutes: float, call_s: float, out: Path) -> GoalReport:
    """Run; the report. SIGINT ends it early, with what there is."""
    lines = [SpeechCycle.of(Recording.read(SPEECH))]
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stopped.set)
    await _one_call(serving, lines)
    before = await _idle(serving)
    places = Places(calls, lines, media=serving.media, call_s=call_s)
    record, sampler = SoakRecord(), Sampler(serving, places, await read_stats(serving.stats))
    until_s = now_s() + minutes * 60
    playing = asyncio.ensure_future(places.run(lambda: now_s() < until_s and not stopped.is_set()))
    with (out / "soak.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, [column.name for column in fields(Row)])
        table.writeheader()
        while not playing.done():
            await asyncio.wait([playing], timeout=SAMPLE_S)
            row, tally = await sampler.row()
            record.rows.append(row)
            record.windows.add(row.minute, tally.v2v_ms)
            table.writerow(asdict(row))
            file.flush()
            if len(record.rows) % 2 == 0 or playing.done():
                sys.stdout.write(row.line + "\n")
                sys.stdout.flush()
    await playing
    record.windows.close()
    await asyncio.sleep(SETTLE_S)
    after = await _idle(serving)
    plot(record, out / "soak.svg")
    return GoalReport(
        "soak",
        findings(record, before, after),
        {
            "calls": calls,
            "minutes": minutes,
            "begun": record.total("begun"),
            "windows": [asdict(span) for span in record.windows.done],
            "before": asdict(before),
            "after": asdict(after),
        },
    )


async def _one_call(serving: Server, lines: Sequence[SpeechCycle]) -> None:
    """A call that comes, is answered once and goes."""
    until_s = now_s() + 10.0
    await Places(1, lines, media=serving.media, call_s=CALL_S).run(lambda: now_s() < until_s)
    await asyncio.sleep(SETTLE_S)


async def _idle(serving: Server) -> Idle:
    stats = await read_stats(serving.stats)
    return Idle(
        round(stats.rss_bytes / 1e6, 2), stats.tasks, serving.threads(), serving.descriptors()
    )


def main() -> int:
    """Run, print, keep; 1 when a goal was missed."""
    parser = argparse.ArgumentParser(prog="./run bench soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument("--call-seconds", type=float, help=f"length of a call, {CALL_S:.0f}")
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results")
    given = parser.parse_args()
    call_s = given.call_seconds or min(CALL_S, given.minutes * 20)
    given.out.mkdir(parents=True, exist_ok=True)
    theirs, ours = two_cores()
    with server("ours", SERVER_OPTIONS["soak"], core=theirs) as serving:
        os.sched_setaffinity(0, {ours})
        report = uvloop.run(soak(serving, given.calls, given.minutes, call_s, given.out))
    head = f"{about()} {given.calls} calls for {given.minutes:g} minutes."
    keep([report], given.out, "soak", head)
    sys.stdout.write(f"\n{head}\n{report.facts['begun']} calls began.\n")
    sys.stdout.writelines(f"{line}\n" for line in _by_window(report))
    sys.stdout.writelines(f"{one.line}\n" for one in report.findings)
    return int(report.missed)


def _by_window(report: GoalReport) -> list[str]:
    spans = report.facts["windows"]
    lines = []
    for span in spans if isinstance(spans, list) else []:
        p50, p95, p99 = (figure(value) for value in span["percentiles"])
        lines.append(
            f"from minute {span['began']:.0f}: {span['count']} turns,"
            f" V2V p50 {p50}, p95 {p95}, p99 {p99} ms"
        )
    return lines


if __name__ == "__main__":
    sys.exit(main())
