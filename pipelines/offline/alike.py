"""How alike words sound, by rules alone: which of a list of legal answers words may be.

Only proposes; whether the sound is really of such words is for the recogniser to judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

from pipelines.offline.pronounce import by_rule

ALIKE: Final = 0.6
"""Share of sounds in common, in order, from which on words may be mistaken for one another."""

MOST: Final = 3
"""So many proposals are worth judging."""


@lru_cache(maxsize=4096)
def sounds(words: str) -> tuple[str, ...]:
    """The sounds of words (lower case), as ARPAbet by rule."""
    bare = ("".join(c for c in word if "a" <= c <= "z") for word in words.split())
    return tuple(sound for word in bare if word for sound in by_rule(word).split())


def alike(one: str, other: str) -> float:
    """How alike two texts sound, 0..1."""
    return SequenceMatcher(None, sounds(one), sounds(other), autojunk=False).ratio()


def likest(found: Mapping[str, float]) -> tuple[str, ...]:
    """Of texts with how alike they are to what was heard: those that may be it, likest first."""
    near = sorted(found, key=lambda one: (-found[one], one))
    return tuple(one for one in near[:MOST] if found[one] >= ALIKE)


def nearest(words: str, answers: Iterable[str]) -> tuple[str, ...]:
    """The answers that words may be a mishearing of, likest first, `MOST` at most.

    Args:
        words: what was heard.
        answers: as they would be said; one that was heard itself is left out.
    """
    return likest({one: alike(words, one) for one in answers if one != words})
