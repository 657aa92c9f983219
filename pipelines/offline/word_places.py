"""Where the words of a sentence begin in its sound, for a voice that does not tell.

The sound is divided among the words by how long they are to say: chiefly by their vowels, which
take most of the time. Pauses in the sound are found and laid on the text's punctuation, in order,
so that an error does not run on from phrase to phrase. Sans-I/O.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

import numpy as np
from numpy.typing import NDArray

FRAME_S: Final = 0.005
LOUD_DB: Final = -36.0
SOFT_DB: Final = -48.0
"""Below the sound's vowels: what is voice, and what belongs to it where it is beside it. A voice
made by rule says "f" and "th" softly, and is nearly still in its pauses."""

PAUSE_S: Final = 0.07
"""Shorter silences are in words, before p, t and k."""

VOWEL: Final = 1.0
CONSONANT: Final = 0.3
WORD: Final = 1.1
PHRASE_END: Final = 1.5
"""The last word before a pause is drawn out. All by `training.spoken_places`."""

UNSTRESSED: Final = 0.65
"""Little words are said in passing, in English more than elsewhere."""

_LITTLE_WORDS: Final = """
    a an and are as at be by for from if in is it of on or than that the this to was with you your
    de del el en es la las los un una y das dem den der die ein et il le les une und di che e
"""
_LITTLE: Final = frozenset(_LITTLE_WORDS.split())

NO_PAUSE: Final = 0.35
"""What it costs to find no pause for a mark of punctuation: as much as one so far off, seconds."""

LENGTH_COUNTS: Final = 0.5
"""How much nearer a second of pause makes it: what is between phrases is longer than in them."""

_VOWELS = re.compile(r"[aeiouyàáâäèéêëìíîïòóôöùúûü]+")
_CONSONANTS = re.compile(r"[^\W\d_aeiouyàáâäèéêëìíîïòóôöùúûü]")
_ENDS_PHRASE = re.compile(r"[,.;:?!]$")

Sound = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Pause:
    """Samples [start, end) without voice."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sounding:
    """Where a sound begins and ends, samples, and the pauses between."""

    start: int
    end: int
    pauses: tuple[Pause, ...]

    @classmethod
    def of(cls, sound: Sound, rate_hz: int) -> Sounding:
        """Measured by loudness in short frames; all of it where it is never loud."""
        size = int(rate_hz * FRAME_S)
        count = len(sound) // size
        frames = sound[: count * size].reshape(count, size).astype(np.float64)
        level = np.sqrt(np.mean(frames**2, axis=1)) if count else np.zeros(0)
        vowels = float(np.percentile(level, 90)) if count else 0.0
        loud = np.flatnonzero(level > max(vowels * 10 ** (LOUD_DB / 20), 1.0))
        if not len(loud):
            return cls(0, len(sound), ())
        still = level <= max(vowels * 10 ** (SOFT_DB / 20), 1.0)
        runs = [
            (start, end)
            for start, end in _runs(still)
            if (end - start) * FRAME_S >= PAUSE_S or start == 0 or end == count
        ]
        before = [end for _, end in runs if end <= loud[0]]
        after = [start for start, _ in runs if start > loud[-1]]
        first, last = max(before, default=0), min(after, default=count)
        pauses = tuple(
            Pause(start * size, end * size) for start, end in runs if first < start and end < last
        )
        return cls(first * size, last * size, pauses)


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Stretches [start, end) in which it holds."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def word_starts(words: Sequence[str], sounding: Sounding, rate_hz: int) -> list[int]:
    """The sample at which each word begins; never decreasing, within the sound.

    Args:
        words: as the voice read them, with their punctuation.
        sounding: of its sound.
        rate_hz: of its samples.
    """
    if not words:
        return []
    weights = [_weight(word) for word in words]
    ends = [at for at, word in enumerate(words[:-1]) if _ENDS_PHRASE.search(word)]
    chosen = _pauses_for(ends, weights, sounding, rate_hz)
    starts: list[int] = []
    first, begin = 0, sounding.start
    for last, pause in [*chosen, (len(words) - 1, Pause(sounding.end, sounding.end))]:
        inside = [p for p in sounding.pauses if begin <= p.start and p.end <= pause.start]
        starts += _spread(weights[first : last + 1], begin, pause.start, inside)
        first, begin = last + 1, pause.end
    return starts


def _weight(word: str) -> float:
    """How long it is to say, in vowels."""
    plain = word.lower()
    vowels = _VOWELS.findall(plain)
    silent_e = len(vowels) > 1 and bool(re.search(r"[^aeiouy]e\W*$", plain))
    said = max(1, len(vowels) - silent_e)
    weight = VOWEL * said + CONSONANT * len(_CONSONANTS.findall(plain)) + WORD
    if _ENDS_PHRASE.search(word):
        return weight * PHRASE_END
    return weight * (UNSTRESSED if plain in _LITTLE else 1.0)


def _spread(weights: Sequence[float], begin: int, end: int, pauses: Sequence[Pause]) -> list[int]:
    """Starts of words over [begin, end), whose pauses belong to no word."""
    sounding = end - begin - sum(p.end - p.start for p in pauses)
    total = sum(weights)
    starts = []
    for before in (0.0, *accumulate(weights[:-1])):
        at = begin + int(sounding * before / total)
        for pause in pauses:
            if pause.start <= at:
                at += pause.end - pause.start
        starts.append(min(at, end))
    return starts


def _pauses_for(
    ends: Sequence[int], weights: Sequence[float], sounding: Sounding, rate_hz: int
) -> list[tuple[int, Pause]]:
    """For words that end a phrase, the pause that follows them, where there is one.

    The cheapest assignment in order: pauses near the place that the weights foretell, and long
    ones, are cheap.
    """
    silence = [p.end - p.start for p in sounding.pauses]
    voiced = sounding.end - sounding.start - sum(silence)
    gone = [0, *accumulate(silence)]
    places = [p.start - sounding.start - gone[at] for at, p in enumerate(sounding.pauses)]
    before = list(accumulate(weights))
    foretold = [voiced * before[end] / before[-1] for end in ends]

    def cost(mark: int, pause: int) -> float:
        off_s = abs(places[pause] - foretold[mark]) / rate_hz
        return off_s - LENGTH_COUNTS * silence[pause] / rate_hz

    best: list[list[tuple[float, tuple[int, ...]]]] = []
    best.append([(0.0, ())] * (len(places) + 1))
    for mark in range(len(ends)):
        row: list[tuple[float, tuple[int, ...]]] = []
        for used in range(len(places) + 1):
            skipped, path = best[mark][used]
            options = [(skipped + NO_PAUSE, (*path, -1))]
            if used:
                options.append(row[used - 1])
                spent, path = best[mark][used - 1]
                options.append((spent + cost(mark, used - 1), (*path, used - 1)))
            row.append(min(options))
        best.append(row)
    path = best[-1][-1][1]
    return [
        (end, sounding.pauses[pause]) for end, pause in zip(ends, path, strict=True) if pause >= 0
    ]
