"""From a stage to the tool call that works on it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from voiceagent.business import Business
from voiceagent.dialog import wording
from voiceagent.dialog.acts import CallTool
from voiceagent.dialog.agenda import Situation, Stage, wanted_search
from voiceagent.dialog.facts import Facts, description
from voiceagent.domain.calendar import is_after_hours

TOOL_OF: dict[Stage, str] = {
    Stage.PRICE: "get_pricing_quote",
    Stage.SEARCH: "check_availability",
    Stage.BOOK: "book_appointment",
    Stage.FIND: "lookup_customer",
    Stage.MOVE: "reschedule_appointment",
    Stage.CANCEL: "cancel_appointment",
}
FILLER: dict[Stage, str] = {
    Stage.PRICE: wording.CHECK_PRICE,
    Stage.SEARCH: wording.CHECK_TIMES,
    Stage.BOOK: wording.BOOKING,
    Stage.FIND: wording.FINDING,
    Stage.MOVE: wording.MOVING,
    Stage.CANCEL: wording.CANCELLING,
}
_SOON = timedelta(hours=6)
"""A window that starts within this time of the call is an emergency visit, a later one is not."""


def tool_call(stage: Stage, facts: Facts, business: Business, now: datetime) -> CallTool:
    """The call of a tool stage, with arguments from the facts."""
    return CallTool(TOOL_OF[stage], _arguments(stage, facts, business, now))


def _arguments(
    stage: Stage, facts: Facts, business: Business, now: datetime
) -> Mapping[str, object]:
    match stage:
        case Stage.PRICE:
            return {
                "service_type": facts.service,
                "description": description(facts, business),
                "is_after_hours": is_after_hours(business, now),
            }
        case Stage.SEARCH:
            search = wanted_search(facts, Situation(business, now.date()))
            return {
                "service_type": search.service,
                "is_emergency": search.urgent,
                "preferred_date": search.day.isoformat() if search.day else None,
            }
        case Stage.BOOK:
            return _booking(facts, business, now)
        case Stage.MOVE:
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
