"""Circuit breakers of this worker, and of all workers through a real server: one contract."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from connectors.gates import OwnGate
from connectors.redis.gate import RedisGate
from tests.support.valkey import valkey
from voiceagent.app.gates import DISPATCHER, gates_for
from voiceagent.app.settings import Settings
from voiceagent.core.breaker import OUTSIDE
from voiceagent.ports.gate import Gate

SOON_S = 0.05
LONG_S = 30.0


@dataclass
class Room:
    """Gates of one part, each another worker's."""

    gate: Callable[[], Gate]
    shared: bool


@pytest.fixture(params=["own", "redis"])
async def room(request: pytest.FixtureRequest) -> AsyncIterator[Room]:
    monotonic = asyncio.get_running_loop().time
    if request.param == "own":
        yield Room(lambda: OwnGate(monotonic), shared=False)
        return
    async with valkey() as url, Redis.from_url(url) as redis:
        yield Room(lambda: redis_gate(redis), shared=True)


def redis_gate(redis: Redis) -> RedisGate:
    own = OwnGate(asyncio.get_running_loop().time)
    return RedisGate(redis, "parts", OUTSIDE, own, patience_s=LONG_S)


async def broken(gate: Gate) -> None:
    for _ in range(5):
        assert await gate.admits()
        await gate.failed()


async def a_trial(gate: Gate) -> None:
    """It was left alone for a moment, and somebody was let in to try."""
    await gate.failed(retry_after_s=SOON_S)
    while not await gate.admits():  # noqa: ASYNC110 - the server's clock tells when
        await asyncio.sleep(SOON_S)


async def test_five_failures_in_a_row_open_it_and_one_success_between_does_not(room: Room) -> None:
    gate = room.gate()
    for _ in range(4):
        await gate.failed()
    await gate.succeeded()
    await broken(gate)
    assert not await gate.admits()


async def test_when_its_time_is_over_one_tries_and_the_others_wait(room: Room) -> None:
    gate = room.gate()
    await a_trial(gate)
    assert [await gate.admits() for _ in range(3)] == [False] * 3
    await gate.succeeded()
    assert await gate.admits()
    assert await gate.admits()


async def test_a_trial_that_fails_opens_it_again(room: Room) -> None:
    gate = room.gate()
    await a_trial(gate)
    await gate.failed()
    assert not await gate.admits()


async def test_one_that_says_when_to_come_back_is_left_alone_at_once(room: Room) -> None:
    gate = room.gate()
    await gate.failed(retry_after_s=30.0)
    assert not await gate.admits()


async def test_workers_share_what_they_know_where_they_can(room: Room) -> None:
    one, other = room.gate(), room.gate()
    await broken(one)
    assert await other.admits() is not room.shared


async def test_of_many_workers_at_once_one_tries() -> None:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(valkey())
        workers = [
            redis_gate(await stack.enter_async_context(Redis.from_url(url))) for _ in range(8)
        ]
        await workers[0].failed(retry_after_s=SOON_S)
        let_in = [False]
        while not any(let_in):
            let_in = await asyncio.gather(*(one.admits() for one in workers))
            await asyncio.sleep(SOON_S)
        assert sum(let_in) == 1


async def test_while_the_server_is_away_each_worker_has_its_own() -> None:
    async with valkey() as url, Redis.from_url(url) as redis:
        one, other = redis_gate(redis), redis_gate(redis)
    await broken(one)  # the server is gone by now
    assert not await one.admits()
    assert await other.admits()


async def test_what_somebody_else_wrote_there_opens_nothing() -> None:
    async with valkey() as url, Redis.from_url(url) as redis:
        await redis.set("voiceagent:breaker:parts", "[1]")
        assert await redis_gate(redis).admits()


async def test_by_these_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.redis.gate.PATIENCE_S", LONG_S)
    monotonic = asyncio.get_running_loop().time
    async with gates_for(Settings.read(), monotonic) as gates:
        assert isinstance(gates("parts"), OwnGate)
    async with valkey() as url:
        settings = Settings.read().model_copy(update={"redis_url": SecretStr(url)})
        async with (
            gates_for(settings, monotonic) as first,
            gates_for(settings, monotonic) as second,
        ):
            await broken(first("parts"))
            assert not await second("parts").admits()
            assert await second(DISPATCHER).admits()
