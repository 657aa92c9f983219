"""``POST /offer`` and ``GET /cancel_risk``."""

from __future__ import annotations

import pytest

from tests.app.rest.rig import rest_site
from tests.app.rest.test_memory import NOBODY
from tests.app.rest.test_visits import an_asset, booked

TAG = "home-advantage-tag"
ASKED = {"channel": "rest", "create_ts": "2025-08-30T09:00:00-04:00", "SLA": "flexible"}


async def test_an_offer_is_the_customers_and_there_is_one_of_it() -> None:
    async with rest_site() as site:
        customer = (await an_asset(site))["customer_id"]
        first = await site.ask("POST", "/offer", {"customer_id": customer, "offer_type": TAG})
        again = await site.ask("POST", "/offer", {"customer_id": customer, "offer_type": "qr tag"})
        assert (first.status, again.status, first.body["rule"]) == (200, 200, TAG)
        assert first.body["code"] == again.body["code"]
        assert [audit.name for audit in site.phone.store.kept.audits] == ["create_offer"] * 2


@pytest.mark.parametrize(
    ("offer", "status", "code", "field"),
    [
        ("half price", 422, "offer.not_allowed", "offer_type"),
        ("", 422, "request.field", "offer_type"),
        ("4242424242424242", 422, "card.refused", ""),
    ],
)
async def test_nothing_else_is_ever_offered(offer: str, status: int, code: str, field: str) -> None:
    async with rest_site() as site:
        customer = (await an_asset(site))["customer_id"]
        body = {"customer_id": customer, "offer_type": offer}
        assert (await site.ask("POST", "/offer", body)).wrong == (status, code, field)
        body = {"customer_id": NOBODY, "offer_type": TAG}
        reply = await site.ask("POST", "/offer", body)
        assert reply.wrong == (404, "customer.unknown_id", "customer_id")
        assert not site.phone.store.kept.offers


async def test_the_risk_says_that_it_is_a_baseline_and_what_it_rests_on() -> None:
    async with rest_site() as site:
        nothing = (await site.ask("GET", "/cancel_risk", **ASKED)).body
        assert nothing == {
            "risk": 0.1,
            "model": "cancel-baseline",
            "version": "1",
            "baseline": True,
            "seen": 0,
        }
        await an_asset(site)
        visit = await booked(site)
        kept = (await site.ask("GET", "/cancel_risk", **ASKED)).body
        assert (kept["seen"], kept["risk"] < nothing["risk"]) == (1, True)
        jobs, call_id = site.store.jobs, next(iter(site.phone.store.kept.calls))
        await jobs.cancel(visit["order_id"], (), call_id=call_id, idempotency_key="off")
        gone = (await site.ask("GET", "/cancel_risk", **ASKED)).body
        assert (gone["seen"], gone["risk"] > nothing["risk"]) == (1, True)
        before = ASKED | {"create_ts": "2025-08-29T09:00:00-04:00"}
        assert (await site.ask("GET", "/cancel_risk", **before)).body["seen"] == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"create_ts": "yesterday"}, "create_ts"),
        ({"create_ts": "2025-08-30T09:00:00"}, "create_ts"),
        ({"create_ts": "0001-01-01T00:00:00Z"}, "create_ts"),
        ({"create_ts": "9999-12-31T23:59:59Z"}, "create_ts"),
        ({"SLA": "soon"}, "SLA"),
        ({"channel": "Voice!"}, "channel"),
    ],
)
async def test_a_risk_of_what_cannot_be_is_told_where(changes: dict[str, str], field: str) -> None:
    async with rest_site() as site:
        reply = await site.ask("GET", "/cancel_risk", **(ASKED | changes))
        assert reply.wrong == (422, "request.field", field)
