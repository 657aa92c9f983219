"""A network between browser and engine that can be stopped: held up, or cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

CHUNK = 64 * 1024


class Network:
    """Passes bytes on to one address."""

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self._flows = asyncio.Event()
        self._flows.set()
        self._cut = False
        self._writers: set[asyncio.StreamWriter] = set()
        self.url = ""

    async def hold(self, seconds: float) -> None:
        """Nothing passes for a while; what was sent meanwhile comes afterwards, all at once."""
        self._flows.clear()
        await asyncio.sleep(seconds)
        self._flows.set()

    async def cut(self, seconds: float) -> None:
        """Every connection is lost, and none can be made for a while."""
        self._cut = True
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(seconds)
        self._cut = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        if self._cut:
            writer.transport.abort()
            return
        try:
            there = await asyncio.open_connection(*self._to)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, there[1]}
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._pass(reader, there[1]))
                tasks.create_task(self._pass(there[0], writer))
        finally:
            self._writers -= {writer, there[1]}
            for one in (writer, there[1]):
                one.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
        with suppress(OSError):
            writer.write_eof()


@asynccontextmanager
async def network_to(url: str) -> AsyncIterator[Network]:
    """A network to an address, on an address of its own."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    network = Network(parts.hostname, parts.port)
    server = await asyncio.start_server(network.serve, "127.0.0.1", 0)
    network.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield network
    finally:
        server.close()
