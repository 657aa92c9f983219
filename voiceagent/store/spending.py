"""What calls have cost since a moment, from the rows of calls."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from voiceagent.store.pool import Database

_SINCE = """
SELECT provider, sum(micro_cents)::bigint AS micro_cents FROM call_usage
 WHERE at >= $1 AND micro_cents IS NOT NULL GROUP BY provider
"""


class PostgresSpending:
    """Adds up `call_usage`, of all workers.

    Args:
        database: the pool.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    async def since(self, moment: datetime) -> Mapping[str, int]:
        """Micro-cents by provider or model; what has no known price is not in it.

        Raises:
            Unavailable: the store is away.
        """
        rows = await self._db.rows(_SINCE, moment)
        return {row["provider"]: row["micro_cents"] for row in rows}
