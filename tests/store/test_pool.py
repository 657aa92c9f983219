"""The database's failures, in the engine's words, and within the promised time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import asyncpg
import pytest

from tests.support.cut_line import CutLine, Way
from voiceagent.errors import CallerFixable, Unavailable
from voiceagent.ports.meter import StoreCounts
from voiceagent.store import Database, Limits
from voiceagent.store.pool import Connection

TIGHT = Limits(statement_s=0.3, lock_s=0.15, acquire_s=0.1, connections=2)


async def refusal(database: Database, query: str) -> str:
    with pytest.raises(Unavailable) as caught:
        await database.execute(query)
    return caught.value.code


async def test_nobody_there() -> None:
    database = Database("postgresql://nobody@/none?host=/nonexistent&port=5432")
    with pytest.raises(Unavailable, match=r"store\.unreachable"):
        async with database.opened():
            pass
    with pytest.raises(Unavailable, match=r"store\.unreachable"):
        await database.execute("SELECT 1")


async def test_slow_statements_and_locks_end_in_time(database: str) -> None:
    first, second = Database(database, limits=TIGHT), Database(database, limits=TIGHT)
    async with first.opened(), second.opened():
        assert await refusal(first, "SELECT pg_sleep(5)") == "store.slow"

        async def holding(connection: Connection) -> None:
            await connection.execute("LOCK TABLE calls")
            assert await refusal(second, "SELECT * FROM calls") == "store.slow"

        await first.run(holding)


async def test_a_pool_without_a_free_connection_says_so(database: str) -> None:
    limits = Limits(statement_s=1.5, acquire_s=0.05, connections=1)
    pool = Database(database, limits=limits)
    async with pool.opened():

        async def holding(_connection: Connection) -> None:
            assert await refusal(pool, "SELECT 1") == "store.busy"

        await pool.run(holding)
        await pool.execute("SELECT 1")
    assert pool.counts == StoreCounts(timeouts=1)


async def test_who_waited_for_a_connection_and_got_one_is_counted(database: str) -> None:
    pool = Database(database, limits=Limits(statement_s=1.5, acquire_s=1.0, connections=1))
    async with pool.opened():
        await asyncio.gather(*(pool.execute("SELECT pg_sleep(0.05)") for _ in range(3)))
    assert pool.counts == StoreCounts(waits=2)


async def test_mistakes_are_refused_and_not_repeated(database: str) -> None:
    pool = Database(database)
    runs = 0

    async def mistaken(connection: Connection) -> None:
        nonlocal runs
        runs += 1
        await connection.execute("SELECT * FROM nowhere")

    async with pool.opened():
        with pytest.raises(Unavailable, match=r"store\.refused"):
            await pool.run(mistaken)
        assert runs == 1
        assert await refusal(pool, "SELECT 1 / 0") == "store.refused"


async def test_deadlocks_are_repeated_until_both_are_done(database: str) -> None:
    pool = Database(database, limits=Limits(lock_s=5, statement_s=8, client_s=10))
    met = asyncio.Barrier(2)
    runs = []

    def work(first: int, second: int) -> Callable[[Connection], Awaitable[int]]:
        async def locking(connection: Connection) -> int:
            runs.append(first)
            await connection.execute("SELECT pg_advisory_xact_lock($1)", first)
            if len(runs) <= 2:
                await met.wait()
            await connection.execute("SELECT pg_advisory_xact_lock($1)", second)
            return first

        return locking

    async with pool.opened():
        done = await asyncio.gather(pool.run(work(1, 2)), pool.run(work(2, 1)))
    assert list(done) == [1, 2]
    assert len(runs) == 3
    assert pool.counts == StoreCounts(retries=1)


async def test_a_broken_connection_is_replaced(database: str) -> None:
    pool = Database(database, limits=Limits(connections=1))
    runs = 0

    async def dying_once(connection: Connection) -> int:
        nonlocal runs
        runs += 1
        if runs == 1:
            await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        found: int = await connection.fetchval("SELECT 42")
        return found

    async with pool.opened():
        assert await pool.run(dying_once) == 42
    assert runs == 2
    assert pool.counts.retries == 1


@pytest.mark.parametrize("times", [1, 9])
async def test_a_server_process_that_ended_between_two_statements_is_a_lost_connection(
    database: str, times: int
) -> None:
    """The driver calls that an internal error; the work is done on another connection."""
    pids: list[int] = []

    async def work(connection: Connection) -> int:
        pids.append(await connection.fetchval("SELECT pg_backend_pid()"))
        if len(pids) <= times:
            raise asyncpg.InternalClientError("another operation (2) is in progress")
        return pids[-1]

    pool = Database(database)
    async with pool.opened():
        if times == 1:
            assert await pool.run(work) == pids[-1]
        else:
            with pytest.raises(Unavailable, match=r"store\.unreachable"):
                await pool.run(work)
    assert len(set(pids)) == len(pids), "never the same connection again"


async def test_what_work_raises_passes_and_rolls_back(database: str) -> None:
    pool = Database(database)

    async def refusing(connection: Connection) -> None:
        await connection.execute("INSERT INTO technicians (key) VALUES ('dana')")
        raise CallerFixable("slot.taken", "Gone.")

    async with pool.opened():
        with pytest.raises(CallerFixable, match=r"slot\.taken"):
            await pool.run(refusing)
        assert await pool.rows("SELECT * FROM technicians") == []


async def test_sessions_carry_the_promised_limits(database: str) -> None:
    pool = Database(database, clock_offset=timedelta(hours=-1))
    async with pool.opened():
        row = await pool.row(
            "SELECT current_setting('statement_timeout'), current_setting('lock_timeout'),"
            " current_setting('voiceagent.clock_offset')"
        )
    assert row is not None
    assert tuple(row) == ("2s", "1s", "-3600.000000 seconds")


@pytest.mark.parametrize("at", [1, 2, 4])
async def test_a_server_that_stops_is_waited_for_once(database: str, at: int) -> None:
    """Not again to take the work back, nor to give the connection back."""
    limits = Limits(statement_s=0.4, acquire_s=0.2, client_s=0.5)

    async def work(connection: Connection) -> None:
        for _ in range(3):
            await connection.execute("SELECT 1")

    async with CutLine(database).running() as line:
        pool = Database(line.dsn, limits=limits)
        async with pool.opened():
            line.arm(Way.STALLED_BEFORE, at)
            began_s = asyncio.get_running_loop().time()
            with pytest.raises(Unavailable, match=r"store\.unreachable"):
                await pool.run(work)
            assert asyncio.get_running_loop().time() - began_s < 0.9
            line.mend()
            await pool.run(work)
