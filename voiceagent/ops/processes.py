"""How a process of ours is asked to stop, and how one that it started is made to."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress


class StopRequest(asyncio.Event):
    """An event that also knows which signal set it, ``None`` when none did."""

    by: signal.Signals | None = None

    def signalled(self, by: signal.Signals) -> None:
        """Set the event; the first signal is remembered."""
        self.by = self.by or by
        self.set()


def asked_to_stop() -> StopRequest:
    """An event of the running loop that SIGTERM and SIGINT set from now on."""
    stop = StopRequest()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.signalled, name)
    return stop


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
