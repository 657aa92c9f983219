"""Stub services for a pipecat bot, inside its process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

import numpy as np
from pipecat.frames.frames import (
    Frame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.llm_service import LLMService
from pipecat.services.settings import LLMSettings, STTSettings, TTSSettings
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService
from pipecat.utils.time import time_now_iso8601

from loadtest.bench.stubs import HEARD, RATE_HZ, SAID, SOUND, Delays


class BotSTT(STTService):
    """A final transcript some time after the voice has stopped."""

    def __init__(self, delays: Delays) -> None:
        super().__init__(
            ttfs_p99_latency=delays.final_s, settings=STTSettings(model="stub", language=None)
        )
        self._delays = delays

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:  # noqa: ARG002
        """Transcripts do not come from sound."""
        yield None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Start the clock when the voice has stopped."""
        await super().process_frame(frame, direction)
        if isinstance(frame, VADUserStoppedSpeakingFrame):
            self.create_task(self._finish(), "final")

    async def _finish(self) -> None:
        await asyncio.sleep(self._delays.final_s)
        await self.push_frame(
            TranscriptionFrame(HEARD, "caller", time_now_iso8601(), finalized=True)
        )


def _llm_settings() -> LLMSettings:
    """Settings of a model that has none."""
    return LLMSettings(
        model="stub",
        system_instruction=None,
        temperature=None,
        max_tokens=None,
        top_p=None,
        top_k=None,
        frequency_penalty=None,
        presence_penalty=None,
        seed=None,
        filter_incomplete_user_turns=False,
        user_turn_completion_config=None,
    )


class WordsLLM(LLMService):
    """Answers every context with its `words`."""

    def __init__(self) -> None:
        super().__init__(settings=_llm_settings())

    def words(self) -> AsyncIterator[str]:
        """As they come."""
        raise NotImplementedError

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Answer a context."""
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        await self.push_frame(LLMFullResponseStartFrame())
        async for word in self.words():
            await self.push_frame(LLMTextFrame(word))
        await self.push_frame(LLMFullResponseEndFrame())


class BotLLM(WordsLLM):
    """The same words for everything."""

    draws = np.random.default_rng(1)
    """One stream for all calls of the process."""

    def __init__(self, delays: Delays) -> None:
        super().__init__()
        self._delays = delays

    async def words(self) -> AsyncIterator[str]:
        """After a delay, all at once."""
        tail = self._delays.tail
        factor = float(self.draws.lognormal(0.0, tail)) if tail else 1.0
        await asyncio.sleep(self._delays.word_s * factor)
        for word in SAID:
            yield word


class BotTTS(TTSService):
    """The same sound for everything."""

    def __init__(self, delays: Delays) -> None:
        super().__init__(
            sample_rate=RATE_HZ,
            push_start_frame=True,
            push_stop_frames=True,
            settings=TTSSettings(model="stub", voice="", language=None),
        )
        self._delays = delays

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:  # noqa: ARG002
        """Three seconds of noise in pieces of 200 ms."""
        await asyncio.sleep(self._delays.sound_s)
        for piece in SOUND:
            yield TTSAudioRawFrame(piece, RATE_HZ, 1, context_id=context_id)
