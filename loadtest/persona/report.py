"""What a run came to: by kind, and with the conversations that did not end right."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from loadtest.persona.ending import EndState, Record
from loadtest.persona.facts import Errand, Persona
from loadtest.persona.verdict import CallVerdict, Grade


@dataclass(frozen=True, slots=True)
class SimulatedCall:
    """One conversation: who called, what was said, what was stored, and the judgement."""

    number: int
    persona: Persona
    record: Record
    end: EndState
    verdict: CallVerdict


@dataclass(frozen=True, slots=True)
class KindFigures:
    """Of one kind of caller."""

    kind: str
    calls: int
    right: int
    unfinished: int
    wrong: int


def by_kind(played: Iterable[SimulatedCall]) -> list[KindFigures]:
    """Counts by kind, in the order of their names."""
    grades: dict[str, Counter[Grade]] = defaultdict(Counter)
    for one in played:
        grades[one.persona.kind][one.verdict.grade] += 1
    return [
        KindFigures(
            kind,
            found.total(),
            found[Grade.RIGHT],
            found[Grade.UNFINISHED],
            found[Grade.WRONG],
        )
        for kind, found in sorted(grades.items())
    ]


def turns_to_a_booking(played: Iterable[SimulatedCall]) -> float | None:
    """Median of the caller's turns in bookings that ended right; ``None`` without any."""
    turns = [
        one.verdict.turns
        for one in played
        if one.persona.errand is Errand.BOOK
        and one.verdict.grade is Grade.RIGHT
        and not one.persona.when.impossible
    ]
    return median(turns) if turns else None


def reasons(played: Iterable[SimulatedCall], grade: Grade) -> list[tuple[str, int]]:
    """First reasons of a grade, the most frequent first, without the values of each."""
    counted = Counter(one.verdict.reasons[0].what for one in played if one.verdict.grade is grade)
    return counted.most_common()


def summary(played: Sequence[SimulatedCall]) -> str:
    """The table by kind, totals, and what the failures are."""
    lines = [f"{'kind':<22}{'calls':>6}{'right':>7}{'unfin.':>8}{'wrong':>7}{'right %':>9}"]
    lines += [
        f"{one.kind:<22}{one.calls:>6}{one.right:>7}{one.unfinished:>8}{one.wrong:>7}"
        f"{100 * one.right / one.calls:>8.0f}%"
        for one in by_kind(played)
    ]
    grades = Counter(one.verdict.grade for one in played)
    total = max(1, len(played))
    lines.append(
        f"{'all':<22}{len(played):>6}{grades[Grade.RIGHT]:>7}{grades[Grade.UNFINISHED]:>8}"
        f"{grades[Grade.WRONG]:>7}{100 * grades[Grade.RIGHT] / total:>8.1f}%"
    )
    turns = turns_to_a_booking(played)
    lines.append(f"median turns to a booking: {'-' if turns is None else f'{turns:g}'}")
    for grade in (Grade.WRONG, Grade.UNFINISHED):
        if found := reasons(played, grade):
            lines.append(f"{grade.value}:")
            lines += [f"{count:>6}  {reason}" for reason, count in found]
    return "\n".join(lines)


def unknown_questions(played: Iterable[SimulatedCall]) -> list[tuple[str, int]]:
    """What the agent said that callers could not place; mend the callers by it."""
    return Counter(one for each in played for one in each.record.unknown).most_common()


def transcript(one: SimulatedCall, *, seed: int) -> str:
    """A conversation to read, with where it began to go wrong and what was stored."""
    who = one.persona
    why = "; ".join(str(one) for one in one.verdict.reasons) or "-"
    called = f"{who.now:%a %Y-%m-%d %H:%M} from {who.calls_from}"
    facts = f"{who.name.full}, {who.phone}, {who.final_place.line}"
    lines = [
        f"#{one.number} (seed {seed}) {who.kind}: {one.verdict.grade.value}: {why}",
        f"   {called}; {facts}; {who.errand.value}, {who.temper.value}, wants {who.when.name}",
    ]
    notices: dict[int, list[str]] = defaultdict(list)
    for at, what in one.record.notices:
        notices[at].append(what)
    for at, turn in enumerate(one.record.turns):
        mark = ">" if turn.by_caller else "<"
        seen = f"      !! {'; '.join(notices[at])}" if at in notices else ""
        heard = "" if turn.heard is None else f"   [{turn.heard}]"
        lines.append(f"   {mark} {turn.text}{heard}{seen}")
    for job in one.end.jobs:
        stored = (job.customer, job.phone, job.address, job.service, job.description)
        window = f"{job.start:%a %d %b %H:%M}-{job.end:%H:%M}"
        price = f"${job.estimate}, deposit ${job.deposit}" + (" CANCELLED" if job.cancelled else "")
        lines.append("   = " + " | ".join((*stored, window, f"notes: {job.notes}", price)))
    tools = " ".join(run.name for run in one.end.tools)
    lines.append(f"   outcome {one.end.outcome}; tools: {tools or 'none'}")
    return "\n".join(lines)


def shortest(played: Iterable[SimulatedCall], most: int) -> dict[str, list[SimulatedCall]]:
    """The shortest conversations that did not end right, wrong ones first, by kind."""
    found: dict[str, list[SimulatedCall]] = defaultdict(list)
    for one in played:
        if one.verdict.grade is not Grade.RIGHT:
            found[one.persona.kind].append(one)
    for several in found.values():
        several.sort(key=lambda one: (one.verdict.grade is not Grade.WRONG, one.verdict.turns))
    return {kind: several[:most] for kind, several in sorted(found.items())}
