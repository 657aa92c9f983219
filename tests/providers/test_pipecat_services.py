"""Services of pipecat's by their names: what is wrong in a sentence, and two of them at work."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiohttp import web

from loadtest.simulator.providers.by_manifest import ByManifest
from loadtest.simulator.providers.cartesia import CartesiaEmulator
from loadtest.simulator.providers.flux import FluxEmulator, add_flux
from loadtest.simulator.providers.serving import listening
from loadtest.simulator.providers.vendors import hum
from pipelines.providers.registry import Registry
from pipelines.providers.spec import (
    OpenVoice,
    ProviderKind,
    ProviderSite,
    SttProvider,
    TtsProvider,
)
from pipelines.speech_ends import renderer
from tests.providers.emulated import listening_to, recording
from tests.providers.toys import given
from tests.support import virtual_time
from tests.support.rooms import coolcare
from voiceagent.domain.expecting import Expecting
from voiceagent.errors import OwnerFixable

STT, TTS, LLM = ProviderKind.STT, ProviderKind.TTS, ProviderKind.LLM
FLUX = "pipecat:deepgram.flux.stt.DeepgramFluxSTTService"
CARTESIA = "pipecat:cartesia.tts.CartesiaTTSService"
WORDS = "yes that's fine please go ahead"


def site(tmp_path: Path, **settings: str) -> ProviderSite:
    found = {name: value for name in settings if (value := given(**settings)(name))}
    return ProviderSite(coolcare(), tmp_path, found)


@pytest.mark.parametrize(
    ("kind", "name", "code", "says"),
    [
        (STT, "pipecat:", "provider.unknown", "Write it like pipecat:assemblyai.stt."),
        (STT, "pipecat:deepgram", "provider.unknown", "Write it like"),
        (STT, "pipecat:../etc.X", "provider.unknown", "Write it like"),
        (TTS, "pipecat:hume.tts.HumeTTSService", "provider.needs", "the package pipecat-ai[hume]"),
        (STT, "pipecat:azure.stt.AzureSTTService", "provider.needs", "pipecat-ai[azure]"),
        (LLM, "pipecat:groq.llm.GroqLLMService", "provider.unknown", "leads no conversation"),
    ],
)
def test_what_is_wrong_with_a_name_is_one_sentence(
    kind: ProviderKind, name: str, code: str, says: str
) -> None:
    with pytest.raises(OwnerFixable) as refused:
        Registry().choose(kind, name, given())
    assert (refused.value.code, refused.value.where) == (code, kind.setting)
    assert says in refused.value.message
    assert refused.value.message.count(". ") == 0


@pytest.mark.parametrize(
    ("kind", "name", "options", "code", "says"),
    [
        (STT, "pipecat:nobody.stt.NobodySTTService", "", "provider.unknown", "has no nobody.stt"),
        (STT, "pipecat:cartesia.stt.NoSuchService", "", "provider.unknown", "has no cartesia.stt"),
        (STT, CARTESIA, "", "provider.unknown", "no service for speech to text"),
        (TTS, CARTESIA, "", "provider.needs", "needs CARTESIA_API_KEY"),
        (TTS, CARTESIA, "[]", "provider.options", "Write a JSON object."),
        (TTS, CARTESIA, "{", "provider.options", "Write a JSON object."),
        (TTS, CARTESIA, '{"api_key": "s3cret", "colour": 1}', "provider.options", "colour"),
        (TTS, CARTESIA, '{"settings": {"colour": 1}}', "provider.options", "colour"),
    ],
)
async def test_what_is_wrong_with_a_service_is_one_sentence_at_the_start(
    kind: ProviderKind, name: str, options: str, code: str, says: str, tmp_path: Path
) -> None:
    choice = Registry().choose(kind, name, given())
    assert choice is not None
    with pytest.raises(OwnerFixable) as refused:
        async with choice.provider.open(site(tmp_path, **{f"{kind.name}_OPTIONS": options})):
            pass
    assert refused.value.code == code
    assert says in refused.value.message
    assert "s3cret" not in str(refused.value)


def test_who_is_named_is_listed_beside_the_others_with_what_it_lacks() -> None:
    named = Registry().naming({STT: FLUX, TTS: "pipecat:nothing", LLM: "house"})
    assert [p.name for p in named.providers if p not in Registry().providers] == [FLUX]
    assert named.providers[-1].needs.read == ("DEEPGRAM_API_KEY", "STT_OPTIONS")
    (hume,) = Registry((*Registry().naming({TTS: "pipecat:hume.tts.X"}).providers[-1:],)).providers
    assert hume.needs.missing(given()) == ("the package pipecat-ai[hume]",)


def test_two_of_them_hear_and_speak(tmp_path: Path) -> None:
    async def call() -> None:
        flux = FluxEmulator(ByManifest.read("audio_fixtures/manifest.toml", "reference"), key="dg")
        app = web.Application()
        add_flux(app, flux)
        cartesia = CartesiaEmulator(hum, key="car")
        async with AsyncExitStack() as stack:
            url = await stack.enter_async_context(listening(app))
            hears = {
                "url": f"{url.replace('http', 'ws')}/v2/listen",
                "enable_eager_end_of_turn": True,
            }
            choice = Registry().choose(STT, FLUX, given())
            assert choice is not None
            assert isinstance(choice.provider, SttProvider)
            here = site(tmp_path, DEEPGRAM_API_KEY="dg", STT_OPTIONS=json.dumps(hears))
            make = await stack.enter_async_context(choice.provider.open(here))
            async with listening_to(make(lambda: Expecting.ANYTHING)) as caller:
                words, _ = await caller.says(recording("reference/slt/05.wav"))
                assert words == WORDS
            url = await stack.enter_async_context(listening(cartesia.app()))
            speaks = {
                "url": f"{url.replace('http', 'ws')}/tts/websocket",
                "settings": {"voice": "x", "model": "sonic-3.5"},
            }
            choice = Registry().choose(TTS, CARTESIA, given())
            assert choice is not None
            assert isinstance(choice.provider, TtsProvider)
            here = site(tmp_path, CARTESIA_API_KEY="car", TTS_OPTIONS=json.dumps(speaks))
            voice: OpenVoice = await stack.enter_async_context(choice.provider.open(here))
            pieces = [piece async for piece in renderer(voice)("The visit is fine.")]
            assert sum(len(piece.pcm_8k) for piece in pieces) == 4 * 2400 * 2

    virtual_time.run(call())
