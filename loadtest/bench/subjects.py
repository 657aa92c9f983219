"""The servers that are measured: started fresh, pinned to a core, watched from outside.

Nothing of them is imported; they are command lines, `/stats`, `/metrics` and `/proc`.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO, Final

from loadtest.simulator.clock import now_s

ROOT: Final = Path(__file__).resolve().parents[2]
READY_S: Final = 60.0
STOP_S: Final = 20.0

SUBJECTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "stock": ("-m", "loadtest.bench.baselines.pipecat_bot"),
        "tuned": ("-m", "loadtest.bench.baselines.pipecat_bot", "--tuned"),
        "ours": ("-m", "voiceagent", "serve", "--bench"),
    }
)

_SAMPLE: Final = re.compile(r"^voiceagent_(\w+(?:\{[^}]*\})?) (\S+)$", re.MULTILINE)


class BenchError(RuntimeError):
    """The bench cannot run here, or a server did not come up."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    pid: int
    port: int

    @property
    def url(self) -> str:
        """Of its pages."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def stats(self) -> str:
        """Its figures."""
        return f"{self.url}/stats"

    @property
    def media(self) -> str:
        """Its media socket."""
        return f"ws://127.0.0.1:{self.port}/media"

    def waited_s(self) -> float:
        """Seconds in which it was ready to run and did not; 0 where Linux does not say."""
        try:
            return int(Path(f"/proc/{self.pid}/schedstat").read_text().split()[1]) / 1e9
        except OSError:
            return 0.0

    def threads(self) -> int:
        """Threads of the process; 0 where there is no ``/proc``."""
        return _entries(Path(f"/proc/{self.pid}/task"))

    def descriptors(self) -> int:
        """Open descriptors of the process; 0 where there is no ``/proc``."""
        return _entries(Path(f"/proc/{self.pid}/fd"))

    def metrics(self) -> dict[str, float]:
        """Its figures, by name without ``voiceagent_``, labels included; none when it has none.

        Raises:
            OSError: it does not answer.
        """
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=10) as answer:  # noqa: S310
            text: str = answer.read().decode()
        return {name: float(value) for name, value in _SAMPLE.findall(text)}

    def stall(self, seconds: float) -> None:
        """Stop the process for so long: what a page fault or a busy host does to it."""
        os.kill(self.pid, signal.SIGSTOP)
        try:
            time.sleep(seconds)
        finally:
            os.kill(self.pid, signal.SIGCONT)


def two_cores() -> tuple[int, int]:
    """The server's core and the callers'.

    Raises:
        BenchError: there are not two.
    """
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:  # noqa: PLR2004 - one for each side
        raise BenchError("the bench needs two cores: one for the server, one for the callers")
    return cores[0], cores[1]


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(subject: str, options: Sequence[str] = (), *, core: int) -> Iterator[Server]:
    """One of `SUBJECTS` for a block, pinned to a core.

    Raises:
        BenchError: it did not come up.
    """
    port = free_port()
    command = [*SUBJECTS[subject], "--port", str(port), *options]
    with process(command, core=core) as started:
        wait_for(started, f"http://127.0.0.1:{port}/stats")
        yield Server(started.pid, port)


@contextmanager
def process(
    arguments: Sequence[str],
    *,
    core: int,
    environment: Mapping[str, str] | None = None,
    log: IO[bytes] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """A Python process for a block, pinned to a core; ended at the end of the block.

    Args:
        arguments: of the interpreter.
        core: where it runs, with all it starts.
        environment: beside our own.
        log: where its log lines go; nowhere without.
    """
    sink = log or subprocess.DEVNULL
    started = subprocess.Popen(  # noqa: S603 - our own command line
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | dict(environment or {}),
        stdout=sink,
        stderr=sink,
    )
    try:
        os.sched_setaffinity(started.pid, {core})
        yield started
    finally:
        started.terminate()
        try:
            started.wait(STOP_S)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def wait_for(started: subprocess.Popen[bytes], url: str, within_s: float = READY_S) -> None:
    """Until a page of a starting server answers.

    Raises:
        BenchError: the server has ended, or takes too long.
    """
    until_s = now_s() + within_s
    while now_s() < until_s:
        if started.poll() is not None:
            raise BenchError(f"the server ended with {started.returncode} before it was ready")
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310 - a loopback URL
                return
        except OSError:
            time.sleep(0.2)
    raise BenchError("the server did not come up")


def _entries(folder: Path) -> int:
    try:
        return sum(1 for _ in folder.iterdir())
    except OSError:
        return 0
