"""How a process of ours is asked to stop, how one that it started is made to, and what it took."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class StopRequest:
    """How far we were asked to stop: finish what goes on, or end `at_once`."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.at_once = asyncio.Event()
        self.by: signal.Signals | None = None
        """The first signal that asked; ``None`` when none did."""

    def ask(self, by: signal.Signals) -> None:
        """Once: finish and end. Twice: end at once."""
        self.by = self.by or by
        if self.asked.is_set():
            self.at_once.set()
        self.asked.set()


def asked_to_stop(*, from_terminal: bool = True) -> StopRequest:
    """What SIGTERM and SIGINT ask of the running loop's process from now on.

    Args:
        from_terminal: without it SIGINT is ignored. A terminal sends it to a process and to all
            that it has started; those are told what it means for them by SIGTERM.
    """
    stop = StopRequest()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.ask, signal.SIGTERM)
    if from_terminal:
        loop.add_signal_handler(signal.SIGINT, stop.ask, signal.SIGINT)
    else:
        loop.add_signal_handler(signal.SIGINT, _nothing)
    return stop


@contextmanager
def first_stop() -> Iterator[asyncio.Event]:
    """An event that the first SIGINT or SIGTERM within the block sets; the next end us as ever."""
    asked, loop = asyncio.Event(), asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def ask() -> None:
        asked.set()
        let_go()

    def let_go() -> None:
        for number, handler in before.items():
            if loop.remove_signal_handler(number):
                signal.signal(number, handler)  # that of `asyncio.run`, which cancels

    for number in before:
        loop.add_signal_handler(number, ask)
    try:
        yield asked
    finally:
        let_go()


def _nothing() -> None:
    """A signal that is somebody else's."""


async def end(process: asyncio.subprocess.Process, *, within_s: float) -> None:
    """Ask a child to stop and wait for it; insist when it takes longer than `within_s`."""
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(within_s):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def cpu_s(pid: int) -> float | None:
    """Processor time of a process and of all that it has started, seconds.

    None where it cannot be told: there is no such process, or no ``/proc``. The time of a
    child that has ended is its parent's. Source: proc_pid_stat(5).
    """
    try:
        # The name stands in brackets and may hold anything, brackets and blanks too.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        lists = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return None
    own = sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")
    children = [int(child) for text in lists for child in text.split()]
    return own + sum(cpu_s(child) or 0.0 for child in children)
