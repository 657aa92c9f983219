"""What the answer to a question looks like: how many digits, letters or parts it has.

A constraint needs its length. "Digits only" without a count stops early or goes on for ever; that a
telephone number has seven, ten or eleven digits decides between hypotheses that sound alike. So
each kind of answer has a shape: it tells whether words have it, and which words of that shape they
may be a mishearing of. A shape proposes and prefers; what the sound is likeliest to be decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

from voiceagent.domain.expecting import Expecting
from voiceagent.domain.identity import CODE_LENGTH
from voiceagent.language.en_us.digits import spoken_digits

PHONE_DIGITS: Final = frozenset({7, 10, 11})
DIGITS: Final[Mapping[Expecting, frozenset[int]]] = {
    Expecting.PHONE: PHONE_DIGITS,
    Expecting.NAME_AND_PHONE: PHONE_DIGITS,
    Expecting.CODE: frozenset({CODE_LENGTH}),
}
"""How many digits the number that was asked for may have."""

LONG_DISTANCE: Final = 11
"""So many digits begin with the 1 of North American trunk calls."""

FEW: Final = 4
"""So few digits answer something else ("the last four are"); they are judged by no count."""

NUMBER_WITHIN: Final = 9.0


class Fit(Enum):
    """How words fit what was asked.

    WHOLE: an answer of a legal shape · PART: of that kind, and too short, too long or not of one
    piece · OTHER: something else was said, or there is no shape to it.
    """

    WHOLE = "whole"
    PART = "part"
    OTHER = "other"


class AnswerShape(Protocol):
    """The shape of one kind of answer."""

    @property
    def within(self) -> float:
        """A text of the shape goes before one that is likelier by no more (log probability)."""
        ...

    def fit(self, words: str) -> Fit:
        """How a turn's words, in spoken form, fit it; never raises."""
        ...

    def near(self, words: str) -> tuple[str, ...]:
        """Texts of the shape that the words may be a mishearing of, likest first; few or none."""
        ...

    def reads(self, words: str) -> str:
        """The answer that the dialogue reads in the words, in one form for all that mean it.

        Empty where there is none, and where the words hold more than can be compared, as a name.
        """
        ...

    def doubts(self, words: str, other: str) -> bool:
        """Whether what the other ear heard makes this answer one that nobody should act on."""
        ...


class Undoubted:
    """An answer of which the other ear raises no doubt: what is wrong with it is asked back."""

    __slots__ = ()

    def doubts(self, words: str, other: str) -> bool:
        """See `AnswerShape`."""
        del words, other
        return False


@dataclass(frozen=True, slots=True)
class AnyShape(Undoubted):
    """Anything may be said."""

    within: float = 0.0

    def fit(self, words: str) -> Fit:
        """See `AnswerShape`."""
        del words
        return Fit.OTHER

    def near(self, words: str) -> tuple[str, ...]:
        """See `AnswerShape`."""
        del words
        return ()

    def reads(self, words: str) -> str:
        """See `AnswerShape`."""
        del words
        return ""


@dataclass(frozen=True, slots=True)
class NumberShape(Undoubted):
    """A number of so many digits.

    Attributes:
        counts: how many it may have; of eleven the first is a 1.
        within: see `AnswerShape`.
        beside_a_name: a name was asked for as well.
    """

    counts: frozenset[int]
    within: float = NUMBER_WITHIN
    beside_a_name: bool = False

    def fit(self, words: str) -> Fit:
        """See `AnswerShape`."""
        longest = _longest(words)
        if len(longest) in self.counts and (len(longest) != LONG_DISTANCE or longest[0] == "1"):
            return Fit.WHOLE
        return Fit.PART if len(longest) > FEW else Fit.OTHER

    def near(self, words: str) -> tuple[str, ...]:
        """None: a digit too few may be any digit, and a guess is worse than a question."""
        del words
        return ()

    def reads(self, words: str) -> str:
        """See `AnswerShape`."""
        whole = self.fit(words) is Fit.WHOLE and not self.beside_a_name
        return _longest(words) if whole else ""


def _longest(words: str) -> str:
    return max((run.digits for run in spoken_digits(words)), key=len, default="")
