"""OpenAI's Realtime over a WebSocket (``/v1/realtime``), emulated on the wire.

    realtime = RealtimeEmulator(scripted_model, hum, ByManifest.read("…/manifest.toml"))
    async with listening(realtime.app()) as url:          # ws of it + "/v1/realtime?model=…"
        ...

It hears by a recogniser of recordings, thinks by the script of a model that reads, and speaks by
the voice it is given, in μ-law at 8 kHz. Turns are the client's to end: only ``turn_detection:
null`` is emulated, and sound that comes before it was set is refused. Sources:
https://platform.openai.com/docs/api-reference/realtime-server-events and
https://platform.openai.com/docs/guides/realtime-conversations.

A *request*, for the script of faults, is a response; at CONNECT it is the connection.
"""

from __future__ import annotations

import asyncio
import hmac
import itertools
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from aiohttp import WSMsgType, web
from pydantic import JsonValue, ValidationError

from loadtest.simulator import g711
from loadtest.simulator.providers.chat import ChatRequest, ChatScript, tokens_in
from loadtest.simulator.providers.faults import (
    ConnectionGone,
    FaultMoment,
    FaultName,
    FaultScript,
    ProviderFault,
    on_the_socket,
)
from loadtest.simulator.providers.hearing import Recognise, decoded
from loadtest.simulator.providers.latency import NO_DELAY, DelayDraws, DelaySpread, Sleep
from loadtest.simulator.providers.openai_chat import EMULATED_KEY
from loadtest.simulator.providers.openai_wire import refusal_of, unknown_model, wrong_key
from loadtest.simulator.providers.realtime_answer import ResponseWire
from loadtest.simulator.providers.realtime_items import (
    BYTES_PER_MS,
    Item,
    RealtimeRefusal,
    SessionItems,
    sound_of,
)
from loadtest.simulator.providers.realtime_wire import (
    CLIENT_EVENT,
    Append,
    Clear,
    ClientEvent,
    Commit,
    FunctionTool,
    ItemCreate,
    ItemDelete,
    ItemTruncate,
    Json,
    ResponseCancel,
    ResponseCreate,
    Session,
    SessionUpdate,
)

EMULATED_REALTIME: Final = "gpt-realtime"
LEAST_COMMIT_MS: Final = 100

VOICES: Final = (
    *("alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse"),
    *("marin", "cedar"),
)

Render = Callable[[str], Awaitable[bytes]]
"""Speaks a text: 16-bit PCM at 8 kHz."""

_SAID: Final = {
    FaultName.RATE_LIMITED: ("rate_limit_exceeded", "Rate limit reached. Please try again later."),
    FaultName.SERVER_ERROR: ("server_error", "The server had an error while processing."),
    FaultName.UNAUTHORIZED: ("invalid_api_key", "Incorrect API key provided."),
}


class RealtimeEmulator:
    """The service.

    Args:
        script: what it answers.
        render: how it speaks.
        recognise: what it hears.
        api_key: the only one it takes, as a bearer token.
        model: the one there is.
        faults: what goes wrong.
        first_sound: from the request to the first piece of a response.
        gap: between two pieces of sound.
        seed: of the delays.
        sleep: how it waits.

    Attributes:
        sessions: opened so far, oldest first.
    """

    def __init__(
        self,
        script: ChatScript,
        render: Render,
        recognise: Recognise,
        *,
        api_key: str = EMULATED_KEY,
        model: str = EMULATED_REALTIME,
        faults: FaultScript | None = None,
        first_sound: DelaySpread = NO_DELAY,
        gap: DelaySpread = NO_DELAY,
        seed: int = 0,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.script = script
        self.render = render
        self.recognise = recognise
        self.model = model
        self.faults = faults or FaultScript()
        self.first_sound = DelayDraws(first_sound, seed)
        self.gap = DelayDraws(gap, seed + 1)
        self.sleep = sleep
        self.sessions: list[RealtimeSession] = []
        self.asked: list[ChatRequest] = []
        """What the model was asked, oldest first."""
        self.attempts = 0
        """Connections that were asked for."""
        self._key = api_key
        self._asked_for = asyncio.Condition()

    async def wait_attempts(self, count: int) -> None:
        """Until so many connections were asked for."""
        async with self._asked_for:
            await self._asked_for.wait_for(lambda: self.attempts >= count)

    def app(self) -> web.Application:
        """The server application."""
        app = web.Application()
        self.add_to(app)
        return app

    def add_to(self, app: web.Application) -> None:
        """Lets another application serve it too."""
        app.router.add_get("/v1/realtime", self._open)

    async def _open(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.take(FaultMoment.CONNECT)
        async with self._asked_for:
            self.attempts += 1
            self._asked_for.notify_all()
        if fault is not None and fault.name.of_the_socket:
            try:
                await on_the_socket(fault, request.transport, self.sleep)
            except ConnectionGone:
                return web.Response(status=500)
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        refusal = refusal_of(fault, key) if fault and fault.name in _SAID else None
        if refusal is None and not hmac.compare_digest(key.encode(), self._key.encode()):
            refusal = wrong_key(key)
        model = request.query.get("model", "")
        if refusal is None and model != self.model:
            refusal = unknown_model(model)
        if refusal is not None:
            return web.json_response(refusal.body, status=refusal.status, headers=refusal.headers)
        socket = web.WebSocketResponse(compress=False, timeout=1.0, max_msg_size=2**25)
        await socket.prepare(request)
        session = RealtimeSession(self, socket, request.transport)
        self.sessions.append(session)
        await session.serve()
        return socket


@dataclass(slots=True)
class RealtimeSession:
    """One connection and its conversation.

    Attributes:
        events: what the client sent, its kinds, oldest first.
        errors: what it was told, by code.
        truncated: item and milliseconds of each truncation.
        responses: begun so far.
        cancelled: responses that the client cancelled.
    """

    emulator: RealtimeEmulator
    socket: web.WebSocketResponse
    transport: asyncio.BaseTransport | None
    conversation: SessionItems = field(default_factory=SessionItems)
    events: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    truncated: list[tuple[str, int]] = field(default_factory=list)
    responses: int = 0
    cancelled: int = 0
    instructions: str = ""
    tools: tuple[FunctionTool, ...] = ()
    _buffer: bytearray = field(default_factory=bytearray)
    _manual: bool = False
    _transcribes: bool = False
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _active: asyncio.Task[None] | None = None
    _wire: ResponseWire | None = None

    async def serve(self) -> None:
        """Until either side ends it."""
        try:
            async with asyncio.TaskGroup() as tasks:
                await self._send({"type": "session.created", "session": self._session()})
                async for message in self.socket:
                    if message.type is WSMsgType.TEXT:
                        await self._take(message.data, tasks)
                if self._active is not None:
                    self._active.cancel()
        except* (ConnectionGone, ConnectionResetError):
            pass

    async def _take(self, text: str, tasks: asyncio.TaskGroup) -> None:
        event_id: str | None = None
        try:
            plain = json.loads(text)
            event_id = plain.get("event_id")
            event = CLIENT_EVENT.validate_python(plain)
            self.events.append(event.type)
            await self._do(event, tasks)
        except RealtimeRefusal as refusal:
            await self._error(refusal.code, refusal.message, refusal.param, event_id)
        except (ValueError, AttributeError, ValidationError) as error:
            await self._error("invalid_request", str(error), None, event_id)

    async def _do(self, event: ClientEvent, tasks: asyncio.TaskGroup) -> None:  # noqa: C901 - one arm per event
        match event:
            case SessionUpdate():
                self._set(event.session)
                await self._send({"type": "session.updated", "session": self._session()})
            case Append():
                if not self._manual:
                    problem = "Only sessions with turn_detection null are emulated."
                    raise RealtimeRefusal("not_emulated", problem)
                self._buffer += sound_of(event.audio)
            case Clear():
                self._buffer.clear()
                await self._send({"type": "input_audio_buffer.cleared"})
            case Commit():
                await self._commit()
            case ItemCreate():
                item = self.conversation.read(event.item, event.item.id or self._id("item_"))
                await self._added(item, self.conversation.add(item, event.previous_item_id))
            case ItemTruncate():
                self.conversation.truncate(event.item_id, event.audio_end_ms)
                self.truncated.append((event.item_id, event.audio_end_ms))
                told: Json = {"item_id": event.item_id, "audio_end_ms": event.audio_end_ms}
                await self._send(
                    {"type": "conversation.item.truncated", "content_index": 0, **told}
                )
            case ItemDelete():
                self.conversation.items.remove(self.conversation.find(event.item_id))
                await self._send({"type": "conversation.item.deleted", "item_id": event.item_id})
            case ResponseCreate():
                self._respond(event, tasks)
            case ResponseCancel():
                await self._cancel()

    def _set(self, given: Session) -> None:
        hears = given.audio.input if given.audio else None
        speaks = given.audio.output if given.audio else None
        for way, side in (("input", hears), ("output", speaks)):
            if side is not None and side.format is not None and side.format.type != "audio/pcmu":
                problem = "Only audio/pcmu is emulated."
                raise RealtimeRefusal("not_emulated", problem, f"session.audio.{way}.format")
        if speaks is not None and speaks.voice is not None and speaks.voice not in VOICES:
            problem = f"Invalid value: '{speaks.voice}'. Supported values are: {', '.join(VOICES)}."
            raise RealtimeRefusal("invalid_value", problem, "session.audio.output.voice")
        if given.instructions is not None:
            self.instructions = given.instructions
        if given.tools is not None:
            self.tools = given.tools
        if hears is not None:
            if "turn_detection" in hears.model_fields_set:
                self._manual = hears.turn_detection is None
            if "transcription" in hears.model_fields_set:
                self._transcribes = hears.transcription is not None

    async def _commit(self) -> None:
        milliseconds = len(self._buffer) / BYTES_PER_MS
        if milliseconds < LEAST_COMMIT_MS:
            raise RealtimeRefusal(
                "input_audio_buffer_commit_empty",
                "Error committing input audio buffer: buffer too small. Expected at least 100ms of "
                f"audio, but buffer only has {milliseconds:.2f}ms of audio.",
            )
        item = Item(self._id("item_"), "message", "user", sound=bytes(self._buffer))
        self._buffer.clear()
        before = self.conversation.add(item)
        told: Json = {"item_id": item.item_id, "previous_item_id": before}
        await self._send({"type": "input_audio_buffer.committed", **told})
        await self._added(item, before)
        if self._transcribes:
            words = self.emulator.recognise(decoded(item.sound or b"", "mulaw", 8000))
            seconds = len(item.sound or b"") / 8000
            kind = "conversation.item.input_audio_transcription.completed"
            place: Json = {"item_id": item.item_id, "content_index": 0}
            transcript = " ".join(word.text for word in words)
            usage: Json = {"type": "duration", "seconds": seconds}
            await self._send({"type": kind, **place, "transcript": transcript, "usage": usage})

    async def _added(self, item: Item, before: str | None) -> None:
        body: Json = {"previous_item_id": before, "item": item.wire()}
        await self._send({"type": "conversation.item.added", **body})
        await self._send({"type": "conversation.item.done", **body})

    def _respond(self, event: ResponseCreate, tasks: asyncio.TaskGroup) -> None:
        if self._active is not None:
            problem = "Conversation already has an active response in progress."
            raise RealtimeRefusal("conversation_already_has_active_response", problem)
        given = event.response
        if given.conversation == "none" or given.input is not None:
            problem = "Only responses of the conversation are emulated."
            raise RealtimeRefusal("not_emulated", problem)
        tools = self.tools if given.tools is None else given.tools
        asked = self.conversation.asked(
            self.emulator.model, given.instructions or self.instructions, tools,
            self.emulator.recognise,
        )  # fmt: skip
        self.emulator.asked.append(asked)
        metadata: JsonValue = dict(given.metadata) if given.metadata else None
        tokens = sum(4 + tokens_in(one.text) for one in asked.messages)
        self.responses += 1
        self._active = tasks.create_task(self._stream(asked, metadata, tokens))

    async def _stream(self, asked: ChatRequest, metadata: JsonValue, tokens: int) -> None:
        emulator = self.emulator
        answer = emulator.script(asked)
        wire = ResponseWire(self._id("resp_"), answer, self._speak, metadata, self._id, tokens)
        self._wire = wire
        await self._send(wire.begun())
        await emulator.sleep(emulator.first_sound.next_s())
        first = emulator.faults.take(FaultMoment.FIRST_BYTE)
        held = emulator.faults.take(FaultMoment.MID_STREAM)
        crumb_s: float | None = None
        fault, sent = first, 0
        async for event in wire.pieces():
            if held is not None and sent >= held.after:
                fault, held = held, None
            if fault is not None:
                if fault.name is FaultName.DRIBBLE:
                    crumb_s = fault.wait_s
                elif await self._strikes(fault, wire):
                    return
                fault = None
            if event["type"] == "response.output_audio.delta":
                await emulator.sleep(emulator.gap.next_s() if crumb_s is None else crumb_s)
            await self._send(event)
            sent += 1
            if event["type"] == "response.output_item.added":
                item = wire.items[-1]
                before = self.conversation.add(item)
                body: Json = {"previous_item_id": before, "item": item.wire("in_progress")}
                await self._send({"type": "conversation.item.added", **body})
        self._over()
        await self._send(wire.done("completed"))

    async def _strikes(self, fault: ProviderFault, wire: ResponseWire) -> bool:
        """Lets a fault happen; whether the response is over with it."""
        if fault.name is FaultName.EMPTY_SUCCESS:
            self._over()
            await self._send(wire.done("completed"))
            return True
        if fault.name.in_words:
            code, message = _SAID[fault.name]
            self._over()
            error: Json = {"type": "invalid_request_error", "code": code, "message": message}
            await self._send(wire.done("failed", {"type": "failed", "error": error}))
            return True
        await on_the_socket(fault, self.transport, self.emulator.sleep)
        return False

    async def _cancel(self) -> None:
        if self._active is None or self._wire is None:
            problem = "Cancellation failed: no active response found"
            raise RealtimeRefusal("response_cancel_not_active", problem)
        self._active.cancel()
        wire, self.cancelled = self._wire, self.cancelled + 1
        self._over()
        details: Json = {"type": "cancelled", "reason": "client_cancelled"}
        await self._send(wire.done("cancelled", details))

    def _over(self) -> None:
        self._active = self._wire = None

    async def _speak(self, text: str) -> bytes:
        pcm = await self.emulator.render(text)
        return g711.encode(np.frombuffer(pcm, "<i2").astype(np.int16))

    def _session(self) -> Json:
        tools: list[JsonValue] = [tool.model_dump(mode="json") for tool in self.tools]
        detection: Json | None = None if self._manual else {"type": "server_vad"}
        return {
            "type": "realtime",
            "object": "realtime.session",
            "id": "sess_emulated",
            "model": self.emulator.model,
            "output_modalities": ["audio"],
            "instructions": self.instructions,
            "tools": tools,
            "tool_choice": "auto",
            "max_output_tokens": "inf",
            "audio": {
                "input": {"format": {"type": "audio/pcmu"}, "turn_detection": detection},
                "output": {"format": {"type": "audio/pcmu"}, "voice": "marin", "speed": 1.0},
            },
        }

    async def _error(
        self, code: str, message: str, param: str | None, event_id: str | None
    ) -> None:
        self.errors.append(code)
        error: Json = {
            "type": "invalid_request_error",
            "code": code,
            "message": message,
            "param": param,
            "event_id": event_id,
        }
        await self._send({"type": "error", "error": error})

    async def _send(self, body: Json) -> None:
        with suppress(ConnectionResetError):  # the client went away, which its reader says too
            await self.socket.send_str(json.dumps({"event_id": self._id("event_"), **body}))

    def _id(self, prefix: str) -> str:
        return f"{prefix}{next(self._numbers):06d}"
