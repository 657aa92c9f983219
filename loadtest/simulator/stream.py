"""One media stream of a call: moves `MediaStreamClient`'s messages over the carrier's WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from aiohttp import ClientWebSocketResponse, WSMsgType

from loadtest.simulator.clock import now_s
from loadtest.simulator.line import TelephoneLine
from loadtest.simulator.media_stream import MediaStreamClient

_MAX_OUTBOX: Final = 500
"""Ten seconds of frames: an engine that leaves so much unread is not reading."""

_LAST_WORDS_S: Final = 2.0


class StreamEnd(StrEnum):
    """Why a stream ended."""

    AGENT_CLOSED = "agent_closed"
    CALLER_LEFT = "caller_left"
    COMPLETED = "completed"
    UPDATED = "updated"
    NOT_READ = "not_read"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class _Outgoing:
    message: str | bytes
    due_s: float | None = None
    sent: Callable[[float], None] | None = None


class MediaStream:
    """Runs one stream until either side ends it. Implements `loadtest.simulator.line.Wire`."""

    def __init__(
        self,
        socket: ClientWebSocketResponse,
        client: MediaStreamClient[int],
        line: TelephoneLine,
    ) -> None:
        self._socket = socket
        self._client = client
        self._line = line
        self._outbox: asyncio.Queue[_Outgoing | None] = asyncio.Queue()
        self._ended: asyncio.Future[StreamEnd] = asyncio.get_running_loop().create_future()

    @property
    def client(self) -> MediaStreamClient[int]:
        """The stream's protocol."""
        return self._client

    def end(self, why: StreamEnd) -> None:
        """Ends the stream; the first reason counts."""
        if not self._ended.done():
            self._ended.set_result(why)

    def send_frame(self, message: str, due_s: float, sent: Callable[[float], None] | None) -> None:
        """Sends a caller frame."""
        if self._outbox.qsize() > _MAX_OUTBOX:
            self.end(StreamEnd.NOT_READ)
        self._outbox.put_nowait(_Outgoing(message, due_s, sent))

    def send(self, message: str | bytes) -> None:
        """Sends anything."""
        self._outbox.put_nowait(_Outgoing(message))

    async def run(self, on_started: Callable[[], None]) -> StreamEnd:
        """Speaks the protocol from `connected` to `stop`; leaves the socket closed.

        Args:
            on_started: called right after `start` has been sent.
        """
        tasks: list[asyncio.Task[None]] = []
        try:
            for message in self._client.opening():
                await self._socket.send_str(message)
            on_started()
            self._line.attach(self)
            reading = asyncio.create_task(self._read())
            writing = asyncio.create_task(self._write())
            tasks = [reading, writing]
            parts: list[asyncio.Future[StreamEnd] | asyncio.Future[None]] = [self._ended, *tasks]
            await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()  # a fault of ours must not leave the call hanging
            why = await self._ended
            self._line.detach(by_agent=why in (StreamEnd.AGENT_CLOSED, StreamEnd.COMPLETED))
            if why in (StreamEnd.CALLER_LEFT, StreamEnd.COMPLETED, StreamEnd.UPDATED):
                self._outbox.put_nowait(_Outgoing(self._client.stop()))
                self._outbox.put_nowait(None)
                await asyncio.wait([writing], timeout=_LAST_WORDS_S)
        except ConnectionError:
            return StreamEnd.AGENT_CLOSED
        else:
            return why
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._socket.close()

    async def _read(self) -> None:
        errors = self._line.wire_times.protocol_errors
        while True:
            message = await self._socket.receive()
            if message.type is WSMsgType.TEXT:
                self._line.receive(self._client, message.data)
            elif message.type is WSMsgType.BINARY:
                errors.append("31951 binary message")
            else:
                self.end(StreamEnd.AGENT_CLOSED)
                return

    async def _write(self) -> None:
        times = self._line.wire_times
        while (item := await self._outbox.get()) is not None:
            at_s = now_s()
            try:
                if isinstance(item.message, bytes):
                    await self._socket.send_bytes(item.message)
                else:
                    await self._socket.send_str(item.message)
            except ConnectionError:
                return  # the reader learns of it too, and ends the stream
            if item.due_s is not None:
                times.frame_sent(at_s - item.due_s)
            if item.sent is not None:
                item.sent(at_s)
