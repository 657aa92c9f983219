"""What was heard with little confidence is asked back, and done about nothing.

The recogniser says how sure it is of a turn's words (`WordsHeard.confidence`). A fact from an
unsure turn is checked ("Let me check the number: …. Is that right?") before the errand goes
on; after a "no" it is asked for anew, in smaller pieces. An unsure "yes" is none: nothing is booked
by it, and no danger is ruled out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
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

CHECKED_FACTS: Final = ("name", "phone", "address", "window")
"""Facts that are asked back, in this order. A booking code is not: the tool that takes it tells."""

_SURE_ONLY: Final = frozenset(
    {Verdict.SAFE, Verdict.ACCEPT, Verdict.START_BOOKING, Verdict.CONFIRM, Verdict.RIGHT}
)
"""Verdicts that no unsure words give."""

_CHECKS: Final[Mapping[str, str]] = {
    "name": "Let me check the name: {}. Is that right?",
    "phone": "Let me check the number: {}. Is that right?",
    "address": "Let me check the address: {}. Is that right?",
    "window": "Did you mean {}?",
}
IN_PIECES: Final[Mapping[str, str]] = {
    "name": "I'm sorry. Please spell it for me, letter by letter.",
    "phone": "I'm sorry. Please say it one digit at a time, or type it on your phone.",
    "address": "I'm sorry. Please say the house number one digit at a time, then the street.",
    "window": "I'm sorry.",
}
"""Fact -> what is said before it is asked for again."""


def _chosen(turn: Understanding, facts: Facts) -> bool:
    choice = turn.choice
    if choice is None or choice.kind is not ChoiceKind.CHOSEN or choice.index is None:
        return False
    return choice.index < len(facts.offers) and facts.offers[choice.index] == facts.window


_QUESTIONS: Final[Mapping[str, Ask]] = {
    "name": Ask.NAME,
    "phone": Ask.PHONE,
    "address": Ask.ADDRESS,
    "window": Ask.TIME,
}
_SAID: Final[Mapping[str, Callable[[Understanding, Facts], bool]]] = {
    "name": lambda turn, facts: turn.name == facts.name,
    "phone": lambda turn, facts: turn.phone == facts.phone,
    "address": lambda turn, facts: turn.address == facts.address,
    "window": _chosen,
}


def doubted(facts: Facts) -> str | None:
    """The first fact that has to be checked, by its name; ``None`` when there is none."""
    return next((name for name in CHECKED_FACTS if _is_doubted(facts, name)), None)


def _is_doubted(facts: Facts, name: str) -> bool:
    origin = facts.origins.get(name)
    known = getattr(facts, name) is not None
    return known and origin is not None and origin.is_doubtful


def asked_for(facts: Facts) -> Ask:
    """The question that the doubted fact answers: what is said to a check is understood by it."""
    return _QUESTIONS.get(doubted(facts) or "", Ask.CHECK)


def check_question(facts: Facts, now: datetime) -> str:
    """The doubted fact, and whether it is right; empty when nothing is in doubt."""
    name = doubted(facts)
    if name is None:
        return ""
    shown = {
        "name": facts.name or "",
        "phone": show_phone(facts.phone or ""),
        "address": facts.address.text if facts.address else "",
        "window": show_window(facts.window, now) if facts.window else "",
    }
    return _CHECKS[name].format(shown[name])


def verdict_of_check(turn: Understanding, before: Facts, after: Facts) -> Verdict | None:
    """What the turn answers to a check.

    The fact said once more settles it like a "yes"; another value in its place is a correction.
    """
    name = doubted(before)
    if name is None or getattr(after, name) != getattr(before, name):
        return None
    if turn.answer is not YesNo.NO and _SAID[name](turn, before):
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


def taken_back(facts: Facts) -> Facts:
    """The doubted fact was heard wrong, and is unknown again."""
    blanks: Mapping[str, Facts] = {
        "name": replace(facts, name=None),
        "phone": replace(facts, phone=None, phone_part=""),
        "address": replace(facts, address=None, address_part=None),
        "window": replace(facts, window=None),
    }
    return blanks.get(doubted(facts) or "", facts)
