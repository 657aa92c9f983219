"""Where connections wait until they have said what they want, on one server and at a door of many.

A connection is accepted, and its head is looked at without taking it (MSG_PEEK). Who has not said
it in time is let go; when too many wait, the one that has waited longest goes. So whoever opens
connections and says nothing, or says it a byte at a time, keeps nobody else out. A connection
carries one request: a second head would be waited for by nobody.

Composition-level. POSIX only.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import math
import socket
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler
from loguru import logger

from voiceagent.core.capacity.placement import HEAD_BYTES, Head, is_too_long, read_head
from voiceagent.domain.setting_values import is_address
from voiceagent.errors import OwnerFixable

HEAD_S: Final = 5.0
"""A stranger who has not said what it wants by then is let go."""

WAITING_MOST: Final = 512
"""Connections at most whose head is still awaited."""

LOOK_EVERY_S: Final = 0.002
LOOK_SELDOM_S: Final = 0.1
"""How often a head that has begun is looked at again, at first and at last."""

BACKLOG: Final = 512

TOLD_EVERY_S: Final = 1.0
"""Between two log lines about heads that are too long."""


class TooLong(Enum):
    """Instead of a head: there was no end of it."""

    TOO_LONG = auto()


TOO_LONG: Final = TooLong.TOO_LONG
_HEAD_TOO_LONG: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
)

HandOn = Callable[[socket.socket, Head], Awaitable[None]]
"""Takes a connection whose head is there, still unread. The socket is closed afterwards, unless it
was detached."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        OwnerFixable: ``serve.port`` when the address is taken or not ours.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        problem = f"Cannot listen there: {error.strerror or error}."
        raise OwnerFixable("serve.port", problem, where=f"{host}:{port}") from error
    listener.setblocking(False)
    return listener


def check_listening(host: str, port: int, *, look_up: bool = False) -> None:
    """Refuse an address that `listen` would refuse, but for one that somebody listens on just now.

    Args:
        host: a name is judged only if it may be looked up.
        port: 0 is any.
        look_up: name servers may be asked.

    Raises:
        OwnerFixable: ``serve.port``.
    """
    if not look_up and not is_address(host):
        return
    try:
        listen(host, port).close()
    except OwnerFixable as refused:
        cause = refused.__cause__
        if not isinstance(cause, OSError) or cause.errno != errno.EADDRINUSE:
            raise


class Reception:
    """Accepts connections.

    Args:
        listener: bound and listening, non-blocking; closed at the end.
        hand_on: what becomes of a connection that has said what it wants.
        head_s: how long that may take.
        most: connections that may wait at one time.
    """

    def __init__(
        self,
        listener: socket.socket,
        hand_on: HandOn,
        *,
        head_s: float = HEAD_S,
        most: int = WAITING_MOST,
    ) -> None:
        self._listener = listener
        self._hand_on = hand_on
        self._head_s = head_s
        self._most = most
        self._told_at_s = -math.inf
        self._waiting: dict[socket.socket, asyncio.Timeout] = {}  # longest first

    async def run(self) -> None:
        """Accept until cancelled; then the port is closed."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.TaskGroup() as tasks:
                while True:
                    try:
                        connection, _ = await loop.sock_accept(self._listener)
                    except OSError as error:  # out of descriptors, or the peer is gone already
                        logger.warning("reception.accept: {}", error)
                        self._drop_oldest()
                        await asyncio.sleep(0.1)
                        continue
                    tasks.create_task(self._admit(connection))
        finally:
            self._listener.close()

    def _drop_oldest(self) -> None:
        if self._waiting:
            connection = next(iter(self._waiting))
            self._waiting.pop(connection).reschedule(asyncio.get_running_loop().time())

    async def _admit(self, connection: socket.socket) -> None:
        """Find out what a connection wants, and hand it on."""
        if len(self._waiting) >= self._most:
            self._drop_oldest()
        with contextlib.closing(connection), contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(self._head_s) as patience:
                self._waiting[connection] = patience
                try:
                    head = await self._look(connection)
                    if head is TOO_LONG:
                        await self._refuse(connection)
                finally:
                    self._waiting.pop(connection, None)
                if isinstance(head, Head):
                    await self._hand_on(connection, head)

    async def _refuse(self, connection: socket.socket) -> None:
        """Say that the head is too long, and read on: with bytes unread the answer would be lost.

        Whoever sends without end is let go with the others who take their time.
        """
        now_s = asyncio.get_running_loop().time()
        if now_s - self._told_at_s >= TOLD_EVERY_S:
            self._told_at_s = now_s
            logger.warning("http.head_too_long: over 16 kB; answered 431")
        connection.send(_HEAD_TOO_LONG)
        connection.shutdown(socket.SHUT_WR)
        while True:
            try:
                if not connection.recv(HEAD_BYTES):
                    return
            except BlockingIOError:
                await _readable(connection)

    async def _look(self, connection: socket.socket) -> Head | TooLong | None:
        """The head of the request, still unread; ``None`` when the peer has gone."""
        pause_s = LOOK_EVERY_S
        while True:
            try:
                seen = connection.recv(HEAD_BYTES, socket.MSG_PEEK)
            except BlockingIOError:
                await _readable(connection)
                continue
            if not seen:
                return None
            if is_too_long(seen):
                return TOO_LONG
            if (head := read_head(seen)) is not None:
                return head
            await asyncio.sleep(pause_s)  # what is only looked at stays readable
            pause_s = min(2 * pause_s, LOOK_SELDOM_S)


async def _readable(connection: socket.socket) -> None:
    loop, there = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(connection, there.set)
    try:
        await there.wait()
    finally:
        loop.remove_reader(connection)


def serve_here(server: web.Server) -> HandOn:
    """Connections are served by this process."""

    async def hand_on(connection: socket.socket, _: Head) -> None:
        own = socket.socket(fileno=connection.detach())
        own.setblocking(False)
        await asyncio.get_running_loop().connect_accepted_socket(server, own)

    return hand_on


@web.middleware
async def one_request(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Middleware: a connection ends with its request."""
    try:
        response = await handler(request)
    except web.HTTPException as refused:
        refused.force_close()
        raise
    if not isinstance(response, web.WebSocketResponse):
        response.force_close()
    return response
