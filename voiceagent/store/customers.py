"""People we know, by phone number."""

from __future__ import annotations

from collections.abc import Sequence

from voiceagent.domain.records import Customer
from voiceagent.store.pool import Database, Row

_AT_NUMBER = """
SELECT id::text, name, phone, email, address FROM customers WHERE phone = $1 ORDER BY created_at, id
"""

_GET = "SELECT id::text, name, phone, email, address FROM customers WHERE id = $1"


class PostgresCustomers:
    """`ports.people.Customers` on PostgreSQL. Rows are written by bookings."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def at_number(self, phone: str) -> Sequence[Customer]:
        """See `ports.people.Customers.at_number`."""
        return [_customer(row) for row in await self._db.rows(_AT_NUMBER, phone)]

    async def get(self, customer_id: str) -> Customer | None:
        """See `ports.people.Customers.get`."""
        row = await self._db.row(_GET, customer_id)
        return None if row is None else _customer(row)


def _customer(row: Row) -> Customer:
    return Customer(row["id"], row["name"], row["phone"], row["email"], row["address"])
