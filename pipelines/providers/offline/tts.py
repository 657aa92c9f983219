"""Offline speech as a pipecat TTS service."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator

from pipecat.frames.frames import ErrorFrame, Frame
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService

from pipelines.offline.speaker import SpeakerClient
from pipelines.offline.voices import SPANISH_VOICE
from pipelines.ready_speech import SpeechPiece
from pipelines.transport import SAMPLE_RATE_8K, TimedAudioFrame
from voiceagent.domain.locales import Locale
from voiceagent.errors import Unavailable
from voiceagent.language.aloud import spoken, written_in


async def offline_speech(
    speaker: SpeakerClient, text: str, *, voice: str, words_per_minute: int
) -> AsyncIterator[SpeechPiece]:
    """Sound of one written sentence as it is made, with where its spoken words begin.

    A sentence in Spanish has a Spanish voice, whichever is named.

    Raises:
        Unavailable: the speaking process is down or failed.
    """
    words = spoken(text)
    voice = SPANISH_VOICE if written_in(text) is Locale.ES_US else voice
    placed = 0
    async for chunk in speaker.synthesize(words, voice=voice, words_per_minute=words_per_minute):
        starts: list[int] = []
        for word in chunk.words:
            index = words.count(" ", 0, word.char_start)
            while placed <= index:
                starts.append(word.sample_offset)
                placed += 1
        yield SpeechPiece(chunk.pcm_8k, tuple(starts))


class OfflineTTS(TTSService):
    """Speaks written sentences with the offline speaker's helper process.

    Args:
        speaker: client of the helper process, shared by all calls.
        voice: voice name of the speaker, e.g. ``en-us``.
        words_per_minute: speaking rate.
    """

    def __init__(self, speaker: SpeakerClient, *, voice: str, words_per_minute: int) -> None:
        super().__init__(
            sample_rate=SAMPLE_RATE_8K,
            push_start_frame=True,
            push_stop_frames=True,
            settings=TTSSettings(model="offline", voice=voice, language=None),
        )
        self._speaker = speaker
        self._voice = voice
        self._words_per_minute = words_per_minute

    def can_generate_metrics(self) -> bool:
        """Latency is measured by the session's turn clock, not by pipecat."""
        return False

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        """Synthesise one written sentence; frames carry where its spoken words begin."""
        try:
            async for piece in offline_speech(
                self._speaker, text, voice=self._voice, words_per_minute=self._words_per_minute
            ):
                yield TimedAudioFrame.of(piece, context_id)
        except Unavailable as error:
            yield ErrorFrame(error=str(error))
