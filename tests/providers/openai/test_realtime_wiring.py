"""How settings put Realtime into calls: beside the recogniser and voice that are there anyway."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web
from pydantic import SecretStr

from loadtest.simulator.providers.chat import ChatAnswer
from loadtest.simulator.providers.openai_chat import EMULATED_KEY, OpenAiChat
from loadtest.simulator.providers.openai_realtime import RealtimeEmulator
from loadtest.simulator.providers.serving import listening
from loadtest.simulator.providers.vendors import hum
from pipelines.parts import SpeechParts, speech_parts
from pipelines.providers.house.llm import HOUSE
from pipelines.providers.openai.realtime.specs import OPENAI_REALTIME
from pipelines.providers.registry import Chosen, Registry
from pipelines.providers.spec import (
    MakeStt,
    OpenVoice,
    ProviderKind,
    ProviderSite,
    ProviderSpec,
    SttCapabilities,
    SttProvider,
    TtsCapabilities,
    TtsProvider,
)
from tests.pipelines.rig import ScriptedSTT, ScriptedTTS, paper_call, scripted_speech
from tests.providers.toys import given
from tools import TOOLS
from voiceagent.core.clock import SystemClock
from voiceagent.dialogue.factory import Conversant
from voiceagent.domain.business_file import load_business
from voiceagent.toolkit.toolbox import Toolbox

BUSINESS = load_business("business/coolcare.toml")
ASKS = "what are your opening hours"


@asynccontextmanager
async def hears(_: ProviderSite) -> AsyncIterator[MakeStt]:
    yield lambda _: ScriptedSTT(deque([ASKS]))


@asynccontextmanager
async def speaks(_: ProviderSite) -> AsyncIterator[OpenVoice]:
    yield OpenVoice(make=ScriptedTTS, render=scripted_speech)


CHOSEN = Registry(
    (
        SttProvider(name="toy", capabilities=SttCapabilities(), open=hears),
        TtsProvider(name="toy", capabilities=TtsCapabilities(8000), open=speaks),
        HOUSE,
        OPENAI_REALTIME,
    )
)


def chosen(key: str = EMULATED_KEY) -> Chosen:
    wanted = {
        ProviderKind.STT: "toy",
        ProviderKind.TTS: "toy",
        ProviderKind.LLM: "house",
        ProviderKind.SPEECH_TO_SPEECH: "openai_realtime",
    }
    return CHOSEN.chosen(wanted, given(OPENAI_API_KEY=key))


def test_it_stands_beside_recogniser_and_voice() -> None:
    assert chosen().names == {
        "stt": "toy",
        "llm": "house",
        "tts": "toy",
        "speech-to-speech": "openai_realtime",
    }


@asynccontextmanager
async def opened(tmp_path: Path, url: str) -> AsyncIterator[SpeechParts]:
    settings = {
        "OPENAI_API_KEY": EMULATED_KEY,
        "OPENAI_REALTIME_URL": f"{url}/v1/realtime",
        "OPENAI_BASE_URL": f"{url}/v1",
    }
    secret = {name: SecretStr(value) for name, value in settings.items()}

    def site(_: ProviderSpec) -> ProviderSite:
        return ProviderSite(BUSINESS, tmp_path, secret, tools=tuple(Toolbox(TOOLS).specs()))

    async with speech_parts(chosen(), site) as parts:
        yield parts


async def answer_of(parts: SpeechParts) -> str:
    """What a caller is answered who asks for the opening hours."""
    clock = SystemClock()
    call_parts = parts.for_call()
    dialogue = call_parts.dialogue(Conversant(BUSINESS, clock.now(), "+15551230000", "voice"))
    make = call_parts.pipeline
    async with paper_call(
        {}, make=make, dialogue=dialogue, tools=TOOLS, clock=clock, tariffs=parts.tariffs
    ) as call:
        await call.hear(1)
        await asyncio.sleep(0.1)  # for the session to be there
        call.speak(bytes(16000))
        await call.hear(2)
        return (await call.turns())[-1][2]


def served(app: web.Application, words: str) -> RealtimeEmulator:
    realtime = RealtimeEmulator(lambda _: ChatAnswer((words,)), hum, lambda _: ())
    realtime.add_to(app)
    return realtime


async def test_every_call_has_a_session_of_its_own(tmp_path: Path) -> None:
    app = OpenAiChat(lambda _: ChatAnswer(("In writing.",))).app()
    realtime = served(app, "Here is what I know.")
    async with listening(app) as url, opened(tmp_path, url) as parts:
        assert await answer_of(parts) == "Here is what I know."
        greeting = parts.speech_counts.spoken_characters["toy"]
        assert greeting > 0
        assert await answer_of(parts) == "Here is what I know."
        assert len(realtime.sessions) == 2
        spoken = parts.speech_counts.spoken_characters["toy"]
        assert spoken == 2 * greeting, "what the model says itself is no character of the voice"


async def test_the_chat_model_answers_where_there_is_no_session(tmp_path: Path) -> None:
    app = OpenAiChat(lambda _: ChatAnswer(("Here it is in writing.",))).app()
    async with listening(app) as url, opened(tmp_path, url) as parts:
        assert await answer_of(parts) == "Here it is in writing."
