"""G9: more callers than places, and more callers than the core carries.

* **Rings beyond the places.** The bench server with N places (`serve --bench --places N`) has the
  webhook and the reservation of the real engine (signature, room, token). One and a half times N
  callers ring within a second. Those who are let in connect with their token and talk; those who
  are refused ring again every two seconds, so that refusing is measured beside N live calls too.
* **No places.** As many callers as the core cannot carry connect straight to the media socket of a
  bench server without a door. Its ladder (`/metrics`: shedding, room) must act, and what callers
  hear of it is measured: late frames, voice-to-voice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from typing import Final

import uvloop

from loadtest.bench.goals.runs import Given, fit, hear
from loadtest.bench.goals.telephone import CarrierAccount, Rung, Switchboard, switchboard
from loadtest.bench.goals.verdicts import SERVER_OPTIONS, GoalFinding, GoalReport
from loadtest.bench.measured import Measured
from loadtest.bench.report import SLOWER, percentiles
from loadtest.bench.speech import SPEECH
from loadtest.bench.subjects import Server, server
from loadtest.bench.swarm import measure
from loadtest.bench.swarm_caller import SwarmCaller
from loadtest.simulator.recording import Recording

BENCH: Final = CarrierAccount("AC" + "0" * 32, "0" * 32)
"""The bench server's own; everybody knows it."""

PLACES: Final = 100
RING_S: Final = 1.0
AGAIN_S: Final = 2.0
REFUSED_MS: Final = 50.0
BEYOND: Final = 1.5
FLOOD: Final = 300
"""Calls of the second experiment; the core has never held more than 250."""

LOOK_S: Final = 1.0


@dataclass(slots=True)
class Rings:
    """What callers who rang were told."""

    admitted: list[Rung] = field(default_factory=list)
    refused: list[Rung] = field(default_factory=list)
    """In the first second."""
    again: list[Rung] = field(default_factory=list)
    """Beside the live calls."""
    failed: int = 0

    def note(self, rung: Rung) -> None:
        """Take a first answer."""
        (self.admitted if rung.media else self.refused).append(rung)


def dialled(rung: Rung) -> bool:
    """Whether a refusal hands the caller to a person or takes a message."""
    return "<Dial" in rung.document or "<Record" in rung.document


async def _ring(board: Switchboard, rings: Rings, after_s: float) -> None:
    await asyncio.sleep(after_s)
    rings.note(await board.ring())


async def _again(board: Switchboard, rings: Rings) -> None:
    """The refused, each every `AGAIN_S`, until cancelled."""
    callers = max(1, len(rings.refused))
    while True:
        rings.again.append(await board.ring())
        await asyncio.sleep(AGAIN_S / callers)


async def crowd(serving: Server, places: int, seconds: float) -> tuple[Rings, Measured]:
    """One and a half times `places` callers; what they were told and what the admitted heard."""
    rings, calling = Rings(), round(places * BEYOND)
    async with switchboard(BENCH, serving.url) as board:
        async with asyncio.TaskGroup() as ringing:
            for caller in range(calling):
                ringing.create_task(_ring(board, rings, caller * RING_S / calling))

        def caller_of(index: int) -> SwarmCaller:
            rung = rings.admitted[index]
            return SwarmCaller(index, call_sid=rung.call_sid, token=rung.token)

        again = asyncio.ensure_future(_again(board, rings))
        try:
            measured = await measure(
                len(rings.admitted),
                seconds,
                [Recording.read(SPEECH)],
                media=serving.media,
                stats=serving.stats,
                make=caller_of,
            )
        finally:
            again.cancel()
            await asyncio.wait([again])
    return rings, measured


def crowded(given: Given) -> GoalReport:
    """G9, rings beyond the places."""
    places, core = given.calls or PLACES, given.cores[0]
    with server("ours", SERVER_OPTIONS["G9"], core=core) as serving:
        one = uvloop.run(hear(serving, 1, given.seconds)).measured
    options = (*SERVER_OPTIONS["G9"], "--places", str(places))
    with server("ours", options, core=core) as serving:
        rings, measured = uvloop.run(crowd(serving, places, given.seconds))
    return GoalReport(
        "crowded",
        crowd_findings(places, rings, measured, one),
        {
            "places": places,
            "v2v_ms": percentiles(measured.v2v_ms),
            "refused_ms": [round(rung.answer_ms, 1) for rung in rings.refused],
            "again_ms": [round(rung.answer_ms, 1) for rung in rings.again],
            "admitted_answer_ms": percentiles([rung.answer_ms for rung in rings.admitted]),
        },
    )


def crowd_findings(
    places: int, rings: Rings, measured: Measured, one: Measured
) -> tuple[GoalFinding, ...]:
    """The verdicts of rings beyond the places."""
    alone, v2v_ms = percentiles(one.v2v_ms), percentiles(measured.v2v_ms)
    bound_ms = SLOWER * alone[1] if alone is not None else 0.0
    wrong = abs(len(rings.admitted) - places) + sum(bool(rung.media) for rung in rings.again)
    unkind = sum(not dialled(rung) for rung in (*rings.refused, *rings.again) if not rung.media)
    found = [
        GoalFinding("G9", f"calls let in beside or beyond {places} places", wrong, 0.0),
        GoalFinding("G9", "refusals without a person or a message", unkind, 0.0),
    ]
    for name, rungs in (("in the first second", rings.refused), ("beside live calls", rings.again)):
        answer_ms = percentiles([rung.answer_ms for rung in rungs])
        worst = max((rung.answer_ms for rung in rungs), default=None)
        what = f"refusal of {len(rungs)} rings {name}"
        found += [
            GoalFinding("G9", f"{what}, p99, ms", answer_ms[2] if answer_ms else None, REFUSED_MS),
            GoalFinding("G9", f"{what}, worst, ms", worst),
        ]
    lost = measured.dropped + measured.unanswered
    return (
        *found,
        GoalFinding("G9", "admitted calls dropped, turns unanswered", lost, 0.0),
        fit(
            measured,
            "G9",
            "V2V p95 of admitted calls, ms",
            v2v_ms[1] if v2v_ms else None,
            bound_ms,
        ),
    )


@dataclass(frozen=True, slots=True)
class Look:
    """The server's ladder at a moment of the run."""

    at_s: float
    lines: int
    shedding: int
    free_slots: int
    lag_p99_ms: float
    audibly_late: int
    underruns: int


def flooded(given: Given) -> GoalReport:
    """G9, no places."""
    calls = max(FLOOD, round((given.calls or 0) * BEYOND))
    looks: list[Look] = []
    with server("ours", SERVER_OPTIONS["G9"], core=given.cores[0]) as serving:
        heard = uvloop.run(hear(serving, calls, given.seconds, lambda: _look(serving, looks)))
    measured = heard.measured
    p50, p95, p99 = percentiles(measured.v2v_ms) or (None, None, None)
    return GoalReport(
        "flooded",
        (
            GoalFinding("G9", f"cores at {calls} calls without places", measured.cores),
            GoalFinding(
                "G9", "highest shedding the ladder took (1 lead .. 4 no new calls)", top(looks)
            ),
            GoalFinding(
                "G9", "places it offered at the end", looks[-1].free_slots if looks else None, 0.0
            ),
            GoalFinding(
                "G9",
                "scheduler lag p99, worst, ms",
                max((look.lag_p99_ms for look in looks), default=None),
            ),
            GoalFinding("G9", "late frames, share", measured.late_frames / max(1, measured.frames)),
            GoalFinding("G9", "V2V p50, ms", p50),
            GoalFinding("G9", "V2V p95, ms", p95),
            GoalFinding("G9", "V2V p99, ms", p99),
            GoalFinding("G9", "turns unanswered", measured.unanswered),
            GoalFinding("G9", "calls dropped without places", measured.dropped, 0.0),
            GoalFinding(
                "G9",
                "ticks of the callers that were late, share",
                measured.late_ticks / max(1, measured.ticks),
            ),
        ),
        {"calls": calls, "looks": [astuple(look) for look in looks]},
    )


def top(looks: Sequence[Look]) -> int | None:
    """The highest shedding seen."""
    return max((look.shedding for look in looks), default=None)


async def _look(serving: Server, looks: list[Look]) -> None:
    """Read the ladder every second until cancelled."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    while True:
        seen = await asyncio.to_thread(serving.metrics)
        looks.append(
            Look(
                round(loop.time() - began_s, 1),
                int(seen["media_lines"]),
                int(seen["media_load_shedding_level"]),
                int(seen["media_free_slots"]),
                round(seen['media_recent_tick_lag_seconds{point="p99"}'] * 1000, 1),
                int(seen["media_audibly_late_sends_total"]),
                int(seen["media_underruns_total"]),
            )
        )
        await asyncio.sleep(LOOK_S)
