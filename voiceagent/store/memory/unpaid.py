"""Bookings whose deposit is not paid, in memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from voiceagent.domain.business import LINK_HOURS
from voiceagent.domain.ledger import DepositState
from voiceagent.domain.records import Job, JobStatus
from voiceagent.domain.texting import UNPAID
from voiceagent.ports.dispatch import let_go_of, order_id_of
from voiceagent.store.memory.tables import Payment, Tables
from voiceagent.store.outbox import reminder_key

_PAYABLE = frozenset({DepositState.OPEN, DepositState.FAILED})


class MemoryUnpaidDeposits:
    """`ports.payments.UnpaidBookings` in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def remind(self, after: timedelta, text: str) -> int:
        """See `ports.payments.UnpaidBookings.remind`."""
        await self._tables.enter("unpaid.remind")
        now, reminded = self._tables.clock.now(), 0
        for job, payment in self._waiting(after):
            lives = now - payment.asked_at < timedelta(hours=LINK_HOURS)
            if not lives or payment.state not in _PAYABLE or payment.reminded_at is not None:
                continue
            if self._tables.put_where_the_link_went(job.job_id, reminder_key(job.job_id), text):
                payment.reminded_at = now
                reminded += 1
        return reminded

    async def cancel(
        self, after: timedelta, since_reminder: timedelta, text: str, *, tell_dispatch: bool = False
    ) -> int:
        """See `ports.payments.UnpaidBookings.cancel`."""
        await self._tables.enter("unpaid.cancel")
        now, cancelled = self._tables.clock.now(), 0
        for job, payment in self._waiting(after):
            if payment.reminded_at is not None and payment.reminded_at > now - since_reminder:
                continue
            self._tables.call_off(job)
            self._tables.put_where_the_link_went(job.job_id, f"{UNPAID}{job.job_id}", text)
            if tell_dispatch and (made_by := self._tables.made_by(job.job_id)) is not None:
                self._tables.put(let_go_of(order_id_of(made_by)))
            cancelled += 1
        return cancelled

    def _waiting(self, after: timedelta) -> Iterator[tuple[Job, Payment]]:
        """Bookings with a link that nobody has paid for so long, before their visit."""
        now = self._tables.clock.now()
        for job_id, payment in list(self._tables.payments.items()):
            job = self._tables.jobs[job_id]
            unpaid = payment.state in _PAYABLE | {DepositState.EXPIRED}
            old = payment.session_id is not None and payment.asked_at <= now - after
            if unpaid and old and job.status is JobStatus.BOOKED and job.window.start > now:
                yield job, payment
