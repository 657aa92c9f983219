"""Words that are ready for speech, as SVOX Pico has to be told them.

Pico reads English well and letters badly, and obeys markup: ``<break time="200ms"/>`` and, beside
harmless ones, tags that play and write files. So no markup of a text's own ever reaches it. Every
word stays one word, in its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

LONGEST_WORDS: Final = 40
"""Of a piece without a full stop; Pico's own buffers take some 130 tokens."""

DIGITS: Final = frozenset("zero oh one two three four five six seven eight nine".split())  # noqa: SIM905
LONGEST_GROUP: Final = 5
"""So many digits are said in one breath."""

_MARKUP = str.maketrans({"<": " ", ">": " ", "\\": " ", "\0": " "})
_SENTENCE_END = re.compile(r"[.?!]$")
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class SentencePart:
    """A sentence of an utterance, or as much of one as is made at once.

    `words` with their first characters in the utterance's text.
    """

    words: tuple[str, ...]
    starts: tuple[int, ...]


def parts(text: str) -> Iterator[SentencePart]:
    """The sentences of an utterance, in order."""
    words: list[str] = []
    starts: list[int] = []
    for match in _WORD.finditer(text):
        words.append(match[0])
        starts.append(match.start())
        if _SENTENCE_END.search(match[0]) or len(words) == LONGEST_WORDS:
            yield SentencePart(tuple(words), tuple(starts))
            words, starts = [], []
    if words:
        yield SentencePart(tuple(words), tuple(starts))


def told(part: SentencePart) -> tuple[str, ...]:
    """Its words as Pico is given them: many digits with a pause after every three.

    Who has to write a booking code down can follow so. What was written in groups keeps its own,
    and five digits, as of a ZIP code, are one.
    """
    words = [word.translate(_MARKUP) for word in part.words]
    first = 0
    while first < len(words):
        last = first
        while last < len(words) and words[last] in DIGITS:
            last += 1
        ends = last < len(words) and words[last].rstrip(".,;:?!") in DIGITS
        if last + ends - first > LONGEST_GROUP:
            for place in range(first + 2, last + ends - 2, 3):
                words[place] += ","
        first = last + 1
    return tuple(words)
