"""Holds: exclusive, limited in time, unguessable."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from tests.support.postgres import a_call, a_slot, a_window, prepared
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import CallId, Outcome, Window
from voiceagent.store import Limits, PostgresStore


async def a_caller(store: PostgresStore, number: str) -> CallId:
    return await store.calls.open(a_call(number))


async def test_a_held_slot_is_not_given_to_another_caller(store: PostgresStore) -> None:
    first, second = [await a_caller(store, f"+1555200000{i}") for i in (1, 2)]
    both = [a_slot(a_window(24)), a_slot(a_window(48))]
    assert len(await store.schedule.hold(first, both[:1], minutes=10)) == 1
    (left,) = await store.schedule.hold(second, both, minutes=10)
    assert left.window == both[1].window


async def test_a_booked_slot_is_not_held(store: PostgresStore) -> None:
    await store.jobs.book(await prepared(store), (), idempotency_key="k")
    call = await a_caller(store, "+15552000001")
    assert list(await store.schedule.hold(call, [a_slot()], minutes=10)) == []


async def test_an_expired_hold_is_free_again(store: PostgresStore) -> None:
    first, second = [await a_caller(store, f"+1555200000{i}") for i in (1, 2)]
    await store.schedule.hold(first, [a_slot()], minutes=10)
    await store.database.execute("UPDATE holds SET expires_at = app_now()")
    assert list(await store.schedule.offered(first)) == []
    assert len(await store.schedule.hold(second, [a_slot()], minutes=10)) == 1


async def test_expiry_is_judged_by_the_database_clock(database: str) -> None:
    async with PostgresStore(database).opened() as now:
        call = await a_caller(now, "+15552000001")
        await now.schedule.hold(call, [a_slot()], minutes=10)
        later = PostgresStore(database, clock_offset=timedelta(minutes=11))
        async with later.opened():
            assert len(await now.schedule.offered(call)) == 1
            assert list(await later.schedule.offered(call)) == []


async def test_a_new_offer_replaces_the_old_one(store: PostgresStore) -> None:
    call = await a_caller(store, "+15552000001")
    await store.schedule.hold(call, [a_slot(a_window(24))], minutes=10)
    (new,) = await store.schedule.hold(call, [a_slot(a_window(48))], minutes=10)
    assert list(await store.schedule.offered(call)) == [new]


async def test_one_set_of_holds_per_number(store: PostgresStore) -> None:
    first, second = [await a_caller(store, "+15552000001") for _ in (1, 2)]
    await store.schedule.hold(first, [a_slot(a_window(24))], minutes=10)
    await store.schedule.hold(second, [a_slot(a_window(48))], minutes=10)
    assert list(await store.schedule.offered(first)) == []


async def test_callers_without_a_number_do_not_share_holds(store: PostgresStore) -> None:
    first, second = [await a_caller(store, "anonymous") for _ in (1, 2)]
    await store.schedule.hold(first, [a_slot(a_window(24))], minutes=10)
    await store.schedule.hold(second, [a_slot(a_window(48))], minutes=10)
    assert len(await store.schedule.offered(first)) == 1


async def test_release_and_the_end_of_a_call_free_the_time(store: PostgresStore) -> None:
    first, second = [await a_caller(store, f"+1555200000{i}") for i in (1, 2)]
    await store.schedule.hold(first, [a_slot()], minutes=10)
    await store.schedule.release(first)
    await store.schedule.hold(second, [a_slot()], minutes=10)
    await store.calls.close(second, Evidence.of(Outcome.ABANDONED))
    assert list(await store.schedule.offered(second)) == []
    assert len(await store.schedule.hold(first, [a_slot()], minutes=10)) == 1


async def test_ids_are_made_here_and_long(store: PostgresStore) -> None:
    call = await a_caller(store, "+15552000001")
    guessable = replace(a_slot(), slot_id="1")
    (held,) = await store.schedule.hold(call, [guessable], minutes=10)
    assert len(held.slot_id) >= 20
    assert list(await store.schedule.offered(call)) == [held]
    (again,) = await store.schedule.hold(call, [guessable], minutes=10)
    assert again.slot_id != held.slot_id


async def test_busy_names_jobs_by_phone_and_holds_by_call(store: PostgresStore) -> None:
    job = await store.jobs.book(await prepared(store), (), idempotency_key="k")
    call = await a_caller(store, "+15552000001")
    (held,) = await store.schedule.hold(call, [a_slot(a_window(26))], minutes=10)
    span = Window(a_window(20).start, a_window(40).start)
    booked, reserved = await store.schedule.busy(["dana", "unknown"], span)
    assert (booked.window, booked.phone, booked.holder) == (job.window, "+15551230000", None)
    number = "+15552000001"
    assert (reserved.window, reserved.phone, reserved.holder) == (held.window, number, call)


async def test_windows_that_touch_are_not_in_each_others_way(store: PostgresStore) -> None:
    await store.jobs.book(await prepared(store), (), idempotency_key="k")
    call = await a_caller(store, "+15552000001")
    after = a_slot(a_window(26))
    assert len(await store.schedule.hold(call, [after], minutes=10)) == 1
    before = Window(a_window(24).start - timedelta(hours=2), a_window(24).start)
    assert len(await store.schedule.hold(call, [a_slot(before)], minutes=10)) == 1
    assert (
        list(await store.schedule.busy(["dana"], Window(after.window.end, a_window(90).end))) == []
    )


async def test_fifty_callers_at_once_for_one_window(database: str) -> None:
    limits = Limits(connections=30, acquire_s=10)
    async with PostgresStore(database, limits=limits).opened() as store:
        calls = [await a_caller(store, f"+1555200{i:04}") for i in range(50)]
        held = await asyncio.gather(
            *(store.schedule.hold(call, [a_slot()], minutes=10) for call in calls)
        )
        assert sum(len(slots) for slots in held) == 1
