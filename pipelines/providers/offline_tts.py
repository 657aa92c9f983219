"""Offline speech as a pipecat TTS service."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from pipecat.frames.frames import ErrorFrame, Frame
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService

from pipelines.offline.speaker import SpeakerClient
from pipelines.transport import SAMPLE_RATE_8K, TimedAudioFrame
from voiceagent.dialog.spoken.speak import speakable
from voiceagent.errors import Unavailable


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
        spoken = " ".join(token.spoken for token in speakable(text) if token.spoken)
        placed = 0
        try:
            async for chunk in self._speaker.synthesize(
                spoken, voice=self._voice, words_per_minute=self._words_per_minute
            ):
                starts: list[int] = []
                for word in chunk.words:
                    index = spoken.count(" ", 0, word.char_start)
                    while placed <= index:
                        starts.append(word.sample_offset)
                        placed += 1
                yield TimedAudioFrame(
                    chunk.pcm_8k,
                    SAMPLE_RATE_8K,
                    1,
                    context_id=context_id,
                    word_starts=tuple(starts),
                )
        except Unavailable as error:
            yield ErrorFrame(error=str(error))
