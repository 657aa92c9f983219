"""Every test in this folder runs against PostgreSQL and against its twin in memory."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from voiceagent.core.clock import SystemClock
from voiceagent.domain.records import Cents, CheckoutLink, Job, OutboundMessage
from voiceagent.domain.texting import EMAIL, VOICE
from voiceagent.ports.email import Email
from voiceagent.ports.store import Store
from voiceagent.store import PostgresStore
from voiceagent.store.dispatcher import Dispatcher
from voiceagent.store.memory import MemoryStore
from voiceagent.store.sending import Carriers

Deliver = Callable[[], Awaitable[Sequence[OutboundMessage]]]


@pytest.fixture(params=["memory", "postgres"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """An empty store of each kind."""
    if request.param == "memory":
        yield MemoryStore(SystemClock())
        return
    server = request.getfixturevalue("postgres")
    name = f"test_{secrets.token_hex(6)}"
    async with PostgresStore(server.create_database(name)).opened() as opened:
        yield opened
    server.drop_database(name)


@dataclass
class Outside:
    """A payment provider and a carrier that never fail."""

    sent: list[OutboundMessage] = field(default_factory=list)

    async def deposit_link(self, job: Job, amount: Cents, *, idempotency_key: str) -> CheckoutLink:
        return CheckoutLink(f"cs_{job.job_id}", f"https://pay.test/{job.job_id}")

    async def send(self, message: OutboundMessage) -> str:
        self.sent.append(message)
        return f"SM-{message.key}"

    async def find(
        self, message: OutboundMessage, *, since: datetime, but_not: Collection[str]
    ) -> str | None:
        raise AssertionError("nothing went astray")

    async def send_email(self, email: Email) -> str:
        self.sent.append(OutboundMessage(email.key, EMAIL, email.to, email.body))
        return f"SM-{email.key}"

    async def read_out(self, number: str, words: str) -> str:
        self.sent.append(OutboundMessage("", VOICE, number, words))
        return f"CA-{number}"


@pytest.fixture
def deliver(store: Store) -> Deliver:
    """Sends what waits; what was sent, in no order."""
    if isinstance(store, MemoryStore):
        return store.deliver
    assert isinstance(store, PostgresStore)
    outside = Outside()
    carriers = Carriers(outside, outside, outside, deliveries=store.text_places)
    dispatcher = Dispatcher(store.database, outside, carriers)

    async def drain() -> Sequence[OutboundMessage]:
        outside.sent.clear()
        await dispatcher.drain()
        return list(outside.sent)

    return drain
