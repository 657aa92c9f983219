"""Offline recognition as a pipecat STT service."""

from __future__ import annotations

from collections.abc import AsyncGenerator

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

from pipelines.offline.recogniser import RecogniserClient, RecogniserStream
from voiceagent.errors import Unavailable

FINAL_P99_S = 0.1
"""Final transcript after the last sound; see docs/offline-speech.md for the measurement."""


class OfflineSTT(STTService):
    """Recognises one caller turn at a time in the helper process.

    Args:
        recogniser: client of the helper process, shared by all calls.
    """

    def __init__(self, recogniser: RecogniserClient) -> None:
        super().__init__(
            audio_passthrough=False,
            ttfs_p99_latency=FINAL_P99_S,
            settings=STTSettings(model="offline", language=None),
        )
        self._recogniser = recogniser
        self._stream: RecogniserStream | None = None

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        """Feed a piece of the caller's turn; transcripts come on request and at its end."""
        if self._stream is not None:
            await self._stream.feed(audio)
        yield None

    async def ask_partial(self) -> None:
        """Push the transcript so far as an interim transcript."""
        if self._stream is None:
            return
        try:
            text = await self._stream.partial()
        except Unavailable:
            return
        if text:
            await self.push_frame(InterimTranscriptionFrame(text, "caller", time_now_iso8601()))

    async def _handle_vad_user_started_speaking(self, frame: VADUserStartedSpeakingFrame) -> None:
        await super()._handle_vad_user_started_speaking(frame)
        await self._abandon()
        self._stream = await self._recogniser.start()

    async def _handle_vad_user_stopped_speaking(self, frame: VADUserStoppedSpeakingFrame) -> None:
        stream, self._stream = self._stream, None
        await super()._handle_vad_user_stopped_speaking(frame)
        if stream is None:
            return
        try:
            text = (await stream.finish()).text
        except Unavailable as error:
            await self.push_error(error_msg=str(error), exception=error)
            text = ""
        final = TranscriptionFrame(text, "caller", time_now_iso8601())
        final.finalized = True
        await self.push_frame(final)

    async def _abandon(self) -> None:
        if self._stream is not None:
            stream, self._stream = self._stream, None
            await stream.abandon()

    async def cleanup(self) -> None:
        """Let go of a stream in flight."""
        await super().cleanup()
        await self._abandon()
