"""One recogniser of a chain in a call: any pipecat service, driven and listened to from outside."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pipecat.frames.frames import (
    CancelFrame,
    EagerEndOfTurnCancelFrame,
    EagerTranscriptionFrame,
    ErrorFrame,
    Frame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    ProposedUserStartedSpeakingFrame,
    ProposedUserStoppedSpeakingFrame,
    StartFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline as FrameChain
from pipecat.pipeline.pipeline import PipelineSink, PipelineSource
from pipecat.processors.frame_processor import FrameDirection, FrameProcessorSetup
from pipecat.services.stt_service import STTService

from pipelines.break_cycles import break_cycles
from pipelines.recogniser_ports import AsksPartial, CutsWords, LosesWords, TellsConfidence
from pipelines.speech_usage import CountsSound, SentSound
from pipelines.transport import SAMPLE_RATE_8K
from voiceagent.core.audio.g711 import mulaw_decode

PIECE_8K = SAMPLE_RATE_8K // 2
"""Longest piece in which kept sound is sent."""


@dataclass(frozen=True, slots=True)
class SoFar:
    """Words so far of the turn."""

    text: str


@dataclass(frozen=True, slots=True)
class FinalWords:
    """Words of the turn. `lost`: it knows none of them; `cut`: some may be missing.

    `confidence`: how sure it is, where it tells.
    """

    text: str
    lost: bool = False
    cut: bool = False
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """It says that something went wrong."""

    error: Exception | None


@dataclass(frozen=True, slots=True)
class EndHint:
    """What it says of the turn's end, as a frame of pipecat's."""

    frame: Frame


Heard = SoFar | FinalWords | Trouble | EndHint
Listen = Callable[[int, int, Heard], Awaitable[None]]
"""Told the place of a recogniser, the turn and what came of it."""


class RecogniserSeat:
    """A recogniser, from when it is opened until it is closed.

    Args:
        place: in the chain.
        service: fresh.
        listen: told what comes of it.
    """

    def __init__(self, place: int, service: STTService, listen: Listen) -> None:
        self.place = place
        self.service = service
        self._listen = listen
        self._counts = not isinstance(service, CountsSound)
        self.sent = service.sent if isinstance(service, CountsSound) else SentSound()
        """What it was sent; outlives the pipeline (`break_cycles`)."""
        self._frames: asyncio.Queue[Frame] = asyncio.Queue()
        self._pipe = FrameChain(
            [service],
            source=PipelineSource(self._from_it, name=f"{service.name}::in"),
            sink=PipelineSink(self._from_it, name=f"{service.name}::out"),
        )
        self._sent = self._reached = 0
        self._sent_end = False
        self._finals: list[str] = []
        self._finished = self._all_told = False

    async def run(self, setup: FrameProcessorSetup, start: StartFrame) -> None:
        """Serve until cancelled."""
        await self._pipe.setup(setup)
        await self._pipe.queue_frame(start)
        while True:
            await self._pipe.queue_frame(await self._frames.get())

    async def close(self) -> None:
        """Let go of it, whatever it is at."""
        await self._pipe.queue_frame(CancelFrame())
        await self._pipe.cleanup()  # type: ignore[no-untyped-call]
        break_cycles(self._pipe)

    def start(self, turn: int) -> None:
        """A turn begins, numbered from 1."""
        self._sent, self._sent_end = turn, False
        self._frames.put_nowait(VADUserStartedSpeakingFrame())

    def sound(self, mulaw: bytes) -> None:
        """A piece of it."""
        if self._counts:
            self.sent.samples += len(mulaw)
        for at in range(0, len(mulaw), PIECE_8K):
            pcm = mulaw_decode(mulaw[at : at + PIECE_8K]).tobytes()
            self._frames.put_nowait(InputAudioRawFrame(pcm, SAMPLE_RATE_8K, 1))

    def finish(self) -> None:
        """It is over; its words are owed."""
        self._sent_end = True
        self._frames.put_nowait(VADUserStoppedSpeakingFrame())

    @property
    def late_words(self) -> str:
        """Words that came after the turn, of a service that does not say which are its last."""
        return self._words if self._finished else ""

    async def ask_partial(self) -> None:
        """Ask for the words so far, if it has to be asked."""
        if isinstance(self.service, AsksPartial):
            await self.service.ask_partial()

    async def _from_it(self, frame: Frame, direction: FrameDirection) -> None:
        del direction
        match frame:
            case VADUserStartedSpeakingFrame():
                self._reached, self._finals = self._sent, []
                self._finished = self._all_told = False
            case VADUserStoppedSpeakingFrame():
                self._finished = True
                if self._all_told and self._finals:
                    await self._tell(self._final(self._words))
            case TranscriptionFrame():
                self._finals.append(frame.text)
                over = frame.finalized and self._sent_end
                await self._tell(self._final(self._words) if over else SoFar(self._words))
            case InterimTranscriptionFrame():
                await self._tell(SoFar(" ".join([*self._finals, frame.text])))
            case ErrorFrame():
                await self._tell(Trouble(frame.exception))
            case _:
                await self._hint(frame)

    async def _hint(self, frame: Frame) -> None:
        """Of a recogniser that listens for the turn's end itself."""
        match frame:
            case ProposedUserStoppedSpeakingFrame():
                self._all_told = True
            case EagerEndOfTurnCancelFrame() | ProposedUserStartedSpeakingFrame():
                self._all_told = False
            case EagerTranscriptionFrame():
                await self._tell(SoFar(" ".join([*self._finals, frame.text])))
            case _:
                return
        await self._tell(EndHint(frame))

    @property
    def _words(self) -> str:
        return " ".join(text for text in self._finals if text)

    def _final(self, words: str) -> FinalWords:
        lost = isinstance(self.service, LosesWords) and self.service.words_lost
        cut = isinstance(self.service, CutsWords) and self.service.words_cut
        sure = self.service.confidence if isinstance(self.service, TellsConfidence) else None
        return FinalWords(words, lost, cut, sure)

    async def _tell(self, heard: Heard) -> None:
        await self._listen(self.place, self._reached, heard)
