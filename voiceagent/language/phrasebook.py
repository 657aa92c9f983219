"""What is said in English, said in another language: by a catalogue of whole sentences.

The agent's sentences are made in one place and in one language, by the house and by tools. Another
locale brings a catalogue of them, each with its holes, and a way to word what stands in a hole of a
kind. A text is read as a row of catalogue sentences from its beginning to its end; a sentence that
the catalogue does not have is told as `untold`, and never left out or guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

Wording = Callable[[str, Mapping[str, str]], str]
"""Words what stands in a hole; the mapping has what the business and the caller call things."""

FACT: Final = "fact"
"""The kind of a hole that takes only what the mapping has, word for word."""

_HOLE: Final = re.compile(r"\{(?P<name>\w+?)(?:\d)?\}")
_SENTENCE: Final = re.compile(r".+?[.!?](?=\s|$)|.+$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class HoleKind:
    """What a hole of a kind takes, as a pattern, and how it is worded."""

    pattern: str
    worded: Wording


@dataclass(frozen=True, slots=True)
class ToldText:
    """A text in the other language; `untold` are the English sentences it has no words for."""

    text: str
    untold: tuple[str, ...] = ()


class SentenceCatalogue:
    """A catalogue.

    Args:
        entries: English sentences and theirs, with the same holes: "{kind}" or "{kind2}".
        kinds: the kinds of holes, by name; `FACT` is known.
        untold: makes one text of sentences that have no words here.
    """

    def __init__(
        self,
        entries: Sequence[tuple[str, str]],
        kinds: Mapping[str, HoleKind],
        untold: Callable[[str], str],
    ) -> None:
        self._kinds = kinds
        self._untold = untold
        self._entries = sorted(entries, key=lambda entry: -len(_HOLE.sub("", entry[0])))
        self._compiled = lru_cache(maxsize=256)(self._compile)

    @property
    def sentences(self) -> tuple[str, ...]:
        """Its sentences in the other language, without their holes."""
        return tuple(_HOLE.sub(" ", foreign) for _, foreign in self._entries)

    def tell(self, text: str, named: Mapping[str, str]) -> ToldText:
        """The text in the other language.

        Args:
            text: whole sentences in English.
            named: names of things and people as they stand in the text, and as they are said.
        """
        facts = tuple(sorted(named, key=len, reverse=True))
        pieces = self._row(text.strip(), 0, self._compiled(facts), {})
        parts: list[str] = []
        untold: list[str] = []
        for match, foreign in pieces:
            if match is not None:
                parts.append(self._filled(match, foreign, named))
            else:
                parts.append(self._untold(foreign))
                untold.append(foreign)
        return ToldText(" ".join(parts), tuple(untold))

    def _row(
        self,
        text: str,
        at: int,
        entries: Sequence[tuple[re.Pattern[str], str]],
        seen: dict[int, tuple[tuple[re.Match[str] | None, str], ...]],
    ) -> tuple[tuple[re.Match[str] | None, str], ...]:
        """The row of sentences from `at` on that leaves the fewest without words."""
        if at >= len(text):
            return ()
        if at in seen:
            return seen[at]
        best: tuple[tuple[re.Match[str] | None, str], ...] | None = None
        for pattern, foreign in entries:
            match = pattern.match(text, at)
            if match is None:
                continue
            row = ((match, foreign), *self._row(text, _next(text, match.end()), entries, seen))
            if best is None or _untold(row) < _untold(best):
                best = row
            if not _untold(best):
                break
        if best is None or _untold(best):
            sentence = _SENTENCE.match(text, at)
            end = sentence.end() if sentence is not None else len(text)
            skipped = (None, text[at:end])
            row = (skipped, *self._row(text, _next(text, end), entries, seen))
            if best is None or _untold(row) < _untold(best):
                best = row
        seen[at] = best
        return best

    def _compile(self, facts: tuple[str, ...]) -> tuple[tuple[re.Pattern[str], str], ...]:
        known = "|".join(map(re.escape, facts)) or r"(?!)"
        return tuple(
            (re.compile(f"{self._pattern(english, known)}(?=\\s|$)"), foreign)
            for english, foreign in self._entries
        )

    def _pattern(self, english: str, known: str) -> str:
        parts, end = [], 0
        for hole in _HOLE.finditer(english):
            kind = hole["name"]
            pattern = known if kind == FACT else self._kinds[kind].pattern
            parts += [re.escape(english[end : hole.start()]), f"(?P<{hole[0][1:-1]}>{pattern})"]
            end = hole.end()
        return "".join((*parts, re.escape(english[end:])))

    def _filled(self, match: re.Match[str], foreign: str, named: Mapping[str, str]) -> str:
        def word(hole: re.Match[str]) -> str:
            said = match[hole[0][1:-1]]
            kind = hole["name"]
            return named[said] if kind == FACT else self._kinds[kind].worded(said, named)

        return _HOLE.sub(word, foreign)


def _next(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _untold(row: Sequence[tuple[re.Match[str] | None, str]]) -> int:
    return sum(match is None for match, _ in row)
