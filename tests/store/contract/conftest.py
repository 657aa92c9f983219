"""Every test in this folder runs against PostgreSQL and against its twin in memory."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import pytest

from voiceagent.core.clock import SystemClock
from voiceagent.domain.records import Cents, CheckoutLink, Job, OutboundMessage
from voiceagent.ports.store import Store
from voiceagent.store import PostgresStore
from voiceagent.store.dispatcher import Dispatcher
from voiceagent.store.memory import MemoryStore

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
        return "SM1"


@pytest.fixture
def deliver(store: Store) -> Deliver:
    """Sends what waits; what was sent, in no order."""
    if isinstance(store, MemoryStore):
        return store.deliver
    assert isinstance(store, PostgresStore)
    outside = Outside()
    dispatcher = Dispatcher(store.database, outside, outside)

    async def drain() -> Sequence[OutboundMessage]:
        outside.sent.clear()
        await dispatcher.drain()
        return list(outside.sent)

    return drain
