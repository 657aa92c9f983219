"""Many callers at once, from one process and one timer, and what they saw on the wire.

Every call streams recordings in real time, 20 ms a frame, one after the other with silence between,
phase-shifted against the other calls; plays what it is sent as the carrier would, echoes marks when
they are due, and writes down when what came. Nothing is taken from the server's own clocks.

    python -m loadtest.bench.swarm --calls 20 --seconds 30 --media ws://127.0.0.1:8100/media \
        --stats http://127.0.0.1:8100/stats

`--stats` must answer ``{"cpu": seconds, "rss": bytes, "tasks": n}`` of the serving process. Needs
`picows` and `uvloop` (``requirements-bench.lock``). A run in which the callers themselves were late
in more than 2 % of their ticks is void.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import uvloop
from picows import ws_connect

from loadtest.bench.measured import ANSWER_S, Measured, Stats, judged, read_stats
from loadtest.bench.speech import SpeechCycle
from loadtest.bench.swarm_caller import SpokenTurn, SwarmCaller
from loadtest.simulator.clock import now_s
from loadtest.simulator.metronome import FRAME_S
from loadtest.simulator.recording import Recording

CONNECT_EVERY_S: Final = 0.015
WARM_SHARE: Final = 0.3
"""Share of the run that is not counted."""


@dataclass(slots=True)
class Ticks:
    """The callers' own punctuality."""

    done: int = 0
    late: int = 0


async def measure(
    calls: int,
    seconds: float,
    recordings: Sequence[Recording],
    *,
    media: str,
    stats: str,
    warm_share: float = WARM_SHARE,
    make: Callable[[int], SwarmCaller] = SwarmCaller,
    spread: int = 1,
) -> Measured:
    """Play `calls` calls for `seconds`, of which the first `warm_share` is not counted.

    Args:
        calls: how many.
        seconds: how long, from when all have connected.
        recordings: what callers say, in turns.
        media: the server's socket.
        stats: the server's figures.
        warm_share: see above.
        make: a caller by its index, for whoever wants to keep more of what callers see.
        spread: groups of callers that send one after the other within a frame; 1: all in step.

    Raises:
        ValueError: a recording that does not fit.
        OSError: nobody listens there.
    """
    lines = [SpeechCycle.of(recording) for recording in recordings]
    before = await read_stats(stats)
    callers: list[SwarmCaller] = []
    for index in range(calls):
        caller = make(index)
        await ws_connect(lambda caller=caller: caller, media)
        caller.start()
        callers.append(caller)
        await asyncio.sleep(CONNECT_EVERY_S)
    ticks = Ticks()
    warm_s, warm = 0.0, before
    warming: asyncio.Task[Stats] | None = None
    began_s = now_s()
    while (at_s := now_s()) - began_s < seconds:
        if warming is None and at_s - began_s > warm_share * seconds:
            warm_s, warming = at_s, asyncio.create_task(read_stats(stats))
        tick, group = divmod(ticks.done, spread)
        for index in range(group, calls, spread):
            _speak(callers[index], lines, index, tick, calls)
        ticks.done += 1
        pause_s = began_s + ticks.done * FRAME_S / spread - now_s()
        if pause_s > 0:
            await asyncio.sleep(pause_s)
        else:
            ticks.late += 1
            await asyncio.sleep(0)
    if warming is not None:
        warm = await warming
    done_s, done = now_s(), await read_stats(stats)
    measured = _measured(callers, ticks, (warm_s, warm), (done_s, done), before)
    for caller in callers:
        caller.hang_up()
    return measured


def _speak(
    caller: SwarmCaller, lines: Sequence[SpeechCycle], index: int, tick: int, calls: int
) -> None:
    """One frame of one caller; callers begin one after the other over a whole cycle."""
    per_cycle = len(lines[0].frames)
    wait = index * per_cycle // calls
    cycle, at = divmod(tick - wait, per_cycle)
    line = lines[(index + cycle) % len(lines)]
    caller.media(line.frames[at] if cycle >= 0 else line.frames[-1])
    if cycle < 0:
        return
    if at == line.first:
        caller.turns.append(SpokenTurn(now_s()))
    if at == line.last:
        caller.turns[-1].end_s = now_s()


def _measured(
    callers: Sequence[SwarmCaller],
    ticks: Ticks,
    warm: tuple[float, Stats],
    done: tuple[float, Stats],
    before: Stats,
) -> Measured:
    v2v_ms: list[float] = []
    unanswered = split = 0
    for caller in callers:
        for turn in caller.turns:
            end_s = turn.end_s
            if end_s is None or end_s < warm[0] or end_s > done[0] - ANSWER_S:
                continue
            answer_ms, was_split = judged(caller.heard_s, turn.start_s, end_s)
            split += was_split
            if answer_ms is None:
                unanswered += 1
            else:
                v2v_ms.append(answer_ms)
    seconds, calls = done[0] - warm[0], len(callers)
    cpu_s = done[1].cpu_s - warm[1].cpu_s
    greeted = [
        c for c in callers if c.heard_s and (not c.turns or c.heard_s[0] < c.turns[0].start_s)
    ]
    return Measured(
        calls=calls,
        seconds=round(seconds, 2),
        cpu_ms_per_call_second=round(cpu_s / seconds / calls * 1000.0, 3),
        cores=round(cpu_s / seconds, 3),
        rss_mb=round(done[1].rss_bytes / 1e6, 1),
        rss_mb_per_call=round((done[1].rss_bytes - before.rss_bytes) / 1e6 / calls, 2),
        tasks=done[1].tasks,
        v2v_ms=tuple(v2v_ms),
        unanswered=unanswered,
        split=split,
        dropped=sum(caller.gone for caller in callers),
        frames=sum(caller.playout.frames for caller in callers),
        late_frames=sum(caller.playout.late_frames for caller in callers),
        first_audio_ms=tuple(round((c.heard_s[0] - c.started_s) * 1000.0, 1) for c in greeted),
        late_ticks=ticks.late,
        ticks=ticks.done,
    )


def main() -> None:
    """Measure once; print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m loadtest.bench.swarm")
    parser.add_argument("--calls", type=int, required=True)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--media", required=True)
    parser.add_argument("--stats", required=True)
    parser.add_argument("speech", nargs="+", type=Path, help="recordings, WAV")
    given = parser.parse_args()
    recordings = [Recording.read(path) for path in given.speech]
    measured = uvloop.run(
        measure(given.calls, given.seconds, recordings, media=given.media, stats=given.stats)
    )
    print(json.dumps(asdict(measured)))  # noqa: T201 - the command's result


if __name__ == "__main__":
    main()
