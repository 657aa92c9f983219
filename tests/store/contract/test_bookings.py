"""Holds, bookings, changes, people, messages, payments: the same of both stores."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.store.contract.conftest import Deliver
from tests.support.payments import an_event
from tests.support.postgres import a_call, a_draft, a_quote, a_slot, a_text, a_window, prepared
from voiceagent.domain.ledger import EntryKind
from voiceagent.domain.locales import Locale
from voiceagent.domain.records import CallId, Cents, Job, JobId, JobStatus, Window
from voiceagent.errors import VoiceAgentError
from voiceagent.ports.store import Store

OTHER = "+15552000001"
NOBODY = JobId("00000000-0000-4000-8000-000000000000")


async def code_of(work: Awaitable[object]) -> str:
    with pytest.raises(VoiceAgentError) as caught:
        await work
    return caught.value.code


async def booked(store: Store, key: str = "k", *, day: int = 1, phone: str = OTHER) -> Job:
    draft = await prepared(store, phone=phone, slot=a_slot(a_window(24 * day)))
    return await store.jobs.book(draft, [a_text(f"text-{key}")], idempotency_key=key)


class TestHolds:
    async def test_a_held_slot_is_nobody_elses_until_released(self, store: Store) -> None:
        first, second = [await store.calls.open(a_call(f"+1555200000{i}")) for i in (1, 2)]
        both = [a_slot(a_window(24)), a_slot(a_window(48))]
        (held,) = await store.schedule.hold(first, both[:1], minutes=10)
        (left,) = await store.schedule.hold(second, both, minutes=10)
        assert left.window == both[1].window
        assert list(await store.schedule.offered(first)) == [held]
        await store.schedule.release(first)
        assert list(await store.schedule.offered(first)) == []
        assert len(await store.schedule.hold(second, both, minutes=10)) == 2

    async def test_ids_are_made_by_the_store(self, store: Store) -> None:
        call = await store.calls.open(a_call())
        guess = replace(a_slot(), slot_id="1")
        ids = {(await store.schedule.hold(call, [guess], minutes=10))[0].slot_id for _ in range(3)}
        assert len(ids) == 3
        assert all(len(slot_id) >= 20 for slot_id in ids)

    async def test_what_a_call_is_offered_may_overlap_itself(self, store: Store) -> None:
        call = await store.calls.open(a_call())
        slots = [a_slot(a_window(24)), a_slot(a_window(25))]
        assert len(await store.schedule.hold(call, slots, minutes=10)) == 2

    async def test_one_set_of_holds_per_number_and_none_shared_by_the_withheld(
        self, store: Store
    ) -> None:
        for number, left in ((OTHER, 0), ("anonymous", 1)):
            first, second = [await store.calls.open(a_call(number)) for _ in (1, 2)]
            await store.schedule.hold(first, [a_slot(a_window(24))], minutes=10)
            await store.schedule.hold(second, [a_slot(a_window(48))], minutes=10)
            assert len(await store.schedule.offered(first)) == left
            await store.schedule.release(first)
            await store.schedule.release(second)

    async def test_an_expired_hold_is_free(self, store: Store) -> None:
        first, second = [await store.calls.open(a_call(f"+1555200000{i}")) for i in (1, 2)]
        await store.schedule.hold(first, [a_slot()], minutes=0)
        assert list(await store.schedule.offered(first)) == []
        assert len(await store.schedule.hold(second, [a_slot()], minutes=10)) == 1

    async def test_busy_names_jobs_by_phone_and_holds_by_call_soonest_first(
        self, store: Store
    ) -> None:
        call = await store.calls.open(a_call())
        (held,) = await store.schedule.hold(call, [a_slot(a_window(22))], minutes=10)
        job = await booked(store)
        span = Window(a_window(20).start, a_window(40).start)
        reserved, taken = await store.schedule.busy(["dana", "unknown"], span)
        number = a_call().from_number
        assert (reserved.window, reserved.phone, reserved.holder) == (held.window, number, call)
        assert (taken.window, taken.phone, taken.holder) == (job.window, OTHER, None)
        after = Window(job.window.end, a_window(90).end)
        assert list(await store.schedule.busy(["dana"], after)) == []
        assert list(await store.schedule.busy(["lee"], span)) == []
        inside = job.window.start + timedelta(minutes=5)
        assert list(await store.schedule.busy(["dana"], Window(inside, inside))) == []
        assert await code_of(store.schedule.busy(["dana"], Window(span.end, span.start))) == (
            "store.refused"
        )

    async def test_what_is_refused(self, store: Store) -> None:
        call, unknown = await store.calls.open(a_call()), a_call().call_id
        empty = a_slot(Window(a_window().start, a_window().start))
        for work in (
            store.schedule.hold(unknown, [a_slot()], minutes=10),
            store.schedule.hold(call, [empty], minutes=10),
            store.schedule.hold(CallId("1"), [a_slot()], minutes=10),
            store.schedule.offered(CallId("1")),
            store.schedule.release(CallId("1")),
        ):
            assert await code_of(work) == "store.refused"


class TestBooking:
    async def test_the_reference_call(self, store: Store) -> None:
        draft = await prepared(store)
        job = await store.jobs.book(draft, (), idempotency_key="k")
        assert (job.customer.name, job.customer.phone) == ("Sarah Miller", draft.phone)
        assert (job.estimated_cost, job.deposit_amount) == (82500, 20600)
        assert (job.deposit_paid, job.checkout_url, job.status) == (False, None, JobStatus.BOOKED)
        assert (job.window, job.technician_id) == (draft.slot.window, "dana")
        assert (job.call_id, job.notes) == (draft.call_id, draft.notes)
        assert await store.jobs.get(job.job_id) == job
        assert await store.jobs.of_call(draft.call_id) == job
        assert list(await store.jobs.open_for(draft.phone)) == [job]
        assert list(await store.schedule.offered(draft.call_id)) == []
        assert list(await store.customers.at_number(draft.phone)) == [job.customer]

    async def test_a_booking_keeps_the_language_it_was_made_in(self, store: Store) -> None:
        draft = replace(await prepared(store), locale=Locale.ES_US)
        job = await store.jobs.book(draft, (), idempotency_key="k")
        assert job.locale is Locale.ES_US
        assert await store.jobs.get(job.job_id) == job

    async def test_the_same_key_or_the_same_wish_is_the_same_booking(
        self, store: Store, deliver: Deliver
    ) -> None:
        draft = await prepared(store)
        first = await store.jobs.book(draft, [a_text("a")], idempotency_key="k")
        assert await store.jobs.book(draft, [a_text("b")], idempotency_key="k") == first
        later = await store.calls.open(a_call())
        again = replace(draft, call_id=later)
        assert await store.jobs.book(again, [a_text("c")], idempotency_key="k2") == first
        assert await store.jobs.of_call(later) == first
        assert [message.key for message in await deliver()] == ["a"]

    async def test_place_service_and_amounts_come_from_the_store(self, store: Store) -> None:
        draft = await prepared(store)
        lies = replace(
            draft,
            slot=replace(draft.slot, technician_id="lee", window=a_window(90)),
            quote=replace(draft.quote, estimate=Cents(1), deposit=Cents(1)),
        )
        job = await store.jobs.book(lies, (), idempotency_key="k")
        assert (job.technician_id, job.window) == ("dana", draft.slot.window)
        assert (job.estimated_cost, job.deposit_amount) == (82500, 20600)

    async def test_what_is_not_on_offer(self, store: Store) -> None:
        theirs = await prepared(store, phone=OTHER)
        mine = await prepared(store, slot=a_slot(a_window(48)))
        for slot in (replace(mine.slot, slot_id="guess"), theirs.slot):
            wish = replace(mine, slot=slot)
            assert await code_of(store.jobs.book(wish, (), idempotency_key="k")) == (
                "slot.not_offered"
            )
        assert list(await store.customers.at_number(mine.phone)) == []

    async def test_an_expired_offer_is_gone_or_merely_old(self, store: Store) -> None:
        draft = await prepared(store)
        for taken, code in ((False, "slot.not_offered"), (True, "slot.taken")):
            (old,) = await store.schedule.hold(draft.call_id, [a_slot()], minutes=0)
            if taken:
                await booked(store, "quick")
            wish = replace(draft, slot=old)
            assert await code_of(store.jobs.book(wish, (), idempotency_key="k")) == code

    async def test_two_own_offers_that_overlap_are_not_both_booked(self, store: Store) -> None:
        draft = await prepared(store)
        await store.jobs.book(draft, (), idempotency_key="k")
        assert list(await store.schedule.hold(draft.call_id, [a_slot()], minutes=10)) == []

    async def test_a_quote_that_does_not_fit(self, store: Store) -> None:
        theirs, mine = (
            await prepared(store, phone=OTHER),
            await prepared(store, slot=a_slot(a_window(48))),
        )
        other = replace(a_quote(mine.call_id), quote_id="m", service_type="maintenance")
        await store.quotes.save(other)
        for quote in (theirs.quote, other):
            wish = replace(mine, quote=quote)
            assert await code_of(store.jobs.book(wish, (), idempotency_key="k")) == "quote.unknown"

    async def test_a_third_open_job_of_a_customer_or_of_a_line(self, store: Store) -> None:
        for phones in ([OTHER] * 3, [f"+1555123999{i}" for i in range(3)]):
            caller = phones[0] if phones[0] == OTHER else "+15554000000"
            for day, phone in enumerate(phones[:2], start=1 if caller == OTHER else 5):
                draft = await prepared(store, phone=caller, slot=a_slot(a_window(24 * day)))
                wish = replace(draft, phone=phone)
                await store.jobs.book(wish, (), idempotency_key=f"{caller}{day}")
            third = await prepared(store, phone=caller, slot=a_slot(a_window(240)))
            wish = replace(third, phone=phones[2])
            assert await code_of(store.jobs.book(wish, (), idempotency_key="k")) == "jobs.too_many"
            await store.schedule.release(third.call_id)

    async def test_what_the_tables_refuse_leaves_nothing(self, store: Store) -> None:
        draft = await prepared(store)
        stray = replace(a_text("t"), call_id=a_call().call_id)
        assert await code_of(store.jobs.book(draft, [stray], idempotency_key="k")) == (
            "store.refused"
        )
        bad = replace(draft, phone="555")
        assert await code_of(store.jobs.book(bad, (), idempotency_key="k")) == "store.refused"
        assert list(await store.customers.at_number(draft.phone)) == []
        assert await store.jobs.of_call(draft.call_id) is None
        assert (await store.jobs.book(draft, (), idempotency_key="k")).code

    async def test_who_has_proven_to_be_a_customer_stays_one_and_shows_the_newest(
        self, store: Store
    ) -> None:
        first = await booked(store)
        draft = await prepared(store, phone=OTHER, slot=a_slot(a_window(48)))
        proven = frozenset({first.customer.customer_id})
        moved = replace(draft, address="9 Elm Lane", email="s@example.com", proven=proven)
        second = await store.jobs.book(moved, (), idempotency_key="k2")
        third = await store.jobs.get(first.job_id)
        assert third is not None
        assert third.customer == second.customer
        assert list(await store.customers.at_number(OTHER)) == [second.customer]
        assert third.customer.customer_id == first.customer.customer_id
        assert (third.customer.address, third.customer.email) == ("9 Elm Lane", "s@example.com")
        assert third.address == first.address
        assert [job.job_id for job in await store.jobs.open_for(OTHER)] == [
            first.job_id,
            second.job_id,
        ]


class TestChanges:
    async def test_a_move_happens_once_and_frees_the_old_time(
        self, store: Store, deliver: Deliver
    ) -> None:
        job = await booked(store)
        await deliver()
        draft = await prepared(store, phone=OTHER, slot=a_slot(a_window(48)))
        for key in ("m", "m"):
            moved = await store.jobs.reschedule(
                job.job_id,
                draft.slot,
                [a_text(f"moved-{key}", body="Moved.")],
                call_id=draft.call_id,
                idempotency_key=key,
            )
        assert (moved.window, moved.code, moved.call_id) == (
            draft.slot.window,
            job.code,
            job.call_id,
        )
        assert await store.jobs.of_call(draft.call_id) == moved
        assert [message.key for message in await deliver()] == ["moved-m"]
        assert list(await store.schedule.offered(draft.call_id)) == []
        assert (await booked(store, "k2", phone="+15559990000")).window == job.window

    async def test_moves_that_are_refused(self, store: Store) -> None:
        job = await booked(store)
        draft = await prepared(store, slot=a_slot(a_window(48)))
        move = store.jobs.reschedule
        call = draft.call_id
        assert await code_of(move(NOBODY, draft.slot, (), call_id=call, idempotency_key="m")) == (
            "job.unknown"
        )
        guess = replace(draft.slot, slot_id="guess")
        assert await code_of(move(job.job_id, guess, (), call_id=call, idempotency_key="m")) == (
            "slot.not_offered"
        )
        other = replace(a_slot(a_window(72)), service_type="installation")
        (held,) = await store.schedule.hold(call, [other], minutes=10)
        assert await code_of(move(job.job_id, held, (), call_id=call, idempotency_key="m")) == (
            "slot.not_offered"
        )
        await store.jobs.cancel(job.job_id, (), call_id=call, idempotency_key="c")
        assert await code_of(move(job.job_id, held, (), call_id=call, idempotency_key="m")) == (
            "job.closed"
        )

    async def test_cancelling_tells_once_drops_the_link_and_frees_the_time(
        self, store: Store, deliver: Deliver
    ) -> None:
        job = await booked(store)
        call = await store.calls.open(a_call())
        for key in ("c", "c", "c2"):
            gone = await store.jobs.cancel(
                job.job_id,
                [a_text(f"bye-{key}", body="Cancelled.")],
                call_id=call,
                idempotency_key=key,
            )
            assert gone.status is JobStatus.CANCELLED
        assert [message.key for message in await deliver()] == ["bye-c"]
        assert list(await store.jobs.open_for(OTHER)) == []
        assert (await booked(store, "k2")).job_id != job.job_id

    async def test_unknown_jobs_and_calls(self, store: Store) -> None:
        job = await booked(store)
        call, unknown = await store.calls.open(a_call()), a_call().call_id
        cancel = store.jobs.cancel
        assert await code_of(cancel(NOBODY, (), call_id=call, idempotency_key="c")) == "job.unknown"
        assert await code_of(cancel(job.job_id, (), call_id=unknown, idempotency_key="c")) == (
            "store.refused"
        )
        assert await store.jobs.get(NOBODY) is None
        assert await code_of(store.jobs.get(JobId("1"))) == "store.refused"
        assert await store.jobs.of_call(unknown) is None
        assert await store.jobs.get(job.job_id) == job


class TestMessages:
    async def test_a_text_leaves_once_with_its_braces_filled(
        self, store: Store, deliver: Deliver
    ) -> None:
        draft = await prepared(store, deposit=20650)
        text = replace(
            a_text("t", body="{job_code} {deposit} {checkout_url} {x}"), call_id=draft.call_id
        )
        job = await store.jobs.book(draft, [text], idempotency_key="k")
        assert list(await store.outbox.sent(draft.call_id)) == []
        (sent,) = await deliver()
        url = f"https://pay.test/{job.job_id}"
        filled = replace(text, body=f"{job.code} $206.50 {url} {{x}}", job_id=job.job_id)
        assert sent == filled
        assert list(await store.outbox.sent(draft.call_id)) == [filled]
        assert await deliver() == []
        now = await store.jobs.get(job.job_id)
        assert now is not None
        assert now.checkout_url == url

    async def test_the_same_key_is_one_message(self, store: Store, deliver: Deliver) -> None:
        call = await store.calls.open(a_call())
        message = replace(a_text("t", body="{job_code}"), call_id=call)
        await store.outbox.put(message)
        await store.outbox.put(replace(message, body="other"))
        assert list(await deliver()) == [message]
        await store.outbox.put(message)
        assert await deliver() == []
        assert list(await store.outbox.sent(call)) == [message]

    async def test_a_text_whose_link_cannot_be_made_never_leaves(
        self, store: Store, deliver: Deliver
    ) -> None:
        await store.outbox.put(a_text("t"))
        assert await deliver() == []

    async def test_messages_of_nobody(self, store: Store) -> None:
        for message in (
            replace(a_text("t"), call_id=a_call().call_id),
            replace(a_text("t"), call_id=CallId("1")),
            replace(a_text("t"), job_id=NOBODY),
        ):
            assert await code_of(store.outbox.put(message)) == "store.refused"


COMPLETED, REFUNDED = EntryKind.PAID, EntryKind.REFUNDED
EXPIRED, FAILED = EntryKind.EXPIRED, EntryKind.FAILED


class TestPayments:
    @pytest.mark.parametrize(
        ("kinds", "paid", "status"),
        [
            ((COMPLETED, COMPLETED), True, JobStatus.CONFIRMED),
            ((EXPIRED, COMPLETED), True, JobStatus.CONFIRMED),
            ((COMPLETED, EXPIRED), True, JobStatus.CONFIRMED),
            ((COMPLETED, REFUNDED), False, JobStatus.BOOKED),
            ((REFUNDED, COMPLETED), False, JobStatus.BOOKED),
            ((FAILED, EXPIRED), False, JobStatus.BOOKED),
        ],
    )
    async def test_the_highest_stage_stands(
        self,
        store: Store,
        deliver: Deliver,
        kinds: tuple[EntryKind, EntryKind],
        *,
        paid: bool,
        status: JobStatus,
    ) -> None:
        job = await booked(store)
        await deliver()
        for number, kind in enumerate(kinds):
            for new in (True, False):
                told = an_event(kind, job, event_id=f"evt_{number}", session=f"cs_{job.job_id}")
                assert new is await store.payment_events.apply_event(told)
        now = await store.jobs.get(job.job_id)
        assert now is not None
        assert (now.deposit_paid, now.status) == (paid, status)

    async def test_money_for_nobody_and_for_a_cancelled_job(self, store: Store) -> None:
        job = await booked(store)
        assert job.call_id is not None
        await store.jobs.cancel(job.job_id, (), call_id=job.call_id, idempotency_key="c")
        for number, stranger in enumerate(("", "not-an-id", NOBODY, job.job_id)):
            told = an_event(
                COMPLETED, replace(job, job_id=JobId(stranger)), event_id=f"evt_{number}"
            )
            assert await store.payment_events.apply_event(told)
        now = await store.jobs.get(job.job_id)
        assert now is not None
        assert (now.deposit_paid, now.status) == (True, JobStatus.CANCELLED)


async def test_visits_that_were_called_off_are_counted_by_channel_and_priority(
    store: Store,
) -> None:
    call_id = await store.calls.open(a_call())
    quote = a_quote(call_id)
    await store.quotes.save(quote)
    (held,) = await store.schedule.hold(call_id, [a_slot()], minutes=10)
    job = await store.jobs.book(a_draft(held, quote), (), idempotency_key="counted")
    now = await store.now()
    since, until = now - timedelta(hours=1), now + timedelta(hours=1)
    (count,) = await store.cancel_history.counts(since, until)
    assert (count.channel, count.priority, count.booked, count.cancelled) == (
        "voice",
        job.priority,
        1,
        0,
    )
    await store.jobs.cancel(job.job_id, (), call_id=call_id, idempotency_key="off")
    (count,) = await store.cancel_history.counts(since, until)
    assert (count.booked, count.cancelled) == (1, 1)
    assert list(await store.cancel_history.counts(until, until)) == []
