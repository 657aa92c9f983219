"""Bookings whose deposit is not paid: reminded once, then called off. On the database's clock.

A payment and a cancellation never pass each other unseen: both lock the rows of deposit and job,
and look again under the lock. Whoever comes second finds what the first did: a payment keeps its
job, or it finds the job cancelled and its money becomes a person's matter (`payment_events`).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from voiceagent.domain.business import LINK_HOURS
from voiceagent.domain.records import JobId
from voiceagent.domain.texting import UNPAID
from voiceagent.ports.dispatch import let_go_of, order_id_of
from voiceagent.store.jobs import call_off
from voiceagent.store.jobs_sql import MADE_BY
from voiceagent.store.locks import lock_identities
from voiceagent.store.outbox import put_text, put_where_the_link_went, reminder_key
from voiceagent.store.pool import Connection, Database

AT_ONCE: Final = 50
"""Bookings of one round; the rest waits for the next."""

_LINK_LIVES: Final = timedelta(hours=LINK_HOURS)

# A visit that has begun is left alone. Visits to come are few whatever has piled up, so they are
# looked up first, as a list; and the time is asked once, since by what may change from row to row
# no index is searched.
#
# A link that expired (stage 2) cannot be paid: nobody is reminded of it. Without a link nobody
# could have paid, and nobody is called off for it.
_TO_REMIND: Final = """
SELECT p.job_id::text
  FROM payments p
 WHERE p.job_id = ANY(ARRAY(
           SELECT id FROM jobs WHERE status = 'booked' AND lower(during) > (SELECT app_now())))
   AND p.stage IN (0, 1) AND p.session_id IS NOT NULL AND p.reminded_at IS NULL
   AND p.created_at <= (SELECT app_now()) - $1::interval
   AND p.created_at > (SELECT app_now()) - $2::interval
   AND EXISTS (SELECT 1 FROM outbox o
                WHERE o.job_id = p.job_id AND o.kind = 'text' AND o.needs_link)
 ORDER BY p.created_at
 LIMIT $3
"""
_LOCK_TO_REMIND: Final = """
SELECT p.id
  FROM payments p JOIN jobs j ON j.id = p.job_id
 WHERE p.job_id = $1 AND p.stage IN (0, 1) AND p.reminded_at IS NULL AND j.status = 'booked'
   FOR NO KEY UPDATE OF p, j
"""
_REMINDED: Final = "UPDATE payments SET reminded_at = app_now() WHERE id = $1"

_TO_CANCEL: Final = """
SELECT p.job_id::text, c.phone
  FROM payments p JOIN jobs j ON j.id = p.job_id JOIN customers c ON c.id = j.customer_id
 WHERE p.job_id = ANY(ARRAY(
           SELECT id FROM jobs WHERE status = 'booked' AND lower(during) > (SELECT app_now())))
   AND p.stage IN (0, 1, 2) AND p.session_id IS NOT NULL
   AND p.created_at <= (SELECT app_now()) - $1::interval
   AND (p.reminded_at IS NULL OR p.reminded_at <= (SELECT app_now()) - $2::interval)
 ORDER BY p.created_at
 LIMIT $3
"""
_LOCK_TO_CANCEL: Final = """
SELECT j.id
  FROM payments p JOIN jobs j ON j.id = p.job_id
 WHERE p.job_id = $1 AND p.stage IN (0, 1, 2) AND j.status = 'booked'
   FOR NO KEY UPDATE OF p, j
"""


class PostgresUnpaidDeposits:
    """`ports.payments.UnpaidBookings` on PostgreSQL.

    Args:
        database: the pool.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    async def remind(self, after: timedelta, text: str) -> int:
        """See `ports.payments.UnpaidBookings.remind`."""
        reminded = 0
        for row in await self._db.rows(_TO_REMIND, after, _LINK_LIVES, AT_ONCE):
            job_id = JobId(row["job_id"])

            async def work(connection: Connection, job_id: JobId = job_id) -> bool:
                payment = await connection.fetchval(_LOCK_TO_REMIND, job_id)
                if payment is None:
                    return False
                await connection.execute(_REMINDED, payment)
                return await put_where_the_link_went(connection, job_id, reminder_key(job_id), text)

            reminded += await self._db.run(work)
        return reminded

    async def cancel(
        self, after: timedelta, since_reminder: timedelta, text: str, *, tell_dispatch: bool = False
    ) -> int:
        """See `ports.payments.UnpaidBookings.cancel`."""
        cancelled = 0
        for row in await self._db.rows(_TO_CANCEL, after, since_reminder, AT_ONCE):
            job_id, phone = JobId(row["job_id"]), str(row["phone"])

            async def work(
                connection: Connection, job_id: JobId = job_id, phone: str = phone
            ) -> bool:
                await lock_identities(connection, (phone,))
                if await connection.fetchval(_LOCK_TO_CANCEL, job_id) is None:
                    return False
                key = f"{UNPAID}{job_id}"
                await call_off(connection, job_id, key, by=None)
                await put_where_the_link_went(connection, job_id, key, text)
                if tell_dispatch:
                    made_by = await connection.fetchval(MADE_BY, job_id)
                    await put_text(connection, let_go_of(order_id_of(made_by)))
                return True

            cancelled += await self._db.run(work)
        return cancelled
