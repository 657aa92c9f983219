"""A line to PostgreSQL that can be cut or stalled at any statement.

A proxy on loopback that reads no more of the protocol than where a request ends and where its
answer does (https://www.postgresql.org/docs/current/protocol-message-formats.html): a client's
message Sync or Query ends one, the server's ReadyForQuery the other. Statements are counted over
all connections from `arm` on, those that open and end a transaction among them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum
from typing import Final

from voiceagent.store.dsn import Dsn

_ENDS_REQUEST: Final = frozenset(b"SQ")
_FLUSH: Final = b"H"[0]
_READY: Final = b"Z"[0]
_SSL: Final = 80877103


class Way(Enum):
    """What happens at a statement: to what, and before it reached the server or after it was done.

    CUT: its connection is lost. DEAD: the server is, until it is `mended`. STALLED: nothing moves
    any more on any connection, until it is.
    """

    CUT_BEFORE = "cut before"
    CUT_AFTER = "cut after"
    DEAD_BEFORE = "dead before"
    DEAD_AFTER = "dead after"
    STALLED_BEFORE = "stalled before"
    STALLED_AFTER = "stalled after"

    @property
    def after(self) -> bool:
        """Whether the server has done the statement."""
        return self.value.endswith("after")

    @property
    def lasts(self) -> bool:
        """Whether it goes on until it is mended."""
        return not self.value.startswith("cut")


class CutLine:
    """The proxy; `running` opens it.

    Args:
        dsn: of the database behind it, over a socket folder.

    Attributes:
        dsn: by which the database is reached through it.
        statements: seen since it was armed.
        struck: set once it has happened.
    """

    def __init__(self, dsn: str) -> None:
        known = Dsn.read(dsn)
        folder, port = known.server()
        self._socket = f"{folder}/.s.PGSQL.{port}"
        self._database = known.parameters["dbname"]
        self.dsn = ""
        self.statements = 0
        self.struck = asyncio.Event()
        self._way: Way | None = None
        self._at = 0
        self._down: Way | None = None
        self._whole = asyncio.Event()
        self._whole.set()
        self._open: set[asyncio.StreamWriter] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[CutLine]:
        """Serve during the block."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()
        self.dsn = f"postgresql://postgres@{host}:{port}/{self._database}?sslmode=disable"
        try:
            yield self
        finally:
            self._whole.set()
            server.close()
            self._cut_all()
            await server.wait_closed()

    def arm(self, way: Way | None, at: int = 0) -> None:
        """Count from now on, and let it happen at the `at`-th statement, the first being 1."""
        self._way, self._at, self.statements = way, at, 0
        self.struck.clear()

    def mend(self) -> None:
        """The database is back. Connections that stood still are gone."""
        self._way = self._down = None
        self._cut_all()
        self._whole.set()

    def _cut_all(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _serve(self, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        self._open.add(answers)
        try:
            if self._down is not None and self._down.value.startswith("dead"):
                return
            await self._whole.wait()
            server, requests = await asyncio.open_unix_connection(self._socket)
            self._open.add(requests)
            with suppress(OSError, asyncio.IncompleteReadError):
                await _Pipe(self, client, answers, server, requests).run()
            self._open.discard(requests)
            requests.transport.abort()
        finally:
            self._open.discard(answers)
            answers.transport.abort()

    def counts(self) -> Way | None:
        """A statement is about to be sent: what happens to it."""
        self.statements += 1
        if self._way is None or self.statements != self._at:
            return None
        return self._way

    async def strikes(self, way: Way) -> None:
        """Let it happen; returns, or not, as the connection at which it did has to go on."""
        self._way = None
        if way.lasts:
            self._down = way
        if way.value.startswith("stalled"):
            self._whole.clear()
        self.struck.set()
        if way.value.startswith("dead"):
            self._cut_all()
        await self._whole.wait()
        raise ConnectionResetError

    async def whole(self) -> None:
        """Wait while nothing moves."""
        await self._whole.wait()


class _Pipe:
    """One connection."""

    def __init__(
        self,
        line: CutLine,
        client: asyncio.StreamReader,
        answers: asyncio.StreamWriter,
        server: asyncio.StreamReader,
        requests: asyncio.StreamWriter,
    ) -> None:
        self._line = line
        self._client = client
        self._answers = answers
        self._server = server
        self._requests = requests
        self._withheld: Way | None = None

    async def run(self) -> None:
        """Pass on until either side has gone."""
        await self._start()
        both = [asyncio.ensure_future(one) for one in (self._ask(), self._answer())]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in both:
                one.cancel()
            await asyncio.gather(*both, return_exceptions=True)

    async def _start(self) -> None:
        head = await self._client.readexactly(8)
        if int.from_bytes(head[4:]) == _SSL:
            raise ConnectionResetError
        size = int.from_bytes(head[:4])
        self._requests.write(head + await self._client.readexactly(size - 8))

    async def _ask(self) -> None:
        """From the client to the server, a request at a time."""
        request = bytearray()
        while True:
            kind, message = await _message(self._client)
            request += message
            if kind not in _ENDS_REQUEST:
                if kind == _FLUSH:  # a statement is prepared: nothing is done by that
                    await self._line.whole()
                    self._requests.write(request)
                    request.clear()
                continue
            await self._line.whole()
            way = self._line.counts()
            if way is not None and not way.after:
                await self._line.strikes(way)
            self._withheld = way
            self._requests.write(request)
            await self._requests.drain()
            request.clear()

    async def _answer(self) -> None:
        """From the server to the client; what is told of the statement it happens at is kept."""
        while True:
            kind, message = await _message(self._server)
            if self._withheld is None:
                await self._line.whole()
                self._answers.write(message)
                await self._answers.drain()
            elif kind == _READY:
                await self._line.strikes(self._withheld)


async def _message(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readexactly(5)
    return head[0], head + await reader.readexactly(int.from_bytes(head[1:]) - 4)
