"""Providers against their emulators over real loopback sockets; time passes only while all wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

import numpy as np
from pipecat.frames.frames import (
    ErrorFrame,
    Frame,
    InterimTranscriptionFrame,
    TranscriptionFrame,
)
from pipecat.pipeline.pipeline import Pipeline as FrameChain
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from loadtest.simulator import g711, wav
from loadtest.simulator.g711 import Samples
from pipelines.pipeline import run_worker
from pipelines.transport import LineInput

PIECE = 480
"""Samples that a call gives at once: 60 ms."""


def recording(name: str) -> Samples:
    """A fixture as it comes over a telephone line."""
    return g711.decode(g711.encode(wav.read(f"audio_fixtures/{name}")))


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * 8000), np.int16)


class _Ends(FrameProcessor):
    """Notes what a service pushes."""

    def __init__(self) -> None:
        super().__init__(enable_direct_mode=True)
        self.frames: asyncio.Queue[Frame] = asyncio.Queue()
        self.partials: list[str] = []

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        match frame:
            case TranscriptionFrame():
                self.frames.put_nowait(frame)
            case InterimTranscriptionFrame():
                self.partials.append(frame.text)
            case _:
                pass
        await self.push_frame(frame, direction)


class _Begins(LineInput):
    """Notes the errors that a service pushes upstream."""

    def __init__(self) -> None:
        super().__init__()
        self.errors: list[str] = []

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, ErrorFrame):
            self.errors.append(frame.error)
        await super().process_frame(frame, direction)


class Caller:
    """Speaks turns to a recogniser in real time, and hears what it made of them."""

    def __init__(self, source: _Begins, ends: _Ends) -> None:
        self._source = source
        self._ends = ends

    @property
    def partials(self) -> list[str]:
        return self._ends.partials

    @property
    def errors(self) -> Sequence[str]:
        return self._source.errors

    async def says(self, *sounds: Samples) -> tuple[str, float]:
        """A turn; its words, and how long after its end they came."""
        await self._source.voice_started()
        for piece in pieces(np.concatenate(sounds)):
            await self._source.sound(piece.tobytes())
            await asyncio.sleep(len(piece) / 8000)
        loop = asyncio.get_running_loop()
        over = loop.time()
        await self._source.voice_finished()
        async with asyncio.timeout(10):
            final = await self._ends.frames.get()
        assert isinstance(final, TranscriptionFrame)
        assert final.finalized
        return final.text, loop.time() - over


def pieces(sound: Samples) -> Iterable[Samples]:
    for at in range(0, len(sound), PIECE):
        yield sound[at : at + PIECE]


@asynccontextmanager
async def listening_to(stt: FrameProcessor) -> AsyncIterator[Caller]:
    """A call's recogniser, or a chain of them, in a pipeline of its own."""
    source, ends = _Begins(), _Ends()
    worker = PipelineWorker(
        FrameChain([source, stt, ends]),
        params=PipelineParams(audio_in_sample_rate=8000, audio_out_sample_rate=8000),
        enable_rtvi=False,
        enable_turn_tracking=False,
        idle_timeout_secs=None,
        cancel_timeout_secs=3.0,
    )
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(run_worker(worker))
        await asyncio.sleep(1.0)  # the greeting
        yield Caller(source, ends)
        running.cancel()
