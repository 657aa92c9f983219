"""A real PostgreSQL for tests: one embedded server per run, a fresh database per test.

The fixtures are those of every test (tests/conftest.py), so that all of a run share one server.
"""

from __future__ import annotations

import secrets
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from voiceagent.domain.records import (
    CallId,
    CallStart,
    Cents,
    Customer,
    Job,
    JobDraft,
    JobId,
    JobStatus,
    OutboundMessage,
    Priority,
    Quote,
    Slot,
    Window,
)
from voiceagent.ports.store import Store
from voiceagent.store import PostgresStore
from voiceagent.store.embedded import EmbeddedPostgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """The server of this run."""
    with state_folder() as state:
        server = EmbeddedPostgres(state, durable=False)
        server.start()
        yield server
        server.stop()


@contextmanager
def state_folder() -> Iterator[Path]:
    """A folder for a server, removed after use.

    Not one of pytest's: when root runs tests, pytest closes the folder above its own to other
    accounts at each start, also to the account of a server that another run has started.
    """
    with tempfile.TemporaryDirectory(prefix="voiceagent-test-") as folder:
        yield Path(folder) / "state"


@pytest.fixture
def database(postgres: EmbeddedPostgres) -> Iterator[str]:
    """DSN of a migrated, empty database that is gone after the test."""
    name = f"test_{secrets.token_hex(6)}"
    yield postgres.create_database(name)
    postgres.drop_database(name)


@pytest.fixture
async def store(database: str) -> AsyncIterator[PostgresStore]:
    """An opened store on the test's own database."""
    async with PostgresStore(database).opened() as opened:
        yield opened


def a_call(number: str = "+15551230000", *, sid: str | None = None) -> CallStart:
    """A call from `number`, not yet opened."""
    return CallStart(
        call_id=CallId(str(uuid.uuid4())),
        call_sid=sid or f"CA{secrets.token_hex(16)}",
        channel="voice",
        from_number=number,
        to_number="+19375550100",
    )


def a_window(hours_ahead: float = 24, *, hours: float = 2, now: datetime | None = None) -> Window:
    """A window that starts some hours from now, on a full hour."""
    start = (now or datetime.now(UTC)).replace(minute=0, second=0, microsecond=0)
    start += timedelta(hours=hours_ahead)
    return Window(start, start + timedelta(hours=hours))


def a_slot(window: Window | None = None, technician: str = "dana") -> Slot:
    """A slot as the calendar proposes it; the store gives it its real id when it is held."""
    return Slot("", "repair", technician, window or a_window())


def a_quote(call_id: CallId) -> Quote:
    """The reference call's quote (docs/contract.md)."""
    return Quote(
        quote_id=secrets.token_hex(8),
        call_id=call_id,
        price_version="2025-06",
        service_type="repair",
        after_hours=True,
        service_call=Cents(16500),
        range_low=Cents(30000),
        range_high=Cents(80000),
        estimate=Cents(82500),
        emergency_fee=Cents(24800),
        deposit=Cents(20600),
    )


def a_draft(slot: Slot, quote: Quote, *, phone: str = "+15551230000") -> JobDraft:
    """The reference call's booking (docs/contract.md)."""
    return JobDraft(
        call_id=quote.call_id,
        customer_name="Sarah Miller",
        phone=phone,
        email=None,
        address="123 Oak Street, Springfield, Ohio",
        service_type="repair",
        description="AC not cooling; outdoor unit rattling.",
        slot=slot,
        quote=quote,
        priority=Priority.EMERGENCY,
        notes="Gate code 1234. Friendly dog.",
    )


def a_job() -> Job:
    """A booked job as a payment adapter gets it, of no particular store."""
    return Job(
        job_id=JobId("11111111-2222-3333-4444-555555555555"),
        code="482937",
        customer=Customer("22222222-2222-3333-4444-555555555555", "Sarah", "+15551230000"),
        service_type="repair",
        description="AC not cooling.",
        address="123 Oak Street",
        window=a_window(),
        technician_id="dana",
        priority=Priority.STANDARD,
        status=JobStatus.BOOKED,
        notes="",
        estimated_cost=Cents(82500),
        deposit_amount=Cents(20600),
        deposit_paid=False,
        checkout_url=None,
        call_id=None,
    )


def a_text(
    key: str, *, body: str = "Booked {job_code}. Pay {deposit}: {checkout_url}"
) -> OutboundMessage:
    """A text to the reference caller."""
    return OutboundMessage(key=key, channel="sms", to="+15551230000", body=body)


async def prepared(
    store: Store,
    *,
    phone: str = "+15551230000",
    slot: Slot | None = None,
    deposit: int = 20600,
) -> JobDraft:
    """Everything before a booking: a call, its quote, and a held slot."""
    call = a_call(phone)
    call_id = await store.calls.open(call)
    quote = replace(a_quote(call_id), deposit=Cents(deposit))
    await store.quotes.save(quote)
    held = await store.schedule.hold(call_id, [slot or a_slot()], minutes=10)
    return a_draft(held[0], quote, phone=phone)
