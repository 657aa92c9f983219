"""Realtime's messages: theirs as values, ours as JSON. No I/O.

After the API reference (server events, client events) of the generally available interface. What is
not named here (rate limits, parts, deltas of arguments) changes nothing for us and is read as
`None`.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict, JsonValue, TypeAdapter, ValidationError

from voiceagent.errors import Unavailable
from voiceagent.ports.language_model import StopReason, TokenUsage, ToolOffer, ToolRequest

APPEND_BYTES: Final = 24_000
"""Sound in one message: 3 s."""


@dataclass(frozen=True, slots=True)
class SessionReady:
    """The session is there."""


@dataclass(frozen=True, slots=True)
class TurnCommitted:
    """The caller's sound has become an item."""

    item_id: str


@dataclass(frozen=True, slots=True)
class ResponseBegun:
    """`number` is that of our request, -1 when it is not ours."""

    response_id: str
    number: int


@dataclass(frozen=True, slots=True)
class WordsCame:
    """Some more of what the model says in writing."""

    response_id: str
    item_id: str
    text: str


@dataclass(frozen=True, slots=True)
class SoundCame:
    """Some more of its sound: μ-law at 8 kHz."""

    response_id: str
    item_id: str
    mulaw_8k: bytes


@dataclass(frozen=True, slots=True)
class CallCame:
    """A tool is asked for, its arguments complete."""

    response_id: str
    item_id: str
    request: ToolRequest


@dataclass(frozen=True, slots=True)
class ResponseOver:
    """The response is whole, or `problem` says why not."""

    response_id: str
    why: StopReason
    usage: TokenUsage
    problem: Unavailable | None = None


@dataclass(frozen=True, slots=True)
class MessageRefused:
    """One of our messages was refused; `event_id` is what we called it, "" when unknown.

    `parameter` is the one at fault, dotted, "" when none is.
    """

    event_id: str
    code: str
    parameter: str = ""


ServerEvent = (
    SessionReady
    | TurnCommitted
    | ResponseBegun
    | WordsCame
    | SoundCame
    | CallCame
    | ResponseOver
    | MessageRefused
)


class _Read(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _CachedDetails(_Read):
    cached_tokens: int | None = None


class _Usage(_Read):
    input_tokens: int = 0
    output_tokens: int = 0
    input_token_details: _CachedDetails | None = None


class _Error(_Read):
    code: str | None = None
    event_id: str | None = None
    param: str | None = None


class _StatusDetails(_Read):
    reason: str | None = None
    error: _Error | None = None


class _Response(_Read):
    id: str = ""
    status: str = ""
    status_details: _StatusDetails | None = None
    metadata: dict[str, str] | None = None
    usage: _Usage | None = None


class _Message(_Read):
    type: str
    item_id: str = ""
    response_id: str = ""
    delta: str = ""
    call_id: str = ""
    name: str = ""
    arguments: str = ""
    response: _Response = _Response()
    error: _Error = _Error()


_MESSAGE: Final[TypeAdapter[_Message]] = TypeAdapter(_Message)


def read(text: str | bytes) -> ServerEvent | None:  # noqa: PLR0911 - one return per message
    """What a message says; ``None`` for what changes nothing, and for what nobody understands."""
    try:
        message = _MESSAGE.validate_json(text)
    except ValidationError:
        return None
    place = (message.response_id, message.item_id)
    match message.type:
        case "session.created":
            return SessionReady()
        case "input_audio_buffer.committed":
            return TurnCommitted(message.item_id)
        case "response.created":
            number = (message.response.metadata or {}).get("number", "")
            return ResponseBegun(message.response.id, int(number) if number.isdigit() else -1)
        case "response.output_audio_transcript.delta":
            return WordsCame(*place, message.delta)
        case "response.output_audio.delta":
            sound = _sound(message.delta)
            return SoundCame(*place, sound) if sound else None
        case "response.function_call_arguments.done":
            asked = ToolRequest(message.call_id, message.name, message.arguments)
            return CallCame(*place, asked)
        case "response.done":
            return _over(message.response)
        case "error":
            error = message.error
            return MessageRefused(error.event_id or "", error.code or "unknown", error.param or "")
    return None


def _sound(delta: str) -> bytes:
    try:
        return base64.b64decode(delta, validate=True)
    except (ValueError, binascii.Error):
        return b""


def _over(response: _Response) -> ResponseOver:
    spent = response.usage or _Usage()
    cached = spent.input_token_details.cached_tokens if spent.input_token_details else 0
    usage = TokenUsage(spent.input_tokens, cached or 0, spent.output_tokens)
    details = response.status_details or _StatusDetails()
    why, problem = StopReason.COMPLETE, None
    if response.status == "incomplete":
        withheld = details.reason == "content_filter"
        why = StopReason.WITHHELD if withheld else StopReason.CUT
    elif response.status != "completed":
        code = details.error.code if details.error else ""
        busy = code == "rate_limit_exceeded"
        text = "OpenAI's Realtime did not answer."
        problem = Unavailable("realtime.busy" if busy else "realtime.failed", text)
    return ResponseOver(response.id, why, usage, problem)


@dataclass(frozen=True, slots=True)
class SessionWish:
    """What a session is to be.

    Attributes:
        instructions: who the model is.
        tools: what it may ask for.
        voice: by OpenAI's name for it.
    """

    instructions: str
    tools: tuple[ToolOffer, ...]
    voice: str


def session_update(wish: SessionWish) -> str:
    """μ-law both ways, and turns that we end."""
    mulaw: dict[str, JsonValue] = {"type": "audio/pcmu"}
    tools: list[JsonValue] = [
        {
            "type": "function",
            "name": one.name,
            "description": one.description,
            "parameters": dict(one.parameters),
        }
        for one in wish.tools
    ]
    return _message(
        "session.update",
        session={
            "type": "realtime",
            "output_modalities": ["audio"],
            "instructions": wish.instructions,
            "tools": tools,
            "audio": {
                "input": {"format": mulaw, "turn_detection": None},
                "output": {"format": mulaw, "voice": wish.voice},
            },
        },
    )


def turn_of(mulaw_8k: bytes) -> Iterable[str]:
    """A turn of the caller: its sound, and that it is over."""
    for at in range(0, len(mulaw_8k), APPEND_BYTES):
        sound = base64.b64encode(mulaw_8k[at : at + APPEND_BYTES]).decode()
        yield _message("input_audio_buffer.append", audio=sound)
    yield _message("input_audio_buffer.commit")


def item_create(item: dict[str, JsonValue], after: str | None) -> str:
    """An item of ours behind another; ``None`` for the end."""
    if after is None:
        return _message("conversation.item.create", item=item)
    return _message("conversation.item.create", item=item, previous_item_id=after)


def item_truncate(item_id: str, end_ms: int) -> str:
    """Of the model's sound, only so much is left."""
    return _message(
        "conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=end_ms
    )


def item_delete(item_id: str) -> str:
    """It was never there."""
    return _message("conversation.item.delete", item_id=item_id)


def response_create(number: int, max_tokens: int) -> str:
    """Answer. `number` comes back with the response, and with a refusal."""
    return _message(
        "response.create",
        event_id=create_id(number),
        response={"max_output_tokens": max_tokens, "metadata": {"number": str(number)}},
    )


def create_id(number: int) -> str:
    """What the request of a response is called."""
    return f"ask-{number}"


def response_cancel(response_id: str) -> str:
    """Say no more of it."""
    return _message("response.cancel", response_id=response_id)


def _message(kind: str, **fields: JsonValue) -> str:
    return json.dumps({"type": kind, **fields})
