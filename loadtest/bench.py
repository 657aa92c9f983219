"""The side-by-side bench: the engine, a stock pipecat bot and a tuned one, under the same callers.

    ./run bench                      all three, ten minutes
    ./run bench --quick              two minutes
    ./run bench --only ours --calls 1,100,200 --seconds 30

Each run starts a fresh server pinned to one core and the callers (`loadtest.swarm`) pinned to
another; the subjects take turns, so that a machine that grows slower does so for all of them. The
servers have the same stub services and the same delays. Results go to ``bench/results``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

from loadtest.bench_report import Run, as_text, plot, save
from loadtest.clock import now_s
from loadtest.swarm import Measured

ROOT: Final = Path(__file__).resolve().parent.parent
SPEECH: Final = (ROOT / "audio_fixtures/golden/rms/i-need-to-reschedule-my-appointment.wav",)

SUBJECTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "stock": ("-m", "loadtest.baselines.pipecat_bot"),
        "tuned": ("-m", "loadtest.baselines.pipecat_bot", "--tuned"),
        "ours": ("-m", "voiceagent", "serve", "--bench"),
    }
)
CALLS: Final[Mapping[str, tuple[int, ...]]] = MappingProxyType(
    {"stock": (1, 10, 20), "tuned": (1, 10, 20), "ours": (1, 20, 100, 150, 200, 250)}
)
QUICK: Final[Mapping[str, tuple[int, ...]]] = MappingProxyType(
    {"stock": (10,), "tuned": (10,), "ours": (10, 100)}
)
SECONDS: Final = 25.0
QUICK_SECONDS: Final = 16.0
READY_S: Final = 60.0


class BenchError(RuntimeError):
    """The bench cannot run here, or a server did not come up."""


def main() -> None:
    """Measure, print the table, keep the results; ``panel`` measures the conversation instead."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:  # noqa: PLR2004 - one for each side
        raise BenchError("the bench needs two cores: one for the server, one for the callers")
    if sys.argv[1:2] == ["panel"]:
        sys.exit(_panel(sys.argv[2:], cores))
    given = _arguments()
    plan = [(subject, calls) for subject, counts in _counts(given).items() for calls in counts]
    plan.sort(key=lambda item: item[1])
    runs: list[Run] = []
    for subject, calls in plan:
        print(f"{subject}, {calls} calls ...", file=sys.stderr, flush=True)  # noqa: T201
        with _server(subject, given.turns, core=cores[0]) as (pid, port):
            seconds = given.seconds or (QUICK_SECONDS if given.quick else SECONDS)
            waited_s, began_s = _waited_s(pid), now_s()
            measured = _callers(calls, seconds, port, given.speech, core=cores[1])
            waited = (_waited_s(pid) - waited_s) / (now_s() - began_s)
        runs.append(Run(subject, measured, round(waited, 4)))
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
    """The conversation panel on ours, with the turn model; its exit status."""
    with _server("ours", "voice", core=cores[0]) as (_, port):
        url = f"ws://127.0.0.1:{port}/media"
        command = [sys.executable, "-m", "loadtest.panel", "--url", url, *options]
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
    parser.add_argument("--speech", nargs="+", type=Path, default=list(SPEECH))
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results")
    return parser.parse_args()


def _counts(given: argparse.Namespace) -> dict[str, Sequence[int]]:
    usual = QUICK if given.quick else CALLS
    chosen = given.only or tuple(SUBJECTS)
    if given.calls:
        counts = [int(part) for part in given.calls.split(",")]
        return dict.fromkeys(chosen, counts)
    return {subject: usual[subject] for subject in chosen}


@contextmanager
def _server(subject: str, turns: str, *, core: int) -> Iterator[tuple[int, int]]:
    """A server for a block, pinned; its process and its port."""
    port = _free_port()
    command = [sys.executable, *SUBJECTS[subject], "--port", str(port)]
    if subject == "ours":
        command += ["--turns", turns]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        os.sched_setaffinity(process.pid, {core})
        _wait_for(process, port)
        yield process.pid, port
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _waited_s(pid: int) -> float:
    """Seconds in which the process was ready to run and did not; 0 where Linux does not say."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    except OSError:
        return 0.0


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    until_s = now_s() + READY_S
    while now_s() < until_s:
        if process.poll() is not None:
            raise BenchError(f"the server ended with {process.returncode} before it was ready")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/stats", timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    raise BenchError("the server did not come up")


def _callers(
    calls: int, seconds: float, port: int, speech: Sequence[Path], *, core: int
) -> Measured:
    command = [
        sys.executable, "-m", "loadtest.swarm", "--calls", str(calls), "--seconds", str(seconds),
        "--media", f"ws://127.0.0.1:{port}/media", "--stats", f"http://127.0.0.1:{port}/stats",
        *(str(path.resolve()) for path in speech),
    ]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)  # noqa: S603
    os.sched_setaffinity(process.pid, {core})
    out, _ = process.communicate()
    if process.returncode:
        raise BenchError(f"the callers ended with {process.returncode}")
    return Measured.from_json(out)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
