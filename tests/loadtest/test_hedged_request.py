from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from loadtest.bench.server.hedged_request import HedgedRequest


class Request:
    """Answers, fails or waits, as the test says; `gone` when it was let go."""

    def __init__(self) -> None:
        self.outcome: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.gone = False

    async def run(self) -> str:
        try:
            return await self.outcome
        except asyncio.CancelledError:
            self.gone = True
            raise


@asynccontextmanager
async def racing(count: int) -> AsyncIterator[tuple[HedgedRequest, list[Request]]]:
    async with asyncio.TaskGroup() as tasks:
        race, requests = HedgedRequest(tasks), [Request() for _ in range(count)]
        for request in requests:
            race.enter(request.run())
        await asyncio.sleep(0)
        yield race, requests


@pytest.mark.parametrize("winner", [0, 1])
async def test_the_first_answer_counts_and_the_others_are_let_go(winner: int) -> None:
    async with racing(2) as (race, requests):
        requests[winner].outcome.set_result("yes")
        assert await race.answer() == "yes"
        await asyncio.sleep(0)
        assert requests[1 - winner].gone
        assert race.over


async def test_a_request_that_fails_leaves_the_others_running() -> None:
    async with racing(2) as (race, (one, two)):
        one.outcome.set_exception(ConnectionError("lost"))
        await asyncio.sleep(0)
        assert not race.over
        two.outcome.set_result("yes")
        assert await race.answer() == "yes"


async def test_the_last_failure_is_the_answer_when_all_fail() -> None:
    async with racing(2) as (race, (one, two)):
        one.outcome.set_exception(ConnectionError("first"))
        await asyncio.sleep(0)
        two.outcome.set_exception(ConnectionError("second"))
        with pytest.raises(ConnectionError, match="second"):
            await race.answer()


async def test_an_answer_from_elsewhere_ends_it() -> None:
    async with racing(1) as (race, (one,)):
        race.settle("from the house")
        assert await race.answer() == "from the house"
        await asyncio.sleep(0)
        assert one.gone


async def test_a_closed_race_has_no_answer_and_no_requests() -> None:
    async with racing(1) as (race, (one,)):
        waiting = asyncio.create_task(race.answer())
        await asyncio.sleep(0)
        race.close()
        assert await waiting == ""
        await asyncio.sleep(0)
        assert one.gone
        race.settle("too late")
        assert await race.answer() == ""


async def test_requests_that_fail_at_once_leave_a_failure_and_not_a_wait() -> None:
    async with racing(2) as (race, (one, two)):
        one.outcome.set_exception(ConnectionError("first"))
        two.outcome.set_exception(ConnectionError("second"))
        with pytest.raises(ConnectionError):
            await race.answer()


async def test_requests_end_with_their_group() -> None:
    let_go: list[Request] = []

    async def dies_in_the_middle() -> None:
        async with racing(2) as (_, requests):
            let_go.extend(requests)
            raise ConnectionError

    with pytest.raises(ExceptionGroup):
        await dies_in_the_middle()
    assert [request.gone for request in let_go] == [True, True]
