"""The table of what the ears must hold, each figure for everybody and for those they are judged by.

Below it: by speaker, by woman and man, by line; how often a confidence is right; and the time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import Final

from training.people import Half
from training.trials import Trial
from training.trials_heard import TrialHeard

Write = Callable[[str], object]


class Measure(Enum):
    """How a trial is scored; each in per cent, or a count."""

    WORD_ERRORS = "% word error"
    EXACT = "% exact"
    MEANING = "% by meaning"
    TURNED = "turned round"
    FACTS = "facts"


@dataclass(frozen=True, slots=True)
class MustHold:
    """A figure and its goal: at most so much of errors and facts, at least so much of the rest."""

    trial: Trial
    measure: Measure
    goal: float

    def holds(self, value: float) -> bool:
        """Whether a value is good enough."""
        if self.measure in (Measure.EXACT, Measure.MEANING):
            return value >= self.goal
        return value <= self.goal


MUST_HOLD: Final = (
    MustHold(Trial.SCRIPTS, Measure.WORD_ERRORS, 3),
    MustHold(Trial.UNKNOWN_VOICES, Measure.WORD_ERRORS, 12),
    MustHold(Trial.DICTATED, Measure.WORD_ERRORS, 3),
    MustHold(Trial.DIGITS, Measure.EXACT, 90),
    MustHold(Trial.DIGITS_15_DB, Measure.EXACT, 60),
    MustHold(Trial.YES_NO, Measure.MEANING, 97),
    MustHold(Trial.YES_NO, Measure.TURNED, 0),
    MustHold(Trial.OPERATOR, Measure.EXACT, 92),
    MustHold(Trial.SENTENCES, Measure.WORD_ERRORS, 17),
    MustHold(Trial.SENTENCES_15_DB, Measure.WORD_ERRORS, 25),
    MustHold(Trial.NOISE, Measure.FACTS, 0),
)
BY: Final[Mapping[str, Callable[[TrialHeard], str]]] = {
    "line": lambda one: one.of.line,
    "woman / man": lambda one: one.of.sex,
    "speaker": lambda one: one.of.speaker,
}
P95_GOAL_S: Final = 0.35
BINS: Final = (0.0, 0.4, 0.6, 0.75, 0.9, 1.01)


def score(measure: Measure, part: Sequence[TrialHeard]) -> float:
    """A figure of some recordings, at least one."""
    match measure:
        case Measure.WORD_ERRORS:
            words = sum(one.words for one in part)
            return 100 * sum(one.errors for one in part) / max(words, 1)
        case Measure.EXACT:
            return 100 * sum(one.exact for one in part) / len(part)
        case Measure.MEANING:
            return 100 * sum(one.meant for one in part) / len(part)
        case Measure.TURNED:
            return sum(one.turned for one in part)
        case Measure.FACTS:
            return sum(one.fact for one in part)


def table(heard: Sequence[TrialHeard], write: Write) -> bool:
    """Write everything; whether all that was measured holds."""
    write(f"{'':30} {'goal':>6} {'all':>14} {'tuned on':>14} {'judged by':>14}\n")
    all_hold = True
    for row in MUST_HOLD:
        part = [one for one in heard if one.of.trial is row.trial]
        if not part:
            continue
        cells = [_cell(row.measure, part)]
        cells += [_cell(row.measure, [o for o in part if o.of.half is half]) for half in Half]
        holds = row.holds(score(row.measure, part))
        all_hold &= holds
        name = f"{row.trial}, {row.measure.value}"
        mark = "" if holds else "  MISSED"
        write(f"{name:44} {row.goal:>4g} {' '.join(f'{c:>16}' for c in cells)}{mark}\n")
    _speed(heard, write)
    _confidence(heard, write)
    _details(heard, write)
    return all_hold


def _cell(measure: Measure, part: Sequence[TrialHeard]) -> str:
    return f"{score(measure, part):.1f} ({len(part)})" if part else "-"


def _speed(heard: Sequence[TrialHeard], write: Write) -> None:
    spoken = [one for one in heard if one.of.words]
    if not spoken:
        return
    finish = sorted(one.heard.finish_s for one in spoken)
    half, p95 = finish[len(finish) // 2], finish[int(len(finish) * 0.95)]
    write(
        f"processor time after the end of the sound, none of it in a pause before: "
        f"p50 {half * 1e3:.0f}, p95 {p95 * 1e3:.0f} ms (goal {P95_GOAL_S * 1e3:.0f} with pauses)\n"
    )


def _confidence(heard: Sequence[TrialHeard], write: Write) -> None:
    """By how sure the ears were: how many turns were wholly right, and the word error."""
    told = [one for one in heard if one.of.words and one.heard.verdict.confidence is not None]
    for half in Half:
        of_half = [one for one in told if one.of.half is half]
        if not of_half:
            continue
        write(f"confidence, {half}: turns, wholly right, word error\n")
        for low, high in pairwise(BINS):
            part = [o for o in of_half if low <= (o.heard.verdict.confidence or 0.0) < high]
            if part:
                right, wrong = score(Measure.EXACT, part), score(Measure.WORD_ERRORS, part)
                write(
                    f"  {low:.2f}-{min(high, 1):.2f} {len(part):5} {right:6.1f} % {wrong:6.1f} %\n"
                )


def _details(heard: Sequence[TrialHeard], write: Write) -> None:
    for name, key in BY.items():
        for trial in Trial:
            part = [one for one in heard if one.of.trial is trial]
            kinds = sorted({key(one) for one in part})
            if len(kinds) < 2 or trial is Trial.NOISE:  # noqa: PLR2004 - nothing to compare
                continue
            measure = next((r.measure for r in MUST_HOLD if r.trial is trial), Measure.WORD_ERRORS)
            each = [(kind, [one for one in part if key(one) == kind]) for kind in kinds]
            if name == "speaker":
                each = [(kind, of) for kind, of in each if any(not one.exact for one in of)]
            cells = ", ".join(f"{kind} {_cell(measure, of)}" for kind, of in each)
            write(f"{trial} by {name}, {measure.value}: {cells or 'no errors'}\n")
