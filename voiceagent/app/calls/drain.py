"""The end of a worker: calls end by themselves, then with a person, and then it is over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from voiceagent.app.calls.book import CallBook, Intake
from voiceagent.app.calls.hand_over import STOPPING, HandOver
from voiceagent.core.call_life import TALKING
from voiceagent.core.wire import LineEnd

SETTLED_S: Final = 150.0
"""How long a server that has no more calls waits for the last questions of the carrier."""

POLL_S: Final = 0.1


class Drain:
    """Empties a call book.

    Args:
        book: the worker's calls.
        hand_over: connects callers with a person.
    """

    def __init__(self, book: CallBook, hand_over: HandOver) -> None:
        self._book = book
        self._hand_over = hand_over

    async def run(
        self, limit_s: float, *, at_once: asyncio.Event, announced: Callable[[], int]
    ) -> None:
        """See `CallManager.drain`."""
        await _until(lambda: not self._book.live() and not announced(), limit_s, at_once)
        if not at_once.is_set():
            self._book.intake = Intake.HANDING_OVER
            async with asyncio.TaskGroup() as tasks:
                handing = tasks.create_task(self._hand_all_over())
                await _until(lambda: handing.done() and self._book.all_is_said, SETTLED_S, at_once)
                handing.cancel()
        self._book.intake = Intake.CUT
        for call in self._book.live():
            if call.served is not None:
                call.served.close(LineEnd.FAILED)
            self._hand_over.over(call.call_sid)

    async def _hand_all_over(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for call in self._book.live():
                if call.stage in TALKING and call.served is not None:
                    handed = self._hand_over.hand_over(call, call.served, STOPPING)
                    tasks.create_task(handed)


async def _until(done: Callable[[], bool], limit_s: float, at_once: asyncio.Event) -> None:
    """Wait for what is looked at now and then; no longer than allowed."""
    with suppress(TimeoutError):
        async with asyncio.timeout(limit_s):
            while not done() and not at_once.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL_S):
                        await at_once.wait()
