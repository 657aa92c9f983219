"""What the payment provider told us: applied once, in any order, into a ledger that only grows.

Event, ledger row and effect are one transaction. What a deposit is after it is a fold of all its
rows (`domain.ledger.deposit_account`), so the end of a set of events is the same for every order of
them, with every repetition. ``payments.stage`` and ``balance`` keep what the fold came to.

Locks, in this order: the payment (so that a dispute cannot pass its payment unseen), then the rows
of deposit and job, which a cancellation also takes: either sees what the other did.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from loguru import logger

from voiceagent.domain.ledger import (
    ODD,
    DepositAccount,
    DepositState,
    EntryKind,
    LedgerEntry,
    MoneyMatter,
    PaymentEvent,
    deposit_account,
)
from voiceagent.domain.pricing import in_dollars
from voiceagent.domain.records import Cents, JobId, JobStatus
from voiceagent.store.locks import lock_payment
from voiceagent.store.outbox import put_where_the_link_went, reminder_key
from voiceagent.store.pool import Connection, Database, Row

STAGES: Final = (
    DepositState.OPEN,
    DepositState.FAILED,
    DepositState.EXPIRED,
    DepositState.PAID,
    DepositState.REFUNDED,
    DepositState.PENDING,
    DepositState.SHORT,
    DepositState.DISPUTED,
    DepositState.LOST,
)
"""``payments.stage`` is a place in this list; migration 0016 has the same."""

_RECORD = """
INSERT INTO webhook_events (id, kind, session_id, job_id, paid, effect)
VALUES ($1, $2, $3, $4, $5, '')
ON CONFLICT (id) DO NOTHING
RETURNING id
"""

# The session is the better witness; the job is for events that name no session, or one whose
# creation we did not live to record; the payment for those that name neither.
_FIND = """
SELECT p.id, p.job_id::text, p.stage, p.amount, p.currency, j.status
  FROM payments p JOIN jobs j ON j.id = p.job_id
 WHERE p.session_id = $1 OR p.job_id = $2
    OR p.job_id = (SELECT e.job_id FROM payment_entries e
                    WHERE e.payment = $3 AND e.payment <> '' AND e.kind = 'paid'
                      AND e.job_id IS NOT NULL LIMIT 1)
 ORDER BY (p.session_id = $1) IS TRUE DESC, (p.job_id = $2) IS TRUE DESC
 LIMIT 1
   FOR NO KEY UPDATE
"""

_ADD = """
INSERT INTO payment_entries (event_id, job_id, kind, amount, currency, payment, subject)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""

# Of many jobs at once. What named no job belongs to the one that its payment was told for; that the
# payment is not empty is said twice, for the index that leaves the empty ones out.
_ENTRIES = """
SELECT job_id::text, kind, amount, currency, payment, subject
  FROM payment_entries
 WHERE job_id = ANY($1::uuid[])
UNION ALL
SELECT p.job_id::text, e.kind, e.amount, e.currency, e.payment, e.subject
  FROM payment_entries e
  JOIN (SELECT DISTINCT job_id, payment FROM payment_entries
         WHERE job_id = ANY($1::uuid[]) AND kind = 'paid' AND payment <> '') p
    ON p.payment = e.payment
 WHERE e.job_id IS NULL AND e.payment <> ''
"""

_SET = """
UPDATE payments
   SET stage = $2, balance = $3, updated_at = app_now(),
       paid_at = CASE WHEN $2 = 3 THEN coalesce(paid_at, app_now()) ELSE paid_at END
 WHERE id = $1 AND (stage, balance) IS DISTINCT FROM ($2, $3)
"""

_SET_JOB = """
UPDATE jobs SET status = $2, updated_at = app_now()
 WHERE id = $1 AND status IN ('booked', 'confirmed') AND status <> $2
"""

_EFFECT = "UPDATE webhook_events SET effect = $2 WHERE id = $1"

_TELL = """
INSERT INTO call_events (id, call_id, kind, detail)
SELECT gen_random_uuid(), call_id, $2, $3 FROM jobs WHERE id = $1 AND call_id IS NOT NULL
"""

_DROP_REMINDER = """
UPDATE outbox SET state = 'dropped', finished_at = clock_timestamp()
 WHERE key = $1 AND state = 'waiting'
"""

_DEPOSIT = "SELECT job_id::text, amount, currency FROM payments WHERE job_id = $1"

_MATTERS = """
SELECT p.job_id::text, p.amount, p.currency, j.code, j.status, coalesce(c.call_sid, '') AS call_sid
  FROM payments p JOIN jobs j ON j.id = p.job_id LEFT JOIN calls c ON c.id = j.call_id
 WHERE p.stage >= 3
   AND (p.status = ANY($2) OR p.balance > p.amount
        OR (p.balance > 0 AND j.status = 'cancelled'))
 ORDER BY p.updated_at DESC
 LIMIT $1
"""

_BALANCE = "SELECT balance FROM payments WHERE job_id = $1"


class PostgresPaymentEvents:
    """`ports.payments.PaymentEvents` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def apply_event(self, event: PaymentEvent, *, receipt: str = "") -> bool:
        """See `ports.payments.PaymentEvents.apply_event`.

        A paid deposit confirms a booked job; money taken back takes the confirmation back. A
        cancelled job stays cancelled when its money arrives: the effect reads
        ``paid_after_cancel``, the call has an event ``deposit.refund_due``, and `matters` lists it.
        """
        entry = event.entry
        paid = entry.kind is EntryKind.PAID

        async def work(connection: Connection) -> bool:
            known = await connection.fetchval(
                _RECORD, event.event_id, event.name, event.session_id, event.job_id, paid
            )
            if known is None:
                return False
            effect = await _apply(connection, event, receipt)
            await connection.execute(_EFFECT, event.event_id, effect)
            return True

        return await self._db.run(work)

    async def account(self, job_id: JobId) -> DepositAccount | None:
        """See `ports.payments.PaymentEvents.account`."""
        row = await self._db.row(_DEPOSIT, _uuid(job_id))
        if row is None:
            return None
        return _account(row, _by_job(await self._db.rows(_ENTRIES, [row["job_id"]])))

    async def matters(self, limit: int) -> Sequence[MoneyMatter]:
        """See `ports.payments.PaymentEvents.matters`."""
        rows = await self._db.rows(_MATTERS, limit, [state.value for state in ODD])
        entries = _by_job(await self._db.rows(_ENTRIES, [row["job_id"] for row in rows]))
        return [
            MoneyMatter(
                JobId(row["job_id"]),
                row["code"],
                row["call_sid"],
                row["status"] == JobStatus.CANCELLED,
                _account(row, entries),
                Cents(row["amount"]),
            )
            for row in rows
        ]


async def tell_refund_due(connection: Connection, job_id: JobId) -> None:
    """Note, in the transaction that cancels a job, that its money is still with us."""
    balance = await connection.fetchval(_BALANCE, job_id)
    if balance is not None and balance > 0:
        await _refund_due(connection, job_id, Cents(balance))


async def _refund_due(connection: Connection, job_id: str, balance: Cents) -> None:
    logger.warning("payments.refund_due: see /console/money")
    await connection.execute(_TELL, job_id, "deposit.refund_due", in_dollars(balance))


async def _apply(connection: Connection, event: PaymentEvent, receipt: str) -> str:
    entry = event.entry
    if entry.payment:
        await lock_payment(connection, entry.payment)
    found = await connection.fetchrow(
        _FIND, event.session_id or None, _uuid(event.job_id), entry.payment or None
    )
    if found is None:
        if entry.kind.takes_back and entry.payment:
            await _add(connection, event, None)  # it may have come before its payment
        return "unknown_job"
    job_id = JobId(found["job_id"])
    await _add(connection, event, job_id)
    entries = _by_job(await connection.fetch(_ENTRIES, [job_id]))
    first, account = first_telling(entry, entries[job_id]), _account(found, entries)
    await connection.execute(_SET, found["id"], STAGES.index(account.state), account.balance)
    cancelled = found["status"] == JobStatus.CANCELLED
    if account.state is DepositState.PAID:
        await connection.execute(_DROP_REMINDER, reminder_key(job_id))
        await connection.execute(_SET_JOB, job_id, JobStatus.CONFIRMED.value)
        if first and receipt and not cancelled:
            await put_where_the_link_went(connection, job_id, receipt_key(job_id, entry), receipt)
    else:
        await connection.execute(_SET_JOB, job_id, JobStatus.BOOKED.value)
    if cancelled and (first or came_back(entry, entries[job_id])):
        await _refund_due(connection, job_id, entry.amount)
    if account.state is STAGES[found["stage"]]:
        return "none"
    await _tell_state(connection, job_id, account)
    return effect_of(account, cancelled=cancelled)


async def _tell_state(connection: Connection, job_id: JobId, account: DepositAccount) -> None:
    if account.state in ODD:
        logger.warning("payments.odd: {}: see /console/money", account.state)
    kind = f"deposit.{account.state.value}"
    await connection.execute(_TELL, job_id, kind, in_dollars(account.balance))


def effect_of(account: DepositAccount, *, cancelled: bool) -> str:
    """What an event did that brought a deposit into a new state."""
    if cancelled and account.state is DepositState.PAID:
        return "paid_after_cancel"
    return account.state.value


def first_telling(entry: LedgerEntry, told: Sequence[LedgerEntry]) -> bool:
    """Whether an entry is the first of those that were `told`, itself too, that pays a checkout."""
    of_it = [one for one in told if (one.kind, one.subject) == (entry.kind, entry.subject)]
    return entry.kind is EntryKind.PAID and len(of_it) == 1


def came_back(entry: LedgerEntry, told: Sequence[LedgerEntry]) -> bool:
    """Whether an entry is the first of those `told`, itself too, of a refund that failed."""
    of_it = [one for one in told if (one.kind, one.subject) == (entry.kind, entry.subject)]
    return entry.kind is EntryKind.REFUND_FAILED and len(of_it) == 1


def receipt_key(job_id: JobId, entry: LedgerEntry) -> str:
    """The outbox key of a payment's receipt: one checkout, one text."""
    return f"receipt:{job_id}:{entry.subject}"


def _by_job(rows: Sequence[Row]) -> dict[str, list[LedgerEntry]]:
    """What `_ENTRIES` found, for each job of which anything was told."""
    found: dict[str, list[LedgerEntry]] = {}
    for row in rows:
        found.setdefault(row["job_id"], []).append(
            LedgerEntry(
                EntryKind(row["kind"]),
                Cents(row["amount"]),
                row["currency"],
                row["payment"],
                row["subject"],
            )
        )
    return found


def _account(deposit: Row, entries: Mapping[str, Collection[LedgerEntry]]) -> DepositAccount:
    return deposit_account(
        entries.get(deposit["job_id"], ()),
        asked=Cents(deposit["amount"]),
        currency=deposit["currency"],
    )


async def _add(connection: Connection, event: PaymentEvent, job_id: JobId | None) -> None:
    entry = event.entry
    await connection.execute(
        _ADD,
        event.event_id,
        job_id,
        entry.kind.value,
        entry.amount,
        entry.currency,
        entry.payment,
        entry.subject,
    )


def _uuid(text: str) -> uuid.UUID | None:
    """Metadata comes back from outside: what is no id of ours belongs to no job."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
