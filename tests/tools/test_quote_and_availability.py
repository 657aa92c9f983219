from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.rooms import SARAH, coolcare, hotel
from tests.tools.desk import desk
from voiceagent.domain.records import CallId, Cents, Slot, Window
from voiceagent.errors import Unavailable
from voiceagent.store.memory.tables import Hold

TUESDAY_NOON = datetime.fromisoformat("2025-08-26T12:00:00-04:00")


async def test_an_unknown_service_is_asked_back_with_what_there_is() -> None:
    at = desk()
    asked = {"service_type": "plumbing", "description": "", "is_after_hours": False}
    assert await at.refused("get_pricing_quote", **asked) == "service.unknown"
    assert at.line.store.kept.quotes == []
    kept = at.line.store.kept.audits[0]
    assert "repair, maintenance visit or installation estimate" in kept.result_json


@pytest.mark.parametrize(
    ("description", "estimate", "why"),
    [
        ("AC not cooling; outdoor unit rattling.", 550, ""),
        ("Ice on the unit.", 660, ", as ice on the unit usually takes more work"),
        ("AC not cooling; it has ICE all over  the coil", 660, ", as ice on the unit usually"),
        ("AC not cooling; the pipe is Iced  over", 660, ", as ice on the unit usually takes more"),
        ("thermostat is blank", 385, ", as thermostat not responding usually takes less work"),
        ("thermostat is blank; ice on the coil", 660, ", as ice on the unit usually"),
        ("thermostat is blank; AC not cooling", 550, ""),  # the harder of the two is typical
        ("", 550, ""),
    ],
)
async def test_what_is_wrong_makes_it_harder_or_easier_and_the_quote_says_so(
    description: str, estimate: int, why: str
) -> None:
    (table,) = coolcare().prices
    row = table.services["repair"]
    factors = {"ice on the unit": Decimal("1.2"), "thermostat not responding": Decimal("0.7")}
    rows = table.services | {"repair": row.model_copy(update={"complexity_of": factors})}
    prices = (table.model_copy(update={"services": rows}),)
    at = desk(coolcare().model_copy(update={"prices": prices}), now=TUESDAY_NOON)
    asked = {"service_type": "repair", "description": description, "is_after_hours": False}
    result = await at.ok("get_pricing_quote", **asked)
    assert result["total_estimate"] == estimate
    assert f"The estimate for the repair is ${estimate} in total{why}" in str(result["message"])
    assert ("takes" in str(result["message"])) is bool(why)


async def test_a_price_that_could_not_be_stored_is_not_said() -> None:
    at = desk()
    at.line.store.fail("quotes.save", Unavailable("db.down", "Down."))
    asked = {"service_type": "repair", "description": "", "is_after_hours": True}
    assert await at.refused("get_pricing_quote", **asked) == "db.down"
    assert at.ctx.signals.outcome is None


@pytest.mark.parametrize("claimed", [True, False])
async def test_the_quote_of_the_specification_whatever_the_model_claims(claimed: bool) -> None:
    at = desk()
    result = await at.ok(
        "get_pricing_quote",
        service_type="repair",
        description="AC not cooling; outdoor unit rattling.",
        is_after_hours=claimed,
    )
    assert result.pop("message") == (
        "The after-hours visit is $248, credited toward the repair. "
        "The estimate for the repair is $825 in total. "
        "A deposit of $206 holds the booking."
    )
    assert result == {
        "service_call": 165,
        "estimated_repair": 825,
        "range": "$300-$800",
        "total_estimate": 825,
        "emergency_fee": 248,
    }
    (quote,) = at.line.store.kept.quotes
    assert (quote.estimate, quote.deposit, quote.after_hours) == (82500, 20600, True)
    assert quote.price_version == "2025-06"


@pytest.mark.parametrize("claimed", [True, False])
async def test_by_day_nobody_pays_for_the_night(claimed: bool) -> None:
    at = desk(now=TUESDAY_NOON)
    asked = {"service_type": "repair", "description": "", "is_after_hours": claimed}
    result = await at.ok("get_pricing_quote", **asked)
    assert (result["total_estimate"], result["emergency_fee"]) == (550, 248)
    assert "$248" not in str(result["message"])
    assert "$165" in str(result["message"])
    assert "$138" in str(result["message"])


async def test_asking_at_night_for_a_visit_by_day_costs_what_a_day_costs() -> None:
    assert (await desk().quote("maintenance"))["total_estimate"] == 170


async def test_a_service_without_a_price_is_free() -> None:
    result = await desk(hotel()).quote("housekeeping_visit")
    assert result["total_estimate"] == 0
    assert result["message"] == "There is no charge for the housekeeping visit."


async def test_the_offers_of_the_reference_call() -> None:
    at = desk()
    result = await at.ok(
        "check_availability", service_type="repair", is_emergency=True, preferred_date=None
    )
    assert result == {
        "available_slots": [
            {"datetime": "2025-08-29T21:00:00-04:00", "display": "Fri, Aug 29, 9:00 PM"},
            {"datetime": "2025-08-30T08:00:00-04:00", "display": "Sat, Aug 30, 8:00 AM"},
        ],
        "message": "Available: Fri, Aug 29, 9:00 PM to 11:00 PM; "
        "or Sat, Aug 30, 8:00 AM to 10:00 AM.",
    }
    assert len(await at.line.store.schedule.offered(at.ctx.call.call_id)) == 2


@pytest.mark.parametrize("day", ["2025-08-28", "2025-09-20", "1999-01-01"])
async def test_a_day_out_of_reach_is_asked_back(day: str) -> None:
    asked = {"service_type": "repair", "is_emergency": False, "preferred_date": day}
    assert await desk().refused("check_availability", **asked) == "date.out_of_range"


async def test_a_closed_day_has_nothing_and_says_so() -> None:
    at = desk()
    asked = {"service_type": "repair", "is_emergency": False, "preferred_date": "2025-09-01"}
    result = await at.ok("check_availability", **asked)
    closed = "I'm sorry, we are closed on Monday, September 1 (Labor Day)."
    assert result == {"available_slots": [], "message": closed}


async def test_what_another_call_holds_is_not_offered_until_it_lets_go() -> None:
    at = desk()
    first = await at.slots()
    other = at.again(phone="+15557770000")
    assert not set(first) & set(await other.slots())
    await at.line.store.schedule.release(at.ctx.call.call_id)
    assert await other.slots() == first


async def test_asking_again_offers_the_same_and_replaces_the_hold() -> None:
    at = desk()
    assert await at.slots() == await at.slots()
    assert len(at.line.store.kept.holds) == 2
    await at.slots(preferred_date="2025-09-03")
    offered = await at.line.store.schedule.offered(at.ctx.call.call_id)
    assert {slot.window.start.day for slot in offered} == {3}


async def test_a_window_lost_in_a_race_is_replaced() -> None:
    at = desk()
    entered, go = at.line.store.gate("schedule.hold")
    asking = asyncio.ensure_future(at.slots())
    await entered.wait()
    start = datetime.fromisoformat("2025-08-29T21:00:00-04:00")
    slot = Slot("rival", "repair", "mike", Window(start, start + timedelta(hours=2)))
    rival = Hold(CallId("rival"), slot, until=start)
    at.line.store.kept.holds.append(rival)
    go.set()
    assert [o[:16] for o in await asking] == ["2025-08-30T08:00", "2025-08-30T10:00"]


async def test_travel_time_keeps_neighbouring_windows_free() -> None:
    business = coolcare()
    slots = business.slots.model_copy(update={"travel_buffer_minutes": 30, "offers": 5})
    at = desk(business.model_copy(update={"slots": slots}))
    await at.slots(preferred_date="2025-09-03")
    booking = await at.priced("2025-09-03T12:00:00-04:00")
    await at.ok("book_appointment", **booking)
    other = at.again(phone="+15557770000")
    offers = await other.slots(preferred_date="2025-09-03")
    assert [o[11:16] for o in offers] == ["08:00", "16:00"]


async def test_a_booking_for_another_service_is_not_offered_again() -> None:
    at = desk(now=TUESDAY_NOON)
    await at.quote("maintenance")
    slots = await at.slots("maintenance")
    changes = {"service_type": "maintenance", "estimated_cost": 170, "is_emergency": False}
    await at.ok("book_appointment", **at.booking(slots[0], **changes))
    assert slots[0] not in await at.again().slots("repair", is_emergency=False)


async def test_who_proved_a_booking_is_not_offered_its_own_time() -> None:
    at = desk()
    booked = await at.book()
    mover = at.again()
    await mover.ok("lookup_customer", phone=SARAH, code=booked["code"])
    assert booked["window_start"] not in await mover.slots()


async def test_a_cancelled_window_is_free_for_everybody() -> None:
    at = desk()
    booked = await at.book()
    job = at.jobs[0]
    at.line.store.kept.jobs[job.job_id] = replace(job, estimated_cost=Cents(1))
    await at.again().ok("cancel_appointment", phone=SARAH, code=booked["code"])
    assert (await at.again("3", phone="+15557770000").slots())[0] == booked["window_start"]


@pytest.mark.parametrize("service", [s.id for s in hotel().services])
async def test_a_hotel_runs_on_the_same_code(service: str) -> None:
    at = desk(hotel())
    price = (await at.quote(service))["total_estimate"]
    slots = await at.slots(service, is_emergency=False)
    assert len(slots) == 2
    assert all(slot.endswith("-06:00") for slot in slots)
    changes = {"service_type": service, "estimated_cost": price, "address": ""}
    result = await at.ok("book_appointment", **at.booking(slots[1], **changes))
    assert result["window_start"] == slots[1]
    (text,) = await at.line.store.deliver()
    assert ("https://" in text.body) is bool(price)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=12))
async def test_no_order_of_calls_ever_double_books(moves: list[tuple[int, bool]]) -> None:
    at = desk()
    callers = [at.again(str(n), phone=f"+1555777000{n}") for n in range(4)]
    for who, books in moves:
        caller = callers[who]
        await caller.quote()
        slots = await caller.slots()
        if books and slots:
            booking = await caller.priced(slots[-1], phone=caller.ctx.call.from_number)
            outcome = await caller.line.store.jobs.open_for(caller.ctx.call.from_number)
            if len(outcome) < 2:
                await caller.ok("book_appointment", **booking)
    taken = sorted((j.window.start, j.window.end) for j in at.jobs)
    assert all(one[1] <= other[0] for one, other in pairwise(taken))


@pytest.mark.parametrize("wish", ["not_before", "not_after", "around"])
@pytest.mark.parametrize("at", [0, "10:00Z", "10:00:00-04:00"])
async def test_a_time_of_day_with_an_offset_is_refused(wish: str, at: object) -> None:
    asked = {"service_type": "repair", wish: at}
    assert await desk().refused("check_availability", **asked) == "tool.arguments"
