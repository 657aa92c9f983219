"""What the payment provider told us, in memory."""

from __future__ import annotations

from dataclasses import replace

from voiceagent.domain.records import JobId, JobStatus
from voiceagent.store.memory.tables import Tables
from voiceagent.store.payment_events import PAID, REFUNDED, UNPAID_EFFECTS, stage_of


class MemoryPaymentEvents:
    """`ports.payments.PaymentEvents` in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def apply_event(
        self, event_id: str, kind: str, session_id: str, job_id: JobId, *, paid: bool
    ) -> bool:
        """See `ports.payments.PaymentEvents.apply_event`."""
        await self._tables.enter("payment_events.apply_event")
        if event_id in self._tables.payment_effects:
            return False
        found = self._find(session_id, job_id)
        stage = stage_of(kind, paid=paid)
        effect = "unknown_job" if found is None else self._apply(found, stage)
        self._tables.payment_effects[event_id] = effect
        return True

    def _find(self, session_id: str, job_id: JobId) -> JobId | None:
        """The job of the session, or the one named when the session is nobody's."""
        for job, payment in self._tables.payments.items():
            if session_id and payment.session_id == session_id:
                return job
        return job_id if job_id in self._tables.payments else None

    def _apply(self, job_id: JobId, stage: int) -> str:
        payment, job = self._tables.payments[job_id], self._tables.jobs[job_id]
        if stage <= payment.stage:
            return "none"
        payment.stage = stage
        job = replace(job, deposit_paid=stage == PAID)
        effect = UNPAID_EFFECTS.get(stage, "")
        if stage == PAID:
            effect = "paid_after_cancel" if job.status is JobStatus.CANCELLED else "paid"
            if job.status is JobStatus.BOOKED:
                job = replace(job, status=JobStatus.CONFIRMED)
        elif stage == REFUNDED:
            effect = "refunded"
            if job.status is JobStatus.CONFIRMED:
                job = replace(job, status=JobStatus.BOOKED)
        self._tables.jobs[job_id] = job
        return effect
