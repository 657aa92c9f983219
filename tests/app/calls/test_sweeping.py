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
from voiceagent.ports.calls import Swept


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
        self.waiting = 0
        self.sweeps: list[float] = []

    async def beat(self) -> bool:
        return self.others

    async def sweep(self, live: list[CallId]) -> Swept:
        del live
        self.sweeps.append(asyncio.get_running_loop().time())
        return Swept(spared=self.waiting)


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


def test_it_sweeps_until_nobody_waits_for_a_person_any_more() -> None:
    """Their worker has died; their call gets its outcome when the hand-off has ended."""

    async def scene() -> None:
        calls = Beats()
        calls.others, calls.waiting = False, 1
        async with asyncio.TaskGroup() as tasks:
            sweeper = Sweeper(cast("Any", calls), CallBook(LoopClock(START)))
            sweeping = tasks.create_task(sweeper.run(20.0))
            await asyncio.sleep(400.0)
            before = len(calls.sweeps)
            assert before > 380 / AGAIN_S - 10
            calls.waiting = 0
            await asyncio.sleep(60.0)
            assert len(calls.sweeps) - before == 1
            sweeping.cancel()

    run(scene())


class Ends:
    """Hears how calls end."""

    def __init__(self) -> None:
        self.heard: list[tuple[Outcome | None, str]] = []

    def ended(self, outcome: Outcome | None, *, channel: str) -> None:
        self.heard.append((outcome, channel))

    def left(self, counts: object) -> None:
        """Nothing here leaves a line."""

    def turned_away(self, why: object) -> None:
        """Nor is anybody turned away."""


def test_what_is_swept_is_counted_as_any_call_is() -> None:
    async def scene() -> None:
        async with world() as here:
            await left_open(here, 1)
            await left_open(here, 2)
            meter = Ends()
            sweeper = Sweeper(here.calls, CallBook(LoopClock(START)), meter)
            assert await sweeper.sweep()
            assert meter.heard == [(Outcome.FAILED, "voice")] * 2
            assert await sweeper.sweep()
            assert len(meter.heard) == 2

    run(scene())


def test_a_request_of_another_system_is_left_alone_while_it_is_in_flight() -> None:
    async def scene() -> None:
        async with world() as here:
            sweeper = Sweeper(here.calls, CallBook(LoopClock(START)))
            call = CallStart(CallId(str(uuid.uuid4())), sid(1), "rest", "", "")
            async with sweeper.spared(call.call_id):
                await here.calls.open(call)
                assert await sweeper.sweep()
                assert here.outcomes == {sid(1): None}
            assert await sweeper.sweep()
            assert here.outcomes == {sid(1): Outcome.FAILED}

    run(scene())


class Slow(ShakyCalls):
    """A sweep takes a while."""

    def __init__(self) -> None:
        super().__init__(None)
        self.sweeping = asyncio.Event()
        self.go_on = asyncio.Event()

    async def sweep(self, live: list[CallId]) -> Swept:
        del live
        self.sweeping.set()
        await self.go_on.wait()
        return Swept()


def test_a_request_waits_for_a_sweep_that_does_not_know_of_it() -> None:
    async def scene() -> None:
        calls = Slow()
        sweeper = Sweeper(cast("Any", calls), CallBook(LoopClock(START)))
        opened = asyncio.Event()

        async def asks() -> None:
            async with sweeper.spared(CallId(str(uuid.uuid4()))):
                opened.set()

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(sweeper.sweep())
            await calls.sweeping.wait()
            tasks.create_task(asks())
            await asyncio.sleep(1)
            assert not opened.is_set()
            calls.go_on.set()
        assert opened.is_set()

    run(scene())
