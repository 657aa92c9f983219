"""Counting on the corpus of danger: dismissed dangers, and false alarms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.corpus.rows import DangerRow, Label
from tests.support.rooms import coolcare, hotel
from voiceagent.domain.safety import Judgement, hear_danger

BUSINESSES = {"coolcare": coolcare, "hotel": hotel}
HARMLESS = frozenset({Label.NO_DANGER, Label.DENIAL, Label.UNCLEAR})
"""What no warning belongs to; a half denial may be warned about or asked again."""


@dataclass(frozen=True, slots=True)
class DangerCount:
    """What the rules made of rows, each list in the corpus's order.

    Attributes:
        rows: how many there are.
        dangers: how many of them tell of danger.
        harmless: how many of them are harmless.
        dismissed: dangers, half denials and unclear answers taken for a denial of everything.
        unheard: dangers told unasked that were not heard as such.
        asked_again: dangers in an answer that were neither heard nor dismissed.
        alarms: harmless turns that were warned about.
        denials: how many denials there are, `understood` those that were taken at once.
    """

    rows: int
    dangers: int
    harmless: int
    dismissed: Sequence[DangerRow]
    unheard: Sequence[DangerRow]
    asked_again: Sequence[DangerRow]
    alarms: Sequence[DangerRow]
    denials: int
    understood: int

    @property
    def alarm_share(self) -> float:
        """False alarms among the harmless, 0..1."""
        return len(self.alarms) / self.harmless if self.harmless else 0.0


def count(rows: Iterable[DangerRow]) -> DangerCount:
    """Judge rows with the rules that calls use."""
    judged = [(row, judgement_of(row)) for row in rows]
    danger = [(row, found) for row, found in judged if row.label is Label.DANGER]
    unclear = [row for row, found in danger if found is Judgement.UNCLEAR]
    denials = [found for row, found in judged if row.label is Label.DENIAL]
    may_be_dismissed = {Label.DENIAL, Label.NO_DANGER}
    return DangerCount(
        rows=len(judged),
        dangers=len(danger),
        harmless=sum(row.label in HARMLESS for row, _ in judged),
        dismissed=[
            row
            for row, found in judged
            if found is Judgement.CLEAR_DENIAL and row.label not in may_be_dismissed
        ],
        unheard=[row for row in unclear if not row.asked],
        asked_again=[row for row in unclear if row.asked],
        alarms=[
            row for row, found in judged if found is Judgement.DANGER and row.label in HARMLESS
        ],
        denials=len(denials),
        understood=sum(found is Judgement.CLEAR_DENIAL for found in denials),
    )


def judgement_of(row: DangerRow) -> Judgement:
    """What the rules say of a row."""
    return hear_danger(row.sentence, BUSINESSES[row.business](), asked=row.asked).judgement
