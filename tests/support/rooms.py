"""A call with everything around it in memory: what most tool tests start from."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from tests.support.faults import FaultyStore, MemoryCallControl
from voiceagent.core.clock import ManualClock
from voiceagent.domain.business import Business
from voiceagent.domain.business_file import load_business
from voiceagent.domain.records import CallId, CallStart
from voiceagent.store.memory.tables import CallRow
from voiceagent.toolkit.context import Spawn, ToolContext

BUSINESS_FILES = Path(__file__).parents[2] / "business"
FRIDAY_NIGHT = datetime.fromisoformat("2025-08-29T20:05:00-04:00")
SARAH = "+15551230000"


@cache
def coolcare() -> Business:
    return load_business(BUSINESS_FILES / "coolcare.toml")


@cache
def hotel() -> Business:
    return load_business(BUSINESS_FILES / "hotel.toml")


def call_id_of(number: str) -> CallId:
    """The id of a test's call of this name."""
    return CallId(str(uuid.uuid5(uuid.NAMESPACE_OID, number)))


@dataclass
class Line:
    """A business with its store, clock and carrier, on which calls can be opened."""

    business: Business
    clock: ManualClock
    store: FaultyStore
    control: MemoryCallControl

    def call(
        self,
        number: str = "1",
        *,
        phone: str = SARAH,
        channel: str = "voice",
        spawn: Spawn = asyncio.ensure_future,
    ) -> ToolContext:
        start = CallStart(
            call_id=call_id_of(number),
            call_sid=f"CA{number}",
            channel=channel,
            from_number=phone,
            to_number=self.business.phone,
        )
        self.store.kept.calls.setdefault(start.call_id, CallRow(start, self.clock.now()))
        return ToolContext(
            call=start,
            business=self.business,
            clock=self.clock,
            store=self.store,
            call_control=self.control,
            spawn=spawn,
        )


def line(business: Business | None = None, now: datetime = FRIDAY_NIGHT) -> Line:
    clock = ManualClock(now)
    return Line(business or coolcare(), clock, FaultyStore(clock), MemoryCallControl())
