"""What the conversation is for, and what is still missing for it.

An errand is a list of stages in the order they are worked through; a stage is settled by facts, not
by having been asked. Whatever the caller says first, the next stage is the first unsettled one, so
facts may come in any order, several at once, and be taken back at any time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from voiceagent.business import Business
from voiceagent.dialog.asks import Ask
from voiceagent.dialog.facts import Facts, Haste, Safety, Search, is_urgent, service_of


class Goal(StrEnum):
    """An errand of the caller's."""

    BOOK = "book"
    QUOTE = "quote"
    RESCHEDULE = "reschedule"
    CANCEL = "cancel"


class Stage(StrEnum):
    """A piece of an errand: something to ask, or a tool to call."""

    SERVICE = "service"
    PROBLEM = "problem"
    SAFETY = "safety"
    CONTACT = "contact"
    ADDRESS = "address"
    PRICE = "price"
    ACCEPT = "accept"
    WANT_BOOKING = "want_booking"
    IDENTITY = "identity"
    FIND = "find"
    DAY = "day"
    SEARCH = "search"
    TIME = "time"
    NOTES = "notes"
    READ_BACK = "read_back"
    BOOK = "book"
    CONFIRM_MOVE = "confirm_move"
    MOVE = "move"
    CONFIRM_CANCEL = "confirm_cancel"
    CANCEL = "cancel"


AGENDA: dict[Goal, tuple[Stage, ...]] = {
    Goal.BOOK: (
        Stage.SERVICE, Stage.PROBLEM, Stage.SAFETY, Stage.CONTACT, Stage.ADDRESS, Stage.PRICE,
        Stage.ACCEPT, Stage.SEARCH, Stage.TIME, Stage.NOTES, Stage.READ_BACK, Stage.BOOK,
    ),
    Goal.QUOTE: (Stage.SERVICE, Stage.PRICE, Stage.WANT_BOOKING),
    Goal.RESCHEDULE: (
        Stage.IDENTITY, Stage.FIND, Stage.DAY, Stage.SEARCH, Stage.TIME, Stage.CONFIRM_MOVE,
        Stage.MOVE,
    ),
    Goal.CANCEL: (Stage.IDENTITY, Stage.FIND, Stage.CONFIRM_CANCEL, Stage.CANCEL),
}  # fmt: skip

TOOL_STAGES = frozenset(
    {Stage.PRICE, Stage.FIND, Stage.SEARCH, Stage.BOOK, Stage.MOVE, Stage.CANCEL}
)


@dataclass(frozen=True, slots=True)
class Situation:
    """What facts are weighed against: the business, and today's date in its zone."""

    business: Business
    today: date


def wanted_search(facts: Facts, situation: Situation) -> Search:
    """The search for windows that the facts ask for now."""
    service = facts.found.service if facts.found else facts.service or ""
    urgent = facts.found is None and is_urgent(facts, situation.business, situation.today)
    return Search(service, facts.day, urgent)


def _problem_known(facts: Facts, situation: Situation) -> bool:
    service = service_of(facts, situation.business)
    return service is None or not service.symptoms or bool(facts.symptoms or facts.problem)


def _is_safe(facts: Facts, situation: Situation) -> bool:
    service = service_of(facts, situation.business)
    return facts.safety is not Safety.OPEN or service is None or not service.asks_safety


def _address_known(facts: Facts, situation: Situation) -> bool:
    service = service_of(facts, situation.business)
    return facts.address is not None or (service is not None and not service.needs_address)


def _priced(facts: Facts, _: Situation) -> bool:
    return facts.quote is not None and facts.quote.service == facts.service


def _day_known(facts: Facts, _: Situation) -> bool:
    return (
        facts.day is not None
        or facts.daypart is not None
        or facts.haste is not Haste.UNSAID
        or facts.search is not None
    )


def _searched(facts: Facts, situation: Situation) -> bool:
    return facts.search == wanted_search(facts, situation)


SETTLED: dict[Stage, Callable[[Facts, Situation], bool]] = {
    Stage.SERVICE: lambda facts, _: facts.service is not None,
    Stage.PROBLEM: _problem_known,
    Stage.SAFETY: _is_safe,
    Stage.CONTACT: lambda facts, _: facts.name is not None and facts.phone is not None,
    Stage.ADDRESS: _address_known,
    Stage.PRICE: _priced,
    Stage.ACCEPT: lambda facts, _: facts.accepted,
    Stage.WANT_BOOKING: lambda _facts, _: False,
    Stage.IDENTITY: lambda facts, _: facts.phone is not None and facts.code is not None,
    Stage.FIND: lambda facts, _: facts.found is not None,
    Stage.DAY: _day_known,
    Stage.SEARCH: _searched,
    Stage.TIME: lambda facts, _: facts.window is not None,
    Stage.NOTES: lambda facts, _: facts.notes is not None,
    Stage.READ_BACK: lambda facts, _: facts.confirmed,
    Stage.BOOK: lambda facts, _: facts.booking is not None,
    Stage.CONFIRM_MOVE: lambda facts, _: facts.confirmed,
    Stage.MOVE: lambda _facts, _: False,
    Stage.CONFIRM_CANCEL: lambda facts, _: facts.confirmed,
    Stage.CANCEL: lambda _facts, _: False,
}


def next_stage(goal: Goal, facts: Facts, situation: Situation) -> Stage:
    """The first stage of the errand that is not settled; a finished errand is dropped elsewhere."""
    stages = AGENDA[goal]
    return next((stage for stage in stages if not SETTLED[stage](facts, situation)), stages[-1])


_PLAIN_ASKS: dict[Stage, Ask] = {
    Stage.SERVICE: Ask.SERVICE,
    Stage.PROBLEM: Ask.PROBLEM,
    Stage.SAFETY: Ask.SAFETY,
    Stage.ADDRESS: Ask.ADDRESS,
    Stage.ACCEPT: Ask.GO_AHEAD,
    Stage.WANT_BOOKING: Ask.WANT_BOOKING,
    Stage.DAY: Ask.DAY,
    Stage.NOTES: Ask.NOTES,
    Stage.READ_BACK: Ask.READ_BACK,
    Stage.CONFIRM_MOVE: Ask.CONFIRM_MOVE,
    Stage.CONFIRM_CANCEL: Ask.CONFIRM_CANCEL,
}


def ask_for(stage: Stage, facts: Facts) -> Ask:
    """The question that works on a stage."""
    if stage is Stage.CONTACT:
        if facts.name is None:
            return Ask.NAME_AND_PHONE if facts.phone is None else Ask.NAME
        return Ask.PHONE
    if stage is Stage.IDENTITY:
        if facts.code is None:
            return Ask.PHONE_AND_CODE if facts.phone is None else Ask.CODE
        return Ask.PHONE
    if stage is Stage.TIME:
        return Ask.TIME if facts.offers else Ask.DAY
    return _PLAIN_ASKS[stage]
