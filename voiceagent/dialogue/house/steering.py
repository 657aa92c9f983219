"""Which errand a turn starts, changes or drops."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from voiceagent.dialogue.house.agenda import Goal
from voiceagent.dialogue.house.facts import Facts, forget_visit
from voiceagent.dialogue.house.intents import MOVERS, Intent
from voiceagent.dialogue.house.understand import Understanding
from voiceagent.language.en_us.lexicon import words

_EXISTING = re.compile(
    r"\b(?:my|our|the|an|existing)\b.{0,20}\b(?:appointment|booking|reservation|visit)\b"
)
_MOVES_IT = re.compile(
    rf"\b(?:{'|'.join(sorted(MOVERS))}) "
    r"(?:it|that one|the (?:time|day|date|slot|visit|appointment|booking))\b",
    re.IGNORECASE,
)
_OFFERED = re.compile(
    r"^(?:so |and |hi |hello |hey |um |uh |yes |good \w+ |just |quick question )*"
    r"(?:do(?:es)? (?:any of )?(?:you|your|y'all)\b"
    r"|are (?:you|your \w+)(?: guys| all| folks)? (?:able|licensed|qualified|familiar|equipped|certified|set up|trained)\b)"  # noqa: E501
    r"|\b(?:if|whether) (?:you|you guys|you all|your \w+|y'all) (?:do|work on|service|handle|fix|repair|carry|install|offer|cover)\b"  # noqa: E501
)


_ASKS_ABOUT = re.compile(
    r"^(?:(?:so|and|hi|hello|hey|um|uh|ok|okay|good \w+|just|quick question) )*"
    r"(?:how (?:long|often|many|big|does|do)|what (?!time\b|day\b|about\b|if\b)|which|who|why)\b"
)
"""What is asked about a service wants none of it done: "how long does a tune up take"."""

_BEGINS_A_BOOKING = frozenset({Intent.BOOK, Intent.WAITING_LIST})


def asks_about_a_service(turn: Understanding) -> bool:
    """Whether something is asked about a service, of which nothing is to be done."""
    named = turn.service is not None and not turn.service.symptoms
    return named and _ASKS_ABOUT.search(" ".join(words(turn.text))) is not None


class Steer(StrEnum):
    """What happens to the errand."""

    STAY = "stay"
    BEGIN = "begin"
    DROP = "drop"
    TELL = "tell"


@dataclass(frozen=True, slots=True)
class Course:
    """`goal` is set for BEGIN. TELL: the caller asked whether a service is offered."""

    steer: Steer
    goal: Goal | None = None


STAY = Course(Steer.STAY)


def steer(turn: Understanding, goal: Goal | None, facts: Facts) -> Course:  # noqa: C901, PLR0911, PLR0912
    """Where a turn takes the conversation, given the errand under way."""
    intents = turn.intents
    if Intent.CALL_BACK in intents and goal is not Goal.CALL_BACK:
        return Course(Steer.BEGIN, Goal.CALL_BACK)
    if _puts_elsewhere(turn) and _speaks_of_a_booking(turn, goal, facts):
        return Course(Steer.BEGIN, Goal.RESCHEDULE)
    if Intent.CANCEL in intents and goal is not Goal.CANCEL:
        ours = goal in {Goal.BOOK, Goal.QUOTE} and facts.booking is None
        if ours and not _EXISTING.search(turn.text.lower()):
            return Course(Steer.DROP)
        return Course(Steer.BEGIN, Goal.CANCEL)
    if goal is None and Intent.AMEND in intents and facts.booking is None:
        return Course(Steer.BEGIN, Goal.AMEND)
    if goal in {None, Goal.QUOTE} and Intent.MY_BOOKING in intents and not _moves(turn):
        return Course(Steer.BEGIN, Goal.LOOK_UP)
    if _wants_move(turn, goal, facts):
        return Course(Steer.BEGIN, Goal.RESCHEDULE)
    if goal is Goal.BOOK and Intent.PRICE_ONLY in intents and facts.booking is None:
        return Course(Steer.BEGIN, Goal.QUOTE)
    if goal is Goal.QUOTE:
        return Course(Steer.BEGIN, Goal.BOOK) if _books(turn) else STAY
    if goal is not None:
        return STAY
    if (intents & _BEGINS_A_BOOKING or turn.technician is not None) and not _moves(turn):
        return Course(Steer.BEGIN, Goal.BOOK)
    if Intent.PRICE in intents:
        return Course(Steer.BEGIN, Goal.QUOTE)
    if turn.service is not None and Intent.KNOWLEDGE not in intents:
        offered = _OFFERED.search(turn.text.lower()) and not turn.service.symptoms
        return Course(Steer.TELL) if offered else Course(Steer.BEGIN, Goal.BOOK)
    return STAY


def facts_for(goal: Goal, facts: Facts) -> Facts:
    """The facts an errand starts with: who the caller is stays; a finished visit goes."""
    if goal is Goal.CALL_BACK:
        return replace(facts, day=None, daypart=None, wish=None, confirmed=False)
    code = facts.booking.code if facts.booking else facts.code
    if goal in {Goal.RESCHEDULE, Goal.CANCEL, Goal.LOOK_UP, Goal.AMEND, Goal.TEXT_AGAIN}:
        return replace(forget_visit(facts), code=code)
    return forget_visit(facts) if facts.booking or facts.found else facts


def _books(turn: Understanding) -> bool:
    return Intent.BOOK in turn.intents and Intent.PRICE not in turn.intents


def _moves(turn: Understanding) -> bool:
    return bool(turn.intents & {Intent.RESCHEDULE, Intent.CANCEL})


def _puts_elsewhere(turn: Understanding) -> bool:
    """Whether something is moved: to a time that is said, or "it" is ("no wait, move it")."""
    if _MOVES_IT.search(turn.text) is not None:
        return True
    return turn.timed and not MOVERS.isdisjoint(words(turn.text))


def _speaks_of_a_booking(turn: Understanding, goal: Goal | None, facts: Facts) -> bool:
    """Whether "it" can only be a visit that is booked."""
    made = goal is None and (facts.booking is not None or facts.found is not None)
    ours = goal in {Goal.BOOK, Goal.QUOTE}
    return made or goal is Goal.CANCEL or (Intent.CANCEL in turn.intents and not ours)


def _wants_move(turn: Understanding, goal: Goal | None, facts: Facts) -> bool:
    if goal is Goal.RESCHEDULE:
        return False
    if Intent.RESCHEDULE in turn.intents:
        return not (goal is Goal.BOOK and facts.offers)
    ends = turn.intents & {Intent.GOODBYE, Intent.THAT_IS_ALL, Intent.THANKS}
    moves = turn.corrects and turn.timed and not ends
    return goal is None and facts.booking is not None and moves
