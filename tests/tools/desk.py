"""A desk for tool tests: calls tools by name, as a model would, and says what must come of it."""

from __future__ import annotations

from datetime import datetime

from pydantic import JsonValue

from tests.support.rooms import FRIDAY_NIGHT, SARAH, Line, line
from tools import TOOLS
from voiceagent.domain.business import Business
from voiceagent.domain.records import Job
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.toolbox import Toolbox

OAK_STREET = "123 Oak Street, Springfield, Ohio"
BOX = Toolbox(TOOLS)

JsonObject = dict[str, JsonValue]


class Desk:
    """One call at a time on a line; `again` opens the next one."""

    def __init__(
        self, on: Line, number: str = "1", *, phone: str = SARAH, channel: str = "voice"
    ) -> None:
        self.line = on
        self.ctx: ToolContext = on.call(number, phone=phone, channel=channel)

    def again(self, number: str = "2", *, phone: str = SARAH) -> Desk:
        return Desk(self.line, number, phone=phone)

    async def ok(self, name: str, **arguments: object) -> JsonObject:
        outcome = await BOX.call(name, arguments, self.ctx)
        assert outcome.error_code == "", outcome.result
        return outcome.wire

    async def refused(self, name: str, **arguments: object) -> str:
        outcome = await BOX.call(name, arguments, self.ctx)
        assert outcome.failure is not None, outcome.result
        assert outcome.failure.say
        return outcome.error_code

    async def quote(self, service: str = "repair", **terms: object) -> JsonObject:
        asked = {"service_type": service, "description": "", "is_after_hours": False, **terms}
        return await self.ok("get_pricing_quote", **asked)

    async def priced(self, at: str, **changes: object) -> dict[str, object]:
        """A booking at the price of that very visit."""
        quote = await self.quote(visit_time=at)
        return self.booking(at, **{"estimated_cost": quote["total_estimate"], **changes})

    async def slots(self, service: str = "repair", **wanted: object) -> list[str]:
        options = {"is_emergency": True, "preferred_date": None, **wanted}
        result = await self.ok("check_availability", service_type=service, **options)
        slots = result["available_slots"]
        assert isinstance(slots, list)
        return [str(slot["datetime"]) for slot in slots if isinstance(slot, dict)]

    def booking(self, at: str, **changes: object) -> dict[str, object]:
        return {
            "customer_name": "Sarah Miller",
            "phone": SARAH,
            "email": None,
            "address": OAK_STREET,
            "service_type": "repair",
            "description": "AC not cooling; outdoor unit rattling.",
            "scheduled_time": at,
            "estimated_cost": 825,
            "is_emergency": True,
            "notes": "Gate code 1234; friendly dog.",
            **changes,
        }

    async def book(self, **changes: object) -> JsonObject:
        """The whole way: quote, availability, first slot, booking."""
        await self.quote()
        slots = await self.slots()
        return await self.ok("book_appointment", **self.booking(slots[0], **changes))

    @property
    def jobs(self) -> list[Job]:
        return list(self.line.store.kept.jobs.values())


def desk(
    business: Business | None = None,
    now: datetime = FRIDAY_NIGHT,
    *,
    phone: str = SARAH,
    channel: str = "voice",
) -> Desk:
    return Desk(line(business, now), phone=phone, channel=channel)
