"""OpenAI's chat completions on the wire: reading a request as strictly as they do, writing answers.

After the public API reference (chat completions, streaming, errors). What their service refuses
with 400 is refused here: unknown parameters, a tool's message without its call, a call without its
answer, usage asked of an answer that is not streamed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from loadtest.simulator.providers.chat import (
    ChatAnswer,
    ChatMessage,
    ChatRequest,
    ChatRole,
    ChatTool,
    ChatToolCall,
    tokens_in,
)
from loadtest.simulator.providers.faults import FaultName, ProviderFault

Json = Mapping[str, JsonValue]


class WireRefusal(Exception):
    """An answer that is an error, as the service sends it.

    Args:
        status: of HTTP; in a stream that has begun only the body is sent.
        message: for people.
        kind: ``type`` on the wire.
        code: stable, or None.
        param: the parameter at fault, or None.
        retry_after_s: of 429.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {
            "error": {"message": message, "type": kind, "param": param, "code": code}
        }
        self.headers: dict[str, str] = {}
        if retry_after_s is not None:
            # Retry-After is in whole seconds (RFC 9110, 10.2.3); the exact wait is beside it.
            self.headers["Retry-After"] = str(max(1, round(retry_after_s)))
            self.headers["retry-after-ms"] = str(round(retry_after_s * 1000))


def wrong_key(key: str) -> WireRefusal:
    """401; like the real one it tells a part of the key."""
    if not key:
        return WireRefusal(
            401,
            "You didn't provide an API key. You need to provide your API key in an Authorization "
            "header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
        )
    return WireRefusal(
        401,
        f"Incorrect API key provided: {key[:8]}{'*' * 12}{key[-4:]}. You can find your API key at "
        "https://platform.openai.com/account/api-keys.",
        code="invalid_api_key",
    )


def unknown_model(model: str) -> WireRefusal:
    """404."""
    return WireRefusal(
        404,
        f"The model `{model}` does not exist or you do not have access to it.",
        code="model_not_found",
    )


def refusal_of(fault: ProviderFault, key: str) -> WireRefusal:
    """What a fault in words says.

    Raises:
        ValueError: it says nothing.
    """
    match fault.name:
        case FaultName.UNAUTHORIZED:
            return wrong_key(key)
        case FaultName.RATE_LIMITED:
            return WireRefusal(
                429,
                f"Rate limit reached on tokens per min (TPM). Please try again in {fault.wait_s}s.",
                kind="tokens",
                code="rate_limit_exceeded",
                retry_after_s=fault.wait_s,
            )
        case FaultName.SERVER_ERROR:
            return WireRefusal(
                500,
                "The server had an error while processing your request. Sorry about that!",
                kind="server_error",
            )
        case _:
            raise ValueError(f"{fault.name} says nothing")


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _CalledFunction(_Wire):
    name: str
    arguments: str


class _ToolCall(_Wire):
    id: str
    type: Literal["function"]
    function: _CalledFunction


class _TextPart(_Wire):
    type: Literal["text"]
    text: str


class _Message(_Wire):
    role: ChatRole
    content: str | tuple[_TextPart, ...] | None = None
    name: str | None = None
    refusal: str | None = None
    tool_calls: Annotated[tuple[_ToolCall, ...], Field(min_length=1)] | None = None
    tool_call_id: str | None = None


class _Function(_Wire):
    name: str = Field(pattern=r"^[a-zA-Z0-9_-]{1,64}$")
    description: str = ""
    parameters: dict[str, JsonValue] = Field(default_factory=dict)
    strict: bool | None = None


class _Tool(_Wire):
    type: Literal["function"]
    function: _Function


class _StreamOptions(_Wire):
    include_usage: bool | None = None
    include_obfuscation: bool | None = None


class _Body(_Wire):
    """Those parameters of theirs that a dialogue has a use for."""

    model: str
    messages: Annotated[tuple[_Message, ...], Field(min_length=1)]
    tools: Annotated[tuple[_Tool, ...], Field(min_length=1)] | None = None
    tool_choice: JsonValue = None
    parallel_tool_calls: bool | None = None
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    seed: int | None = None
    reasoning_effort: str | None = None
    service_tier: str | None = None
    prompt_cache_key: str | None = None
    user: str | None = None


def read_request(body: bytes) -> ChatRequest:
    """A request from its body.

    Raises:
        WireRefusal: 400, as the service would say it.
    """
    try:
        read = _Body.model_validate_json(body)
    except ValidationError as error:
        raise _invalid(error) from None
    if read.stream_options is not None and not read.stream:
        raise WireRefusal(
            400,
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
            param="stream_options",
        )
    messages = tuple(_message(one) for one in read.messages)
    _check_pairs(messages)
    return ChatRequest(
        model=read.model,
        messages=messages,
        tools=tuple(
            ChatTool(one.function.name, one.function.description, one.function.parameters)
            for one in read.tools or ()
        ),
        max_tokens=read.max_completion_tokens or read.max_tokens,
        stream=bool(read.stream),
        include_usage=bool(read.stream_options and read.stream_options.include_usage),
    )


def _invalid(error: ValidationError) -> WireRefusal:
    first = error.errors()[0]
    param = ".".join(str(part) for part in first["loc"])
    match first["type"]:
        case "json_invalid":
            return WireRefusal(400, "We could not parse the JSON body of your request.")
        case "extra_forbidden":
            return WireRefusal(400, f"Unrecognized request argument supplied: {param}")
        case "missing":
            return WireRefusal(
                400,
                f"Missing required parameter: '{param}'.",
                param=param,
                code="missing_required_parameter",
            )
        case kind:
            return WireRefusal(
                400, f"Invalid value for '{param}': {first['msg']}.", param=param, code=kind
            )


def _message(read: _Message) -> ChatMessage:
    content = read.content or ""
    return ChatMessage(
        role=read.role,
        text=content if isinstance(content, str) else "".join(part.text for part in content),
        tool_calls=tuple(
            ChatToolCall(call.id, call.function.name, call.function.arguments)
            for call in read.tool_calls or ()
        ),
        answers=read.tool_call_id or "",
    )


def _check_pairs(messages: Sequence[ChatMessage]) -> None:
    """Every call is answered right after it, and nothing else is.

    Raises:
        WireRefusal: 400.
    """
    open_calls: set[str] = set()
    for number, message in enumerate(messages):
        if message.role is ChatRole.TOOL:
            if message.answers not in open_calls:
                raise WireRefusal(
                    400,
                    "Invalid parameter: messages with role 'tool' must be a response to a "
                    "preceding message with 'tool_calls'.",
                    param=f"messages.[{number}].role",
                )
            open_calls.discard(message.answers)
            continue
        _all_answered(open_calls, number)
        open_calls = {call.call_id for call in message.tool_calls}
    _all_answered(open_calls, len(messages))


def _all_answered(open_calls: set[str], number: int) -> None:
    if open_calls:
        raise WireRefusal(
            400,
            "An assistant message with 'tool_calls' must be followed by tool messages responding "
            "to each 'tool_call_id'. The following tool_call_ids did not have response messages: "
            + ", ".join(sorted(open_calls)),
            param=f"messages.[{number}].role",
        )


def argument_pieces(arguments: str, size: int = 7) -> list[str]:
    """A call's arguments as they are streamed: in pieces that respect nothing."""
    return [arguments[at : at + size] for at in range(0, len(arguments), size)]


@dataclass(frozen=True, slots=True)
class AnswerWire:
    """Writes one answer.

    Attributes:
        answer_id: ``chatcmpl-…``.
        created: seconds since 1970.
        asked: the request.
        answer: what is said.
    """

    answer_id: str
    created: int
    asked: ChatRequest
    answer: ChatAnswer

    def whole(self) -> Json:
        """The body of an answer that is not streamed."""
        calls = [_call(call) for call in self.answer.tool_calls]
        message: dict[str, JsonValue] = {
            "role": "assistant",
            "content": "".join(self.answer.text) or None,
            "refusal": None,
        }
        if calls:
            message["tool_calls"] = [dict(call) for call in calls]
        choice: JsonValue = {
            "index": 0,
            "message": message,
            "logprobs": None,
            "finish_reason": self.answer.ended.value,
        }
        return {**self._head("chat.completion"), "choices": [choice], "usage": self._usage()}

    def pieces(self) -> Iterator[Json]:
        """The chunks that carry the answer, without its end."""
        opening: dict[str, JsonValue] = {"role": "assistant", "content": "", "refusal": None}
        yield self._chunk(opening)
        for text in self.answer.text:
            yield self._chunk({"content": text})
        for index, call in enumerate(self.answer.tool_calls):
            begun = _call(ChatToolCall(call.call_id, call.name, ""))
            yield self._chunk({"tool_calls": [{"index": index, **begun}]})
            for piece in argument_pieces(call.arguments):
                yield self._chunk(
                    {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}
                )

    def end(self) -> Iterator[Json]:
        """The chunks that say that it is over."""
        yield self._chunk({}, self.answer.ended.value)
        if self.asked.include_usage:
            yield {
                **self._head("chat.completion.chunk"),
                "choices": [],
                "usage": self._usage(),
            }

    def _chunk(self, delta: Mapping[str, JsonValue], finish: str | None = None) -> Json:
        choice: JsonValue = {
            "index": 0,
            "delta": dict(delta),
            "logprobs": None,
            "finish_reason": finish,
        }
        body = {**self._head("chat.completion.chunk"), "choices": [choice]}
        return {**body, "usage": None} if self.asked.include_usage else body

    def _head(self, kind: str) -> dict[str, JsonValue]:
        return {
            "id": self.answer_id,
            "object": kind,
            "created": self.created,
            "model": self.asked.model,
            "service_tier": "default",
            "system_fingerprint": "fp_emulated",
        }

    def _usage(self) -> JsonValue:
        prompt = sum(
            4 + tokens_in(one.text) + sum(tokens_in(call.arguments) for call in one.tool_calls)
            for one in self.asked.messages
        )
        said = "".join(self.answer.text)
        completion = tokens_in(said) + sum(
            tokens_in(call.name + call.arguments) for call in self.answer.tool_calls
        )
        return {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "prompt_tokens_details": {
                "cached_tokens": self.answer.cached_tokens,
                "audio_tokens": 0,
            },
            "completion_tokens_details": {
                "reasoning_tokens": 0,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        }


def _call(call: ChatToolCall) -> dict[str, JsonValue]:
    return {
        "id": call.call_id,
        "type": "function",
        "function": {"name": call.name, "arguments": call.arguments},
    }
