"""Connections that say nothing, over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from voiceagent.app.reception import Reception, listen, one_request, serve_here
from voiceagent.errors import OwnerFixable

ASK = b"GET /there HTTP/1.1\r\nHost: x\r\n\r\n"


@asynccontextmanager
async def reception(*, head_s: float = 5.0, most: int = 512) -> AsyncIterator[int]:
    """A server behind a reception; its port."""

    async def there(_: web.Request) -> web.Response:
        return web.Response(text="here")

    app = web.Application(middlewares=[one_request])
    app.router.add_get("/there", there)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    assert runner.server is not None
    listener = listen("127.0.0.1", 0)
    port: int = listener.getsockname()[1]
    receiving = Reception(listener, serve_here(runner.server), head_s=head_s, most=most)
    task = asyncio.create_task(receiving.run())
    try:
        yield port
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await runner.cleanup()


async def answer(port: int, *pieces: bytes) -> bytes:
    """What comes back for these bytes until the connection is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0)
    async with asyncio.timeout(5):
        received = await reader.read()
    writer.close()
    return received


async def test_a_request_is_answered_however_its_head_is_cut() -> None:
    async with reception() as port:
        for cut in (0, 1, 10, len(ASK) - 1):
            assert (await answer(port, ASK[:cut], ASK[cut:])).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("asked", [ASK, ASK.replace(b"there", b"not-there")])
async def test_a_connection_carries_one_request(asked: bytes) -> None:
    """The head of a second one would be waited for by nobody."""
    async with reception() as port:
        received = await answer(port, asked)
        assert received.count(b"HTTP/1.1") == 1
        assert b"connection: close" in received.lower()


@pytest.mark.parametrize("said", [b"", b"GET /there HT", b"POST /x HTTP/1.1\r\nContent-Length: 9"])
async def test_who_does_not_say_it_in_time_is_let_go(said: bytes) -> None:
    async with reception(head_s=0.05) as port:
        with contextlib.suppress(ConnectionResetError):
            assert await answer(port, said) == b""


async def test_the_one_that_waited_longest_goes_first() -> None:
    async with reception(most=2) as port:
        waiting = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
        async with asyncio.timeout(2):
            for reader, _ in waiting[:3]:
                assert await reader.read() == b""
        assert (await answer(port, ASK)).startswith(b"HTTP/1.1 200")
        for _, writer in waiting:
            writer.close()


def test_a_port_that_is_taken_is_said_so() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OwnerFixable) as refused:
            listen("127.0.0.1", taken.getsockname()[1])
    assert refused.value.code == "serve.port"
