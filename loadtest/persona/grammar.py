"""Wordings with alternatives: one template says the same thing in many ways.

``[hi|hello|], [I'd|I would] like <thing>``: brackets hold alternatives, an empty one may be left
out, brackets nest, ``<thing>`` is a value. Blanks that an empty alternative leaves are closed up.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_TOKEN: Final = re.compile(r"\[|\]|\||<(\w+)>|[^\[\]|<>]+")


class GrammarError(ValueError):
    """A template that cannot be read, or a value that it wants and nobody has."""


@dataclass(frozen=True, slots=True)
class _Slot:
    name: str


@dataclass(frozen=True, slots=True)
class _Choice:
    ways: tuple[_Sequence, ...]


_Part = str | _Slot | _Choice
_Sequence = tuple[_Part, ...]


def expand(template: str, values: Mapping[str, str], chances: random.Random) -> str:
    """One of the ways in which a template says its thing.

    Raises:
        GrammarError: brackets that do not match, or a value that is missing.
    """
    return _tidy(_said(_parsed(template), values, chances))


def slots(template: str) -> frozenset[str]:
    """The values that some way of saying a template wants."""
    return frozenset(_slots(_parsed(template)))


@lru_cache(maxsize=4096)
def _parsed(template: str) -> _Sequence:
    tokens = list(_TOKEN.finditer(template))
    if "".join(token[0] for token in tokens) != template:
        raise GrammarError(f"{template!r}: a stray < or >")
    found, rest = _sequence([(token[0], token[1]) for token in tokens])
    if rest:
        raise GrammarError(f"{template!r}: a bracket or bar too many")
    return found


_Tokens = list[tuple[str, str | None]]


def _sequence(tokens: _Tokens) -> tuple[_Sequence, _Tokens]:
    """The parts up to the bracket or bar that ends them, and what is left."""
    parts: list[_Part] = []
    while tokens and tokens[0][0] not in {"|", "]"}:
        (text, slot), tokens = tokens[0], tokens[1:]
        if text == "[":
            choice, tokens = _choice(tokens)
            parts.append(choice)
        else:
            parts.append(text if slot is None else _Slot(slot))
    return tuple(parts), tokens


def _choice(tokens: _Tokens) -> tuple[_Choice, _Tokens]:
    found: list[_Sequence] = []
    while True:
        way, tokens = _sequence(tokens)
        found.append(way)
        if not tokens:
            raise GrammarError("a bracket is not closed")
        (mark, _), tokens = tokens[0], tokens[1:]
        if mark == "]":
            return _Choice(tuple(found)), tokens


def _said(parts: _Sequence, values: Mapping[str, str], chances: random.Random) -> str:
    said = []
    for part in parts:
        match part:
            case str():
                said.append(part)
            case _Slot(name):
                if name not in values:
                    raise GrammarError(f"nobody knows <{name}>")
                said.append(values[name])
            case _Choice(found):
                said.append(_said(chances.choice(found), values, chances))
    return "".join(said)


def _slots(parts: _Sequence) -> set[str]:
    found: set[str] = set()
    for part in parts:
        match part:
            case _Slot(name):
                found.add(name)
            case _Choice(found_ways):
                for way in found_ways:
                    found |= _slots(way)
            case _:
                pass
    return found


def _tidy(said: str) -> str:
    closed = re.sub(r"\s+", " ", said).strip()
    closed = re.sub(r"\s+'(d|m|s|re|ll|ve)\b", r"'\1", closed)
    closed = re.sub(r"\s+([,.?!])", r"\1", closed)
    closed = re.sub(r"^[,.]\s*", "", closed)
    return re.sub(r",\s*([,.?!])", r"\1", closed)
