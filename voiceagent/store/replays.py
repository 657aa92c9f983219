"""The carrier's webhooks that were answered already, over all workers and restarts."""

from __future__ import annotations

from voiceagent.store.pool import Database

_SEEN = """
INSERT INTO webhook_replays (kind, sid, sequence) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING RETURNING kind
"""


class PostgresReplays:
    """Remembers webhooks.

    Args:
        database: the pool.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    async def seen(self, kind: str, sid: str, sequence: str) -> bool:
        """Remember a webhook; whether it was known before.

        Raises:
            Unavailable: the database is down.
        """
        return await self._db.row(_SEEN, kind, sid, sequence) is None
