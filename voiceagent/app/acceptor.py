"""One port for several workers: connections are accepted here and handed over whole.

The door looks at the first bytes of a connection without taking them (`reception`), asks
`Placement` whose it is, and passes the open socket to that worker (SCM_RIGHTS). Nothing is proxied:
a call's sound goes straight to its worker, and the door's end changes nothing for it. A connection
carries one request only, as the next one might belong to another worker.

Composition-level. POSIX only.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler
from loguru import logger

from voiceagent.app.ops.metrics.door import DoorCounts
from voiceagent.app.reception import HandOn, Reception, one_request
from voiceagent.core.capacity.placement import HEAD_BYTES, RINGING, Head, Placement
from voiceagent.core.clock import Clock

PASSAGE_S: Final = 0.002
REPORT_EVERY_S: Final = 0.05
HAND_OVER_TRIES: Final = 500

OWN: Final = "/metrics/door"
"""What the door answers itself."""

_REPORT: Final = struct.Struct("<ii")
_UNAVAILABLE: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\n"
    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
)


def passage() -> tuple[socket.socket, socket.socket]:
    """Two ends of a way from door to worker, for sockets one way and reports the other."""
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in ends:
        end.setblocking(False)
    return ends


class Acceptor:
    """The accepting side.

    Args:
        listener: bound and listening, non-blocking.
        workers: how many there may be.
        clock: ages what was placed.
        own: takes connections for pages of the door's own (`OWN`).
    """

    def __init__(
        self, listener: socket.socket, workers: int, clock: Clock, own: HandOn | None = None
    ) -> None:
        self.counts = DoorCounts()
        self._own = own
        self._reception = Reception(listener, self._hand_over)
        self._clock = clock
        self._placement = Placement(workers)
        self._passages: dict[int, socket.socket] = {}
        self._up: set[int] = set()
        self._all_up = asyncio.Event()
        self._workers = workers

    async def all_up(self) -> None:
        """Wait until every worker has reported once."""
        await self._all_up.wait()

    def connect(self, worker: int, end: socket.socket) -> None:
        """A worker was started; `end` is the door's end of its passage."""
        self._passages[worker] = end
        asyncio.get_running_loop().add_reader(end, self._read_reports, worker)

    def disconnect(self, worker: int) -> None:
        """A worker has ended or takes no more."""
        if (end := self._passages.pop(worker, None)) is not None:
            asyncio.get_running_loop().remove_reader(end)
            end.close()
        self._up.discard(worker)
        self._placement.gone(worker)

    async def run(self) -> None:
        """Accept until cancelled; then the port is closed."""
        await self._reception.run()

    @property
    def workers_up(self) -> int:
        """Workers that have reported and have not ended."""
        return len(self._passages.keys() & self._up)

    def is_up(self, worker: int) -> bool:
        """Whether a worker has reported and has not ended."""
        return worker in self._passages and worker in self._up

    async def _hand_over(self, connection: socket.socket, head: Head) -> None:
        if self._own is not None and head.path == OWN:
            await self._own(connection, head)
            return
        worker = self._placement.place(head, self._clock.monotonic())
        end = self._passages.get(worker) if worker is not None else None
        if worker is None or end is None:
            self.counts.refused += 1
            connection.recv(HEAD_BYTES)
            connection.send(_UNAVAILABLE)
            return
        for _ in range(HAND_OVER_TRIES):
            try:
                socket.send_fds(end, [b"c"], [connection.fileno()])
            except BlockingIOError:  # the worker is behind; its passage holds some hundreds
                await asyncio.sleep(PASSAGE_S)
            else:
                self.counts.handed += 1
                return
        self.counts.lost += 1

    def _read_reports(self, worker: int) -> None:
        while True:
            try:
                report = self._passages[worker].recv(_REPORT.size)
            except (BlockingIOError, KeyError):
                return
            except OSError:
                report = b""
            if len(report) != _REPORT.size:
                self.disconnect(worker)
                return
            free, answered = _REPORT.unpack(report)
            self._placement.report(worker, free=free, answered=answered)
            self._up.add(worker)
            if len(self._up) == self._workers:
                self._all_up.set()


class HandedConnections:
    """The worker's side: serves connections that come through a passage, and reports its room.

    Args:
        end: the worker's end.
        room: calls there is room for now.
    """

    def __init__(self, end: socket.socket, room: Callable[[], int]) -> None:
        self._end = end
        self._room = room
        self._answered = 0
        self._reported: tuple[int, int] | None = None
        self.closed = asyncio.Event()
        """The door is gone."""

    @web.middleware
    async def one_request(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Middleware: close the connection after its request, and count answered calls."""
        try:
            return await one_request(request, handler)
        finally:
            if request.path in RINGING:
                self._answered += 1
                self._report()

    async def run(self, server: web.Server) -> None:
        """Serve until cancelled or the door is gone."""
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as tasks:
            loop.add_reader(self._end, self._take, tasks, server)
            try:
                while not self.closed.is_set():
                    self._report()
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(REPORT_EVERY_S):
                            await self.closed.wait()
            finally:
                loop.remove_reader(self._end)
                self._end.close()

    def _take(self, tasks: asyncio.TaskGroup, server: web.Server) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                message, descriptors, _, _ = socket.recv_fds(self._end, 1, 1)
            except BlockingIOError:
                return
            except OSError:
                message, descriptors = b"", []
            if not message:
                loop.remove_reader(self._end)
                self.closed.set()
                return
            for descriptor in descriptors:
                connection = socket.socket(fileno=descriptor)
                connection.setblocking(False)
                tasks.create_task(_connect(server, connection))

    def _report(self) -> None:
        """Tell the door how things stand, if they have changed; a full passage is tried again."""
        report = (self._room(), self._answered)
        if report != self._reported:
            with contextlib.suppress(OSError):
                self._end.send(_REPORT.pack(*report))
                self._reported = report


async def _connect(server: web.Server, connection: socket.socket) -> None:
    """Serve a connection that was handed in; one that breaks is nobody else's end."""
    try:
        await asyncio.get_running_loop().connect_accepted_socket(server, connection)
    except Exception as error:  # noqa: BLE001 - whatever it is, the others go on
        logger.warning("door.connection: {}", error)
