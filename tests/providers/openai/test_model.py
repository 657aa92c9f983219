"""The model over a real socket: what comes back, and what is raised for every fault."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
from pydantic import SecretStr

from loadtest.simulator.providers.chat import ChatAnswer, ChatFinish, ChatRole, ChatToolCall
from loadtest.simulator.providers.faults import FaultMoment, FaultName, ProviderFault
from pipelines.providers.openai.model import ModelAddress, opened
from tests.providers.openai.rig import CALLS, OFFER, REQUEST, WORDS, between, heard
from voiceagent.errors import OwnerFixable, Unavailable, VoiceAgentError
from voiceagent.ports.language_model import (
    TEXT_OVER,
    AgentSaid,
    CallerSaid,
    Instruction,
    ModelEvent,
    ModelRequest,
    ReplyEnd,
    StopReason,
    TextPiece,
    ToolRequest,
    ToolReturned,
)


async def test_words_come_as_they_are_written_and_end_with_what_they_cost() -> None:
    async with between(ChatAnswer(WORDS, cached_tokens=3)) as (model, chat):
        *pieces, end = await heard(model)
    assert pieces == [TextPiece(word) for word in WORDS]
    assert isinstance(end, ReplyEnd)
    assert end.why is StopReason.COMPLETE
    assert (end.usage.prompt, end.usage.cached, end.usage.completion) == (16, 3, 6)
    (asked,) = chat.asked
    assert asked.stream
    assert asked.include_usage
    assert asked.max_tokens == 120
    assert [(one.role, one.text) for one in asked.messages] == [
        (ChatRole.SYSTEM, "Answer the phone."),
        (ChatRole.USER, "My AC died."),
    ]
    (tool,) = asked.tools
    assert (tool.name, tool.description, tool.parameters) == (
        OFFER.name,
        OFFER.description,
        OFFER.parameters,
    )


async def test_tools_are_asked_for_whole_after_the_words() -> None:
    async with between(ChatAnswer(("One moment.",), CALLS)) as (model, _):
        *events, end = await heard(model)
    assert events == [
        TextPiece("One moment."),
        TEXT_OVER,
        *(ToolRequest(call.call_id, call.name, call.arguments) for call in CALLS),
    ]
    assert isinstance(end, ReplyEnd)
    assert end.why is StopReason.TOOLS


async def test_a_conversation_with_tools_is_sent_as_it_was() -> None:
    asked = ToolRequest("call_1", "get_pricing_quote", '{"service_type":"repair"}')
    request = ModelRequest(
        (
            Instruction("Answer the phone."),
            CallerSaid("How much?"),
            AgentSaid("", (asked,)),
            ToolReturned("call_1", '{"total_estimate": 825}'),
            AgentSaid("It is $825."),
            CallerSaid("Fine."),
        )
    )
    async with between() as (model, chat):
        await heard(model, request)
    sent = chat.asked[0].messages
    assert [one.role.value for one in sent] == [
        "system", "user", "assistant", "tool", "assistant", "user",
    ]  # fmt: skip
    assert sent[2].tool_calls == (
        ChatToolCall("call_1", "get_pricing_quote", '{"service_type":"repair"}'),
    )
    assert sent[3].answers == "call_1"
    assert chat.asked[0].tools == ()


@pytest.mark.parametrize(
    ("finish", "why"),
    [(ChatFinish.LENGTH, StopReason.CUT), (ChatFinish.CONTENT_FILTER, StopReason.WITHHELD)],
)
async def test_a_reply_that_was_cut_or_withheld_asks_for_nothing(
    finish: ChatFinish, why: StopReason
) -> None:
    async with between(ChatAnswer(WORDS, CALLS, finish)) as (model, _):
        *pieces, end = await heard(model)
    assert pieces == [*(TextPiece(word) for word in WORDS), TEXT_OVER]
    assert isinstance(end, ReplyEnd)
    assert end.why is why


async def into(got: list[ModelEvent], reply: AsyncIterator[ModelEvent]) -> None:
    """Keeps what came before it broke."""
    async for event in reply:
        got.append(event)  # noqa: PERF401


M, N = FaultMoment, FaultName


@pytest.mark.parametrize(
    ("name", "at", "code"),
    [
        (N.REFUSE, M.CONNECT, "model.connection"),
        (N.REFUSE, M.FIRST_BYTE, "model.connection"),
        (N.REFUSE, M.MID_STREAM, "model.cut_off"),
        (N.UNAUTHORIZED, M.CONNECT, "model.key"),
        (N.UNAUTHORIZED, M.FIRST_BYTE, "model.key"),
        (N.UNAUTHORIZED, M.MID_STREAM, "model.key"),
        (N.RATE_LIMITED, M.CONNECT, "model.busy"),
        (N.RATE_LIMITED, M.FIRST_BYTE, "model.busy"),
        (N.RATE_LIMITED, M.MID_STREAM, "model.busy"),
        (N.SERVER_ERROR, M.CONNECT, "model.failed"),
        (N.SERVER_ERROR, M.FIRST_BYTE, "model.failed"),
        (N.SERVER_ERROR, M.MID_STREAM, "model.failed"),
        (N.RESET, M.CONNECT, "model.connection"),
        (N.RESET, M.FIRST_BYTE, "model.connection"),
        (N.RESET, M.MID_STREAM, "model.cut_off"),
        (N.EMPTY_SUCCESS, M.CONNECT, "model.cut_off"),
        (N.EMPTY_SUCCESS, M.MID_STREAM, "model.cut_off"),
    ],
)
async def test_a_fault_is_raised_in_the_words_of_the_port(
    name: FaultName, at: FaultMoment, code: str
) -> None:
    fault = ProviderFault(name, at, after=2, wait_s=2.5)
    async with between(faults=[fault]) as (model, chat):
        got: list[ModelEvent] = []
        with pytest.raises(VoiceAgentError) as caught:
            await into(got, model.reply(REQUEST))
        assert chat.faults.struck == [fault]
        again = await heard(model)  # and what struck once has not hurt the next reply
    assert caught.value.code == code
    assert got == ([TextPiece(WORDS[0])] if at is M.MID_STREAM else [])
    assert isinstance(again[-1], ReplyEnd)
    if code == "model.key":
        assert isinstance(caught.value, OwnerFixable)
    else:
        assert isinstance(caught.value, Unavailable)
        waits = name is N.RATE_LIMITED and at is M.CONNECT
        assert caught.value.retry_after_s == (2.5 if waits else None)


async def test_an_empty_answer_is_a_whole_one() -> None:
    fault = ProviderFault(N.EMPTY_SUCCESS, M.FIRST_BYTE)
    async with between(faults=[fault]) as (model, _):
        (end,) = await heard(model)
    assert isinstance(end, ReplyEnd)
    assert end.why is StopReason.COMPLETE


@pytest.mark.parametrize("at", list(FaultMoment))
@pytest.mark.parametrize("name", [N.SLOW_FIRST_BYTE, N.DRIBBLE])
async def test_a_slow_reply_is_the_same_reply(name: FaultName, at: FaultMoment) -> None:
    async with between(ChatAnswer(WORDS, CALLS), faults=[ProviderFault(name, at, wait_s=0.0)]) as (
        model,
        chat,
    ):
        slow, quick = await heard(model), await heard(model)
        assert chat.faults.struck
    assert slow == quick


@pytest.mark.parametrize("at", list(FaultMoment))
@pytest.mark.parametrize("name", [N.STALL_MID_STREAM, N.HALF_OPEN])
async def test_silence_lasts_until_the_asker_gives_up_and_nothing_is_left_of_it(
    name: FaultName, at: FaultMoment
) -> None:
    async with between(faults=[ProviderFault(name, at, after=2)]) as (model, chat):
        got: list[ModelEvent] = []
        due: list[ModelEvent] = [TextPiece(WORDS[0])] if at is M.MID_STREAM else []
        asking = asyncio.ensure_future(into(got, model.reply(REQUEST)))
        async with asyncio.timeout(10):
            while len(got) < len(due) or not chat.faults.struck:  # noqa: ASYNC110 - the other end decides
                await asyncio.sleep(0.001)
        with pytest.raises(TimeoutError):
            # The only wait here: whoever asks has the deadline, and it is short.
            await asyncio.wait_for(asking, 0.05)
        assert got == due
        assert isinstance((await heard(model))[-1], ReplyEnd)
        assert chat.ports[0] != chat.ports[1]
        if name is N.STALL_MID_STREAM:
            await chat.wait_given_up()


async def test_a_reply_that_is_closed_is_given_up_at_once() -> None:
    stall = ProviderFault(N.STALL_MID_STREAM, after=2)
    async with between(faults=[stall]) as (model, chat):
        async with aclosing(model.reply(REQUEST)) as reply:
            assert await anext(reply) == TextPiece(WORDS[0])
        await chat.wait_given_up()


async def test_a_warm_connection_is_the_one_that_the_call_uses() -> None:
    async with between() as (model, chat):
        await model.warm()
        await heard(model)
        await heard(model)
    assert len(chat.ports) == 3
    assert len(set(chat.ports)) == 1


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (N.RESET, "model.connection"),
        (N.UNAUTHORIZED, "model.key"),
        (N.RATE_LIMITED, "model.busy"),
        (N.SERVER_ERROR, "model.failed"),
    ],
)
async def test_warming_tells_what_is_wrong(name: FaultName, code: str) -> None:
    faults = [ProviderFault(name), ProviderFault(name)]  # a reset one is asked for once more
    async with between(list_faults=faults) as (model, _):
        with pytest.raises(VoiceAgentError) as caught:
            await model.warm()
    assert caught.value.code == code


async def test_nobody_listens_there() -> None:
    address = ModelAddress(SecretStr("sk-x"), "http://127.0.0.1:9/v1")
    async with opened(address) as model:
        for asking in (model.warm(), heard(model)):
            with pytest.raises(Unavailable) as caught:
                await asking
            assert caught.value.code == "model.connection"


async def test_a_model_that_is_not_there_is_for_the_owner() -> None:
    async with between(model="gpt-9") as (model, _):
        with pytest.raises(OwnerFixable) as caught:
            await heard(model)
    assert (caught.value.code, caught.value.where) == ("model.unknown", "OPENAI_MODEL")


async def test_neither_key_nor_words_are_logged_or_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret, words = "sk-live-do-not-tell-7777", "My card is in my purse."
    async with between(key=secret) as (model, _):
        with pytest.raises(OwnerFixable) as caught:
            await heard(model, ModelRequest((CallerSaid(words),)))
        with pytest.raises(OwnerFixable):
            await model.warm()
    async with between() as (model, _):
        await heard(model, ModelRequest((CallerSaid(words),)))
    assert caught.value.code == "model.key"
    assert caught.value.__context__ is None  # a traceback would quote the provider, and it the key
    told = caplog.text + str(caught.value)
    for part in (secret, secret[:8], secret[-4:], words, *WORDS):
        assert part not in told


@pytest.mark.parametrize(
    ("key", "base_url", "code"),
    [
        ("sk-with\nline", "https://api.openai.com/v1", "model.key"),
        (" sk-blank", "https://api.openai.com/v1", "model.key"),
        ("sk-schlüssel", "https://api.openai.com/v1", "model.key"),
        ("sk-x", "api.openai.com/v1", "model.address"),
        ("sk-x", "ftp://api.openai.com", "model.address"),
        ("sk-x", "", "model.address"),
    ],
)
async def test_what_cannot_be_an_address_or_key_is_refused_before_it_is_used(
    key: str, base_url: str, code: str
) -> None:
    with pytest.raises(OwnerFixable) as caught:
        async with opened(ModelAddress(SecretStr(key), base_url)):
            pass
    assert caught.value.code == code
    assert key not in str(caught.value)


@pytest.mark.parametrize(
    ("base_url", "openai"),
    [
        ("https://api.openai.com/v1", True),
        ("https://eu.api.openai.com/v1", True),
        ("https://mine.openai.azure.com/openai/v1", True),
        ("http://localhost:11434/v1", False),
        ("https://notopenai.com/v1", False),
    ],
)
def test_who_is_openai(base_url: str, openai: bool) -> None:
    assert ModelAddress(SecretStr(""), base_url).is_openai is openai
