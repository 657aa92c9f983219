"""What the payment provider told us, applied once and in any order.

A deposit's stage only rises: open < failed < expired < paid < refunded. The end state of a set of
events is therefore the same for every order, with every repetition: the highest stage among them.
Money that arrives after an expiry counts; a refund that overtakes its payment is not undone by it.
"""

from __future__ import annotations

import uuid
from types import MappingProxyType

from voiceagent.domain.records import JobId
from voiceagent.store.pool import Connection, Database

_STAGE_OF_KIND = {"failed": 1, "async_payment_failed": 1, "expired": 2, "refunded": 4}
"""By the last word of the event's kind; every other kind counts only when it says `paid`."""
_OPEN, PAID, REFUNDED = 0, 3, 4
UNPAID_EFFECTS = MappingProxyType({1: "failed", 2: "expired"})
"""What an event that brought no money does, by stage."""

_RECORD = """
INSERT INTO webhook_events (id, kind, session_id, job_id, paid, effect)
VALUES ($1, $2, $3, $4, $5, '')
ON CONFLICT (id) DO NOTHING
RETURNING id
"""

# The session is the better witness; the job is for events that name no session, or one whose
# creation we did not live to record.
_FIND = """
SELECT p.id, p.job_id, p.stage, j.status
  FROM payments p JOIN jobs j ON j.id = p.job_id
 WHERE p.session_id = $1 OR p.job_id = $2
 ORDER BY (p.session_id = $1) IS TRUE DESC
 LIMIT 1
   FOR NO KEY UPDATE
"""

_RAISE = """
UPDATE payments
   SET stage = $2, updated_at = app_now(),
       paid_at = CASE WHEN $2 = 3 THEN coalesce(paid_at, app_now()) ELSE paid_at END
 WHERE id = $1
"""

_SET_JOB = "UPDATE jobs SET status = $2, updated_at = app_now() WHERE id = $1 AND status = $3"

_EFFECT = "UPDATE webhook_events SET effect = $2 WHERE id = $1"


class PostgresPaymentEvents:
    """`ports.payments.PaymentEvents` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def apply_event(
        self, event_id: str, kind: str, session_id: str, job_id: JobId, *, paid: bool
    ) -> bool:
        """See `ports.payments.PaymentEvents.apply_event`.

        A paid deposit confirms a booked job; a refund takes the confirmation back. A cancelled
        job stays cancelled when its money arrives: the event's effect reads ``paid_after_cancel``,
        which asks a person for a refund.
        """

        async def work(connection: Connection) -> bool:
            known = await connection.fetchval(_RECORD, event_id, kind, session_id, job_id, paid)
            if known is None:
                return False
            effect = await _apply(connection, stage_of(kind, paid=paid), session_id, job_id)
            await connection.execute(_EFFECT, event_id, effect)
            return True

        return await self._db.run(work)


def stage_of(kind: str, *, paid: bool) -> int:
    """The stage to which an event of this kind raises a deposit."""
    return _STAGE_OF_KIND.get(kind.rpartition(".")[2], PAID if paid else _OPEN)


async def _apply(connection: Connection, stage: int, session_id: str, job_id: JobId) -> str:
    found = await connection.fetchrow(_FIND, session_id or None, _uuid(job_id))
    if found is None:
        return "unknown_job"
    if stage <= found["stage"]:
        return "none"
    await connection.execute(_RAISE, found["id"], stage)
    if stage == PAID:
        if found["status"] == "cancelled":
            return "paid_after_cancel"
        await connection.execute(_SET_JOB, found["job_id"], "confirmed", "booked")
        return "paid"
    if stage == REFUNDED:
        await connection.execute(_SET_JOB, found["job_id"], "booked", "confirmed")
        return "refunded"
    return UNPAID_EFFECTS[stage]


def _uuid(text: str) -> uuid.UUID | None:
    """Metadata comes back from outside: what is no id of ours belongs to no job."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
