"""A service that moderates what is written and said, over the emulator of its interface."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest

from connectors.gates import OwnGate
from connectors.moderation import HttpModeration
from loadtest.simulator.providers.chat import ChatAnswer
from loadtest.simulator.providers.faults import FaultName, ProviderFault
from loadtest.simulator.providers.openai_chat import EMULATED_KEY, OpenAiChat
from tests.support.rooms import coolcare
from voiceagent.app.settings import Settings
from voiceagent.domain.outbound import OutboundRule
from voiceagent.domain.public_apis import OPENAI_API
from voiceagent.errors import Unavailable
from voiceagent.ports.outbound import NOT_SAID, OutboundGate

BAD, GOOD = "You loathsome person.", "We can come tonight."


@dataclass
class Judged:
    """A gate with the service behind it."""

    service: OpenAiChat
    moderation: HttpModeration
    gate: OutboundGate

    async def said(self, text: str, *, spoken: bool = False, private: bool = False) -> str:
        return await self.gate.said(text, lambda: (), spoken=spoken, private=lambda: private)


@asynccontextmanager
async def judged(key: str = EMULATED_KEY) -> AsyncIterator[Judged]:
    service = OpenAiChat(lambda _: ChatAnswer())
    async with service.running() as url, aiohttp.ClientSession() as http:
        gate = OwnGate(asyncio.get_running_loop().time)
        moderation = HttpModeration(http, f"{url}/v1", key, gate)
        yield Judged(service, moderation, OutboundGate(OutboundRule.of(coolcare()), moderation))


async def test_what_is_flagged_is_not_said_and_the_rest_is() -> None:
    async with judged() as here:
        assert await here.said(BAD) == NOT_SAID
        assert await here.said(GOOD) == GOOD
        assert here.gate.counts == {"moderated": 1}


async def test_a_sentence_is_asked_about_once() -> None:
    async with judged() as here:
        for _ in range(3):
            await here.said(GOOD)
        assert here.service.moderated == [GOOD]


async def test_nothing_private_is_told_to_it_and_nothing_that_is_taken_out() -> None:
    async with judged() as here:
        assert await here.said(BAD, private=True) == BAD
        await here.said("Your card 4242 4242 4242 4242 is charged.")
        assert here.service.moderated == ["Your card [card number] is charged."]


@pytest.mark.parametrize("key", ["sk-wrong", ""])
async def test_where_it_refuses_the_deny_list_stands_and_it_is_left_alone(key: str) -> None:
    async with judged(key) as here:
        for number in range(8):
            assert await here.said(f"Fine {number}, you fucker.") == f"Fine {number}, you ***."
        with pytest.raises(Unavailable) as rests:
            await here.moderation.flagged(GOOD)
        assert rests.value.code == "moderation.resting"
        assert here.gate.counts["late"] == 8


@pytest.mark.parametrize("fault", [FaultName.SERVER_ERROR, FaultName.HALF_OPEN, FaultName.RESET])
async def test_what_is_broken_or_late_is_no_verdict(fault: FaultName) -> None:
    async with judged() as here:
        here.service.list_faults.add(ProviderFault(fault))
        assert await here.said(GOOD, spoken=True) == GOOD
        assert here.gate.counts["late"] == 1


def test_where_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def at(**given: str) -> str:
        with monkeypatch.context() as patch:
            for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "MODERATION_URL", "PRIVACY"):
                patch.delenv(name, raising=False)
            for name, value in given.items():
                patch.setenv(name, value)
            return Settings.read().moderation_at

    assert at() == ""
    assert at(OPENAI_API_KEY="sk-x") == OPENAI_API
    assert at(OPENAI_API_KEY="sk-x", OPENAI_BASE_URL="http://10.0.0.2/v1") == ""
    assert at(OPENAI_API_KEY="sk-x", MODERATION_URL="off") == ""
    assert at(MODERATION_URL="http://10.0.0.2/v1") == "http://10.0.0.2/v1"
    assert at(OPENAI_API_KEY="sk-x", PRIVACY="local") == ""
