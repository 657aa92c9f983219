"""OpenAI's chat completions on the wire: an answer at once, or the chunks of a streamed one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from loadtest.simulator.providers.chat import ChatAnswer, ChatRequest, ChatToolCall, tokens_in
from loadtest.simulator.providers.openai_wire import Json


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
