"""However a reply is cut up on the way, it is the same reply; and what is none is never one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from itertools import pairwise
from typing import AnyStr

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai import AsyncOpenAI
from pydantic import JsonValue, SecretStr

from pipelines.providers.openai.model import ModelAddress, OpenAiModel
from pipelines.providers.openai.problems import retry_after_s
from pipelines.providers.openai.wire import Chunk, ReplyReader
from tests.providers.openai.rig import REQUEST, heard
from voiceagent.errors import OwnerFixable, Unavailable
from voiceagent.ports.language_model import (
    TEXT_OVER,
    ModelEvent,
    ReplyEnd,
    StopReason,
    TextPiece,
    TokenUsage,
    ToolRequest,
)


class Body(httpx2.AsyncByteStream):
    """A body in given pieces."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


async def reply_to(pieces: Sequence[bytes], status: int = 200) -> list[ModelEvent]:
    """What the model says when the service sends this."""

    def answer(_: httpx2.Request) -> httpx2.Response:
        headers = {"content-type": "text/event-stream"}
        return httpx2.Response(status, headers=headers, stream=Body(pieces))

    address = ModelAddress(SecretStr("sk-x"))
    async with AsyncOpenAI(
        api_key="sk-x",
        max_retries=0,
        http_client=httpx2.AsyncClient(transport=httpx2.MockTransport(answer)),
    ) as client:
        return await heard(OpenAiModel(client, address), REQUEST)


def event(delta: JsonValue = None, finish: str | None = None, **more: JsonValue) -> bytes:
    choice: JsonValue = {"index": 0, "delta": delta or {}, "finish_reason": finish}
    body: dict[str, JsonValue] = {"id": "c", "object": "chat.completion.chunk", "choices": [choice]}
    return f"data: {json.dumps({**body, **more})}\n\n".encode()


def call(index: int, arguments: str, **begins: str) -> JsonValue:
    function: dict[str, JsonValue] = {"arguments": arguments}
    if "name" in begins:
        function["name"] = begins["name"]
    head: dict[str, JsonValue] = {"id": begins["id"], "type": "function"} if begins else {}
    return {"tool_calls": [{"index": index, **head, "function": function}]}


USAGE: JsonValue = {
    "prompt_tokens": 40,
    "completion_tokens": 9,
    "total_tokens": 49,
    "prompt_tokens_details": {"cached_tokens": 32},
}
DONE = b"data: [DONE]\n\n"


def cut(text: AnyStr, cuts: Sequence[int]) -> list[AnyStr]:
    at = [0, *sorted(one % (len(text) + 1) for one in cuts), len(text)]
    return [text[start:end] for start, end in pairwise(at)]


CUTS = st.lists(st.integers(0, 10_000), max_size=12)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
ARGUMENTS = st.dictionaries(WORDS, st.one_of(WORDS, st.integers(), st.none()), max_size=4)


@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(WORDS, max_size=4),
    calls=st.lists(ARGUMENTS, max_size=3),
    argument_cuts=CUTS,
    byte_cuts=CUTS,
    newline=st.sampled_from([b"\n", b"\r\n", b"\r"]),
    comment=st.booleans(),
)
def test_any_cut_of_bytes_and_arguments_gives_the_same_requests(
    texts: list[str],
    calls: list[dict[str, JsonValue]],
    argument_cuts: list[int],
    byte_cuts: list[int],
    newline: bytes,
    comment: bool,
) -> None:
    wanted = [json.dumps(arguments, ensure_ascii=False) for arguments in calls]
    stream = [event({"role": "assistant", "content": ""})]
    stream += [event({"content": text}) for text in texts]
    for index, arguments in enumerate(wanted):
        stream.append(event(call(index, "", id=f"call_{index}", name=f"tool_{index}")))
        stream += [event(call(index, piece)) for piece in cut(arguments, argument_cuts)]
    stream += [event(finish="tool_calls" if calls else "stop")]
    stream += [event(usage=USAGE), DONE]
    sent = (b": keep-alive\n\n" * comment + b"".join(stream)).replace(b"\n", newline)
    *events, end = asyncio.run(reply_to(cut(sent, byte_cuts)))
    assert events == [
        *(TextPiece(text) for text in texts),
        *([TEXT_OVER] if texts and calls else []),
        *(ToolRequest(f"call_{i}", f"tool_{i}", text) for i, text in enumerate(wanted)),
    ]
    why = StopReason.TOOLS if calls else StopReason.COMPLETE
    assert end == ReplyEnd(why, TokenUsage(40, 32, 9))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_a_stream_that_stops_anywhere_is_whole_or_raises(at: int, with_calls: bool) -> None:
    stream = event({"content": "One "}) + event({"content": "moment."})
    if with_calls:
        stream += event(call(0, "", id="call_0", name="f")) + event(call(0, '{"a": 1}'))
    whole = stream + event(finish="stop") + event(usage=USAGE)
    sent = whole[: at % (len(whole) + 1)]
    try:
        *_, end = asyncio.run(reply_to([sent]))
    except Unavailable as error:
        assert error.code in {"model.cut_off", "model.failed"}  # noqa: PT017 - it may be whole too
        assert b'"stop"' not in sent or not sent.endswith(b"\n\n")
    else:
        assert isinstance(end, ReplyEnd)
        assert b'"stop"' in sent


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
ODD = st.fixed_dictionaries(
    {},
    optional={
        "choices": JSON | st.lists(st.fixed_dictionaries({}, optional={
            "delta": JSON | st.fixed_dictionaries({}, optional={
                "content": JSON, "tool_calls": JSON | st.lists(JSON, max_size=2)}),
            "finish_reason": JSON,
        }), max_size=2),
        "usage": JSON,
        "error": JSON,
    },
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(JSON, ODD, st.text(max_size=8)), max_size=4), st.booleans())
def test_what_nobody_understands_is_an_error_of_the_port(sent: list[JsonValue], raw: bool) -> None:
    stream = b"".join(
        f"data: {one if raw and isinstance(one, str) else json.dumps(one)}\n\n".encode(
            errors="replace"
        )
        for one in sent
    )
    try:
        *_, end = asyncio.run(reply_to([stream]))
    except (Unavailable, OwnerFixable) as error:
        assert error.code.startswith("model.")  # noqa: PT017 - either is right, nothing else is
    else:
        assert isinstance(end, ReplyEnd)


def read(*chunks: JsonValue) -> list[ModelEvent]:
    reader = ReplyReader()
    events = [event for one in chunks for event in reader.read(Chunk.model_validate(one))]
    return [*events, reader.end()]


def chunk(delta: JsonValue, finish: str | None = None) -> JsonValue:
    return {"choices": [{"delta": delta, "finish_reason": finish}]}


def test_a_server_without_index_that_repeats_names_is_understood() -> None:
    def piece(call_id: str | None, arguments: str) -> JsonValue:
        function: JsonValue = {"name": "f", "arguments": arguments}
        return chunk({"tool_calls": [{"id": call_id, "function": function}]})

    events = read(piece("a", '{"x"'), piece("a", ": 1}"), piece("b", "{}"), chunk({}, "stop"))
    assert events == [
        ToolRequest("a", "f", '{"x": 1}'),
        ToolRequest("b", "f", "{}"),
        ReplyEnd(StopReason.TOOLS),
    ]


def test_a_request_without_an_id_is_given_one() -> None:
    function: JsonValue = {"name": "f", "arguments": "{}"}
    asked, end = read(chunk({"tool_calls": [{"function": function}]}, "tool_calls"))
    assert isinstance(asked, ToolRequest)
    assert asked.request_id
    assert end == ReplyEnd(StopReason.TOOLS)


def test_a_filter_may_speak_before_the_model_does() -> None:
    found: JsonValue = {"choices": [], "prompt_filter_results": [{"prompt_index": 0}]}
    assert read(found, chunk({"content": "Hi."}), chunk({}, "stop")) == [
        TextPiece("Hi."),
        ReplyEnd(StopReason.COMPLETE),
    ]


def test_a_reply_that_ends_for_no_known_reason_is_cut_off() -> None:
    with pytest.raises(Unavailable) as caught:
        read(chunk({"content": "Hi."}), chunk({}, "abort"))
    assert caught.value.code == "model.cut_off"


async def test_what_comes_after_the_end_adds_nothing() -> None:
    stream = [
        event({"content": "Hi."}),
        event(finish="stop"),
        event({"content": "Bye."}),
        b"data: x",
    ]
    assert await reply_to(stream) == [TextPiece("Hi."), ReplyEnd(StopReason.COMPLETE)]


async def test_a_request_that_a_filter_refused_is_withheld() -> None:
    refused = b'{"error": {"code": "content_filter", "message": "...", "status": 400}}'
    assert await reply_to([refused], 400) == [ReplyEnd(StopReason.WITHHELD)]


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, b"{}", "model.failed"),
        (401, b"", "model.key"),
        (403, b"<html>", "model.key"),
        (404, b'{"error": {"code": "model_not_found", "message": "..."}}', "model.unknown"),
        (404, b'{"message": "The model `x` does not exist."}', "model.unknown"),
        (404, b"{}", "model.address"),
        (404, b"404 page not found", "model.address"),
        (405, b"", "model.address"),
        (402, b"{}", "model.credit"),
        (408, b"{}", "model.failed"),
        (429, b"{}", "model.busy"),
        (429, b'{"error": {"code": "insufficient_quota", "message": "..."}}', "model.credit"),
        (500, b'{"error": "x"}', "model.failed"),
        (502, b"Bad gateway", "model.failed"),
        (503, b"{}", "model.busy"),
        (302, b"", "model.address"),
    ],
)
async def test_a_status_says_who_can_act(status: int, body: bytes, code: str) -> None:
    with pytest.raises((Unavailable, OwnerFixable)) as caught:
        await reply_to([body], status)
    assert caught.value.code == code
    assert str(status) in caught.value.message


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "20", "retry-after-ms": "1500"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "2"}, 2.0),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "1e9"}, None),
        ({"retry-after": "Fri, 29 Aug 2025 20:05:00 GMT"}, None),
    ],
)
def test_the_wait_that_is_asked_for(headers: dict[str, str], wait_s: float | None) -> None:
    assert retry_after_s(headers) == wait_s
