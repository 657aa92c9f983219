"""People we know, by phone number."""

from __future__ import annotations

from voiceagent.domain.records import Customer
from voiceagent.store.pool import Database

_BY_PHONE = "SELECT id::text, name, phone, email, address FROM customers WHERE phone = $1"


class PostgresCustomers:
    """`ports.people.Customers` on PostgreSQL. Rows are written by bookings."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def by_phone(self, phone: str) -> Customer | None:
        """See `ports.people.Customers.by_phone`."""
        row = await self._db.row(_BY_PHONE, phone)
        if row is None:
            return None
        return Customer(row["id"], row["name"], row["phone"], row["email"], row["address"])
