"""What the answer to a question looks like: how many digits, letters or words it may have.

A constraint needs its length. "Digits only" without a count stops early or goes on for ever; that a
telephone number has seven, ten or eleven digits decides between hypotheses that sound alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

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


class Fit(Enum):
    """How words fit what was asked.

    WHOLE: a number of a legal length · PART: digits, and too few or too many · OTHER: something
    else was said, or there is no shape to it.
    """

    WHOLE = "whole"
    PART = "part"
    OTHER = "other"


def fit(words: str, asked: Expecting) -> Fit:
    """How a turn's words fit the question.

    Args:
        words: in spoken form.
        asked: the question.
    """
    counts = DIGITS.get(asked)
    if counts is None:
        return Fit.OTHER
    longest = max((run.digits for run in spoken_digits(words)), key=len, default="")
    if len(longest) in counts and (len(longest) != LONG_DISTANCE or longest[0] == "1"):
        return Fit.WHOLE
    return Fit.PART if len(longest) > FEW else Fit.OTHER
