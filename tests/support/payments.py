"""Events of a payment provider, as they are after they were read."""

from __future__ import annotations

from voiceagent.domain.ledger import EntryKind, LedgerEntry, PaymentEvent
from voiceagent.domain.records import Cents, Job, JobId

NAMES = {
    EntryKind.PENDING: "checkout.session.completed",
    EntryKind.PAID: "checkout.session.completed",
    EntryKind.FAILED: "checkout.session.async_payment_failed",
    EntryKind.EXPIRED: "checkout.session.expired",
    EntryKind.REFUNDED: "charge.refunded",
    EntryKind.REFUND: "refund.created",
    EntryKind.REFUND_FAILED: "refund.failed",
    EntryKind.DISPUTED: "charge.dispute.created",
    EntryKind.DISPUTE_WON: "charge.dispute.closed",
    EntryKind.DISPUTE_LOST: "charge.dispute.closed",
}
"""The event of the provider's that says it."""

_REFUNDS = frozenset({EntryKind.REFUND, EntryKind.REFUND_FAILED})
_DISPUTES = frozenset({EntryKind.DISPUTED, EntryKind.DISPUTE_WON, EntryKind.DISPUTE_LOST})


def an_entry(
    kind: EntryKind,
    amount: int = 20600,
    *,
    currency: str = "usd",
    payment: str = "pi_1",
    subject: str = "",
    session: str = "cs_1",
) -> LedgerEntry:
    """An entry about one payment of a job, the only one unless it is named."""
    about = (
        {EntryKind.REFUNDED: f"ch_{payment}"}
        | dict.fromkeys(_REFUNDS, f"re_{payment}")
        | dict.fromkeys(_DISPUTES, f"dp_{payment}")
    )
    named = subject or about.get(kind, session)
    if not kind.moves_money:
        return LedgerEntry(kind, Cents(0), currency, "", named)
    return LedgerEntry(kind, Cents(amount), currency, payment, named)


def an_event(
    kind: EntryKind,
    job: Job,
    amount: int | None = None,
    *,
    event_id: str = "evt_1",
    session: str = "cs_1",
    payment: str = "pi_1",
    currency: str = "usd",
) -> PaymentEvent:
    """An event about a job's deposit; of disputes the provider tells no job, only the payment."""
    asked = job.deposit_amount if amount is None else amount
    entry = an_entry(kind, asked, currency=currency, payment=payment, session=session)
    return PaymentEvent(
        event_id,
        NAMES[kind],
        "" if kind.takes_back else session,
        JobId("") if kind in _DISPUTES else job.job_id,
        entry,
    )
