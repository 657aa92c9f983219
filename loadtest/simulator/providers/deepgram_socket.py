"""What both versions of Deepgram's live recognition do alike: who is let in, and how sound comes.

`deepgram` (``/v1/listen``) and `flux` (``/v2/listen``) say what is told of it.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

import numpy as np
from aiohttp import WSMsgType, web

from loadtest.simulator.g711 import Samples
from loadtest.simulator.providers import deepgram_messages as said
from loadtest.simulator.providers.deepgram_messages import Json
from loadtest.simulator.providers.faults import (
    ConnectionGone,
    FaultMoment,
    FaultName,
    FaultScript,
    ProviderFault,
    on_the_socket,
)
from loadtest.simulator.providers.hearing import ENCODINGS, Recognise, UndecodableAudio, decoded
from loadtest.simulator.providers.latency import NO_DELAY, DelayDraws, Sleep

IDLE_S: Final = 10.0
"""Without sound and without KeepAlive the connection is closed after it."""

RATES_HZ: Final = range(8000, 48001)
SILENT_RMS: Final = 120.0
BLOCK_8K: Final = 80

Q = TypeVar("Q", bound="SoundQuery")
C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class SoundQuery:
    """What any query says of the sound."""

    encoding: str
    rate_hz: int


def sound_of(query: dict[str, str]) -> tuple[str, int]:
    """Encoding and rate that a query announces.

    Raises:
        ValueError: one sentence, for the body of a 400.
    """
    if query.get("encoding", "") not in ENCODINGS:
        raise ValueError("Bad Request: unsupported or missing encoding.")
    rate = query.get("sample_rate", "")
    if not rate.isdigit() or int(rate) not in RATES_HZ:
        raise ValueError("Bad Request: sample_rate is required with encoding.")
    return query["encoding"], int(rate)


@dataclass(frozen=True, slots=True)
class LetIn(Generic[Q]):
    """A client that was let in: what it asks for, its socket, and what will go wrong in it."""

    request_id: str
    query: Q
    socket: web.WebSocketResponse
    fault: ProviderFault | None

    def will(self, name: FaultName) -> bool:
        """Whether this is what will go wrong."""
        return self.fault is not None and self.fault.name is name


class ListenEmulator(Generic[C]):
    """Who is let in.

    Args:
        recognise: the words of sound; asked about each stretch or turn from its start.
        key: the one that is let in; "" lets everybody in.
        faults: what goes wrong.
        delays: from the sound to what is told of it.
        sleep: waits.
    """

    ids = "00000000-0000-4000-8000-{:012d}"
    """Of requests, by their number."""

    def __init__(
        self,
        recognise: Recognise,
        *,
        key: str = "",
        faults: FaultScript | None = None,
        delays: DelayDraws | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.recognise = recognise
        self.faults = faults if faults is not None else FaultScript()
        self.delays = delays if delays is not None else DelayDraws(NO_DELAY)
        self.sleep = sleep
        self.connections: list[C] = []
        """Those that were opened, oldest first."""
        self._key = key
        self._numbers = itertools.count(1)

    async def let_in(
        self, request: web.Request, read: Callable[[dict[str, str]], Q]
    ) -> LetIn[Q] | web.Response:
        """Upgrade a request, or what refuses it.

        Args:
            request: as it came.
            read: reads its query; a `ValueError` is told in a 400.
        """
        request_id = self.ids.format(next(self._numbers))
        fault = self.faults.take(FaultMoment.CONNECT)
        if fault is not None and fault.name.of_the_socket:
            try:
                await on_the_socket(fault, request.transport, self.sleep)
            except ConnectionGone:
                return web.Response(status=500)
        if fault is not None and fault.name in said.HTTP_ERRORS:
            return _refused(fault.name, request_id, fault.wait_s)
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if self._key and (scheme.lower() not in ("token", "bearer") or key != self._key):
            return _refused(FaultName.UNAUTHORIZED, request_id)
        try:
            query = read(dict(request.query))
        except ValueError as error:
            body = said.http_error("Bad Request", str(error), request_id)
            return web.json_response(body, status=400, headers={"dg-request-id": request_id})
        socket = web.WebSocketResponse(compress=False, timeout=1.0)
        socket.headers["dg-request-id"] = request_id
        await socket.prepare(request)
        return LetIn(request_id, query, socket, fault)


E = TypeVar("E", bound=ListenEmulator[Any])


@dataclass
class SoundConnection(ABC, Generic[E, Q]):
    """One connection: sound comes in blocks of 10 ms, and faults at their moments.

    Attributes:
        heard: all sound that came, 8 kHz.
        empty: whether nothing is ever recognised.
    """

    emulator: E
    query: Q
    request_id: str
    socket: web.WebSocketResponse
    transport: asyncio.BaseTransport | None
    heard: Samples = field(default_factory=lambda: np.empty(0, np.int16))
    empty: bool = False
    _looked_8k: int = 0
    _sent: int = 0
    _waiting: ProviderFault | None = None

    async def serve(self) -> None:
        """Until either side ends it."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._tell())
                tasks.create_task(self._hear())
        except* (ConnectionGone, ConnectionResetError):
            pass

    @abstractmethod
    async def _tell(self) -> None:
        """Says what is to be said, until `_over`."""

    @abstractmethod
    def _over(self) -> None:
        """Nothing more will come."""

    @abstractmethod
    def _control(self, kind: str) -> None:
        """A message of the client; "" for one that cannot be read."""

    @abstractmethod
    def _block(self, end: int, *, loud: bool) -> None:
        """10 ms have come, up to a sample."""

    def _sound(self, audio: bytes) -> None:
        came = decoded(audio, self.query.encoding, self.query.rate_hz)
        self.heard = np.concatenate([self.heard, came])
        for end in range(self._looked_8k + BLOCK_8K, len(self.heard) + 1, BLOCK_8K):
            block = self.heard[self._looked_8k : end].astype(np.float64)
            self._block(end, loud=float(np.sqrt((block**2).mean())) > SILENT_RMS)
            self._looked_8k = end

    async def _hear(self) -> None:
        """Reads sound and control messages."""
        try:
            while True:
                async with asyncio.timeout(IDLE_S):
                    message = await self.socket.receive()
                match message.type:
                    case WSMsgType.BINARY:
                        self._sound(message.data)
                    case WSMsgType.TEXT:
                        self._control(_kind(message.data))
                    case _:
                        break
        except TimeoutError:
            code, reason = said.NO_DATA
            await self.socket.close(code=code, message=reason)
        except UndecodableAudio:
            code, reason = said.NOT_AUDIO
            await self.socket.close(code=code, message=reason)
        self._over()

    def _fault(self) -> ProviderFault | None:
        """What the script has for this moment of an answer."""
        faults = self.emulator.faults
        if self._sent == 0:
            return faults.take(FaultMoment.FIRST_BYTE)
        waiting = self._waiting or faults.take(FaultMoment.MID_STREAM)
        due = waiting is not None and self._sent >= waiting.after
        self._waiting = None if due else waiting
        return waiting if due else None

    async def _break_off(self, error: Json) -> None:
        """Tell of an error in the stream and end it.

        Raises:
            ConnectionGone: nothing more is said.
        """
        await self._send(error)
        close, reason = said.INTERNAL
        await self.socket.close(code=close, message=reason)
        raise ConnectionGone

    async def _send(self, message: Json) -> None:
        with suppress(ConnectionResetError):  # the client went away, which its reader says too
            await self.socket.send_str(json.dumps(message))


def _kind(text: str) -> str:
    try:
        return str(json.loads(text)["type"])
    except (ValueError, KeyError, TypeError):
        return ""


def _refused(name: FaultName, request_id: str, wait_s: float = 0.0) -> web.Response:
    """The answer that refuses an upgrade."""
    status, code, message = said.HTTP_ERRORS[name]
    headers = {"dg-request-id": request_id}
    if name is FaultName.RATE_LIMITED:
        headers["Retry-After"] = str(math.ceil(wait_s))
    body = said.http_error(code, message, request_id)
    return web.json_response(body, status=status, headers=headers)
