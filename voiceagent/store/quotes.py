"""Prices computed for calls. A booking takes its amounts from here, never from speech."""

from __future__ import annotations

from voiceagent.domain.records import CallId, Cents, Quote
from voiceagent.store.pool import Database

_SAVE = """
INSERT INTO quotes (id, call_id, price_version, service_type, after_hours, service_call,
                    range_low, range_high, estimate, emergency_fee, deposit, offer, expires_at,
                    digest)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (id) DO NOTHING
"""

_LATEST = """
SELECT * FROM quotes WHERE call_id = $1 AND service_type = $2 ORDER BY position DESC LIMIT 1
"""


class PostgresQuotes:
    """`ports.quotes.Quotes` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def save(self, quote: Quote) -> None:
        """See `ports.quotes.Quotes.save`; a stored quote never changes."""
        await self._db.execute(
            _SAVE,
            quote.quote_id,
            quote.call_id,
            quote.price_version,
            quote.service_type,
            quote.after_hours,
            quote.service_call,
            quote.range_low,
            quote.range_high,
            quote.estimate,
            quote.emergency_fee,
            quote.deposit,
            quote.offer,
            quote.expires_at,
            quote.digest,
        )

    async def latest(self, call_id: CallId, service_type: str) -> Quote | None:
        """See `ports.quotes.Quotes.latest`."""
        row = await self._db.row(_LATEST, call_id, service_type)
        if row is None:
            return None
        return Quote(
            quote_id=row["id"],
            call_id=CallId(str(row["call_id"])),
            price_version=row["price_version"],
            service_type=row["service_type"],
            after_hours=row["after_hours"],
            service_call=Cents(row["service_call"]),
            range_low=Cents(row["range_low"]),
            range_high=Cents(row["range_high"]),
            estimate=Cents(row["estimate"]),
            emergency_fee=Cents(row["emergency_fee"]),
            deposit=Cents(row["deposit"]),
            offer=row["offer"],
            expires_at=row["expires_at"],
            digest=row["digest"],
        )
