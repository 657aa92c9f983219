"""What calls beside a flood, or a pause of the machine, hear: measured on the wire.

A bench server on a core of its own serves four calls; another process floods it. For every flood
the calls' dry buffers, reply times and ends are reported, and held against `Bounds`.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np

from loadtest.bench.measured import Measured
from loadtest.bench.speech import SPEECH
from loadtest.bench.subjects import Server, process, server, two_cores
from loadtest.bench.swarm import measure
from loadtest.simulator.recording import Recording
from tests.soak.attacks import KINDS

CALLS, SECONDS, PAUSE_S, CONNECTED_S = 4, 20.0, 11.0, 1.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a flood may do to the calls beside it.

    `late_frames`: frames after the carrier's buffer had run dry, of a thousand ·
    `reply_ms`: the slowest reply · `grown_mb`: memory kept · `cores`: of the server's.
    """

    late_frames: float = 1.0
    reply_ms: float = 1500.0
    grown_mb: float = 60.0
    cores: float = 0.9


def judged(kind: str, seen: Measured, grown_mb: float, bounds: Bounds) -> list[str]:
    """What is out of bounds."""
    late = 1000.0 * seen.late_frames / max(1, seen.frames)
    worst_ms = max(seen.v2v_ms, default=0.0)
    wrong = [f"{seen.dropped} calls were cut"] if seen.dropped else []
    if kind == "pause":  # nobody is answered while the machine stands still
        return wrong
    wrong += [f"{seen.unanswered} turns unanswered"] if seen.unanswered else []
    wrong += [] if seen.v2v_ms else ["no reply was heard"]
    wrong += [f"{late:.1f} of 1000 frames late"] if late > bounds.late_frames else []
    wrong += [f"a reply after {worst_ms:.0f} ms"] if worst_ms > bounds.reply_ms else []
    wrong += [f"{grown_mb:.0f} MB kept"] if grown_mb > bounds.grown_mb else []
    wrong += [f"{seen.cores:.2f} cores"] if seen.cores > bounds.cores else []
    return wrong


async def beside(kind: str, bench: Server, core: int) -> Measured:
    """The calls beside one kind of trouble."""
    recording = Recording.read(SPEECH)
    running = asyncio.create_task(
        measure(CALLS, SECONDS, [recording], media=bench.media, stats=bench.stats)
    )
    await asyncio.sleep(CONNECTED_S)  # a bench's calls are strangers too until then
    with ExitStack() as stack:
        if kind in KINDS:
            command = ("-m", "tests.soak.attacks", kind, str(bench.port), str(SECONDS))
            stack.enter_context(process(command, core=core))
        if kind == "pause":
            await asyncio.to_thread(bench.stall, PAUSE_S)
        return await running


async def all_kinds() -> int:
    """Every kind, each against a fresh server; how many hurt the calls beside them."""
    hurt = 0
    ours, theirs = two_cores()
    for kind in ("nothing", *KINDS, "pause"):
        with server("ours", core=ours) as bench:
            before = await asyncio.to_thread(bench.metrics)
            seen = await beside(kind, bench, theirs)
            figures = await asyncio.to_thread(bench.metrics)
            # Four calls' own memory is about 1 MB each; the rest was the flood's.
            grown_mb = seen.rss_mb_per_call * CALLS
        wrong = judged(kind, seen, grown_mb, Bounds())
        hurt += bool(wrong)
        verdict = "void: the callers were late" if seen.void else ", ".join(wrong) or "ok"
        v2v = seen.v2v_ms or (0.0,)
        dropped = figures.get("media_dropped_samples", 0) - before.get("media_dropped_samples", 0)
        sys.stdout.write(
            f"{kind:12} {seen.frames} frames, {seen.late_frames} late; replies p50 "
            f"{np.median(v2v):.0f} worst {max(v2v):.0f} ms, {seen.unanswered} missing; "
            f"{seen.dropped} calls cut; {seen.cores:.2f} cores, +{grown_mb:.0f} MB; "
            f"{dropped / 8000:.0f} s of sound dropped; {verdict}\n"
        )
        sys.stdout.flush()
    return hurt


if __name__ == "__main__":
    sys.exit(1 if asyncio.run(all_kinds()) else 0)
