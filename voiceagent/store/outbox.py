"""Queueing what must leave, inside the transaction that decided it; `dispatcher` delivers it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from voiceagent.domain.records import CallId, JobId, OutboundMessage
from voiceagent.domain.texting import REMINDER
from voiceagent.store.pool import Connection, Database

_PUT_TEXT = """
INSERT INTO outbox (key, kind, call_id, job_id, channel, recipient, body, due_at)
VALUES ($1, 'text', $2, $3, $4, $5, $6, clock_timestamp() + $7::interval)
ON CONFLICT (key) DO NOTHING
"""

_WITHDRAW = """
UPDATE outbox
   SET state = 'dropped', error_code = 'withdrawn', finished_at = clock_timestamp()
 WHERE key = $1 AND state = 'waiting'
RETURNING id
"""

_SENT = """
SELECT key, channel, address, body, call_id::text, job_id::text
  FROM messages
 WHERE call_id = $1 AND direction = 'outbound'
 ORDER BY id
"""


_LINK_WENT_TO = """
SELECT channel, recipient, call_id::text
  FROM outbox
 WHERE job_id = $1 AND kind = 'text' AND needs_link AND NOT starts_with(key, $2)
 ORDER BY id
 LIMIT 1
"""


def reminder_key(job_id: JobId) -> str:
    """The key of the one text that reminds of a deposit; it has no purpose once that is paid."""
    return f"{REMINDER}{job_id}"


def is_reminder(key: str) -> bool:
    """Whether a text is one."""
    return key.startswith(REMINDER)


def is_reply(key: str) -> bool:
    """Whether a text answers what somebody wrote (`threads.Threads.queue_owed`)."""
    return key.startswith(_REPLY)


_REPLY = "reply:"


def one_time_key(number: str) -> str:
    """The key of a text with a one-time code; the database drops its digits once it has left."""
    return f"{_ONE_TIME}{number}"


def carries_code(key: str) -> bool:
    """Whether a text is one."""
    return key.startswith(_ONE_TIME)


_ONE_TIME = "one-time-code:"


class PostgresOutbox:
    """`ports.messages.Outbox` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def put(self, message: OutboundMessage, *, after: timedelta = timedelta()) -> None:
        """See `ports.messages.Outbox.put`."""

        async def work(connection: Connection) -> None:
            await put_text(connection, message, after=after)

        await self._db.run(work)

    async def withdraw(self, key: str) -> bool:
        """See `ports.messages.Outbox.withdraw`; one that is being sent is not taken back."""
        return await self._db.row(_WITHDRAW, key) is not None

    async def sent(self, call_id: CallId) -> Sequence[OutboundMessage]:
        """See `ports.messages.Outbox.sent`; bodies have their placeholders filled."""
        return [
            OutboundMessage(
                row["key"],
                row["channel"],
                row["address"],
                row["body"],
                CallId(row["call_id"]) if row["call_id"] is not None else None,
                JobId(row["job_id"]) if row["job_id"] is not None else None,
            )
            for row in await self._db.rows(_SENT, call_id)
        ]


async def put_text(
    connection: Connection,
    message: OutboundMessage,
    *,
    job_id: JobId | None = None,
    after: timedelta = timedelta(),
) -> None:
    """Queue a text in the caller's transaction; `job_id` is for messages drafted before the job."""
    await connection.execute(
        _PUT_TEXT,
        message.key,
        message.call_id,
        message.job_id or job_id,
        message.channel,
        message.to,
        message.body,
        after,
    )


async def put_where_the_link_went(
    connection: Connection, job_id: JobId, key: str, body: str
) -> bool:
    """Queue a later text of a deposit in the caller's transaction.

    It goes where the job's link went: to a number that we may text, over its channel. False when
    the link was not sent by text.
    """
    went = await connection.fetchrow(_LINK_WENT_TO, job_id, REMINDER)
    if went is None:
        return False
    call_id = CallId(went["call_id"]) if went["call_id"] is not None else None
    text = OutboundMessage(key, went["channel"], went["recipient"], body, call_id, job_id)
    await put_text(connection, text)
    return True
