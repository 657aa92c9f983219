"""Deposits: asking for them, what the provider tells of them, and what it comes to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from voiceagent.domain.ledger import DepositAccount, MoneyMatter, PaymentEvent
from voiceagent.domain.records import Cents, CheckoutLink, Job, JobId


class Payments(Protocol):
    """Deposits. Called after commit, from the outbox, never inside a booking's transaction."""

    async def deposit_link(self, job: Job, amount: Cents, *, idempotency_key: str) -> CheckoutLink:
        """A page on which the deposit can be paid; the same key gives the same page."""
        ...


class PaymentEvents(Protocol):
    """What the payment provider told us, applied once; and the ledger that it makes."""

    async def apply_event(self, event: PaymentEvent, *, receipt: str = "") -> bool:
        """Record an event and its effect in one transaction; False when it was known.

        Args:
            event: what was told.
            receipt: text for the customer once the deposit is paid, with the placeholders of
                `ports.jobs.Jobs.book`; it goes where the link went, once a payment. Empty: none.
        """
        ...

    async def account(self, job_id: JobId) -> DepositAccount | None:
        """What a job's entries come to; ``None`` when it has no deposit."""
        ...

    async def matters(self, limit: int) -> Sequence[MoneyMatter]:
        """Money that a person must see to, the newest first."""
        ...


class UnpaidBookings(Protocol):
    """Bookings that wait for their deposit. What was paid, or is on its way, is never among them.

    Only bookings whose link was made and whose visit has not begun; by the database's clock.
    """

    async def remind(self, after: timedelta, text: str) -> int:
        """Text those that are unpaid so long after booking, each once; how many.

        Args:
            after: since the booking.
            text: with the placeholders of `ports.jobs.Jobs.book`; it goes where the link went.
        """
        ...

    async def cancel(
        self, after: timedelta, since_reminder: timedelta, text: str, *, tell_dispatch: bool = False
    ) -> int:
        """Call off those that are unpaid so long after booking, and tell them; how many.

        Args:
            after: since the booking.
            since_reminder: who was reminded is left this much time, whenever that was.
            text: as for `remind`.
            tell_dispatch: an outside dispatcher is told, too (`ports.dispatch.let_go_of`).
        """
        ...
