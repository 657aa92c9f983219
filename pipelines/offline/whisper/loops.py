"""Whisper repeats itself when its window is short: "operator operator operator" for one word.

What it heard first is right, so the repetitions are taken off. Nobody says a whole sentence twice
in a row, and who says "no no no" means "no". Single digits are said twice and more, and stay: for
them the question's count decides (`shapes`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

DIGITS: Final = frozenset(
    ("zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
)
NUMBER: Final = 6
"""So many digits that come again are a number that was said, or written, twice."""

_LONG: Final = 3
"""So many words are a phrase, which nobody begins again at the end of a turn."""


def without_loops(words: Sequence[str]) -> list[str]:
    """Words said once that the model wrote over and over.

    Args:
        words: in spoken form.
    """
    count = len(words)
    for period in range(1, count // 2 + 1):
        whole = all(_repeats(words, at, period) for at in range(period, count))
        if whole and not DIGITS.issuperset(words[:period]):
            return list(words[:period])
    for period in range(1, count):
        first = count - 1
        while first >= period and _repeats(words, first, period):
            first -= 1
        repeated = count - first - 1
        needed = max(_LONG, period // 2) if period >= _LONG else 2 * period
        once = words[first - period + 1 : first + 1]
        if repeated >= needed and (period >= NUMBER or not DIGITS.issuperset(once)):
            return list(words[: first + 1])
    return list(words)


def _repeats(words: Sequence[str], at: int, period: int) -> bool:
    """Whether a word is the one a period before; the last may have been cut off."""
    before = words[at - period]
    return words[at] == before or (at == len(words) - 1 and before.startswith(words[at]))
