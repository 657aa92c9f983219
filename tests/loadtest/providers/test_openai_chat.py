"""The emulated OpenAI as its official SDK sees it: answers, tools, errors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import openai
import pytest
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionFunctionToolParam, ChatCompletionMessageParam

from loadtest.simulator.providers.chat import (
    ChatAnswer,
    ChatFinish,
    ChatRequest,
    ChatRole,
    ChatToolCall,
)
from loadtest.simulator.providers.faults import FaultMoment, FaultName, FaultScript, ProviderFault
from loadtest.simulator.providers.latency import DelayDraws, DelaySpread
from loadtest.simulator.providers.openai_chat import EMULATED_KEY, EMULATED_MODEL, OpenAiChat

HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "My AC died."}]
TOOLS: list[ChatCompletionFunctionToolParam] = [
    {
        "type": "function",
        "function": {
            "name": "get_pricing_quote",
            "description": "Estimate a visit.",
            "parameters": {"type": "object", "properties": {}},
        },
    }
]
SORRY = ("I'm sorry ", "to hear ", "that.")
CALLS = (
    ChatToolCall("call_1", "get_pricing_quote", '{"service_type": "repair"}'),
    ChatToolCall("call_2", "check_availability", "{}"),
)


@asynccontextmanager
async def service(
    answer: ChatAnswer,
    *,
    faults: Sequence[ProviderFault] = (),
    key: str = EMULATED_KEY,
    first_token: DelaySpread | None = None,
    waits: list[float] | None = None,
) -> AsyncIterator[tuple[AsyncOpenAI, OpenAiChat]]:
    """Their client, as anybody makes one, and the emulator."""

    def script(_: ChatRequest) -> ChatAnswer:
        return answer

    async def sleep(seconds: float) -> None:
        if waits is not None:
            waits.append(seconds)

    chat = OpenAiChat(
        script,
        faults=FaultScript(faults),
        first_token=first_token or DelaySpread(),
        seed=3,
        sleep=sleep,
    )
    async with (
        chat.running() as url,
        AsyncOpenAI(api_key=key, base_url=f"{url}/v1", max_retries=0) as client,
    ):
        yield client, chat


async def test_an_answer_at_once() -> None:
    async with service(ChatAnswer(SORRY, CALLS, cached_tokens=2)) as (client, chat):
        got = await client.chat.completions.with_raw_response.create(
            model=EMULATED_MODEL, messages=HELLO, tools=TOOLS
        )
    assert got.headers["x-request-id"].startswith("req_")
    answer = got.parse()
    (choice,) = answer.choices
    assert choice.finish_reason == "tool_calls"
    assert choice.message.content == "".join(SORRY)
    assert [
        (call.id, call.function.name, call.function.arguments)
        for call in choice.message.tool_calls or ()
        if call.type == "function"
    ] == [(call.call_id, call.name, call.arguments) for call in CALLS]
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.usage.prompt_tokens_details is not None
    assert answer.usage.prompt_tokens_details.cached_tokens == 2
    assert [one.role for one in chat.asked[0].messages] == [ChatRole.USER]


async def test_a_stream_in_pieces_with_tools_and_usage() -> None:
    async with service(ChatAnswer(SORRY, CALLS)) as (client, _):
        stream = await client.chat.completions.create(
            model=EMULATED_MODEL,
            messages=HELLO,
            tools=TOOLS,
            stream=True,
            stream_options={"include_usage": True},
        )
        chunks = [chunk async for chunk in stream]
    texts = [c.choices[0].delta.content for c in chunks if c.choices and c.choices[0].delta.content]
    assert texts == list(SORRY)
    arguments = ["", ""]
    pieces = [p for c in chunks if c.choices for p in c.choices[0].delta.tool_calls or ()]
    for piece in pieces:
        assert piece.function is not None
        arguments[piece.index] += piece.function.arguments or ""
    assert arguments == [call.arguments for call in CALLS]
    assert len(pieces) > 2 + len(CALLS)
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "tool_calls"
    assert len({chunk.id for chunk in chunks}) == 1
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert all(chunk.usage is None for chunk in chunks[:-1])


async def test_their_helper_puts_the_pieces_together() -> None:
    async with (
        service(ChatAnswer(SORRY, CALLS)) as (client, _),
        client.chat.completions.stream(model=EMULATED_MODEL, messages=HELLO, tools=TOOLS) as stream,
    ):
        final = await stream.get_final_completion()
    message = final.choices[0].message
    assert message.content == "".join(SORRY)
    assert [call.function.arguments for call in message.tool_calls or ()] == [
        call.arguments for call in CALLS
    ]


@pytest.mark.parametrize("finish", [ChatFinish.LENGTH, ChatFinish.CONTENT_FILTER])
async def test_an_answer_may_end_for_other_reasons(finish: ChatFinish) -> None:
    async with service(ChatAnswer(SORRY, finish=finish)) as (client, _):
        got = await client.chat.completions.create(model=EMULATED_MODEL, messages=HELLO)
    assert got.choices[0].finish_reason == finish.value


async def test_the_models_are_listed() -> None:
    async with service(ChatAnswer()) as (client, _):
        assert [model.id async for model in client.models.list()] == [EMULATED_MODEL]


async def test_a_wrong_key_is_refused_everywhere_and_partly_repeated() -> None:
    async with service(ChatAnswer(SORRY), key="sk-wrong-key-1234") as (client, chat):
        with pytest.raises(openai.AuthenticationError) as caught:
            await client.chat.completions.create(model=EMULATED_MODEL, messages=HELLO)
        with pytest.raises(openai.AuthenticationError):
            await client.models.list()
    assert caught.value.code == "invalid_api_key"
    assert caught.value.request_id
    assert "1234" in str(caught.value)  # which is why ours repeats nothing of it
    assert chat.asked == []


async def test_an_unknown_model_is_not_found() -> None:
    async with service(ChatAnswer(SORRY)) as (client, _):
        with pytest.raises(openai.NotFoundError) as caught:
            await client.chat.completions.create(model="gpt-9", messages=HELLO)
    assert caught.value.code == "model_not_found"


CALLED: ChatCompletionMessageParam = {
    "role": "assistant",
    "tool_calls": [
        {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    ],
}
ANSWERED: ChatCompletionMessageParam = {"role": "tool", "tool_call_id": "call_1", "content": "{}"}


@pytest.mark.parametrize(
    ("messages", "told"),
    [
        ([], "messages"),
        ([*HELLO, ANSWERED], "must be a response"),
        ([*HELLO, CALLED], "must be followed"),
        ([*HELLO, CALLED, *HELLO, ANSWERED], "must be followed"),
        ([*HELLO, CALLED, ANSWERED, ANSWERED], "must be a response"),
    ],
)
async def test_messages_that_do_not_fit_together_are_refused(
    messages: list[ChatCompletionMessageParam], told: str
) -> None:
    async with service(ChatAnswer(SORRY)) as (client, _):
        with pytest.raises(openai.BadRequestError, match=told):
            await client.chat.completions.create(model=EMULATED_MODEL, messages=messages)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"max_tokenz": 5}, "Unrecognized request argument supplied: max_tokenz"),
        ({"stream_options": {"include_usage": True}}, "only allowed when 'stream'"),
        ({"temperature": 3}, "temperature"),
        ({"tools": []}, "tools"),
    ],
)
async def test_parameters_that_are_wrong_are_refused(more: dict[str, object], told: str) -> None:
    async with service(ChatAnswer(SORRY)) as (client, _):
        with pytest.raises(openai.BadRequestError, match=told):
            await client.chat.completions.create(
                model=EMULATED_MODEL, messages=HELLO, extra_body=more
            )


@pytest.mark.parametrize(
    ("name", "raised"),
    [
        (FaultName.REFUSE, openai.APIConnectionError),
        (FaultName.RESET, openai.APIConnectionError),
        (FaultName.UNAUTHORIZED, openai.AuthenticationError),
        (FaultName.RATE_LIMITED, openai.RateLimitError),
        (FaultName.SERVER_ERROR, openai.InternalServerError),
    ],
)
@pytest.mark.parametrize("at", [FaultMoment.CONNECT, FaultMoment.FIRST_BYTE])
async def test_faults_of_an_answer_at_once(
    name: FaultName, raised: type[openai.APIError], at: FaultMoment
) -> None:
    fault = ProviderFault(name, at, wait_s=4.0)
    async with service(ChatAnswer(SORRY), faults=[fault]) as (client, _):
        with pytest.raises(raised) as caught:
            await client.chat.completions.create(model=EMULATED_MODEL, messages=HELLO)
        assert (await client.chat.completions.create(model=EMULATED_MODEL, messages=HELLO)).id
    if isinstance(caught.value, openai.RateLimitError):
        assert caught.value.response.headers["retry-after"] == "4"
        assert caught.value.response.headers["retry-after-ms"] == "4000"


async def test_their_client_tries_again_after_a_busy_answer() -> None:
    busy = ProviderFault(FaultName.RATE_LIMITED, wait_s=0.001)
    async with service(ChatAnswer(SORRY), faults=[busy]) as (client, chat):
        got = await client.with_options(max_retries=1).chat.completions.create(
            model=EMULATED_MODEL, messages=HELLO
        )
    assert got.choices[0].message.content
    assert chat.faults.struck == [busy]


async def test_the_first_token_takes_what_the_distribution_says() -> None:
    waits: list[float] = []
    spread = DelaySpread(0.375, 0.75)
    async with service(ChatAnswer(SORRY), first_token=spread, waits=waits) as (client, _):
        for _ in range(3):
            await client.chat.completions.create(model=EMULATED_MODEL, messages=HELLO)
    drawn = DelayDraws(spread, seed=3)
    assert waits == [drawn.next_s() for _ in range(3)]
