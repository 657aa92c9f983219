"""G3, what the engine adds.

Voice-to-voice as the wire has it (the frame with the last sample of speech is sent, the first media
message of the reply comes) less what was asked for: the silence that the policy waits for after a
complete question (200 ms) and the stubs' own path (transcript 50 ms, first word 100 ms, first sound
50 ms). What is left is transport, voice detection, its 32 ms windows, the wheel's ticks, the
pipeline and the sending. Where speech ends is the recording's last sample less than 36 dB below its
peak; the voice model may hear the end of a fading word up to two windows earlier, so single values
can be below what the engine really adds. Measured without anything that works ahead of the caller's
end (`verdicts.SERVER_OPTIONS`).
"""

from __future__ import annotations

from typing import Final

import uvloop

from loadtest.bench.goals.runs import Given, fit, hear
from loadtest.bench.goals.verdicts import SERVER_OPTIONS, GoalFinding, GoalReport
from loadtest.bench.report import percentiles
from loadtest.bench.subjects import server

SILENCE_MS: Final = 200.0
STUBS_MS: Final = 50.0 + 100.0 + 50.0
STOCK_MOST: Final = 20
"""Calls of G3: the most that stock carries."""


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
