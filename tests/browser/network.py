"""A network between browser and engine that can be stopped: held up, or cut."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
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
        with suppress(OSError, NotImplementedError):  # TLS has no half of an end
            writer.write_eof()


async def self_signed(folder: Path) -> ssl.SSLContext:
    """A certificate that nobody vouches for; made by the openssl of this machine."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    making = await asyncio.create_subprocess_exec(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
        *("-subj", "/CN=phone.test", "-keyout", str(key), "-out", str(certificate)),
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert await making.wait() == 0
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


@asynccontextmanager
async def network_to(url: str, tls: ssl.SSLContext | None = None) -> AsyncIterator[Network]:
    """A network to an address, on an address of its own; `tls` makes that one https."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    network = Network(parts.hostname, parts.port)
    server = await asyncio.start_server(network.serve, "127.0.0.1", 0, ssl=tls)
    network.url = (
        f"{'http' if tls is None else 'https'}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    )
    try:
        yield network
    finally:
        server.close()
