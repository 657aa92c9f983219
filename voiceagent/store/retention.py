"""What was said and written is dropped when the owner's policy says so; that it happened stays."""

from __future__ import annotations

from datetime import datetime

from voiceagent.store.pool import Connection, Database

AT_ONCE = 200
"""Calls of one transaction: it must end within the pool's time-out, and callers wait beside it."""

_OLD = """
UPDATE calls SET words_dropped = true
 WHERE id IN (SELECT id FROM calls WHERE NOT words_dropped AND ended_at < $1
               ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED)
RETURNING id
"""
_WORDS = tuple(
    f"DELETE FROM {table} WHERE call_id = ANY($1::uuid[])"  # noqa: S608 - names of our own
    for table in (
        "agent_turns",
        "turn_journal",
        "tool_audit",
        "hand_offs",
        "one_time_codes",
        "code_guesses",
        "call_backs",
        "thread_messages",
    )
)
_TEXTS = """
DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE at < $1 LIMIT $2)
"""
_THREADS = """
DELETE FROM thread_messages
 WHERE id IN (SELECT id FROM thread_messages WHERE state <> 'waiting' AND at < $1 LIMIT $2)
"""
_SENT = """
DELETE FROM outbox
 WHERE id IN (SELECT id FROM outbox
               WHERE state IN ('done', 'dead', 'dropped') AND finished_at < $1 LIMIT $2)
"""
_LOOKS = "DELETE FROM looks WHERE id IN (SELECT id FROM looks WHERE at < $1 ORDER BY id LIMIT $2)"
_WAITED = """
DELETE FROM waiting_list
 WHERE id IN (SELECT id FROM waiting_list
               WHERE joined_at < $1 AND (stage = 'booked' OR last_day < app_now()::date - 1)
               LIMIT $2)
"""


class PostgresRetention:
    """Drops words and looks that are older than the policy allows.

    Args:
        database: the pool.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    async def drop_words(self, before: datetime) -> int:
        """Drop what was said in calls that ended before, and texts as old; how many calls.

        Their rows, outcomes, figures and bookings stay. Texts that have not left yet stay, too, and
        so does who still waits for a time.
        Several workers may do it at once.

        Raises:
            Unavailable: the store is away; what was dropped so far is dropped.
        """
        dropped = 0
        while True:

            async def work(connection: Connection) -> int:
                calls = [row["id"] for row in await connection.fetch(_OLD, before, AT_ONCE)]
                for query in _WORDS if calls else ():
                    await connection.execute(query, calls)
                return len(calls)

            dropped += (found := await self._db.run(work))
            if found < AT_ONCE:
                break
        for query in (_TEXTS, _THREADS, _SENT, _WAITED):
            await self._all(query, before)
        return dropped

    async def drop_looks(self, before: datetime) -> int:
        """Drop who looked at what before a moment; how many looks.

        Raises:
            Unavailable: the store is away; what was dropped so far is dropped.
        """
        return await self._all(_LOOKS, before)

    async def _all(self, query: str, before: datetime) -> int:
        """Delete in pieces until a piece is not full; how many rows."""
        count = 0
        while True:
            count += (found := len(await self._db.rows(f"{query} RETURNING 1", before, AT_ONCE)))
            if found < AT_ONCE:
                return count
