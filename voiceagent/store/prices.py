"""Prices as they were published, on PostgreSQL. A version that is kept never changes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta

from voiceagent.domain.business import PriceTable
from voiceagent.domain.records import OutboundMessage
from voiceagent.errors import PeerMisbehaved
from voiceagent.store.outbox import put_text
from voiceagent.store.pool import Connection, Database

SYNCED = "ok"
"""The result of a sync after which there is nothing to do that day."""

_TABLES = "SELECT body::text FROM price_tables ORDER BY effective_from, received_at, version"

_PUBLISH = """
INSERT INTO price_tables (version, effective_from, body, digest) VALUES ($1, $2, $3, $4)
ON CONFLICT (version) DO NOTHING
RETURNING version
"""

_DIGEST = "SELECT digest FROM price_tables WHERE version = $1"

_BEGIN = """
INSERT INTO price_syncs (day) VALUES ($1)
ON CONFLICT (day) DO UPDATE SET began_at = app_now(), result = ''
 WHERE price_syncs.result <> $2 AND price_syncs.began_at <= app_now() - $3::interval
RETURNING day
"""

_END = "UPDATE price_syncs SET result = $2 WHERE day = $1"


class PostgresPrices:
    """`ports.prices.PublishedPrices` on PostgreSQL.

    Args:
        database: the pool.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    async def tables(self) -> Sequence[PriceTable]:
        """See `ports.prices.PublishedPrices.tables`."""
        return [PriceTable.model_validate_json(row["body"]) for row in await self._db.rows(_TABLES)]

    async def publish(
        self, tables: Sequence[PriceTable], messages: Sequence[OutboundMessage]
    ) -> int:
        """See `ports.prices.PublishedPrices.publish`."""

        async def work(connection: Connection) -> int:
            new = 0
            for table in tables:
                body, digest = table.model_dump_json(), table_digest(table)
                written = await connection.fetchval(
                    _PUBLISH, table.version, table.effective_from, body, digest
                )
                new += written is not None
                if await connection.fetchval(_DIGEST, table.version) != digest:
                    raise version_reused()
            for message in messages if new else ():
                await put_text(connection, message)
            return new

        return await self._db.run(work)

    async def begin_sync(self, day: date, *, again_after: timedelta) -> bool:
        """See `ports.prices.PublishedPrices.begin_sync`."""
        return await self._db.row(_BEGIN, day, SYNCED, again_after) is not None

    async def end_sync(self, day: date, result: str) -> None:
        """See `ports.prices.PublishedPrices.end_sync`."""
        await self._db.execute(_END, day, result)


def table_digest(table: PriceTable) -> str:
    """SHA-256 in hexadecimal of what a table says.

    A table without `complexity_of` says what it said before there was such a key.
    """
    plain = not any(price.complexity_of for price in table.services.values())
    left_out = {"services": {"__all__": {"complexity_of"}}} if plain else None
    return hashlib.sha256(table.model_dump_json(exclude=left_out).encode()).hexdigest()


def version_reused() -> PeerMisbehaved:
    """A version that is known was published with other prices."""
    return PeerMisbehaved(
        "prices.version_reused", "A known version of the prices was published with other figures."
    )
