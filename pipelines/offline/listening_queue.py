"""Who is listened to next when several callers have finished: a bounded queue for the dear part.

The model that understands people takes a tenth of a second an utterance, and there is one of it for
all calls. So it begins in the pause in which the turn may end (`Purpose.AHEAD`), a turn that *has*
ended goes first, and work that would be done too late is not begun: that turn has the words of the
cheap part, which are there already. The decisions are here, without threads and without a clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

BEHIND_S: Final = 0.9
"""A finished turn whose words would come later than this is not listened to again, unless it would
be the only one: the recogniser has 1.5 s by its contract."""

AHEAD_MOST: Final = 2
"""Guesses about pauses that may wait; more would only be overtaken."""

_FIRST_COST: Final = 0.1
_LEARNS: Final = 0.2


class Purpose(Enum):
    """Why an utterance is listened to: the caller pauses, or has finished."""

    AHEAD = "ahead"
    FINAL = "final"


@dataclass(slots=True)
class ListeningJob:
    """An utterance to be listened to.

    Attributes:
        stream: whose it is.
        purpose: a guess becomes final when the turn ends without more speech.
        samples: how much of the turn's sound it covers.
        seconds: how long that is.
    """

    stream: int
    purpose: Purpose
    samples: int
    seconds: float


@dataclass(slots=True)
class CostOfListening:
    """What listening takes, as it was seen: so much a piece, and so much a second of sound."""

    a_piece_s: float = _FIRST_COST
    a_second: float = 0.015

    def of(self, job: ListeningJob) -> float:
        """Expected, seconds."""
        return self.a_piece_s + self.a_second * job.seconds

    def took(self, job: ListeningJob, spent_s: float) -> None:
        """Learn from one that is done."""
        ratio = max(0.2, min(5.0, spent_s / self.of(job)))
        grown = 1.0 + _LEARNS * (ratio - 1.0)
        self.a_piece_s *= grown
        self.a_second *= grown


@dataclass(slots=True)
class ListeningQueue:
    """Waiting utterances, at most one a stream. `running` is the one that is listened to."""

    cost: CostOfListening = field(default_factory=CostOfListening)
    waiting: list[ListeningJob] = field(default_factory=list)
    running: ListeningJob | None = None

    def put(self, job: ListeningJob) -> bool:
        """Take an utterance in; False when it would be heard too late, or is not worth it."""
        self.drop(job.stream)
        if job.purpose is Purpose.AHEAD:
            if sum(one.purpose is Purpose.AHEAD for one in self.waiting) >= AHEAD_MOST:
                return False
        elif 0 < self.wait_s > BEHIND_S - self.cost.of(job):
            return False
        self.waiting.append(job)
        return True

    @property
    def wait_s(self) -> float:
        """How long a turn that ends now would wait for its beginning."""
        before = sum(self.cost.of(job) for job in self.waiting if job.purpose is Purpose.FINAL)
        return before + (self.cost.of(self.running) / 2 if self.running is not None else 0.0)

    def finish(self, stream: int) -> bool:
        """The turn ended without more speech: a guess about it is final. False when there is none.

        One that would be heard too late is forgotten.
        """
        if self.running is not None and self.running.stream == stream:
            self.running.purpose = Purpose.FINAL
            return True
        job = next((one for one in self.waiting if one.stream == stream), None)
        if job is None:
            return False
        job.purpose = Purpose.FINAL
        return self.put(job)

    def next(self) -> ListeningJob | None:
        """The next to listen to; the turns that have ended first."""
        finals = (job for job in self.waiting if job.purpose is Purpose.FINAL)
        job = next(finals, self.waiting[0] if self.waiting else None)
        if job is not None:
            self.waiting.remove(job)
        self.running = job
        return job

    def done(self, spent_s: float) -> None:
        """The running one is done."""
        if self.running is not None:
            self.cost.took(self.running, spent_s)
        self.running = None

    def drop(self, stream: int) -> None:
        """Nobody waits for this one any more; what is running already is finished."""
        self.waiting = [job for job in self.waiting if job.stream != stream]
