"""Speech by a chain of voices, in the place of one.

A worker has one chain, whose rules are `voiceagent.core.failover.speech`; each call has a service
in front of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Final, Self

from pipecat.frames.frames import ErrorFrame, Frame
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService

from pipelines.failover.rest import SentenceSound
from pipelines.ready_speech import Render, SpeechPiece
from pipelines.transport import SAMPLE_RATE_8K, TimedAudioFrame
from voiceagent.core.audio.samples import RATE_8K
from voiceagent.core.beside import beside
from voiceagent.core.failover.chain import FailoverReason, ProviderChain, ProviderFailure
from voiceagent.core.failover.speech import (
    SentenceAct,
    SentenceClock,
    SentenceEvent,
    SpeechDeadlines,
)
from voiceagent.errors import Unavailable

EXHAUSTED: Final = "tts.exhausted"
"""Code of the error when no voice of a chain speaks."""

Asked = Callable[[int, str], None]
"""Told the place of a voice and the text that it is asked to speak."""

SETTLED_S: Final = 2.0 * SpeechDeadlines().silence_s
"""A sentence that is silent for so long is over to pipecat; its voices are given up before."""


class VoiceChain:
    """The voices of a worker.

    Args:
        chain: their order.
        renders: what speaks with each.
        here: places of those that run on this machine.
        deadlines: how long a caller may wait.
    """

    def __init__(
        self,
        chain: ProviderChain,
        renders: Sequence[Render],
        here: Collection[int] = (),
        deadlines: SpeechDeadlines | None = None,
    ) -> None:
        self._chain = chain
        self._renders = tuple(renders)
        self._here = tuple(here)
        self._deadlines = deadlines or SpeechDeadlines()
        self._trials: asyncio.TaskGroup | None = None

    @property
    def name(self) -> str:
        """The voices in their order."""
        return " > ".join(self._chain.names)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Speaks during a block, after which no trial goes on."""
        async with beside(self._keep_trials()):
            yield self

    async def _keep_trials(self) -> None:
        """Trials go on in a group of their own until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self._trials = tasks
                await asyncio.Event().wait()
        finally:
            self._trials = None

    async def speak(
        self, text: str, *, private: bool = False, asked: Asked | None = None
    ) -> AsyncGenerator[SpeechPiece, None]:
        """The sound of one written sentence, by whoever speaks.

        Args:
            text: the sentence.
            private: nobody but those on this machine are told it.
            asked: told who is asked to speak what, trials too.

        Raises:
            Unavailable: ``tts.exhausted``, when nobody does; some of it may have sounded.
        """
        sound = SentenceSound(text)
        if not sound.spoken:
            return
        clock = SentenceClock(self._deadlines, _now_s())
        among = self._here if private else None
        start = self._chain.start(clock.asked_s, among)
        told = asked or _nobody_counts
        if start.trial is not None and self._trials is not None:
            told(start.trial, text)
            self._trials.create_task(self._try(start.trial, text))
        tried = {start.serving}
        place: int | None = start.serving
        left = text
        while place is not None:
            last = len(tried) == (len(self._chain) if among is None else len(among))
            failure = ProviderFailure(FailoverReason.FAILED)
            told(place, left)
            async with aclosing(_closable(self._renders[place](left))) as pieces:
                act = SentenceAct.GIVE_ON
                while act is SentenceAct.GIVE_ON:
                    event, piece, failure = await _next(pieces, clock, last=last)
                    seconds = piece.samples / RATE_8K if piece is not None else 0.0
                    act = clock.came(event, _now_s(), seconds)
                    if piece is not None:
                        try:
                            yield sound.add(piece)
                        except GeneratorExit:  # the caller cut in: enough of it came
                            self._chain.succeeded(place)
                            raise
            if act is SentenceAct.FINISH:
                self._chain.succeeded(place)
                return
            self._chain.failed(place, failure, _now_s())
            if act is SentenceAct.NEXT_REST and not (left := sound.rest()):
                return
            over = clock.silent_too_long(_now_s())
            following = None if over else self._chain.after(tried, _now_s(), among)
            self._chain.passed_on(place, following, failure.reason)
            place = following
            if place is not None:
                tried.add(place)
                clock.asked(_now_s())
        raise Unavailable(EXHAUSTED, "No voice speaks.")

    async def _try(self, place: int, text: str) -> None:
        """Let a voice say a sentence that nobody hears, to know whether it speaks again."""
        clock = SentenceClock(self._deadlines, _now_s())
        async with aclosing(_closable(self._renders[place](text))) as pieces:
            act = SentenceAct.GIVE_ON
            failure = ProviderFailure(FailoverReason.FAILED)
            while act is SentenceAct.GIVE_ON:
                event, piece, failure = await _next(pieces, clock, last=False)
                act = clock.came(event, _now_s(), piece.samples / RATE_8K if piece else 0.0)
        if act is SentenceAct.FINISH:
            self._chain.succeeded(place)
        else:
            self._chain.failed(place, failure, _now_s())


class ChainedTTS(TTSService):
    """Speaks the written sentences of one call.

    Args:
        voices: shared by all calls.
        asked: told context, text and place of what a voice is asked to speak.
    """

    def __init__(
        self, voices: VoiceChain, asked: Callable[[str, str, int], None] | None = None
    ) -> None:
        super().__init__(
            sample_rate=SAMPLE_RATE_8K,
            push_start_frame=True,
            push_stop_frames=True,
            stop_frame_timeout_s=SETTLED_S,
            settings=TTSSettings(model=voices.name, voice="", language=None),
        )
        self._voices = voices
        self._private = False
        self._asked = asked
        self.exhausted = asyncio.Event()
        """Set when a sentence could not be said by any voice."""

    def confine(self) -> None:
        """From now on only voices on this machine speak."""
        self._private = True

    def can_generate_metrics(self) -> bool:
        """Latency is measured by the session's turn clock, not by pipecat."""
        return False

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        """Speak one written sentence; frames carry where its spoken words begin."""

        def told(place: int, text: str) -> None:
            if self._asked is not None:
                self._asked(context_id, text, place)

        try:
            speaking = self._voices.speak(text, private=self._private, asked=told)
            async with aclosing(speaking) as pieces:
                async for piece in pieces:
                    yield TimedAudioFrame.of(piece, context_id)
        except Unavailable as error:
            self.exhausted.set()
            yield ErrorFrame(error=str(error))


async def _next(
    pieces: AsyncIterator[SpeechPiece], clock: SentenceClock, *, last: bool
) -> tuple[SentenceEvent, SpeechPiece | None, ProviderFailure]:
    """What comes next of a voice, and what it is called when that is a failure."""
    late = ProviderFailure(clock.late)
    try:
        async with asyncio.timeout_at(clock.due_s(last=last)):
            piece = await anext(pieces, None)
            while piece is not None and not piece.samples:
                piece = await anext(pieces, None)
    except TimeoutError:
        return SentenceEvent.SLOW, None, late
    except Exception as error:  # noqa: BLE001 - a provider that breaks is one that failed
        return SentenceEvent.FAILED, None, ProviderFailure.of(error)
    if piece is None:
        return SentenceEvent.END, None, ProviderFailure(FailoverReason.EMPTY)
    return SentenceEvent.PIECE, piece, late


def _nobody_counts(_: int, __: str) -> None: ...


async def _closable(pieces: AsyncIterator[SpeechPiece]) -> AsyncGenerator[SpeechPiece, None]:
    """A `Render`'s pieces as a generator, which can be closed."""
    if isinstance(pieces, AsyncGenerator):
        async with aclosing(pieces) as given:
            async for piece in given:
                yield piece
    else:
        async for piece in pieces:
            yield piece


def _now_s() -> float:
    return asyncio.get_running_loop().time()
