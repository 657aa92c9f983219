"""Delivers the outbox: makes deposit links, then sends the texts that carry them.

How often things happen
    *Links*: once. Every attempt carries the key that was stored with the booking, and the provider
    answers the same key with the same page. Providers may forget keys after 24 hours, so attempts
    end after 23.

    *Texts*: once, as far as a carrier can tell. A row is leased, which notes that the carrier is
    about to be asked; then it is sent, then marked. Whoever finds a row that was asked for before
    (the answer was lost, or the process died before its mark) first asks the carrier for that text
    and sends it only when there is none. `Pace.settle_s` lies between, as a request that was slow
    may still be carried out.

    *E-mail*: nobody can be asked. One whose fate is unknown is sent once more, and then given up.

Any number of dispatchers may run: rows are claimed with ``FOR UPDATE SKIP LOCKED`` under a lease,
and a dead dispatcher's rows are claimed again when the lease is over. Leases, due times and ages
are measured by the database's own clock.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from loguru import logger

from voiceagent.domain.records import Cents, CheckoutLink, JobId, JobStatus
from voiceagent.errors import (
    CallerFixable,
    FateUnknown,
    PeerMisbehaved,
    Unavailable,
    VoiceAgentError,
)
from voiceagent.ports.meter import OutboxCounts
from voiceagent.ports.payments import Payments
from voiceagent.store import dispatcher_sql as sql
from voiceagent.store.jobs import PostgresJobs
from voiceagent.store.pool import Connection, Database, Row
from voiceagent.store.sending import Carriers, Sending, Stopped


@dataclass(frozen=True, slots=True)
class Pace:
    """How hard the dispatcher tries, seconds.

    `poll_s` is from one look at an empty outbox to the next, `away_s` from one try to reach a
    database that is away to the next. `attempt_s` bounds one delivery and is well below `lease_s`,
    so a lease is never outlived by work under it. Retries wait `backoff_s` doubled each time, at
    most `backoff_most_s`; after an attempt whose fate is unknown at least `settle_s`.
    """

    poll_s: float = 0.25
    away_s: float = 5.0
    lease_s: float = 30.0
    attempt_s: float = 10.0
    settle_s: float = 15.0
    backoff_s: float = 1.0
    backoff_most_s: float = 900.0
    give_up_s: float = 23 * 3600.0
    batch: int = 8


class Dispatcher:
    """One worker's share of the deliveries.

    Args:
        database: an opened database.
        payments: makes deposit links.
        carriers: send what is written to people.
        pace: waiting times and batch size.
    """

    def __init__(
        self,
        database: Database,
        payments: Payments,
        carriers: Carriers,
        *,
        pace: Pace | None = None,
    ) -> None:
        self._db = database
        self._jobs = PostgresJobs(database)
        self._payments = payments
        self._pace = pace or Pace()
        self.counts = OutboxCounts()
        self._sending = Sending(database, carriers, self.counts)

    async def run(self) -> None:
        """Deliver what is due until cancelled.

        It is looked for and not told of: a notification has all that commit at once wait for each
        other's disk.
        """
        while True:
            rest_s = self._pace.poll_s
            try:
                await self.drain()
            except Unavailable as error:
                logger.warning("outbox.rests: {}", error.code)
                rest_s = self._pace.away_s
            await asyncio.sleep(rest_s)

    async def drain(self) -> int:
        """Deliver everything that is due now; how many attempts that took.

        Raises:
            Unavailable: when the database is. Failed deliveries are not raised but scheduled.
        """
        attempts = 0
        while rows := await self._claim():
            attempts += len(rows)
            results = await asyncio.gather(
                *(self._attempt(row) for row in rows), return_exceptions=True
            )
            for failure in filter(None, results):
                raise failure
        return attempts

    async def _claim(self) -> list[Row]:
        pace = self._pace
        return list(await self._db.rows(sql.CLAIM, timedelta(seconds=pace.lease_s), pace.batch))

    async def _attempt(self, row: Row) -> None:
        """Deliver one row; its failure is written down, never passed on to its neighbours."""
        try:
            async with asyncio.timeout(self._pace.attempt_s):
                if row["kind"] == "checkout":
                    await self._make_link(row)
                else:
                    await self._sending.send(row)
        except Stopped as stopped:
            await self._end(row, stopped.state, stopped.code)
        except (CallerFixable, PeerMisbehaved) as error:
            await self._end(row, "dead", error.code)
        except FateUnknown as error:
            await self._retry(row, error.code, self._pace.settle_s)
        except VoiceAgentError as error:
            wait_s = error.retry_after_s if isinstance(error, Unavailable) else None
            await self._retry(row, error.code, wait_s or 0.0)
        except TimeoutError:
            await self._retry(row, "outbox.slow", self._unknown_s(row))
        except Exception as error:  # noqa: BLE001  (one bad row must not stop all deliveries)
            logger.error("outbox.failed: row {}: {}", row["id"], type(error).__name__)
            await self._retry(row, "outbox.failed", 0.0)

    def _unknown_s(self, row: Row) -> float:
        """How long to wait after an attempt that was cut off."""
        return 0.0 if row["kind"] == "checkout" else self._pace.settle_s

    async def _make_link(self, row: Row) -> None:
        job = await self._jobs.get(JobId(row["job_id"]))
        payment = await self._db.row(sql.PAYMENT, row["job_id"])
        if job is None or payment is None or job.status is JobStatus.CANCELLED:
            await self._end(row, "dropped", "job.closed")
            return
        link = await self._payments.deposit_link(
            job, Cents(payment["amount"]), idempotency_key=payment["idempotency_key"]
        )
        await self._store_link(row, link)

    async def _store_link(self, row: Row, link: CheckoutLink) -> None:
        async def work(connection: Connection) -> None:
            await connection.execute(sql.STORE_LINK, row["job_id"], link.session_id, link.url)
            await connection.execute(sql.END, row["id"], row["lease"], "done", "")

        await self._db.run(work)
        self.counts.delivered += 1

    async def _end(self, row: Row, state: str, error_code: str) -> None:
        if state == "dead":
            self.counts.dead += 1
            logger.error("outbox.dead: row {} ({}): {}", row["id"], row["kind"], error_code)
        else:
            self.counts.dropped += 1
        await self._db.execute(sql.END, row["id"], row["lease"], state, error_code)

    async def _retry(self, row: Row, error_code: str, wait_s: float) -> None:
        pace = self._pace
        doubled = pace.backoff_s * 2.0 ** min(row["attempts"] - 1, 20)
        backoff_s = max(min(doubled, pace.backoff_most_s), wait_s)
        self.counts.retried += 1
        logger.warning("outbox.retried: row {}: {}", row["id"], error_code)
        await self._db.execute(
            sql.RETRY,
            row["id"],
            row["lease"],
            error_code,
            timedelta(seconds=backoff_s),
            timedelta(seconds=pace.give_up_s),
        )
