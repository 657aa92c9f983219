"""The waiting list: the same of both stores."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.store.contract.conftest import Deliver
from tests.support.postgres import a_call, a_slot, a_window, prepared
from voiceagent.core.waiting import WaitStage
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import Job, OutboundMessage, Outcome
from voiceagent.ports.store import Store
from voiceagent.ports.waiting import WaitingPlace, WaitingWish, window_name

ANN, BEN, CLEO = (f"+1555300000{n}" for n in (1, 2, 3))


async def a_place(store: Store, phone: str = ANN, *, ended: bool = True) -> WaitingPlace:
    call = a_call(phone)
    call_id = await store.calls.open(call)
    today = datetime.now(UTC).date()
    wish = WaitingWish(
        call_id=call_id,
        call_sid=call.call_sid,
        channel="sms",
        text_to=phone,
        phone=phone,
        customer_name="Ann Lee",
        address="9 Elm Lane, Springfield, Ohio",
        service_type="repair",
        description="AC not cooling.",
        notes="",
        first_day=today,
        last_day=today + timedelta(days=9),
    )
    place = await store.waiting.join(wish)
    if ended:
        await store.calls.close(call_id, Evidence.of(Outcome.ANSWERED))
    return place


async def a_visit(store: Store, *, hours: float = 24, key: str = "k") -> Job:
    draft = await prepared(store, slot=a_slot(a_window(hours)))
    return await store.jobs.book(draft, (), idempotency_key=key)


async def cancelled(store: Store, job: Job) -> None:
    assert job.call_id is not None
    await store.jobs.cancel(job.job_id, (), call_id=job.call_id, idempotency_key=f"c-{job.job_id}")


def offer_text(place: WaitingPlace) -> OutboundMessage:
    return OutboundMessage(f"offer-{place.place_id}", "sms", place.wish.text_to, "Free.")


async def offered(store: Store, place: WaitingPlace, minutes: int = 30) -> bool:
    (freed,) = await store.waiting.freed()
    return await store.waiting.offer(place, freed, offer_text(place), minutes=minutes)


async def test_who_asks_first_is_first_and_once(store: Store) -> None:
    first, second = await a_place(store), await a_place(store, BEN)
    again = await store.waiting.join(replace(first.wish, notes="Ring twice."))
    assert again.place_id == first.place_id
    assert [p.place_id for p in await store.waiting.waiting()] == [first.place_id, second.place_id]
    assert (await store.waiting.waiting())[0].wish.notes == "Ring twice."


async def test_nobody_is_asked_while_they_are_still_on_the_phone(store: Store) -> None:
    await a_place(store, ended=False)
    assert list(await store.waiting.waiting()) == []


async def test_a_cancelled_visit_frees_its_window_where_somebody_waits(store: Store) -> None:
    await cancelled(store, await a_visit(store, key="before"))
    assert list(await store.waiting.freed()) == []
    job = await a_visit(store)
    await a_place(store)
    await cancelled(store, job)
    (freed,) = await store.waiting.freed()
    assert (freed.technician_id, freed.window) == ("dana", job.window)


async def test_a_moved_visit_frees_the_window_it_leaves(store: Store) -> None:
    job = await a_visit(store)
    await a_place(store)
    call = await store.calls.open(a_call())
    (slot,) = await store.schedule.hold(call, [a_slot(a_window(48))], minutes=10)
    await store.jobs.reschedule(job.job_id, slot, (), call_id=call, idempotency_key="m")
    (freed,) = await store.waiting.freed()
    assert freed.window == job.window


async def test_a_window_that_somebody_holds_or_has_is_not_free(store: Store) -> None:
    await a_place(store)
    job = await a_visit(store)
    await cancelled(store, job)
    call = await store.calls.open(a_call(BEN))
    await store.schedule.hold(call, [a_slot(job.window)], minutes=10)
    assert list(await store.waiting.freed()) == []
    await store.schedule.release(call)
    assert len(await store.waiting.freed()) == 1
    await a_visit(store, key="again")
    assert list(await store.waiting.freed()) == []


async def test_an_offer_is_a_hold_and_a_text(store: Store, deliver: Deliver) -> None:
    place = await a_place(store)
    job = await a_visit(store)
    await cancelled(store, job)
    await deliver()
    assert await offered(store, place)
    assert [text.to for text in await deliver()] == [ANN]
    found = await store.waiting.offered_to(ANN)
    assert found is not None
    assert found.stage is WaitStage.OFFERED
    assert found.offer is not None
    assert list(await store.schedule.offered(place.wish.call_id)) == [found.offer]
    rival = await store.calls.open(a_call(BEN))
    assert list(await store.schedule.hold(rival, [a_slot(job.window)], minutes=10)) == []
    assert await store.waiting.offered_to(BEN) is None


async def test_two_who_wait_never_get_one_window(store: Store) -> None:
    places = [await a_place(store, phone) for phone in (ANN, BEN, CLEO)]
    await cancelled(store, await a_visit(store))
    (freed,) = await store.waiting.freed()
    got = await asyncio.gather(
        *(store.waiting.offer(p, freed, offer_text(p), minutes=30) for p in places)
    )
    assert sorted(got) == [False, False, True]


async def test_a_window_that_is_gone_is_offered_to_nobody(store: Store, deliver: Deliver) -> None:
    place = await a_place(store)
    job = await a_visit(store)
    await cancelled(store, job)
    (freed,) = await store.waiting.freed()
    await a_visit(store, key="quicker")
    await deliver()
    assert not await store.waiting.offer(place, freed, offer_text(place), minutes=30)
    assert list(await deliver()) == []
    assert [one.stage for one in await store.waiting.waiting()] == [WaitStage.WAITING]


async def test_what_one_passes_is_free_for_the_next(store: Store) -> None:
    place = await a_place(store)
    job = await a_visit(store)
    await cancelled(store, job)
    await offered(store, place)
    asked = await store.waiting.offered_to(ANN)
    assert asked is not None
    assert await store.waiting.passed(asked)
    assert not await store.waiting.passed(asked)
    assert [one.window for one in await store.waiting.freed()] == [job.window]
    (left,) = await store.waiting.waiting()
    assert left.passed == (window_name("dana", job.window.start),)
    assert await store.waiting.offered_to(ANN) is None


async def test_an_offer_without_an_answer_lapses(store: Store) -> None:
    place = await a_place(store)
    await cancelled(store, await a_visit(store))
    await offered(store, place, minutes=0)
    assert await store.waiting.offered_to(ANN) is None
    assert await store.waiting.lapse() == 1
    assert await store.waiting.lapse() == 0
    assert len(await store.waiting.freed()) == 1
    assert len(await store.waiting.waiting()) == 1


async def test_a_booking_ends_the_wait_and_frees_what_was_kept(store: Store) -> None:
    place = await a_place(store)
    job = await a_visit(store)
    await cancelled(store, job)
    await offered(store, place)
    draft = await prepared(store, phone=ANN, slot=a_slot(a_window(72)))
    await store.jobs.book(draft, (), idempotency_key="elsewhere")
    assert await store.waiting.offered_to(ANN) is None
    assert list(await store.waiting.waiting()) == []
    assert await store.waiting.lapse() == 0


async def test_what_suits_nobody_is_let_be(store: Store) -> None:
    await a_place(store)
    await cancelled(store, await a_visit(store))
    (freed,) = await store.waiting.freed()
    await store.waiting.let_be(freed)
    await store.waiting.let_be(freed)
    assert list(await store.waiting.freed()) == []
