"""A dialogue's request in OpenAI's words, and their chunks in a dialogue's: no I/O.

After the API reference (chat completions, streaming). Servers that only resemble OpenAI's differ in
small things, which are taken as they come: no usage, no index or id of a tool call, a name that is
repeated with every piece, `stop` as the end of a reply that asks for tools.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from openai.types.chat import (
    ChatCompletionAssistantMessageParam,
    ChatCompletionFunctionToolParam,
    ChatCompletionMessageParam,
)
from pydantic import BaseModel, ConfigDict

from voiceagent.errors import Unavailable
from voiceagent.ports.language_model import (
    TEXT_OVER,
    AgentSaid,
    CallerSaid,
    Instruction,
    ModelEvent,
    ModelMessage,
    ReplyEnd,
    StopReason,
    TextPiece,
    TokenUsage,
    ToolOffer,
    ToolRequest,
    ToolReturned,
)


def messages_of(messages: Iterable[ModelMessage]) -> list[ChatCompletionMessageParam]:
    """The messages of a request."""
    return [_message(one) for one in messages]


def tools_of(offers: Iterable[ToolOffer]) -> list[ChatCompletionFunctionToolParam]:
    """The functions of a request."""
    return [
        {
            "type": "function",
            "function": {
                "name": offer.name,
                "description": offer.description,
                "parameters": dict(offer.parameters),
            },
        }
        for offer in offers
    ]


def _message(message: ModelMessage) -> ChatCompletionMessageParam:
    match message:
        case Instruction():
            return {"role": "system", "content": message.text}
        case CallerSaid():
            return {"role": "user", "content": message.text}
        case ToolReturned():
            return {"role": "tool", "tool_call_id": message.request_id, "content": message.text}
        case AgentSaid():
            said: ChatCompletionAssistantMessageParam = {
                "role": "assistant",
                "content": message.text,
            }
            if message.requests:
                said["content"] = message.text or None
                said["tool_calls"] = [
                    {
                        "id": asked.request_id,
                        "type": "function",
                        "function": {"name": asked.name, "arguments": asked.arguments},
                    }
                    for asked in message.requests
                ]
            return said


class _Read(BaseModel):
    """What is read of a chunk; nobody before us has checked what was sent."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class _Function(_Read):
    name: str | None = None
    arguments: str | None = None


class _ToolCall(_Read):
    index: int | None = None
    id: str | None = None
    function: _Function | None = None


class _Delta(_Read):
    content: str | None = None
    tool_calls: tuple[_ToolCall, ...] | None = None


class _Choice(_Read):
    delta: _Delta | None = None
    finish_reason: str | None = None


class _PromptDetails(_Read):
    cached_tokens: int | None = None


class _Usage(_Read):
    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: _PromptDetails | None = None


class Chunk(_Read):
    """A piece of a reply on the wire; some have no choice (usage, a filter's findings)."""

    choices: tuple[_Choice, ...] | None
    usage: _Usage | None = None


_STOPS: Final = {
    "stop": StopReason.COMPLETE,
    "tool_calls": StopReason.TOOLS,
    "function_call": StopReason.TOOLS,
    "length": StopReason.CUT,
    "content_filter": StopReason.WITHHELD,
}


@dataclass(slots=True)
class _Call:
    call_id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ReplyReader:
    """Makes a dialogue's events of the chunks of one reply.

    Requests for tools come out when the reply's end is known and not before: until then an
    argument's JSON may go on, and of a reply that was cut or withheld none is to be trusted. That
    the text is over is told when the first of them begins, so that nobody waits for arguments
    before the last sentence is spoken.

    Attributes:
        begun: whether anything of the reply has come.
    """

    begun: bool = False
    _in_text: bool = False
    _calls: dict[int, _Call] = field(default_factory=dict)
    _why: StopReason | None = None
    _usage: TokenUsage = field(default_factory=TokenUsage)

    def read(self, chunk: Chunk) -> Iterator[ModelEvent]:
        """What a chunk adds.

        Raises:
            Unavailable: ``model.cut_off``, when the reply ended for a reason that nobody knows.
        """
        if chunk.usage is not None:
            details = chunk.usage.prompt_tokens_details
            self._usage = TokenUsage(
                prompt=chunk.usage.prompt_tokens,
                cached=(details.cached_tokens or 0) if details else 0,
                completion=chunk.usage.completion_tokens,
            )
        for choice in (chunk.choices or ())[:1]:
            if choice.delta is not None and self._why is None:
                yield from self._add(choice.delta)
            if choice.finish_reason and self._why is None:
                yield from self._finish(choice.finish_reason)

    def end(self) -> ReplyEnd:
        """The stream has ended.

        Raises:
            Unavailable: ``model.cut_off``, when the reply had not.
        """
        if self._why is None:
            raise _cut_off()
        return ReplyEnd(self._why, self._usage)

    @property
    def whole(self) -> bool:
        """Whether the reply has ended; only what it cost may still come."""
        return self._why is not None

    def _add(self, delta: _Delta) -> Iterator[ModelEvent]:
        if delta.content:
            self.begun = self._in_text = True
            yield TextPiece(delta.content)
        if delta.tool_calls and self._in_text:
            self._in_text = False
            yield TEXT_OVER
        for piece in delta.tool_calls or ():
            self.begun = True
            call = self._calls.setdefault(self._place(piece), _Call())
            call.call_id = call.call_id or piece.id or ""
            if piece.function is not None:
                call.name = call.name or piece.function.name or ""
                call.arguments.append(piece.function.arguments or "")

    def _place(self, piece: _ToolCall) -> int:
        """Which call a piece belongs to; one without index begins another by its id."""
        if piece.index is not None:
            return piece.index
        last = max(self._calls, default=-1)
        if piece.id and (last < 0 or self._calls[last].call_id != piece.id):
            return last + 1
        return max(last, 0)

    def _finish(self, reason: str) -> Iterator[ModelEvent]:
        why = _STOPS.get(reason)
        if why is None:
            raise _cut_off()
        if why in {StopReason.COMPLETE, StopReason.TOOLS}:
            why = StopReason.TOOLS if self._calls else StopReason.COMPLETE
            for _, call in sorted(self._calls.items()):
                call_id = call.call_id or f"call_{uuid.uuid4().hex}"
                yield ToolRequest(call_id, call.name, "".join(call.arguments))
        self._why = why


def _cut_off() -> Unavailable:
    return Unavailable("model.cut_off", "The model's reply broke off.")
