"""``GET /quote``: by the tool and the business's own words, on record."""

from __future__ import annotations

import pytest

from tests.app.rest.rig import rest_site
from tests.support.rooms import hotel, line
from voiceagent.domain.records import Outcome
from voiceagent.errors import Unavailable

QUOTE = {"zip": "45501", "model": "Carrier 24ACC6", "symptom": "My AC is not cooling"}


async def test_it_is_the_reference_quote_and_a_call_on_record() -> None:
    async with rest_site() as site:
        reply = await site.ask("GET", "/quote", **QUOTE)
        kept = site.phone.store.kept
        assert [row.outcome for row in kept.calls.values()] == [Outcome.QUOTED]
        assert [audit.name for audit in kept.audits] == ["get_pricing_quote"]
    assert reply.status == 200
    figures = ("service", "estimate", "emergency_fee", "deposit", "after_hours", "price_version")
    assert [reply.body[name] for name in figures] == ["repair", 825, 248, 206, True, "2025-06"]
    assert (reply.body["range_low"], reply.body["range_high"]) == (300, 800)
    assert (reply.body["area"], reply.body["danger"]) == ("springfield", None)


async def test_the_way_costs_what_the_business_file_says_of_the_zip_code() -> None:
    async with rest_site() as site:
        near = (await site.ask("GET", "/quote", **QUOTE)).body
        far = (await site.ask("GET", "/quote", **(QUOTE | {"zip": "45323"}))).body
    assert "The trip out to you is $35." in far["message"]
    assert far["estimate"] == near["estimate"] + 35


@pytest.mark.parametrize(
    ("symptom", "service"),
    [
        ("furnace died, no heat", "repair"),
        ("yearly tune up", "maintenance"),
        ("we want a new system", "installation"),
        ("my car is red", "symptom.not_understood"),
        ("42", "symptom.not_understood"),
    ],
)
async def test_the_service_is_heard_as_a_caller_is(symptom: str, service: str) -> None:
    async with rest_site() as site:
        reply = await site.ask("GET", "/quote", zip="45501", model="", symptom=symptom)
    if service.startswith("symptom."):
        assert reply.wrong == (422, service, "symptom")
    else:
        assert (reply.status, reply.body["service"]) == (200, service)


async def test_nobody_goes_outside_the_areas() -> None:
    async with rest_site() as site:
        reply = await site.ask("GET", "/quote", **(QUOTE | {"zip": "90210"}))
        assert reply.wrong == (422, "area.not_served", "zip")
        assert not site.phone.store.kept.calls


async def test_danger_is_told_with_the_price() -> None:
    async with rest_site() as site:
        words = "no heat and I smell gas"
        reply = await site.ask("GET", "/quote", **(QUOTE | {"symptom": words}))
        assert reply.body["danger"] == site.phone.business.emergency.guidance


async def test_it_is_of_whatever_business_there_is() -> None:
    phone = line(hotel())
    service = next(one for one in phone.business.services if not one.symptoms)
    async with rest_site(phone) as site:
        reply = await site.ask("GET", "/quote", zip="10001", model="", symptom=service.heard[0])
    assert (reply.status, reply.body["area"], reply.body["service"]) == (200, None, service.id)


async def test_a_store_that_is_away_is_ours_and_says_when_to_come_back() -> None:
    phone = line()
    phone.store.fail("quotes.save", Unavailable("store.busy", "No free connection."))
    async with rest_site(phone) as site:
        assert (await site.ask("GET", "/quote", **QUOTE)).wrong == (503, "store.busy", "")
        assert (await site.ask("GET", "/quote", **QUOTE)).status == 200
