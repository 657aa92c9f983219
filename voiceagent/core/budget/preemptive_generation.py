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
from typing import Final, Protocol


@dataclass(frozen=True, slots=True)
class CallTuning:
    """How often a model may be asked more than once a turn.

    `extra_per_turn`: calls beyond the one that every turn needs, on average · `most`: how many may
    be saved up.
    """

    extra_per_turn: float = 0.6
    most: float = 3.0


class ModelCalls:
    """The extra calls that one conversation may spend on its model. Starts with one.

    Args:
        tuning: numbers.
    """

    def __init__(self, tuning: CallTuning | None = None) -> None:
        self._tuning = tuning or CallTuning()
        self._left = 1.0

    def turn(self) -> None:
        """A turn of the caller was committed."""
        self._left = min(self._left + self._tuning.extra_per_turn, self._tuning.most)

    def take(self) -> bool:
        """One more call; False when there is none left for this conversation, for now."""
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True

    @property
    def plenty(self) -> bool:
        """Whether one may be spent on a turn that is not late yet: another one is left then."""
        return self._left >= 2.0  # noqa: PLR2004 - the two calls

    def give_back(self) -> None:
        """A call that was taken turned out to be the one that its turn needed."""
        self._left = min(self._left + 1.0, self._tuning.most)


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


TRIES_PER_TURN: Final = 2
"""A caller who goes on twice is telling a story: their third pause is waited for."""
