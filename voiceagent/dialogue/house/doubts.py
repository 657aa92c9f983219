"""What was heard with little confidence is asked back, and done about nothing.

The recogniser says how sure it is of a turn's words (`WordsHeard.confidence`). A fact from an
unsure turn is checked ("Let me check the number: …. Is that right?") before the errand goes
on; after a "no" it is asked for anew, in smaller pieces. An unsure "yes" is none: nothing is booked
by it, and no danger is ruled out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from voiceagent.dialogue.case_file import Obtained, Origin, is_unsure
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.facts import Facts
from voiceagent.dialogue.house.understand import Understanding
from voiceagent.dialogue.house.verdicts import CHECKED, Verdict
from voiceagent.language.en_us.phones import show_phone
from voiceagent.language.en_us.times import ChoiceKind, show_window
from voiceagent.language.en_us.yes_no import YesNo

MOST_CHECKS: Final = 3
"""Checks answered with "no" after which a person is offered."""

_SURE_ONLY: Final = frozenset(
    {Verdict.SAFE, Verdict.ACCEPT, Verdict.START_BOOKING, Verdict.CONFIRM, Verdict.RIGHT}
)
"""Verdicts that no unsure words give."""


@dataclass(frozen=True, slots=True)
class _CheckedFact:
    """A fact that is asked back.

    Attributes:
        name: of the field of `Facts`.
        ask: the question that it answers.
        question: whether it is right, around what it is shown as.
        in_pieces: what is said before it is asked for again.
        shown: how it is read out.
        said_again: whether a turn says the same once more.
        blank: the facts without it.
    """

    name: str
    ask: Ask
    question: str
    in_pieces: str
    shown: Callable[[Facts, datetime], str]
    said_again: Callable[[Understanding, Facts], bool]
    blank: Callable[[Facts], Facts]


def _chosen(turn: Understanding, facts: Facts) -> bool:
    choice = turn.choice
    if choice is None or choice.kind is not ChoiceKind.CHOSEN or choice.index is None:
        return False
    return choice.index < len(facts.offers) and facts.offers[choice.index] == facts.window


_CHECKED_FACTS: Final = (
    _CheckedFact(
        "name",
        Ask.NAME,
        "Let me check the name: {}. Is that right?",
        "I'm sorry. Please spell it for me, letter by letter.",
        shown=lambda facts, _: facts.name or "",
        said_again=lambda turn, facts: turn.name == facts.name,
        blank=lambda facts: replace(facts, name=None),
    ),
    _CheckedFact(
        "phone",
        Ask.PHONE,
        "Let me check the number: {}. Is that right?",
        "I'm sorry. Please say it one digit at a time, or type it on your phone.",
        shown=lambda facts, _: show_phone(facts.phone or ""),
        said_again=lambda turn, facts: turn.phone == facts.phone,
        blank=lambda facts: replace(facts, phone=None, phone_part=""),
    ),
    _CheckedFact(
        "address",
        Ask.ADDRESS,
        "Let me check the address: {}. Is that right?",
        "I'm sorry. Please say the house number one digit at a time, then the street.",
        shown=lambda facts, _: facts.address.text if facts.address else "",
        said_again=lambda turn, facts: turn.address == facts.address,
        blank=lambda facts: replace(facts, address=None, address_part=None),
    ),
    _CheckedFact(
        "window",
        Ask.TIME,
        "Did you mean {}?",
        "I'm sorry.",
        shown=lambda facts, now: show_window(facts.window, now) if facts.window else "",
        said_again=_chosen,
        blank=lambda facts: replace(facts, window=None),
    ),
)
"""In the order in which they are asked back; no booking code, the tool that takes it tells."""


def doubted(facts: Facts) -> str | None:
    """The first fact that has to be checked, by its name; ``None`` when there is none."""
    fact = _doubted(facts)
    return None if fact is None else fact.name


def _doubted(facts: Facts) -> _CheckedFact | None:
    return next((fact for fact in _CHECKED_FACTS if _is_doubted(facts, fact.name)), None)


def _is_doubted(facts: Facts, name: str) -> bool:
    origin = facts.origins.get(name)
    known = getattr(facts, name) is not None
    return known and origin is not None and origin.is_doubtful


def asked_for(facts: Facts) -> Ask:
    """The question that the doubted fact answers: what is said to a check is understood by it."""
    fact = _doubted(facts)
    return Ask.CHECK if fact is None else fact.ask


def check_question(facts: Facts, now: datetime) -> str:
    """The doubted fact, and whether it is right; empty when nothing is in doubt."""
    fact = _doubted(facts)
    return "" if fact is None else fact.question.format(fact.shown(facts, now))


def in_pieces(facts: Facts) -> str:
    """What is said before the doubted fact is asked for again; empty when nothing is in doubt."""
    fact = _doubted(facts)
    return "" if fact is None else fact.in_pieces


def verdict_of_check(turn: Understanding, before: Facts, after: Facts) -> Verdict | None:
    """What the turn answers to a check.

    The fact said once more settles it like a "yes"; another value in its place is a correction.
    """
    fact = _doubted(before)
    if fact is None or getattr(after, fact.name) != getattr(before, fact.name):
        return None
    if turn.answer is not YesNo.NO and fact.said_again(turn, before):
        return Verdict.RIGHT
    return CHECKED.get(turn.answer)


def sure_enough(verdict: Verdict | None, sure: float | None) -> Verdict | None:
    """The verdict, unless it takes surer words than these."""
    return None if verdict in _SURE_ONLY and is_unsure(sure) else verdict


def checked(facts: Facts, *, at: datetime) -> Facts:
    """The doubted fact was heard right."""
    name = doubted(facts)
    if name is None:
        return facts
    return replace(facts, origins={**facts.origins, name: Origin(Obtained.READ_BACK, at)})


def left_to_read_back(facts: Facts) -> Facts:
    """The doubted fact was read out and let stand, by one who told the next thing instead.

    It is not settled by that: the read-back before a booking holds it, and takes a clear yes.
    """
    name = doubted(facts)
    if name is None:
        return facts
    unchecked = replace(facts.origins[name], sure=None)
    return replace(facts, origins={**facts.origins, name: unchecked})


def taken_back(facts: Facts) -> Facts:
    """The doubted fact was heard wrong, and is unknown again."""
    fact = _doubted(facts)
    return facts if fact is None else fact.blank(facts)
