"""Deliveries: once where that can be had, again after a death, never for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from tests.support.postgres import a_text, prepared
from voiceagent.domain.business import TextLimits
from voiceagent.domain.records import Cents, CheckoutLink, Job, OutboundMessage
from voiceagent.errors import CallerFixable, OwnerFixable, Unavailable
from voiceagent.ports.meter import OutboxCounts
from voiceagent.store import PostgresStore
from voiceagent.store.dispatcher import Dispatcher, Pace
from voiceagent.store.sending import Carriers, dollars, fill

QUICK = Pace(poll_s=0.2, backoff_s=0.01, attempt_s=1.0)


@dataclass
class Provider:
    """A payment provider that keeps idempotency keys, as the real one does."""

    links: dict[str, CheckoutLink] = field(default_factory=dict)
    calls: int = 0
    errors: list[Exception] = field(default_factory=list)

    async def deposit_link(self, job: Job, amount: Cents, *, idempotency_key: str) -> CheckoutLink:
        self.calls += 1
        await asyncio.sleep(0)
        number = len(self.links) + 1
        link = CheckoutLink(f"cs_{number}", f"https://pay.example/{number}/{amount}")
        link = self.links.setdefault(idempotency_key, link)
        if self.errors:
            raise self.errors.pop(0)  # made, but the answer got lost
        return link


@dataclass
class Carrier:
    """A carrier that writes down what it was given."""

    sent: list[OutboundMessage] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    looked_up: int = 0

    async def send(self, message: OutboundMessage) -> str:
        await asyncio.sleep(0)
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append(message)
        self.arrived.set()
        return f"SM{len(self.sent)}"

    async def find(
        self, message: OutboundMessage, *, since: datetime, but_not: Collection[str]
    ) -> str | None:
        """The first text that reads the same and is none of the others."""
        self.looked_up += 1
        for number, sent in enumerate(self.sent, 1):
            same = (sent.to, sent.body) == (message.to, message.body)
            if same and f"SM{number}" not in but_not:
                return f"SM{number}"
        return None


async def booked(store: PostgresStore, *texts: OutboundMessage) -> Job:
    draft = await prepared(store)
    return await store.jobs.book(draft, texts or (a_text("t"),), idempotency_key="k")


async def states(store: PostgresStore) -> dict[str, str]:
    rows = await store.database.rows("SELECT kind, state FROM outbox ORDER BY id")
    return {row["kind"]: row["state"] for row in rows}


async def forward(store: PostgresStore) -> None:
    """Let every waiting and lease time be over."""
    await store.database.execute("UPDATE outbox SET due_at = clock_timestamp() WHERE lease IS NULL")
    await store.database.execute("UPDATE outbox SET due_at = '-infinity' WHERE lease IS NOT NULL")


@asynccontextmanager
async def running(dispatcher: Dispatcher) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(dispatcher.run())
        yield
        task.cancel()


async def test_while_the_provider_is_down_no_text_leaves(store: PostgresStore) -> None:
    provider, carrier = Provider(errors=[Unavailable("payments.unavailable", "")] * 3), Carrier()
    await booked(store)
    dispatcher = Dispatcher(store.database, provider, Carriers(carrier), pace=QUICK)
    for _ in range(3):
        await dispatcher.drain()
        assert carrier.sent == []
        assert await states(store) == {"checkout": "waiting", "text": "waiting"}
        await forward(store)
    await dispatcher.drain()
    assert await states(store) == {"checkout": "done", "text": "done"}
    assert dispatcher.counts == OutboxCounts(delivered=2, retried=3)
    assert len(provider.links) == 1  # three answers were lost, one page was made
    assert [message.key for message in carrier.sent] == ["t"]


async def test_waiting_gets_longer(store: PostgresStore) -> None:
    provider = Provider(errors=[Unavailable("payments.unavailable", "")] * 3)
    await booked(store)
    dispatcher = Dispatcher(store.database, provider, Carriers(Carrier()), pace=Pace(backoff_s=100))
    waits = []
    for _ in range(3):
        await dispatcher.drain()
        row = await store.database.row(
            "SELECT extract(epoch FROM due_at - clock_timestamp())::int AS wait_s "
            "FROM outbox WHERE kind = 'checkout'"
        )
        assert row is not None
        waits.append(row["wait_s"])
        await forward(store)
    assert waits == [pytest.approx(n, abs=2) for n in (100, 200, 400)]


async def test_what_failed_for_a_day_is_dead_and_takes_its_text_along(
    store: PostgresStore,
) -> None:
    carrier = Carrier()
    await booked(store)
    await store.database.execute("UPDATE outbox SET created_at = created_at - interval '23 h'")
    provider = Provider(errors=[OwnerFixable("payments.key", "")])
    dispatcher = Dispatcher(store.database, provider, Carriers(carrier), pace=QUICK)
    await dispatcher.drain()
    assert await states(store) == {"checkout": "dead", "text": "dead"}
    assert carrier.sent == []


async def test_a_text_that_can_never_be_sent_is_dead_at_once(store: PostgresStore) -> None:
    carrier = Carrier(errors=[CallerFixable("text.number", "No such number.")])
    await store.outbox.put(a_text("t", body="Hello"))
    dispatcher = Dispatcher(store.database, Provider(), Carriers(carrier), pace=QUICK)
    await dispatcher.drain()
    assert await states(store) == {"text": "dead"}


async def test_a_bug_in_an_adapter_stops_only_its_own_row(store: PostgresStore) -> None:
    carrier = Carrier(errors=[ZeroDivisionError()])
    await store.outbox.put(a_text("a", body="Hello"))
    await store.outbox.put(a_text("b", body="Hello"))
    dispatcher = Dispatcher(store.database, Provider(), Carriers(carrier), pace=Pace(backoff_s=60))
    assert await dispatcher.drain() == 2
    assert len(carrier.sent) == 1


async def test_the_text_carries_code_link_and_deposit(store: PostgresStore) -> None:
    provider, carrier = Provider(), Carrier()
    job = await booked(store)
    await Dispatcher(store.database, provider, Carriers(carrier), pace=QUICK).drain()
    (text,) = carrier.sent
    assert text.body == f"Booked {job.code}. Pay $206: https://pay.example/1/20600"
    assert text.to == "+15551230000"
    now = await store.jobs.get(job.job_id)
    assert now is not None
    assert now.checkout_url == "https://pay.example/1/20600"
    assert not now.deposit_paid


async def test_texts_without_a_link_do_not_wait(store: PostgresStore) -> None:
    provider, carrier = Provider(errors=[Unavailable("x", "")]), Carrier()
    await booked(store, a_text("plain", body="Booked {job_code}."), a_text("link"))
    await Dispatcher(store.database, provider, Carriers(carrier), pace=Pace(backoff_s=60)).drain()
    assert [message.key for message in carrier.sent] == ["plain"]


async def test_sent_texts_are_found_by_call(store: PostgresStore) -> None:
    draft = await prepared(store)
    message = OutboundMessage("t", "sms", draft.phone, "{job_code}", draft.call_id)
    job = await store.jobs.book(draft, [message], idempotency_key="k")
    assert list(await store.outbox.sent(draft.call_id)) == []
    await Dispatcher(store.database, Provider(), Carriers(Carrier()), pace=QUICK).drain()
    (sent,) = await store.outbox.sent(draft.call_id)
    assert (sent.body, sent.job_id) == (job.code, job.job_id)


async def test_two_dispatchers_send_each_text_once(store: PostgresStore) -> None:
    provider, carrier = Provider(), Carrier()
    await booked(store)
    for index in range(40):
        await store.outbox.put(a_text(f"m{index}", body="Hello"))
        await store.outbox.put(a_text(f"m{index}", body="Hello again"))
    many = TextLimits(per_number_a_day=100)
    carriers = Carriers(carrier, limits=many)
    both = [Dispatcher(store.database, provider, carriers, pace=QUICK) for _ in range(2)]
    await asyncio.gather(*(dispatcher.drain() for dispatcher in both))
    await both[0].drain()
    assert sorted(m.key for m in carrier.sent) == sorted(["t", *(f"m{i}" for i in range(40))])
    assert provider.calls == 1


async def test_a_dead_dispatchers_rows_are_taken_over_after_the_lease(
    store: PostgresStore,
) -> None:
    """The first one dies between the provider's answer and the commit."""

    class Died(BaseException):
        pass

    class Killed(Provider):
        async def deposit_link(
            self, job: Job, amount: Cents, *, idempotency_key: str
        ) -> CheckoutLink:
            await super().deposit_link(job, amount, idempotency_key=idempotency_key)
            raise Died

    provider, carrier = Killed(), Carrier()
    await booked(store)
    with pytest.raises(Died):
        await Dispatcher(store.database, provider, Carriers(carrier), pace=QUICK).drain()
    assert await states(store) == {"checkout": "leased", "text": "waiting"}

    successor = Provider(links=provider.links)
    heir = Dispatcher(store.database, successor, Carriers(carrier), pace=QUICK)
    assert await heir.drain() == 0  # the lease still runs
    await forward(store)
    await heir.drain()
    assert len(successor.links) == 1
    assert len(carrier.sent) == 1


async def test_a_late_finisher_does_not_end_anothers_lease(store: PostgresStore) -> None:
    carrier = Carrier()
    await store.outbox.put(a_text("t", body="Hello"))
    late = Dispatcher(store.database, Provider(), Carriers(carrier), pace=QUICK)
    (row,) = await late._claim()
    await forward(store)
    heir = Dispatcher(store.database, Provider(), Carriers(carrier), pace=QUICK)
    (again,) = await heir._claim()
    assert again["id"] == row["id"]
    await late._end(row, "dead", "late")
    assert await states(store) == {"text": "leased"}
    await heir._attempt(again)
    assert await states(store) == {"text": "done"}


async def test_a_cancelled_job_gets_no_link_even_when_the_task_was_taken(
    store: PostgresStore,
) -> None:
    provider, carrier = Provider(), Carrier()
    job = await booked(store)
    assert job.call_id is not None
    dispatcher = Dispatcher(store.database, provider, Carriers(carrier), pace=QUICK)
    (row,) = await dispatcher._claim()
    await store.jobs.cancel(job.job_id, (), call_id=job.call_id, idempotency_key="c")
    await dispatcher._attempt(row)
    await dispatcher.drain()
    assert provider.calls == 0
    assert carrier.sent == []
    assert await states(store) == {"checkout": "dropped", "text": "dropped"}


async def test_a_running_dispatcher_finds_what_is_booked(store: PostgresStore) -> None:
    provider, carrier = Provider(), Carrier()
    async with running(Dispatcher(store.database, provider, Carriers(carrier))):
        await booked(store)
        async with asyncio.timeout(20):
            await carrier.arrived.wait()
    assert [message.key for message in carrier.sent] == ["t"]


async def test_a_booking_notifies_nobody(store: PostgresStore) -> None:
    """Whoever notifies holds up all other commits until their own is on disk."""
    query = (
        "SELECT DISTINCT tgname::text AS name FROM pg_trigger t JOIN pg_proc p ON p.oid = tgfoid"
    )
    told = await store.database.rows(f"{query} WHERE p.prosrc ILIKE '%notify%'")
    assert [row["name"] for row in told] == []


async def test_a_running_dispatcher_outlives_its_connection(store: PostgresStore) -> None:
    carrier = Carrier()
    async with running(Dispatcher(store.database, Provider(), Carriers(carrier), pace=QUICK)):
        await store.outbox.put(a_text("a", body="Hello"))
        async with asyncio.timeout(20):
            await carrier.arrived.wait()
        carrier.arrived.clear()
        await store.database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await store.outbox.put(a_text("b", body="Hello"))
        async with asyncio.timeout(20):
            await carrier.arrived.wait()
    assert [message.key for message in carrier.sent] == ["a", "b"]


def test_amounts_as_written() -> None:
    assert [dollars(Cents(n)) for n in (20600, 20625, 5, 1234500)] == [
        "$206",
        "$206.25",
        "$0.05",
        "$12,345",
    ]
    assert fill("{other} {job_code}", None) == "{other} {job_code}"
