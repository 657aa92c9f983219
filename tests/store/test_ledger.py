"""The ledger against a pure model: any order, any repetition, any loss of what is told.

The model knows nothing of the engine: it is a till. What happens to a deposit is played first
(payments, partial refunds, disputes, wrong currencies, checkouts that expire); then it is told, in
any order, as often as you like, with some of it lost; and what the books say must be what the till
says of all that was told.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.payments import NAMES
from tests.support.postgres import a_text, prepared
from tests.support.till import ASKED, Payment, Telling, model, tellings
from voiceagent.core.clock import ManualClock
from voiceagent.domain.ledger import (
    DepositAccount,
    DepositState,
    EntryKind,
    LedgerEntry,
    PaymentEvent,
    deposit_account,
)
from voiceagent.domain.records import Cents, Job, JobId, JobStatus
from voiceagent.ports.store import Store
from voiceagent.store import PostgresStore
from voiceagent.store.embedded import EmbeddedPostgres
from voiceagent.store.memory import MemoryStore

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


FREE = {EntryKind.PENDING, EntryKind.FAILED, EntryKind.EXPIRED}
AMOUNTS = st.sampled_from([1, 100, 20599, 20600, 20601, 99_999_999])
PAYMENTS = st.builds(
    Payment,
    amount=AMOUNTS,
    currency=st.sampled_from(["usd", "usd", "usd", "jpy"]),
    refunds=st.lists(st.sampled_from([1, 600, 10000, 20600]), max_size=3),
    dispute=st.sampled_from(["", "", "open", "won", "lost"]),
    failed=st.frozensets(st.integers(0, 2), max_size=2),
)


@st.composite
def deliveries(draw: st.DrawFn) -> list[Telling]:
    """What is told, in any order, some of it twice and some of it never."""
    before = draw(st.lists(st.sampled_from(sorted(FREE)), max_size=2))
    everything = list(tellings(draw(st.lists(PAYMENTS, max_size=3)), before))
    kept = [one for one in everything if draw(st.integers(0, 9)) > 0]
    again = draw(st.lists(st.sampled_from(kept), max_size=4)) if kept else []
    return draw(st.permutations([*kept, *again]))


def said(account: DepositAccount) -> tuple[bool, int, int, int]:
    return (
        account.state is DepositState.PAID,
        account.paid,
        account.refunded,
        account.withheld,
    )


def entry(one: Telling) -> LedgerEntry:
    return LedgerEntry(one.kind, Cents(one.amount), one.currency, one.payment, one.subject)


@given(deliveries())
@settings(max_examples=300, deadline=None)
def test_the_fold_is_the_till(told: list[Telling]) -> None:
    account = deposit_account([entry(one) for one in told], asked=Cents(ASKED), currency="usd")
    assert said(account) == model(told, paying_known=True)
    assert account.balance == account.paid - account.refunded - account.withheld
    again = deposit_account(
        [entry(one) for one in reversed(told)] * 2, asked=Cents(ASKED), currency="usd"
    )
    assert again == account


def test_every_kind_moves_money_but_those_of_a_checkout_on_its_way() -> None:
    assert {kind for kind in EntryKind if not kind.moves_money} == FREE
    assert all(kind.moves_money for kind in EntryKind if kind.takes_back)


@pytest.mark.parametrize(("amount", "currency"), [(1, "jpy"), (20600, "jpy"), (20599, "usd")])
def test_money_that_is_not_what_was_asked_pays_nothing(amount: int, currency: str) -> None:
    one = LedgerEntry(EntryKind.PAID, Cents(amount), currency, "pi_1", "cs_1")
    assert deposit_account([one], asked=Cents(ASKED), currency="usd").state is DepositState.SHORT


def test_paid_again_after_a_refund_is_paid() -> None:
    entries = [
        LedgerEntry(EntryKind.PAID, Cents(ASKED), "usd", "pi_1", "cs_1"),
        LedgerEntry(EntryKind.REFUNDED, Cents(ASKED), "usd", "pi_1", "ch_1"),
        LedgerEntry(EntryKind.PAID, Cents(ASKED), "usd", "pi_2", "cs_2"),
    ]
    account = deposit_account(entries, asked=Cents(ASKED), currency="usd")
    assert (account.state, account.balance) == (DepositState.PAID, ASKED)


def test_a_checkout_is_paid_once_also_where_a_telling_names_no_payment() -> None:
    named = LedgerEntry(EntryKind.PAID, Cents(ASKED), "usd", "pi_1", "cs_1")
    back = LedgerEntry(EntryKind.REFUNDED, Cents(ASKED), "usd", "pi_1", "ch_1")
    for entries, balance in (
        ([named, replace(named, payment="")], ASKED),
        ([replace(named, payment=""), back, named], 0),
    ):
        account = deposit_account(entries, asked=Cents(ASKED), currency="usd")
        assert (account.paid, account.balance) == (ASKED, balance)


def test_entries_from_before_the_ledger_have_no_payment_and_are_refunded_all_the_same() -> None:
    entries = [
        LedgerEntry(EntryKind.PAID, Cents(ASKED), "usd", "", "cs_1"),
        LedgerEntry(EntryKind.REFUNDED, Cents(ASKED), "usd", "pi_1", "ch_1"),
    ]
    account = deposit_account(entries, asked=Cents(ASKED), currency="usd")
    assert (account.state, account.balance) == (DepositState.REFUNDED, 0)


def event_of(one: Telling, job: Job) -> PaymentEvent:
    job_id = job.job_id if one.names_job else JobId("")
    session = one.subject if NAMES[one.kind].startswith("checkout") else ""
    return PaymentEvent(one.event_id, NAMES[one.kind], session, job_id, entry(one))


async def books_after(store: Store, told: list[Telling]) -> None:
    """Tell it to a store; its books must be the till's, and the job must follow them."""
    run = secrets.token_hex(4)
    number = f"+1555{secrets.randbelow(10**7):07}"
    draft = await prepared(store, phone=number)
    job = await store.jobs.book(draft, [a_text(f"t-{run}")], idempotency_key=run)
    mine = {one.event_id: event_of(one, job) for one in told}
    renamed = {
        key: PaymentEvent(
            f"{run}-{key}",
            event.name,
            event.session_id and f"{run}-{event.session_id}",
            event.job_id,
            LedgerEntry(
                event.entry.kind,
                event.entry.amount,
                event.entry.currency,
                event.entry.payment and f"{run}-{event.entry.payment}",
                event.entry.subject,
            ),
        )
        for key, event in mine.items()
    }
    seen: set[str] = set()
    for one in told:
        new = await store.payment_events.apply_event(renamed[one.event_id], receipt="Paid.")
        assert new is (one.event_id not in seen)
        seen.add(one.event_id)
    account = await store.payment_events.account(job.job_id)
    now = await store.jobs.get(job.job_id)
    assert account is not None
    assert now is not None
    wanted = model(told)
    assert said(account) == wanted
    assert now.deposit_paid is wanted[0]
    assert now.status is (JobStatus.CONFIRMED if wanted[0] else JobStatus.BOOKED)
    await store.jobs.cancel(
        job.job_id, (), call_id=draft.call_id, idempotency_key=f"c-{run}"
    )  # frees the time for the next example


@given(deliveries())
@settings(max_examples=60, deadline=None)
def test_the_store_in_memory_keeps_the_tills_books(told: list[Telling]) -> None:
    asyncio.run(books_after(MemoryStore(ManualClock(NOW)), told))


def test_postgres_keeps_the_tills_books(postgres: EmbeddedPostgres, database: str) -> None:
    with asyncio.Runner() as runner:
        store = PostgresStore(database)
        opened = store.opened()
        runner.run(opened.__aenter__())

        @given(deliveries())
        @settings(
            max_examples=25,
            deadline=None,
            suppress_health_check=[HealthCheck.function_scoped_fixture],
        )
        def example(told: list[Telling]) -> None:
            runner.run(books_after(store, told))

        try:
            example()
        finally:
            runner.run(opened.__aexit__(None, None, None))
