"""The side-by-side bench: the engine, a stock pipecat bot and a tuned one, under the same callers.

    ./run bench                      all three, ten minutes
    ./run bench --quick              two minutes
    ./run bench --only ours --calls 1,100,200 --seconds 30

Each run starts a fresh server pinned to one core and the callers (`loadtest.bench.swarm`) pinned to
another; the subjects take turns, so that a machine that grows slower does so for all of them. The
servers have the same stub services and the same delays. Results go to ``bench/results``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

from loadtest.bench.measured import Measured
from loadtest.bench.report import BenchRun, as_text, plot, save
from loadtest.bench.speech import SPEECH
from loadtest.bench.subjects import ROOT, SUBJECTS, BenchError, Server, server, two_cores
from loadtest.simulator.clock import now_s

CALLS: Final[Mapping[str, tuple[int, ...]]] = MappingProxyType(
    {"stock": (1, 10, 20), "tuned": (1, 10, 20), "ours": (1, 20, 100, 150, 200, 250)}
)
QUICK: Final[Mapping[str, tuple[int, ...]]] = MappingProxyType(
    {"stock": (10,), "tuned": (10,), "ours": (10, 100)}
)
MODULES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "goals": "loadtest.bench.goals",
        "soak": "loadtest.bench.goals.soak",
        "ears": "training.evaluate",
        "ears-live": "training.live",
        "ears-fields": "training.fields",
        "voice": "training.own_voice",
        "failover": "loadtest.bench.server.failover",
        "observability": "loadtest.bench.observability",
    }
)
"""Measurements with a command line of their own."""

SECONDS: Final = 25.0
QUICK_SECONDS: Final = 16.0


def main() -> None:
    """Measure, print the table, keep the results; ``panel`` measures the conversation instead."""
    cores = two_cores()
    if sys.argv[1:2] == ["panel"]:
        sys.exit(_panel(sys.argv[2:], cores))
    if sys.argv[1:2] and sys.argv[1] in MODULES:
        module = MODULES[sys.argv[1]]
        sys.exit(subprocess.call([sys.executable, "-m", module, *sys.argv[2:]], cwd=ROOT))  # noqa: S603
    given = _arguments()
    plan = [(subject, calls) for subject, counts in _counts(given).items() for calls in counts]
    plan.sort(key=lambda item: item[1])
    runs: list[BenchRun] = []
    for subject, calls in plan:
        print(f"{subject}, {calls} calls ...", file=sys.stderr, flush=True)  # noqa: T201
        options = ("--turns", given.turns) if subject == "ours" else ()
        with server(subject, options, core=cores[0]) as serving:
            seconds = given.seconds or (QUICK_SECONDS if given.quick else SECONDS)
            waited_s, began_s = serving.waited_s(), now_s()
            measured = callers(calls, seconds, serving, given.speech, core=cores[1])
            waited = (serving.waited_s() - waited_s) / (now_s() - began_s)
        runs.append(BenchRun(subject, measured, round(waited, 4)))
    about = (
        f"{datetime.now(UTC):%Y-%m-%d}, one pinned core of {os.cpu_count()} ({platform.machine()}),"
        f" Python {platform.python_version()}, turns of ours by {given.turns},"
        f" load average at the end {os.getloadavg()[0]:.1f}."
    )
    save(runs, given.out, about)
    plot(runs, given.out / "results.svg")
    if given.json:
        print(json.dumps([asdict(run) for run in runs]))  # noqa: T201 - the command's result
    else:
        print(f"{about}\n\n{as_text(runs)}\n\nKept in {given.out}")  # noqa: T201


def _panel(options: Sequence[str], cores: Sequence[int]) -> int:
    """The conversation panel on ours; its exit status. Its callers do not say the stub's words."""
    with server("ours", ("--turns", "model"), core=cores[0]) as serving:
        command = [sys.executable, "-m", "loadtest.panel", "--url", serving.media, *options]
        process = subprocess.Popen(command, cwd=ROOT)  # noqa: S603
        os.sched_setaffinity(process.pid, {cores[1]})
        return process.wait()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("--calls", help="numbers of calls, e.g. 1,10,20; the same for all")
    parser.add_argument("--seconds", type=float, help=f"length of a run, default {SECONDS:.0f}")
    parser.add_argument("--only", choices=tuple(SUBJECTS), action="append")
    parser.add_argument("--turns", choices=("words", "voice", "patience"), default="words")
    parser.add_argument("--quick", action="store_true", help="two minutes")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--speech", nargs="+", type=Path, default=[SPEECH])
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results")
    return parser.parse_args()


def _counts(given: argparse.Namespace) -> dict[str, Sequence[int]]:
    usual = QUICK if given.quick else CALLS
    chosen = given.only or tuple(SUBJECTS)
    if given.calls:
        counts = [int(part) for part in given.calls.split(",")]
        return dict.fromkeys(chosen, counts)
    return {subject: usual[subject] for subject in chosen}


def callers(
    calls: int, seconds: float, serving: Server, speech: Sequence[Path], *, core: int
) -> Measured:
    """Callers in a process of their own, pinned; what they measured.

    Raises:
        BenchError: they failed.
    """
    command = [
        sys.executable, "-m", "loadtest.bench.swarm",
        "--calls", str(calls), "--seconds", str(seconds),
        "--media", serving.media, "--stats", serving.stats,
        *(str(path.resolve()) for path in speech),
    ]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)  # noqa: S603
    os.sched_setaffinity(process.pid, {core})
    out, _ = process.communicate()
    if process.returncode:
        raise BenchError(f"the callers ended with {process.returncode}")
    return Measured.from_json(out)


if __name__ == "__main__":
    main()
