"""The browser phone's way in: rings without a signature, and then is a carrier like any other."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.integration.stage import (
    PLEASE_BOOK_IT,
    agent_texts,
    call_row,
    outcome,
    until,
)
from tests.integration.wire import WireCall, wire_call
from tests.support.live import Live
from voiceagent.dialogue.house.wording import CUT_OFF

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(60)]

Line = dict[str, Any]
FORWARDED = {"X-Forwarded-For": "203.0.113.9"}


class Page:
    """What the page does with plain requests."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self.url = url
        self._http = http

    async def post(self, path: str, **headers: str) -> tuple[int, dict[str, Any]]:
        async with self._http.post(f"{self.url}{path}", json={}, headers=headers) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if text.startswith("{") else {}

    async def ring(self) -> Line:
        status, told = await self.post("/phone/calls")
        assert status == 200, told
        line: Line = told["line"]
        return line

    async def follow(self, line: Line) -> asyncio.Task[list[dict[str, Any]]]:
        """All events of a call, once it is over; it is listened to when this returns."""
        listening = await self._http.get(f"{self.url}{line['events']}")

        async def read() -> list[dict[str, Any]]:
            async with listening as answer:
                lines = [text async for text in answer.content]
            found = [json.loads(text[6:]) for text in lines if text.startswith(b"data: ")]
            return [event for event in found if event["kind"] != "beat"]

        return asyncio.ensure_future(read())


@asynccontextmanager
async def page(live: Live) -> AsyncIterator[Page]:
    async with aiohttp.ClientSession() as http:
        yield Page(http, live.engine.url)


@asynccontextmanager
async def on_the_phone(live: Live, line: Line) -> AsyncIterator[WireCall]:
    """A carrier's end for a line of the page, connected."""
    async with wire_call(live, call_sid=line["call_sid"], caller="") as call:
        await connect(live, call, line)
        yield call


async def connect(live: Live, call: WireCall, line: Line) -> None:
    url = live.engine.url.replace("http", "ws", 1) + line["media"]
    await call.connect_to(url, line["parameters"])


async def test_no_token_opens_nothing(live: Live) -> None:
    """Refused behind a proxy, by another site, with another call's token, and a second time."""
    async with page(live) as here:
        assert (await here.post("/phone/calls", **FORWARDED))[0] == 401
        assert (await here.post("/phone/calls", Origin="https://evil.example"))[0] == 403
        first, second = await here.ring(), await here.ring()
        swapped = first | {"parameters": second["parameters"]}
        async with on_the_phone(live, swapped) as stranger:
            await asyncio.wait_for(stranger.closed.wait(), 3)
            assert stranger.received == []
        async with on_the_phone(live, first) as call:
            await asyncio.wait_for(call.sounded.wait(), 5)
            async with on_the_phone(live, first) as again:
                await asyncio.wait_for(again.closed.wait(), 3)
                assert again.received == []
            assert not call.closed.is_set()
            await call.drop()
            assert (await here.post(first["over"]))[0] == 204
        assert await outcome(live.store, first["call_sid"]) == "abandoned"
        for line in (first, second):
            assert (await here.post(line["over"]))[0] == 204
        assert await call_row(live.store, second["call_sid"]) is None
        foreign = first["stream"].replace(first["call_sid"], f"CA{secrets.token_hex(16)}")
        assert (await here.post(foreign))[0] == 404


Long = dict[Callable[[Live], Awaitable[Any]], "asyncio.Task[Any]"]


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def beside(live: Live) -> AsyncIterator[Long]:
    """Calls that take real time, made side by side from the first test of this file on."""
    tasks: Long = {one: asyncio.ensure_future(one(live)) for one in (talked, lost)}
    yield tasks
    for task in tasks.values():
        task.cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)


async def talked(live: Live) -> tuple[WireCall, list[dict[str, Any]]]:
    """Interrupts the greeting, presses a key, and hangs up; what was sent and told."""
    async with page(live) as here:
        line = await here.ring()
        following = await here.follow(line)
        async with on_the_phone(live, line) as call:
            await asyncio.wait_for(call.sounded.wait(), 5)
            await asyncio.sleep(1.5)
            await call.insist(PLEASE_BOOK_IT, lambda: cleared(call))
            call.sounded.clear()  # what is left of the greeting is no answer
            await call.agent_done()
            await call.press("5")
            await asyncio.sleep(0.3)
            await call.drop()
        assert (await here.post(line["over"]))[0] == 204
        return call, await asyncio.wait_for(following, 10)


async def test_a_call_is_told_while_it_happens_with_keys_marks_and_clear(beside: Long) -> None:
    call, told = await beside[talked]
    kinds = [event["kind"] for event in told]
    assert kinds[0] == "line_opened"
    assert kinds[-1] == "call_over"
    for kind in ("caller_started", "barged_in", "reply_sounds", "heard_so_far", "key_used"):
        assert kind in kinds, kinds
    assert any(message["event"] == "mark" for message in call.received)
    cut = next(e for e in told if e["kind"] == "turn_written" and e["speaker"] == "agent")
    assert cut["text"].startswith(cut["heard"])
    assert len(cut["heard"]) < len(cut["text"])
    answers = [e["latency"] for e in told if e["kind"] == "reply_sounds" and e["latency"]]
    assert answers
    stages = sum(ms for stage, ms in answers[0].items() if stage != "v2v_ms")
    assert stages == pytest.approx(answers[0]["v2v_ms"], abs=1.0)


async def cleared(call: WireCall) -> bool:
    return any(message["event"] == "clear" for message in call.received)


async def lost(live: Live) -> tuple[Line, list[dict[str, Any]]]:
    """The network is away for two seconds; the call, and what was told of it."""
    async with page(live) as here:
        line = await here.ring()
        following = await here.follow(line)
        async with on_the_phone(live, line) as call:
            await call.agent_done()
            await call.drop()
            await asyncio.sleep(2.0)
            status, told = await here.post(line["stream"])
            assert status == 200
            again = told["line"]
            assert again["call_sid"] == line["call_sid"]
            await connect(live, call, again)
            await call.agent_done()
            await call.drop()
            assert (await here.post(line["over"]))[0] == 204
        return line, await asyncio.wait_for(following, 10)


async def test_a_lost_socket_goes_on_with_another_token(live: Live, beside: Long) -> None:
    """The same call, an apology, and its events go on; when it is over there is no more token."""
    line, events = await beside[lost]
    async with page(live) as here:
        opened = [e["resumed"] for e in events if e["kind"] == "line_opened"]
        assert opened == [False, True]
        status, told = await here.post(line["stream"])
        assert (status, told) == (200, {"over": {"say": "", "then": "goodbye"}})

    async def said() -> bool:
        return any(CUT_OFF in text for text in await agent_texts(live.store, line["call_sid"]))

    await until(said, within_s=5)
