"""Bookings, in memory. Each method checks everything before it changes anything."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

from voiceagent.domain.identity import is_same_visit, new_booking_code
from voiceagent.domain.phones import known_number
from voiceagent.domain.records import (
    CallId,
    Job,
    JobDraft,
    JobId,
    JobStatus,
    OutboundMessage,
    Outcome,
    Quote,
    Slot,
)
from voiceagent.domain.slot_taken import taken
from voiceagent.errors import CallerFixable
from voiceagent.store.jobs import (
    MAX_OPEN_JOBS,
    not_offered,
    quote_expired,
    quote_unknown,
    too_many,
    unknown_job,
)
from voiceagent.store.memory.offers import check_offer, use_offer
from voiceagent.store.memory.payments import MemoryPaymentEvents
from voiceagent.store.memory.people import customer_of, made_from
from voiceagent.store.memory.tables import (
    Change,
    Payment,
    Queued,
    Tables,
    a_uuid,
    in_utc,
    is_live,
    meet,
)


class MemoryJobs:
    """`ports.jobs.Jobs` in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def book(
        self, draft: JobDraft, messages: Sequence[OutboundMessage], *, idempotency_key: str
    ) -> Job:
        """See `ports.jobs.Jobs.book`."""
        await self._tables.enter("jobs.book")
        caller = known_number(self._tables.caller(draft.call_id))
        if (done := self._done(idempotency_key)) is not None:
            return done
        if (same := self._same_booking(draft)) is not None:
            self._tables.known_call(draft.call_id)
            return self._changed(same, (), draft.call_id, idempotency_key, Outcome.BOOKED)
        slot = self._held(draft.call_id, draft.slot)
        if self._most_open(draft.phone, caller) >= MAX_OPEN_JOBS:
            raise too_many()
        price = self._price(draft, slot)
        self._refuse_overlap(slot)
        self._tables.check(messages)
        check_offer(self._tables, price.offer)
        job = self._insert(draft, slot, price)
        use_offer(self._tables, price.offer, job.job_id)
        self._changed(job, (), draft.call_id, idempotency_key, Outcome.BOOKED)
        self._tables.end_wait(draft.phone, job.service_type)
        if price.deposit > 0:
            self._tables.payments[job.job_id] = Payment(price.deposit, self._tables.clock.now())
            key = f"checkout:{job.job_id}"
            self._tables.outbox[key] = Queued(key, None, job.job_id)
        self._queue(messages, job.job_id)
        return job

    async def get(self, job_id: JobId) -> Job | None:
        """See `ports.jobs.Jobs.get`."""
        await self._tables.enter("jobs.get")
        a_uuid(CallId(job_id))
        return self._tables.jobs.get(job_id)

    async def of_call(self, call_id: CallId) -> Job | None:
        """See `ports.jobs.Jobs.of_call`."""
        await self._tables.enter("jobs.of_call")
        a_uuid(call_id)
        for change in reversed(self._tables.changes):
            if change.call_id == call_id:
                return self._tables.jobs[change.job_id]
        return None

    async def open_for(self, phone: str) -> Sequence[Job]:
        """See `ports.jobs.Jobs.open_for`; a job is open until its window is over."""
        await self._tables.enter("jobs.open_for")
        jobs = (job for job in self._tables.open_jobs() if job.customer.phone == phone)
        return sorted(jobs, key=lambda job: job.window.start)

    async def made_from(self, phone: str) -> Sequence[Job]:
        """See `ports.jobs.Jobs.made_from`."""
        await self._tables.enter("jobs.made_from")
        return made_from(self._tables, phone)

    async def made_by(self, job_id: JobId) -> str:
        """See `ports.jobs.Jobs.made_by`."""
        await self._tables.enter("jobs.made_by")
        self._known(job_id)
        if (key := self._tables.made_by(job_id)) is None:
            raise unknown_job()
        return key

    async def reschedule(
        self,
        job_id: JobId,
        slot: Slot,
        messages: Sequence[OutboundMessage],
        *,
        call_id: CallId,
        idempotency_key: str,
    ) -> Job:
        """See `ports.jobs.Jobs.reschedule`."""
        await self._tables.enter("jobs.reschedule")
        job = self._known(job_id)
        if self._done(idempotency_key) is not None:
            return job
        if not is_live(job):
            raise CallerFixable("job.closed", "That appointment is no longer open.")
        held = self._held(call_id, slot)
        if held.service_type != job.service_type:
            raise not_offered()
        self._refuse_overlap(held, but=job_id)
        self._refuse_twin(replace(job, window=held.window))
        self._tables.check(messages)
        before = job
        job = replace(job, window=held.window, technician_id=held.technician_id)
        left = (in_utc(before.window), before.technician_id)
        if (in_utc(job.window), job.technician_id) != left:
            self._tables.visit_left(before)
        return self._changed(job, messages, call_id, idempotency_key, Outcome.RESCHEDULED)

    async def cancel(
        self,
        job_id: JobId,
        messages: Sequence[OutboundMessage],
        *,
        call_id: CallId,
        idempotency_key: str,
    ) -> Job:
        """See `ports.jobs.Jobs.cancel`."""
        await self._tables.enter("jobs.cancel")
        job = self._known(job_id)
        if self._done(idempotency_key) is not None or job.status is JobStatus.CANCELLED:
            return job
        if job.status is JobStatus.COMPLETED:
            raise CallerFixable("job.closed", "That appointment is over.")
        self._tables.known_call(a_uuid(call_id))
        self._tables.check(messages)
        job = self._tables.call_off(job)
        MemoryPaymentEvents(self._tables).refund_due(job)
        return self._changed(
            job, messages, call_id, idempotency_key, Outcome.CANCELLED, release=False
        )

    def _known(self, job_id: JobId) -> Job:
        a_uuid(CallId(job_id))
        job = self._tables.jobs.get(job_id)
        if job is None:
            raise unknown_job()
        return job

    def _done(self, key: str) -> Job | None:
        for change in self._tables.changes:
            if change.key == key:
                return self._tables.jobs[change.job_id]
        return None

    def _same_booking(self, draft: JobDraft) -> Job | None:
        wanted = (draft.phone, draft.service_type, in_utc(draft.slot.window))
        for job in self._tables.live_jobs():
            same = (job.customer.phone, job.service_type, in_utc(job.window)) == wanted
            if same and is_same_visit(
                job.customer.name, job.address, draft.customer_name, draft.address
            ):
                return job
        return None

    def _held(self, call_id: CallId, slot: Slot) -> Slot:
        """The slot as offered to this call; an expired offer is refused with the true reason."""
        holds = (h for h in self._tables.holds if h.call_id == call_id)
        found = next((h for h in holds if h.slot.slot_id == slot.slot_id), None)
        if found is None:
            raise not_offered()
        if found.until > self._tables.clock.now():
            return found.slot
        raise taken() if self._tables.is_taken(found.slot, but_by=(call_id,)) else not_offered()

    def _refuse_overlap(self, slot: Slot, *, but: JobId | None = None) -> None:
        for job in self._tables.live_jobs():
            same = job.technician_id == slot.technician_id and job.job_id != but
            if same and meet(job.window, slot.window):
                raise taken()

    def _refuse_twin(self, job: Job) -> None:
        """One visit of a customer, service and window (the constraint `jobs_once`)."""
        for one in self._tables.live_jobs():
            who = (one.customer.customer_id, one.service_type, in_utc(one.window))
            if one.job_id != job.job_id and who == (
                job.customer.customer_id,
                job.service_type,
                in_utc(job.window),
            ):
                raise taken()

    def _most_open(self, phone: str, caller: str) -> int:
        jobs = self._tables.open_jobs()
        theirs = sum(1 for job in jobs if job.customer.phone == phone)
        if not caller.startswith("+"):
            return theirs
        callers = (self._tables.caller(job.call_id) for job in jobs if job.call_id is not None)
        return max(theirs, sum(1 for number in callers if number == caller))

    def _price(self, draft: JobDraft, slot: Slot) -> Quote:
        wanted = (draft.quote.quote_id, draft.call_id, slot.service_type)
        for quote in self._tables.quotes:
            if (quote.quote_id, quote.call_id, quote.service_type) == wanted:
                if quote.expires_at is not None and quote.expires_at <= self._tables.clock.now():
                    raise quote_expired()
                return quote
        raise quote_unknown()

    def _insert(self, draft: JobDraft, slot: Slot, price: Quote) -> Job:
        customer = customer_of(self._tables, draft)
        used = {job.code for job in self._tables.live_jobs()}
        code = new_booking_code(draft.phone)
        while code in used:
            code = new_booking_code(draft.phone)
        return Job(
            job_id=JobId(str(uuid.uuid4())),
            code=code,
            customer=customer,
            service_type=slot.service_type,
            description=draft.description,
            address=draft.address,
            window=slot.window,
            technician_id=slot.technician_id,
            priority=draft.priority,
            status=JobStatus.BOOKED,
            notes=draft.notes,
            estimated_cost=price.estimate,
            deposit_amount=price.deposit,
            deposit_paid=False,
            checkout_url=None,
            call_id=draft.call_id,
            locale=draft.locale,
        )

    def _changed(
        self,
        job: Job,
        messages: Sequence[OutboundMessage],
        call_id: CallId,
        key: str,
        what: Outcome,
        *,
        release: bool = True,
    ) -> Job:
        """Write a change: the job, who did it, and what is told of it."""
        self._tables.jobs[job.job_id] = job
        self._tables.changes.append(Change(key, job.job_id, call_id, what))
        if release:
            self._tables.release([call_id])
        self._queue(messages, job.job_id)
        return job

    def _queue(self, messages: Sequence[OutboundMessage], job_id: JobId) -> None:
        for message in messages:
            self._tables.put(message, job_id)
