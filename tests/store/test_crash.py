"""kill -9 of a booking process between any two of its steps, then a second try."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from tests.support.postgres import a_text, prepared
from tests.support.processes import line, process
from voiceagent.domain.records import Outcome
from voiceagent.store import PostgresStore

WAITERS = """
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND wait_event_type = 'Lock' AND query ILIKE '%' || $1 || '%'
"""
BACKENDS = """
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND application_name = 'voiceagent' AND xact_start IS NOT NULL
"""


async def until(connection: asyncpg.Connection, query: str, wanted: int, *arguments: str) -> None:
    """Ask the server's own activity view until it shows what we wait for."""
    async with asyncio.timeout(30):
        while await connection.fetchval(query, *arguments) != wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("step", ["customers", "jobs", "job_changes", "payments", "outbox"])
async def test_killed_in_the_middle(store: PostgresStore, database: str, step: str) -> None:
    """The process waits at a step because the test has locked that step's table."""
    draft = await prepared(store)
    lock, watch = await asyncpg.connect(database), await asyncpg.connect(database)
    try:
        async with process("booking_process.py", database, draft.call_id) as child:
            transaction = lock.transaction()
            await transaction.start()
            await lock.execute(f"LOCK TABLE {step} IN EXCLUSIVE MODE")
            await until(watch, WAITERS, 1, f"INSERT INTO {step}")
            child.kill()
            await child.wait()
            await transaction.rollback()
        await until(watch, BACKENDS, 0)
    finally:
        await lock.close()
        await watch.close()
    for table in ("customers", "jobs", "job_changes", "payments", "outbox"):
        assert await store.database.rows(f"SELECT * FROM {table}") == [], table  # noqa: S608

    job = await store.jobs.book(draft, [a_text("t")], idempotency_key="k")
    assert job.deposit_amount == 20600
    for table, wanted in (("jobs", 1), ("payments", 1), ("outbox", 2), ("customers", 1)):
        assert len(await store.database.rows(f"SELECT * FROM {table}")) == wanted  # noqa: S608


async def test_killed_after_the_commit(store: PostgresStore, database: str) -> None:
    draft = await prepared(store)
    async with process("booking_process.py", database, draft.call_id) as child:
        job_id = await line(child)
        child.kill()
        await child.wait()
    again = await store.jobs.book(draft, [a_text("t2")], idempotency_key="k")
    assert again.job_id == job_id
    assert len(await store.database.rows("SELECT * FROM outbox")) == 2
    await store.calls.sweep([])
    assert await store.calls.outcome(draft.call_id) is Outcome.BOOKED


async def test_the_caller_calls_again(store: PostgresStore, database: str) -> None:
    """Dead before the commit: the dead call's hold is not in its own caller's way."""
    first = await prepared(store)
    await store.calls.sweep([])
    second = await prepared(store)
    assert second.slot.window == first.slot.window
    await store.jobs.book(second, (), idempotency_key="k2")
    assert len(await store.jobs.open_for(first.phone)) == 1
