"""The door's own page, and what it counts, over real sockets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from aiohttp import web
from prometheus_client import CollectorRegistry

from tests.app.test_reception import answer
from voiceagent.app.acceptor import OWN, Acceptor, passage
from voiceagent.app.ops.metrics import DOOR_METRICS
from voiceagent.app.ops.metrics.door import DoorLook
from voiceagent.app.ops.watch import DoorFigures
from voiceagent.app.reception import listen, serve_here
from voiceagent.app.settings import Settings
from voiceagent.app.workers import door_pages
from voiceagent.core.clock import SystemClock

ASK = f"GET {OWN} HTTP/1.1\r\nHost: 127.0.0.1\r\n".encode()


@asynccontextmanager
async def door(folder: Path) -> AsyncIterator[tuple[Acceptor, int]]:
    registry = CollectorRegistry()
    runner = web.AppRunner(door_pages(Settings(state_dir=folder), registry), access_log=None)
    await runner.setup()
    assert runner.server is not None
    listener = listen("127.0.0.1", 0)
    port: int = listener.getsockname()[1]
    own = Acceptor(listener, 1, SystemClock(), serve_here(runner.server))
    DoorFigures(registry, lambda: DoorLook(own.workers_up, own.counts))
    accepting = asyncio.create_task(own.run())
    try:
        yield own, port
    finally:
        accepting.cancel()
        with suppress(asyncio.CancelledError):
            await accepting
        await runner.cleanup()


async def page(port: int) -> str:
    return (await answer(port, ASK + b"\r\n")).decode()


async def test_strangers_see_no_figures(tmp_path: Path) -> None:
    async with door(tmp_path) as (_, port):
        told = (await answer(port, ASK + b"X-Forwarded-For: 1.2.3.4\r\n\r\n")).decode()
    assert told.startswith("HTTP/1.1 401 ")
    assert "voiceagent_door" not in told


async def test_without_a_worker_a_connection_is_refused_and_counted(tmp_path: Path) -> None:
    async with door(tmp_path) as (own, port):
        told = await answer(port, b"GET /incoming HTTP/1.1\r\nHost: x\r\n\r\n")
        assert told.startswith(b"HTTP/1.1 503 ")
        own.counts.restarts[0] += 2
        found = await page(port)
    assert 'voiceagent_door_connections_total{end="refused"} 1.0' in found
    assert 'voiceagent_door_worker_restarts_total{worker="0"} 2.0' in found
    assert "voiceagent_door_workers_up 0.0" in found
    assert all(metric.name in found for metric in DOOR_METRICS)


async def test_what_is_handed_over_is_counted(tmp_path: Path) -> None:
    async with door(tmp_path) as (own, port):
        ours, theirs = passage()
        own.connect(0, ours)
        theirs.send(b"\x05\x00\x00\x00\x00\x00\x00\x00")  # five places, none answered
        await own.all_up()
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /incoming HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(5):
            while not own.counts.handed:  # noqa: ASYNC110 - the other end decides
                await asyncio.sleep(0.001)
        _, descriptors, _, _ = socket.recv_fds(theirs, 1, 1)
        socket.socket(fileno=descriptors[0]).close()
        found = await page(port)
        own.disconnect(0)
        assert own.workers_up == 0
        theirs.close()
        writer.close()
    assert 'voiceagent_door_connections_total{end="handed"} 1.0' in found
    assert "voiceagent_door_workers_up 1.0" in found
