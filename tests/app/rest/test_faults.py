"""``POST /iot_fault``: by the rule of the device's type, once a fault, and none is lost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.app.rest.rig import Site, rest_site
from tests.app.rest.test_visits import an_asset
from tests.support.rooms import line
from voiceagent.domain.records import Outcome
from voiceagent.errors import Unavailable
from voiceagent.ports.pager import PAGER

FAULT = {"fault_id": "f-1", "asset_id": "unit-7", "fault": "no_heat"}


def pages(site: Site) -> list[str]:
    rows = site.phone.store.kept.outbox.values()
    return [row.message.body for row in rows if row.message and row.message.channel == PAGER]


async def told(site: Site, **changes: str) -> dict[str, Any]:
    reply = await site.ask("POST", "/iot_fault", FAULT | changes)
    assert reply.status == 200, reply.body
    return dict(reply.body)


@pytest.mark.parametrize(
    ("device", "changes", "status", "code", "field"),
    [
        ("toaster", {}, 422, "device.not_allowed", "asset_id"),
        (None, {}, 422, "device.not_allowed", "asset_id"),
        ("thermostat", {"fault": "bored"}, 422, "fault.not_allowed", "fault"),
        ("thermostat", {"asset_id": "unit-8"}, 404, "asset.unknown_id", "asset_id"),
        ("thermostat", {"fault_id": "a b"}, 422, "request.field", "fault_id"),
    ],
)
async def test_what_no_rule_lets_in_does_nothing(
    device: str | None, changes: dict[str, str], status: int, code: str, field: str
) -> None:
    async with rest_site() as site:
        await an_asset(site, device_type=device)
        reply = await site.ask("POST", "/iot_fault", FAULT | changes)
        assert reply.wrong == (status, code, field)
        assert not site.phone.store.kept.calls


@pytest.mark.parametrize(
    ("fault", "starts"), [("no_heat", "2025-08-29T21:00"), ("filter_due", "2025-08-30")]
)
async def test_a_visit_is_booked_as_the_rule_says(fault: str, starts: str) -> None:
    async with rest_site() as site:
        await an_asset(site, device_type="thermostat")
        found = await told(site, fault=fault, detail="42 F in the hall")
        assert (found["act"], found["already"]) == ("booked", False)
        assert found["window_start"].startswith(starts)
        (job,) = site.phone.store.kept.jobs.values()
        assert job.description.startswith(f"Fault {fault}: 42 F in the hall")
        assert not pages(site)


async def test_a_fault_has_its_effect_once_and_another_finds_the_visit() -> None:
    async with rest_site() as site:
        await an_asset(site, device_type="thermostat")
        first, again = await told(site), await told(site, fault="freeze_risk")
        other = await told(site, fault_id="f-2")
        assert {one["order_id"] for one in (first, again, other)} == {first["order_id"]}
        assert [one["already"] for one in (first, again, other)] == [False, True, True]
        assert len(site.phone.store.kept.jobs) == 1


async def test_a_page_leaves_once_and_says_nothing_of_the_customer() -> None:
    async with rest_site() as site:
        await an_asset(site, device_type="co_detector")
        found = [await told(site, fault="co_alarm") for _ in range(2)]
        assert [(one["act"], one["already"]) for one in found] == [
            ("paged", False),
            ("paged", True),
        ]
        (page,) = pages(site)
        assert "co_alarm" in page
        assert not [word for word in ("Sarah", "Oak", "555123") if word in page]
        assert [row.outcome for row in site.phone.store.kept.calls.values()] == [Outcome.ANSWERED]


async def test_what_cannot_be_booked_is_paged() -> None:
    async with rest_site() as site:
        await an_asset(site, device_type="thermostat", service_type="maintenance")
        found = await told(site)  # a maintenance visit is never urgent
        assert (found["act"], found["order_id"], len(pages(site))) == ("paged", None, 1)


async def test_a_fault_that_broke_down_is_seen_to_when_it_is_told_again() -> None:
    phone = line()
    async with rest_site(phone) as site:
        await an_asset(site, device_type="thermostat")
        phone.store.fail("calls.open", Unavailable("store.busy", "No free connection."))
        reply = await site.ask("POST", "/iot_fault", FAULT)
        assert reply.wrong == (503, "store.busy", "")
        assert (await told(site))["act"] == "booked"


async def test_reports_at_once_book_one_visit() -> None:
    async with rest_site() as site:
        await an_asset(site, device_type="thermostat")
        replies = await asyncio.gather(*(site.ask("POST", "/iot_fault", FAULT) for _ in range(5)))
        assert {reply.status for reply in replies} <= {200, 409}
        assert len(site.phone.store.kept.jobs) == 1
