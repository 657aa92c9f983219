"""Runs that need callers and nothing else, as the experiments of G3, G6 and G7 use them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from loadtest.bench.goals.lateness import Arrival
from loadtest.bench.goals.verdicts import GoalFinding
from loadtest.bench.measured import Measured
from loadtest.bench.speech import SPEECH
from loadtest.bench.subjects import Server
from loadtest.bench.swarm import measure
from loadtest.bench.swarm_caller import CountingPlayout, SwarmCaller
from loadtest.simulator.g711 import RATE_HZ
from loadtest.simulator.recording import Recording


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


class KeptPlayout(CountingPlayout):
    """A carrier's buffer that remembers what came when."""

    def __init__(self) -> None:
        super().__init__()
        self.arrivals: list[Arrival] = []

    def receive(self, at_8k: float, audio: bytes) -> float:
        """Sound came in."""
        self.arrivals.append((at_8k / RATE_HZ, len(audio) / RATE_HZ))
        return super().receive(at_8k, audio)


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
        playout = KeptPlayout()
        kept.append(playout)
        return SwarmCaller(index, playout=playout)

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


def fit(run: Measured, goal: str, what: str, value: float | None, most: float) -> GoalFinding:
    """A finding that is void when the callers were late."""
    return GoalFinding(goal, what, value, most, valid=not run.void, why="the callers were late")
