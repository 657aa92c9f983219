"""The labelled sentences: which there are, who wrote them, and which authors nobody may tune on.

Every sentence is one caller turn. An author is a person or a way of writing; the split is by author
and was made before anything read the sentences, so that a figure on the unseen part is a figure
about people who were not looked at. What a recogniser made of a sentence (`said` is what was
spoken) belongs to the author of the sentence.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final, Literal

FOLDER: Final = Path(__file__).parent
NOTHING: Final = "-"
"""An empty field of a table."""


class Split(StrEnum):
    """Whether rules may be written with an author's sentences in view."""

    SEEN = "seen"
    UNSEEN = "unseen"


class Label(StrEnum):
    """What a careful person says of a turn.

    DANGER: somebody has to be warned. HALF_DENIAL: a part is denied and the rest is left open or
    told. UNCLEAR: an answer to the safety question that says neither. DENIAL: nothing is left open.
    NO_DANGER: nothing about a present danger.
    """

    DANGER = "danger"
    HALF_DENIAL = "half_denial"
    UNCLEAR = "unclear"
    DENIAL = "denial"
    NO_DANGER = "no_danger"


@dataclass(frozen=True, slots=True)
class DangerRow:
    """A turn about danger, or not.

    `asked`: it answers the safety question. `kind`: the fuel, or what is dangerous ("gas",
    "medical", …), or what makes it hard. `language`: ISO 639-1.
    """

    author: str
    origin: Literal["written", "ears"]
    business: Literal["coolcare", "hotel"]
    asked: bool
    label: Label
    kind: str
    language: Literal["en", "es"]
    said: str
    sentence: str


@dataclass(frozen=True, slots=True)
class ActRow:
    """A turn, the question that was open, what it does, and the values in it.

    `asked`, `act` and the keys of `values` are listed in README.md of this folder.
    """

    author: str
    origin: Literal["written", "people", "ears"]
    business: Literal["coolcare", "hotel"]
    asked: str
    act: str
    topic: str
    values: Mapping[str, str]
    said: str
    sentence: str


@cache
def split_of() -> Mapping[str, Split]:
    """The split of each author."""
    return {row["author"]: Split(row["split"]) for row in _table("authors")}


def danger_rows() -> list[DangerRow]:
    """Every turn of danger.tsv, as it stands there."""
    return [
        DangerRow(
            author=row["author"],
            origin="ears" if row["origin"] == "ears" else "written",
            business="hotel" if row["business"] == "hotel" else "coolcare",
            asked=row["asked"] == "answer",
            label=Label(row["label"]),
            kind=row["kind"],
            language="es" if row["language"] == "es" else "en",
            said=row["said"],
            sentence=row["sentence"],
        )
        for row in _table("danger")
    ]


def act_rows() -> list[ActRow]:
    """Every turn of acts.tsv, as it stands there."""
    return [
        ActRow(
            author=row["author"],
            origin=_origin(row["origin"]),
            business="hotel" if row["business"] == "hotel" else "coolcare",
            asked=row["asked"],
            act=row["act"],
            topic=row["topic"],
            values=_values(row["values"]),
            said=row["said"],
            sentence=row["sentence"],
        )
        for row in _table("acts")
    ]


def _origin(text: str) -> Literal["written", "people", "ears"]:
    return "ears" if text == "ears" else "people" if text == "people" else "written"


def _values(text: str) -> Mapping[str, str]:
    """As in ``n=Pat Nolan; t>=16:00``; a key ends at its first "=" ("t>" and "t<" are keys)."""
    pairs = (part.split("=", 1) for part in text.split("; ") if part != NOTHING)
    return {pair[0]: pair[1] for pair in pairs}


def _table(name: str) -> Iterator[dict[str, str]]:
    with (FOLDER / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
