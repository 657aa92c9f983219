"""Writes of a call that must happen in order but that nobody should wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from loguru import logger

from voiceagent.domain.redact import Withhold
from voiceagent.errors import VoiceAgentError

Write = Callable[[], Awaitable[object]]
WriteWithout = Callable[[Withhold], Awaitable[object]]
"""A write of something said; it takes out of it what is known not to be kept by then."""


@dataclass(slots=True)
class _Hold:
    """Writes that wait until it is known what must be taken out of them."""

    settled: asyncio.Event = field(default_factory=asyncio.Event)
    withhold: Withhold = field(default_factory=Withhold)


class Recorder:
    """One call's ordered background writer: turns, journal, events.

    The queue is bounded; when the database stalls so long that it fills up, the newest write is
    dropped and counted, and the call goes on.

    Digits that may be the beginning of a card number hold back what is written from then on, until
    the next turn tells or the call is over. A crash in that time loses these writes: the successor
    asks once more. What must never be kept is better lost than kept and wiped out later.

    Args:
        limit: writes that may wait.
    """

    def __init__(self, *, limit: int = 256) -> None:
        self._queue: asyncio.Queue[tuple[_Hold, WriteWithout]] = asyncio.Queue(limit)
        self._hold = _Hold()
        self._hold.settled.set()
        self.dropped = 0
        self.failed = 0

    def put(self, write: Write) -> None:
        """Queue a write; it runs after all earlier ones."""
        self.put_said(lambda _: write())

    def put_said(self, write: WriteWithout) -> None:
        """Queue a write of what was said."""
        try:
            self._queue.put_nowait((self._hold, write))
        except asyncio.QueueFull:
            self.dropped += 1
            logger.warning("recorder.full: {} writes dropped", self.dropped)

    def hold(self) -> None:
        """Hold back what is put from now on; what is held already goes on being held."""
        if self._hold.settled.is_set():
            self._hold = _Hold()

    def release(self, secret: str = "") -> None:
        """Write what was held back, without the digits of `secret`."""
        if not self._hold.settled.is_set():
            self._hold.withhold = Withhold(secret)
            self._hold.settled.set()

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            hold, write = await self._queue.get()
            await hold.settled.wait()
            try:
                await write(hold.withhold)
            except VoiceAgentError as error:
                self.failed += 1
                logger.warning("recorder.failed: {}", error.code)
            finally:
                self._queue.task_done()

    async def drained(self) -> None:
        """Nothing more will be said: wait until everything queued so far has been written."""
        self.release()
        await self._queue.join()
