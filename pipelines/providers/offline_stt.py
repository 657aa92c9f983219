"""Offline recognition as a pipecat STT service."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable

from pipecat.frames.frames import (
    Frame,
    InterimTranscriptionFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.services.settings import STTSettings
from pipecat.services.stt_service import STTService
from pipecat.utils.time import time_now_iso8601

from pipelines.offline.recogniser import CallerEar, Utterance
from voiceagent.core.expecting import Expecting
from voiceagent.errors import Unavailable

FINAL_P99_S = 0.1
"""Final transcript after the last sound; see docs/offline-speech.md for the measurement."""


class OfflineSTT(STTService):
    """Recognises one caller turn at a time in the helper process.

    While that process is down the caller's turn comes out empty, and the dialogue asks again.

    Args:
        ear: of this call.
        expecting: what the agent asked for last.
    """

    def __init__(self, ear: CallerEar, expecting: Callable[[], Expecting]) -> None:
        super().__init__(
            audio_passthrough=False,
            ttfs_p99_latency=FINAL_P99_S,
            settings=STTSettings(model="offline", language=None),
        )
        self._ear = ear
        self._expecting = expecting
        self._utterance: Utterance | None = None

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        """Feed a piece of the caller's turn; transcripts come on request and at its end."""
        if self._utterance is not None:
            try:
                self._utterance.feed(audio)
            except Unavailable as error:
                await self._lost(error)
        yield None

    async def ask_partial(self) -> None:
        """Push the transcript so far as an interim transcript."""
        if self._utterance is None:
            return
        try:
            text = await self._utterance.partial()
        except Unavailable as error:
            await self._lost(error)
            return
        if text:
            await self.push_frame(InterimTranscriptionFrame(text, "caller", time_now_iso8601()))

    async def _handle_vad_user_started_speaking(self, frame: VADUserStartedSpeakingFrame) -> None:
        await super()._handle_vad_user_started_speaking(frame)
        self._abandon()
        try:
            self._utterance = self._ear.start(self._expecting())
        except Unavailable as error:
            await self._lost(error)

    async def _handle_vad_user_stopped_speaking(self, frame: VADUserStoppedSpeakingFrame) -> None:
        utterance, self._utterance = self._utterance, None
        await super()._handle_vad_user_stopped_speaking(frame)
        text = ""
        if utterance is not None:
            try:
                text = (await utterance.finish()).text
            except Unavailable as error:
                await self._lost(error)
        final = TranscriptionFrame(text, "caller", time_now_iso8601())
        final.finalized = True
        await self.push_frame(final)

    async def cleanup(self) -> None:
        """Let go of the call."""
        await super().cleanup()  # type: ignore[no-untyped-call]
        self._abandon()
        self._ear.close()

    def _abandon(self) -> None:
        if self._utterance is not None:
            self._utterance.abandon()
            self._utterance = None

    async def _lost(self, error: Unavailable) -> None:
        self._utterance = None
        await self.push_error(error_msg=str(error), exception=error)
