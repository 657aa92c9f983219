"""Codes that are texted to a number to see who is calling (docs/identity.md)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from voiceagent.domain.identity import (
    ONE_TIME_LIFE_S,
    ONE_TIME_TRIES,
    SealedCode,
    new_booking_code,
)
from voiceagent.domain.records import CallId, OutboundMessage
from voiceagent.ports.people import (
    MOST_CODES_A_CALL,
    MOST_CODES_A_NUMBER_AND_DAY,
    MOST_CODES_A_PREFIX_AND_HOUR,
    MOST_CODES_AN_HOUR,
    ONE_TIME_CODE,
    PREFIX_LEAVES,
    CodeCheck,
    CodeSending,
    CodeText,
)
from voiceagent.store import jobs_sql
from voiceagent.store.locks import lock_identities
from voiceagent.store.outbox import one_time_key, put_text
from voiceagent.store.pool import Connection, Database

# A call of a day ago counts for the number, one of an hour ago for its range and for everybody.
_SENT = """
SELECT count(*) FILTER (WHERE call_id = $1) AS by_call,
       count(*) FILTER (WHERE phone = $2) AS to_number,
       count(*) FILTER (WHERE left(phone, -$3::int) = left($2, -$3::int)
                          AND created_at > app_now() - interval '1 hour') AS to_prefix,
       count(*) FILTER (WHERE created_at > app_now() - interval '1 hour') AS in_all
  FROM one_time_codes
 WHERE created_at > app_now() - interval '1 day'
"""

_DONE = "SELECT id FROM one_time_codes WHERE digest = $1"

_VOID = """
UPDATE one_time_codes SET used_at = app_now() WHERE call_id = $1 AND phone = $2 AND used_at IS NULL
"""

_ADD = """
INSERT INTO one_time_codes (call_id, phone, salt, digest, expires_at)
VALUES ($1, $2, $3, $4, app_now() + $5::interval)
RETURNING id
"""

# The try is counted before anybody knows whether it fits, so two at once are two.
_TRY = """
UPDATE one_time_codes SET tries = tries + 1
 WHERE id = (SELECT max(id) FROM one_time_codes WHERE call_id = $1 AND phone = $2)
   AND used_at IS NULL AND tries < $3 AND expires_at > app_now()
RETURNING id, salt, digest
"""

_USE = """
UPDATE one_time_codes SET used_at = app_now() WHERE id = $1 AND used_at IS NULL RETURNING id
"""

_GUESSED = "INSERT INTO code_guesses (call_id, phone) VALUES ($1, $2)"
_LATELY = """
SELECT count(*) AS guesses FROM code_guesses
 WHERE phone = $1 AND at > app_now() - interval '1 day'
"""

_EVERYBODY = "+0"
"""Stands in the place of a number in the lock of what is counted over all of them."""


class PostgresOneTimeCodes:
    """`ports.people.OneTimeCodes` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def send(self, call_id: CallId, phone: str, text: CodeText) -> CodeSending:
        """See `ports.people.OneTimeCodes.send`."""
        code = new_booking_code(phone)
        sealed = await asyncio.to_thread(SealedCode.of, code)

        async def work(connection: Connection) -> CodeSending:
            await lock_identities(connection, (_EVERYBODY, phone))
            if await connection.fetchval(_DONE, sealed.digest) is not None:
                return CodeSending.QUEUED  # the answer to the first attempt was lost
            if await connection.fetchval(jobs_sql.ANY_MADE_FROM, phone) is None:
                return CodeSending.NOBODY
            sent = await connection.fetchrow(_SENT, call_id, phone, PREFIX_LEAVES)
            if sent is None or (
                sent["by_call"] >= MOST_CODES_A_CALL
                or sent["to_number"] >= MOST_CODES_A_NUMBER_AND_DAY
                or sent["to_prefix"] >= MOST_CODES_A_PREFIX_AND_HOUR
                or sent["in_all"] >= MOST_CODES_AN_HOUR
            ):
                return CodeSending.TOO_MANY
            await connection.execute(_VOID, call_id, phone)
            life = timedelta(seconds=ONE_TIME_LIFE_S)
            number = await connection.fetchval(
                _ADD, call_id, phone, sealed.salt, sealed.digest, life
            )
            body = text.body.replace(ONE_TIME_CODE, code)
            key = one_time_key(str(number))
            await put_text(connection, OutboundMessage(key, text.channel, phone, body, call_id))
            return CodeSending.QUEUED

        return await self._db.run(work)

    async def check(self, call_id: CallId, phone: str, said: str) -> CodeCheck:
        """See `ports.people.OneTimeCodes.check`."""
        row = await self._db.row(_TRY, call_id, phone, ONE_TIME_TRIES)
        if row is None:
            return CodeCheck.NONE
        sealed = SealedCode(bytes(row["salt"]), bytes(row["digest"]))
        if not await asyncio.to_thread(sealed.fits, said):
            return CodeCheck.WRONG
        used = await self._db.row(_USE, row["id"])
        return CodeCheck.NONE if used is None else CodeCheck.RIGHT


class PostgresCodeGuesses:
    """`ports.people.CodeGuesses` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def wrong(self, call_id: CallId, phone: str) -> None:
        """See `ports.people.CodeGuesses.wrong`."""
        await self._db.execute(_GUESSED, call_id, phone)

    async def lately(self, phone: str) -> int:
        """See `ports.people.CodeGuesses.lately`."""
        row = await self._db.row(_LATELY, phone)
        return 0 if row is None else int(row["guesses"])
