"""A till: what becomes of a customer's money, and what a provider tells of it. Knows no engine."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from voiceagent.domain.ledger import EntryKind

ASKED = 20600
"""The deposit, in cents."""

_FREE = {EntryKind.PENDING, EntryKind.FAILED, EntryKind.EXPIRED}


@dataclass
class Payment:
    """One payment of the customer's and what became of it."""

    amount: int
    currency: str
    refunds: list[int]
    """What was given back by and by."""
    dispute: str
    """``""``, ``open``, ``won`` or ``lost``; of all that is left after the refunds."""
    failed: frozenset[int] = frozenset()
    """Which of the refunds came back, by place; of those the provider tells one by one as well."""


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


def tellings(payments: Sequence[Payment], before: Sequence[EntryKind]) -> Iterator[Telling]:
    """Everything that the provider tells of it."""
    for kind in before:
        yield Telling(kind, 0, "usd", "", "cs_1", names_job=True)
    for number, one in enumerate(payments):
        about = (one.currency, f"pi_{number}")
        yield Telling(EntryKind.PAID, one.amount, *about, f"cs_{number}", names_job=True)
        back = 0
        for place, refund in enumerate(one.refunds):
            given = min(refund, one.amount - back)
            back += given
            if back:
                yield Telling(EntryKind.REFUNDED, back, *about, f"ch_{number}", names_job=True)
            if not one.failed or not given:
                continue
            refunded = (*about, f"re_{number}_{place}")
            yield Telling(EntryKind.REFUND, given, *refunded, names_job=False)
            if place in one.failed:
                back -= given
                yield Telling(EntryKind.REFUND_FAILED, given, *refunded, names_job=False)
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
    charge: int = 0
    refunds: dict[str, int] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)
    held: int = 0
    disputes: set[EntryKind] = field(default_factory=set)

    def hear(self, one: Telling) -> None:
        if one.kind is EntryKind.PAID:
            self.paid = one.amount
        elif one.kind is EntryKind.REFUNDED:
            self.charge = max(self.charge, one.amount)
        elif one.kind is EntryKind.REFUND:
            self.refunds[one.subject] = one.amount
        elif one.kind is EntryKind.REFUND_FAILED:
            self.failed[one.subject] = one.amount
        else:
            self.disputes.add(one.kind)
            self.held = one.amount

    @property
    def back(self) -> int:
        """What stands of the refunds one by one, or of all less the failed ones: the more."""
        one_by_one = sum(self.refunds[re] for re in self.refunds.keys() - self.failed.keys())
        return max(one_by_one, self.charge - sum(self.failed.values()), 0)

    @property
    def withheld(self) -> int:
        return 0 if EntryKind.DISPUTE_WON in self.disputes else self.held

    @property
    def left(self) -> int:
        return self.paid - self.back - self.withheld


def model(told: Sequence[Telling], *, paying_known: bool = False) -> tuple[bool, int, int, int]:
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
