"""What the routes about visits share: when somebody is to come, and the windows there are."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from pydantic import JsonValue

from voiceagent.app.rest.desk import RestDesk, ToolSteps
from voiceagent.dialogue.house.answers import SpokenAnswer, TimesAnswer
from voiceagent.dialogue.house.moves import ToolUse
from voiceagent.domain import calendar
from voiceagent.domain.areas import zip_of
from voiceagent.domain.business import Service
from voiceagent.domain.identity import IdentityProof
from voiceagent.domain.records import Customer, IdentityLevel
from voiceagent.errors import CallerFixable


class SlaPreference(StrEnum):
    """When somebody is to come."""

    EMERGENCY = "emergency"
    """As soon as anybody can, whoever is on call: for services that can be urgent only."""

    SAME_DAY = "same_day"
    NEXT_DAY = "next_day"
    FLEXIBLE = "flexible"
    """The first window there is."""


_DAYS_AHEAD: Final = {SlaPreference.SAME_DAY: 0, SlaPreference.NEXT_DAY: 1}


async def first_window(
    desk: RestDesk, call: ToolSteps, service: Service, sla: SlaPreference, day: date | None = None
) -> datetime:
    """When the first window begins that keeps the wish; the call holds it.

    Args:
        desk: whose windows.
        call: of the request.
        service: for which.
        sla: when somebody is to come.
        day: on that day, whatever `sla` says of days.

    Raises:
        CallerFixable: ``slot.none``, ``sla.not_urgent``.
    """
    urgent = sla is SlaPreference.EMERGENCY
    if urgent and not service.urgent:
        problem = f"The {service.name} is never urgent."
        raise CallerFixable("sla.not_urgent", problem, field="SLA_pref")
    today = calendar.local(desk.business, desk.requests.clock.now()).date()
    wanted = day
    if wanted is None and sla in _DAYS_AHEAD:
        wanted = today + timedelta(days=_DAYS_AHEAD[sla])
    asked: dict[str, JsonValue] = {
        "service_type": service.id,
        "is_emergency": urgent,
        "preferred_date": None if wanted is None else wanted.isoformat(),
    }
    found = await call.use(ToolUse.SEARCH, asked, preferred_date="SLA_pref" if not day else "date")
    if not isinstance(found, TimesAnswer):
        raise TypeError("a search gave no times")
    if not found.available_slots:
        said = found.message if isinstance(found, SpokenAnswer) else "Nothing is free then."
        raise CallerFixable("slot.none", said, field="date" if day else "SLA_pref")
    return found.available_slots[0].datetime


def speaks_for(call: ToolSteps, customer: Customer, address: str) -> None:
    """Have a call stand for a customer whom the business's own system has named by their id.

    The token's scope is the proof: a system that may book for customers knows whose asset or order
    it names, and nobody's who has the same number.
    """
    signals = call.request.ctx.signals
    proof = IdentityProof(IdentityLevel.CODE, frozenset({customer.customer_id}))
    signals.proves(customer.phone, proof)
    signals.zip_code = zip_of(address)
