"""Strangers who only wait keep nobody out; a stream that cannot be opened ends with a person."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

import aiohttp
import pytest
import pytest_asyncio

from loadtest.simulator.twiml import Document
from tests.integration.stage import Stage, until
from tests.integration.wire import wire_call
from tests.support.live import Live, live_engine
from voiceagent.app.reconnections import OPEN_TRIES

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(150)]

HANDSHAKE_S = 5.0
IDLE_SOCKETS = 300
IDLE_CONNECTIONS = 600


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=[1, 2])
async def crowded(request: pytest.FixtureRequest, stage: Stage) -> AsyncIterator[Live]:
    """An engine of one worker, and one of two behind a door: the same rules on both."""
    workers = request.param
    async with live_engine(
        stage.postgres, stage.folder("crowded"), workers=workers, max_calls=3, ears=stage.ears
    ) as live:
        if workers > 1:
            for worker in range(workers):
                url = f"{live.engine.url}/health/{worker}"
                await until(lambda: _answers(url), within_s=60, every_s=0.2)  # noqa: B023
        yield live


async def _answers(url: str) -> bool:
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        return answer.ok


def media_path(document: Document) -> str:
    """Where the stream of a document would connect."""
    (noun,) = (verb.stream for verb in document.verbs if verb.stream is not None)
    return urlsplit(noun.url).path


async def test_idle_sockets_keep_no_announced_call_out_and_go_in_time(crowded: Live) -> None:
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        )
        call = await stack.enter_async_context(wire_call(crowded))
        document = await call.ring()
        named = re.match(r"/media/\d{1,4}(?=/|$)", media_path(document))
        path = named[0] if named else "/media"
        opened_s = loop.time()
        url = f"{crowded.engine.url}{path}".replace("http", "ws", 1)
        idle: list[aiohttp.ClientWebSocketResponse] = []
        for _ in range(IDLE_SOCKETS):
            try:
                idle.append(await stack.enter_async_context(http.ws_connect(url)))
            except aiohttp.WSServerHandshakeError:
                break
        await call.connect(document)
        async with asyncio.timeout(5):
            await call.sounded.wait()
        async with asyncio.timeout(HANDSHAKE_S + 2):
            await asyncio.gather(*(socket.receive() for socket in idle))
        assert len(idle) == IDLE_SOCKETS
        assert loop.time() - opened_s <= HANDSHAKE_S + 2
        await call.hang_up()


async def test_a_stream_that_never_opens_ends_with_a_person(crowded: Live) -> None:
    async with wire_call(crowded) as call:
        document, asked = await call.ring(), 0
        while "<Stream" in document.text and asked < 10:
            (action,) = (verb.action for verb in document.verbs if verb.action)
            document, asked = await call.ask(action), asked + 1
        assert asked == OPEN_TRIES
        assert "<Dial" in document.text, document.text


async def slow_head(live: Live) -> float:
    """How long a connection is kept open that says its head a byte every half second."""
    loop = asyncio.get_running_loop()
    address = urlsplit(live.engine.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    opened_s = loop.time()
    writer.write(b"GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    try:
        async with asyncio.timeout(HANDSHAKE_S + 3):
            while True:
                try:
                    writer.write(b"x")
                    await writer.drain()
                    async with asyncio.timeout(0.5):
                        if not await reader.read(1):
                            break
                except TimeoutError:
                    if loop.time() - opened_s > HANDSHAKE_S + 2:
                        raise
                except ConnectionError:
                    break
    finally:
        writer.close()
    return loop.time() - opened_s


async def test_a_head_that_does_not_come_is_not_waited_for(crowded: Live) -> None:
    assert HANDSHAKE_S - 0.5 <= await slow_head(crowded) <= HANDSHAKE_S + 1.5


async def test_idle_connections_keep_no_call_out(crowded: Live) -> None:
    address = urlsplit(crowded.engine.url)
    idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    try:
        while len(idle) < IDLE_CONNECTIONS:
            idle.append(await asyncio.open_connection(address.hostname, address.port))
        async with wire_call(crowded) as call:
            await call.answered()
            async with asyncio.timeout(5):
                await call.sounded.wait()
            async with asyncio.timeout(HANDSHAKE_S + 3):
                for reader, _ in idle:
                    assert not await reader.read(1)
            await call.hang_up()
    finally:
        for _, writer in idle:
            writer.close()
