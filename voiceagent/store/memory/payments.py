"""What the payment provider told us, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from voiceagent.domain.history import CallEvent
from voiceagent.domain.ledger import (
    DepositAccount,
    DepositState,
    EntryKind,
    LedgerEntry,
    MoneyMatter,
    PaymentEvent,
    deposit_account,
    needs_person,
)
from voiceagent.domain.pricing import in_dollars
from voiceagent.domain.records import Cents, Job, JobId, JobStatus
from voiceagent.store.memory.tables import Tables, is_live
from voiceagent.store.payment_events import came_back, effect_of, first_telling, receipt_key


class MemoryPaymentEvents:
    """`ports.payments.PaymentEvents` in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def apply_event(self, event: PaymentEvent, *, receipt: str = "") -> bool:
        """See `ports.payments.PaymentEvents.apply_event`."""
        await self._tables.enter("payment_events.apply_event")
        if event.event_id in self._tables.payment_effects:
            return False
        job_id = self._find(event)
        self._tables.payment_effects[event.event_id] = self._apply(event, job_id, receipt)
        return True

    async def account(self, job_id: JobId) -> DepositAccount | None:
        """See `ports.payments.PaymentEvents.account`."""
        await self._tables.enter("payment_events.account")
        return self._account(job_id) if job_id in self._tables.payments else None

    async def matters(self, limit: int) -> Sequence[MoneyMatter]:
        """See `ports.payments.PaymentEvents.matters`."""
        await self._tables.enter("payment_events.matters")
        found = []
        for job_id, payment in reversed(self._tables.payments.items()):
            job, account = self._tables.jobs[job_id], self._account(job_id)
            cancelled = job.status is JobStatus.CANCELLED
            if needs_person(account, asked=payment.amount, cancelled=cancelled):
                sid = "" if job.call_id is None else self._tables.calls[job.call_id].call.call_sid
                matter = MoneyMatter(job_id, job.code, sid, cancelled, account, payment.amount)
                found.append(matter)
        return found[:limit]

    def _find(self, event: PaymentEvent) -> JobId | None:
        """The job of the session, else the one named, else that of the payment."""
        for job, payment in self._tables.payments.items():
            if event.session_id and payment.session_id == event.session_id:
                return job
        if event.job_id in self._tables.payments:
            return event.job_id
        for job_id, entry in self._tables.ledger:
            if entry.kind is EntryKind.PAID and entry.payment == event.entry.payment != "":
                return job_id
        return None

    def _entries(self, job_id: JobId) -> list[LedgerEntry]:
        rows = self._tables.ledger
        paid = {e.payment for j, e in rows if j == job_id and e.kind is EntryKind.PAID} - {""}
        return [e for j, e in rows if j == job_id or (j is None and e.payment in paid)]

    def _account(self, job_id: JobId) -> DepositAccount:
        payment = self._tables.payments[job_id]
        return deposit_account(
            self._entries(job_id), asked=payment.amount, currency=payment.currency
        )

    def _apply(self, event: PaymentEvent, job_id: JobId | None, receipt: str) -> str:
        entry = event.entry
        if job_id is None:
            if entry.kind.takes_back and entry.payment:
                self._tables.ledger.append((None, entry))
            return "unknown_job"
        self._tables.ledger.append((job_id, entry))
        first = first_telling(entry, self._entries(job_id))
        payment, job = self._tables.payments[job_id], self._tables.jobs[job_id]
        account = self._account(job_id)
        before, payment.state = payment.state, account.state
        paid = account.state is DepositState.PAID
        status = job.status
        if is_live(job):
            status = JobStatus.CONFIRMED if paid else JobStatus.BOOKED
        self._tables.jobs[job_id] = replace(job, deposit_paid=paid, status=status)
        cancelled = job.status is JobStatus.CANCELLED
        if cancelled and (first or came_back(entry, self._entries(job_id))):
            self.tell(job, "deposit.refund_due", entry.amount)
        elif first and paid and receipt:
            self._tables.put_where_the_link_went(job_id, receipt_key(job_id, entry), receipt)
        if account.state is before:
            return "none"
        self.tell(job, f"deposit.{account.state.value}", account.balance)
        return effect_of(account, cancelled=cancelled)

    def tell(self, job: Job, kind: str, amount: Cents) -> None:
        """Write an event of the conversation that made a job."""
        if job.call_id is not None:
            event = CallEvent(kind, in_dollars(amount), self._tables.clock.now())
            self._tables.events.append((job.call_id, event))

    def refund_due(self, job: Job) -> None:
        """Note that a cancelled job's money is still with us."""
        if job.job_id in self._tables.payments:
            balance = self._account(job.job_id).balance
            if balance > 0:
                self.tell(job, "deposit.refund_due", balance)
