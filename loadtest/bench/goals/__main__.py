"""The performance goals, each with its figure and its verdict.

    ./run bench goals                     all of them
    ./run bench goals --only G6,G8 --calls 120 --seconds 30

Results go to ``bench/results/goals.json`` and ``goals.md``. Exit status 1 when a goal was missed.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from loadtest.bench.goals import added, greeting, memory, overload, providers, punctual, whole
from loadtest.bench.goals.runs import Given
from loadtest.bench.goals.verdicts import GoalReport, about, keep
from loadtest.bench.subjects import ROOT, two_cores

EXPERIMENTS: Final[Mapping[str, Sequence[Callable[[Given], GoalReport]]]] = MappingProxyType(
    {
        "G2": (providers.sockets,),
        "G3": (added.added,),
        "G4": (whole.whole,),
        "G6": (punctual.punctual,),
        "G7": (memory.memory,),
        "G8": (greeting.greeting,),
        "G9": (overload.crowded, overload.flooded),
    }
)
SECONDS: Final = 30.0


def main() -> int:
    """Measure; print and keep."""
    parser = argparse.ArgumentParser(prog="./run bench goals", description=__doc__)
    parser.add_argument("--only", help="goals, e.g. G6,G8", default=",".join(EXPERIMENTS))
    parser.add_argument("--calls", type=int, help="where an experiment lets one choose")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="length of a run")
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results")
    given = parser.parse_args()
    chosen = given.only.split(",")
    if unknown := set(chosen) - set(EXPERIMENTS):
        parser.error(f"--only knows {', '.join(EXPERIMENTS)}, not {', '.join(sorted(unknown))}")
    cores = two_cores()
    os.sched_setaffinity(0, {cores[1]})
    reports = []
    for name in chosen:
        sys.stderr.write(f"{name} ...\n")
        for experiment in EXPERIMENTS[name]:
            report = experiment(Given(cores, given.calls, given.seconds, given.out))
            sys.stdout.writelines(f"{one.line}\n" for one in report.findings)
            sys.stdout.flush()
            reports.append(report)
            keep(reports, given.out, "goals", about())
    return int(any(report.missed for report in reports))


if __name__ == "__main__":
    sys.exit(main())
