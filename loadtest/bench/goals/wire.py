"""Experiments that need callers and nothing else: G3, G6 and G7.

* **G3, what the engine adds.** Voice-to-voice as the wire has it (the frame with the last sample of
  speech is sent, the first media message of the reply comes) less what was asked for: the silence
  that the policy waits for after a complete question (200 ms) and the stubs' own path (transcript
  50 ms, first word 100 ms, first sound 50 ms). What is left is transport, voice detection, its
  32 ms windows, the wheel's ticks, the pipeline and the sending. Where speech ends is the
  recording's last sample less than 36 dB below its peak; the voice model may hear the end of a
  fading word up to two windows earlier, so single values can be below what the engine really adds.
  Measured without anything that works ahead of the caller's end (`verdicts.SERVER_OPTIONS`).
* **G6, punctuality** at 80 % of a core: `lateness` of every steady message. Then the same calls
  while the serving process is stopped for 150 ms at random moments: callers must hear no gap.
* **G7, memory:** the slope of a line through resident memory at several numbers of calls, a fresh
  server each.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import uvloop

from loadtest.bench.goals.lateness import Arrival, Lateness, lateness, replies
from loadtest.bench.goals.trend import slope
from loadtest.bench.goals.verdicts import SERVER_OPTIONS, GoalFinding, GoalReport
from loadtest.bench.report import percentiles
from loadtest.bench.subjects import Server, server
from loadtest.bench.swarm import CYCLE_S, SPEECH, CountingPlayout, Measured, SwarmCaller, measure
from loadtest.simulator.clock import now_s
from loadtest.simulator.g711 import RATE_HZ
from loadtest.simulator.recording import Recording

SILENCE_MS: Final = 200.0
STUBS_MS: Final = 50.0 + 100.0 + 50.0
STOCK_MOST: Final = 20
"""Calls of G3: the most that stock carries."""

BUSY: Final = 0.8
"""Share of its core that the server of G6 uses."""

SPREAD: Final = 4
"""G6: the calls of a carrier do not send in step, so a quarter of them sends every 5 ms."""

PROBES: Final = (40, 120)
PROBE_S: Final = 10.0
STALL_S: Final = 0.15
STALL_EVERY_S: Final = (1.5, 4.0)
MEMORY_CALLS: Final = (20, 100, 200)
MEMORY_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Given:
    """What the command was given.

    Attributes:
        cores: the server's and the callers'.
        calls: how many, where the experiment does not say; ``None`` finds out.
        seconds: length of a run.
        out: where results go.
    """

    cores: tuple[int, int]
    calls: int | None
    seconds: float
    out: Path


@dataclass(slots=True)
class KeptPlayout(CountingPlayout):
    """A carrier's buffer that remembers what came when."""

    arrivals: list[Arrival] = field(default_factory=list)

    def receive(self, samples: int, at_s: float) -> None:
        """Sound came in."""
        self.arrivals.append((at_s, samples / RATE_HZ))
        CountingPlayout.receive(self, samples, at_s)


@dataclass(frozen=True, slots=True)
class HeardRun:
    """A run, and what each of its callers got when."""

    measured: Measured
    arrivals: tuple[list[Arrival], ...]


async def hear(
    serving: Server,
    calls: int,
    seconds: float,
    beside: Callable[[], Awaitable[None]] | None = None,
    spread: int = 1,
) -> HeardRun:
    """Callers who keep what came when, and something that goes on beside them."""
    kept: list[KeptPlayout] = []

    def caller(index: int) -> SwarmCaller:
        made, playout = SwarmCaller(index), KeptPlayout()
        made.playout = playout
        kept.append(playout)
        return made

    other = None if beside is None else asyncio.ensure_future(beside())
    try:
        measured = await measure(
            calls,
            seconds,
            [Recording.read(SPEECH)],
            media=serving.media,
            stats=serving.stats,
            make=caller,
            spread=spread,
        )
    finally:
        if other is not None:
            other.cancel()
            await asyncio.wait([other])
    return HeardRun(measured, tuple(playout.arrivals for playout in kept))


def late(heard: HeardRun) -> list[Lateness]:
    """The lateness of every reply but those of the first cycle."""
    first_s = min((own[0][0] for own in heard.arrivals if own), default=0.0)
    return [
        one
        for own in heard.arrivals
        for reply in replies(own)
        if reply[0][0] > first_s + CYCLE_S and (one := lateness(reply)) is not None
    ]


def fit(run: Measured, goal: str, what: str, value: float | None, most: float) -> GoalFinding:
    """A finding that is void when the callers were late."""
    return GoalFinding(goal, what, value, most, valid=not run.void, why="the callers were late")


def added(given: Given) -> GoalReport:
    """G3."""
    calls = given.calls or STOCK_MOST
    with server("ours", SERVER_OPTIONS["G3"], core=given.cores[0]) as serving:
        measured = uvloop.run(hear(serving, calls, given.seconds)).measured
    own_ms = [v2v - SILENCE_MS - STUBS_MS for v2v in measured.v2v_ms]
    p50, p95, p99 = percentiles(own_ms) or (None, None, None)
    return GoalReport(
        "added",
        (
            fit(measured, "G3", f"V2V added by the engine, p50, ms, {calls} calls", p50, 10.0),
            GoalFinding("G3", "p95, ms", p95),
            fit(measured, "G3", "p99, ms", p99, 30.0),
        ),
        {"calls": calls, "turns": len(own_ms), "added_ms": own_ms},
    )


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


def memory(given: Given) -> GoalReport:
    """G7."""
    points: list[tuple[float, float]] = []
    for calls in MEMORY_CALLS:
        with server("ours", SERVER_OPTIONS["G7"], core=given.cores[0]) as serving:
            seen = uvloop.run(hear(serving, calls, min(given.seconds, MEMORY_S))).measured
        points.append((float(calls), seen.rss_mb))
    counts = "/".join(str(calls) for calls in MEMORY_CALLS)
    return GoalReport(
        "memory",
        (
            GoalFinding(
                "G7", f"resident memory per call over {counts} calls, MB", slope(points), 3.0
            ),
        ),
        {"points": points},
    )
