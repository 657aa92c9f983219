"""The order in which bookings queue up.

Measured: an exclusion constraint alone prevents overlaps but deadlocks under contention;
a transaction-long advisory lock per technician *before* the insert does away with the deadlocks.
Everyone takes identity locks first, then technician locks, each kind in sorted order.
"""

from __future__ import annotations

from collections.abc import Iterable

from voiceagent.store.pool import Connection

_IDENTITY_CLASS = 4_201
_TECHNICIAN_CLASS = 4_202
_PAYMENT_CLASS = 4_203
_TEXTS_CLASS = 4_204

_LOCK = "SELECT pg_advisory_xact_lock($1, hashtext($2))"
_LOCK_NUMBER = "SELECT pg_advisory_xact_lock($1, $2)"
# One after the other, in the order of the array.
_LOCK_EACH = "SELECT pg_advisory_xact_lock($1, hashtext(one)) FROM unnest($2::text[]) AS one"
_LOCK_EACH_NUMBER = "SELECT pg_advisory_xact_lock($1, one) FROM unnest($2::int[]) AS one"

_ADD_TECHNICIANS = """
INSERT INTO technicians (key) SELECT unnest($1::text[]) ON CONFLICT (key) DO NOTHING
"""
_TECHNICIANS = "SELECT key, id FROM technicians WHERE key = ANY($1::text[])"


async def lock_identities(connection: Connection, identities: Iterable[str]) -> None:
    """Let one transaction at a time act for these phone numbers; withheld ones are nobody's."""
    known = sorted({number for number in identities if number.startswith("+")})
    if known:
        await connection.execute(_LOCK_EACH, _IDENTITY_CLASS, known)


async def lock_technicians(connection: Connection, numbers: Iterable[int]) -> None:
    """Let one transaction at a time fill these technicians' days."""
    await connection.execute(_LOCK_EACH_NUMBER, _TECHNICIAN_CLASS, sorted(set(numbers)))


async def register_technicians(connection: Connection, keys: Iterable[str]) -> dict[str, int]:
    """Row numbers of the business file's technicians, made known on first sight.

    To be called between the two kinds of locks: a first insert makes others wait, as a lock does.
    """
    wanted = sorted(set(keys))
    rows = await connection.fetch(_TECHNICIANS, wanted)
    if len(rows) < len(wanted):
        await connection.execute(_ADD_TECHNICIANS, wanted)
        rows = await connection.fetch(_TECHNICIANS, wanted)
    return {row["key"]: row["id"] for row in rows}


async def lock_payment(connection: Connection, payment: str) -> None:
    """Let one transaction at a time write of a payment; taken before any row is locked."""
    await connection.execute(_LOCK, _PAYMENT_CLASS, payment)


async def lock_texts(connection: Connection) -> None:
    """Let one transaction at a time count the texts of a day."""
    await connection.execute(_LOCK_NUMBER, _TEXTS_CLASS, 0)
