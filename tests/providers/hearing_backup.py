"""A recogniser that works, to take over from one that does not: it knows the fixtures' words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import numpy as np
from pipecat.frames.frames import (
    Frame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.services.settings import STTSettings
from pipecat.services.stt_service import STTService

from loadtest.simulator.providers.hearing import Recognise


class BackupSTT(STTService):
    """Hears whole turns at a tenth of their length, as the offline one does.

    Args:
        recognise: its words.
    """

    def __init__(self, recognise: Recognise) -> None:
        super().__init__(
            audio_passthrough=False,
            ttfs_p99_latency=0.1,
            settings=STTSettings(model="backup", language=None),
        )
        self._recognise = recognise
        self._sound = bytearray()
        self.turns: list[str] = []
        """The words of each turn that it was asked for."""

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        self._sound += audio
        yield None

    async def _handle_vad_user_started_speaking(self, frame: VADUserStartedSpeakingFrame) -> None:
        await super()._handle_vad_user_started_speaking(frame)
        self._sound.clear()

    async def _handle_vad_user_stopped_speaking(self, frame: VADUserStoppedSpeakingFrame) -> None:
        await super()._handle_vad_user_stopped_speaking(frame)
        sound = np.frombuffer(bytes(self._sound), np.int16)
        await asyncio.sleep(len(sound) / 8000 / 10)
        self.turns.append(" ".join(word.text for word in self._recognise(sound)))
        final = TranscriptionFrame(self.turns[-1], "caller", "2025-08-29T00:00:00Z")
        final.finalized = True
        await self.push_frame(final)
