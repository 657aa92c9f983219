"""What the house uses tools for: from a stage to the tool call that works on it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from voiceagent.dialogue.acts import CallTool
from voiceagent.dialogue.house import wording
from voiceagent.dialogue.house.agenda import AgendaStage, Situation, wanted_search
from voiceagent.dialogue.house.facts import Facts, description
from voiceagent.domain.business import Business
from voiceagent.domain.calendar import is_after_hours


class ToolUse(StrEnum):
    """What the house uses a tool for."""

    PRICE = "price"
    SEARCH = "search"
    BOOK = "book"
    FIND = "find"
    MOVE = "move"
    CANCEL = "cancel"
    LOOK_UP = "look_up"
    PERSON = "person"
    END = "end"


TOOL_OF: Mapping[ToolUse, str] = {
    ToolUse.PRICE: "get_pricing_quote",
    ToolUse.SEARCH: "check_availability",
    ToolUse.BOOK: "book_appointment",
    ToolUse.FIND: "lookup_customer",
    ToolUse.MOVE: "reschedule_appointment",
    ToolUse.CANCEL: "cancel_appointment",
    ToolUse.LOOK_UP: "answer_from_knowledge",
    ToolUse.PERSON: "escalate_to_human",
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
}
FILLER: dict[AgendaStage, str] = {
    AgendaStage.PRICE: wording.CHECK_PRICE,
    AgendaStage.SEARCH: wording.CHECK_TIMES,
    AgendaStage.BOOK: wording.BOOKING,
    AgendaStage.FIND: wording.FINDING,
    AgendaStage.MOVE: wording.MOVING,
    AgendaStage.CANCEL: wording.CANCELLING,
}
_SOON = timedelta(hours=6)
"""A window that starts within this time of the call is an emergency visit, a later one is not."""


def use_of(name: str) -> ToolUse | None:
    """What the house uses the tool of that name for, ``None`` for no use of its own."""
    return _USE_OF.get(name)


def request(use: ToolUse, **arguments: object) -> CallTool:
    """The call of the tool for that use."""
    return CallTool(TOOL_OF[use], arguments)


def tool_call(stage: AgendaStage, facts: Facts, business: Business, now: datetime) -> CallTool:
    """The call of a tool stage, with arguments from the facts."""
    return CallTool(TOOL_OF[_USE_AT[stage]], _arguments(stage, facts, business, now))


def _arguments(
    stage: AgendaStage, facts: Facts, business: Business, now: datetime
) -> Mapping[str, object]:
    match stage:
        case AgendaStage.PRICE:
            return {
                "service_type": facts.service,
                "description": description(facts, business),
                "is_after_hours": is_after_hours(business, now),
            }
        case AgendaStage.SEARCH:
            search = wanted_search(facts, Situation(business, now.date()))
            return {
                "service_type": search.service,
                "is_emergency": search.urgent,
                "preferred_date": search.day.isoformat() if search.day else None,
            }
        case AgendaStage.BOOK:
            return _booking(facts, business, now)
        case AgendaStage.MOVE:
            return {
                "phone": facts.phone,
                "code": facts.code,
                "new_time": facts.window.start.isoformat() if facts.window else "",
            }
        case _:
            return {"phone": facts.phone, "code": facts.code}


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
        "notes": facts.notes or "",
    }
