"""Many calls with one script: a bounded helper for tests and small measurements.

Every call runs in this one process and on one event loop; run it under uvloop and on a core of its
own for figures, and discard a run in which `late_share` exceeds 0.02.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from loadtest.carrier import CarrierEmulator
from loadtest.report import CallEvent, CallReport, EndedBy
from loadtest.script import CallerScript

MAX_CALLS: Final = 10_000
_PROPER_ENDS: Final = frozenset({EndedBy.AGENT, EndedBy.CALLER, EndedBy.TRANSFERRED})


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures over several calls; milliseconds, None without any answered turn.

    Attributes:
        calls: reports looked at.
        proper: calls that ended as a caller would wish: by the agent, by the script, transferred.
        refused: calls that the engine did not take.
        turns: caller turns with speech.
        answered: of these, turns with a voice-to-voice time that counts.
        v2v_p50_ms: median voice-to-voice time.
        v2v_p95_ms: 95th percentile.
        v2v_p99_ms: 99th percentile.
        underruns: chops heard, over all calls.
        late_share: caller frames that were late by our own clock, of all sent.
    """

    calls: int
    proper: int
    refused: int
    turns: int
    answered: int
    v2v_p50_ms: float | None
    v2v_p95_ms: float | None
    v2v_p99_ms: float | None
    underruns: int
    late_share: float


async def run_calls(
    carrier: CarrierEmulator,
    script: CallerScript,
    n: int,
    *,
    concurrency: int,
    webhook_url: str,
    to_number: str,
    from_number: Callable[[int], str] | None = None,
    starts_per_s: float = 50.0,
    max_s: float = 600.0,
    on_event: Callable[[CallEvent], None] | None = None,
) -> tuple[CallReport, ...]:
    """Places `n` calls, at most `concurrency` at a time; reports in order of placing.

    Args:
        carrier: running.
        script: the same for all.
        n: 1 to 10,000.
        concurrency: calls alive at once, ≥ 1.
        webhook_url: the engine's voice webhook.
        to_number: called number.
        from_number: caller of call `i`; default +15550100000 + i, one customer a call.
        starts_per_s: at most so many calls are begun in a second; it also spreads the lines'
            20 ms ticks.
        max_s: longest call.
        on_event: progress of all calls.

    Raises:
        ValueError: a number out of range.
    """
    if not 1 <= n <= MAX_CALLS or concurrency < 1 or starts_per_s <= 0:
        raise ValueError(f"{n} calls, {concurrency} at a time, {starts_per_s} a second")
    caller_of = from_number or _default_number
    free = asyncio.Semaphore(concurrency)

    async def one(index: int) -> CallReport:
        try:
            return await carrier.place_call(
                webhook_url=webhook_url,
                script=script,
                from_number=caller_of(index),
                to_number=to_number,
                max_s=max_s,
                on_event=on_event,
            )
        finally:
            free.release()

    tasks: list[asyncio.Task[CallReport]] = []
    async with asyncio.TaskGroup() as group:
        for index in range(n):
            await free.acquire()
            tasks.append(group.create_task(one(index)))
            await asyncio.sleep(1 / starts_per_s)
    return tuple(task.result() for task in tasks)


def summarise(reports: Sequence[CallReport]) -> Summary:
    """Percentiles and counts over calls; turns that ended under the agent's voice are left out."""
    times_ms = [value for report in reports for value in report.v2v_ms]
    p50, p95, p99 = (_percentile(times_ms, share) for share in (50, 95, 99))
    sent = sum(report.frames_sent for report in reports)
    return Summary(
        calls=len(reports),
        proper=sum(r.ended_by in _PROPER_ENDS and r.failure is None for r in reports),
        refused=sum(report.ended_by is EndedBy.REFUSED for report in reports),
        turns=sum(turn.speech_end_s is not None for r in reports for turn in r.turns),
        answered=len(times_ms),
        v2v_p50_ms=p50,
        v2v_p95_ms=p95,
        v2v_p99_ms=p99,
        underruns=sum(report.underruns for report in reports),
        late_share=sum(report.frames_late for report in reports) / sent if sent else 0.0,
    )


def _percentile(values: Sequence[float], share: float) -> float | None:
    return round(float(np.percentile(values, share)), 2) if values else None


def _default_number(index: int) -> str:
    return f"+1555{100_000 + index:07d}"
