"""How often a digit that comes again was said: "five five five", and not "five five".

Where a telephone number has digits that come again, Whisper drops one of them and writes another
once more, since ten were asked for: 551-230-0000 for 555-123-0000. Asked how likely it finds each
of them, written in groups as people write them, it knows. Digit by digit it does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Final

from pipelines.offline.whisper import loops
from voiceagent.language.en_us.digits import spoken_digits
from voiceagent.language.en_us.numbers import say_digits

LOCAL: Final = 10
"""Digits of a North American number; a 1 may stand before them."""

OFTEN: Final = 3
"""What is said so often may have been said once less; what is said twice, once more."""

MARGIN: Final = 2.0
"""By so much another count must be likelier (log probability); right ones are by five and more."""


def counted(words: str, judge: Callable[[Sequence[str]], Sequence[float]]) -> str:
    """Words with each digit of a telephone number as often as it was said.

    Args:
        words: in spoken form, digit by digit.
        judge: how likely the recogniser finds each of some texts, log probability.
    """
    others = list(dict.fromkeys(_otherwise(words)))
    if not others:
        return words
    first, *rest = judge([_written(text) for text in (words, *others)])
    best = max(range(len(others)), key=rest.__getitem__)
    return others[best] if rest[best] > first + MARGIN else words


def _otherwise(words: str) -> Iterator[str]:
    """The same number with one digit of a run given to another run."""
    found = _number(words)
    if found is None:
        return
    start, end, digits = found
    tokens = words.split()
    runs = [(digit, len(list(run))) for digit, run in groupby(digits)]
    for less, (_, often) in enumerate(runs):
        for more, (_, again) in enumerate(runs):
            if less == more or often < OFTEN or again < OFTEN - 1:
                continue
            counts = [count + (at == more) - (at == less) for at, (_, count) in enumerate(runs)]
            text = "".join(one * count for (one, _), count in zip(runs, counts, strict=True))
            yield " ".join((*tokens[:start], say_digits(text), *tokens[end:]))


def _written(words: str) -> str:
    """With the number in groups: "it's 555-123-0000"."""
    found = _number(words)
    if found is None:
        return words
    start, end, digits = found
    area, exchange, line = digits[-10:-7], digits[-7:-4], digits[-4:]
    groups = "-".join(filter(None, (digits[:-LOCAL], area, exchange, line)))
    tokens = words.split()
    return " ".join((*tokens[:start], groups, *tokens[end:]))


def _number(words: str) -> tuple[int, int, str] | None:
    """The only telephone number, if it is said digit by digit: its words [start, end), its digits."""  # noqa: E501
    long = [run for run in spoken_digits(words) if len(run.digits) >= LOCAL]
    if len(long) != 1 or len(long[0].digits) > LOCAL + (long[0].digits[0] == "1"):
        return None
    run = long[0]
    said = words.split()[run.start : run.end]
    singly = len(said) == len(run.digits) and loops.DIGITS.issuperset(said)
    return (run.start, run.end, run.digits) if singly else None
