"""What a chat model is asked and answers, whoever's wire it is; and the port of a scripted model.

An emulator reads its wire into a `ChatRequest`, asks its script for the `ChatAnswer`, and writes
that on its wire, with its delays and faults.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import JsonValue


class ChatRole(StrEnum):
    """Who speaks."""

    SYSTEM = "system"
    DEVELOPER = "developer"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


@dataclass(frozen=True, slots=True)
class ChatToolCall:
    """A call of a function; `arguments` is JSON as the model wrote it."""

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message; `answers` is the id of the call that a TOOL message answers."""

    role: ChatRole
    text: str = ""
    tool_calls: tuple[ChatToolCall, ...] = ()
    answers: str = ""


@dataclass(frozen=True, slots=True)
class ChatTool:
    """A function that may be called; `parameters` is a JSON schema."""

    name: str
    description: str
    parameters: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What is asked for.

    Attributes:
        model: by the provider's name.
        messages: oldest first; every tool call is answered.
        tools: empty for words only.
        max_tokens: after so many the answer is cut; None for no such limit.
        stream: piece by piece.
        include_usage: whether a stream ends with what it cost.
    """

    model: str
    messages: tuple[ChatMessage, ...]
    tools: tuple[ChatTool, ...] = ()
    max_tokens: int | None = None
    stream: bool = False
    include_usage: bool = False


class ChatFinish(StrEnum):
    """Why an answer is over."""

    STOP = "stop"
    TOOL_CALLS = "tool_calls"
    LENGTH = "length"
    CONTENT_FILTER = "content_filter"


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """What the model says and asks for.

    Attributes:
        text: its pieces, in the order and size in which they are streamed.
        tool_calls: asked for after the text.
        finish: None for what follows from the rest: TOOL_CALLS or STOP.
        cached_tokens: of the prompt, those that the provider had cached.
    """

    text: tuple[str, ...] = ()
    tool_calls: tuple[ChatToolCall, ...] = ()
    finish: ChatFinish | None = None
    cached_tokens: int = 0

    @property
    def ended(self) -> ChatFinish:
        """Why it is over."""
        return self.finish or (ChatFinish.TOOL_CALLS if self.tool_calls else ChatFinish.STOP)


ChatScript = Callable[[ChatRequest], ChatAnswer]
"""Answers as a model would, from nothing but what it was sent. It may be asked at any time, by many
conversations."""


def tokens_in(text: str) -> int:
    """About how many tokens a text is: four characters of English each."""
    return -(-len(text) // 4)
