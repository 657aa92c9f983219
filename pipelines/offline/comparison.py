"""Two texts of one utterance, side by side: where they differ, and what is to be judged of it.

A sentence is rarely right in one recogniser and wrong in the other: one has the street, the other
the little words. So every place where they differ is judged by itself, by how likely the whole
utterance is with the one's words there and with the other's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Self

MOST: Final = 4
"""Texts that differ in more places are judged as wholes: they are about different things."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Words of the one, [start, end), for which the other has `theirs`; either may be none."""

    start: int
    end: int
    theirs: tuple[str, ...]

    @property
    def words(self) -> int:
        """How many words it is about, at least one."""
        return max(self.end - self.start, len(self.theirs))


@dataclass(frozen=True, slots=True)
class Comparison:
    """The texts, in words, and where they differ, in order."""

    ours: tuple[str, ...]
    theirs: tuple[str, ...]
    differences: tuple[Difference, ...]

    @classmethod
    def of(cls, ours: str, theirs: str) -> Self:
        """Compare two texts."""
        mine, others = tuple(ours.split()), tuple(theirs.split())
        found = SequenceMatcher(None, mine, others, autojunk=False).get_opcodes()
        places = tuple(
            Difference(start, end, others[at:to])
            for kind, start, end, at, to in found
            if kind != "equal"
        )
        if len(places) > MOST:
            places = (Difference(0, len(mine), others),)
        return cls(mine, others, places)

    def with_theirs(self, taken: Iterable[Difference]) -> str:
        """Our text with their words at some of the places, in any order."""
        words = list(self.ours)
        for one in sorted(taken, key=lambda place: place.start, reverse=True):
            words[one.start : one.end] = one.theirs
        return " ".join(words)

    @property
    def texts(self) -> Sequence[str]:
        """What is to be judged: our text, it with theirs at each difference, and their text."""
        single = (self.with_theirs((one,)) for one in self.differences)
        whole = (self.with_theirs(self.differences),) if len(self.differences) > 1 else ()
        return (self.with_theirs(()), *single, *whole)
