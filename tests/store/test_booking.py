"""Bookings: refused when they should be, single when they succeed."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from tests.support.postgres import a_call, a_slot, a_text, a_window, prepared
from voiceagent.domain.identity import ALPHABET
from voiceagent.domain.records import CallId, Cents, JobId, JobStatus
from voiceagent.errors import CallerFixable, Unavailable
from voiceagent.store import Limits, PostgresStore, jobs_sql
from voiceagent.store.locks import lock_technicians, register_technicians
from voiceagent.store.pool import Connection

NOBODY = JobId("00000000-0000-0000-0000-000000000000")

OVERLAPS = """
SELECT count(*) FROM jobs a JOIN jobs b
    ON a.id < b.id AND a.technician_id = b.technician_id AND a.during && b.during
   AND a.status IN ('booked', 'confirmed') AND b.status IN ('booked', 'confirmed')
"""


async def count(store: PostgresStore, table: str) -> int:
    row = await store.database.row(f"SELECT count(*) FROM {table}")  # noqa: S608
    assert row is not None
    return int(row["count"])


OTHERS = """
WITH who AS (
    INSERT INTO technicians (key) SELECT 't' || n FROM generate_series(0, 9) AS n RETURNING id),
  rung AS (
    INSERT INTO calls (id, call_sid, channel, direction, from_number, to_number)
    SELECT md5('c' || n)::uuid, 'CA' || md5('c' || n), 'voice', 'inbound', '+1' || 5550000000 + n,
           '+19375550100'
      FROM generate_series(1, 1000) AS n),
  people AS (
    INSERT INTO customers (id, phone, name, email, address)
    SELECT md5('p' || n)::uuid, '+1' || 5550000000 + n, 'Pat', NULL, '1 Oak Street'
      FROM generate_series(1, 1000) AS n)
INSERT INTO jobs (code, customer_id, call_id, quote_id, technician_id, during, service_type,
                  description, address, priority, estimated_cost, deposit_amount)
SELECT lpad(n::text, 6, '0'), md5('p' || n)::uuid, md5('c' || n)::uuid, 'q', who.id,
       tstzrange(app_now() + n * interval '1 day', app_now() + n * interval '1 day 1 second'),
       'repair', '', '', 'standard', 1, 0
  FROM generate_series(1, 1000) AS n JOIN who ON who.id % 10 = n % 10
"""


def rows_read(node: dict[str, Any]) -> int:
    """The most rows that any step of a plan found."""
    below = max((rows_read(one) for one in node.get("Plans", ())), default=0)
    found = int(node["Actual Rows"]) + int(node.get("Rows Removed by Filter", 0))
    return max(found * int(node["Actual Loops"]), below)


class TestCost:
    async def test_it_does_not_grow_with_the_bookings_of_others(self, store: PostgresStore) -> None:
        draft = await prepared(store)
        await store.database.execute(OTHERS)

        async def plan(connection: Connection) -> str:
            window = draft.slot.window
            found: str = await connection.fetchval(
                f"EXPLAIN (ANALYZE, FORMAT JSON) {jobs_sql.STANDING}",
                *(draft.call_id, draft.slot.slot_id, "k", draft.quote.quote_id, draft.phone),
                *(draft.service_type, window.start, window.end, draft.phone, []),
            )
            return found

        (planned,) = json.loads(await store.database.run(plan))
        assert rows_read(planned["Plan"]) < 50


class TestRefused:
    async def test_a_slot_that_was_never_offered(self, store: PostgresStore) -> None:
        draft = await prepared(store)
        with pytest.raises(CallerFixable, match=r"slot\.not_offered"):
            await store.jobs.book(
                replace(draft, slot=replace(draft.slot, slot_id="guess")), (), idempotency_key="k"
            )
        assert await count(store, "jobs") == 0
        assert await count(store, "customers") == 0

    async def test_a_slot_that_another_call_holds(self, store: PostgresStore) -> None:
        theirs = await prepared(store)
        mine = await prepared(store, phone="+15551230001", slot=a_slot(a_window(48)))
        with pytest.raises(CallerFixable, match=r"slot\.not_offered"):
            await store.jobs.book(replace(mine, slot=theirs.slot), (), idempotency_key="k")

    async def test_an_expired_hold_that_nobody_took(self, store: PostgresStore) -> None:
        draft = await prepared(store)
        await store.database.execute("UPDATE holds SET expires_at = app_now()")
        with pytest.raises(CallerFixable, match=r"slot\.not_offered"):
            await store.jobs.book(draft, (), idempotency_key="k")

    async def test_an_expired_hold_that_somebody_took(self, store: PostgresStore) -> None:
        late = await prepared(store)
        await store.database.execute("UPDATE holds SET expires_at = app_now()")
        quick = await prepared(store, phone="+15551230001")
        await store.jobs.book(quick, (), idempotency_key="quick")
        with pytest.raises(CallerFixable, match=r"slot\.taken"):
            await store.jobs.book(late, (), idempotency_key="late")

    async def test_a_quote_of_another_call(self, store: PostgresStore) -> None:
        theirs = await prepared(store)
        mine = await prepared(store, phone="+15551230001", slot=a_slot(a_window(48)))
        with pytest.raises(CallerFixable, match=r"quote\.unknown"):
            await store.jobs.book(replace(mine, quote=theirs.quote), (), idempotency_key="k")

    async def test_a_quote_for_another_service(self, store: PostgresStore) -> None:
        draft = await prepared(store)
        cheap = replace(draft.quote, quote_id="cheap", service_type="maintenance")
        await store.quotes.save(cheap)
        with pytest.raises(CallerFixable, match=r"quote\.unknown"):
            await store.jobs.book(replace(draft, quote=cheap), (), idempotency_key="k")

    async def test_a_third_open_job(self, store: PostgresStore) -> None:
        for day in (1, 2):
            draft = await prepared(store, slot=a_slot(a_window(24 * day)))
            await store.jobs.book(draft, (), idempotency_key=f"k{day}")
        third = await prepared(store, slot=a_slot(a_window(72)))
        with pytest.raises(CallerFixable, match=r"jobs\.too_many"):
            await store.jobs.book(third, (), idempotency_key="k3")

    async def test_a_third_open_job_from_one_line_for_other_people(
        self, store: PostgresStore
    ) -> None:
        for day in (1, 2):
            draft = await prepared(store, slot=a_slot(a_window(24 * day)))
            other = replace(draft, phone=f"+1555123999{day}")
            await store.jobs.book(other, (), idempotency_key=f"k{day}")
        third = await prepared(store, slot=a_slot(a_window(72)))
        with pytest.raises(CallerFixable, match=r"jobs\.too_many"):
            await store.jobs.book(replace(third, phone="+15551239993"), (), idempotency_key="k3")

    async def test_the_database_refuses_an_overlap_by_itself(self, store: PostgresStore) -> None:
        job = await store.jobs.book(await prepared(store), (), idempotency_key="k")
        with pytest.raises(Unavailable, match=r"store\.refused"):
            await store.database.execute(
                """INSERT INTO jobs (code, customer_id, quote_id, technician_id, during,
                                     service_type, description, address, priority,
                                     estimated_cost, deposit_amount)
                   SELECT 'AAAAAA', customer_id, quote_id, technician_id,
                          tstzrange(upper(during) - interval '1 min', upper(during) + '1 h'),
                          'other', '', '', 'standard', 0, 0 FROM jobs WHERE id = $1""",
                job.job_id,
            )


class TestOnce:
    async def test_the_same_key_books_and_queues_once(self, store: PostgresStore) -> None:
        draft = await prepared(store)
        first = await store.jobs.book(draft, [a_text("t")], idempotency_key="k")
        second = await store.jobs.book(draft, [a_text("t2")], idempotency_key="k")
        assert first == second
        assert await count(store, "jobs") == 1
        assert await count(store, "outbox") == 2  # checkout and text

    async def test_twenty_times_the_same_key_at_once(self, store: PostgresStore) -> None:
        draft = await prepared(store)
        jobs = await asyncio.gather(
            *(store.jobs.book(draft, [a_text(f"t{i}")], idempotency_key="k") for i in range(20))
        )
        assert len({job.job_id for job in jobs}) == 1
        assert await count(store, "jobs") == await count(store, "payments") == 1
        assert await count(store, "outbox") == 2

    async def test_a_second_call_for_the_same_booking_finds_it(self, store: PostgresStore) -> None:
        draft = await prepared(store)
        first = await store.jobs.book(draft, [a_text("t")], idempotency_key="k")
        call_id = await store.calls.open(a_call())
        again = replace(draft, call_id=call_id, quote=replace(draft.quote, call_id=call_id))
        second = await store.jobs.book(again, [a_text("t2")], idempotency_key="k2")
        assert second == first
        assert await count(store, "outbox") == 2
        assert await store.jobs.of_call(call_id) == first

    async def test_a_cancelled_booking_can_be_made_anew(self, store: PostgresStore) -> None:
        draft = await prepared(store)
        first = await store.jobs.book(draft, (), idempotency_key="k")
        await store.jobs.cancel(first.job_id, (), call_id=draft.call_id, idempotency_key="c")
        second = await store.jobs.book(await prepared(store), (), idempotency_key="k2")
        assert second.job_id != first.job_id

    async def test_a_failed_booking_leaves_nothing_and_can_be_repeated(
        self, store: PostgresStore
    ) -> None:
        draft = await prepared(store)
        await store.database.execute("ALTER TABLE payments ADD CONSTRAINT broken CHECK (false)")
        with pytest.raises(Unavailable, match=r"store\.refused"):
            await store.jobs.book(draft, [a_text("t")], idempotency_key="k")
        assert await count(store, "jobs") == await count(store, "outbox") == 0
        assert await count(store, "customers") == await count(store, "job_changes") == 0
        await store.database.execute("ALTER TABLE payments DROP CONSTRAINT broken")
        assert (await store.jobs.book(draft, [a_text("t")], idempotency_key="k")).code


class TestResult:
    async def test_the_reference_call(self, store: PostgresStore) -> None:
        draft = await prepared(store)
        job = await store.jobs.book(draft, [a_text("t")], idempotency_key="k")
        assert job.customer.name == "Sarah Miller"
        assert job.customer.phone == "+15551230000"
        assert (job.estimated_cost, job.deposit_amount) == (82500, 20600)
        assert not job.deposit_paid
        assert job.checkout_url is None
        assert job.window == draft.slot.window
        assert job.technician_id == "dana"
        assert job.status is JobStatus.BOOKED
        assert job.notes == "Gate code 1234. Friendly dog."
        assert len(job.code) == 6
        assert set(job.code) <= set(ALPHABET)
        assert await store.jobs.get(job.job_id) == job
        assert await store.jobs.of_call(draft.call_id) == job
        assert list(await store.jobs.open_for("+15551230000")) == [job]
        assert list(await store.schedule.offered(draft.call_id)) == []

    async def test_amounts_come_from_the_stored_quote(self, store: PostgresStore) -> None:
        draft = await prepared(store)
        cheap = replace(draft, quote=replace(draft.quote, estimate=Cents(1), deposit=Cents(1)))
        job = await store.jobs.book(cheap, (), idempotency_key="k")
        assert job.estimated_cost == 82500

    async def test_no_deposit_no_checkout(self, store: PostgresStore) -> None:
        await store.jobs.book(await prepared(store, deposit=0), (), idempotency_key="k")
        assert await count(store, "payments") == await count(store, "outbox") == 0

    async def test_a_customer_who_proves_it_is_one_row(self, store: PostgresStore) -> None:
        first = await store.jobs.book(await prepared(store), (), idempotency_key="k")
        draft = await prepared(store, slot=a_slot(a_window(48)))
        proven = frozenset({first.customer.customer_id})
        moved = replace(draft, address="9 Elm Lane", email="s@example.com", proven=proven)
        second = await store.jobs.book(moved, (), idempotency_key="k2")
        assert second.customer.customer_id == first.customer.customer_id
        (customer,) = await store.customers.at_number("+15551230000")
        assert (customer.address, customer.email) == ("9 Elm Lane", "s@example.com")
        assert list(await store.customers.at_number("+15559999999")) == []


class TestMoveAndCancel:
    async def test_a_move_to_a_slot_that_was_not_offered(self, store: PostgresStore) -> None:
        draft = await prepared(store)
        job = await store.jobs.book(draft, (), idempotency_key="k")
        with pytest.raises(CallerFixable, match=r"slot\.not_offered"):
            await store.jobs.reschedule(
                job.job_id, draft.slot, (), call_id=draft.call_id, idempotency_key="m"
            )

    async def test_a_move_to_a_slot_for_another_service(self, store: PostgresStore) -> None:
        job = await store.jobs.book(await prepared(store), (), idempotency_key="k")
        other = replace(a_slot(a_window(48)), service_type="installation")
        draft = await prepared(store, slot=other)
        with pytest.raises(CallerFixable, match=r"slot\.not_offered"):
            await store.jobs.reschedule(
                job.job_id, draft.slot, (), call_id=draft.call_id, idempotency_key="m"
            )

    async def test_a_move_happens_once_and_frees_the_old_time(self, store: PostgresStore) -> None:
        draft = await prepared(store)
        job = await store.jobs.book(draft, (), idempotency_key="k")
        later = (await prepared(store, slot=a_slot(a_window(48)))).slot
        call_id = await self.caller_of(store)
        for _ in range(2):
            moved = await store.jobs.reschedule(
                job.job_id,
                later,
                [a_text("m", body="Moved.")],
                call_id=call_id,
                idempotency_key="m",
            )
            assert moved.window == later.window
        assert (moved.job_id, moved.code) == (job.job_id, job.code)
        assert await count(store, "outbox") == 2  # the checkout, the text about the move
        await store.jobs.book(await prepared(store, phone="+15551230001"), (), idempotency_key="k2")

    async def test_a_cancelled_job_cannot_be_moved(self, store: PostgresStore) -> None:
        draft = await prepared(store)
        job = await store.jobs.book(draft, (), idempotency_key="k")
        await store.jobs.cancel(job.job_id, (), call_id=draft.call_id, idempotency_key="c")
        later = (await prepared(store, slot=a_slot(a_window(48)))).slot
        with pytest.raises(CallerFixable, match=r"job\.closed"):
            await store.jobs.reschedule(
                job.job_id, later, (), call_id=await self.caller_of(store), idempotency_key="m"
            )

    async def test_cancelling_twice_tells_once_and_drops_the_link(
        self, store: PostgresStore
    ) -> None:
        draft = await prepared(store)
        job = await store.jobs.book(draft, [a_text("link")], idempotency_key="k")
        for key in ("c", "c", "c2"):
            gone = await store.jobs.cancel(
                job.job_id,
                [a_text(f"bye-{key}", body="Cancelled.")],
                call_id=draft.call_id,
                idempotency_key=key,
            )
            assert gone.status is JobStatus.CANCELLED
        rows = await store.database.rows("SELECT key, state FROM outbox")
        assert {(row["key"].partition(":")[0], row["state"]) for row in rows} == {
            ("checkout", "dropped"),
            ("link", "dropped"),
            ("bye-c", "waiting"),
        }

    async def test_an_unknown_job(self, store: PostgresStore) -> None:
        draft = await prepared(store)
        with pytest.raises(CallerFixable, match=r"job\.unknown"):
            await store.jobs.cancel(NOBODY, (), call_id=draft.call_id, idempotency_key="c")
        assert await store.jobs.get(NOBODY) is None

    async def caller_of(self, store: PostgresStore) -> CallId:
        row = await store.database.row("SELECT call_id::text FROM holds")
        assert row is not None
        return CallId(row["call_id"])


class TestMany:
    async def test_bookings_and_holds_queue_up_for_their_technician(self, database: str) -> None:
        """Without that lock, an exclusion constraint under contention means deadlocks."""
        limits = Limits(lock_s=0.2)
        async with PostgresStore(database, limits=limits).opened() as store:
            draft = await prepared(store)
            call_id = await store.calls.open(a_call("+15552000001"))

            async def holding(connection: Connection) -> None:
                (number,) = (await register_technicians(connection, ["dana"])).values()
                await lock_technicians(connection, [number])
                with pytest.raises(Unavailable, match=r"store\.slow"):
                    await store.jobs.book(draft, (), idempotency_key="k")
                with pytest.raises(Unavailable, match=r"store\.slow"):
                    await store.schedule.hold(call_id, [a_slot(a_window(48))], minutes=10)

            await store.database.run(holding)
            await store.jobs.book(draft, (), idempotency_key="k")
            assert await count(store, "jobs") == 1

    async def test_a_hundred_callers_for_one_technician(self, database: str) -> None:
        """Everybody wants the same ten windows; holds are forged, so only the constraint and
        the locks stand between them."""
        # A machine that is busy with other tests answers late; who is answered, and how, is asked.
        limits = Limits(connections=40, acquire_s=20, lock_s=20, statement_s=20, client_s=30)
        async with PostgresStore(database, limits=limits).opened() as store:
            windows = [a_window(24 + hour, hours=2) for hour in range(10)]
            drafts = []
            for index in range(100):
                phone = f"+1555200{index:04}"
                draft = await prepared(
                    store, phone=phone, slot=a_slot(windows[index % 10], f"t{index}")
                )
                drafts.append(replace(draft, phone=phone))
            await store.database.execute(
                "UPDATE holds SET technician_id = (SELECT min(id) FROM technicians)"
            )
            results = await asyncio.gather(
                *(
                    store.jobs.book(draft, [a_text(draft.phone)], idempotency_key=draft.phone)
                    for draft in drafts
                ),
                return_exceptions=True,
            )
            codes = Counter(
                result.code if isinstance(result, CallerFixable) else type(result).__name__
                for result in results
            )
            rows = await store.database.rows(OVERLAPS)
            assert rows[0]["count"] == 0
            assert codes["Job"] >= 4, codes
            assert codes["Job"] + codes["slot.taken"] == 100, codes
            assert await count(store, "outbox") == 2 * codes["Job"]
            deadlocks = await store.database.row(
                "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
            )
            assert deadlocks is not None
            assert deadlocks["deadlocks"] == 0


async def test_the_exclusion_constraint_is_what_names_the_overlap(database: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        names = await connection.fetch("SELECT conname FROM pg_constraint WHERE contype = 'x'")
    finally:
        await connection.close()
    assert [row["conname"] for row in names] == ["jobs_no_overlap"]
