"""The gate: all tests but those with a command of their own, in lanes side by side; each runs once.

What is measured in seconds, and what is recognised in a call's time, has the machine first, with
nothing beside it but rules at a low priority. Then everything else runs at once: calls over real
sockets take real time and little of a core, the others a core and no time of their own. Coverage is
measured where it may not fall (pyproject.toml); measuring makes a test two and a half times as
dear, so those that try the most are in a lane that does without.

    python -m tests.gate
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

MEASURED: Final = ("tests/core", "tests/domain", "tests/dialogue", "tests/language")
"""Whose coverage may not fall."""

ALONGSIDE: Final = ("tests/incidents",)
"""Runs rules from outside, and reaches lines of them that nothing else does."""

ENGINES: Final = tuple(
    f"tests/integration/test_{name}.py" for name in ("bench_server", "drain", "refusals", "workers")
)
"""Engines that come and go, and wait; hardly a word is recognised."""

CALLS: Final = ("tests/integration",)
"""Calls to engines; what of it is in `ENGINES` runs there."""

KEPT: Final = ("tests/golden", "tests/packaging", "tests/payments", "tests/store")
"""What keeps things in a database."""

COMMANDS: Final = ("tests/app",)
"""What starts commands, and the pages."""

TIMED: Final = ("tests/loadtest", "tests/offline")
"""Times that are measured, and speech that is recognised."""

APART: Final = ("tests/voice", "tests/matrix", "tests/peers", "tests/hand_off")
"""What has commands of its own: calls by voice, handing over, and matrices of which the gate has
samples."""

THOROUGH: Final = "thorough"
"""The mark of what tries much and reaches no line that others do not."""

BY_LINES: Final = ("--hypothesis-profile=measured",)
"""Fewer examples of each property where coverage is measured."""

BEHIND: Final = 10
A_RECORDING: Final = "audio_fixtures/reference/slt/01.wav"

STILL_S: Final = 30.0
"""How often the gate says that it is still at it."""


def _but(paths: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"--ignore={path}" for path in paths)


ELSEWHERE: Final = (*MEASURED, *ALONGSIDE, *CALLS, *TIMED, *KEPT, *COMMANDS)
"""What other lanes run."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One run of pytest, with these arguments; `after` names the lane it waits for."""

    name: str
    arguments: tuple[str, ...]
    niceness: int = 0
    after: str = ""


LANES: Final = (
    Lane("timed", TIMED),
    Lane("rules", (*MEASURED, *ALONGSIDE, *BY_LINES, "-m", f"not {THOROUGH}", "--cov"), BEHIND),
    Lane("calls", (*CALLS, *_but(ENGINES)), after="timed"),
    Lane("engines", ENGINES, after="timed"),
    Lane("kept", KEPT, BEHIND // 2, "timed"),  # waits the most: last, if it stood back as far
    Lane("commands", COMMANDS, BEHIND, "timed"),
    Lane("parts", ("tests", *_but((*ELSEWHERE, *APART))), BEHIND, "timed"),
    Lane("thorough", (*MEASURED, *ALONGSIDE, "-m", THOROUGH), BEHIND, after="rules"),
)


class Running:
    """A lane under way; its output is kept and shown once it is over."""

    def __init__(self, lane: Lane) -> None:
        self.name = lane.name
        self.began_s = time.monotonic()
        self._used_s = 0.0
        self._output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed when shown
        # One of its own: a run of pytest that starts closes the folder they share to the account of
        # a database that another run has started.
        self._folder = tempfile.TemporaryDirectory(prefix="voiceagent-gate-")
        behind = ["nice", "-n", str(lane.niceness)] if lane.niceness else []
        own = f"--basetemp={self._folder.name}/run"
        command = [*behind, sys.executable, "-m", "pytest", own, *lane.arguments]
        self._process = subprocess.Popen(command, stdout=self._output, stderr=subprocess.STDOUT)

    @property
    def status(self) -> int | None:
        """What it ended with, 0 when all passed; ``None`` while it runs."""
        before_s = _used_s()
        status = self._process.poll()
        self._used_s += _used_s() - before_s  # of all that it started, once it is over
        return status

    def show(self) -> None:
        """Print what it printed."""
        took_s = time.monotonic() - self.began_s
        how = "failed" if self.status else "passed"
        print(f"\n== {self.name}: {took_s:.0f} s, {self._used_s:.0f} s of a core, {how}")  # noqa: T201
        with self._output as output:
            output.seek(0)
            print(output.read().decode(errors="replace"), flush=True)  # noqa: T201
        self._folder.cleanup()

    def stop(self) -> None:
        """End it, when the gate is given up."""
        self._process.terminate()
        self._process.wait()


def _used_s() -> float:
    """What the lanes that are over have used of a processor."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> int:
    """Run all lanes; 0 when all passed."""
    os.chdir(Path(__file__).parents[1])
    print("Getting the recogniser's language ready, once for all lanes.", flush=True)  # noqa: T201
    subprocess.run([sys.executable, "-m", "voiceagent", "transcribe", A_RECORDING], check=True)
    print(f"Running {len(LANES)} lanes; about ten minutes on two cores.", flush=True)  # noqa: T201
    running = [Running(lane) for lane in LANES if not lane.after]
    shown_s, status = time.monotonic(), 0
    try:
        while running:
            for one in [lane for lane in running if lane.status is not None]:
                running.remove(one)
                running += [Running(lane) for lane in LANES if lane.after == one.name]
                one.show()
                status = status or one.status or 0
            if time.monotonic() - shown_s > STILL_S:
                shown_s = time.monotonic()
                print("still running: " + ", ".join(one.name for one in running), flush=True)  # noqa: T201
            time.sleep(0.2)
    finally:
        for one in running:
            one.stop()
    return status


if __name__ == "__main__":
    sys.exit(main())
