"""OpenAI's chat completions as somebody else understands them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from pydantic import SecretStr

from pipelines.providers.openai.model import ModelAddress, OpenAiModel, opened
from tests.dialogue.model.test_dialogue import BOOKING, REFERENCE, the_reference_call
from tests.peers.node import aimock
from tests.support.scripted_model import Beat, Talk
from tools import TOOLS
from voiceagent.dialogue.model.prompt import offers
from voiceagent.errors import Unavailable
from voiceagent.ports.language_model import (
    CallerSaid,
    Instruction,
    ModelEvent,
    ModelRequest,
    ReplyEnd,
    StopReason,
    TextPiece,
    ToolRequest,
)
from voiceagent.toolkit.toolbox import Toolbox

MODEL = "gpt-4.1-mini"


def fixture(number: int, beats: Sequence[Beat]) -> dict[str, object]:
    """The reply of a script, in their words."""
    tools = [
        {"name": one.name, "arguments": json.loads(one.arguments)}
        for one in beats
        if isinstance(one, ToolRequest)
    ]
    answer: dict[str, object] = {
        "content": "".join(one.text for one in beats if isinstance(one, TextPiece))
    }
    match = {"model": MODEL, "sequenceIndex": number}
    return {"match": match, "response": answer | ({"toolCalls": tools} if tools else {})}


@asynccontextmanager
async def at(url: str) -> AsyncIterator[OpenAiModel]:
    async with opened(ModelAddress(SecretStr("sk-test"), f"{url}/v1", MODEL)) as model:
        yield model


async def asked(model: OpenAiModel, words: str) -> list[ModelEvent]:
    request = ModelRequest(
        (Instruction("Be brief."), CallerSaid(words)), offers(Toolbox(TOOLS).specs())
    )
    return [event async for event in model.reply(request)]


async def test_words_and_tools_and_what_they_cost(tmp_path: Path) -> None:
    price = {"service_type": "repair", "description": "No heat.", "is_after_hours": True}
    tool = {"name": "get_pricing_quote", "arguments": price}
    told = [
        {"match": {"userMessage": "hello"}, "response": {"content": "Hello. What is your name?"}},
        {
            "match": {"userMessage": "price"},
            "response": {"content": "Let me check.", "toolCalls": [tool]},
        },
    ]
    async with aimock(told, tmp_path, "--chunk-size", "3") as url, at(url) as model:
        await model.warm()
        *pieces, end = await asked(model, "hello")
        text = "".join(one.text for one in pieces if isinstance(one, TextPiece))
        assert text == "Hello. What is your name?"
        assert isinstance(end, ReplyEnd)
        assert end.why is StopReason.COMPLETE
        assert end.usage.completion > 0

        (request,) = [one for one in await asked(model, "price") if isinstance(one, ToolRequest)]
        assert json.loads(request.arguments) == price

        async with aiohttp.ClientSession() as http, http.get(f"{url}/__aimock/journal") as journal:
            kept = json.dumps(await journal.json())
        assert "stream_options" in kept
        assert "book_appointment" in kept


async def test_the_reference_call_is_booked(tmp_path: Path) -> None:
    told = [fixture(number, beats) for number, beats in enumerate(the_reference_call())]
    async with aimock(told, tmp_path) as url, at(url) as model:
        talk = Talk(model)
        await talk.begin()
        for words in REFERENCE.caller_lines:
            await talk.hears(words)
    assert dict(talk.called())["book_appointment"] == BOOKING
    (job,) = talk.on.store.kept.jobs.values()
    assert (job.estimated_cost, job.deposit_amount) == (82500, 20600)
    assert talk.ear.hung_up == "done"


@pytest.mark.parametrize(
    "chaos",
    ["--chaos-drop", "--chaos-malformed", "--chaos-disconnect", "--chaos-ratelimit"],
)
async def test_whatever_they_do_the_house_goes_on(chaos: str, tmp_path: Path) -> None:
    told = [{"match": {"model": MODEL}, "response": {"content": "Hello."}}]
    async with aimock(told, tmp_path, chaos, "1") as url, at(url) as model:
        with pytest.raises(Unavailable):
            await asked(model, "hello")
        talk = Talk(model)
        await talk.begin()
        answer = await talk.hears("I need a maintenance visit")
    assert answer == ["May I have your name and the best phone number to reach you?"]


async def test_what_they_have_no_answer_to_is_no_answer(tmp_path: Path) -> None:
    told = [{"match": {"userMessage": "goodbye"}, "response": {"content": "Goodbye."}}]
    async with aimock(told, tmp_path) as url, at(url) as model:
        with pytest.raises(Unavailable):
            await asked(model, "hello")
