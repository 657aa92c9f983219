"""Recognition by a chain of recognisers, in the place of one.

The turn's sound is kept, so a recogniser that is asked later hears all of it. Rules:
`voiceagent.core.failover.recognition`. A recogniser whose provider is left alone is closed, and a
fresh one is made when it is tried again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Final

import numpy as np
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    StartFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor, FrameProcessorSetup
from pipecat.utils.time import time_now_iso8601

from pipelines.failover.seat import EndHint, FinalWords, Heard, RecogniserSeat, SoFar, Trouble
from pipelines.providers.spec import AskExpecting, MakeStt
from pipelines.recogniser_ports import AskOffered, WeighsOffers
from pipelines.speech_usage import SentBySeveral
from voiceagent.core.audio.g711 import mulaw_encode
from voiceagent.core.audio.ring import MulawRing
from voiceagent.core.audio.samples import RATE_8K
from voiceagent.core.breaker import BreakerState
from voiceagent.core.failover.chain import ProviderChain, ProviderFailure
from voiceagent.core.failover.recognition import (
    Act,
    AskRecogniser,
    CallHearing,
    FinishTurn,
    HearingDeadlines,
    HearingState,
    TellWords,
)

KEPT_8K: Final = 30 * RATE_8K
"""Sound of a turn that is kept for another recogniser; of a longer one the end."""

CLOSE_S: Final = 1.0
"""How long a recogniser may take to be closed."""


class ChainedSTT(FrameProcessor):
    """Recognises the turns of one call.

    Args:
        chain: of the worker.
        makes: what makes each of its recognisers, in its order.
        expecting: what the agent asked for last.
        streams: places of those that tell words as they come.
        here: places of those that run on this machine.
        deadlines: how long a caller may wait.
    """

    def __init__(
        self,
        chain: ProviderChain,
        makes: Sequence[MakeStt],
        expecting: AskExpecting,
        streams: Collection[int] = (),
        here: Collection[int] = (),
        deadlines: HearingDeadlines | None = None,
    ) -> None:
        super().__init__()
        self._chain = chain
        self._makes = tuple(makes)
        self._expecting = expecting
        self._offered: AskOffered | None = None
        self.sent = tuple(SentBySeveral() for _ in makes)
        """What each was sent, by place; outlives the pipeline (`break_cycles`)."""
        self._hearing = CallHearing(chain, deadlines or HearingDeadlines(), streams)
        self._here = tuple(here)
        self._seats: dict[int, RecogniserSeat] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._start: StartFrame | None = None
        self._ring = MulawRing(KEPT_8K)
        self._turn = 0
        self._words: TellWords | None = None
        self._changed = asyncio.Event()
        self.words_lost = False
        """Whether the last turn's words were lost, and not merely none."""
        self.confidence: float | None = None
        """How sure the one is whose words the last turn has."""

    async def setup(self, setup: FrameProcessorSetup) -> None:  # type: ignore[override]
        """Keep what the recognisers are set up with."""
        await super().setup(setup)
        self._setup_with = setup

    async def cleanup(self) -> None:
        """Close every recogniser."""
        await super().cleanup()  # type: ignore[no-untyped-call]
        for place in list(self._seats):
            await self._close(place)

    async def ask_partial(self) -> None:
        """AskRecogniser who serves for the words so far, if it has to be asked."""
        if (seat := self._seats.get(self._hearing.lead)) is not None:
            await seat.ask_partial()

    def weigh_by(self, offered: AskOffered) -> None:
        """See `WeighsOffers`; those that are opened from now on are told."""
        self._offered = offered

    def confine(self) -> None:
        """From now on only those on this machine are sent anything; the others are closed."""
        acts = self._hearing.confine(self._here, self._now_s())
        for place in set(self._seats) - set(self._here):
            self.create_task(self._close(place), "close")
        self._do(acts)

    @property
    def nobody_hears(self) -> bool:
        """Whether all of them have failed at the last turn, as they then will at the next."""
        return self.words_lost

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """The caller's sound in, transcripts out."""
        await super().process_frame(frame, direction)
        match frame:
            case StartFrame():
                self._start = frame
                self._seat(self._chain.well(self._hearing.among))
            case InputAudioRawFrame():
                self._sound(frame.audio)
                return
            case VADUserStartedSpeakingFrame():
                self._begin()
            case VADUserStoppedSpeakingFrame():
                words = await self._finish()
                await self.push_frame(frame, direction)
                final = TranscriptionFrame(words.text, "caller", time_now_iso8601())
                final.finalized = True
                await self.push_frame(final)
                return
            case _:
                pass
        await self.push_frame(frame, direction)

    def _begin(self) -> None:
        self._turn += 1
        self._words, self.words_lost, self.confidence = None, False, None
        self._ring.forget()
        self._do(self._hearing.started(self._now_s()))
        self._rest_those_left_alone()

    def _sound(self, pcm_8k: bytes) -> None:
        if self._hearing.state is not HearingState.HEARING:
            return
        mulaw = mulaw_encode(np.frombuffer(pcm_8k, np.int16))
        self._ring.append(mulaw)
        for place, seat in self._seats.items():
            if self._hearing.hears(place):
                seat.sound(mulaw)
        self._do(self._hearing.tick(self._now_s()))

    async def _finish(self) -> TellWords:
        """The turn's words, when somebody has them or their time is up."""
        self._do(self._hearing.finished(self._now_s()))
        while self._words is None and (due_s := self._hearing.due_s) is not None:
            self._changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(due_s):
                    await self._changed.wait()
            if self._words is None and self._now_s() >= due_s:
                self._late()
        words = self._words or TellWords("", lost=True)
        self.words_lost = words.lost
        return words

    def _late(self) -> None:
        """Nothing came in time; words that nobody called the last are taken for them."""
        place = self._hearing.lead
        words = seat.late_words if (seat := self._seats.get(place)) is not None else ""
        now_s = self._now_s()
        self._do(self._hearing.told(place, words, now_s) if words else self._hearing.tick(now_s))

    async def _heard(self, place: int, turn: int, heard: Heard) -> None:
        """What came of a recogniser; that of an earlier turn is no news."""
        now_s = self._now_s()
        match heard:
            case Trouble(error):
                failure = ProviderFailure.of(error)
                if failure.retry_after_s == 0.0:  # it tries again at once
                    self._do(self._hearing.shaken(place, now_s))
                else:
                    self._do(self._hearing.failed(place, failure, now_s))
                    self._rest_those_left_alone()
            case _ if turn != self._turn:
                return
            case SoFar(text):
                if self._hearing.so_far(place, text, now_s):
                    await self.push_frame(
                        InterimTranscriptionFrame(text, "caller", time_now_iso8601())
                    )
            case EndHint(frame):
                if place == self._hearing.lead:
                    await self.push_frame(frame)
            case FinalWords(lost=True):
                failure = ProviderFailure.of(None)
                self._do(self._hearing.failed(place, failure, now_s))
            case FinalWords():
                self._told(place, heard, now_s)
        self._changed.set()

    def _told(self, place: int, final: FinalWords, now_s: float) -> None:
        """Final words of one recogniser; it is their confidence when they become the turn's."""
        acts = self._hearing.told(place, final.text, now_s, cut=final.cut)
        if final.text and any(isinstance(act, TellWords) for act in acts):
            self.confidence = final.confidence
        self._do(acts)

    def _do(self, acts: Sequence[Act]) -> None:
        for act in acts:
            match act:
                case AskRecogniser(place):
                    seat = self._seat(place)
                    seat.start(self._turn)
                    seat.sound(self._ring.read(self._ring.start, self._ring.end))
                    if self._hearing.state is HearingState.OWED:
                        seat.finish()
                case FinishTurn(place):
                    self._seats[place].finish()
                case TellWords():
                    self._words = act

    def _seat(self, place: int) -> RecogniserSeat:
        """The recogniser at a place; opened when it is not."""
        if (seat := self._seats.get(place)) is not None:
            return seat
        if self._start is None:
            raise RuntimeError("a turn begins after the pipeline has started")
        service = self._makes[place](self._expecting)
        if self._offered is not None and isinstance(service, WeighsOffers):
            service.weigh_by(self._offered)
        seat = RecogniserSeat(place, service, self._heard)
        self._seats[place] = seat
        self.sent[place].parts.append(seat.sent)
        self._tasks[place] = self.create_task(
            seat.run(self._setup_with, self._start), f"{self._chain.names[place]}"
        )
        return seat

    def _rest_those_left_alone(self) -> None:
        for place in list(self._seats):
            if self._chain.state(place) is BreakerState.OPEN and not self._hearing.hears(place):
                self.create_task(self._close(place), "close")

    async def _close(self, place: int) -> None:
        seat, running = self._seats.pop(place, None), self._tasks.pop(place, None)
        if seat is None or running is None:
            return
        await self.cancel_task(running)
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await seat.close()

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()
