"""A caller who speaks Spanish: heard by Deepgram's emulator, answered and spoken to in Spanish."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from pydantic import SecretStr

from loadtest.simulator import g711
from loadtest.simulator.g711 import Samples
from loadtest.simulator.providers.by_manifest import ByManifest
from loadtest.simulator.providers.deepgram import DeepgramEmulator
from loadtest.simulator.providers.serving import listening
from pipelines.offline.speaker import SpeakerClient
from pipelines.offline.voices import VoiceEngine
from pipelines.providers.deepgram.specs import DEEPGRAM
from pipelines.providers.deepgram.stt import DeepgramAccount, NovaSTT
from pipelines.providers.offline.tts import offline_speech
from pipelines.providers.spec import ProviderSite
from pipelines.reply_source import sentences
from tests.dialogue.house.test_spanish import BUSINESS, partner
from tests.providers.emulated import listening_to
from tests.support import virtual_time
from voiceagent.dialogue.acts import Say
from voiceagent.domain.locales import Locale
from voiceagent.errors import OwnerFixable
from voiceagent.language.aloud import spoken

KEY = "dg-secret-key"
SAID = ("hola, el aire no enfría", "no huele a gas ni hay humo")


async def _sounds(speaker: SpeakerClient, text: str) -> Samples:
    """A sentence as the offline voice says it, on a telephone line."""
    pieces = offline_speech(speaker, text, voice="en-us", words_per_minute=165)
    pcm = b"".join([piece.pcm_8k async for piece in pieces])
    return g711.decode(g711.encode(np.frombuffer(pcm, np.int16)))


async def _spoken(texts: list[str]) -> list[Samples]:
    async with SpeakerClient(VoiceEngine.PICO).running() as speaker:
        return [await _sounds(speaker, text) for text in texts]


async def _as_named(text: str, voice: str) -> bytes:
    """The same words in one voice, whatever they are."""
    async with SpeakerClient(VoiceEngine.PICO).running() as speaker:
        chunks = speaker.synthesize(spoken(text), voice=voice, words_per_minute=165)
        return b"".join([chunk.pcm_8k async for chunk in chunks])


def place(**given: str) -> ProviderSite:
    settings: Mapping[str, SecretStr] = {name: SecretStr(value) for name, value in given.items()}
    return ProviderSite(BUSINESS, Path(), settings, {})


def test_a_call_goes_on_in_spanish() -> None:
    sounds = asyncio.run(_spoken(list(SAID)))
    known = [
        (text, g711.encode(sound), text.replace(",", "").split(), [(0, len(sound))])
        for text, sound in zip(SAID, sounds, strict=True)
    ]
    policy = partner()
    policy.channel = "voice"
    tags = DEEPGRAM.hears(place(DEEPGRAM_LANGUAGE="multi"))
    policy.hears = frozenset(locale for locale in Locale if locale.value in tags)
    answers: list[str] = []

    async def call() -> None:
        emulator = DeepgramEmulator(ByManifest(known), key=KEY)
        async with listening(emulator.app()) as url:
            stt = NovaSTT(DeepgramAccount(url, "nova-3", KEY, language="multi"))
            async with listening_to(stt) as caller:
                for sound in sounds:
                    words, _ = await caller.says(sound)
                    step = policy.hear(words)
                    answers.extend(act.text for act in step if isinstance(act, Say))
        assert [one.query.language for one in emulator.connections] == ["multi"]

    virtual_time.run(call())
    words = BUSINESS.locales[Locale.ES_US]
    assert answers[0].startswith(words.disclosure)
    assert words.emergency.question in answers[0]
    assert answers[1].startswith("Bien, gracias.")


def test_a_spanish_sentence_has_a_spanish_voice_and_an_english_one_has_not() -> None:
    (question,) = sentences("¿Cuál es la dirección para la visita?")
    sound, english = asyncio.run(_spoken([question, "What is the address?"]))
    in_spanish = np.frombuffer(asyncio.run(_as_named(question, "es")), np.int16)
    in_english = np.frombuffer(asyncio.run(_as_named("What is the address?", "en-us")), np.int16)
    assert np.array_equal(sound, g711.decode(g711.encode(in_spanish)))
    assert np.array_equal(english, g711.decode(g711.encode(in_english)))


@pytest.mark.parametrize(
    ("language", "heard"),
    [
        ("", {"en-US"}),
        ("en-US", {"en-US"}),
        ("es", {"es-US"}),
        ("es-419", {"es-US"}),
        ("multi", {"en-US", "es-US"}),
    ],
)
def test_what_is_heard_is_as_it_is_set(language: str, heard: set[str]) -> None:
    given = {"DEEPGRAM_LANGUAGE": language} if language else {}
    assert set(DEEPGRAM.hears(place(**given))) == heard


def test_a_language_that_is_none_is_refused() -> None:
    with pytest.raises(OwnerFixable, match="multi"):
        DEEPGRAM.hears(place(DEEPGRAM_LANGUAGE="Spanish, please"))
