"""Offline recognition as a pipecat STT service."""

from __future__ import annotations

import asyncio
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

from pipelines.offline.recogniser import CallerStream, Utterance
from pipelines.recogniser_ports import AskOffered
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.open_question import OpenQuestion
from voiceagent.errors import Unavailable

FINAL_P99_S = 0.1
"""Final transcript after the last sound; see docs/offline-speech.md for the measurement."""

PARTIAL_S = 0.5
"""How long the turn may wait for the words so far; after that pocketsphinx's will do, and without
them patience decides alone."""

BOTH_EARS_S = 2.0
"""How long the turn may wait for what both ears make of it; after that pocketsphinx's words will
do, at low confidence. Whoever hears alone is waited for as long as `FINAL_S`."""

FINAL_S = 6.0
"""How long a caller may wait for the final words when many callers finish at once: a filler and the
apology cover it, and words that come while the apology sounds are still answered. After that the
words so far have to do, and without any the caller is asked to say it again."""


class OfflineSTT(STTService):
    """Recognises one caller turn at a time in the helper process.

    While that process is down or far behind, a turn has the words that came in time; when none
    did, it comes out empty and `words_lost` says so.

    Args:
        stream: of this call.
        expecting: what the agent asked for last.
        final_s: see `FINAL_S`.
    """

    def __init__(
        self, stream: CallerStream, expecting: Callable[[], Expecting], *, final_s: float = FINAL_S
    ) -> None:
        super().__init__(
            audio_passthrough=False,
            ttfs_p99_latency=FINAL_P99_S,
            settings=STTSettings(model="offline", language=None),
        )
        self._stream = stream
        self._expecting = expecting
        self._offered: AskOffered | None = None
        self._final_s = final_s
        self._both_ears_s: float | None = BOTH_EARS_S
        self._utterance: Utterance | None = None
        self._so_far = ""
        self.words_lost = False
        """Whether the last turn's words were lost, and not merely none."""
        self.words_cut = False
        """Whether the last turn was not recognised to its end."""
        self.confidence: float | None = None
        """How likely the last turn's words are right; ``None`` for words that had to do."""

    def weigh_by(self, offered: AskOffered) -> None:
        """See `WeighsOffers`."""
        self._offered = offered

    def be_patient(self, within_s: float) -> None:
        """See `GivesUp`."""
        self._final_s, self._both_ears_s = within_s, None

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        """Feed a piece of the caller's turn; transcripts come on request and at its end."""
        if self._utterance is not None:
            try:
                self._utterance.feed(audio)
            except Unavailable as error:
                await self._lost(error)
        yield None

    async def ask_partial(self) -> None:
        """Push the transcript so far as an interim transcript, if it comes in time."""
        if self._utterance is None:
            return
        try:
            async with asyncio.timeout(PARTIAL_S):
                text = await self._utterance.partial()
        except TimeoutError:
            utterance = self._utterance
            text = (utterance.meanwhile or "") if utterance is not None else ""
        except Unavailable as error:
            await self._lost(error)
            return
        if text:
            self._so_far = text
            await self.push_frame(InterimTranscriptionFrame(text, "caller", time_now_iso8601()))

    async def _handle_vad_user_started_speaking(self, frame: VADUserStartedSpeakingFrame) -> None:
        await super()._handle_vad_user_started_speaking(frame)
        self._abandon()
        self._so_far, self.words_lost, self.words_cut, self.confidence = "", False, False, None
        try:
            self._utterance = self._stream.start(self._question())
        except Unavailable as error:
            await self._lost(error)

    def _question(self) -> OpenQuestion:
        expecting = self._expecting()
        if expecting is not Expecting.TIME or self._offered is None:
            return OpenQuestion(expecting)
        return OpenQuestion(expecting, self._offered())

    async def _handle_vad_user_stopped_speaking(self, frame: VADUserStoppedSpeakingFrame) -> None:
        await super()._handle_vad_user_stopped_speaking(frame)
        final = TranscriptionFrame(await self._final_words(), "caller", time_now_iso8601())
        final.finalized = True
        await self.push_frame(final)

    async def _final_words(self) -> str:
        """The turn's words, or what there is of them when the time is up."""
        utterance, self._utterance = self._utterance, None
        if utterance is not None:
            try:
                async with asyncio.timeout(self._final_s):
                    found = await utterance.finish(self._both_ears_s)
                    self.confidence = found.confidence
                    return found.text
            except TimeoutError:
                await self._lost(Unavailable("recogniser.behind", "Recognition is far behind."))
            except Unavailable as error:
                await self._lost(error)
        self.words_lost, self.words_cut = not self._so_far, True
        return self._so_far

    async def cleanup(self) -> None:
        """Let go of the call."""
        await super().cleanup()  # type: ignore[no-untyped-call]
        self._abandon()
        self._stream.close()

    def _abandon(self) -> None:
        if self._utterance is not None:
            self._utterance.abandon()
            self._utterance = None

    async def _lost(self, error: Unavailable) -> None:
        self._utterance = None
        await self.push_error(error_msg=str(error), exception=error)
