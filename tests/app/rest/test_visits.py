"""Visits over REST: by the tools, once in effect, as a call on record."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.app.rest.rig import Site, rest_site
from tests.support.rooms import SARAH, line
from voiceagent.domain.api_tokens import ApiScope
from voiceagent.domain.records import Outcome
from voiceagent.errors import Unavailable
from voiceagent.store import PostgresStore

OWNER = {"name": "Sarah Miller", "phone": SARAH, "address": "123 Oak Street, Springfield, OH 45501"}
UNIT: dict[str, Any] = {"service_type": "repair", "device_type": "ac", "model": "Carrier 24ACC6"}


async def an_asset(site: Site, asset_id: str = "unit-7", **changes: object) -> dict[str, Any]:
    body = UNIT | {"customer": OWNER} | changes
    reply = await site.ask("PUT", f"/assets/{asset_id}", body)
    assert reply.status == 200, reply.body
    return dict(reply.body)


async def booked(site: Site, sla: str = "flexible", **more: object) -> dict[str, Any]:
    reply = await site.ask("POST", "/book", {"asset_id": "unit-7", "SLA_pref": sla} | more)
    assert reply.status == 200, reply.body
    return dict(reply.body)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"customer": None}, "customer.one_of", "customer"),
        ({"customer_id": "0" * 8 + "-0000-0000-0000-" + "0" * 12}, "customer.one_of", "customer"),
        ({"customer": OWNER | {"phone": "12"}}, "phone.invalid", "customer.phone"),
        ({"customer": OWNER | {"phone": "+19005550100"}}, "phone.not_allowed", "customer.phone"),
        ({"customer": OWNER | {"vip": True}}, "request.field", "customer.vip"),
        ({"customer": OWNER | {"name": 7}}, "request.field", "customer.name"),
        ({"service_type": "sculpture"}, "service.unknown", "service_type"),
        ({"asset_id": "unit-8"}, "request.twice", "asset_id"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_an_asset_that_cannot_be_is_told_where(
    changes: dict[str, object], code: str, field: str
) -> None:
    async with rest_site() as site:
        reply = await site.ask("PUT", "/assets/unit-7", UNIT | {"customer": OWNER} | changes)
        assert reply.wrong == (422, code, field)
        assert not site.phone.store.kept.assets


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("moon", "address.unclear"),
        ("", "address.unclear"),
        ("Oak Street, Springfield, OH 45501", "address.unclear"),
        ("45501", "address.unclear"),
        ("12 Main St, Los Angeles, CA 90001", "area.not_served"),
        ("123 Oak Street, Springfield, OH 90001", "area.not_served"),
        ("123 Oak Street, Austin, Texas", "area.not_served"),
    ],
)
async def test_nobody_is_sent_where_no_visit_finds(address: str, code: str) -> None:
    async with rest_site() as site:
        unit = UNIT | {"customer": OWNER | {"address": address}}
        reply = await site.ask("PUT", "/assets/unit-7", unit)
        assert reply.wrong == (422, code, "customer.address")
        assert not site.phone.store.kept.assets
        await an_asset(site)  # and an asset that was kept with such an address books nothing
        kept = site.phone.store.kept
        for key, one in kept.customers.items():
            kept.customers[key] = replace(one, address=address)
        reply = await site.ask("POST", "/book", {"asset_id": "unit-7", "SLA_pref": "flexible"})
        assert reply.wrong == (422, code, "asset_id")
        assert not kept.jobs


async def test_a_field_that_is_given_twice_is_named_wherever_it_stands() -> None:
    async with rest_site() as site:
        await an_asset(site)
        for body, field in (
            (b'{"asset_id": "unit-7", "SLA_pref": "flexible", "asset_id": "unit-8"}', "asset_id"),
            (b'{"asset_id": "unit-7", "SLA_pref": {"a": 1, "a": 1}}', "a"),
        ):
            reply = await site.ask("POST", "/book", body)
            assert reply.wrong == (422, "request.twice", field)
        assert not site.phone.store.kept.jobs


async def test_who_is_named_again_is_the_same_customer_and_others_are_others() -> None:
    async with rest_site() as site:
        first = await an_asset(site)
        again = await an_asset(site, customer=OWNER | {"name": "sarah  miller", "address": "9 Elm"})
        assert again["customer_id"] == first["customer_id"]
        other = await an_asset(site, customer=OWNER | {"name": "Tom Ng"})
        assert other["customer_id"] != first["customer_id"]
        named = await an_asset(site, "unit-8", customer=None, customer_id=first["customer_id"])
        assert named["customer_id"] == first["customer_id"]
        nobody = UNIT | {"customer_id": "0" * 8 + "-0000-0000-0000-" + "0" * 12}
        reply = await site.ask("PUT", "/assets/unit-9", nobody)
        assert reply.wrong == (404, "customer.unknown_id", "customer_id")


async def test_a_visit_is_booked_by_the_tools_for_the_assets_own_customer() -> None:
    async with rest_site() as site:
        customer = (await an_asset(site))["customer_id"]
        visit = await booked(site, "emergency", symptom="AC not cooling", notes="friendly dog")
        kept = site.phone.store.kept
        (job,) = kept.jobs.values()
        assert (visit["order_id"], visit["customer_id"]) == (job.job_id, customer)
        assert (visit["estimate"], visit["deposit"]) == (825, 206)
        assert visit["window_start"] == "2025-08-29T21:00:00-04:00"
        assert job.customer.customer_id == customer
        assert (job.description, job.notes) == ("AC not cooling (Carrier 24ACC6)", "friendly dog")
        names = [audit.name for audit in kept.audits]
        assert names == ["check_availability", "get_pricing_quote", "book_appointment"]
        assert {audit.asked_by for audit in kept.audits} == {"program"}
        assert [row.outcome for row in kept.calls.values()] == [Outcome.BOOKED]
        assert not [row for row in kept.outbox.values() if row.message], "nobody is texted"
        assert not kept.holds


@pytest.mark.parametrize(
    ("sla", "starts"),
    [
        ("same_day", "slot.none"),  # it is Friday evening, and the office has closed
        ("next_day", "2025-08-30"),
        ("flexible", "2025-08-30"),
        ("emergency", "2025-08-29"),
        ("yesterday", "request.field"),
    ],
)
async def test_a_visit_is_when_it_is_wished_for_or_not_at_all(sla: str, starts: str) -> None:
    async with rest_site() as site:
        await an_asset(site)
        reply = await site.ask("POST", "/book", {"asset_id": "unit-7", "SLA_pref": sla})
        if reply.status == 200:
            assert reply.body["window_start"].startswith(starts)
        else:
            assert reply.wrong[1:] == (starts, "SLA_pref")
            assert not site.phone.store.kept.jobs


async def test_what_is_never_urgent_has_no_emergency() -> None:
    async with rest_site() as site:
        await an_asset(site, service_type="maintenance")
        reply = await site.ask("POST", "/book", {"asset_id": "unit-7", "SLA_pref": "emergency"})
        assert reply.wrong == (422, "sla.not_urgent", "SLA_pref")
        reply = await site.ask("POST", "/book", {"asset_id": "unit-9", "SLA_pref": "flexible"})
        assert reply.wrong == (404, "asset.unknown_id", "asset_id")


async def test_an_asset_whose_visit_is_to_come_gets_no_second_one() -> None:
    async with rest_site() as site:
        await an_asset(site)
        first, again = await booked(site), await booked(site, "emergency")
        assert (first["already_booked"], again["already_booked"]) == (False, True)
        assert again["order_id"] == first["order_id"]
        assert len(site.phone.store.kept.jobs) == 1


async def test_the_same_key_has_the_same_answer_and_one_effect() -> None:
    body = {"asset_id": "unit-7", "SLA_pref": "flexible"}
    async with rest_site() as site:
        await an_asset(site)
        one, other = await site.token(ApiScope.BOOKINGS), await site.token(ApiScope.BOOKINGS)
        first = await site.ask("POST", "/book", body, token=one, key="k")
        calls = len(site.phone.store.kept.calls)
        again = await site.ask("POST", "/book", body, token=one, key="k")
        assert (again.status, again.body) == (200, first.body)
        assert len(site.phone.store.kept.calls) == calls
        reply = await site.ask("POST", "/book", body | {"notes": "x"}, token=one, key="k")
        assert reply.wrong == (422, "idempotency.reused", "")
        path = f"/resched/{first.body['order_id']}"
        reply = await site.ask("PATCH", path, {"SLA_pref": "flexible"}, token=one, key="k")
        assert reply.wrong == (422, "idempotency.reused", "")
        reply = await site.ask("POST", "/book", body | {"notes": "x"}, token=other, key="k")
        assert reply.status == 200, "the key is each token's own"
        long = await site.ask("POST", "/book", body, key="k" * 256)
        assert long.wrong == (400, "idempotency.key", "")


async def test_a_refusal_is_remembered_and_a_breakdown_is_not() -> None:
    phone = line()
    body = {"asset_id": "unit-7", "SLA_pref": "flexible"}
    async with rest_site(phone) as site:
        refused = [await site.ask("POST", "/book", body, key="a") for _ in range(2)]
        assert [one.wrong[:2] for one in refused] == [(404, "asset.unknown_id")] * 2
        await an_asset(site)
        assert (await site.ask("POST", "/book", body, key="a")).status == 404
        phone.store.fail("jobs.book", Unavailable("store.busy", "No free connection."))
        assert (await site.ask("POST", "/book", body, key="b")).wrong == (503, "store.busy", "")
        assert (await site.ask("POST", "/book", body, key="b")).status == 200
        assert len(phone.store.kept.jobs) == 1


async def test_a_visit_is_moved_to_the_day_that_is_wished_for() -> None:
    async with rest_site() as site:
        await an_asset(site)
        visit = await booked(site)
        path = f"/resched/{visit['order_id']}"
        moved = await site.ask("PATCH", path, {"date": "2025-09-03"})
        assert (moved.status, moved.body["code"]) == (200, visit["code"])
        assert moved.body["window_start"].startswith("2025-09-03")
        (job,) = site.phone.store.kept.jobs.values()
        assert job.window.start.isoformat() == moved.body["window_start"]


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({}, 422, "request.missing", "SLA_pref"),
        ({"date": "2024-01-01"}, 422, "date.out_of_range", "date"),
        ({"date": "2025-09-07"}, 409, "slot.none", "date"),  # a Sunday
        ({"date": 3}, 422, "request.field", "date"),
        ({"SLA_pref": "same_day"}, 409, "slot.none", "SLA_pref"),
    ],
)
async def test_what_cannot_be_moved_so_stays(
    body: dict[str, object], status: int, code: str, field: str
) -> None:
    async with rest_site() as site:
        await an_asset(site)
        visit = await booked(site)
        reply = await site.ask("PATCH", f"/resched/{visit['order_id']}", body)
        assert reply.wrong == (status, code, field)
        (job,) = site.phone.store.kept.jobs.values()
        assert job.window.start.isoformat() == visit["window_start"]


async def test_an_order_that_is_none_or_over_is_not_moved() -> None:
    async with rest_site() as site:
        body = {"SLA_pref": "flexible"}
        nothing = "0" * 8 + "-0000-0000-0000-" + "0" * 12
        reply = await site.ask("PATCH", f"/resched/{nothing}", body)
        assert reply.wrong == (404, "order.unknown_id", "order_id")
        reply = await site.ask("PATCH", "/resched/42", body)
        assert reply.wrong == (422, "request.field", "order_id")
        await an_asset(site)
        visit = await booked(site)
        site.phone.clock.advance(timedelta(days=3).total_seconds())
        reply = await site.ask("PATCH", f"/resched/{visit['order_id']}", body)
        assert reply.wrong == (409, "job.closed", "order_id")


async def test_on_postgres_copies_at_once_book_one_visit(database: str) -> None:
    phone = line()
    offset = phone.clock.now() - await _real_now(database)
    async with PostgresStore(database, clock_offset=offset).opened() as store:
        async with rest_site(phone, store) as site:
            await an_asset(site)
            body = {"asset_id": "unit-7", "SLA_pref": "flexible"}
            replies = await asyncio.gather(
                *(site.ask("POST", "/book", body, key="one") for _ in range(6))
            )
            assert {reply.status for reply in replies} <= {200, 409}
            (order,) = {reply.body["order_id"] for reply in replies if reply.status == 200}
            moved = await site.ask("PATCH", f"/resched/{order}", {"date": "2025-09-03"}, key="two")
            assert moved.status == 200, moved.body
        (job,) = await store.jobs.open_for(SARAH)
        assert job.job_id == order
        assert job.window.start.astimezone(phone.clock.now().tzinfo).day == 3


async def _real_now(database: str) -> Any:
    async with PostgresStore(database).opened() as store:
        return await store.now()
