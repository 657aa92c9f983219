"""What became of visits, in figures, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from voiceagent.domain.cancel_risk import CancelCount
from voiceagent.domain.records import Priority
from voiceagent.store.pool import Database

_COUNTS = """
SELECT coalesce(c.channel, '') AS channel, j.priority, count(*) AS booked,
       count(*) FILTER (WHERE j.status = 'cancelled') AS cancelled
  FROM jobs j LEFT JOIN calls c ON c.id = j.call_id
 WHERE j.created_at >= $1 AND j.created_at < $2
 GROUP BY 1, 2 ORDER BY 1, 2
"""


class PostgresCancelHistory:
    """`ports.cancel_history.CancelHistory` on PostgreSQL.

    Args:
        database: the pool.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    async def counts(self, since: datetime, until: datetime) -> Sequence[CancelCount]:
        """See `ports.cancel_history.CancelHistory.counts`."""
        return [
            CancelCount(row["channel"], Priority(row["priority"]), row["booked"], row["cancelled"])
            for row in await self._db.rows(_COUNTS, since, until)
        ]
