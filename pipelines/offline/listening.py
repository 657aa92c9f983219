"""The thread that listens to utterances with the dear model, one after another, for all calls.

It stands beside the thread that reads the pipe and decodes with the cheap part, which goes on while
the model runs: CTranslate2 lets go of Python's lock. Who is next is `listening_queue`'s to say.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from pipelines.offline.listening_queue import ListeningJob, ListeningQueue, Purpose
from pipelines.offline.verdict import CHEAP_CONFIDENCE, Ear, HearingVerdict
from pipelines.offline.voiced import Voiced
from pipelines.offline.whisper.features import RATE_8K
from voiceagent.core.clock import Clock
from voiceagent.domain.open_question import OpenQuestion

_FRAME: Final = RATE_8K // 50
_QUIET_RATIO: Final = 10.0 ** (-12 / 10)
_LOUD_FRAMES: Final = 4


@dataclass(frozen=True, slots=True)
class CallerSound:
    """What is there of a turn.

    Attributes:
        pcm_8k: its sound.
        question: what was asked.
        words: the cheap part's.
        voice: where in it there is one; ``None`` when nobody has looked.
    """

    pcm_8k: NDArray[np.int16]
    question: OpenQuestion
    words: str
    voice: Voiced | None = None


class Listens(Protocol):
    """Hears one utterance; `listener.TwoEars` does."""

    def hear(
        self,
        pcm_8k: NDArray[np.int16],
        question: OpenQuestion,
        words: str,
        voice: Voiced | None = None,
    ) -> HearingVerdict:
        """What was said."""
        ...


Tell = Callable[[Purpose, int, HearingVerdict], None]
"""Told what came of a stream's utterance, from this thread or from the caller's."""


@dataclass(slots=True)
class _Known:
    """What was heard of a turn in its last pause."""

    samples: int
    verdict: HearingVerdict


class Listening:
    """The queue, its thread, and what is known of turns that go on.

    Args:
        listener: the model.
        tell: told of every verdict.
        clock: for what listening takes.
    """

    def __init__(self, listener: Listens, tell: Tell, clock: Clock) -> None:
        self._listener = listener
        self._tell = tell
        self._clock = clock
        self._queue = ListeningQueue()
        self._heard: dict[int, CallerSound] = {}
        self._known: dict[int, _Known] = {}
        self._change = threading.Condition()

    def start(self) -> None:
        """Listen until the process ends."""
        threading.Thread(target=self._run, name="listening", daemon=True).start()

    def ahead(self, stream: int, utterance: CallerSound) -> bool:
        """The caller pauses: begin. False when others come first; then nothing is told."""
        with self._change:
            known = self._known.get(stream)
            if known is not None and rests(utterance.pcm_8k, known.samples):
                self._tell(Purpose.AHEAD, stream, known.verdict)
                return True
            return self._put(stream, Purpose.AHEAD, utterance)

    def finish(self, stream: int, utterance: CallerSound) -> None:
        """The turn is over: its verdict is told, now or soon."""
        with self._change:
            known = self._known.pop(stream, None)
            if known is not None and rests(utterance.pcm_8k, known.samples):
                self._tell(Purpose.FINAL, stream, known.verdict)
                return
            began = self._heard.get(stream)
            if began is not None and rests(utterance.pcm_8k, len(began.pcm_8k)):
                self._heard[stream] = utterance
                if self._queue.finish(stream):
                    return
            elif self._put(stream, Purpose.FINAL, utterance):
                return
            self._heard.pop(stream, None)
            self._tell(
                Purpose.FINAL,
                stream,
                HearingVerdict(utterance.words, CHEAP_CONFIDENCE, Ear.POCKETSPHINX_ALONE),
            )

    def forget(self, stream: int) -> None:
        """Nobody wants to know any more."""
        with self._change:
            self._queue.drop(stream)
            self._heard.pop(stream, None)
            self._known.pop(stream, None)

    def _put(self, stream: int, purpose: Purpose, utterance: CallerSound) -> bool:
        samples = len(utterance.pcm_8k)
        if not self._queue.put(ListeningJob(stream, purpose, samples, samples / RATE_8K)):
            return False
        self._heard[stream] = utterance
        self._change.notify()
        return True

    def _run(self) -> None:
        while True:
            with self._change:
                while (job := self._queue.next()) is None:
                    self._change.wait()
                utterance = self._heard[job.stream]
            began_s = self._clock.monotonic()
            voice = utterance.voice
            verdict = self._listener.hear(
                utterance.pcm_8k[: job.samples],
                utterance.question,
                utterance.words,
                voice.up_to(job.samples) if voice is not None else None,
            )
            with self._change:
                self._queue.done(self._clock.monotonic() - began_s)
                self._over(job, utterance, verdict)

    def _over(self, job: ListeningJob, utterance: CallerSound, verdict: HearingVerdict) -> None:
        """Tell it, unless the turn was forgotten or has gone on."""
        now = self._heard.get(job.stream)
        if now is None or (now is not utterance and not rests(now.pcm_8k, job.samples)):
            return
        del self._heard[job.stream]
        if job.purpose is Purpose.AHEAD:
            self._known[job.stream] = _Known(job.samples, verdict)
        self._tell(job.purpose, job.stream, verdict)


def rests(pcm_8k: NDArray[np.int16], since: int) -> bool:
    """Whether nothing was said after sample `since`: no sound near as loud as what was before.

    Args:
        pcm_8k: a turn so far.
        since: the sample up to which it was heard.
    """
    before, after = _powers(pcm_8k[:since]), _powers(pcm_8k[since:])
    if not len(after):
        return True
    if not len(before):
        return False
    loud = np.percentile(before, 90) * _QUIET_RATIO
    return int(np.count_nonzero(after > loud)) < _LOUD_FRAMES


def _powers(pcm_8k: NDArray[np.int16]) -> NDArray[np.float64]:
    whole = len(pcm_8k) // _FRAME * _FRAME
    frames = pcm_8k[:whole].astype(np.float64).reshape(-1, _FRAME)
    return np.asarray((frames**2).mean(axis=1), dtype=np.float64)
