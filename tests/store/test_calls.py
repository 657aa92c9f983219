"""Calls, turns, journal and quotes; the sweep after a crash."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from tests.support.postgres import a_call, a_quote, a_slot, a_window, prepared
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import (
    CallId,
    Cents,
    Outcome,
    Speaker,
    ToolAudit,
    Turn,
    TurnLatency,
)
from voiceagent.errors import Unavailable
from voiceagent.ports.calls import LEASE_S
from voiceagent.store import PostgresStore
from voiceagent.store.calls import PostgresCalls, Worker

STAGES = TurnLatency(200.5, 80.25, 120.125, 30.0, 60.0, 5.0)


def a_turn(call_id: CallId, index: int = 0, latency: TurnLatency | None = None) -> Turn:
    return Turn(call_id, index, Speaker.AGENT, "Hello there.", "Hello", datetime.now(UTC), latency)


class TestCalls:
    async def test_a_duplicate_call_sid_is_one_row(self, store: PostgresStore) -> None:
        first, second = a_call(sid="CA1"), a_call(sid="CA1")
        ids = await asyncio.gather(*(store.calls.open(c) for c in (first, second) * 10))
        assert len(set(ids)) == 1
        assert ids[0] in {first.call_id, second.call_id}

    async def test_the_first_outcome_stands(self, store: PostgresStore) -> None:
        call_id = await store.calls.open(a_call())
        assert await store.calls.outcome(call_id) is None
        assert await store.calls.close(call_id, Evidence.of(Outcome.BOOKED)) is Outcome.BOOKED
        assert await store.calls.close(call_id, Evidence.of(Outcome.FAILED)) is Outcome.BOOKED
        assert await store.calls.outcome(call_id) is Outcome.BOOKED

    async def test_an_unknown_call_cannot_be_closed(self, store: PostgresStore) -> None:
        with pytest.raises(Unavailable, match=r"call\.unknown"):
            await store.calls.close(a_call().call_id, Evidence.of(Outcome.FAILED))

    async def test_the_database_knows_all_outcomes_and_no_other(self, store: PostgresStore) -> None:
        for outcome in Outcome:
            call_id = await store.calls.open(a_call())
            assert await store.calls.close(call_id, Evidence.of(outcome)) is outcome
        with pytest.raises(Unavailable, match=r"store\.refused"):
            await store.database.execute("UPDATE calls SET outcome = 'great'")

    async def test_an_id_that_is_none_is_refused(self, store: PostgresStore) -> None:
        with pytest.raises(Unavailable, match=r"store\.refused"):
            await store.calls.outcome(CallId("call-1"))


class TestTurns:
    async def test_a_turn_is_stored_once(self, store: PostgresStore) -> None:
        call_id = await store.calls.open(a_call())
        assert await store.calls.turn_count(call_id) == 0
        await store.calls.add_turn(a_turn(call_id, 0, STAGES))
        await store.calls.add_turn(replace(a_turn(call_id), text="other"))
        rows = await store.database.rows("SELECT text, v2v_ms FROM agent_turns")
        assert [tuple(row) for row in rows] == [("Hello there.", STAGES.v2v_ms)]
        assert await store.calls.turn_count(call_id) == 1

    async def test_stages_and_total_cannot_disagree(self, database: str) -> None:
        async with PostgresStore(database).opened() as store:
            call_id = await store.calls.open(a_call())
            await store.calls.add_turn(a_turn(call_id, 0, STAGES))
        connection = await asyncpg.connect(database)
        try:
            with pytest.raises(asyncpg.GeneratedAlwaysError):
                await connection.execute("UPDATE agent_turns SET v2v_ms = 1")
            with pytest.raises(asyncpg.CheckViolationError):
                await connection.execute("UPDATE agent_turns SET tts_ms = NULL")
            with pytest.raises(asyncpg.CheckViolationError):
                await connection.execute("UPDATE agent_turns SET stt_ms = -1")
            await connection.execute("UPDATE agent_turns SET stt_ms = stt_ms + 10")
            total = await connection.fetchval("SELECT v2v_ms FROM agent_turns")
        finally:
            await connection.close()
        assert total == pytest.approx(STAGES.v2v_ms + 10)

    async def test_what_was_done_about_a_late_answer_comes_back(self, store: PostgresStore) -> None:
        call = a_call()
        call_id = await store.calls.open(call)
        late = replace(
            a_turn(call_id, 0, STAGES),
            budget_acts=("clause_flush", "hedge:not_available"),
            answer_ms=1900.5,
        )
        await store.calls.add_turn(late)
        await store.calls.add_turn(a_turn(call_id, 1, STAGES))
        history = await store.history.call(call.call_sid)
        assert history is not None
        assert history.turns[0] == late
        assert (history.turns[1].budget_acts, history.turns[1].answer_ms) == ((), None)

    async def test_a_turn_of_an_unknown_call_is_refused(self, store: PostgresStore) -> None:
        with pytest.raises(Unavailable, match=r"store\.refused"):
            await store.calls.add_turn(a_turn(a_call().call_id))


class TestJournal:
    async def test_steps_come_back_in_order_once_and_byte_for_byte(
        self, store: PostgresStore
    ) -> None:
        call_id = await store.calls.open(a_call())
        await store.journal.append(call_id, 1, "result", '{"b": 1,  "a": 2}')
        await store.journal.append(call_id, 0, "heard", '"hello"')
        await store.journal.append(call_id, 0, "heard", '"other"')
        assert list(await store.journal.read(call_id)) == [
            (0, "heard", '"hello"'),
            (1, "result", '{"b": 1,  "a": 2}'),
        ]

    async def test_what_is_no_json_is_refused(self, store: PostgresStore) -> None:
        call_id = await store.calls.open(a_call())
        with pytest.raises(Unavailable, match=r"store\.refused"):
            await store.journal.append(call_id, 0, "heard", "{")

    async def test_audit_and_events(self, store: PostgresStore) -> None:
        call = a_call()
        call_id = await store.calls.open(call)
        entry = ToolAudit(call_id, 0, "end_call", "{}", "{}", "", 1.5, ("k",))
        await store.journal.audit(entry)
        await store.calls.add_event(call_id, "disclosure.heard")
        history = await store.history.call(call.call_sid)
        assert history is not None
        assert history.tools == (entry,)
        assert [event.kind for event in history.events] == ["disclosure.heard"]


class TestQuotes:
    async def test_the_newest_of_a_service(self, store: PostgresStore) -> None:
        call_id = await store.calls.open(a_call())
        old, new = a_quote(call_id), a_quote(call_id)
        await store.quotes.save(old)
        await store.quotes.save(new)
        await store.quotes.save(replace(new, estimate=Cents(90000)))
        assert await store.quotes.latest(call_id, "repair") == new
        assert await store.quotes.latest(call_id, "maintenance") is None


class TestSweep:
    async def test_every_open_call_gets_what_it_achieved(self, store: PostgresStore) -> None:
        booked = await prepared(store, phone="+15552000001")
        job = await store.jobs.book(booked, (), idempotency_key="1")

        mover = await prepared(store, phone="+15552000002", slot=a_slot(a_window(48)))
        await store.jobs.reschedule(
            job.job_id, mover.slot, (), call_id=mover.call_id, idempotency_key="2"
        )
        canceller = await store.calls.open(a_call("+15552000003"))
        await store.jobs.cancel(job.job_id, (), call_id=canceller, idempotency_key="3")

        quoted = await prepared(store, phone="+15552000004", slot=a_slot(a_window(72)))
        lost = await store.calls.open(a_call("+15552000005"))
        live = await store.calls.open(a_call("+15552000006"))
        done = await store.calls.open(a_call("+15552000007"))
        await store.calls.close(done, Evidence.of(Outcome.ANSWERED))

        assert len((await store.calls.sweep([live])).closed) == 5
        outcomes = [
            await store.calls.outcome(call)
            for call in (booked.call_id, mover.call_id, canceller, quoted.call_id, lost, live, done)
        ]
        assert outcomes == [
            Outcome.BOOKED,
            Outcome.RESCHEDULED,
            Outcome.CANCELLED,
            Outcome.QUOTED,
            Outcome.FAILED,
            None,
            Outcome.ANSWERED,
        ]
        assert list(await store.schedule.offered(quoted.call_id)) == []
        assert len((await store.calls.sweep([live])).closed) == 0

    async def test_a_run_that_lives_keeps_its_calls(self, store: PostgresStore) -> None:
        """A rolling deploy: the new server comes up while the old one still talks."""
        kept = await store.calls.open(a_call())
        new = PostgresCalls(store.database, Worker())
        assert await store.calls.beat() is False
        assert await new.beat() is True
        assert len((await new.sweep([])).closed) == 0
        assert await store.calls.outcome(kept) is None
        ended = "UPDATE runs SET seen_at = seen_at - make_interval(secs => $1)"
        await store.database.execute(ended, LEASE_S)
        assert await new.beat() is False
        assert len((await new.sweep([])).closed) == 1
        assert await store.calls.outcome(kept) is Outcome.FAILED

    async def test_a_call_belongs_to_the_run_that_opened_it_last(
        self, store: PostgresStore
    ) -> None:
        call = a_call()
        kept = await store.calls.open(call)
        new = PostgresCalls(store.database, Worker())
        await new.beat()
        assert await new.open(call) == kept
        assert len((await store.calls.sweep([])).closed) == 0
        assert len((await new.sweep([kept])).closed) == 0
        assert len((await new.sweep([])).closed) == 1

    async def test_a_run_of_another_worker_is_nothing_to_us(self, store: PostgresStore) -> None:
        await PostgresCalls(store.database, Worker(1, 2)).beat()
        assert await PostgresCalls(store.database, Worker(0, 2)).beat() is False
        assert await PostgresCalls(store.database, Worker(0, 1)).beat() is True


class TestClock:
    @pytest.mark.parametrize("offset", [timedelta(days=-448, minutes=3), timedelta(hours=5)])
    async def test_the_store_lives_in_the_shifted_time(
        self, database: str, offset: timedelta
    ) -> None:
        async with PostgresStore(database, clock_offset=offset).opened() as store:
            wanted = datetime.now(UTC) + offset
            assert abs(await store.now() - wanted) < timedelta(seconds=5)
            call_id = await store.calls.open(a_call())
            await store.calls.close(call_id, Evidence.of(Outcome.ANSWERED))
            row = await store.database.row("SELECT started_at, ended_at FROM calls")
        assert row is not None
        assert abs(row["started_at"] - wanted) < timedelta(seconds=5)
        assert row["ended_at"] >= row["started_at"]

    async def test_the_offset_survives_a_connections_return_to_the_pool(
        self, database: str
    ) -> None:
        offset = timedelta(days=-10)
        async with PostgresStore(database, clock_offset=offset).opened() as store:
            for _ in range(5):
                assert await store.now() < datetime.now(UTC) - timedelta(days=9)
