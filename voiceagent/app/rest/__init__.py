"""What other systems may ask for: a file a route, and this list of them (docs/rest.md)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from voiceagent.app.rest.assets import assets
from voiceagent.app.rest.book import book
from voiceagent.app.rest.cancel_risk import risk_of_cancelling
from voiceagent.app.rest.desk import RestDesk
from voiceagent.app.rest.iot_fault import iot_fault
from voiceagent.app.rest.memory import delete_facts, export_of, facts_of, keep_fact
from voiceagent.app.rest.offer import offer
from voiceagent.app.rest.quote import quote
from voiceagent.app.rest.resched import resched
from voiceagent.app.web.api.endpoint import Endpoint

API_VERSION: Final = "1"

ROUTES: Final[tuple[Callable[[RestDesk], Endpoint], ...]] = (
    quote,
    assets,
    book,
    resched,
    offer,
    risk_of_cancelling,
    iot_fault,
    keep_fact,
    facts_of,
    delete_facts,
    export_of,
)


def endpoints(desk: RestDesk) -> tuple[Endpoint, ...]:
    """All routes, over a desk."""
    return tuple(route(desk) for route in ROUTES)
