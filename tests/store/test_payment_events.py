"""Payment events: once, in any order, never in favour of money that did not come."""

from __future__ import annotations

import asyncio
from itertools import permutations

import pytest

from tests.support.postgres import prepared
from voiceagent.domain.records import Job, JobId, JobStatus
from voiceagent.store import PostgresStore

COMPLETED = ("checkout.session.completed", True)
UNPAID = ("checkout.session.completed", False)
LATE = ("checkout.session.async_payment_succeeded", True)
FAILED = ("checkout.session.async_payment_failed", False)
EXPIRED = ("checkout.session.expired", False)
REFUNDED = ("charge.refunded", False)


async def a_job(store: PostgresStore) -> Job:
    job = await store.jobs.book(await prepared(store), (), idempotency_key="k")
    await store.database.execute(
        "UPDATE payments SET session_id = 'cs_1', checkout_url = 'https://pay.example/1'"
    )
    return job


async def tell(store: PostgresStore, job: Job) -> bool:
    events = store.payment_events
    return await events.apply_event("evt_1", COMPLETED[0], "cs_1", job.job_id, paid=True)


async def state(store: PostgresStore, job: Job) -> tuple[str, bool, JobStatus]:
    row = await store.database.row("SELECT status FROM payments")
    now = await store.jobs.get(job.job_id)
    assert row is not None
    assert now is not None
    return row["status"], now.deposit_paid, now.status


@pytest.mark.parametrize("event", [UNPAID, FAILED, EXPIRED])
async def test_what_brought_no_money_pays_nothing(
    store: PostgresStore, event: tuple[str, bool]
) -> None:
    job = await a_job(store)
    kind, paid = event
    assert await store.payment_events.apply_event("evt_1", kind, "cs_1", job.job_id, paid=paid)
    assert (await state(store, job))[1:] == (False, JobStatus.BOOKED)


async def test_an_unknown_job_is_recorded_and_harmless(store: PostgresStore) -> None:
    job = await a_job(store)
    for number, stranger in enumerate(("", "not-an-id", "00000000-0000-0000-0000-000000000000")):
        assert await store.payment_events.apply_event(
            f"evt_{number}", COMPLETED[0], "cs_other", JobId(stranger), paid=True
        )
    assert not (await state(store, job))[1]
    rows = await store.database.rows("SELECT DISTINCT effect FROM webhook_events")
    assert [row["effect"] for row in rows] == ["unknown_job"]


async def test_a_payment_counts_once_however_often_it_is_told(store: PostgresStore) -> None:
    job = await a_job(store)
    told = await asyncio.gather(
        *(
            store.payment_events.apply_event("evt_1", COMPLETED[0], "cs_1", job.job_id, paid=True)
            for _ in range(12)
        )
    )
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
    ("events", "end"),
    [
        ((UNPAID, LATE), ("paid", True, JobStatus.CONFIRMED)),
        ((UNPAID, FAILED, EXPIRED), ("expired", False, JobStatus.BOOKED)),
        ((EXPIRED, COMPLETED), ("paid", True, JobStatus.CONFIRMED)),
        ((COMPLETED, REFUNDED), ("refunded", False, JobStatus.BOOKED)),
        ((UNPAID, FAILED, LATE, REFUNDED), ("refunded", False, JobStatus.BOOKED)),
    ],
)
async def test_every_order_ends_in_the_same_place(
    store: PostgresStore,
    events: tuple[tuple[str, bool], ...],
    end: tuple[str, bool, JobStatus],
) -> None:
    job = await a_job(store)
    for run, order in enumerate(permutations(events)):
        await store.database.execute("UPDATE payments SET stage = 0, paid_at = NULL")
        await store.database.execute("UPDATE jobs SET status = 'booked'")
        for number, (kind, paid) in enumerate(order + order):
            event_id = f"evt_{run}_{number % len(order)}"
            session = "" if kind == REFUNDED[0] else "cs_1"
            await store.payment_events.apply_event(event_id, kind, session, job.job_id, paid=paid)
        assert await state(store, job) == end, order


async def test_a_payment_whose_session_was_never_recorded_counts(store: PostgresStore) -> None:
    job = await store.jobs.book(await prepared(store), (), idempotency_key="k")
    await store.payment_events.apply_event("evt_1", COMPLETED[0], "cs_lost", job.job_id, paid=True)
    assert (await state(store, job))[:2] == ("paid", True)


async def test_money_for_a_cancelled_job_asks_for_a_refund(store: PostgresStore) -> None:
    job = await a_job(store)
    assert job.call_id is not None
    await store.jobs.cancel(job.job_id, (), call_id=job.call_id, idempotency_key="c")
    await store.payment_events.apply_event("evt_1", COMPLETED[0], "cs_1", job.job_id, paid=True)
    assert await state(store, job) == ("paid", True, JobStatus.CANCELLED)
    rows = await store.database.rows("SELECT effect FROM webhook_events")
    assert [row["effect"] for row in rows] == ["paid_after_cancel"]
