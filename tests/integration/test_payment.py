"""The deposit: the button of the local page, the signed webhook, and what becomes of forgeries."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import aiohttp
import pytest
import pytest_asyncio
import stripe

from tests.integration.seed import TO_THE_READ_BACK, YES, call_so_far
from tests.integration.stage import Row, jobs_of, rows
from tests.soak.payments import storm
from tests.support.live import Live
from voiceagent.app.installation import local_secrets

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(150)]

CALLER = "+15551230031"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def booked(live: Live) -> AsyncIterator[Row]:
    """A job that was booked; the engine has made its link and sent it."""
    call_sid = f"CA{secrets.token_hex(16)}"
    await call_so_far(live, call_sid, (*TO_THE_READ_BACK, YES), caller=CALLER)
    await live.store.calls.sweep([])
    async with asyncio.timeout(8):
        text = await live.carrier.emulator.wait_for_message(CALLER)
    job = await the_job(live, call_sid)
    assert job["checkout_url"] in text.body
    yield job
    free_again = "UPDATE jobs SET status = 'cancelled' WHERE id = $1"
    await live.store.database.execute(free_again, job["id"])  # tonight's window, for other tests


async def the_job(live: Live, call_sid: str) -> Row:
    (job,) = await jobs_of(live.store, call_sid)
    return job


async def post_webhook(live: Live, body: str, header: str | None) -> tuple[int, str]:
    headers = {"Content-Type": "application/json"}
    if header is not None:
        headers["Stripe-Signature"] = header
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{live.engine.url}/webhooks/stripe", data=body, headers=headers) as answer,
    ):
        return answer.status, await answer.text()


def event(job: Row, **changes: object) -> str:
    """The provider's event that this job's deposit was paid."""
    session = str(job["checkout_url"]).rpartition("/")[2]
    paid = {
        "id": session,
        "object": "checkout.session",
        "mode": "payment",
        "status": "complete",
        "payment_status": "paid",
        "amount_total": job["deposit_amount"],
        "currency": "usd",
        "client_reference_id": str(job["id"]),
        "metadata": {"job_id": str(job["id"])},
    }
    return json.dumps(
        {
            "id": f"evt_{secrets.token_hex(8)}",
            "object": "event",
            "type": "checkout.session.completed",
            "created": 1,
            "livemode": False,
            "data": {"object": paid},
            **changes,
        }
    )


def signed(body: str, secret: str, at: int) -> str:
    return str(stripe.WebhookSignature.generate_signature_header(body, secret, at))


async def now(live: Live) -> int:
    """Real time, from the database's own clock."""
    (row,) = await rows(live.store, "SELECT extract(epoch FROM clock_timestamp())::bigint AS s")
    return int(row["s"])


async def test_the_carrier_tells_what_became_of_the_text(live: Live, booked: Row) -> None:
    """Over the wire: the text asked for reports, and the last of them is in its row."""
    query = "SELECT status FROM messages WHERE job_id = $1"
    async with asyncio.timeout(8):
        while [row["status"] for row in await rows(live.store, query, booked["id"])] != [  # noqa: ASYNC110 - the database tells nobody
            "delivered"
        ]:
            await asyncio.sleep(0.05)
    assert live.carrier.emulator.texts.errors == []


async def test_forged_webhooks_pay_nothing(live: Live, booked: Row) -> None:
    body, at = event(booked), await now(live)
    _, _, secret = local_secrets(live.settings.state_dir)
    good = signed(body, secret, at)
    forged = {
        "no signature": None,
        "empty": "",
        "another secret": signed(body, "whsec_" + secrets.token_hex(24), at),
        "another body": signed(event(booked), secret, at),
        "old": signed(body, secret, at - 400),
        "from the future": signed(body, secret, at + 400),
        "another scheme": good.replace("v1=", "v0="),
    }
    events = await rows(live.store, "SELECT id FROM webhook_events")
    for name, header in forged.items():
        status, _ = await post_webhook(live, body, header)
        assert status == 400, name
    assert (await the_job(live, booked["call_sid"]))["deposit_paid"] is False
    assert await rows(live.store, "SELECT id FROM webhook_events") == events


async def test_the_button_pays_exactly_once(live: Live, booked: Row) -> None:
    """Pressed twice at the same moment, once more later, and once more as another event."""
    url = booked["checkout_url"]
    assert urlsplit(url).netloc == urlsplit(live.engine.url).netloc
    async with aiohttp.ClientSession() as http:
        async with http.get(url) as page:
            assert page.status == 200
            assert "$206.00" in await page.text()
        assert (await the_job(live, booked["call_sid"]))["deposit_paid"] is False

        async def press() -> int:
            async with http.post(url) as answer:
                return answer.status

        assert list(await asyncio.gather(press(), press())) == [200, 200]
        assert (await the_job(live, booked["call_sid"]))["deposit_paid"] is True
        paid = await payment(live, booked)
        assert await press() == 200

    _, _, secret = local_secrets(live.settings.state_dir)
    body = event(booked)
    status, answer = await post_webhook(live, body, signed(body, secret, await now(live)))
    assert status == 200, answer
    assert await payment(live, booked) == paid
    query = "SELECT effect, count(*) AS n FROM webhook_events WHERE job_id = $1 GROUP BY 1"
    effects = {r["effect"]: r["n"] for r in await rows(live.store, query, str(booked["id"]))}
    assert sum(effects.values()) == 2, effects
    assert sum(n for effect, n in effects.items() if effect == "paid") <= 1, effects


async def payment(live: Live, job: Row) -> Row:
    (row,) = await rows(live.store, "SELECT * FROM payments WHERE job_id = $1", job["id"])
    return row


async def test_a_link_of_nobody(live: Live) -> None:
    async with aiohttp.ClientSession() as http:
        for path in ("cs_local_", "cs_local_AAAA", "../console", "x" * 300):
            async with http.post(f"{live.engine.url}/pay/{path}") as answer:
                assert answer.status in {404, 405}, path


async def test_a_small_storm_of_webhooks_leaves_exact_books(live: Live) -> None:
    """A sample of ``./run soak-payments``."""
    report = await storm(live, events=40, copies=4, connections=4, seed=7)
    assert report.wrong == []
    assert report.deliveries >= 4 * report.events
    assert report.cut_off
