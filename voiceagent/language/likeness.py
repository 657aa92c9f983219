"""When two words are the same word, heard or written a little differently."""

from __future__ import annotations

import re
from functools import lru_cache

_INFLECTS, _SOUNDS, _SLIPS, _SLIPS_TWICE = 4, 5, 6, 9
"""From how many letters on a word may differ by ending, sound, one letter, or two."""


@lru_cache(maxsize=65536)
def alike(heard: str, wanted: str) -> bool:
    """Whether two words are the same for our purpose: spelling, ending, one slip, or sound.

    Short words must be equal: one slip turns "now" into "not".
    """
    if heard == wanted:
        return True
    shortest = min(len(heard), len(wanted))
    if heard.isdigit() or wanted.isdigit() or shortest < _INFLECTS:
        return False
    if stem(heard) == stem(wanted):
        return True
    slips = 2 if shortest >= _SLIPS_TWICE else 1
    if shortest >= _SLIPS and within(heard, wanted, slips):
        return True
    return shortest >= _SOUNDS and sound(heard) == sound(wanted)


def stem(word: str) -> str:
    """A word without its most common English ending."""
    for ending in ("ings", "ing", "ers", "er", "ed", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= _INFLECTS:
            return word[: -len(ending)]
    return word


def within(left: str, right: str, limit: int) -> bool:
    """Whether the edit distance of two words is at most `limit`."""
    if abs(len(left) - len(right)) > limit:
        return False
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        previous, row = row, [i]
        for j, b in enumerate(right, 1):
            row.append(min(previous[j] + 1, row[-1] + 1, previous[j - 1] + (a != b)))
        if min(row) > limit:
            return False
    return row[-1] <= limit


_SOUND_RULES = (
    (re.compile(r"^(kn|gn|pn|wr)"), lambda m: m.group()[1]),
    (re.compile(r"ph"), "f"),
    (re.compile(r"gh(?=t|$)"), ""),
    (re.compile(r"ght"), "t"),
    (re.compile(r"tio|sio"), "xo"),
    (re.compile(r"ch|sh"), "x"),
    (re.compile(r"ck|c(?![eiy])|q"), "k"),
    (re.compile(r"c|z"), "s"),
    (re.compile(r"d(?=ge)"), ""),
    (re.compile(r"g(?=[eiy])"), "j"),
    (re.compile(r"wh"), "w"),
    (re.compile(r"th"), "0"),
    (re.compile(r"v"), "f"),
    (re.compile(r"d"), "t"),
)


@lru_cache(maxsize=16384)
def sound(word: str) -> str:
    """A key that words sounding alike share: consonants by sound, vowels only at the front.

    A small relative of Lawrence Philips' Metaphone (1990), enough for repairing recogniser slips.
    """
    key = word.lower()
    for pattern, replacement in _SOUND_RULES:
        key = pattern.sub(replacement, key)
    head = "a" if key[:1] in "aeiou" else key[:1]
    tail = re.sub(r"[aeiouyhw]", "", key[1:])
    return re.sub(r"(.)\1+", r"\1", head + tail)
