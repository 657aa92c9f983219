"""Cartesia's speech over a WebSocket (``/tts/websocket``), emulated on the wire.

    async with listening(CartesiaEmulator(render, key="sk_car_…").app()) as url:
        ...                                             # ws of it + "/tts/websocket"

A *context* is speech in one breath: its inputs with ``continue`` true are spoken one after the
other, and the one without ends it with ``done``. Contexts of a connection are spoken side by side.
Words are timed by their letters, as the voice that renders does not tell. Sources:
https://docs.cartesia.ai/api-reference/tts/websocket and
https://docs.cartesia.ai/api-reference/tts/working-with-web-sockets/contexts.

A *request*, for the script of faults, is a context; an EMPTY_SUCCESS or a DRIBBLE at CONNECT holds
for its connection.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import numpy as np
from aiohttp import WSMsgType, web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from loadtest.simulator import g711, wav
from loadtest.simulator.g711 import RATE_HZ
from loadtest.simulator.providers.faults import (
    ConnectionGone,
    FaultMoment,
    FaultName,
    FaultScript,
    ProviderFault,
    on_the_socket,
)
from loadtest.simulator.providers.latency import NO_DELAY, DelayDraws, Sleep

Render = Callable[[str], Awaitable[bytes]]
"""Speaks a text: 16-bit PCM at 8 kHz."""

Json = dict[str, object]

CHUNK_S: Final = 0.1
CRUMB_S: Final = 0.01

ERRORS: Final = {
    FaultName.UNAUTHORIZED: (401, "unauthorized", "Unauthorized", "Invalid API key."),
    FaultName.RATE_LIMITED: (
        429,
        "concurrency_limited",
        "Too many requests",
        "You have reached your concurrency limit.",
    ),
    FaultName.SERVER_ERROR: (500, "internal_error", "Internal error", "Something went wrong."),
}


class _Voice(BaseModel):
    mode: str = "id"
    id: str = ""


class _OutputFormat(BaseModel):
    container: str
    encoding: str
    sample_rate: int


class SpeechRequest(BaseModel):
    """What a client asks for; see the reference."""

    model_config = ConfigDict(extra="ignore")

    context_id: str = ""
    model_id: str
    transcript: str
    voice: _Voice | str
    output_format: _OutputFormat
    more: bool = Field(default=False, alias="continue")
    add_timestamps: bool = False
    flush: bool = False


@dataclass(slots=True)
class _Context:
    """Speech in one breath: what is still to be said, and where its sound stands."""

    inputs: asyncio.Queue[SpeechRequest] = field(default_factory=asyncio.Queue)
    task: asyncio.Task[None] | None = None
    spoken_s: float = 0.0
    chunks: int = 0
    empty: bool = False
    dribble: ProviderFault | None = None
    flushes: int = 0

    def stop(self) -> None:
        """Says no more of it."""
        if self.task is not None:
            self.task.cancel()


class CartesiaEmulator:
    """Cartesia, as far as a client of its speech sees it.

    Args:
        render: the voice.
        key: the one that is let in; "" lets everybody in.
        voices: ids that it has; none for any.
        faults: what goes wrong.
        delays: from a text to its first sound.
        sleep: waits.
    """

    def __init__(
        self,
        render: Render,
        *,
        key: str = "",
        voices: frozenset[str] = frozenset(),
        faults: FaultScript | None = None,
        delays: DelayDraws | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.render = render
        self.voices = voices
        self.faults = faults if faults is not None else FaultScript()
        self.delays = delays if delays is not None else DelayDraws(NO_DELAY)
        self.sleep = sleep
        self.connections = 0
        """Opened so far."""
        self.requests: list[SpeechRequest] = []
        self.cancelled: list[str] = []
        """Contexts that a client cancelled."""
        self._key = key

    def app(self) -> web.Application:
        """What is served."""
        app = web.Application()
        app.router.add_get("/tts/websocket", self._speak)
        return app

    async def _speak(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.take(FaultMoment.CONNECT)
        if fault is not None and fault.name.of_the_socket:
            try:
                await on_the_socket(fault, request.transport, self.sleep)
            except ConnectionGone:
                return web.Response(status=500)
        if fault is not None and fault.name in ERRORS:
            return _refused(fault)
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        key = request.headers.get("X-API-Key") or request.query.get("api_key") or bearer
        if self._key and key != self._key:
            return _refused(ProviderFault(FaultName.UNAUTHORIZED))
        if not (request.headers.get("Cartesia-Version") or request.query.get("cartesia_version")):
            body = {"title": "Version missing", "message": "cartesia_version is required."}
            return web.json_response(body, status=400)
        socket = web.WebSocketResponse(compress=False, timeout=1.0)
        await socket.prepare(request)
        self.connections += 1
        speaking = CartesiaConnection(self, socket, request.transport)
        speaking.empty = fault is not None and fault.name is FaultName.EMPTY_SUCCESS
        speaking.dribble = fault if fault is not None and fault.name is FaultName.DRIBBLE else None
        await speaking.serve()
        return socket


@dataclass(slots=True)
class CartesiaConnection:
    """One connection.

    Attributes:
        empty: whether its contexts end without sound.
        dribble: set while sound comes in crumbs.
    """

    emulator: CartesiaEmulator
    socket: web.WebSocketResponse
    transport: asyncio.BaseTransport | None
    empty: bool = False
    dribble: ProviderFault | None = None
    _contexts: dict[str, _Context] = field(default_factory=dict)

    async def serve(self) -> None:
        """Until either side ends it."""
        try:
            async with asyncio.TaskGroup() as tasks:
                async for message in self.socket:
                    if message.type is WSMsgType.TEXT:
                        await self._take(message.data, tasks)
                for context in self._contexts.values():
                    context.stop()
        except* (ConnectionGone, ConnectionResetError):
            pass

    async def _take(self, text: str, tasks: asyncio.TaskGroup) -> None:
        """A message of the client."""
        try:
            plain = json.loads(text)
            cancelled = str(plain["context_id"]) if plain.get("cancel") else ""
            request = None if cancelled else SpeechRequest.model_validate(plain)
        except (ValueError, KeyError, AttributeError, ValidationError):
            await self._fail("", 400, "invalid_request", "Invalid request", "It cannot be read.")
            return
        if request is None:
            self.emulator.cancelled.append(cancelled)
            context = self._contexts.pop(cancelled, None)
            if context is not None:
                context.stop()
            return
        self.emulator.requests.append(request)
        if problem := self._problem(request):
            await self._fail(request.context_id, 400, *problem)
            return
        context = self._contexts.get(request.context_id)
        if context is None:
            context = _Context(empty=self.empty, dribble=self.dribble)
            self._contexts[request.context_id] = context
            context.task = tasks.create_task(self._context(request.context_id, context))
        context.inputs.put_nowait(request)

    def _problem(self, request: SpeechRequest) -> tuple[str, str, str] | None:
        """Code, title and message of what is wrong with a request."""
        output = request.output_format
        if output.container != "raw" or output.encoding not in ("pcm_s16le", "pcm_mulaw"):
            return "invalid_output_format", "Invalid output format", "Only raw PCM is emulated."
        voice = request.voice if isinstance(request.voice, str) else request.voice.id
        if self.emulator.voices and voice not in self.emulator.voices:
            return "voice_not_found", "Voice not found", "The voice does not exist."
        if not request.context_id:
            return "context_id_missing", "Context missing", "context_id is required."
        return None

    async def _context(self, name: str, context: _Context) -> None:
        """Says a context to its end."""
        held: ProviderFault | None = None
        try:
            while True:
                request = await context.inputs.get()
                if request.transcript and not context.empty:
                    if not context.chunks:
                        await self.emulator.sleep(self.emulator.delays.next_s())
                        fault = self.emulator.faults.take(FaultMoment.FIRST_BYTE)
                        held = self.emulator.faults.take(FaultMoment.MID_STREAM)
                        if fault is not None and await self._strikes(name, context, fault):
                            return
                    if await self._say(name, context, request, held):
                        return
                if request.flush:
                    context.flushes += 1
                    await self._send(name, "flush_done", flush_done=True, flush_id=context.flushes)
                if not request.more:
                    await self._send(name, "done", done=True, status_code=200)
                    return
        finally:
            self._contexts.pop(name, None)

    async def _say(
        self, name: str, context: _Context, request: SpeechRequest, held: ProviderFault | None
    ) -> bool:
        """Renders one input and sends it; whether the context is over with it."""
        pcm = await self.emulator.render(request.transcript)
        output = request.output_format
        sound, second = _coded(pcm, output.encoding, output.sample_rate)
        if context.empty:
            return False
        if request.add_timestamps:
            await self._send(
                name,
                "timestamps",
                word_timestamps=_word_times(
                    request.transcript, context.spoken_s, len(pcm) / 2 / RATE_HZ
                ),
            )
        at = 0
        while at < len(sound):
            if held is not None and context.chunks >= held.after:
                fault, held = held, None
                if await self._strikes(name, context, fault):
                    return True
            if context.empty:
                return False
            if context.dribble is not None:
                await self.emulator.sleep(context.dribble.wait_s)
            seconds = CHUNK_S if context.dribble is None else CRUMB_S
            size = int(seconds * output.sample_rate) * (second // output.sample_rate)
            data = base64.b64encode(sound[at : at + size]).decode()
            await self._send(name, "chunk", data=data, step_time=10.0)
            at += size
            context.chunks += 1
        context.spoken_s += len(pcm) / 2 / RATE_HZ
        return False

    async def _strikes(self, name: str, context: _Context, fault: ProviderFault) -> bool:
        """Lets a fault happen; whether the context is over with it.

        Raises:
            ConnectionGone: and the connection too.
        """
        match fault.name:
            case FaultName.DRIBBLE:
                context.dribble = fault
            case FaultName.EMPTY_SUCCESS:
                context.empty = True
            case kind if kind.in_words:
                await self._fail(name, *ERRORS[kind])
                return True
            case _:
                await on_the_socket(fault, self.transport, self.emulator.sleep)
        return False

    async def _fail(self, name: str, status: int, code: str, title: str, message: str) -> None:
        await self._send(
            name,
            "error",
            done=True,
            status_code=status,
            error_code=code,
            title=title,
            message=message,
        )

    async def _send(self, context_id: str, kind: str, **fields: object) -> None:
        body = {"type": kind, "done": False, "status_code": 206, "context_id": context_id, **fields}
        with suppress(ConnectionResetError):  # the client went away, which its reader says too
            await self.socket.send_str(json.dumps(body))


def _refused(fault: ProviderFault) -> web.Response:
    status, code, title, message = ERRORS[fault.name]
    headers = (
        {"Retry-After": str(round(fault.wait_s))} if fault.name is FaultName.RATE_LIMITED else {}
    )
    body = {"error_code": code, "title": title, "message": message}
    return web.json_response(body, status=status, headers=headers)


def _coded(pcm_8k: bytes, encoding: str, rate_hz: int) -> tuple[bytes, int]:
    """The sound as it was asked for, and its bytes a second."""
    samples = np.frombuffer(pcm_8k, "<i2").astype(np.int16)
    if rate_hz != RATE_HZ:
        resampled = wav.resample(samples.astype(np.float64), RATE_HZ, rate_hz)
        samples = np.clip(np.rint(resampled), -32768, 32767).astype(np.int16)
    if encoding == "pcm_mulaw":
        return g711.encode(samples), rate_hz
    return samples.astype("<i2").tobytes(), 2 * rate_hz


def _word_times(text: str, start_s: float, seconds: float) -> Json:
    """Words as they were written, and their times by their letters."""
    words = text.split()
    letters = [0, *itertools.accumulate(len(word) + 1 for word in words)]
    edges = [start_s + seconds * count / max(1, letters[-1]) for count in letters]
    spans = list(pairwise(edges))
    return {
        "words": words,
        "start": [round(start, 3) for start, _ in spans],
        "end": [round(end, 3) for _, end in spans],
    }
