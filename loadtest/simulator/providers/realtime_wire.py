"""What a client of OpenAI's Realtime may send, in its generally available form (2025-08).

Strict: a field that the reference does not know is refused, so a client that passes here is held to
the wire. Source: https://platform.openai.com/docs/api-reference/realtime-client-events.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter

Json = dict[str, JsonValue]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AudioFormat(_Strict):
    """μ-law at 8 kHz, or PCM at 24 kHz."""

    type: Literal["audio/pcmu", "audio/pcm"]
    rate: Literal[24000] | None = None


class _Transcription(_Strict):
    model: str
    language: str | None = None
    prompt: str | None = None


class _NoiseReduction(_Strict):
    type: Literal["near_field", "far_field"]


class AudioIn(_Strict):
    """Of a session; `turn_detection` is emulated for ``null`` only."""

    format: AudioFormat | None = None
    turn_detection: Json | None = None
    transcription: _Transcription | None = None
    noise_reduction: _NoiseReduction | None = None


class AudioOut(_Strict):
    """Of a session or a response."""

    format: AudioFormat | None = None
    voice: str | None = None
    speed: float | None = Field(default=None, ge=0.25, le=1.5)


class Audio(_Strict):
    """Both ways."""

    input: AudioIn | None = None
    output: AudioOut | None = None


class FunctionTool(_Strict):
    """A function that the model may call."""

    type: Literal["function"]
    name: str = Field(pattern=r"^[a-zA-Z0-9_-]{1,64}$")
    description: str = ""
    parameters: Json = Field(default_factory=dict)


class Session(_Strict):
    """What a client sets; what it leaves out stays as it was."""

    type: Literal["realtime"]
    model: str | None = None
    output_modalities: tuple[Literal["audio", "text"], ...] = ("audio",)
    instructions: str | None = None
    audio: Audio | None = None
    tools: tuple[FunctionTool, ...] | None = None
    tool_choice: Literal["auto", "none", "required"] = "auto"
    max_output_tokens: Annotated[int, Field(ge=1, le=4096)] | Literal["inf"] | None = None
    temperature: float | None = None
    tracing: JsonValue = None
    truncation: JsonValue = None


class ContentPart(_Strict):
    """A part of a message's content."""

    type: Literal["input_text", "input_audio", "output_text"]
    text: str | None = None
    audio: str | None = None


class ItemIn(_Strict):
    """An item that a client adds."""

    type: Literal["message", "function_call", "function_call_output"]
    id: str | None = Field(default=None, max_length=32)
    object: Literal["realtime.item"] | None = None
    status: Literal["completed", "incomplete", "in_progress"] | None = None
    role: Literal["user", "assistant", "system"] | None = None
    content: tuple[ContentPart, ...] = ()
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None
    output: str | None = None


class ResponseIn(_Strict):
    """What one response differs in from the session."""

    instructions: str | None = None
    output_modalities: tuple[Literal["audio", "text"], ...] = ("audio",)
    conversation: Literal["auto", "none"] = "auto"
    metadata: dict[str, str] | None = None
    max_output_tokens: Annotated[int, Field(ge=1, le=4096)] | Literal["inf"] | None = None
    tools: tuple[FunctionTool, ...] | None = None
    tool_choice: Literal["auto", "none", "required"] | None = None
    audio: Audio | None = None
    input: tuple[ItemIn, ...] | None = None


class _Event(_Strict):
    event_id: str | None = Field(default=None, max_length=512)


class SessionUpdate(_Event):
    """``session.update``."""

    type: Literal["session.update"]
    session: Session


class Append(_Event):
    """``input_audio_buffer.append``; at most 15 MiB of sound, in Base64."""

    type: Literal["input_audio_buffer.append"]
    audio: str = Field(max_length=20 * 1024 * 1024)


class Commit(_Event):
    """``input_audio_buffer.commit``."""

    type: Literal["input_audio_buffer.commit"]


class Clear(_Event):
    """``input_audio_buffer.clear``."""

    type: Literal["input_audio_buffer.clear"]


class ItemCreate(_Event):
    """``conversation.item.create``; `previous_item_id` may be ``root``."""

    type: Literal["conversation.item.create"]
    item: ItemIn
    previous_item_id: str | None = None


class ItemTruncate(_Event):
    """``conversation.item.truncate``."""

    type: Literal["conversation.item.truncate"]
    item_id: str
    content_index: Literal[0]
    audio_end_ms: int = Field(ge=0)


class ItemDelete(_Event):
    """``conversation.item.delete``."""

    type: Literal["conversation.item.delete"]
    item_id: str


class ResponseCreate(_Event):
    """``response.create``."""

    type: Literal["response.create"]
    response: ResponseIn = ResponseIn()


class ResponseCancel(_Event):
    """``response.cancel``."""

    type: Literal["response.cancel"]
    response_id: str | None = None


ClientEvent = Annotated[
    SessionUpdate
    | Append
    | Commit
    | Clear
    | ItemCreate
    | ItemTruncate
    | ItemDelete
    | ResponseCreate
    | ResponseCancel,
    Field(discriminator="type"),
]

CLIENT_EVENT: TypeAdapter[ClientEvent] = TypeAdapter(ClientEvent)
