"""Calls, turns, events, journal, history, replays: the same of both stores."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.support.postgres import a_call, a_quote, prepared
from voiceagent.domain.outcomes import EMERGENCY_REPORTED, Evidence, decide
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
from voiceagent.ports.store import Store

STAGES = TurnLatency(200.5, 80.25, 120.125, 30.0, 60.0, 5.0)
NO_ID = CallId("call-1")


def a_turn(call_id: CallId, index: int = 0, latency: TurnLatency | None = STAGES) -> Turn:
    at = datetime.now(UTC)
    return Turn(call_id, index, Speaker.AGENT, "Hello there.", "Hello", at, latency, "words")


async def refused(work: Awaitable[object], code: str = "store.refused") -> None:
    with pytest.raises(Unavailable) as caught:
        await work
    assert caught.value.code == code


class TestCalls:
    async def test_a_duplicate_call_sid_is_one_call(self, store: Store) -> None:
        first = await store.calls.open(a_call(sid="CA1"))
        assert await store.calls.open(a_call(sid="CA1")) == first

    async def test_the_first_outcome_stands(self, store: Store) -> None:
        call = await store.calls.open(a_call())
        assert await store.calls.outcome(call) is None
        assert await store.calls.close(call, Evidence.of(Outcome.ANSWERED)) is Outcome.ANSWERED
        assert await store.calls.close(call, Evidence.of(Outcome.BOOKED)) is Outcome.ANSWERED
        assert await store.calls.outcome(call) is Outcome.ANSWERED

    async def test_every_outcome_can_be_the_one(self, store: Store) -> None:
        for outcome in Outcome:
            call = await store.calls.open(a_call())
            evidence = Evidence.of(outcome)
            assert await store.calls.close(call, evidence) is decide(evidence) is outcome

    async def test_what_is_unknown_or_no_id(self, store: Store) -> None:
        unknown = a_call().call_id
        await refused(store.calls.close(unknown, Evidence()), "call.unknown")
        assert await store.calls.outcome(unknown) is None
        assert await store.calls.turn_count(unknown) == 0
        await refused(store.calls.add_turn(a_turn(unknown)))
        await refused(store.calls.add_event(unknown, "x"))
        await refused(store.calls.outcome(NO_ID))
        await refused(store.calls.close(NO_ID, Evidence()))
        await refused(store.calls.turn_count(NO_ID))
        await refused(store.calls.open(replace(a_call(), call_id=NO_ID)))
        await refused(store.calls.open(replace(a_call(), direction="sideways")))

    async def test_a_call_id_is_used_once(self, store: Store) -> None:
        call = a_call()
        await store.calls.open(call)
        await refused(store.calls.open(replace(call, call_sid="CA-other")))

    async def test_a_turn_is_stored_once_and_comes_back(self, store: Store) -> None:
        call = a_call()
        call_id = await store.calls.open(call)
        late = replace(a_turn(call_id, 1), budget_acts=("clause_flush",), answer_ms=1900.5)
        await store.calls.add_turn(late)
        await store.calls.add_turn(a_turn(call_id, 0, None))
        await store.calls.add_turn(replace(late, text="other"))
        await refused(store.calls.add_turn(a_turn(call_id, -1)))
        assert await store.calls.turn_count(call_id) == 2
        history = await store.history.call(call.call_sid)
        assert history is not None
        assert [turn.index for turn in history.turns] == [0, 1]
        assert history.turns[1] == late

    async def test_the_end_of_a_call_frees_what_it_holds(self, store: Store) -> None:
        draft = await prepared(store)
        await store.calls.close(draft.call_id, Evidence())
        assert list(await store.schedule.offered(draft.call_id)) == []


class TestOutcomes:
    async def test_what_is_on_record_counts_at_the_end_and_in_the_sweep(self, store: Store) -> None:
        for broken, way in itertools.product((False, True), range(5)):
            number = f"+1555200{way:04}"
            call = await store.calls.open(a_call(number))
            expected = Outcome.FAILED if broken else Outcome.ABANDONED
            match way:
                case 1:
                    await store.quotes.save(a_quote(call))
                    expected = Outcome.QUOTED
                case 2:
                    await store.calls.add_event(call, EMERGENCY_REPORTED)
                    expected = Outcome.EMERGENCY
                case 3:
                    proposed = (Outcome.TRANSFERRED, Outcome.ANSWERED)
                    audit = ToolAudit(call, 0, "t", "{}", "{}", proposed=proposed)
                    await store.journal.audit(audit)
                    expected = Outcome.TRANSFERRED
                case 4:
                    await store.calls.add_event(call, "disclosure.heard")
                    audit = ToolAudit(call, 0, "t", "{}", "{}")
                    await store.journal.audit(audit)
            if broken:
                assert len((await store.calls.sweep([])).closed) == 1
                assert await store.calls.outcome(call) is expected
            else:
                assert await store.calls.close(call, Evidence()) is expected

    async def test_a_booking_that_is_cancelled_in_its_call_is_none(self, store: Store) -> None:
        for broken in (False, True):
            draft = await prepared(store)
            job = await store.jobs.book(draft, (), idempotency_key=f"b{broken}")
            await store.jobs.cancel(
                job.job_id, (), call_id=draft.call_id, idempotency_key=f"c{broken}"
            )
            if broken:
                await store.calls.sweep([])
            else:
                await store.calls.close(draft.call_id, Evidence.of(Outcome.ANSWERED))
            assert await store.calls.outcome(draft.call_id) is Outcome.CANCELLED

    async def test_the_sweep_spares_the_living_and_frees_what_the_dead_hold(
        self, store: Store
    ) -> None:
        dead, live = await prepared(store), await store.calls.open(a_call("+15552000001"))
        assert len((await store.calls.sweep([live])).closed) == 1
        assert await store.calls.outcome(live) is None
        assert list(await store.schedule.offered(dead.call_id)) == []
        assert len((await store.calls.sweep([live])).closed) == 0
        await refused(store.calls.sweep([NO_ID]))


class TestJournal:
    async def test_steps_come_back_in_order_once_and_byte_for_byte(self, store: Store) -> None:
        call = await store.calls.open(a_call())
        await store.journal.append(call, 1, "result", '{"b": 1,  "a": 2}')
        await store.journal.append(call, 0, "heard", '"hello"')
        await store.journal.append(call, 0, "heard", '"other"')
        assert list(await store.journal.read(call)) == [
            (0, "heard", '"hello"'),
            (1, "result", '{"b": 1,  "a": 2}'),
        ]

    async def test_what_does_not_belong_is_refused(self, store: Store) -> None:
        call, unknown = await store.calls.open(a_call()), a_call().call_id
        for body in ("{", "", "NaN", "{'a': 1}"):
            await refused(store.journal.append(call, 0, "heard", body))
            await refused(store.journal.audit(ToolAudit(call, 0, "t", body, "{}")))
            await refused(store.journal.audit(ToolAudit(call, 0, "t", "{}", body)))
        await refused(store.journal.append(call, -1, "heard", "{}"))
        await refused(store.journal.append(unknown, 0, "heard", "{}"))
        await refused(store.journal.append(NO_ID, 0, "heard", "{}"))
        await refused(store.journal.audit(ToolAudit(unknown, 0, "t", "{}", "{}")))
        await refused(store.journal.read(NO_ID))
        assert list(await store.journal.read(unknown)) == []


class TestQuotes:
    async def test_the_newest_of_a_service(self, store: Store) -> None:
        call = await store.calls.open(a_call())
        old, new = a_quote(call), a_quote(call)
        for quote in (old, new, replace(old, estimate=Cents(90000))):
            await store.quotes.save(quote)
        assert await store.quotes.latest(call, "repair") == new
        assert await store.quotes.latest(call, "maintenance") is None
        assert await store.quotes.latest(a_call().call_id, "repair") is None

    async def test_amounts_that_cannot_be(self, store: Store) -> None:
        quote = a_quote(await store.calls.open(a_call()))
        for wrong in (
            replace(quote, service_call=Cents(-1)),
            replace(quote, range_low=Cents(-1)),
            replace(quote, range_high=Cents(quote.range_low - 1)),
            replace(quote, deposit=Cents(quote.estimate + 1)),
            replace(quote, deposit=Cents(-1)),
            replace(quote, emergency_fee=Cents(-1)),
            replace(quote, call_id=a_call().call_id),
            replace(quote, call_id=NO_ID),
        ):
            await refused(store.quotes.save(wrong))
        await refused(store.quotes.latest(NO_ID, "repair"))


class TestHistory:
    async def test_the_whole_of_a_call(self, store: Store) -> None:
        call = a_call()
        call_id = await store.calls.open(call)
        for index, stt_ms in enumerate((10.0, 20.0, 30.0, 60.0)):
            await store.calls.add_turn(a_turn(call_id, index, replace(STAGES, stt_ms=stt_ms)))
        tools = [
            ToolAudit(call_id, i, "t", '{"a": 1}', "{}", "x", 1.5, ("k",), (Outcome.QUOTED,))
            for i in (1, 0)
        ]
        for tool in tools:
            await store.journal.audit(tool)
        for kind in ("disclosure.heard", "other"):
            await store.calls.add_event(call_id, kind, "detail")
        await store.calls.close(call_id, Evidence())
        history = await store.history.call(call.call_sid)
        assert history is not None
        assert history.tools == tuple(reversed(tools))
        kinds = [(event.kind, event.detail) for event in history.events]
        assert kinds == [("disclosure.heard", "detail"), ("other", "detail")]
        assert history.job is None
        assert history.messages == ()
        summary = history.summary
        assert (summary.call, summary.turns, summary.outcome) == (call, 4, Outcome.QUOTED)
        assert summary.v2v_p50_ms == pytest.approx(STAGES.v2v_ms - STAGES.stt_ms + 25.0)
        assert summary.ended_at is not None
        assert summary.started_at <= summary.ended_at <= await store.now()

    async def test_the_newest_calls_first(self, store: Store) -> None:
        ids = [await store.calls.open(a_call()) for _ in range(3)]
        recent = await store.history.recent(2)
        assert [summary.call.call_id for summary in recent] == ids[:0:-1]
        assert recent[0].v2v_p50_ms is None
        assert recent[0].ended_at is None
        assert await store.history.call("CA-unknown") is None
