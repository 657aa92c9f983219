"""All live calls as server-sent events: all first, then what changes, then that nothing does."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from voiceagent.app.ops.live import LiveFeed
from voiceagent.app.web.wall import READERS, WorkerState, add_wall
from voiceagent.domain.records import Outcome
from voiceagent.ports.live import CallerStarted, CallOver, LineOpened

OPENED = LineOpened(resumed=False, from_number="+15551230000")


class Watched:
    def __init__(self) -> None:
        self.feed = LiveFeed(monotonic=lambda: 100.0)
        self.state = WorkerState(0, 20, draining=False)
        self.counts: Counter[str] = Counter()

    @asynccontextmanager
    async def client(self) -> AsyncIterator[TestClient[Any, Any]]:
        app = web.Application()
        add_wall(app, self.feed.wall, lambda: self.state, lambda code: self.counts.update([code]))
        async with TestClient(TestServer(app)) as client:
            yield client


async def told(answer: ClientResponse, *, beats: bool = False) -> dict[str, Any]:
    """The next event."""
    while True:
        line = (await answer.content.readline()).decode()
        assert line, "the stream has ended"
        if line.startswith("data: "):
            event: dict[str, Any] = json.loads(line.removeprefix("data: "))
            if beats or event["kind"] != "beat":
                return event


async def test_everything_comes_first_and_then_what_changes() -> None:
    here = Watched()
    here.feed.of("CA1").tell(OPENED)
    here.feed.of("CA2").tell(OPENED)
    async with here.client() as client, client.get("/calls/0/events") as answer:
        assert answer.content_type == "text/event-stream"
        first = await told(answer)
        assert (first["kind"], first["now_s"]) == ("all", 100.0)
        assert [one["sid"] for one in first["calls"]] == ["CA1", "CA2"]
        here.feed.of("CA2").tell(CallerStarted())
        (changed,) = (await told(answer))["calls"]
        assert (changed["sid"], changed["activity"]) == ("CA2", "caller")
        here.feed.of("CA1").tell(CallOver(Outcome.BOOKED))
        (over,) = (await told(answer))["calls"]
        assert (over["sid"], over["activity"], over["outcome"]) == ("CA1", "over", "booked")


async def test_how_the_worker_stands_is_told_when_it_changes() -> None:
    here = Watched()
    async with here.client() as client, client.get("/calls/3/events") as answer:
        assert (await told(answer))["free"] == 20
        here.state = WorkerState(1, 0, draining=True)
        event = await told(answer)
        assert (event["live"], event["free"], event["draining"]) == (1, 0, True)
        assert event["calls"] == []
        assert await told(answer, beats=True) == {"kind": "beat"}


async def test_there_is_a_most_of_readers_and_who_has_gone_gives_a_place_back() -> None:
    here = Watched()
    async with here.client() as client:
        open_ones = [await client.get("/calls/0/events") for _ in range(READERS)]
        refused = await client.get("/calls/0/events")
        assert (refused.status, "live.crowded" in await refused.text()) == (503, True)
        open_ones.pop().close()
        for _ in range(200):
            again = await client.get("/calls/0/events")
            if again.status == 200:
                break
        assert again.status == 200


@pytest.mark.parametrize("path", ["/calls/x/events", "/calls/12345/events", "/calls//events"])
async def test_a_worker_is_a_number(path: str) -> None:
    async with Watched().client() as client:
        assert (await client.get(path)).status == 404
