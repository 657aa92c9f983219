"""A stranger's provider: the page's code, chosen, opened, and serving a call on the rig."""

from __future__ import annotations

import ast
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path

import pytest
from pipecat.frames.frames import Frame, TTSAudioRawFrame
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService

from pipelines.parts import ready_voice, speech_parts
from pipelines.providers.alone import recognised, rendered
from pipelines.providers.registry import SHIPPED, Registry
from pipelines.providers.spec import (
    Partials,
    ProviderKind,
    ProviderSite,
    ProviderSpec,
    SttCapabilities,
)
from pipelines.ready_speech import SpeechPiece
from pipelines.recogniser_ports import AsksPartial, LosesWords
from tests.pipelines.rig import paper_call
from tests.providers.toys import given, never_opened, page_code, page_module, stt
from voiceagent.dialogue.acts import Say
from voiceagent.domain.business_file import load_business
from voiceagent.domain.expecting import Expecting
from voiceagent.errors import OwnerFixable, Unavailable

ROOT = Path(__file__).parents[2]
BUSINESS = load_business("business/coolcare.toml")
KEYS = given(TOY_API_KEY="hum-hum-hum", OTHER_API_KEY="not-yours")
TOY = page_module()
SERVICES = import_module("pipelines.providers.toy.services")


def site(folder: Path, provider: ProviderSpec) -> ProviderSite:
    needed = {name: value for name in provider.needs.settings if (value := KEYS(name))}
    return ProviderSite(BUSINESS, folder, needed)


async def test_the_page_serves_a_call_and_nothing_else_is_opened(tmp_path: Path) -> None:
    unused = stt("unused", "OTHER_SETTING")
    registry = Registry((unused, TOY.TOY_STT, TOY.TOY_TTS, *SHIPPED))
    chosen = registry.chosen({ProviderKind.STT: "toy"}, KEYS)
    assert chosen.names == {"stt": "toy", "llm": "house", "tts": "toy"}
    steps = {"greet": (Say("Hello there."),), "hear my furnace is broken": (Say("I am sorry."),)}
    async with (
        speech_parts(chosen, partial(site, tmp_path)) as parts,
        paper_call(steps, make=parts.pipeline) as call,
    ):
        await call.hear(1)
        call.speak()
        await call.hear(2)
        assert await call.turns() == [
            ("agent", "Hello there.", "Hello there."),
            ("caller", "my furnace is broken", "my furnace is broken"),
            ("agent", "I am sorry.", "I am sorry."),
        ]
        assert call.line.sound == {1: 4000, 2: 6000}
        assert not call.stt._transcripts
        assert not call.tts.asked


async def test_a_provider_gets_the_settings_it_asked_for_and_no_others(tmp_path: Path) -> None:
    assert set(site(tmp_path, TOY.TOY_TTS).settings) == {"TOY_API_KEY"}
    assert "hum-hum-hum" not in repr(site(tmp_path, TOY.TOY_TTS))


async def test_its_sentences_can_be_made_ready_and_its_words_read_without_a_call(
    tmp_path: Path,
) -> None:
    async with (
        TOY.TOY_TTS.open(site(tmp_path, TOY.TOY_TTS)) as voice,
        TOY.TOY_STT.open(site(tmp_path, TOY.TOY_STT)) as make,
    ):
        ready = ready_voice(TOY.TOY_TTS, voice)
        await ready.prepare(["One two three."])
        sentence = ready.get("One two three.")
        assert sentence is not None
        assert sentence.samples == 3 * 2000
        said = await recognised(make(lambda: Expecting.ANYTHING), bytes(16000))
        assert said == "my furnace is broken"


# The page's module is made when the test runs: a checker cannot know what it holds.
class WrongRate(SERVICES.ToyTTS):  # type: ignore[misc,name-defined]
    async def run_tts(self, text: str, context_id: str) -> AsyncIterator[Frame]:
        yield TTSAudioRawFrame(bytes(4000), 16000, 1, context_id=context_id)


class Silent(SERVICES.ToyTTS):  # type: ignore[misc,name-defined]
    async def run_tts(self, text: str, context_id: str) -> AsyncIterator[Frame]:
        return
        yield


async def pieces(tts: TTSService) -> list[SpeechPiece]:
    return [piece async for piece in rendered(tts, "Hello.")]


async def test_sound_that_is_not_a_calls_is_said_at_the_start() -> None:
    voice = {"settings": TTSSettings(model="", voice="", language=None)}
    options = {"push_start_frame": True, "push_stop_frames": True, **voice}
    with pytest.raises(OwnerFixable) as refused:
        await pieces(WrongRate("hum", sample_rate=8000, **options))
    assert refused.value.code == "provider.sample_rate"
    with pytest.raises(Unavailable) as silent:
        await pieces(Silent("hum", sample_rate=8000, **options))
    assert silent.value.code == "tts.silent"


@asynccontextmanager
async def _breaks(_: ProviderSite) -> AsyncIterator[None]:
    raise Unavailable("toy.down", "The toy is down.")
    yield


async def test_a_voice_that_does_not_open_closes_what_was_opened(tmp_path: Path) -> None:
    closed: list[str] = []

    @asynccontextmanager
    async def opened(_: ProviderSite) -> AsyncIterator[object]:
        try:
            yield lambda expecting: None
        finally:
            closed.append("stt")

    registry = Registry(
        (replace(TOY.TOY_STT, open=opened), replace(TOY.TOY_TTS, open=_breaks), *SHIPPED)
    )
    chosen = registry.chosen({ProviderKind.STT: "toy", ProviderKind.TTS: "toy"}, KEYS)
    with pytest.raises(Unavailable):
        async with speech_parts(chosen, partial(site, tmp_path)):
            pass
    assert closed == ["stt"]


def test_what_a_record_says_is_what_its_service_does() -> None:
    """For what is shipped; its process starts when it is opened, not when a service is made."""
    from pipelines.providers.deepgram.flux import FluxAccount, FluxRecognition
    from pipelines.providers.deepgram.stt import DeepgramAccount, DeepgramSTT, NovaSTT
    from pipelines.providers.offline.stt import OfflineSTT

    services = {
        "deepgram": NovaSTT(DeepgramAccount("ws://127.0.0.1", "nova-3", "key")),
        "deepgram-flux": DeepgramSTT(
            FluxAccount("ws://127.0.0.1", "flux-general-en", "key"), FluxRecognition()
        ),
        "whisper": OfflineSTT(None, lambda: Expecting.ANYTHING),  # type: ignore[arg-type]  # hears nothing
        "pocketsphinx": OfflineSTT(None, lambda: Expecting.ANYTHING),  # type: ignore[arg-type]  # hears nothing
    }
    shipped = Registry().of(ProviderKind.STT)
    assert [spec.name for spec in shipped] == list(services)
    for spec in shipped:
        assert isinstance(spec.capabilities, SttCapabilities)
        service = services[spec.name]
        asks = spec.capabilities.partials is Partials.ON_REQUEST or spec.capabilities.hastens
        assert isinstance(service, AsksPartial) == asks
        assert isinstance(service, LosesWords) == spec.capabilities.knows_lost_words


def test_the_helper_that_must_not_be_opened_is_not() -> None:
    assert stt("x").open is never_opened


RECORDS = [ROOT / f"pipelines/providers/{name}.py" for name in ("house/llm", "offline/specs")]


@pytest.mark.parametrize(
    "text",
    [page_code("specs"), *(path.read_text(encoding="utf-8") for path in RECORDS)],
    ids=["page", "house", "offline"],
)
def test_records_load_no_pipecat(text: str) -> None:
    tops = [node for node in ast.parse(text).body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = [node.module or "" for node in tops if isinstance(node, ast.ImportFrom)]
    names += [alias.name for node in tops if isinstance(node, ast.Import) for alias in node.names]
    assert names
    assert not [name for name in names if name.split(".")[0] == "pipecat" or "services" in name]
