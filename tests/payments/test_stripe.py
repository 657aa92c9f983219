"""The Stripe adapter against a server that answers as Stripe's API does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from connectors.stripe.payments import StripePayments
from tests.support.postgres import a_job
from voiceagent.domain.locales import Locale
from voiceagent.domain.records import Cents
from voiceagent.errors import OwnerFixable, PeerMisbehaved, Unavailable


@dataclass
class Api:
    """Records requests; answers with what it was told to."""

    status: int = 200
    body: dict[str, object] = field(
        default_factory=lambda: {"id": "cs_1", "object": "checkout.session", "url": "https://p/1"}
    )
    requests: list[tuple[dict[str, str], dict[str, str]]] = field(default_factory=list)
    hang: asyncio.Event | None = None

    async def create(self, request: web.Request) -> web.Response:
        form = dict(parse_qsl(await request.text()))
        self.requests.append((dict(request.headers), form))
        if self.hang is not None:
            await self.hang.wait()
        return web.json_response(self.body, status=self.status)


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
async def payments(api: Api) -> AsyncIterator[StripePayments]:
    app = web.Application()
    app.router.add_post("/v1/checkout/sessions", api.create)
    async with TestServer(app) as server:
        adapter = StripePayments(
            "sk_test_x",
            business_name="CoolCare",
            success_url="https://coolcare.example/thanks",
            cancel_url="https://coolcare.example/later",
            api_base=str(server.make_url("")).rstrip("/"),
            timeout_s=0.5,
        )
        yield adapter
        await adapter.aclose()


def an_error(kind: str) -> dict[str, object]:
    return {"error": {"type": kind, "message": "no", "code": "reason"}}


@pytest.mark.parametrize(
    ("status", "body", "error", "code"),
    [
        (500, an_error("api_error"), Unavailable, "payments.unavailable"),
        (429, an_error("rate_limit_error"), Unavailable, "payments.unavailable"),
        (401, an_error("authentication_error"), OwnerFixable, "payments.key"),
        (403, an_error("permission_error"), OwnerFixable, "payments.key"),
        (400, an_error("invalid_request_error"), PeerMisbehaved, "payments.refused"),
        (400, an_error("idempotency_error"), PeerMisbehaved, "payments.refused"),
        (200, {"id": "cs_1", "object": "checkout.session"}, PeerMisbehaved, "payments.refused"),
    ],
)
async def test_errors_are_sorted_by_who_can_act(
    api: Api,
    payments: StripePayments,
    status: int,
    body: dict[str, object],
    error: type[Exception],
    code: str,
) -> None:
    api.status, api.body = status, body
    with pytest.raises(error, match=code):
        await payments.deposit_link(a_job(), Cents(20600), idempotency_key="k")
    assert len(api.requests) == 1  # the outbox repeats, not the SDK


async def test_a_silent_stripe_is_given_up(api: Api, payments: StripePayments) -> None:
    api.hang = asyncio.Event()
    with pytest.raises(Unavailable, match=r"payments\.unavailable"):
        await payments.deposit_link(a_job(), Cents(20600), idempotency_key="k")
    api.hang.set()


async def test_what_stripe_is_asked(api: Api, payments: StripePayments) -> None:
    job = a_job()
    link = await payments.deposit_link(job, Cents(20600), idempotency_key="deposit:1")
    assert (link.session_id, link.url) == ("cs_1", "https://p/1")
    ((headers, form),) = api.requests
    assert headers["Idempotency-Key"] == "deposit:1"
    assert form == {
        "mode": "payment",
        "client_reference_id": job.job_id,
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "usd",
        "line_items[0][price_data][unit_amount]": "20600",
        "line_items[0][price_data][product_data][name]": "CoolCare: deposit for 482937",
        "metadata[job_id]": job.job_id,
        "payment_intent_data[metadata][job_id]": job.job_id,
        "success_url": "https://coolcare.example/thanks",
        "cancel_url": "https://coolcare.example/later",
    }


async def test_who_booked_in_spanish_pays_on_a_spanish_page(
    api: Api, payments: StripePayments
) -> None:
    job = replace(a_job(), locale=Locale.ES_US)
    await payments.deposit_link(job, Cents(20600), idempotency_key="deposit:1")
    ((_, form),) = api.requests
    assert form["locale"] == "es"
