"""The ledger against a pure model: any order, any repetition, any loss of what is told.

The model knows nothing of the engine: it is a till. What happens to a deposit is played first
(payments, partial refunds, disputes, wrong currencies, checkouts that expire); then it is told, in
any order, as often as you like, with some of it lost; and what the books say must be what the till
says of all that was told.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.payments import NAMES
from tests.support.postgres import a_text, prepared
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

ASKED = 20600
NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


@dataclass
class Payment:
    """One payment of the customer's and what became of it."""

    amount: int
    currency: str
    refunds: list[int]
    """What was given back by and by."""
    dispute: str
    """``""``, ``open``, ``won`` or ``lost``; of all that is left after the refunds."""


@dataclass
class Telling:
    """One event: what it says, and what the till makes of it."""

    kind: EntryKind
    amount: int
    currency: str
    payment: str
    subject: str
    names_job: bool
    event_id: str = field(default_factory=lambda: f"evt_{secrets.token_hex(6)}")


AMOUNTS = st.sampled_from([1, 100, 20599, 20600, 20601, 99_999_999])
PAYMENTS = st.builds(
    Payment,
    amount=AMOUNTS,
    currency=st.sampled_from(["usd", "usd", "usd", "jpy"]),
    refunds=st.lists(st.sampled_from([1, 600, 10000, 20600]), max_size=3),
    dispute=st.sampled_from(["", "", "open", "won", "lost"]),
)


def tellings(payments: list[Payment], before: list[EntryKind]) -> Iterator[Telling]:
    """Everything that the provider tells of it."""
    for kind in before:
        yield Telling(kind, 0, "usd", "", "cs_1", names_job=True)
    for number, one in enumerate(payments):
        about = (one.currency, f"pi_{number}")
        yield Telling(EntryKind.PAID, one.amount, *about, f"cs_{number}", names_job=True)
        back = 0
        for refund in one.refunds:
            back += min(refund, one.amount - back)
            if back:
                yield Telling(EntryKind.REFUNDED, back, *about, f"ch_{number}", names_job=True)
        left = one.amount - back
        if one.dispute and left:
            subject = f"dp_{number}"
            yield Telling(EntryKind.DISPUTED, left, *about, subject, names_job=False)
            if one.dispute != "open":
                end = EntryKind.DISPUTE_WON if one.dispute == "won" else EntryKind.DISPUTE_LOST
                yield Telling(end, left, *about, subject, names_job=False)


@dataclass
class Till:
    """What was told, to the cent, by payment."""

    paid: int = 0
    back: int = 0
    held: int = 0
    disputes: set[EntryKind] = field(default_factory=set)

    def hear(self, one: Telling) -> None:
        if one.kind is EntryKind.PAID:
            self.paid = one.amount
        elif one.kind is EntryKind.REFUNDED:
            self.back = max(self.back, one.amount)
        else:
            self.disputes.add(one.kind)
            self.held = one.amount

    @property
    def withheld(self) -> int:
        return 0 if EntryKind.DISPUTE_WON in self.disputes else self.held

    @property
    def left(self) -> int:
        return self.paid - self.back - self.withheld


def model(told: list[Telling], *, paying_known: bool = False) -> tuple[bool, int, int, int]:
    """(paid?, gross, given back, withheld) of all that was told, in dollars.

    A dispute of a payment that nobody told us of is nobody's: it names no job (`paying_known`
    false); where the fold has it all the same, it counts.
    """
    tills: dict[str, Till] = {}
    known = {one.payment for one in told if one.kind is EntryKind.PAID}
    for one in told:
        if one.currency != "usd" or one.kind in _FREE:
            continue
        if one.names_job or paying_known or one.payment in known:
            tills.setdefault(one.payment, Till()).hear(one)
    paid = any(till.paid >= ASKED and till.left > 0 for till in tills.values())
    sums = [
        sum(getattr(till, name) for till in tills.values()) for name in ("paid", "back", "withheld")
    ]
    return paid, sums[0], sums[1], sums[2]


_FREE = {EntryKind.PENDING, EntryKind.FAILED, EntryKind.EXPIRED}


@st.composite
def deliveries(draw: st.DrawFn) -> list[Telling]:
    """What is told, in any order, some of it twice and some of it never."""
    before = draw(st.lists(st.sampled_from(sorted(_FREE)), max_size=2))
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
