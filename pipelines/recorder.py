"""Writes of a call that must happen in order but that nobody should wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from loguru import logger

from voiceagent.errors import VoiceAgentError

Write = Callable[[], Awaitable[object]]


class Recorder:
    """One call's ordered background writer: turns, journal, events.

    The queue is bounded; when the database stalls so long that it fills up, the newest write is
    dropped and counted, and the call goes on.

    Args:
        limit: writes that may wait.
    """

    def __init__(self, *, limit: int = 256) -> None:
        self._queue: asyncio.Queue[Write] = asyncio.Queue(limit)
        self.dropped = 0
        self.failed = 0

    def put(self, write: Write) -> None:
        """Queue a write; it runs after all earlier ones."""
        try:
            self._queue.put_nowait(write)
        except asyncio.QueueFull:
            self.dropped += 1
            logger.warning("recorder.full: {} writes dropped", self.dropped)

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            write = await self._queue.get()
            try:
                await write()
            except VoiceAgentError as error:
                self.failed += 1
                logger.warning("recorder.failed: {}", error.code)
            finally:
                self._queue.task_done()

    async def drained(self) -> None:
        """Wait until everything queued so far has been written."""
        await self._queue.join()
