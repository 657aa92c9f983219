"""People we know, in memory."""

from __future__ import annotations

import uuid
from dataclasses import replace

from voiceagent.domain.phones import E164_SHAPE
from voiceagent.domain.records import Customer, JobDraft
from voiceagent.store.memory.tables import Tables, refuse


class MemoryCustomers:
    """`ports.people.Customers` in memory. Rows are written by bookings."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def by_phone(self, phone: str) -> Customer | None:
        """See `ports.people.Customers.by_phone`."""
        await self._tables.enter("customers.by_phone")
        return self._tables.customers.get(phone)


def upsert(tables: Tables, draft: JobDraft) -> Customer:
    """The customer of a booking; their earlier jobs show the newer name and address too."""
    if E164_SHAPE.fullmatch(draft.phone) is None:
        refuse("a number that is not E.164")
    known = tables.customers.get(draft.phone)
    customer = Customer(
        customer_id=known.customer_id if known is not None else str(uuid.uuid4()),
        name=draft.customer_name,
        phone=draft.phone,
        email=draft.email if draft.email is not None or known is None else known.email,
        address=draft.address,
    )
    tables.customers[draft.phone] = customer
    for job in tables.jobs.values():
        if job.customer.phone == draft.phone:
            tables.jobs[job.job_id] = replace(job, customer=customer)
    return customer
