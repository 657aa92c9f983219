"""One connection to the emulated Realtime: its conversation, and what the client asks of it.

Turns are the client's to end: only ``turn_detection: null`` is emulated, and sound that comes
before it was set is refused.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from aiohttp import WSMsgType, web
from pydantic import JsonValue, ValidationError

from loadtest.simulator.providers.chat import tokens_in
from loadtest.simulator.providers.faults import ConnectionGone
from loadtest.simulator.providers.realtime_answer import ResponseWire
from loadtest.simulator.providers.realtime_items import (
    BYTES_PER_MS,
    Item,
    RealtimeRefusal,
    SessionItems,
    sound_of,
)
from loadtest.simulator.providers.realtime_streaming import RealtimeService, ResponseStream
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

LEAST_COMMIT_MS: Final = 100

VOICES: Final = (
    *("alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse"),
    *("marin", "cedar"),
)


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

    service: RealtimeService
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
    _running: asyncio.Task[None] | None = None
    _response: ResponseStream | None = None

    async def serve(self) -> None:
        """Until either side ends it."""
        try:
            async with asyncio.TaskGroup() as tasks:
                await self._send({"type": "session.created", "session": self._session()})
                async for message in self.socket:
                    if message.type is WSMsgType.TEXT:
                        await self._take(message.data, tasks)
                if self._running is not None:
                    self._running.cancel()
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
            seconds = len(item.sound or b"") / 8000
            kind = "conversation.item.input_audio_transcription.completed"
            place: Json = {"item_id": item.item_id, "content_index": 0}
            transcript = item.words_by(self.service.recognise)
            usage: Json = {"type": "duration", "seconds": seconds}
            await self._send({"type": kind, **place, "transcript": transcript, "usage": usage})

    async def _added(self, item: Item, before: str | None) -> None:
        body: Json = {"previous_item_id": before, "item": item.wire()}
        await self._send({"type": "conversation.item.added", **body})
        await self._send({"type": "conversation.item.done", **body})

    def _respond(self, event: ResponseCreate, tasks: asyncio.TaskGroup) -> None:
        if self._running is not None:
            problem = "Conversation already has an active response in progress."
            raise RealtimeRefusal("conversation_already_has_active_response", problem)
        given, service = event.response, self.service
        if given.conversation == "none" or given.input is not None:
            problem = "Only responses of the conversation are emulated."
            raise RealtimeRefusal("not_emulated", problem)
        asked = self.conversation.asked(
            service.model,
            given.instructions or self.instructions,
            self.tools if given.tools is None else given.tools,
            service.recognise,
        )
        service.asked.append(asked)
        metadata: JsonValue = dict(given.metadata) if given.metadata else None
        tokens = sum(4 + tokens_in(one.text) for one in asked.messages)
        answer, speak = service.script(asked), service.speak
        wire = ResponseWire(self._id("resp_"), answer, speak, metadata, self._id, tokens)
        self.responses += 1
        self._response = ResponseStream(
            service, wire, self.conversation, self._send, self.transport, self._over
        )
        self._running = tasks.create_task(self._response.run())

    async def _cancel(self) -> None:
        if self._running is None or self._response is None:
            problem = "Cancellation failed: no active response found"
            raise RealtimeRefusal("response_cancel_not_active", problem)
        self._running.cancel()
        self.cancelled += 1
        await self._response.cancel()

    def _over(self) -> None:
        self._running = self._response = None

    def _session(self) -> Json:
        tools: list[JsonValue] = [tool.model_dump(mode="json") for tool in self.tools]
        detection: Json | None = None if self._manual else {"type": "server_vad"}
        return {
            "type": "realtime",
            "object": "realtime.session",
            "id": "sess_emulated",
            "model": self.service.model,
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
