"""G6, punctuality at 80 % of a core: `lateness` of every steady message.

Then the same calls while the serving process is stopped for 150 ms at random moments: callers must
hear no gap.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import uvloop

from loadtest.bench.goals.lateness import Lateness, lateness, replies
from loadtest.bench.goals.runs import Given, HeardRun, fit, hear
from loadtest.bench.goals.trend import slope
from loadtest.bench.goals.verdicts import SERVER_OPTIONS, GoalFinding, GoalReport
from loadtest.bench.report import percentiles
from loadtest.bench.speech import CYCLE_S
from loadtest.bench.subjects import Server, server
from loadtest.simulator.clock import now_s

BUSY: Final = 0.8
"""Share of its core that the server of G6 uses."""

SPREAD: Final = 4
"""G6: the calls of a carrier do not send in step, so a quarter of them sends every 5 ms."""

PROBES: Final = (40, 120)
PROBE_S: Final = 10.0
STALL_S: Final = 0.15
STALL_EVERY_S: Final = (1.5, 4.0)


def late(heard: HeardRun) -> list[Lateness]:
    """The lateness of every reply but those of the first cycle."""
    first_s = min((own[0][0] for own in heard.arrivals if own), default=0.0)
    return [
        one
        for own in heard.arrivals
        for reply in replies(own)
        if reply[0][0] > first_s + CYCLE_S and (one := lateness(reply)) is not None
    ]


def busy_calls(points: list[tuple[float, float]]) -> int:
    """The number of calls at which a core is `BUSY`, by a line through (calls, cores)."""
    each = slope(points)
    if not each or each <= 0.0:
        return int(points[-1][0])
    calls, cores = points[-1]
    return max(1, int(calls + (BUSY - cores) / each))


@dataclass(slots=True)
class Taken:
    """Shares of runs in which a server was ready and something else had its core."""

    shares: list[float] = field(default_factory=list)

    @contextmanager
    def of(self, serving: Server) -> Iterator[None]:
        """Watch a server for a block."""
        waited_s, began_s = serving.waited_s(), now_s()
        yield
        self.shares.append((serving.waited_s() - waited_s) / (now_s() - began_s))


def punctual(given: Given) -> GoalReport:
    """G6."""
    options, core = SERVER_OPTIONS["G6"], given.cores[0]
    calls, probed = given.calls, []
    if calls is None:
        for count in PROBES:
            with server("ours", options, core=core) as serving:
                seen = uvloop.run(hear(serving, count, PROBE_S, spread=SPREAD)).measured
            probed.append((float(count), seen.cores))
        calls = busy_calls(probed)
    taken = Taken()
    with server("ours", options, core=core) as serving, taken.of(serving):
        steady = uvloop.run(hear(serving, calls, given.seconds, spread=SPREAD))
    stalls: list[float] = []
    with server("ours", options, core=core) as serving, taken.of(serving):
        stalled = uvloop.run(
            hear(serving, calls, given.seconds, lambda: _stalls(serving, stalls), SPREAD)
        )
    found = late(steady)
    p50, p95, p99 = percentiles([ms for one in found for ms in one.against_median_ms]) or (
        None, None, None,
    )  # fmt: skip
    strict = percentiles([ms for one in found for ms in one.against_punctual_ms])
    least = min((one.least_margin_ms for one in late(stalled)), default=None)
    underruns = stalled.measured.late_frames
    return GoalReport(
        "punctual",
        (
            GoalFinding("G6", f"cores at {calls} calls", steady.measured.cores),
            GoalFinding("G6", "core taken by others, share", taken.shares[0]),
            GoalFinding("G6", "outbound lateness p50, ms", p50),
            GoalFinding("G6", "p95, ms", p95),
            fit(steady.measured, "G6", "p99, ms", p99, 5.0),
            GoalFinding(
                "G6", "p99 against the most punctual tenth, ms", strict[2] if strict else None
            ),
            GoalFinding("G6", "late frames", steady.measured.late_frames),
            GoalFinding(
                "G6",
                f"late frames under {len(stalls)} stalls of {STALL_S * 1000:.0f} ms",
                underruns,
                0.0,
                valid=bool(stalls) and not stalled.measured.void,
                why="no stall, or the callers were late",
            ),
            GoalFinding("G6", "core taken by others in that run, share", taken.shares[1]),
            GoalFinding("G6", "least sound left at a caller in a reply, ms", least),
        ),
        {
            "calls": calls,
            "probes": probed,
            "replies": len(found),
            "stalls_ms": [round(one * 1000, 1) for one in stalls],
            "frames_with_stalls": stalled.measured.frames,
            "v2v_ms": percentiles(steady.measured.v2v_ms),
            "v2v_with_stalls_ms": percentiles(stalled.measured.v2v_ms),
        },
    )


async def _stalls(serving: Server, lengths_s: list[float]) -> None:
    """Stop the server now and then, at moments that nothing else knows; notes how long."""
    chance = random.Random(6)  # noqa: S311 - a schedule that can be repeated
    await asyncio.sleep(CYCLE_S)
    while True:
        await asyncio.sleep(chance.uniform(*STALL_EVERY_S))
        began_s = now_s()
        await asyncio.to_thread(serving.stall, STALL_S)
        lengths_s.append(now_s() - began_s)
