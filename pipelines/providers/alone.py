"""A recogniser or a voice by itself, outside any call: for `transcribe`, `say` and ready sentences.

Any pipecat service will do. It runs in a pipeline of its own that ends with the one thing asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

from pipecat.frames.frames import (
    ErrorFrame,
    Frame,
    LLMFullResponseEndFrame,
    StartFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
)
from pipecat.pipeline.pipeline import Pipeline as FrameChain
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService

from pipelines.pipeline import run_worker
from pipelines.ready_speech import SpeechPiece
from pipelines.recogniser_ports import GivesUp, TellsConfidence
from pipelines.replies import NewestReply
from pipelines.reply_source import ReplySource
from pipelines.session import PIPELINE_ENDS_S
from pipelines.transport import SAMPLE_RATE_8K, LineInput, TimedAudioFrame
from voiceagent.errors import OwnerFixable, Unavailable, VoiceAgentError

WITHIN_S: Final = 20.0
"""How long a service may take for one utterance."""

PIECE_BYTES: Final = 960
"""60 ms at 8 kHz: the pieces in which a call's sound arrives."""


@dataclass(slots=True)
class _Came:
    """What came out at the end; outlives the pipeline, which is taken apart when it is over."""

    started: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    text: str = ""
    sound: list[TTSAudioRawFrame] = field(default_factory=list)
    problem: VoiceAgentError | None = None


class _End(FrameProcessor):
    """The end of the pipeline."""

    def __init__(self, came: _Came) -> None:
        super().__init__(enable_direct_mode=True)
        self._came = came

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        match frame:
            case StartFrame():
                self._came.started.set()
            case TranscriptionFrame():
                self._came.text = f"{self._came.text} {frame.text}".strip()
                if frame.finalized:
                    self._came.over.set()
            case TTSAudioRawFrame():
                self._came.sound.append(frame)
            case LLMFullResponseEndFrame():
                self._came.over.set()
            case _:
                pass
        await self.push_frame(frame, direction)


class _Start(LineInput):
    """The start of the pipeline; what a service says went wrong comes back to it."""

    def __init__(self, came: _Came) -> None:
        super().__init__()
        self._came = came

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, ErrorFrame) and isinstance(frame.exception, VoiceAgentError):
            self._came.problem = frame.exception
        await super().process_frame(frame, direction)


class _Alone:
    """A service between a source of frames and the end; runs for a block."""

    def __init__(self, source: FrameProcessor, service: FrameProcessor, came: _Came) -> None:
        self.came = came
        self._worker = PipelineWorker(
            FrameChain([source, service, _End(self.came)]),
            params=PipelineParams(
                audio_in_sample_rate=SAMPLE_RATE_8K, audio_out_sample_rate=SAMPLE_RATE_8K
            ),
            enable_rtvi=False,
            enable_turn_tracking=False,
            idle_timeout_secs=None,
            cancel_timeout_secs=PIPELINE_ENDS_S,
        )

    async def run(self) -> None:
        """Until cancelled."""
        await run_worker(self._worker)


@dataclass(frozen=True, slots=True)
class AloneWords:
    """The words of one utterance.

    `confidence` is the recogniser's, where it tells; `after_s` how long the words took from the end
    of the sound.
    """

    text: str
    confidence: float | None
    after_s: float


async def recognised(stt: STTService, pcm_8k: bytes) -> str:
    """The words of one utterance; see `heard`."""
    return (await heard(stt, pcm_8k)).text


async def heard(stt: STTService, pcm_8k: bytes) -> AloneWords:
    """The words of one utterance, and how sure and how soon they were there.

    Args:
        stt: fresh.
        pcm_8k: 16-bit PCM.

    Raises:
        Unavailable: ``stt.late``, when no final transcript came.
        VoiceAgentError: what the recogniser says went wrong, when no words came.
    """
    loop = asyncio.get_running_loop()
    if isinstance(stt, GivesUp):
        stt.be_patient(WITHIN_S)
    came = _Came()
    source = _Start(came)
    alone = _Alone(source, stt, came)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(alone.run())
        late, ended_s, sure = False, loop.time(), None
        try:
            async with asyncio.timeout(WITHIN_S):
                await alone.came.started.wait()
                await source.voice_started()
                for start in range(0, len(pcm_8k), PIECE_BYTES):
                    await source.sound(pcm_8k[start : start + PIECE_BYTES])
                ended_s = loop.time()
                await source.voice_finished()
                await alone.came.over.wait()
            # Now: a service that has been taken apart tells nothing any more.
            sure = stt.confidence if isinstance(stt, TellsConfidence) else None
        except TimeoutError:
            late = True
        after_s = loop.time() - ended_s
        running.cancel()
    if came.problem is not None and not came.text:
        raise came.problem
    if late:
        raise Unavailable("stt.late", "The recogniser did not answer in time.")
    return AloneWords(alone.came.text, sure, after_s)


async def rendered(tts: TTSService, text: str) -> AsyncIterator[SpeechPiece]:
    """The sound of one written sentence.

    Args:
        tts: fresh.
        text: as the agent writes, e.g. "The visit is $248."

    Raises:
        Unavailable: ``tts.silent``, when no sound came in time.
        OwnerFixable: ``provider.sample_rate``, when it is not a call's sound.
    """
    source = ReplySource(NewestReply())
    alone = _Alone(source, tts, _Came())
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(alone.run())
        over = False
        try:
            async with asyncio.timeout(WITHIN_S):
                await alone.came.started.wait()
                await source.begin()
                await source.say(text)
                await source.end()
                over = await alone.came.over.wait()
        except TimeoutError:
            pass  # said below, when everything has ended
        running.cancel()
    if not over or not alone.came.sound:
        raise Unavailable("tts.silent", "The voice gave no sound in time.")
    for frame in alone.came.sound:
        if (frame.sample_rate, frame.num_channels) != (SAMPLE_RATE_8K, 1):
            problem = f"It speaks at {frame.sample_rate} Hz; a call is 8000 Hz, one channel."
            raise OwnerFixable("provider.sample_rate", problem, where="TTS_PROVIDER")
        starts = frame.word_starts if isinstance(frame, TimedAudioFrame) else ()
        yield SpeechPiece(frame.audio, starts)
