"""Answering ahead: when it is worth making an answer before the turn is known to be over.

A caller who falls silent after a whole sentence has probably finished. Waiting until that is
certain is dead air; answering at once talks over people who have not. Between the two lies the
guess: make the answer in silence, and hold it back until the turn is over. A guess that was right
saves the model's and the synthesiser's time; one that was wrong cost a call of the model, so the
number of those is bounded (`ModelCalls`), here and for second requests that are sent because the
first is late.

Sans-I/O and without a clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class CallTuning:
    """How often a model may be asked more than once a turn.

    `at_first`: how many there are when it begins · `extra_per_turn`: calls beyond the one that
    every turn needs, on average · `most`: how many may be saved up.
    """

    at_first: float = 2.0
    extra_per_turn: float = 0.6
    most: float = 3.0


class ModelCalls:
    """The extra calls that one conversation may spend on its model.

    Args:
        tuning: numbers.
    """

    def __init__(self, tuning: CallTuning | None = None) -> None:
        self._tuning = tuning or CallTuning()
        self._left = self._tuning.at_first

    def turn(self) -> None:
        """A turn of the caller was committed."""
        self._left = min(self._left + self._tuning.extra_per_turn, self._tuning.most)

    def take(self) -> bool:
        """One more call; False when there is none left for this conversation, for now."""
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True

    def take_for(self, progress: TurnProgress) -> bool:
        """One more call for a turn that is so far; False when it is not worth one, or none is left.

        Many a pause is no end (they say "no", and then what not), while one at the end itself is
        nearly always the call that the turn needs, and given back: it may be owed.
        """
        if progress is TurnProgress.OVER and 0.0 <= self._left < 1.0:
            self._left -= 1.0
            return True
        return progress is not TurnProgress.SPOKEN and self.take()

    @property
    def plenty(self) -> bool:
        """Whether one may be spent on a turn that is not late yet: another one is left then."""
        return self._left >= 2.0  # noqa: PLR2004 - the two calls

    def give_back(self) -> None:
        """A call that was taken turned out to be the one that its turn needed."""
        self._left = min(self._left + 1.0, self._tuning.most)


class TurnProgress(StrEnum):
    """How far the caller's turn is.

    SPOKEN: it goes on · PROBABLY_OVER: words, voice or recogniser say so · OVER: only its last
    words are awaited.
    """

    SPOKEN = "spoken"
    PROBABLY_OVER = "probably_over"
    OVER = "over"


class PreemptiveResult(StrEnum):
    """How a guess ended.

    USED: its sound was withheld until the answer was said · HEAD_START: the turn was over before
    there was any sound, so that only the dialogue was earlier · DROPPED: the caller went on, or
    said something else · OTHER_ANSWER: the words were right, and the answer was another one ·
    NO_BUDGET: it was not made, too many had been in vain.
    """

    USED = "used"
    HEAD_START = "head_start"
    DROPPED = "dropped"
    OTHER_ANSWER = "other_answer"
    NO_BUDGET = "no_budget"


class PreemptiveCounter(Protocol):
    """Counts guesses for whoever watches the worker."""

    def preempted(self, how: str) -> None:
        """A guess ended so (`PreemptiveResult`)."""
        ...
