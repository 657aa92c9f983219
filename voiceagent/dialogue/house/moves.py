"""What the house uses tools for: from a stage to the tool call that works on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from enum import StrEnum

from voiceagent.dialogue.acts import CallTool
from voiceagent.dialogue.house import wording
from voiceagent.dialogue.house.agenda import (
    AgendaStage,
    Situation,
    wanted_quote,
    wanted_search,
)
from voiceagent.dialogue.house.facts import (
    Facts,
    Search,
    all_notes,
    danger_is_open,
    description,
    where,
)
from voiceagent.dialogue.house.visit_time import BEGINS, at_night, visit_moment
from voiceagent.domain.business import Business
from voiceagent.domain.calendar import is_after_hours
from voiceagent.domain.request_basis import Asker, RequestBasis
from voiceagent.language.en_us.times import Daypart
from voiceagent.language.en_us.wishes import NO_WISH, clock_of


class ToolUse(StrEnum):
    """What the house uses a tool for."""

    PRICE = "price"
    SEARCH = "search"
    BOOK = "book"
    FIND = "find"
    MOVE = "move"
    CANCEL = "cancel"
    LOOK_UP = "look_up"
    SEND_CODE = "send_code"
    TEXT_AGAIN = "text_again"
    PERSON = "person"
    TECHNICIAN = "technician"
    CALL_BACK = "call_back"
    OFFER = "offer"
    PART = "part"
    KEEP_FACT = "keep_fact"
    WAIT = "wait"
    END = "end"


TOOL_OF: Mapping[ToolUse, str] = {
    ToolUse.PRICE: "get_pricing_quote",
    ToolUse.SEARCH: "check_availability",
    ToolUse.BOOK: "book_appointment",
    ToolUse.FIND: "lookup_customer",
    ToolUse.MOVE: "reschedule_appointment",
    ToolUse.CANCEL: "cancel_appointment",
    ToolUse.LOOK_UP: "answer_from_knowledge",
    ToolUse.SEND_CODE: "send_one_time_code",
    ToolUse.TEXT_AGAIN: "text_booking_again",
    ToolUse.PERSON: "escalate_to_human",
    ToolUse.TECHNICIAN: "join_customer_call",
    ToolUse.CALL_BACK: "request_callback",
    ToolUse.OFFER: "create_offer",
    ToolUse.PART: "part_eta_query",
    ToolUse.KEEP_FACT: "remember",
    ToolUse.WAIT: "join_waiting_list",
    ToolUse.END: "end_call",
}
"""The one place in the engine that names tools."""

_USE_OF = {name: use for use, name in TOOL_OF.items()}

_USE_AT: Mapping[AgendaStage, ToolUse] = {
    AgendaStage.PRICE: ToolUse.PRICE,
    AgendaStage.SEARCH: ToolUse.SEARCH,
    AgendaStage.BOOK: ToolUse.BOOK,
    AgendaStage.FIND: ToolUse.FIND,
    AgendaStage.MOVE: ToolUse.MOVE,
    AgendaStage.CANCEL: ToolUse.CANCEL,
    AgendaStage.CALL_BACK: ToolUse.CALL_BACK,
    AgendaStage.TEXT_AGAIN: ToolUse.TEXT_AGAIN,
}
FILLER: dict[AgendaStage, str] = {
    AgendaStage.PRICE: wording.CHECK_PRICE,
    AgendaStage.SEARCH: wording.CHECK_TIMES,
    AgendaStage.BOOK: wording.BOOKING,
    AgendaStage.FIND: wording.FINDING,
    AgendaStage.MOVE: wording.MOVING,
    AgendaStage.CANCEL: wording.CANCELLING,
    AgendaStage.CALL_BACK: wording.NOTING,
    AgendaStage.TEXT_AGAIN: wording.SENDING_AGAIN,
}
_PARTS: Mapping[Daypart, dict[str, object]] = {
    Daypart.MORNING: {"not_after": "13:00"},
    Daypart.AFTERNOON: {"not_before": "12:00", "not_after": "19:00"},
    Daypart.EVENING: {"not_before": "17:00"},
}
"""Bounds in which windows of a part of the day lie."""

_SOON = timedelta(hours=6)
"""A window that starts within this time of the call is an emergency visit, a later one is not."""


def use_of(name: str) -> ToolUse | None:
    """What the house uses the tool of that name for, ``None`` for no use of its own."""
    return _USE_OF.get(name)


def request(use: ToolUse, **arguments: object) -> CallTool:
    """The call of the tool for that use."""
    return CallTool(TOOL_OF[use], arguments)


def waiting(facts: Facts, business: Business) -> CallTool:
    """The request to be put on the waiting list, for what the facts say of time."""
    wish = facts.wish or NO_WISH
    asked: dict[str, object] = {
        "customer_name": facts.name,
        "phone": facts.phone,
        "address": facts.address.text if facts.address else "",
        "service_type": facts.service,
        "description": description(facts, business),
        "notes": all_notes(facts),
    }
    if facts.day is not None:
        asked |= {"first_day": facts.day.isoformat(), "last_day": facts.day.isoformat()}
    elif wish.days is not None:
        first, last = wish.days
        asked |= {"first_day": first.isoformat(), "last_day": last.isoformat()}
    bounds = {"not_before": wish.earliest, "not_after": wish.latest}
    asked |= {name: clock_of(at) for name, at in bounds.items() if at is not None}
    if facts.daypart is not None and wish.earliest is None and wish.latest is None:
        asked |= _PARTS[facts.daypart]
    if facts.technician:
        asked["technician"] = facts.technician
    return request(ToolUse.WAIT, **asked)


_ASKED_FOR = frozenset({AgendaStage.CALL_BACK, AgendaStage.TEXT_AGAIN})
"""What is done because the caller asked for it in words, without a question in between."""


def tool_call(stage: AgendaStage, facts: Facts, business: Business, now: datetime) -> CallTool:
    """The call of a tool stage, with arguments from the facts."""
    return CallTool(
        TOOL_OF[_USE_AT[stage]],
        _arguments(stage, facts, business, now),
        RequestBasis(
            Asker.HOUSE,
            agreed=facts.confirmed or stage in _ASKED_FOR,
            danger_open=danger_is_open(facts, business),
        ),
    )


def _arguments(
    stage: AgendaStage, facts: Facts, business: Business, now: datetime
) -> Mapping[str, object]:
    match stage:
        case AgendaStage.PRICE:
            return _pricing(facts, business, now)
        case AgendaStage.SEARCH:
            search = wanted_search(facts, Situation(business, now))
            return _search(search)
        case AgendaStage.BOOK:
            return _booking(facts, business, now)
        case AgendaStage.CALL_BACK:
            return _call_back(facts, business, now)
        case AgendaStage.MOVE:
            return {
                "phone": facts.phone,
                "code": facts.code,
                "new_time": facts.window.start.isoformat() if facts.window else "",
            }
        case _:
            return {"phone": facts.phone, "code": facts.code}


def _call_back(facts: Facts, business: Business, now: datetime) -> Mapping[str, object]:
    """Who is to be rung back and about what; a time only where the caller named one."""
    about = replace(facts, amendment="")
    asked: dict[str, object] = {
        "phone": facts.phone,
        "summary": wording.summary(about, "", business, facts.amendment),
    }
    wish = facts.wish or NO_WISH
    at = wish.earliest or wish.holding
    if at is None and facts.daypart is not None:
        at = BEGINS[facts.daypart]
    if at is None and facts.day is None:
        return asked
    day = facts.day or now.date()
    hour, minute = divmod(at or 0, 60)
    when = datetime.combine(day, time(min(hour, 23), minute), now.tzinfo)
    return {**asked, "preferred_time": when.isoformat()}


def _pricing(facts: Facts, business: Business, now: datetime) -> Mapping[str, object]:
    """What a price is asked for; terms only where there are some.

    The time of the visit where it is priced by another clock than now's, or a window is chosen.
    """
    wanted = wanted_quote(facts, Situation(business, now))
    visit = visit_moment(facts, business, now)
    asked: dict[str, object] = {
        "service_type": facts.service,
        "description": description(facts, business),
        "is_after_hours": _is_at_night(facts, business, now),
    }
    other = asked["is_after_hours"] is not is_after_hours(business, now)
    if visit is not None and _is_urgent(facts, business) and (other or facts.window is not None):
        asked["visit_time"] = visit.isoformat()
    if wanted.area:
        asked["address"] = where(facts)
    if wanted.coupon:
        asked["coupon"] = wanted.coupon
    return asked


def price_at(facts: Facts, business: Business, now: datetime) -> CallTool | None:
    """The price of a visit at the time that is wished for, where it is another one than is known.

    ``None`` where no time was named, the quote is of such a time, or the hour changes no price.
    """
    night = at_night(replace(facts, window=None), business, now)
    if night is None or not _is_urgent(facts, business):
        return None
    if facts.quote is not None and facts.quote.after_hours == night:
        return None
    return request(ToolUse.PRICE, **_pricing(replace(facts, window=None), business, now))


def price_of_another(service: str, facts: Facts, business: Business, now: datetime) -> CallTool:
    """The price of another service than the visit under way is for, which stays as it is."""
    other = replace(facts, service=service, symptoms=(), problem="", others=(), window=None)
    return request(ToolUse.PRICE, **_pricing(other, business, now))


def _is_urgent(facts: Facts, business: Business) -> bool:
    service = business.service(facts.service) if facts.service else None
    return service is not None and service.urgent


def _is_at_night(facts: Facts, business: Business, now: datetime) -> bool:
    """Whether the visit is after hours: at the time that is known of it, else now."""
    night = at_night(facts, business, now)
    return is_after_hours(business, now) if night is None else night


def _search(search: Search) -> Mapping[str, object]:
    """What windows are searched for; bounds only where there are some."""
    asked: dict[str, object] = {
        "service_type": search.service,
        "is_emergency": search.urgent,
        "preferred_date": search.day.isoformat() if search.day else None,
    }
    wish = search.wish or NO_WISH
    if search.day is None and wish.days is not None:
        first, last = wish.days
        asked |= {"preferred_date": first.isoformat(), "preferred_until": last.isoformat()}
    bounds = {"not_before": wish.earliest, "not_after": wish.latest, "around": wish.holding}
    part = _PARTS[search.daypart] if search.daypart is not None else {}
    asked |= part | {name: clock_of(at) for name, at in bounds.items() if at is not None}
    if wish.last:
        asked["last_of_day"] = True
    if wish.not_on:
        asked["not_on"] = [day.isoformat() for day in wish.not_on]
    if search.technician:
        asked["technician"] = search.technician
    return asked


def _booking(facts: Facts, business: Business, now: datetime) -> Mapping[str, object]:
    window, search = facts.window, facts.search
    urgent = window is not None and search is not None and search.urgent
    return {
        "customer_name": facts.name,
        "phone": facts.phone,
        "email": facts.email,
        "address": facts.address.text if facts.address else "",
        "service_type": facts.service,
        "description": description(facts, business),
        "scheduled_time": window.start.isoformat() if window else "",
        "estimated_cost": facts.quote.total_estimate if facts.quote else 0,
        "is_emergency": urgent and window is not None and window.start - now <= _SOON,
        "notes": all_notes(facts),
    }
