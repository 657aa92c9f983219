"""How transcripts are compared: by what was said, not by how it is written.

"555-0199", "five five five oh one nine nine" and "triple five zero one double nine" are one number;
"okay" is "ok"; "um" is nothing. Errors are counted over what is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from voiceagent.domain.expecting import Expecting
from voiceagent.language.en_us.digits import spoken_digits
from voiceagent.language.en_us.lexicon import words
from voiceagent.language.en_us.yes_no import YesNo, hear_yes_no

HESITATIONS: Final = frozenset({"um", "uh", "ah", "er", "erm", "hm", "hmm", "mm"})
_SAME: Final = {
    "okay": "ok",
    "goodbye": "good bye",
    "alright": "all right",
    "mister": "mr",
    "gonna": "going to",
    "wanna": "want to",
}
_FACT_DIGITS: Final = 3


def said(text: str) -> tuple[str, ...]:
    """What a text says: words in one spelling, every number as its digits, no hesitation."""
    plain = text.lower().replace("-", " ")
    found = words(plain)
    kept: list[str] = []
    at = 0
    for run in spoken_digits(plain):
        kept += [*found[at : run.start], *run.digits]
        at = run.end
    kept += found[at:]
    return tuple(
        word for one in kept if one not in HESITATIONS for word in _SAME.get(one, one).split()
    )


def errors(reference: Sequence[str], heard: Sequence[str]) -> int:
    """Least number of substitutions, deletions and insertions (Levenshtein, over words)."""
    row = list(range(len(heard) + 1))
    for index, word in enumerate(reference, 1):
        above, row[0] = row[0], index
        for column, other in enumerate(heard, 1):
            here = min(row[column] + 1, row[column - 1] + 1, above + (word != other))
            above, row[column] = row[column], here
    return row[-1]


def digits_of(text: str) -> str:
    """All digits that a text says, in order."""
    return "".join(run.digits for run in spoken_digits(text.lower().replace("-", " ")))


def is_fact(text: str, asked: Expecting) -> bool:
    """Whether a caller's turn with these words would be taken for an answer.

    Args:
        text: of the turn.
        asked: what it answers. An answer to an open question is one when it holds any fact.
    """
    if not text:
        return False
    number = len(digits_of(text)) >= _FACT_DIGITS
    answer = hear_yes_no(text) is not YesNo.UNCLEAR
    match asked:
        case Expecting.PHONE | Expecting.CODE:
            return number
        case Expecting.YES_NO:
            return answer
        case Expecting.ADDRESS | Expecting.NAME | Expecting.TIME:
            return len(said(text)) > 1 or number
        case _:
            return number or answer


def answered(text: str) -> YesNo | None:
    """The answer that a text is; ``None`` when it is neither yes nor no."""
    answer = hear_yes_no(text)
    return None if answer is YesNo.UNCLEAR else answer
