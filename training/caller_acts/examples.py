"""What the model learns from: the seen part of the corpus of acts (`tests/corpus`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tests.corpus.acts import ASKS
from tests.corpus.rows import ActRow, Split, act_rows, split_of
from voiceagent.dialogue.house.proposing import QUESTIONS
from voiceagent.language.en_us.caller_acts import ACTS, CallerAct, features
from voiceagent.language.en_us.matters import Matter, hear_matter

PARTS: Final = 9
"""Authors are left out in so many parts."""

_KINDS: Final = {
    one.name.lower(): CallerAct(one.name.lower())
    for one in Matter
    if one.name.lower() in {act.value for act in CallerAct}
}
_ALIKE: Final = {"thanks": CallerAct.DONE, "complain": CallerAct.COMPLAINT}


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled turn; `act` is the index in `ACTS`."""

    row: ActRow
    turn: NDArray[np.int64]
    act: int


def examples() -> list[Example]:
    """Every turn of a seen author whose act the model has a name for."""
    splits = split_of()
    rows = (row for row in act_rows() if splits[row.author] is Split.SEEN)
    return [
        Example(row, features(row.sentence, QUESTIONS[ASKS[row.asked]]), ACTS.index(act))
        for row in rows
        if (act := act_of(row)) is not None
    ]


def act_of(row: ActRow) -> CallerAct | None:
    """The act of a row; a matter of no named kind is what the rules call it, if anything."""
    if row.act in {"matter", "complain", "invoice"}:
        kind = _KINDS.get(row.topic) or _ALIKE.get(row.act)
        told = hear_matter(row.sentence)
        return kind or (_KINDS[told.name.lower()] if told else None)
    return _ALIKE.get(row.act) or CallerAct(row.act)


def left_out(found: Sequence[Example]) -> list[tuple[list[Example], list[Example]]]:
    """(learnt from, left out) for each part of the authors."""
    authors = sorted({one.row.author for one in found})
    groups = [frozenset(authors[at::PARTS]) for at in range(PARTS)]
    return [
        (
            [one for one in found if one.row.author not in group],
            [one for one in found if one.row.author in group],
        )
        for group in groups
    ]
