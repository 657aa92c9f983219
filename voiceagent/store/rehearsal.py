"""A write and a read that leave nothing behind: whether a database takes what calls will write."""

from __future__ import annotations

import secrets
from contextlib import suppress

from voiceagent.errors import Unavailable
from voiceagent.store.pool import Connection, Database

_WRITE = """
INSERT INTO calls (id, call_sid, channel, direction, from_number, to_number)
VALUES (gen_random_uuid(), $1, 'voice', 'inbound', '+15555550100', '+15555550101')
"""
_READ = "SELECT count(*) FROM calls WHERE call_sid = $1"


class _Undo(Exception):
    """Ends the transaction without keeping it."""


async def rehearse(database: Database) -> None:
    """Write a call, read it back, and take it back.

    Raises:
        Unavailable: with a code of `pool`; ``store.forgetful`` when the call is not found again.
    """
    sid = f"CA{secrets.token_hex(16)}"
    found = 0

    async def work(connection: Connection) -> None:
        nonlocal found
        await connection.execute(_WRITE, sid)
        found = await connection.fetchval(_READ, sid)
        raise _Undo

    with suppress(_Undo):
        await database.run(work)
    if found != 1:
        raise Unavailable("store.forgetful", "The database did not find what was just written.")
