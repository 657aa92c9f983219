"""People we know, by phone number."""

from __future__ import annotations

from collections.abc import Sequence

from voiceagent.domain.records import Customer
from voiceagent.store.pool import Database

_AT_NUMBER = """
SELECT id::text, name, phone, email, address FROM customers WHERE phone = $1 ORDER BY created_at, id
"""


class PostgresCustomers:
    """`ports.people.Customers` on PostgreSQL. Rows are written by bookings."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def at_number(self, phone: str) -> Sequence[Customer]:
        """See `ports.people.Customers.at_number`."""
        return [
            Customer(row["id"], row["name"], row["phone"], row["email"], row["address"])
            for row in await self._db.rows(_AT_NUMBER, phone)
        ]
