"""One response of an emulated Realtime model on the wire: the events that stream it, in order.

The transcript of a sentence comes before its sound, and that of the next one while it still sounds:
so does the hosted service's. Between sentences the voice pauses, as voices do.
"""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from pydantic import JsonValue

from loadtest.simulator.providers.chat import ChatAnswer, ChatToolCall, tokens_in
from loadtest.simulator.providers.openai_answers import argument_pieces
from loadtest.simulator.providers.realtime_items import BYTES_PER_MS, Item
from loadtest.simulator.providers.realtime_wire import Json

Speak = Callable[[str], Awaitable[bytes]]
"""Speaks a sentence: μ-law at 8 kHz."""

CHUNK: Final = 800
"""Bytes of sound in an event: 100 ms."""

PAUSE: Final = b"\xff" * 2000
"""Between two sentences: 250 ms of silence."""

_SENTENCE: Final = re.compile(r".+?(?:[.?!]+(?=\s|$)\s*|$)", re.DOTALL)


@dataclass(slots=True)
class ResponseWire:
    """Writes one response.

    Attributes:
        response_id: ``resp_…``.
        answer: what is said and asked for.
        speak: the voice.
        metadata: of the request, given back.
        new_id: makes ids, by their prefix.
        prompt_tokens: what the conversation cost.
    """

    response_id: str
    answer: ChatAnswer
    speak: Speak
    metadata: JsonValue
    new_id: Callable[[str], str]
    prompt_tokens: int
    items: list[Item] = field(default_factory=list)
    """Those that it added, the last one maybe under way."""

    async def pieces(self) -> AsyncIterator[Json]:
        """The events that carry the answer, without its beginning and its end."""
        text = "".join(self.answer.text)
        if text.strip():
            async for event in self._message(text):
                yield event
        for call in self.answer.tool_calls:
            for event in self._call(call):
                yield event

    def begun(self) -> Json:
        """``response.created``."""
        return {"type": "response.created", "response": self._response("in_progress")}

    def done(self, status: str, details: JsonValue = None) -> Json:
        """``response.done``."""
        body = self._response(status)
        body["status_details"] = details
        body["usage"] = self._usage()
        body["output"] = [one.wire(_ends(status)) for one in self.items]
        return {"type": "response.done", "response": body}

    async def _message(self, text: str) -> AsyncIterator[Json]:
        item = Item(self.new_id("item_"), "message", "assistant", audio_ms=0)
        self.items.append(item)
        place: Json = {
            "response_id": self.response_id,
            "item_id": item.item_id,
            "output_index": len(self.items) - 1,
            "content_index": 0,
        }
        yield self._added(item)
        part: Json = {"type": "audio", "transcript": ""}
        yield {"type": "response.content_part.added", **place, "part": part}
        sentences = _SENTENCE.findall(text)
        for event in self._transcript(item, place, sentences[0]):
            yield event
        for number, sentence in enumerate(sentences):
            sound = await self.speak(sentence.strip())
            item.word_ends_ms += _word_ends(sentence, item.audio_ms or 0, len(sound))
            if number + 1 < len(sentences):
                sound += PAUSE
            half = len(sound) // 2
            for at in range(0, len(sound), CHUNK):
                if number + 1 < len(sentences) and at <= half < at + CHUNK:
                    for event in self._transcript(item, place, sentences[number + 1]):
                        yield event
                chunk = sound[at : at + CHUNK]
                item.audio_ms = (item.audio_ms or 0) + len(chunk) // BYTES_PER_MS
                data = base64.b64encode(chunk).decode()
                yield {"type": "response.output_audio.delta", **place, "delta": data}
        yield {"type": "response.output_audio.done", **place}
        transcript: Json = {"transcript": item.text}
        yield {"type": "response.output_audio_transcript.done", **place, **transcript}
        whole: Json = {"type": "audio", "transcript": item.text}
        yield {"type": "response.content_part.done", **place, "part": whole}
        yield self._item_done(item)

    def _transcript(self, item: Item, place: Json, sentence: str) -> Iterator[Json]:
        for word in re.findall(r"\S+\s*", sentence):
            item.text += word
            yield {"type": "response.output_audio_transcript.delta", **place, "delta": word}

    def _call(self, call: ChatToolCall) -> Iterator[Json]:
        item = Item(
            self.new_id("item_"), "function_call", text="", call_id=call.call_id, name=call.name
        )
        self.items.append(item)
        place: Json = {
            "response_id": self.response_id,
            "item_id": item.item_id,
            "output_index": len(self.items) - 1,
            "call_id": call.call_id,
        }
        yield self._added(item)
        for piece in argument_pieces(call.arguments):
            yield {"type": "response.function_call_arguments.delta", **place, "delta": piece}
        item.text = call.arguments
        said: Json = {"name": call.name, "arguments": call.arguments}
        yield {"type": "response.function_call_arguments.done", **place, **said}
        yield self._item_done(item)

    def _added(self, item: Item) -> Json:
        return {
            "type": "response.output_item.added",
            "response_id": self.response_id,
            "output_index": len(self.items) - 1,
            "item": item.wire("in_progress"),
        }

    def _item_done(self, item: Item) -> Json:
        return {
            "type": "response.output_item.done",
            "response_id": self.response_id,
            "output_index": len(self.items) - 1,
            "item": item.wire(),
        }

    def _response(self, status: str) -> Json:
        return {
            "object": "realtime.response",
            "id": self.response_id,
            "status": status,
            "status_details": None,
            "output": [],
            "conversation_id": "conv_emulated",
            "output_modalities": ["audio"],
            "max_output_tokens": "inf",
            "audio": {"output": {"format": {"type": "audio/pcmu"}, "voice": "marin"}},
            "usage": None,
            "metadata": self.metadata,
        }

    def _usage(self) -> Json:
        words = sum(tokens_in(one.text) for one in self.items)
        sound = sum((one.audio_ms or 0) // 50 for one in self.items)
        return {
            "total_tokens": self.prompt_tokens + words + sound,
            "input_tokens": self.prompt_tokens,
            "output_tokens": words + sound,
            "input_token_details": {
                "text_tokens": self.prompt_tokens,
                "audio_tokens": 0,
                "image_tokens": 0,
                "cached_tokens": 0,
                "cached_tokens_details": {"text_tokens": 0, "audio_tokens": 0, "image_tokens": 0},
            },
            "output_token_details": {"text_tokens": words, "audio_tokens": sound},
        }


def _word_ends(sentence: str, start_ms: int, samples: int) -> list[int]:
    """Where its words end, if each is as long as any."""
    count = len(sentence.split())
    return [start_ms + samples * (at + 1) // count // BYTES_PER_MS for at in range(count)]


def _ends(status: str) -> str:
    return "completed" if status == "completed" else "incomplete"
