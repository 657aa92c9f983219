"""Threads of texts on PostgreSQL, and the locks that make each of them serial.

The lock of a thread is a session's advisory lock, on one connection of the worker's own: it lasts
as long as an answer takes, which no transaction may, and a worker that dies lets go of it at once.
Two tasks of one worker share that session, so they take turns before (`channels.desk`). Where the
connection is lost another worker may begin beside us: of two answers to a message the first stands.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime

import asyncpg

from voiceagent.domain.expecting import Expecting
from voiceagent.domain.letters import Letterhead
from voiceagent.domain.records import CallId
from voiceagent.domain.redact import Withhold
from voiceagent.domain.texting import BY_CARRIER, EMAIL, digest_of
from voiceagent.domain.threads import (
    KEPT_TURNS,
    LATELY_S,
    DueMessage,
    MessageState,
    NewMessage,
    OpenTalk,
    ReplyDelivery,
    ThreadId,
    ThreadMessage,
    ThreadReply,
)
from voiceagent.errors import Unavailable
from voiceagent.store import thread_sql as sql
from voiceagent.store.lost import LOST
from voiceagent.store.pool import Connection, Database, Row

_THREAD_CLASS = 4_204
_LOCK = "SELECT pg_try_advisory_lock($1, hashtext($2)) AS mine"
_UNLOCK = "SELECT pg_advisory_unlock($1, hashtext($2))"
_CHANNEL = "voiceagent_threads"

_ORDER = [one.value for one in ReplyDelivery if one is not ReplyDelivery.FAILED] + [
    ReplyDelivery.FAILED.value
]


class PostgresThreads:
    """`ports.threads.Threads` on PostgreSQL.

    Args:
        database: the pool; the locks have a connection beside it.
    """

    def __init__(self, database: Database) -> None:
        self._db = database
        self._locks: Connection | None = None
        self._one_at_a_time = asyncio.Lock()
        self._unsure: list[ThreadId] = []

    async def take(self, message: NewMessage) -> ThreadMessage:
        """See `ports.threads.Threads.take`."""
        letter = message.letter or Letterhead()

        taken = (
            message.person,
            message.key,
            message.channel,
            message.position,
            message.text,
            message.patience_s,
            letter.subject,
            letter.letter_id,
            " ".join(letter.references),
        )

        async def instead(connection: Connection) -> Row | None:
            await connection.execute(sql.EDITED, message.edits, message.person)
            found: Row | None = await connection.fetchrow(sql.TAKE, *taken)
            return found

        row = await (self._db.run(instead) if message.edits else self._db.row(sql.TAKE, *taken))
        if row is None:
            raise Unavailable("store.refused", "The message was not kept.")
        return _message(row)

    async def message(self, message_id: int) -> ThreadMessage | None:
        """See `ports.threads.Threads.message`."""
        row = await self._db.row(sql.MESSAGE, message_id)
        return None if row is None else _message(row)

    @asynccontextmanager
    async def held(self, thread_id: ThreadId) -> AsyncIterator[bool]:
        """See `ports.threads.Threads.held`."""
        session, mine = await self._locked(thread_id)
        try:
            yield mine
        finally:
            if mine:
                await self._let_go(session, thread_id)

    async def _locked(self, thread_id: ThreadId) -> tuple[Connection, bool]:
        async with self._one_at_a_time:
            if self._locks is None or self._locks.is_closed():
                self._locks = await self._db.listen(_CHANNEL, lambda: None)
                self._unsure.clear()
            session = self._locks
            for other in list(self._unsure):
                await self._ask(session, _UNLOCK, other)
            return session, await self._ask(session, _LOCK, thread_id)

    async def _let_go(self, session: Connection, thread_id: ThreadId) -> None:
        async with self._one_at_a_time:
            if not session.is_closed():
                with suppress(Unavailable):
                    await self._ask(session, _UNLOCK, thread_id)

    async def _ask(self, session: Connection, query: str, thread_id: ThreadId) -> bool:
        """Lock or unlock; a thread of which the answer did not come is unlocked another time."""
        self._unsure.append(thread_id)
        try:
            answer = bool(await session.fetchval(query, _THREAD_CLASS, thread_id))
        except (asyncpg.PostgresError, *LOST) as error:
            raise Unavailable("store.unreachable", "No thread can be locked.") from error
        self._unsure = [one for one in self._unsure if one != thread_id]
        return answer

    async def closed(self) -> None:
        """Let go of every thread."""
        if self._locks is not None:
            self._locks.terminate()

    async def next_due(self, thread_id: ThreadId) -> DueMessage | None:
        """See `ports.threads.Threads.next_due`."""
        row = await self._db.row(sql.NEXT_DUE, thread_id, LATELY_S)
        return None if row is None else DueMessage(_message(row), _talk(row), row["stopped"])

    async def talk(self, thread_id: ThreadId) -> OpenTalk:
        """See `ports.threads.Threads.talk`."""
        row = await self._db.row(sql.TALK, thread_id, LATELY_S)
        return OpenTalk() if row is None else _talk(row)

    async def begin(self, thread_id: ThreadId, call_id: CallId) -> None:
        """See `ports.threads.Threads.begin`."""
        await self._db.execute(sql.BEGIN, thread_id, call_id)

    async def answer(self, message: ThreadMessage, reply: ThreadReply) -> bool:
        """See `ports.threads.Threads.answer`."""
        row = await self._db.row(
            sql.ANSWER,
            message.message_id,
            reply.text,
            reply.call_id,
            reply.expecting.value,
            reply.over,
            reply.case,
            KEPT_TURNS // 2,
        )
        return row is not None

    async def hand(self, message_id: int) -> str | None:
        """See `ports.threads.Threads.hand`."""
        row = await self._db.row(sql.HAND, message_id)
        return None if row is None else str(row["reply"])

    async def queue_owed(self) -> int:
        """See `ports.threads.Threads.queue_owed`."""
        return len(await self._db.rows(sql.QUEUE_OWED, list(BY_CARRIER), EMAIL))

    async def left_waiting(self) -> Sequence[ThreadId]:
        """See `ports.threads.Threads.left_waiting`."""
        return [ThreadId(row["thread_id"]) for row in await self._db.rows(sql.LEFT_WAITING)]

    async def open_since(self, before: datetime) -> Sequence[tuple[ThreadId, CallId]]:
        """See `ports.threads.Threads.open_since`."""
        rows = await self._db.rows(sql.OPEN_SINCE, before)
        return [(ThreadId(row["id"]), CallId(row["call_id"])) for row in rows]

    async def end(self, thread_id: ThreadId, call_id: CallId) -> None:
        """See `ports.threads.Threads.end`."""
        await self._db.execute(sql.END, thread_id, call_id)

    async def say(self, person: str, key: str, channel: str, text: str) -> None:
        """See `ports.threads.Threads.say`."""

        async def work(connection: Connection) -> None:
            thread_id = await connection.fetchval(sql.THREAD, person)
            await connection.execute(sql.SAY, thread_id, key, channel, text)

        await self._db.run(work)

    async def history(self, person: str) -> Sequence[ThreadMessage]:
        """See `ports.threads.Threads.history`."""
        return [_message(row) for row in await self._db.rows(sql.HISTORY, person)]

    async def delivered(self, carrier_id: str, delivery: ReplyDelivery) -> None:
        """See `ports.threads.Threads.delivered`."""
        await self._db.execute(sql.DELIVERED, carrier_id, delivery.value, _ORDER)

    async def withhold(self, message: ThreadMessage, text: str, secret: str) -> None:
        """See `ports.threads.Threads.withhold`."""
        out, thread_id = Withhold.of(secret), message.thread_id

        async def work(connection: Connection) -> None:
            await connection.execute(sql.REWRITE, message.message_id, text)
            await connection.execute(sql.NO_CASE, thread_id)
            if not secret:
                return
            for row in await connection.fetch(sql.RECENT_TEXTS, thread_id):
                told = [out.text(row[name]) for name in ("text", "reply", "subject")]
                await connection.execute(sql.CLEAN_MESSAGE, row["id"], *told)
            call_id = (await connection.fetchrow(sql.TALK, thread_id, LATELY_S))["call_id"]
            for row in await connection.fetch(sql.RECENT_TURNS, call_id):
                clean = out.text(row["text"]), out.text(row["heard"])
                await connection.execute(sql.CLEAN_TURN, call_id, row["idx"], *clean)
            for row in await connection.fetch(sql.RECENT_STEPS, call_id):
                await connection.execute(
                    sql.CLEAN_STEP, call_id, row["idx"], _clean(out, row["body"])
                )
            for row in await connection.fetch(sql.RECENT_TOOLS, call_id):
                await connection.execute(
                    sql.CLEAN_TOOL,
                    row["id"],
                    _clean(out, row["arguments"]),
                    _clean(out, row["result"]),
                )

        await self._db.run(work)

    async def last_written(self, person: str, channel: str) -> datetime | None:
        """See `ports.threads.Threads.last_written`."""
        row = await self._db.row(sql.LAST_WRITTEN, person, channel)
        return None if row is None else row["at"]

    async def written_since(self, person: str, channel: str, since: datetime) -> int:
        """See `ports.threads.Threads.written_since`."""
        row = await self._db.row(sql.WRITTEN_SINCE, person, channel, since)
        return 0 if row is None else int(row["many"])

    async def person_of(self, call_id: CallId) -> str | None:
        """See `ports.threads.Threads.person_of`."""
        row = await self._db.row(sql.PERSON_OF, call_id)
        return None if row is None else str(row["person"])

    async def last_call(self, number: str, since: datetime) -> CallId | None:
        """See `ports.threads.Threads.last_call`."""
        row = await self._db.row(sql.LAST_CALL, number, since)
        return None if row is None else CallId(row["id"])


class PostgresConsents:
    """`ports.threads.Consents` on PostgreSQL.

    Args:
        database: the pool.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    async def stop(self, address: str, source: str) -> bool:
        """See `ports.threads.Consents.stop`."""
        return await self._db.row(sql.STOP, digest_of(address), source) is not None

    async def start(self, address: str, source: str) -> bool:
        """See `ports.threads.Consents.start`."""
        return await self._db.row(sql.START, digest_of(address), source) is not None

    async def stopped(self, address: str) -> bool:
        """See `ports.threads.Consents.stopped`."""
        return await self._db.row(sql.STOPPED, digest_of(address)) is not None


def _clean(out: Withhold, body: str) -> str:
    return json.dumps(out.value(json.loads(body)))


def _talk(row: Row) -> OpenTalk:
    if row["call_id"] is None:
        return OpenTalk(lately=row["lately"])
    return OpenTalk(
        CallId(row["call_id"]),
        row["journal_to"],
        row["turns_to"],
        row["lately"],
        row["case_file"],
        tuple(row["audited"] or ()),
    )


def _message(row: Row) -> ThreadMessage:
    return ThreadMessage(
        message_id=row["id"],
        thread_id=ThreadId(row["thread_id"]),
        person=row["person"],
        key=row["key"],
        channel=row["channel"],
        text=row["text"],
        state=MessageState(row["state"]),
        reply=row["reply"],
        delivery=ReplyDelivery(row["delivery"]),
        attempts=row["attempts"],
        expecting=Expecting(row["expecting"] or Expecting.ANYTHING),
    )
