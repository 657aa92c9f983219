"""Call backs on PostgreSQL: the row and what is told of it are one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from voiceagent.domain.call_backs import CallBackAsked, CallBackKept
from voiceagent.domain.records import CallId, OutboundMessage, Window
from voiceagent.errors import CallerFixable
from voiceagent.store.outbox import put_text
from voiceagent.store.pool import Connection, Database

MOST_OF_A_CALL = 3
"""Call backs that one conversation may ask for: more would ring strangers up."""

_OTHERS = "SELECT count(*) FROM call_backs WHERE call_id = $1 AND key <> $2"

_ADD = """
INSERT INTO call_backs (key, call_id, who, reason, summary, ring_from, ring_till)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (key) DO UPDATE
   SET reason = excluded.reason, summary = excluded.summary, ring_from = excluded.ring_from,
       ring_till = excluded.ring_till
 WHERE call_backs.done_at IS NULL
"""

_RECENT = """
SELECT b.*, c.call_sid
  FROM call_backs b JOIN calls c ON c.id = b.call_id
 ORDER BY b.done_at IS NOT NULL, CASE WHEN b.done_at IS NULL THEN b.ring_from END, b.done_at DESC,
          b.asked_at, b.key
 LIMIT $1
"""

_DONE = """
UPDATE call_backs SET done_at = app_now(), done_by = $2
 WHERE key = $1 AND done_at IS NULL
RETURNING key
"""


class PostgresCallBacks:
    """`ports.call_backs.CallBacks` on PostgreSQL.

    Args:
        database: the pool.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    async def add(self, asked: CallBackAsked, messages: Sequence[OutboundMessage]) -> None:
        """See `ports.call_backs.CallBacks.add`."""

        async def work(connection: Connection) -> None:
            if await connection.fetchval(_OTHERS, asked.call_id, asked.key) >= MOST_OF_A_CALL:
                raise too_many_call_backs()
            await connection.execute(
                _ADD,
                asked.key,
                asked.call_id,
                asked.who,
                asked.reason,
                asked.summary,
                asked.window.start,
                asked.window.end,
            )
            for message in messages:
                await put_text(connection, message)

        await self._db.run(work)

    async def recent(self, limit: int) -> Sequence[CallBackKept]:
        """See `ports.call_backs.CallBacks.recent`."""
        return [
            CallBackKept(
                CallBackAsked(
                    key=row["key"],
                    call_id=CallId(str(row["call_id"])),
                    who=row["who"],
                    reason=row["reason"],
                    summary=row["summary"],
                    window=Window(row["ring_from"], row["ring_till"]),
                ),
                call_sid=row["call_sid"],
                asked_at=row["asked_at"],
                done_at=row["done_at"],
                done_by=row["done_by"],
            )
            for row in await self._db.rows(_RECENT, limit)
        ]

    async def done(self, key: str, who: str) -> bool:
        """See `ports.call_backs.CallBacks.done`."""
        return await self._db.row(_DONE, key, who) is not None


def too_many_call_backs() -> CallerFixable:
    """This conversation has asked for `MOST_OF_A_CALL`."""
    return CallerFixable(
        "call_back.too_many",
        "This conversation has asked for as many call backs as it may.",
        say="I have noted several call backs already and can't add another one.",
    )
