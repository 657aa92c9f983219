"""Stub services with fixed delays: what the bench puts where providers would be.

They do the least that a provider does and take exactly the time they are told to, inside the
process, so that what is measured is the engine. Delays, words and sound are those of the bots that
the engine is compared with (`loadtest.bench.stubs`); replies last three seconds.

`StubSTT` has the same words for every turn. It is a streaming recogniser: asked for its transcript
so far, it gives as many of its words as can have been said in the sound it has got.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from pipecat.frames.frames import (
    Frame,
    InterimTranscriptionFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.services.settings import STTSettings, TTSSettings
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService
from pipecat.utils.time import time_now_iso8601

from loadtest.bench.stubs import CHUNK_BYTES, HEARD, WORD_BYTES, Delays
from pipelines.transport import SAMPLE_RATE_8K

DELAYS: Final[Mapping[str, Delays]] = MappingProxyType(
    {"fixed": Delays(), "providers": Delays(0.19, 0.05, 0.375, 0.8, 0.1)}
)
"""``fixed`` is for measuring the engine. ``providers`` is what a telephone bot should expect of
hosted ones (Twilio, "Core latency in AI voice agents": recognition 350 ms, model 375 ms, speech
100 ms): words lag the sound by 350 ms, 160 of which have passed when the pause is noticed, and the
model's tail is heavy, 2.4 s at the 99th percentile."""


class StubSTT(STTService):
    """Hears `HEARD` in every turn."""

    def __init__(self, delays: Delays = DELAYS["fixed"]) -> None:
        super().__init__(
            audio_passthrough=False,
            ttfs_p99_latency=delays.final_s,
            settings=STTSettings(model="stub", language=None),
        )
        self._delays = delays
        self._heard_bytes = 0

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        """Take a piece of the caller's turn."""
        self._heard_bytes += len(audio)
        yield None

    async def ask_partial(self) -> None:
        """Push the words that can have been said by now."""
        words = HEARD.split()[: self._heard_bytes // WORD_BYTES]
        if words and self._delays.partial_s:
            self.create_task(self._partial(words), "partial")
        elif words:
            await self._partial(words)

    async def _partial(self, words: Sequence[str]) -> None:
        await asyncio.sleep(self._delays.partial_s)
        text = " ".join(words)
        await self.push_frame(InterimTranscriptionFrame(text, "caller", time_now_iso8601()))

    async def _handle_vad_user_started_speaking(self, frame: VADUserStartedSpeakingFrame) -> None:
        await super()._handle_vad_user_started_speaking(frame)
        self._heard_bytes = 0

    async def _handle_vad_user_stopped_speaking(self, frame: VADUserStoppedSpeakingFrame) -> None:
        await super()._handle_vad_user_stopped_speaking(frame)
        self.create_task(self._finish(), "final")

    async def _finish(self) -> None:
        await asyncio.sleep(self._delays.final_s)
        final = TranscriptionFrame(HEARD, "caller", time_now_iso8601())
        final.finalized = True
        await self.push_frame(final)


class StubTTS(TTSService):
    """Says everything as the same sound.

    Args:
        pcm_8k: what a sentence sounds like.
        delays: how long it takes.
    """

    def __init__(self, pcm_8k: bytes, delays: Delays = DELAYS["fixed"]) -> None:
        super().__init__(
            sample_rate=SAMPLE_RATE_8K,
            push_start_frame=True,
            push_stop_frames=True,
            settings=TTSSettings(model="stub", voice="", language=None),
        )
        self._pcm_8k = pcm_8k
        self._delays = delays

    async def run_tts(
        self,
        text: str,  # noqa: ARG002 - everything sounds the same
        context_id: str,
    ) -> AsyncGenerator[Frame | None, None]:
        """The sound, after its delay, in pieces of 200 ms."""
        await asyncio.sleep(self._delays.sound_s)
        for at in range(0, len(self._pcm_8k), CHUNK_BYTES):
            piece = self._pcm_8k[at : at + CHUNK_BYTES]
            yield TTSAudioRawFrame(piece, SAMPLE_RATE_8K, 1, context_id=context_id)
