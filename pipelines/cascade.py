"""The cascade: speech to text, dialogue, text to speech, as one pipecat pipeline a call.

pipecat is the control plane only. Voice detection, turn-taking, pacing and barge-in live in the
media plane, so its own VAD, turn analysers, observers and RTVI stay off (docs/benchmarks.md).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, runtime_checkable

from pipecat.pipeline.pipeline import Pipeline as FrameChain
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_response_universal import (
    LLMAssistantAggregator,
    LLMContextAggregatorPair,
    LLMUserAggregator,
    LLMUserAggregatorParams,
    UserTurnStoppedMessage,
)
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.services.tts_service import TTSService
from pipecat.turns.user_start import VADUserTurnStartStrategy
from pipecat.turns.user_stop import BaseUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies

from pipelines.failover.tts import EXHAUSTED
from pipelines.no_words import OnlyWords
from pipelines.pipeline import run_worker
from pipelines.recogniser_ports import AsksPartial, GoesDeaf, LosesWords, TellsConfidence
from pipelines.session import PIPELINE_ENDS_S, Answering, VoiceSession
from pipelines.transport import SAMPLE_RATE_8K, LineOutput, SpeechLine
from pipelines.turn_stop import FinalTranscriptStop
from voiceagent.errors import Unavailable

FINAL_TRANSCRIPT_S = 1.5
"""How long a recogniser may take for its final transcript after the turn ended."""


@runtime_checkable
class MayFallSilent(Protocol):
    """A voice that says when nobody is left to speak."""

    exhausted: asyncio.Event


class Cascade:
    """The pipeline of one call. Implements `Pipeline`.

    Args:
        session: of the call.
        line: where speech goes.
        stt: a fresh speech-to-text service, or a chain of them.
        tts: a fresh text-to-speech service, or a chain of voices.
        before_stt: what hears with the recogniser; passes everything on.
        after_tts: what sees the speech before the line does; passes everything on.
    """

    def __init__(
        self,
        session: VoiceSession,
        line: SpeechLine,
        stt: FrameProcessor,
        tts: TTSService,
        *,
        before_stt: Sequence[FrameProcessor] = (),
        after_tts: Sequence[FrameProcessor] = (),
    ) -> None:
        self._session = session
        self._line = line
        self._stt = stt
        self._ears = (*before_stt, stt, OnlyWords())
        self._mouths = (tts, *after_tts)
        self._voice = tts.exhausted if isinstance(tts, MayFallSilent) else None
        self.strays = session.brain.strays
        self.ask_partial: Callable[[], Awaitable[None]] | None = (
            stt.ask_partial if isinstance(stt, AsksPartial) else None
        )
        if isinstance(stt, TellsConfidence):
            session.turns.ask_confidence = lambda: stt.confidence

    @property
    def answering(self) -> Answering | None:
        """The conversation answers."""
        return None

    async def run(self) -> None:
        """See `Pipeline`. It is made here: a greeting that is ready does not wait for it.

        Raises:
            Unavailable: ``tts.exhausted``, when no voice is left.
        """
        worker, *parts = self._made()
        await self._session.brain.linked()
        if self._voice is None:
            await run_worker(worker, *parts)
            return
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(run_worker(worker, *parts))
            await self._voice.wait()
            running.cancel()
        raise Unavailable(EXHAUSTED, "No voice speaks.")

    def _made(self) -> tuple[PipelineWorker, LLMUserAggregator, LLMAssistantAggregator]:
        """The pipeline, and what of it holds references in circles."""
        session, stt = self._session, self._stt
        strategies = UserTurnStrategies(
            start=[VADUserTurnStartStrategy(enable_interruptions=False)],
            stop=[
                FinalTranscriptStop(
                    deadline_s=FINAL_TRANSCRIPT_S,
                    on_partial=session.turns.partial,
                    on_ending=session.turns.ending,
                )
            ],
        )
        pair = LLMContextAggregatorPair(
            session.context,
            user_params=LLMUserAggregatorParams(
                user_turn_strategies=strategies, empty_user_turn=None
            ),
        )

        async def turn_stopped(
            _: LLMUserAggregator, __: BaseUserTurnStopStrategy, message: UserTurnStoppedMessage
        ) -> None:
            if message.content:
                return
            if isinstance(stt, LosesWords) and stt.words_lost:
                session.turns.lost(deaf=isinstance(stt, GoesDeaf) and stt.nobody_hears)
            else:
                await session.turns.empty()

        pair.user().add_event_handler("on_user_turn_stopped", turn_stopped)
        output = LineOutput(
            self._line,
            session.replies.ledger,
            session.first_sound.is_there,
            self.strays,
            session.usage.placed,
        )
        worker = PipelineWorker(
            FrameChain(
                [session.input, *self._ears, pair.user(), session.brain, *self._mouths, output]
            ),
            params=PipelineParams(
                audio_in_sample_rate=SAMPLE_RATE_8K, audio_out_sample_rate=SAMPLE_RATE_8K
            ),
            enable_rtvi=False,
            enable_turn_tracking=False,
            idle_timeout_secs=None,
            cancel_timeout_secs=PIPELINE_ENDS_S,
        )
        return worker, pair.user(), pair.assistant()
