"""The sweep leaves alone what is being opened and what another run still serves."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any, cast

from tests.app.calls.world import START, ShakyCalls, World, sid, world
from tests.support.virtual_time import LoopClock, run
from voiceagent.app.calls.book import CallBook
from voiceagent.app.calls.sweeping import AGAIN_S, Sweeper
from voiceagent.domain.records import CallId, CallStart, Outcome


async def left_open(here: World, number: int) -> None:
    call_id = CallId(str(uuid.uuid4()))
    await here.calls.open(CallStart(call_id, sid(number), "voice", "", ""))


def test_a_call_that_is_being_opened_is_not_swept() -> None:
    """Its row is there before it is known here."""

    async def scene() -> None:
        async with world() as here:
            await left_open(here, 1)
            await left_open(here, 2)
            here.start(1)
            await asyncio.sleep(0.01)
            assert not await here.manager.sweeper.sweep()
            await asyncio.sleep(1)
            sweeping = here.tasks.create_task(here.manager.sweeper.sweep())
            await asyncio.sleep(0)
            here.start(3)  # waits for the sweep
            assert await sweeping
            await asyncio.sleep(1)
            assert here.outcomes == {sid(1): None, sid(2): Outcome.FAILED, sid(3): None}
            assert here.refused == []

    run(scene())


class Beats(ShakyCalls):
    """Another run lives until it is said to have ended."""

    def __init__(self) -> None:
        super().__init__(None)
        self.others = True
        self.sweeps: list[float] = []

    async def beat(self) -> bool:
        return self.others

    async def sweep(self, live: list[CallId]) -> int:
        del live
        self.sweeps.append(asyncio.get_running_loop().time())
        return 0


def test_it_sweeps_until_the_run_that_is_replaced_has_ended() -> None:
    async def scene() -> None:
        calls = Beats()
        async with asyncio.TaskGroup() as tasks:
            sweeper = Sweeper(cast("Any", calls), CallBook(LoopClock(START)))
            sweeping = tasks.create_task(sweeper.run(20.0))
            await asyncio.sleep(19.0)
            assert calls.sweeps == []
            await asyncio.sleep(900.0)
            before = len(calls.sweeps)
            assert before > 900 / AGAIN_S - 10
            calls.others = False
            await asyncio.sleep(60.0)
            assert 1 <= len(calls.sweeps) - before <= 3
            sweeping.cancel()

    run(scene())
