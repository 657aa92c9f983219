"""Deposits that are not paid: reminded once, called off once, and never against a payment."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.store.contract.conftest import Deliver
from tests.support.payments import an_event
from tests.support.postgres import a_slot, a_text, a_window, prepared
from voiceagent.core.clock import SystemClock
from voiceagent.domain.business import LINK_HOURS
from voiceagent.domain.ledger import DepositState, EntryKind
from voiceagent.domain.records import Job, JobStatus
from voiceagent.ports.dispatch import DISPATCH_CHANNEL, order_id_of
from voiceagent.ports.store import Store
from voiceagent.store import PostgresStore
from voiceagent.store.embedded import EmbeddedPostgres
from voiceagent.store.memory import MemoryStore

AT_ONCE, LONG = timedelta(), timedelta(hours=2)
REMINDER = "Pay {deposit}: {checkout_url}"


async def booked(store: Store, *, text: bool = True, hours_ahead: float = 24) -> Job:
    run = secrets.token_hex(4)
    phone = f"+1555{secrets.randbelow(10**7):07}"
    draft = await prepared(store, phone=phone, slot=a_slot(a_window(hours_ahead)))
    return await store.jobs.book(draft, [a_text(f"t-{run}")] if text else [], idempotency_key=run)


async def now(store: Store, job: Job) -> Job:
    found = await store.jobs.get(job.job_id)
    assert found is not None
    return found


async def pay(store: Store, job: Job, event_id: str = "") -> None:
    told = an_event(
        EntryKind.PAID,
        job,
        event_id=event_id or f"evt-{job.job_id}",
        session=f"cs_{job.job_id}",
        payment=f"pi_{job.job_id}",
    )
    await store.payment_events.apply_event(told, receipt="Paid, {job_code}.")


async def test_nobody_is_reminded_early_twice_or_without_a_link(
    store: Store, deliver: Deliver
) -> None:
    job, unpaid = await booked(store), store.unpaid
    assert await unpaid.remind(AT_ONCE, REMINDER) == 0  # there is no link yet
    await deliver()
    assert await unpaid.remind(LONG, REMINDER) == 0
    assert await unpaid.remind(AT_ONCE, REMINDER) == 1
    assert await unpaid.remind(AT_ONCE, REMINDER) == 0
    (sent,) = await deliver()
    assert sent.body == f"Pay $206: https://pay.test/{job.job_id}"
    assert sent.job_id == job.job_id


async def make_older(store: Store, job: Job, by: timedelta) -> None:
    """Have the deposit of a job been asked for so much longer."""
    if isinstance(store, MemoryStore):
        store.kept.payments[job.job_id].asked_at -= by
        return
    assert isinstance(store, PostgresStore)
    older = "UPDATE payments SET created_at = created_at - $2::interval WHERE job_id = $1"
    await store.database.execute(older, job.job_id, by)


@pytest.mark.parametrize(("seconds", "reminded"), [(-60, 1), (0, 0), (60, 0)])
async def test_nobody_is_reminded_of_a_link_that_may_have_died(
    store: Store, deliver: Deliver, seconds: int, reminded: int
) -> None:
    job = await booked(store)
    await deliver()
    await make_older(store, job, timedelta(hours=LINK_HOURS, seconds=seconds))
    assert await store.unpaid.remind(AT_ONCE, REMINDER) == reminded


async def test_who_was_not_texted_is_not_texted_and_called_off_all_the_same(
    store: Store, deliver: Deliver
) -> None:
    job, unpaid = await booked(store, text=False), store.unpaid
    await deliver()
    assert await unpaid.remind(AT_ONCE, REMINDER) == 0
    assert await unpaid.cancel(AT_ONCE, LONG, "Called off.") == 1
    assert (await now(store, job)).status is JobStatus.CANCELLED
    assert list(await deliver()) == []


async def test_an_outside_dispatcher_is_told_with_it_and_once(
    store: Store, deliver: Deliver
) -> None:
    job = await booked(store, text=False)
    await deliver()
    for _ in range(2):
        await store.unpaid.cancel(AT_ONCE, LONG, "Called off.", tell_dispatch=True)
    told = await deliver()
    order_id = order_id_of(await store.jobs.made_by(job.job_id))
    assert [(one.channel, one.body) for one in told] == [(DISPATCH_CHANNEL, order_id)]


async def test_who_was_reminded_has_time_and_is_called_off_once(
    store: Store, deliver: Deliver
) -> None:
    job, unpaid = await booked(store), store.unpaid
    await deliver()
    await unpaid.remind(AT_ONCE, REMINDER)
    assert await unpaid.cancel(LONG, AT_ONCE, "Called off.") == 0
    assert await unpaid.cancel(AT_ONCE, LONG, "Called off.") == 0
    assert await unpaid.cancel(AT_ONCE, AT_ONCE, "Called off {job_code}.") == 1
    assert await unpaid.cancel(AT_ONCE, AT_ONCE, "Called off {job_code}.") == 0
    assert (await now(store, job)).status is JobStatus.CANCELLED
    assert [text.body for text in await deliver()] == [f"Called off {job.code}."]


@pytest.mark.parametrize(
    ("kind", "called_off"),
    [
        (EntryKind.PENDING, 0),
        (EntryKind.PAID, 0),
        (EntryKind.REFUNDED, 0),
        (EntryKind.FAILED, 1),
        (EntryKind.EXPIRED, 1),
    ],
)
async def test_money_that_came_or_is_on_its_way_is_waited_for(
    store: Store, deliver: Deliver, kind: EntryKind, called_off: int
) -> None:
    job, unpaid = await booked(store), store.unpaid
    await deliver()
    await store.payment_events.apply_event(an_event(kind, job, session=f"cs_{job.job_id}"))
    assert await unpaid.remind(AT_ONCE, REMINDER) == (kind is EntryKind.FAILED)
    assert await unpaid.cancel(AT_ONCE, AT_ONCE, "Called off.") == called_off


async def test_a_visit_that_has_begun_is_left_alone(store: Store, deliver: Deliver) -> None:
    job, unpaid = await booked(store, hours_ahead=0), store.unpaid
    await deliver()
    assert await unpaid.remind(AT_ONCE, REMINDER) == 0
    assert await unpaid.cancel(AT_ONCE, AT_ONCE, "Called off.") == 0
    assert (await now(store, job)).status is JobStatus.BOOKED


async def test_a_reminder_that_waits_is_not_sent_once_it_is_paid(
    store: Store, deliver: Deliver
) -> None:
    job, unpaid = await booked(store), store.unpaid
    await deliver()
    await unpaid.remind(AT_ONCE, REMINDER)
    await pay(store, job)
    assert [text.body for text in await deliver()] == [f"Paid, {job.code}."]


async def test_one_payment_is_one_receipt_where_the_link_went(
    store: Store, deliver: Deliver
) -> None:
    job = await booked(store)
    (link,) = await deliver()
    for number in range(3):  # told three times, by three events
        await pay(store, job, f"evt_{number}")
    refunded = an_event(EntryKind.REFUNDED, job, event_id="r", payment=f"pi_{job.job_id}")
    await store.payment_events.apply_event(refunded)
    await pay(store, job, "evt_9")
    (receipt,) = await deliver()
    assert (receipt.to, receipt.channel, receipt.body) == (
        link.to,
        link.channel,
        f"Paid, {job.code}.",
    )


@pytest.mark.parametrize("paid_first", [False, True])
async def test_money_of_a_cancelled_visit_waits_for_a_person(
    store: Store, deliver: Deliver, *, paid_first: bool
) -> None:
    job = await booked(store)
    await deliver()
    assert job.call_id is not None
    if paid_first:
        await pay(store, job)
    await store.jobs.cancel(job.job_id, (), call_id=job.call_id, idempotency_key="c")
    if not paid_first:
        await pay(store, job)
    (matter,) = await store.payment_events.matters(10)
    assert (matter.job_id, matter.code, matter.cancelled) == (job.job_id, job.code, True)
    assert (matter.account.state, matter.account.balance) == (DepositState.PAID, 20600)
    assert "cancelled" in matter.why
    refunded = an_event(EntryKind.REFUNDED, job, event_id="r", payment=f"pi_{job.job_id}")
    await store.payment_events.apply_event(refunded)
    assert list(await store.payment_events.matters(10)) == []


@pytest.mark.parametrize(
    ("amount", "currency", "why"),
    [(1, "jpy", "not the deposit"), (20599, "usd", "not the deposit"), (20601, "usd", "more")],
)
async def test_wrong_money_waits_for_a_person(
    store: Store, amount: int, currency: str, why: str
) -> None:
    job = await booked(store)
    await store.payment_events.apply_event(an_event(EntryKind.PAID, job, amount, currency=currency))
    (matter,) = await store.payment_events.matters(10)
    assert why in matter.why
    assert (await now(store, job)).deposit_paid is (amount == 20601)


async def test_the_money_of_each_visit_is_its_own(store: Store) -> None:
    """Of many at once; also where a dispute, which names no job, was told before its payment."""
    jobs = [await booked(store, hours_ahead=24 + 3 * number) for number in range(3)]
    disputed, short, over = jobs
    payment = f"pi_{disputed.job_id}"
    early = an_event(EntryKind.DISPUTED, disputed, event_id="d", payment=payment)
    await store.payment_events.apply_event(early)
    await pay(store, disputed)
    for job, amount in ((short, 100), (over, 20700)):
        told = an_event(
            EntryKind.PAID, job, amount, event_id=job.code, session=job.code, payment=""
        )
        await store.payment_events.apply_event(told)
    matters = {one.job_id: one for one in await store.payment_events.matters(10)}
    assert {about: (one.account.state, one.account.balance) for about, one in matters.items()} == {
        disputed.job_id: (DepositState.DISPUTED, 0),
        short.job_id: (DepositState.SHORT, 100),
        over.job_id: (DepositState.PAID, 20700),
    }
    for job in jobs:
        assert await store.payment_events.account(job.job_id) == matters[job.job_id].account


ACTS = ("pay", "pay", "remind", "cancel unpaid", "cancel unpaid", "customer cancels")
Act = Callable[[], Awaitable[object]]


def acts_on(store: Store, job: Job) -> dict[str, Act]:
    unpaid = store.unpaid
    assert job.call_id is not None
    call_id = job.call_id
    return {
        "pay": lambda: pay(store, job),
        "remind": lambda: unpaid.remind(AT_ONCE, REMINDER),
        "cancel unpaid": lambda: unpaid.cancel(AT_ONCE, AT_ONCE, "Called off."),
        "customer cancels": lambda: store.jobs.cancel(
            job.job_id, (), call_id=call_id, idempotency_key=f"c-{job.job_id}"
        ),
    }


async def nothing_was_lost(
    store: Store, job: Job, acts: Sequence[str], sent: Sequence[tuple[str, str]]
) -> None:
    """A payment keeps its job or waits for a person; nobody is told two things."""
    after = await now(store, job)
    listed = job.job_id in {one.job_id for one in await store.payment_events.matters(1000)}
    cancelled = after.status is JobStatus.CANCELLED
    assert after.deposit_paid is ("pay" in acts)
    if after.deposit_paid:
        assert listed is cancelled
        assert cancelled or after.status is JobStatus.CONFIRMED
    else:
        assert not listed
    texts = Counter(body for about, body in sent if about == job.job_id)
    receipts = texts[f"Paid, {job.code}."]
    assert all(count == 1 for count in texts.values()), texts
    assert not (receipts and texts["Called off."]), texts
    assert "customer cancels" in acts or not cancelled or texts["Called off."] == 1


@given(st.lists(st.sampled_from(ACTS), max_size=7))
@settings(max_examples=60, deadline=None)
def test_in_any_order_in_memory(acts: list[str]) -> None:
    async def play() -> None:
        store = MemoryStore(SystemClock())
        job = await booked(store)
        await store.deliver()
        sent = []
        for act in acts:
            await acts_on(store, job)[act]()
            sent += [(text.job_id or "", text.body) for text in await store.deliver()]
        await nothing_was_lost(store, job, acts, sent)

    asyncio.run(play())


def test_at_the_same_moment_on_postgres(postgres: EmbeddedPostgres, database: str) -> None:
    """The same acts by as many connections at once: whoever is second finds what the first did."""
    with asyncio.Runner() as runner:
        store = PostgresStore(database)
        opened = store.opened()
        runner.run(opened.__aenter__())

        async def play(acts: list[str]) -> None:
            job = await booked(store)
            link = "UPDATE payments SET session_id = $2, checkout_url = 'u' WHERE job_id = $1"
            await store.database.execute(link, job.job_id, f"cs_{job.job_id}")
            await store.database.execute("UPDATE outbox SET state = 'done'")
            async with asyncio.TaskGroup() as tasks:
                for act in acts:
                    tasks.create_task(at_once(acts_on(store, job)[act]))
            rows = await store.database.rows(
                "SELECT replace(body, '{job_code}', $2) AS body FROM outbox"
                " WHERE job_id = $1 AND state = 'waiting'",
                job.job_id,
                job.code,
            )
            await nothing_was_lost(store, job, acts, [(job.job_id, row["body"]) for row in rows])
            await store.database.execute("UPDATE jobs SET status = 'cancelled'")
            await store.database.execute("UPDATE payments SET balance = 0, stage = 4")

        async def at_once(act: Act) -> None:
            await act()

        @given(st.lists(st.sampled_from(ACTS), max_size=7))
        @settings(
            max_examples=30,
            deadline=None,
            suppress_health_check=[HealthCheck.function_scoped_fixture],
        )
        def example(acts: list[str]) -> None:
            runner.run(play(acts))

        try:
            example()
        finally:
            runner.run(opened.__aexit__(None, None, None))
