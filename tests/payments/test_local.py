"""The local payment page, end to end: booking, link by text, button, webhook, paid once."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import get_unused_port_socket

from connectors.local.payments import LocalPayments
from connectors.stripe.payments import Receipt, receive
from tests.support.postgres import a_job, a_text, prepared
from voiceagent.core.clock import SystemClock
from voiceagent.domain.locales import Locale
from voiceagent.domain.records import Cents, Job, JobStatus, OutboundMessage
from voiceagent.errors import PeerMisbehaved, Unavailable
from voiceagent.store import PostgresStore
from voiceagent.store.dispatcher import Dispatcher
from voiceagent.store.sending import Carriers

SECRET = "whsec_local"


@dataclass
class Engine:
    """The engine's two routes that matter here: the page and the webhook."""

    store: PostgresStore
    payments: LocalPayments
    receipts: list[Receipt] = field(default_factory=list)
    down: bool = False

    async def webhook(self, request: web.Request) -> web.Response:
        if self.down:
            return web.Response(status=503)
        self.receipts.append(
            await receive(
                await request.read(),
                request.headers.get("Stripe-Signature", ""),
                secret=SECRET,
                now=SystemClock().now(),
                events=self.store.payment_events,
            )
        )
        return web.Response()


@pytest.fixture
async def engine(store: PostgresStore) -> AsyncIterator[Engine]:
    socket = get_unused_port_socket("127.0.0.1")
    url = f"http://127.0.0.1:{socket.getsockname()[1]}"
    payments = LocalPayments(
        page_url=f"{url}/pay/",
        webhook_url=f"{url}/webhooks/payments",
        secret=SECRET,
        business_name="Cool & <Care>",
        clock=SystemClock(),
        job_of=store.jobs.get,
    )
    made = Engine(store, payments)
    app = web.Application()
    app.router.add_post("/webhooks/payments", made.webhook)
    app.add_subapp("/pay", payments.app())
    runner = web.AppRunner(app)
    await runner.setup()
    await web.SockSite(runner, socket).start()
    yield made
    await runner.cleanup()


class Carrier:
    def __init__(self) -> None:
        self.sent: list[OutboundMessage] = []

    async def send(self, message: OutboundMessage) -> str:
        self.sent.append(message)
        return "SM1"

    async def find(
        self, message: OutboundMessage, *, since: datetime, but_not: Collection[str]
    ) -> str | None:
        raise AssertionError("nothing went astray")


async def a_booked_job(engine: Engine, locale: Locale = Locale.EN_US) -> tuple[Job, str]:
    """A booking whose text has left; the job and the link in the text."""
    carrier = Carrier()
    draft = replace(await prepared(engine.store), locale=locale)
    job = await engine.store.jobs.book(
        draft, [a_text("t", body="Pay {deposit} at {checkout_url}")], idempotency_key="k"
    )
    await Dispatcher(engine.store.database, engine.payments, Carriers(carrier)).drain()
    (text,) = carrier.sent
    found = re.fullmatch(r"Pay \$206 at (\S+)", text.body)
    assert found is not None
    now = await engine.store.jobs.get(job.job_id)
    assert now is not None
    return now, found[1]


async def paid(engine: Engine, job: Job) -> bool:
    now = await engine.store.jobs.get(job.job_id)
    assert now is not None
    return now.deposit_paid


async def fetch(method: str, url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as client, client.request(method, url) as answer:
        return answer.status, await answer.text()


async def test_a_link_that_is_not_ours(engine: Engine) -> None:
    job, url = await a_booked_job(engine)
    page, _, session = url.rpartition("/")
    for changed in (
        "cs_local_",
        "cs_local_!!!",
        "x",
        session[:-1],
        session + "A",
        session[:12] + ("A" if session[12] != "A" else "B") + session[13:],
    ):
        for method in ("GET", "POST"):
            status, text = await fetch(method, f"{page}/{changed}")
            assert status == 404, changed
            assert "not valid" in text
        with pytest.raises(PeerMisbehaved, match=r"payments\.session"):
            await engine.payments.pay(changed)
    assert not await paid(engine, job)
    assert engine.receipts == []


async def test_an_engine_that_is_down(engine: Engine) -> None:
    job, url = await a_booked_job(engine)
    engine.down = True
    status, text = await fetch("POST", url)
    assert status == 502
    assert "not recorded" in text
    assert not await paid(engine, job)
    engine.down = False
    assert (await fetch("POST", url))[0] == 200
    assert await paid(engine, job)


async def test_an_engine_that_is_gone() -> None:
    gone = LocalPayments(
        page_url="http://127.0.0.1:9/pay",
        webhook_url="http://127.0.0.1:9/webhook",
        secret=SECRET,
        business_name="x",
        clock=SystemClock(),
    )
    link = await gone.deposit_link(a_job(), Cents(1), idempotency_key="k")
    with pytest.raises(Unavailable, match=r"payments\.webhook"):
        await gone.pay(link.session_id)


async def test_looking_pays_nothing(engine: Engine) -> None:
    job, url = await a_booked_job(engine)
    status, text = await fetch("GET", url)
    assert status == 200
    assert "$206.00" in text
    assert job.code in text
    assert "Cool &amp; &lt;Care&gt;" in text
    assert not await paid(engine, job)
    assert job.checkout_url == url


async def test_the_button_pays_once(engine: Engine) -> None:
    job, url = await a_booked_job(engine)
    for _ in range(3):
        status, text = await fetch("POST", url)
        assert (status, "is paid" in text) == (200, True)
        assert (await fetch("GET", url))[1].count("<form") == 0
    await engine.payments.pay(url.rpartition("/")[2])  # as two that press at the same moment
    assert engine.receipts == [Receipt.APPLIED, Receipt.KNOWN]
    now = await engine.store.jobs.get(job.job_id)
    assert now is not None
    assert (now.deposit_paid, now.status) == (True, JobStatus.CONFIRMED)


async def test_a_visit_that_was_called_off_is_not_sold(engine: Engine) -> None:
    job, url = await a_booked_job(engine)
    assert job.call_id is not None
    await engine.store.jobs.cancel(job.job_id, (), call_id=job.call_id, idempotency_key="c")
    for method in ("GET", "POST"):
        status, text = await fetch(method, url)
        assert (status, "called off" in text) == (410, True)
    assert engine.receipts == []


async def test_the_page_is_in_the_language_of_the_booking(engine: Engine) -> None:
    job, url = await a_booked_job(engine, Locale.ES_US)
    _, text = await fetch("GET", url)
    assert '<html lang="es">' in text
    assert f"Depósito de la reserva {job.code}" in text
    assert "<button>Pagar</button>" in text
    status, text = await fetch("POST", url)
    assert (status, "su depósito está pagado" in text) == (200, True)


async def test_the_same_key_is_the_same_page(engine: Engine) -> None:
    job, _ = await a_booked_job(engine)
    first = await engine.payments.deposit_link(job, Cents(20600), idempotency_key="a")
    again = await engine.payments.deposit_link(job, Cents(20600), idempotency_key="a")
    other = await engine.payments.deposit_link(job, Cents(20600), idempotency_key="b")
    assert first == again
    assert first.session_id != other.session_id
    assert len(first.url) < 120  # it goes into a text
