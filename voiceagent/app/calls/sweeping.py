"""Calls that earlier runs of the server have left open get their outcome, and no others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from loguru import logger

from voiceagent.app.calls.book import CallBook
from voiceagent.domain.records import CallId
from voiceagent.errors import Unavailable
from voiceagent.ports.calls import Calls
from voiceagent.ports.meter import CallMeter, Unmetered

BEAT_S: Final = 1.5
"""Between signs of life; a few of them fit into the time after which the store gives a run up."""

AGAIN_S: Final = 2.0
"""Between sweeps while another run may still leave calls behind."""


class Sweeper:
    """Sweeps, never while a call of ours is put on record.

    The store knows that row before the call book does, so a sweep between the two would end it.

    Args:
        calls: what is swept.
        book: the calls that are ours and live.
        meter: hears of every outcome.
    """

    def __init__(self, calls: Calls, book: CallBook, meter: CallMeter | None = None) -> None:
        self._calls = calls
        self._book = book
        self._meter = meter or Unmetered()
        self._spared: set[CallId] = set()
        self._rests = asyncio.Event()
        self._rests.set()
        self._others = True

    async def rests(self) -> None:
        """Wait until no sweep is under way."""
        await self._rests.wait()

    @asynccontextmanager
    async def spared(self, call_id: CallId) -> AsyncIterator[None]:
        """A call of ours that is in no book, such as a request of another system, for a block.

        It is to be put on record within the block: a sweep that is under way is waited for.
        """
        while not self._rests.is_set():
            await self._rests.wait()
        self._spared.add(call_id)
        try:
            yield
        finally:
            self._spared.discard(call_id)

    async def sweep(self) -> bool:
        """Sweep; False when that has to be done again.

        Because a call is just being opened, or because a caller waits for a person, whose own
        worker has died: such a call has its outcome when that has ended.
        """
        if self._book.waiting:
            return False
        self._rests.clear()
        try:
            done = await self._calls.sweep([*self._book.owed, *self._spared])
        except Unavailable as error:
            logger.warning("calls.left_open: by an earlier run, for now: {}", error.code)
            return False
        finally:
            self._rests.set()
        for one in done.closed:
            self._meter.ended(one.outcome, channel=one.channel)
        if swept := len(done.closed):
            logger.warning("calls.swept: {} of an earlier run were closed", swept)
        return not done.spared

    async def run(self, grace_s: float) -> None:
        """Sweep after `grace_s`, in which the carrier may bring calls back.

        While a run that is being replaced lives, its calls are its own; when it has ended, what it
        left is swept, and the calls of those who wait for a person when they wait no more. Between
        the looks this run tells the store that it lives.
        """
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._live())
            await asyncio.sleep(grace_s)
            swept = False
            while not swept or self._others:
                others = self._others  # asked before: who ends meanwhile is swept once more
                swept = await self.sweep() and not others
                await asyncio.sleep(AGAIN_S)

    async def _live(self) -> None:
        failing = False
        while True:
            try:
                self._others = await self._calls.beat()
                failing = False
            except Unavailable as error:
                if not failing:
                    logger.warning("calls.beat: {}; our calls may be taken for lost", error.code)
                failing = True
            await asyncio.sleep(BEAT_S)
