"""Which speech parts a call uses: a literal registry, one line a provider.

A new provider is one file in `pipelines/providers` and one line here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService

from pipelines.offline.recogniser import RecogniserClient
from pipelines.offline.speaker import SpeakerClient
from pipelines.providers.offline.stt import OfflineSTT
from pipelines.providers.offline.tts import OfflineTTS, offline_speech
from pipelines.ready_speech import ReadyVoice, SpeechCache, VoiceKey
from voiceagent.domain.business import Business
from voiceagent.domain.expecting import Expecting

AskExpecting = Callable[[], Expecting]
"""Tells what the agent asked for last; a recogniser may weigh its hypotheses by it."""


@dataclass(frozen=True, slots=True)
class SpeechParts:
    """Makes fresh services for a call; names are what `doctor` and reports show.

    `ready` is the voice's cache of sentences that are the same in every call.
    """

    stt_name: str
    tts_name: str
    stt: Callable[[AskExpecting], STTService]
    tts: Callable[[], TTSService]
    ready: ReadyVoice = field(default_factory=ReadyVoice)


def offline_parts(
    recogniser: RecogniserClient, speaker: SpeakerClient, business: Business
) -> SpeechParts:
    """Recognition and speech without any key: pocketsphinx and espeak-ng."""
    voice = business.voice
    return SpeechParts(
        stt_name="pocketsphinx",
        tts_name="espeak-ng",
        stt=lambda expecting: OfflineSTT(recogniser.caller(), expecting),
        tts=lambda: OfflineTTS(
            speaker, voice=voice.offline_voice, words_per_minute=voice.words_per_minute
        ),
        ready=ReadyVoice(
            SpeechCache(),
            VoiceKey("espeak-ng", voice.offline_voice, voice.words_per_minute),
            lambda text: offline_speech(
                speaker,
                text,
                voice=voice.offline_voice,
                words_per_minute=voice.words_per_minute,
            ),
        ),
    )
