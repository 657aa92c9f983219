"""Work on disk beside the calls: one piece after the other, in a thread; no call waits for it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

Job = Callable[[], None]


class DiskQueue:
    """What waits to be done on disk. How much may wait is for those who put it here.

    Args:
        lost: told of each piece of work that failed, in the thread; the next one is done all the
            same.
    """

    def __init__(self, lost: Callable[[Exception], None]) -> None:
        self._lost = lost
        self._jobs: deque[tuple[Job, int]] = deque()
        self._added = asyncio.Event()
        self._order = asyncio.Lock()
        # Counted up only, each on one side of the thread.
        self._put_jobs = self._put_bytes = 0
        self._done_jobs = self._done_bytes = 0

    @property
    def waiting(self) -> int:
        """Pieces of work that are not done."""
        return self._put_jobs - self._done_jobs

    @property
    def waiting_bytes(self) -> int:
        """What they hold."""
        return self._put_bytes - self._done_bytes

    def put(self, job: Job, size_bytes: int = 0) -> None:
        """Do this when everything before it is done."""
        self._jobs.append((job, size_bytes))
        self._put_jobs += 1
        self._put_bytes += size_bytes
        self._added.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await self._added.wait()
            self._added.clear()
            await self.drained()

    async def drained(self) -> None:
        """Returns when all that waits is done."""
        async with self._order:
            while self._jobs:
                jobs, self._jobs = self._jobs, deque()
                await asyncio.to_thread(self._do_all, jobs)

    def _do_all(self, jobs: deque[tuple[Job, int]]) -> None:
        for job, size_bytes in jobs:
            try:
                job()
            except Exception as error:  # noqa: BLE001 - what is lost on disk ends no call
                self._lost(error)
            finally:
                self._done_jobs += 1
                self._done_bytes += size_bytes
