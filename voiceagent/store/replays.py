"""The carrier's webhooks that were answered already, over all workers and restarts."""

from __future__ import annotations

from voiceagent.store.pool import Database

_SEEN = """
INSERT INTO webhook_replays (kind, sid, sequence) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING RETURNING kind
"""


class PostgresReplays:
    """`ports.replays.Replays` on PostgreSQL.

    Args:
        database: the pool.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    async def remember(self, kind: str, sid: str, sequence: str) -> bool:
        """See `ports.replays.Replays.remember`."""
        return await self._db.row(_SEEN, kind, sid, sequence) is None
