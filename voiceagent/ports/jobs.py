"""Bookings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from voiceagent.domain.records import CallId, Job, JobDraft, JobId, OutboundMessage, Slot


class Jobs(Protocol):
    """Bookings, each made once in effect."""

    async def book(
        self, draft: JobDraft, messages: Sequence[OutboundMessage], *, idempotency_key: str
    ) -> Job:
        """Find or make the customer, insert the job, queue messages and checkout: one transaction.

        The same key, or an open job of the same phone, name, address, service and window, returns
        the stored job and queues nothing. The customer is one whom the caller has proven to be
        (`JobDraft.proven`), under their name, or a new one: nobody else is renamed or moved.

        Raises `CallerFixable` ``slot.taken`` when the time is gone and ``slot.not_offered`` when
        the call does not hold the slot. Message bodies may contain ``{job_code}``,
        ``{checkout_url}`` and ``{deposit}``, filled in when they are sent.
        """
        ...

    async def get(self, job_id: JobId) -> Job | None:
        """One job."""
        ...

    async def of_call(self, call_id: CallId) -> Job | None:
        """The job this call made or changed last."""
        ...

    async def open_for(self, phone: str) -> Sequence[Job]:
        """Open jobs of a phone number, soonest first."""
        ...

    async def made_from(self, phone: str) -> Sequence[Job]:
        """Those open jobs of a number whose own call came from it: their texts went there."""

    async def made_by(self, job_id: JobId) -> str:
        """The idempotency key of the booking that made a job.

        Raises:
            CallerFixable: ``job.unknown``.
        """
        ...

    async def reschedule(
        self,
        job_id: JobId,
        slot: Slot,
        messages: Sequence[OutboundMessage],
        *,
        call_id: CallId,
        idempotency_key: str,
    ) -> Job:
        """Move a job to a held slot, keeping its deposit; once in effect per key."""
        ...

    async def cancel(
        self,
        job_id: JobId,
        messages: Sequence[OutboundMessage],
        *,
        call_id: CallId,
        idempotency_key: str,
    ) -> Job:
        """Cancel a job; once in effect per key."""
        ...
