"""Deposits: asking for them, and what the provider tells of them."""

from __future__ import annotations

from typing import Protocol

from voiceagent.domain.records import Cents, CheckoutLink, Job, JobId


class Payments(Protocol):
    """Deposits. Called after commit, from the outbox, never inside a booking's transaction."""

    async def deposit_link(self, job: Job, amount: Cents, *, idempotency_key: str) -> CheckoutLink:
        """A page on which the deposit can be paid; the same key gives the same page."""
        ...


class PaymentEvents(Protocol):
    """What the payment provider told us, applied once."""

    async def apply_event(
        self, event_id: str, kind: str, session_id: str, job_id: JobId, *, paid: bool
    ) -> bool:
        """Record a webhook event and its effect in one transaction; False when it was known."""
        ...
