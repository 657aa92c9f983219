"""Figures and health may be asked for by anybody, as often as they like, at little cost."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator

import pytest
from aiohttp import ClientError, web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from tests.media.voice_by_level import VoiceByLevel
from voiceagent.app.web import bounded
from voiceagent.app.web.bounded import Asked, Fresh
from voiceagent.app.web.health import add_health
from voiceagent.core.audio.allowance import Rate
from voiceagent.core.clock import SystemClock
from voiceagent.errors import Unavailable
from voiceagent.media.scheduler import FrameScheduler


class Time:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


async def test_a_value_is_made_once_a_second_by_one_asker_for_all() -> None:
    clock, made = Time(), 0

    async def make() -> int:
        nonlocal made
        made += 1
        await asyncio.sleep(0)
        return made

    value = Fresh(make, clock)
    assert await asyncio.gather(*(value.get() for _ in range(50))) == [1] * 50
    clock.now_s = 0.99
    assert await value.get() == 1
    clock.now_s = 1.0
    assert await value.get() == 2


async def test_a_failure_is_told_and_not_kept() -> None:
    answers = [Unavailable("store.down", "No."), None]

    async def make() -> Unavailable | None:
        answer = answers.pop(0)
        if answer is not None:
            raise answer
        return answer

    value = Fresh(make, Time())
    with pytest.raises(Unavailable, match=r"store\.down"):
        await value.get()
    assert await value.get() is None


async def test_who_asks_too_often_is_put_off_and_soon_not_even_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bounded, "LATE_S", 0.05)
    monkeypatch.setattr(bounded, "LATE_MOST", 3)
    clock, counts = Time(), Counter[str]()

    async def page(_: web.Request) -> web.Response:
        return web.Response(text="figures")

    def count(code: str) -> None:
        counts[code] += 1

    app = web.Application()
    app.router.add_get("/", Asked(clock, count, Rate(1, 5)).bounded(page))
    async with TestClient(TestServer(app)) as client:

        async def ask() -> int:
            try:
                async with client.get("/") as answer:
                    return answer.status
            except ClientError:
                return 0

        assert [await ask() for _ in range(5)] == [200] * 5
        put_off = Counter(await asyncio.gather(*(ask() for _ in range(20))))
        assert put_off[429] >= 3
        assert put_off[200] == 0
        assert put_off[429] + put_off[0] == 20
        assert put_off[0] > 0
        assert counts["flood.requests"] >= 20
        clock.now_s = 1.0
        assert await ask() == 200


async def test_metrics_are_rendered_once_a_second_and_the_database_asked_as_often() -> None:
    registry, read, asked = CollectorRegistry(), 0, 0

    class Figures(Collector):
        def collect(self) -> Iterator[Metric]:
            nonlocal read
            read += 1
            yield GaugeMetricFamily("voiceagent_media_lines", "Lines", value=1.0)

    async def database() -> None:
        nonlocal asked
        asked += 1

    async def at_once() -> None:
        pass

    registry.register(Figures())
    read = 0  # a registry reads a collector's names once
    app = web.Application()
    add_health(
        app,
        registry,
        parts={},
        live_calls=lambda: 0,
        draining=lambda: False,
        database=database,
        sees_figures=lambda _: True,
        between_ticks=at_once,
        count=lambda _: None,
    )
    async with TestClient(TestServer(app)) as client:
        pages = [await (await client.get("/metrics")).text() for _ in range(60)]
        health = [(await client.get("/health")).status for _ in range(60)]
    assert all("voiceagent_media_lines 1.0" in page for page in pages)
    assert health == [200] * 60
    assert read <= 3
    assert asked <= 3


async def test_between_ticks_is_after_one_and_at_once_without_lines() -> None:
    scheduler = FrameScheduler(SystemClock(), VoiceByLevel(1))
    await asyncio.wait_for(scheduler.between_ticks(), 0.1)
    waiting = asyncio.create_task(scheduler.between_ticks())
    await asyncio.wait_for(waiting, 1.0)


class Away:
    """A database that is away when it is told to be, and counts who asks."""

    def __init__(self, *, away: bool) -> None:
        self.away = away
        self.asked = 0

    async def __call__(self) -> None:
        self.asked += 1
        if self.away:
            raise Unavailable("store.unreachable", "The database cannot be reached.")


@pytest.mark.parametrize(
    ("draining", "away", "status", "told_strangers", "told"),
    [
        (False, False, 200, "ok", "ok"),
        (False, True, 503, "unavailable", "store.unreachable"),
        (True, False, 503, "draining", "draining"),
        (True, True, 503, "draining", "draining"),
    ],
)
@pytest.mark.parametrize("known", [True, False])
async def test_ready_is_one_thing_and_alive_another(
    draining: bool, away: bool, status: int, told_strangers: str, told: str, known: bool
) -> None:
    async def at_once() -> None:
        pass

    database = Away(away=away)
    app = web.Application()
    add_health(
        app,
        CollectorRegistry(),
        parts={},
        live_calls=lambda: 2,
        draining=lambda: draining,
        database=database,
        sees_figures=lambda _: known,
        between_ticks=at_once,
        count=lambda _: None,
    )
    async with TestClient(TestServer(app)) as client:
        for path in ("/health", "/health/0"):
            ready = await client.get(path)
            body = await ready.json()
            assert (ready.status, body["status"]) == (status, told if known else told_strangers)
            assert ("calls" in body) is known
        for path in ("/live", "/live/0"):
            alive = await client.get(path)
            assert (alive.status, await alive.json()) == (200, {"status": "ok"})
    assert database.asked <= (0 if draining else 2)
