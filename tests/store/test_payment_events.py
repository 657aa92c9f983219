"""Payment events: once, in any order, never in favour of money that did not come."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import permutations

import pytest

from tests.support.payments import an_event
from tests.support.postgres import prepared
from voiceagent.domain.ledger import EntryKind
from voiceagent.domain.records import Job, JobId, JobStatus
from voiceagent.errors import Unavailable
from voiceagent.store import PostgresStore

COMPLETED, UNPAID = EntryKind.PAID, EntryKind.PENDING
FAILED, EXPIRED, REFUNDED = EntryKind.FAILED, EntryKind.EXPIRED, EntryKind.REFUNDED
DISPUTED, WON, LOST = EntryKind.DISPUTED, EntryKind.DISPUTE_WON, EntryKind.DISPUTE_LOST


async def a_job(store: PostgresStore) -> Job:
    job = await store.jobs.book(await prepared(store), (), idempotency_key="k")
    await store.database.execute(
        "UPDATE payments SET session_id = 'cs_1', checkout_url = 'https://pay.example/1'"
    )
    return job


async def tell(
    store: PostgresStore, job: Job, kind: EntryKind = COMPLETED, event_id: str = "evt_1"
) -> bool:
    return await store.payment_events.apply_event(an_event(kind, job, event_id=event_id))


async def state(store: PostgresStore, job: Job) -> tuple[str, bool, JobStatus]:
    row = await store.database.row("SELECT status FROM payments")
    now = await store.jobs.get(job.job_id)
    assert row is not None
    assert now is not None
    return row["status"], now.deposit_paid, now.status


@pytest.mark.parametrize("kind", [UNPAID, FAILED, EXPIRED])
async def test_what_brought_no_money_pays_nothing(store: PostgresStore, kind: EntryKind) -> None:
    job = await a_job(store)
    assert await tell(store, job, kind)
    assert (await state(store, job))[1:] == (False, JobStatus.BOOKED)


async def test_an_unknown_job_is_recorded_and_harmless(store: PostgresStore) -> None:
    job = await a_job(store)
    for number, stranger in enumerate(("", "not-an-id", "00000000-0000-0000-0000-000000000000")):
        nobodys = replace(job, job_id=JobId(stranger))
        told = an_event(COMPLETED, nobodys, event_id=f"evt_{number}", session="cs_other")
        assert await store.payment_events.apply_event(told)
    assert not (await state(store, job))[1]
    rows = await store.database.rows("SELECT DISTINCT effect FROM webhook_events")
    assert [row["effect"] for row in rows] == ["unknown_job"]
    assert not await store.database.rows("SELECT FROM payment_entries")


async def test_a_payment_counts_once_however_often_it_is_told(store: PostgresStore) -> None:
    job = await a_job(store)
    told = await asyncio.gather(*(tell(store, job) for _ in range(12)))
    assert sorted(told) == [False] * 11 + [True]
    assert await state(store, job) == ("paid", True, JobStatus.CONFIRMED)


async def test_the_effect_is_rolled_back_with_the_event(store: PostgresStore) -> None:
    job = await a_job(store)
    await store.database.execute("ALTER TABLE payments ADD CONSTRAINT broken CHECK (stage = 0)")
    with pytest.raises(Exception, match=r"store\.refused"):
        await tell(store, job)
    await store.database.execute("ALTER TABLE payments DROP CONSTRAINT broken")
    assert await tell(store, job)
    assert (await state(store, job))[0] == "paid"


@pytest.mark.parametrize(
    ("kinds", "end", "balance"),
    [
        ((UNPAID, COMPLETED), ("paid", True, JobStatus.CONFIRMED), 20600),
        ((UNPAID, FAILED, EXPIRED), ("expired", False, JobStatus.BOOKED), 0),
        ((EXPIRED, COMPLETED), ("paid", True, JobStatus.CONFIRMED), 20600),
        ((COMPLETED, REFUNDED), ("refunded", False, JobStatus.BOOKED), 0),
        ((UNPAID, FAILED, COMPLETED, REFUNDED), ("refunded", False, JobStatus.BOOKED), 0),
        ((COMPLETED, DISPUTED), ("disputed", False, JobStatus.BOOKED), 0),
        ((COMPLETED, DISPUTED, WON), ("paid", True, JobStatus.CONFIRMED), 20600),
        ((COMPLETED, DISPUTED, LOST), ("lost", False, JobStatus.BOOKED), 0),
    ],
)
async def test_every_order_ends_in_the_same_place(
    store: PostgresStore,
    kinds: tuple[EntryKind, ...],
    end: tuple[str, bool, JobStatus],
    balance: int,
) -> None:
    job = await a_job(store)
    for order in permutations(kinds):
        await store.database.execute("TRUNCATE webhook_events CASCADE")
        await store.database.execute("UPDATE payments SET stage = 0, paid_at = NULL, balance = 0")
        await store.database.execute("UPDATE jobs SET status = 'booked'")
        for number, kind in enumerate(order + order):
            await tell(store, job, kind, f"evt_{number % len(order)}")
        assert await state(store, job) == end, order
        row = await store.database.row("SELECT balance FROM payments")
        account = await store.payment_events.account(job.job_id)
        assert row is not None
        assert account is not None
        assert row["balance"] == account.balance == balance


async def test_a_payment_whose_session_was_never_recorded_counts(store: PostgresStore) -> None:
    job = await store.jobs.book(await prepared(store), (), idempotency_key="k")
    await tell(store, job)
    assert (await state(store, job))[:2] == ("paid", True)


async def test_a_dispute_and_its_payment_at_the_same_moment(store: PostgresStore) -> None:
    for run in range(8):
        await store.database.execute("TRUNCATE webhook_events, jobs CASCADE")
        job = await store.jobs.book(
            await prepared(store, phone=f"+1555200000{run}"), (), idempotency_key=f"k{run}"
        )
        await asyncio.gather(tell(store, job), tell(store, job, DISPUTED, "evt_2"))
        assert (await state(store, job))[:2] == ("disputed", False)


async def test_the_ledger_is_only_added_to(store: PostgresStore) -> None:
    job = await a_job(store)
    await tell(store, job)
    for change in ("UPDATE payment_entries SET amount = 1", "DELETE FROM payment_entries"):
        with pytest.raises(Unavailable, match=r"store\.refused"):
            await store.database.execute(change)


async def test_money_for_a_cancelled_job_asks_for_a_refund(store: PostgresStore) -> None:
    job = await a_job(store)
    assert job.call_id is not None
    await store.jobs.cancel(job.job_id, (), call_id=job.call_id, idempotency_key="c")
    await tell(store, job)
    assert await state(store, job) == ("paid", True, JobStatus.CANCELLED)
    rows = await store.database.rows("SELECT effect FROM webhook_events")
    assert [row["effect"] for row in rows] == ["paid_after_cancel"]
