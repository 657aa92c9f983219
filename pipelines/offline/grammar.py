"""The grammar of what callers say: read from text, sampled into sentences.

The notation is explained at the top of ``callers.grammar``. Sampling is deterministic: the numbers
come from a counter hashed by SplitMix64 (Steele, Lea and Flood, 2014), so that every machine and
every Python version draws the same sentences and builds the same language model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final

_TOKEN: Final = re.compile(r"<\w+>|\{\w+\}|[()\[\]|]|[^\s()\[\]|<>{}]+")
_WEIGHTED: Final = re.compile(r"(?:(\d+):\s*)?(.+)")
_MASK: Final = (1 << 64) - 1


class Draws:
    """An endless deterministic series of numbers in 0..1."""

    def __init__(self, seed: int) -> None:
        self._state = seed & _MASK

    def next(self) -> float:
        """The next number: 0 <= x < 1."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return ((mixed ^ (mixed >> 31)) >> 11) / (1 << 53)


@dataclass(frozen=True, slots=True)
class GrammarWord:
    """A word, or a class of words when it is written ``{so}``."""

    text: str


@dataclass(frozen=True, slots=True)
class GrammarRule:
    """A reference to a rule."""

    name: str


@dataclass(frozen=True, slots=True)
class Maybe:
    """Something said half of the time."""

    body: GrammarChoice


@dataclass(frozen=True, slots=True)
class GrammarChoice:
    """Alternatives with their cumulative weights; the last of these is the total."""

    alternatives: tuple[tuple[Node, ...], ...]
    cumulative: tuple[float, ...]


Node = GrammarWord | GrammarRule | Maybe | GrammarChoice


@dataclass(slots=True)
class Grammar:
    """Rules and word classes. `rules` maps names to alternatives, `classes` names to members."""

    rules: dict[str, GrammarChoice] = field(default_factory=dict)
    classes: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def sentence(self, draws: Draws, start: str = "sentence") -> list[str]:
        """One sentence: its words, with classes left as ``{name}``."""
        words: list[str] = []
        self._say(self.rules[start], draws, words)
        return words

    def _say(self, choice: GrammarChoice, draws: Draws, words: list[str]) -> None:
        point = draws.next() * choice.cumulative[-1]
        index = next(i for i, reached in enumerate(choice.cumulative) if point < reached)
        for node in choice.alternatives[index]:
            match node:
                case GrammarWord(text):
                    words.append(text)
                case GrammarRule(name):
                    self._say(self.rules[name], draws, words)
                case Maybe(body):
                    if draws.next() < 0.5:  # noqa: PLR2004
                        self._say(body, draws, words)
                case GrammarChoice():
                    self._say(node, draws, words)

    def words(self) -> set[str]:
        """Every plain word that any rule can say."""
        found: set[str] = set()
        for choice in self.rules.values():
            found.update(_words(choice))
        return found


def _words(choice: GrammarChoice) -> Iterator[str]:
    for alternative in choice.alternatives:
        for node in alternative:
            match node:
                case GrammarWord(text) if not text.startswith("{"):
                    yield text
                case Maybe(body):
                    yield from _words(body)
                case GrammarChoice():
                    yield from _words(node)
                case _:
                    pass


def weighted(alternatives: Sequence[tuple[float, str]]) -> GrammarChoice:
    """A rule made of (weight, text) pairs; `text` in the grammar's notation."""
    bodies = [_Parser(_TOKEN.findall(text)).sequence() for _, text in alternatives]
    return GrammarChoice(tuple(bodies), tuple(accumulate(weight for weight, _ in alternatives)))


def parse(text: str, extra: Mapping[str, GrammarChoice]) -> Grammar:
    """Read a grammar; `extra` adds rules that the text refers to.

    Raises:
        ValueError: a line makes no sense, or a rule or class is used and not defined.
    """
    blocks: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if not line[0].isspace():
            current = blocks.setdefault(line.strip(), [])
        elif current is None:
            raise ValueError(f"grammar: {line.strip()!r} belongs to no rule")
        else:
            current.append(line.strip())
    grammar = Grammar(dict(extra))
    for name, lines in blocks.items():
        if name.startswith("{"):
            grammar.classes[name.strip("{}")] = tuple(" ".join(lines).split())
        else:
            grammar.rules[name] = weighted([_weighted_line(line) for line in lines])
    for choice in grammar.rules.values():
        for reference in _references(choice):
            if reference not in grammar.rules:
                raise ValueError(f"grammar: rule {reference!r} is used and not defined")
    return grammar


def _weighted_line(line: str) -> tuple[float, str]:
    match = _WEIGHTED.fullmatch(line)
    if match is None:
        raise ValueError(f"grammar: cannot read {line!r}")
    return float(match[1] or 1), match[2]


def _references(choice: GrammarChoice) -> Iterator[str]:
    for alternative in choice.alternatives:
        for node in alternative:
            match node:
                case GrammarRule(name):
                    yield name
                case Maybe(body):
                    yield from _references(body)
                case GrammarChoice():
                    yield from _references(node)
                case GrammarWord():
                    pass


class _Parser:
    """Reads one alternative by recursive descent."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    def sequence(self) -> tuple[Node, ...]:
        """All nodes up to the end, a ``|`` or a closing bracket."""
        nodes: list[Node] = []
        while self._at < len(self._tokens) and self._tokens[self._at] not in "|)]":
            part = self._tokens[self._at]
            self._at += 1
            if part == "(":
                nodes.append(self._choice(")"))
            elif part == "[":
                nodes.append(Maybe(self._choice("]")))
            elif part.startswith("<"):
                nodes.append(GrammarRule(part[1:-1]))
            else:
                nodes.append(GrammarWord(part))
        return tuple(nodes)

    def _choice(self, closing: str) -> GrammarChoice:
        alternatives = [self.sequence()]
        while self._at < len(self._tokens) and self._tokens[self._at] == "|":
            self._at += 1
            alternatives.append(self.sequence())
        if self._at >= len(self._tokens) or self._tokens[self._at] != closing:
            raise ValueError(f"grammar: no {closing!r} in {' '.join(self._tokens)!r}")
        self._at += 1
        return GrammarChoice(
            tuple(alternatives), tuple(float(i + 1) for i in range(len(alternatives)))
        )
