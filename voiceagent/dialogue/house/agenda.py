"""What the conversation is for, and what is still missing for it.

An errand is a list of stages in the order they are worked through; a stage is settled by facts, not
by having been asked. Whatever the caller says first, the next stage is the first unsettled one, so
facts may come in any order, several at once, and be taken back at any time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.doubts import doubted
from voiceagent.dialogue.house.facts import (
    Facts,
    Haste,
    Search,
    danger_is_open,
    daypart_of,
    is_urgent,
    service_of,
    where,
)
from voiceagent.dialogue.house.visit_time import at_night
from voiceagent.domain.areas import trip_fee
from voiceagent.domain.business import Business
from voiceagent.domain.calendar import open_hours
from voiceagent.language.en_us.times import Daypart


class Goal(StrEnum):
    """An errand of the caller's."""

    BOOK = "book"
    QUOTE = "quote"
    RESCHEDULE = "reschedule"
    CANCEL = "cancel"
    LOOK_UP = "look up"
    AMEND = "change"
    CALL_BACK = "be called back"
    TEXT_AGAIN = "have the confirmation sent again"


class AgendaStage(StrEnum):
    """A piece of an errand: something to ask, or a tool to call."""

    SERVICE = "service"
    PROBLEM = "problem"
    SAFETY = "safety"
    CHECK = "check"
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
    PERSON = "person"
    NUMBER = "number"
    CALL_BACK = "call_back"
    TEXT_AGAIN = "text_again"


AGENDA: dict[Goal, tuple[AgendaStage, ...]] = {
    Goal.BOOK: (
        AgendaStage.SERVICE,
        AgendaStage.PROBLEM,
        AgendaStage.SAFETY,
        AgendaStage.CHECK,
        AgendaStage.CONTACT,
        AgendaStage.ADDRESS,
        AgendaStage.PRICE,
        AgendaStage.ACCEPT,
        AgendaStage.SEARCH,
        AgendaStage.TIME,
        AgendaStage.NOTES,
        AgendaStage.READ_BACK,
        AgendaStage.BOOK,
    ),
    Goal.QUOTE: (AgendaStage.SERVICE, AgendaStage.PRICE, AgendaStage.WANT_BOOKING),
    Goal.RESCHEDULE: (
        AgendaStage.IDENTITY,
        AgendaStage.FIND,
        AgendaStage.DAY,
        AgendaStage.SEARCH,
        AgendaStage.TIME,
        AgendaStage.CHECK,
        AgendaStage.CONFIRM_MOVE,
        AgendaStage.MOVE,
    ),
    Goal.CANCEL: (
        AgendaStage.IDENTITY,
        AgendaStage.FIND,
        AgendaStage.CONFIRM_CANCEL,
        AgendaStage.CANCEL,
    ),
    Goal.LOOK_UP: (AgendaStage.IDENTITY, AgendaStage.FIND),
    Goal.AMEND: (AgendaStage.IDENTITY, AgendaStage.FIND, AgendaStage.PERSON),
    Goal.CALL_BACK: (AgendaStage.NUMBER, AgendaStage.CALL_BACK),
    Goal.TEXT_AGAIN: (AgendaStage.IDENTITY, AgendaStage.FIND, AgendaStage.TEXT_AGAIN),
}

TOOL_STAGES = frozenset(
    {
        AgendaStage.PRICE,
        AgendaStage.FIND,
        AgendaStage.SEARCH,
        AgendaStage.BOOK,
        AgendaStage.MOVE,
        AgendaStage.CANCEL,
        AgendaStage.CALL_BACK,
        AgendaStage.TEXT_AGAIN,
    }
)


@dataclass(frozen=True, slots=True)
class QuoteWanted:
    """What a price is asked for: `after_hours` is ``None`` while nobody named a time."""

    service: str
    after_hours: bool | None
    area: str
    coupon: str


@dataclass(frozen=True, slots=True)
class Situation:
    """What facts are weighed against: the business, and now in its zone."""

    business: Business
    now: datetime

    @property
    def today(self) -> date:
        """Today in the business's zone."""
        return self.now.date()


def wanted_search(facts: Facts, situation: Situation) -> Search:
    """The search for windows that the facts ask for now."""
    service = facts.found.service if facts.found else facts.service or ""
    urgent = facts.found is None and (
        is_urgent(facts, situation.business, situation.today)
        or wants_closed_day(facts, situation.business)
    )
    plain = Search(service, facts.day, urgent, facts.wish, None, facts.technician)
    return replace(plain, daypart=_missed_part(facts, plain))


def wants_closed_day(facts: Facts, business: Business) -> bool:
    """Whether a visit that cannot wait is wished for on a day on which only emergencies are seen to."""  # noqa: E501
    service = service_of(facts, business)
    urgent = service is not None and service.urgent and facts.haste is not Haste.ANY_TIME
    return urgent and facts.day is not None and open_hours(business.hours, facts.day) is None


def _missed_part(facts: Facts, search: Search) -> Daypart | None:
    """The part of day that none of the windows on offer is in, though they were searched for it."""
    if facts.daypart is None or facts.search is None:
        return None
    searched = replace(facts.search, daypart=None) == search
    missed = facts.search.daypart or (
        facts.offers and not any(daypart_of(window) is facts.daypart for window in facts.offers)
    )
    return facts.daypart if searched and missed else None


def _problem_known(facts: Facts, situation: Situation) -> bool:
    service = service_of(facts, situation.business)
    return service is None or not service.symptoms or bool(facts.symptoms or facts.problem)


def _is_safe(facts: Facts, situation: Situation) -> bool:
    return not danger_is_open(facts, situation.business)


def _address_known(facts: Facts, situation: Situation) -> bool:
    service = service_of(facts, situation.business)
    return facts.address is not None or (service is not None and not service.needs_address)


def wanted_quote(facts: Facts, situation: Situation) -> QuoteWanted:
    """The price that the facts ask for now: of the moment of the visit, as far as it is known.

    A quote that was accepted stands until a window is chosen that has another price.
    """
    business = situation.business
    settled = facts.accepted and facts.window is None
    night = None if settled else at_night(facts, business, situation.now)
    place, _ = trip_fee(business, where(facts))
    return QuoteWanted(facts.service or "", night, place, facts.coupon or "")


def _priced(facts: Facts, situation: Situation) -> bool:
    quote, wanted = facts.quote, wanted_quote(facts, situation)
    if quote is None or quote.service != wanted.service:
        return False
    same_hours = None in {wanted.after_hours, quote.after_hours}
    same_terms = (quote.area, quote.coupon) == (wanted.area, wanted.coupon)
    return same_terms and (same_hours or quote.after_hours == wanted.after_hours)


def _day_known(facts: Facts, _: Situation) -> bool:
    return (
        facts.day is not None
        or facts.daypart is not None
        or facts.haste is not Haste.UNSAID
        or facts.wish is not None
        or facts.search is not None
    )


def _searched(facts: Facts, situation: Situation) -> bool:
    return facts.search == wanted_search(facts, situation)


SETTLED: dict[AgendaStage, Callable[[Facts, Situation], bool]] = {
    AgendaStage.SERVICE: lambda facts, _: facts.service is not None,
    AgendaStage.PROBLEM: _problem_known,
    AgendaStage.SAFETY: _is_safe,
    AgendaStage.CHECK: lambda facts, _: doubted(facts) is None,
    AgendaStage.CONTACT: lambda facts, _: facts.name is not None and facts.phone is not None,
    AgendaStage.ADDRESS: _address_known,
    AgendaStage.PRICE: _priced,
    AgendaStage.ACCEPT: lambda facts, _: facts.accepted,
    AgendaStage.WANT_BOOKING: lambda _facts, _: False,
    AgendaStage.IDENTITY: lambda facts, _: facts.phone is not None and facts.code is not None,
    AgendaStage.FIND: lambda facts, _: facts.found is not None,
    AgendaStage.DAY: _day_known,
    AgendaStage.SEARCH: _searched,
    AgendaStage.TIME: lambda facts, _: facts.window is not None,
    AgendaStage.NOTES: lambda facts, _: facts.notes is not None,
    AgendaStage.READ_BACK: lambda facts, _: facts.confirmed,
    AgendaStage.BOOK: lambda facts, _: facts.booking is not None,
    AgendaStage.CONFIRM_MOVE: lambda facts, _: facts.confirmed,
    AgendaStage.MOVE: lambda _facts, _: False,
    AgendaStage.CONFIRM_CANCEL: lambda facts, _: facts.confirmed,
    AgendaStage.CANCEL: lambda _facts, _: False,
    AgendaStage.PERSON: lambda _facts, _: False,
    AgendaStage.NUMBER: lambda facts, _: facts.phone is not None,
    AgendaStage.CALL_BACK: lambda _facts, _: False,
    AgendaStage.TEXT_AGAIN: lambda _facts, _: False,
}


def next_stage(goal: Goal, facts: Facts, situation: Situation) -> AgendaStage:
    """The first stage of the errand that is not settled; a finished errand is dropped elsewhere."""
    stages = AGENDA[goal]
    return next((stage for stage in stages if not SETTLED[stage](facts, situation)), stages[-1])


_PLAIN_ASKS: dict[AgendaStage, Ask] = {
    AgendaStage.SERVICE: Ask.SERVICE,
    AgendaStage.PROBLEM: Ask.PROBLEM,
    AgendaStage.SAFETY: Ask.SAFETY,
    AgendaStage.CHECK: Ask.CHECK,
    AgendaStage.ADDRESS: Ask.ADDRESS,
    AgendaStage.ACCEPT: Ask.GO_AHEAD,
    AgendaStage.WANT_BOOKING: Ask.WANT_BOOKING,
    AgendaStage.DAY: Ask.DAY,
    AgendaStage.NOTES: Ask.NOTES,
    AgendaStage.READ_BACK: Ask.READ_BACK,
    AgendaStage.CONFIRM_MOVE: Ask.CONFIRM_MOVE,
    AgendaStage.CONFIRM_CANCEL: Ask.CONFIRM_CANCEL,
    AgendaStage.PERSON: Ask.HUMAN_OFFER,
    AgendaStage.NUMBER: Ask.PHONE,
}


def ask_for(stage: AgendaStage, facts: Facts) -> Ask:
    """The question that works on a stage."""
    if stage is AgendaStage.CONTACT:
        if facts.name is None:
            return Ask.NAME_AND_PHONE if facts.phone is None else Ask.NAME
        return Ask.PHONE
    if stage is AgendaStage.IDENTITY:
        if facts.code is None:
            return Ask.PHONE_AND_CODE if facts.phone is None else Ask.CODE
        return Ask.PHONE
    if stage is AgendaStage.TIME:
        return Ask.TIME if facts.offers else Ask.DAY
    return _PLAIN_ASKS[stage]
