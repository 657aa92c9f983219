"""The conversation of an emulated Realtime session: its items, in order, and what a model reads."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from pydantic import JsonValue

from loadtest.simulator.providers.chat import (
    ChatMessage,
    ChatRequest,
    ChatRole,
    ChatTool,
    ChatToolCall,
)
from loadtest.simulator.providers.hearing import Recognise, decoded
from loadtest.simulator.providers.realtime_wire import FunctionTool, ItemIn, Json

BYTES_PER_MS: Final = 8
"""Of μ-law at 8 kHz."""

_ROLES: Final = {
    "user": (ChatRole.USER, "input_text"),
    "system": (ChatRole.SYSTEM, "input_text"),
    "assistant": (ChatRole.ASSISTANT, "output_text"),
}


class RealtimeRefusal(Exception):
    """An event that is refused; the session goes on."""

    def __init__(self, code: str, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.param = param


@dataclass(slots=True)
class Item:
    """One item of a conversation.

    Attributes:
        item_id: unique in the session.
        kind: ``message``, ``function_call`` or ``function_call_output``.
        role: of a message.
        text: of a message, arguments of a call, or its output.
        call_id, name: of a call.
        sound: of the caller, as it came.
        audio_ms: of the agent, how much of its sound there is; ``None`` for written words.
        heard: what is left of `text` once it was truncated.
        word_ends_ms: of the agent, where each word of its sound ends.
        heard_as: of the caller, the words in `sound`; ``None`` until somebody listened.
    """

    item_id: str
    kind: str
    role: str = ""
    text: str = ""
    call_id: str = ""
    name: str = ""
    sound: bytes | None = None
    audio_ms: int | None = None
    heard: str | None = None
    word_ends_ms: list[int] = field(default_factory=list)
    heard_as: str | None = None

    def words_by(self, recognise: Recognise) -> str:
        """The words in its sound, which is listened to once."""
        if self.heard_as is None:
            words = recognise(decoded(self.sound or b"", "mulaw", 8000))
            self.heard_as = " ".join(word.text for word in words)
        return self.heard_as

    def wire(self, status: str = "completed") -> Json:
        """As the server tells of it."""
        head: Json = {"id": self.item_id, "object": "realtime.item", "type": self.kind}
        if self.kind == "function_call_output":
            return {**head, "call_id": self.call_id, "output": self.text}
        head["status"] = status
        if self.kind == "function_call":
            named: Json = {"call_id": self.call_id, "name": self.name}
            return {**head, **named, "arguments": self.text}
        return {**head, "role": self.role, "content": self._content()}

    def _content(self) -> list[JsonValue]:
        if self.sound is not None:
            return [{"type": "input_audio", "transcript": None}]
        if self.audio_ms is not None:
            transcript = self.text if self.heard is None else None
            return [{"type": "output_audio", "transcript": transcript}]
        part = "output_text" if self.role == "assistant" else "input_text"
        return [{"type": part, "text": self.text}] if self.text else []


@dataclass(slots=True)
class SessionItems:
    """The items of a session, oldest first."""

    items: list[Item] = field(default_factory=list)

    def find(self, item_id: str) -> Item:
        """An item.

        Raises:
            RealtimeRefusal: ``item_not_found``.
        """
        found = next((item for item in self.items if item.item_id == item_id), None)
        if found is None:
            raise RealtimeRefusal("item_not_found", f"Item with ID '{item_id}' not found.")
        return found

    def add(self, item: Item, after: str | None = None) -> str | None:
        """Puts an item behind another, or at the end; the id of the one before it.

        Raises:
            RealtimeRefusal: there is one of that id, or none of `after`.
        """
        if any(one.item_id == item.item_id for one in self.items):
            problem = f"Item with ID '{item.item_id}' already exists."
            raise RealtimeRefusal("item_id_already_exists", problem, "item.id")
        at = len(self.items)
        if after == "root":
            at = 0
        elif after is not None:
            at = self.items.index(self.find(after)) + 1
        self.items.insert(at, item)
        return self.items[at - 1].item_id if at else None

    def read(self, given: ItemIn, item_id: str) -> Item:
        """What a client adds.

        Raises:
            RealtimeRefusal: a part that its role cannot have, or the output of no call.
        """
        if given.type == "message":
            return _message(given, item_id)
        call_id = given.call_id or ""
        if given.type == "function_call":
            return Item(
                item_id, given.type, text=given.arguments or "", call_id=call_id,
                name=given.name or "",
            )  # fmt: skip
        calls = [one for one in self.items if one.kind == "function_call"]
        if not any(one.call_id == call_id for one in calls):
            problem = f"Tool call ID '{call_id}' not found in conversation."
            raise RealtimeRefusal("invalid_tool_call_id", problem, "item.call_id")
        return Item(item_id, given.type, text=given.output or "", call_id=call_id)

    def truncate(self, item_id: str, audio_end_ms: int) -> None:
        """The agent was heard to here.

        Raises:
            RealtimeRefusal: no sound of the agent's, or less than that.
        """
        item = self.find(item_id)
        if item.audio_ms is None:
            problem = "Only model output audio messages can be truncated"
            raise RealtimeRefusal("invalid_value", problem, "item_id")
        if audio_end_ms > item.audio_ms:
            problem = f"Audio content of {item.audio_ms}ms is already shorter than {audio_end_ms}ms"
            raise RealtimeRefusal("invalid_value", problem, "audio_end_ms")
        kept = sum(end <= audio_end_ms for end in item.word_ends_ms)
        item.heard, item.audio_ms = " ".join(item.text.split()[:kept]), audio_end_ms

    def asked(
        self,
        model: str,
        instructions: str,
        tools: Sequence[FunctionTool],
        recognise: Recognise,
    ) -> ChatRequest:
        """What a model that reads would be asked."""
        messages = [ChatMessage(ChatRole.SYSTEM, instructions)]
        for item in self.items:
            if item.kind == "function_call":
                call = ChatToolCall(item.call_id, item.name, item.text)
                messages.append(ChatMessage(ChatRole.ASSISTANT, tool_calls=(call,)))
            elif item.kind == "function_call_output":
                messages.append(ChatMessage(ChatRole.TOOL, item.text, answers=item.call_id))
            else:
                text = item.text if item.heard is None else item.heard
                if item.sound is not None:
                    text = item.words_by(recognise)
                messages.append(ChatMessage(_ROLES[item.role][0], text))
        offered = tuple(ChatTool(one.name, one.description, one.parameters) for one in tools)
        return ChatRequest(model, tuple(messages), offered, stream=True)


def sound_of(text: str) -> bytes:
    """Sound as it came.

    Raises:
        RealtimeRefusal: no Base64.
    """
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        problem = "Invalid 'audio'. Expected base64-encoded audio bytes."
        raise RealtimeRefusal("invalid_value", problem, "audio") from None


def _message(given: ItemIn, item_id: str) -> Item:
    role = given.role or "user"
    sounds = [sound_of(part.audio or "") for part in given.content if part.type == "input_audio"]
    if sounds and role == "user":
        return Item(item_id, "message", role, sound=b"".join(sounds))
    if any(part.type != _ROLES[role][1] for part in given.content):
        problem = f"Invalid content type: a {role} message has {_ROLES[role][1]}."
        raise RealtimeRefusal("invalid_value", problem, "item.content")
    return Item(item_id, "message", role, " ".join(part.text or "" for part in given.content))
