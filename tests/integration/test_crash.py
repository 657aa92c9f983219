"""kill -9 of the whole engine while it books; started again, the caller calls again: one job.

The first call has come to its last question but one (see `seed`); then a real caller answers on a
real line, and says yes. What must be there once afterwards: customer, job, deposit with one
checkout page, and the text about it. Texts leave at least once (`voiceagent.store.dispatcher`): a
kill between the carrier's answer and our mark would repeat a text word for word, so the carrier's
count is taken over different texts, and the engine's own over keys.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from tests.integration.seed import TO_THE_NOTES, call_so_far
from tests.integration.stage import (
    PLEASE_BOOK_IT,
    Row,
    Stage,
    agent_texts,
    outcome,
    recording,
    rows,
    until,
)
from tests.integration.wire import wire_call
from tests.support.live import Live
from voiceagent.ports.calls import LEASE_S
from voiceagent.store import PostgresStore

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]

CALLER = "+15551230000"
WAITS_FOR_LOCK = """
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND wait_event_type = 'Lock'
   AND query ILIKE '%INSERT INTO jobs%'
"""
BACKENDS = """
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND application_name = 'voiceagent' AND xact_start IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What there is of one customer's booking, before and after the second call."""

    jobs_after_kill: int
    orphans: list[int]
    first_outcome: str
    calls: list[Row]
    customers: list[Row]
    jobs: list[Row]
    payments: list[Row]
    messages: list[Row]
    outbox: list[Row]
    sent: set[str]
    second: list[str]


def helpers_of(pid: int) -> list[int]:
    """Child processes of an engine: its speaker."""
    return [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and f"\nPPid:\t{pid}\n" in _status(entry)
    ]


def _status(entry: Path) -> str:
    try:
        return (entry / "status").read_text()
    except OSError:
        return ""


async def survivors(pids: list[int]) -> list[int]:
    """Which of these processes still run after a while; zombies have ended."""

    def running() -> list[int]:
        alive = []
        for pid in pids:
            status = _status(Path(f"/proc/{pid}"))
            if status and "State:\tZ" not in status:
                alive.append(pid)
        return alive

    async def gone() -> bool:
        return not running()

    try:
        await until(gone, within_s=5)
    except TimeoutError:
        return running()
    return []


async def say_yes_until(live: Live, call_sid: str, watch: asyncpg.Connection, query: str) -> None:
    """The caller says "please book it"; kill the engine when the database answers `query`."""
    async with wire_call(live, call_sid=call_sid, caller=CALLER) as call:
        await call.answered()
        await call.agent_done()
        await call.play(recording("reference/awb/07"))
        await call.agent_done()
        await call.insist(PLEASE_BOOK_IT, lambda: watch.fetchval(query))
        os.kill(live.engine.pid, signal.SIGKILL)
        async with asyncio.timeout(5):
            await call.closed.wait()


async def aftermath(stage: Stage, dsn: str, *, kill: str) -> Aftermath:
    """Call, be cut off by the kill, call again."""
    call_sid = f"CA{secrets.token_hex(16)}"
    watch = await asyncpg.connect(dsn)
    try:
        async with stage.engine("first", dsn) as live:
            helpers = helpers_of(live.engine.pid)
            assert helpers
            await call_so_far(live, call_sid, TO_THE_NOTES)
            if kill == "inside":
                lock = await asyncpg.connect(dsn)
                transaction = lock.transaction()
                await transaction.start()
                await lock.execute("LOCK TABLE jobs IN SHARE ROW EXCLUSIVE MODE")
                try:
                    await say_yes_until(live, call_sid, watch, WAITS_FOR_LOCK)
                finally:
                    await transaction.rollback()
                    await lock.close()
            else:
                await say_yes_until(live, call_sid, watch, "SELECT count(*) FROM jobs")
            sent = {message.body for message in live.carrier.emulator.messages}
        await until(lambda: nothing_open(watch), within_s=10)
        jobs_after_kill = await watch.fetchval("SELECT count(*) FROM jobs")
        orphans = await survivors(helpers)
    finally:
        await watch.close()
    async with stage.engine("second", dsn) as live:
        first_outcome = await outcome(live.store, call_sid, within_s=LEASE_S + 4)
        second = await call_again(live)
        await until(lambda: nothing_waits(live.store), within_s=40)
        sent |= {message.body for message in live.carrier.emulator.messages}
        store = live.store
        return Aftermath(
            jobs_after_kill=jobs_after_kill,
            orphans=orphans,
            first_outcome=first_outcome,
            calls=await rows(store, "SELECT call_sid, outcome FROM calls ORDER BY started_at"),
            customers=await rows(store, "SELECT name, phone FROM customers"),
            jobs=await rows(store, "SELECT * FROM job_records"),
            payments=await rows(store, "SELECT amount, checkout_url FROM payments"),
            messages=await rows(store, "SELECT key, address, body FROM messages"),
            outbox=await rows(store, "SELECT key, kind, state FROM outbox"),
            sent=sent,
            second=second,
        )


async def nothing_open(watch: asyncpg.Connection) -> bool:
    return bool(await watch.fetchval(BACKENDS) == 0)


async def nothing_waits(store: PostgresStore) -> bool:
    query = "SELECT count(*) AS n FROM outbox WHERE state IN ('waiting', 'leased')"
    (row,) = await rows(store, query)
    return bool(row["n"] == 0)


async def call_again(live: Live) -> list[str]:
    """The caller calls again, comes to the same question and says yes; what the agent said."""
    call_sid = f"CA{secrets.token_hex(16)}"

    async def settled() -> bool:
        said = " ".join(await agent_texts(live.store, call_sid)).lower()
        return "you're booked" in said or "already have that booking" in said

    await call_so_far(live, call_sid, TO_THE_NOTES)
    async with wire_call(live, call_sid=call_sid, caller=CALLER) as call:
        await call.answered()
        await call.agent_done()
        await call.play(recording("reference/awb/07"))
        await call.agent_done()
        await call.insist(PLEASE_BOOK_IT, settled)
        await call.hang_up()
    assert await outcome(live.store, call_sid) == "booked"
    return await agent_texts(live.store, call_sid)


async def killed_inside_the_transaction(stage: Stage) -> Aftermath:
    async with stage.database() as dsn:
        return await aftermath(stage, dsn, kill="inside")


async def killed_after_the_commit(stage: Stage) -> Aftermath:
    async with stage.database() as dsn:
        return await aftermath(stage, dsn, kill="after")


def one_of_everything(found: Aftermath) -> None:
    assert found.customers == [{"name": "Sarah Miller", "phone": CALLER}]
    assert len(found.jobs) == 1
    (job,) = found.jobs
    assert (job["estimated_cost"], job["deposit_amount"]) == (82500, 20600)
    assert [payment["amount"] for payment in found.payments] == [20600]
    (message,) = found.messages
    assert message["address"] == CALLER
    assert job["code"] in message["body"]
    assert found.payments[0]["checkout_url"] in message["body"]
    assert found.sent == {message["body"]}
    assert {(row["kind"], row["state"]) for row in found.outbox} == {
        ("checkout", "done"),
        ("text", "done"),
    }
    assert len(found.outbox) == 2
    assert found.orphans == []


@pytest.mark.ahead.with_args(killed_after_the_commit)
async def test_killed_right_after_the_commit(ahead: Aftermath) -> None:
    """The job is there and nobody was told."""
    assert ahead.jobs_after_kill == 1
    assert ahead.first_outcome == "booked"
    assert len(ahead.calls) == 2
    assert all(call["outcome"] for call in ahead.calls)
    one_of_everything(ahead)


@pytest.mark.ahead.with_args(killed_after_the_commit)
async def test_the_second_call_is_told_what_is_booked(ahead: Aftermath) -> None:
    said = "\n".join(ahead.second)
    assert "already have that booking" in said, said


@pytest.mark.ahead.with_args(killed_inside_the_transaction)
async def test_killed_inside_the_booking_transaction(ahead: Aftermath) -> None:
    """The transaction stands at its INSERT, held up by a lock of the test's, at the kill."""
    assert ahead.jobs_after_kill == 0
    assert ahead.first_outcome == "quoted"
    assert sorted(call["outcome"] for call in ahead.calls) == ["booked", "quoted"]
    one_of_everything(ahead)
