"""The money of deposits: what a payment provider told us, and what follows from all of it.

The ledger only grows. A deposit's state is a fold of its entries that knows no order: entries may
arrive twice, late, or in any order, and the same set of them is the same state. That is why nothing
here adds one entry to a running figure: two tellings of one payment, or of one refund that grew,
are the larger of the two.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from voiceagent.domain.records import Cents, JobId

MOST_CENTS: Final = 99_999_999
"""The largest amount a provider takes (Stripe: eight digits); more is no amount."""


class EntryKind(StrEnum):
    """What happened."""

    PENDING = "pending"
    FAILED = "failed"
    EXPIRED = "expired"
    PAID = "paid"
    REFUNDED = "refunded"
    REFUND = "refund"
    """One refund, by itself; 'REFUNDED' tells of all of a charge."""
    REFUND_FAILED = "refund_failed"
    """It came back: the customer's bank did not take it, or it was called off."""
    DISPUTED = "disputed"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"

    @property
    def takes_back(self) -> bool:
        """Whether it is about money that had been paid, which it knows by its payment alone."""
        return self in _TAKING

    @property
    def moves_money(self) -> bool:
        """Whether money came or went; otherwise it tells only how a checkout is getting on."""
        return self not in _IDLE


_IDLE: Final = frozenset({EntryKind.PENDING, EntryKind.FAILED, EntryKind.EXPIRED})
_DISPUTES: Final = frozenset({EntryKind.DISPUTED, EntryKind.DISPUTE_WON, EntryKind.DISPUTE_LOST})
_REFUNDS: Final = frozenset({EntryKind.REFUNDED, EntryKind.REFUND})
_TAKING: Final = _DISPUTES | _REFUNDS | {EntryKind.REFUND_FAILED}


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One thing that the provider told, as it is kept.

    Attributes:
        kind: what happened.
        amount: how much, in all that is told of `subject`: a refund's entry says what was given
            back of its charge so far, not what came on top.
        currency: ISO 4217, lower case.
        payment: the provider's id of the payment (``pi_…``); empty where it names none.
        subject: what the entry is about: the checkout, the refunded charge, the refund, the
            dispute.
    """

    kind: EntryKind
    amount: Cents
    currency: str
    payment: str
    subject: str


@dataclass(frozen=True, slots=True)
class PaymentEvent:
    """An event of the provider's that concerns a deposit.

    Attributes:
        event_id: the provider's, by which it counts once.
        name: its kind in the provider's words, ``checkout.session.completed``.
        session_id: of the checkout; empty for refunds and disputes.
        job_id: from the event's metadata; empty when it has none.
        entry: what it says.
    """

    event_id: str
    name: str
    session_id: str
    job_id: JobId
    entry: LedgerEntry


class DepositState(StrEnum):
    """Where a deposit stands. The first four are unpaid and moved no money."""

    OPEN = "open"
    PENDING = "pending"
    FAILED = "failed"
    EXPIRED = "expired"
    PAID = "paid"
    REFUNDED = "refunded"
    SHORT = "short"
    """Money came, and it is not what was asked: too little, or another currency."""
    DISPUTED = "disputed"
    LOST = "lost"
    """The customer's bank took it back for good."""


@dataclass(frozen=True, slots=True)
class DepositAccount:
    """What the entries of one deposit come to, in the currency that was asked.

    `balance` is what the business has of it: `paid` less `refunded` and `withheld`. It is below
    zero only while the telling of a payment is missing of which something was taken back.
    """

    state: DepositState
    paid: Cents
    refunded: Cents
    withheld: Cents
    balance: Cents


def deposit_account(
    entries: Collection[LedgerEntry], *, asked: Cents, currency: str
) -> DepositAccount:
    """Fold the entries of one deposit.

    A deposit is paid while one payment of at least what was asked is not wholly taken back: a part
    given back leaves it paid, several small payments do not make it paid, and a new payment after
    a refund counts by itself.

    Args:
        entries: of one job, in any order.
        asked: the deposit.
        currency: in which it was asked; money of another one counts for nothing.
    """
    ours = _named([entry for entry in entries if entry.currency == currency])
    known = {e.payment for e in ours if e.kind is EntryKind.PAID and e.payment}
    paid = _largest(ours, {EntryKind.PAID}, known)
    refunded = _given_back(ours, known)
    withheld = _withheld(ours, known)
    kept = {
        group: _of(paid, group) - _of(refunded, group) - _of(withheld, group)
        for group in {group for group, _ in (*paid, *refunded, *withheld)}
    }
    stands = any(_of(paid, group) >= asked and left > 0 for group, left in kept.items())
    return DepositAccount(
        state=DepositState.PAID if stands else _unpaid(entries, ours),
        paid=Cents(sum(paid.values())),
        refunded=Cents(sum(refunded.values())),
        withheld=Cents(sum(withheld.values())),
        balance=Cents(sum(kept.values())),
    )


_Amounts = dict[tuple[str, str], int]
"""By (payment, subject)."""


def _named(entries: Collection[LedgerEntry]) -> list[LedgerEntry]:
    """A checkout is paid once: where one telling of it names its payment, all do."""
    names: dict[str, str] = {}
    for entry in entries:
        if entry.kind is EntryKind.PAID:
            names[entry.subject] = max(names.get(entry.subject, ""), entry.payment)
    return [
        replace(entry, payment=names[entry.subject]) if entry.kind is EntryKind.PAID else entry
        for entry in entries
    ]


def _group(entry: LedgerEntry, known: Collection[str]) -> str:
    """The payment that an entry belongs to; what names none of ours belongs to the nameless one."""
    return entry.payment if entry.payment in known else ""


def _largest(
    entries: Iterable[LedgerEntry], kinds: Collection[EntryKind], known: Collection[str]
) -> _Amounts:
    """What is told of each subject: of several tellings the largest."""
    found: _Amounts = {}
    for entry in entries:
        if entry.kind in kinds:
            key = (_group(entry, known), entry.subject)
            found[key] = max(found.get(key, 0), entry.amount)
    return found


def _given_back(entries: Collection[LedgerEntry], known: Collection[str]) -> _Amounts:
    """What customers got back, by payment.

    It is told of the charge as a whole, and of each refund by itself; either may be missing. What
    was told of a charge may hold refunds that failed afterwards.
    """
    payments = {entry.payment for entry in entries}
    charges = _largest(entries, {EntryKind.REFUNDED}, payments)
    failed = _largest(entries, {EntryKind.REFUND_FAILED}, payments)
    told = _largest(entries, {EntryKind.REFUND}, payments)
    single = {key: amount for key, amount in told.items() if key not in failed}
    return {
        (one if one in known else "", one): max(
            _of(single, one), _of(charges, one) - _of(failed, one), 0
        )
        for one in {payment for payment, _ in (*charges, *single)}
    }


def _withheld(entries: Collection[LedgerEntry], known: Collection[str]) -> _Amounts:
    """What banks hold or took: all disputes but the won ones, also when only their end is told."""
    won = {e.subject for e in entries if e.kind is EntryKind.DISPUTE_WON}
    lost = {e.subject for e in entries if e.kind is EntryKind.DISPUTE_LOST}
    held = _largest(entries, _DISPUTES, known)
    return {key: amount for key, amount in held.items() if key[1] not in won - lost}


def _of(amounts: _Amounts, group: str) -> int:
    return sum(amount for (payment, _), amount in amounts.items() if payment == group)


def _unpaid(entries: Collection[LedgerEntry], ours: Collection[LedgerEntry]) -> DepositState:
    kinds = {entry.kind for entry in ours}
    subjects = {kind: {e.subject for e in ours if e.kind is kind} for kind in _DISPUTES}
    lost = subjects[EntryKind.DISPUTE_LOST]
    if subjects[EntryKind.DISPUTED] - lost - subjects[EntryKind.DISPUTE_WON]:
        return DepositState.DISPUTED
    if lost:
        return DepositState.LOST
    if kinds & _REFUNDS:
        return DepositState.REFUNDED
    told = {entry.kind for entry in entries}  # in whatever currency
    if EntryKind.PAID in told:
        return DepositState.SHORT
    for kind in (EntryKind.EXPIRED, EntryKind.FAILED, EntryKind.PENDING):
        if kind in told:
            return DepositState(kind.value)
    return DepositState.OPEN


@dataclass(frozen=True, slots=True)
class MoneyMatter:
    """Money that a person must see to: nothing of it is given back by itself.

    Attributes:
        job_id: of the booking.
        code: its code.
        call_sid: the conversation that made it, empty when that is gone.
        cancelled: whether the booking was called off.
        account: what its entries come to.
        asked: the deposit.
    """

    job_id: JobId
    code: str
    call_sid: str
    cancelled: bool
    account: DepositAccount
    asked: Cents

    @property
    def why(self) -> str:
        """What is the matter, in a few words."""
        if self.account.state in ODD:
            return _WHY[self.account.state]
        if self.account.paid - self.account.refunded > self.asked:
            return "more was paid than was asked"
        return "paid, and the booking was cancelled: give it back?"


_WHY: Final = {
    DepositState.SHORT: "money came that is not the deposit: another amount or currency",
    DepositState.DISPUTED: "the customer's bank asks for it back",
    DepositState.LOST: "the customer's bank took it back",
}
ODD: Final = frozenset(_WHY)
"""The states that a person must look at, whatever became of the booking."""


def needs_person(account: DepositAccount, *, asked: Cents, cancelled: bool) -> bool:
    """Whether a person must look: money of a cancelled job, wrong money, a dispute, too much."""
    if account.state in ODD:
        return True
    return account.balance > asked or (cancelled and account.balance > 0)
