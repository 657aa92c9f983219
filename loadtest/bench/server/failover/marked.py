"""Sound whose words can be read back: each word is a level of its own, as long as its letters.

Levels are those of μ-law codes, so they survive the telephone's coding. What is read back tells
which words sounded, in which order, and whether each did so in full.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from loadtest.simulator import g711
from loadtest.simulator.g711 import Samples
from loadtest.simulator.providers.hearing import HeardWord

LETTER_8K: Final = 360
"""Samples a letter; a word has one more, as Cartesia's emulator divides a text's time."""

GAP_8K: Final = 80
FULL: Final = 0.9
QUIETEST: Final = 400


@dataclass(frozen=True, slots=True)
class SoundedWord:
    """A word that was read back. `whole`: nine tenths of it sounded at least."""

    text: str
    start_8k: int
    end_8k: int
    whole: bool


class MarkedWords:
    """The words of a run and their levels; all who speak or hear share it."""

    def __init__(self) -> None:
        levels = sorted({int(level) for level in g711.decode(bytes(range(256)))})
        self._free = [level for level in levels if level >= QUIETEST][::-1]
        self._levels: dict[str, int] = {}
        self._words: dict[int, str] = {}

    def sound(self, text: str) -> Samples:
        """The sound of words, 8 kHz.

        Raises:
            ValueError: there are more words than levels.
        """
        return np.concatenate([self._word(word) for word in text.split()])

    def starts(self, text: str) -> tuple[int, ...]:
        """Where its words begin."""
        lengths = [LETTER_8K * (len(word) + 1) for word in text.split()]
        return tuple(sum(lengths[:number]) for number in range(len(lengths)))

    def read(self, sound: Samples) -> list[SoundedWord]:
        """The words in a sound; what is no word of ours is passed over."""
        return [
            SoundedWord(word, start, end, end - start >= FULL * self._length(word))
            for level, start, end in _runs(sound)
            if (word := self._words.get(level)) is not None
        ]

    def recognise(self, sound: Samples) -> Sequence[HeardWord]:
        """A `Recognise`: words of which half came."""
        return [
            HeardWord(one.text, one.start_8k, one.end_8k)
            for one in self.read(sound)
            if 2 * (one.end_8k - one.start_8k) >= self._length(one.text)
        ]

    def _word(self, word: str) -> Samples:
        if word not in self._levels:
            if not self._free:
                raise ValueError("there are more words than levels")
            level = self._free.pop()
            self._levels[word], self._words[level] = level, word
        sound = np.zeros(LETTER_8K * (len(word) + 1), np.int16)
        sound[: self._length(word)] = self._levels[word]
        return sound

    @staticmethod
    def _length(word: str) -> int:
        return LETTER_8K * (len(word) + 1) - GAP_8K


def _runs(sound: Samples) -> Iterator[tuple[int, int, int]]:
    """Stretches of one level that is no silence: level, start, end."""
    edges = np.flatnonzero(np.diff(sound)) + 1
    bounds = [0, *(int(edge) for edge in edges), len(sound)]
    for start, end in pairwise(bounds):
        if end > start and sound[start]:
            yield int(sound[start]), start, end
