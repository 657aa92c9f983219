"""G7, memory: the slope of a line through resident memory at several numbers of calls.

A fresh server for each number.
"""

from __future__ import annotations

from typing import Final

import uvloop

from loadtest.bench.goals.runs import Given, hear
from loadtest.bench.goals.trend import slope
from loadtest.bench.goals.verdicts import SERVER_OPTIONS, GoalFinding, GoalReport
from loadtest.bench.subjects import server

MEMORY_CALLS: Final = (20, 100, 200)
MEMORY_S: Final = 20.0


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
