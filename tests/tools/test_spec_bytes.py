"""What SPEC shows of tools, to the byte: keys, their order, how figures and times are written."""

from __future__ import annotations

import json
from datetime import datetime

from tests.tools.desk import BOX, Desk, desk

THURSDAY = datetime.fromisoformat("2025-08-28T20:05:00-04:00")


async def body_of(at: Desk, name: str, request: str) -> str:
    """A tool's answer as it goes over the wire, for a request as it comes."""
    outcome = await BOX.call(name, json.loads(request), at.ctx)
    return json.dumps(outcome.wire, separators=(",", ":"))


async def test_get_pricing_quote() -> None:
    request = (
        '{"service_type":"repair","description":"AC not cooling; outdoor unit rattling.",'
        '"is_after_hours":true}'
    )
    told = (
        "The after-hours visit is $248, credited toward the repair. "
        "The estimate for the repair is $825 in total. A deposit of $206 holds the booking."
    )
    assert await body_of(desk(), "get_pricing_quote", request) == (
        '{"service_call":165,"estimated_repair":825,"range":"$300-$800","total_estimate":825,'
        f'"emergency_fee":248,"message":"{told}"}}'
    )


async def test_check_availability() -> None:
    request = '{"service_type":"repair","is_emergency":true,"preferred_date":null}'
    body = await body_of(desk(now=THURSDAY), "check_availability", request)
    first = '{"datetime":"2025-08-28T21:00:00-04:00","display":"Thu, Aug 28, 9:00 PM"}'
    assert body.startswith(f'{{"available_slots":[{first},{{"datetime":"')
    assert list(json.loads(body)) == ["available_slots", "message"]


async def test_book_appointment_takes_what_spec_shows_and_names_link_and_deposit() -> None:
    at = desk()
    await at.quote()
    (slot, _) = await at.slots()
    request = json.dumps(
        {
            "customer_name": "Sarah Miller",
            "phone": "555-123-0000",
            "email": None,
            "address": "123 Oak Street, Springfield, Ohio",
            "service_type": "repair",
            "description": "AC not cooling; outdoor unit rattling.",
            "scheduled_time": slot,
            "estimated_cost": 825,
            "is_emergency": True,
        }
    )
    body = json.loads(await body_of(at, "book_appointment", request))
    assert (body["deposit_amount"], body["checkout_url"], body["deposit_paid"]) == (
        206,
        None,
        False,
    )
    assert (body["estimated_cost"], body["window_start"]) == (825, slot)
