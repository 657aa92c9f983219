"""The carrier's webhooks that were answered already, over all workers and restarts."""

from __future__ import annotations

import uuid

from voiceagent.domain.answered import (
    FORGOTTEN_S,
    KEPT_S,
    WORKING_S,
    Known,
    RequestKey,
    Standing,
)
from voiceagent.store.pool import Database

# The claim makes a repeated statement (its answer was lost on the way) the same first one again.
_BEGIN = """
INSERT INTO webhook_replays (kind, sid, sequence, claim) VALUES ($1, $2, $3, $4)
ON CONFLICT (kind, sid, sequence) DO UPDATE SET claim = excluded.claim
      WHERE webhook_replays.claim = excluded.claim
RETURNING kind
"""

_KNOWN = """
SELECT answer, extract(epoch FROM clock_timestamp() - at)::float8 AS age_s
  FROM webhook_replays WHERE kind = $1 AND sid = $2 AND sequence = $3
"""

_FINISH = """
UPDATE webhook_replays SET answer = $4 WHERE kind = $1 AND sid = $2 AND sequence = $3
"""

_FORGET = "DELETE FROM webhook_replays WHERE kind = $1 AND sid = $2 AND sequence = $3"

# An answer that is given no more may hold a token or a text, and is worth nothing.
_EMPTY = """
UPDATE webhook_replays SET answer = ''
 WHERE answer <> '' AND at < clock_timestamp() - make_interval(secs => $1)
"""

_PRUNE = """
DELETE FROM webhook_replays WHERE at < clock_timestamp() - make_interval(secs => $1)
"""


class PostgresAnswerMemory:
    """`ports.answered.AnswerMemory` on PostgreSQL.

    Args:
        database: the pool.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    async def begin(self, key: RequestKey) -> Known:
        """See `ports.answered.AnswerMemory.begin`."""
        fields = (key.kind, key.sid, key.sequence)
        if await self._db.row(_BEGIN, *fields, uuid.uuid4()) is not None:
            return Known(Standing.FIRST)
        row = await self._db.row(_KNOWN, *fields)
        if row is None:  # forgotten in this moment: whoever asks again may be the first
            return Known(Standing.WORKING)
        if row["answer"] is None:
            return Known(Standing.WORKING if row["age_s"] < WORKING_S else Standing.UNANSWERED)
        if row["age_s"] < KEPT_S:
            return Known(Standing.ANSWERED, row["answer"])
        return Known(Standing.OLD)

    async def finish(self, key: RequestKey, answer: str) -> None:
        """See `ports.answered.AnswerMemory.finish`."""
        await self._db.execute(_FINISH, key.kind, key.sid, key.sequence, answer)

    async def forget(self, key: RequestKey) -> None:
        """See `ports.answered.AnswerMemory.forget`."""
        await self._db.execute(_FORGET, key.kind, key.sid, key.sequence)

    async def prune(self) -> None:
        """See `ports.answered.AnswerMemory.prune`."""
        await self._db.execute(_EMPTY, KEPT_S)
        await self._db.execute(_PRUNE, FORGOTTEN_S)
