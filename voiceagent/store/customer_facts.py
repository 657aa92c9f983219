"""What customers want to be known of them, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from voiceagent.domain.answered import KEPT_S
from voiceagent.domain.customer_facts import (
    CustomerFact,
    FactConsent,
    FactKind,
    FactOrigin,
    blanked,
    first_of_each_kind,
    written_forms,
)
from voiceagent.domain.records import CallId
from voiceagent.store.pool import Connection, Database, Row

_KEEP = """
INSERT INTO customer_facts (phone, customer_id, kind, value, origin, consent, call_id, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT {whose} DO UPDATE
   SET value = excluded.value, origin = excluded.origin, consent = excluded.consent,
       call_id = excluded.call_id, at = excluded.at
 WHERE customer_facts.origin = 'unproven' OR excluded.origin <> 'unproven'
RETURNING kind
"""
_KEEP_OF_PERSON = _KEEP.format(whose="(customer_id, kind) WHERE customer_id IS NOT NULL")
_KEEP_OF_LINE = _KEEP.format(whose="(phone, kind) WHERE customer_id IS NULL")

# Of two of a kind the person's own stands first, then the newer one.
_ORDER = "ORDER BY f.kind, f.customer_id IS NULL, f.at DESC"
_OF = f"SELECT f.* FROM customer_facts f WHERE f.phone = $1 {_ORDER}"  # noqa: S608 - of our own
_THEIRS = """
f.customer_id = ANY($1::uuid[]) OR f.customer_id IS NULL AND EXISTS (
    SELECT FROM jobs j WHERE j.call_id = f.call_id AND j.customer_id = ANY($1::uuid[]))
"""
_OF_PEOPLE = f"SELECT f.* FROM customer_facts f WHERE {_THEIRS} {_ORDER}"  # noqa: S608 - of our own

_DELETE = f"""
DELETE FROM customer_facts f WHERE ({_THEIRS}) AND ($2::text IS NULL OR f.kind = $2)
RETURNING f.*
"""  # noqa: S608 - of our own
_DROP = """
DELETE FROM customer_facts WHERE ctid IN (
    SELECT ctid FROM customer_facts WHERE at < $1 LIMIT $2)
RETURNING *
"""
AT_ONCE: Final = 50

# A person's calls are found by their bookings and by the facts themselves.
_CALLS = """
SELECT call_id FROM jobs WHERE customer_id = $1 AND call_id IS NOT NULL
UNION SELECT x.call_id FROM job_changes x JOIN jobs j ON j.id = x.job_id
       WHERE j.customer_id = $1 AND x.call_id IS NOT NULL
UNION SELECT id FROM calls WHERE from_number = $2 AND from_number <> ''
"""
_COPIES: Final = (
    ("tool_audit", "arguments", "json"),
    ("tool_audit", "result", "json"),
    ("tool_audit", "heard", "text"),
    ("turn_journal", "body", "json"),
    ("agent_turns", "text", "text"),
    ("agent_turns", "heard", "text"),
    ("thread_messages", "text", "text"),
    ("thread_messages", "reply", "text"),
)
"""Table, column and kind of everywhere that words of a call are kept."""

_HOLDING = """
SELECT ctid::text AS place, {column}::text AS body FROM {table}
 WHERE call_id = ANY($1::uuid[])
   AND EXISTS (SELECT FROM unnest($2::text[]) AS form WHERE position(form IN {column}::text) > 0)
   FOR UPDATE
"""
# Where a conversation stands is read again from its journal: of a case, whose words are also names
# of ours, nothing can be taken out so that it stays one.
_NO_CASE = """
UPDATE threads SET case_file = ''
 WHERE call_id = ANY($1::uuid[])
   AND EXISTS (SELECT FROM unnest($2::text[]) AS form WHERE position(form IN case_file) > 0)
"""
_WRITE = "UPDATE {table} SET {column} = $2::text::{kind} WHERE ctid = $1::text::tid"

# An answer that is given no more is an old one: a copy of its request is told so.
_ANSWERS = """
UPDATE webhook_replays
   SET answer = '', at = least(at, clock_timestamp() - make_interval(secs => $2))
 WHERE answer <> '' AND position($1 IN answer) > 0
"""


class PostgresCustomerFacts:
    """`ports.customer_facts.CustomerFacts` on PostgreSQL.

    Args:
        database: the pool.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    async def keep(self, fact: CustomerFact) -> bool:
        """See `ports.customer_facts.CustomerFacts.keep`."""
        row = await self._db.row(
            _KEEP_OF_LINE if fact.customer_id is None else _KEEP_OF_PERSON,
            fact.phone,
            fact.customer_id,
            fact.kind.value,
            fact.value,
            fact.origin.value,
            fact.consent.value,
            fact.call_id,
            fact.at,
        )
        return row is not None

    async def of(self, phone: str) -> Sequence[CustomerFact]:
        """See `ports.customer_facts.CustomerFacts.of`."""
        return [_fact(row) for row in await self._db.rows(_OF, phone)]

    async def of_people(self, customers: Collection[str]) -> Sequence[CustomerFact]:
        """See `ports.customer_facts.CustomerFacts.of_people`."""
        rows = await self._db.rows(_OF_PEOPLE, list(customers))
        return first_of_each_kind([_fact(row) for row in rows])

    async def delete(self, customer_id: str, kind: FactKind | None = None) -> int:
        """See `ports.customer_facts.CustomerFacts.delete`."""

        async def work(connection: Connection) -> int:
            named = None if kind is None else kind.value
            rows = await connection.fetch(_DELETE, [customer_id], named)
            for row in rows:
                await _delete_copies(connection, _fact(row), customer_id)
            return len(rows)

        return await self._db.run(work)

    async def drop(self, before: datetime) -> int:
        """See `ports.customer_facts.CustomerFacts.drop`."""

        async def work(connection: Connection) -> int:
            rows = await connection.fetch(_DROP, before, AT_ONCE)
            for row in rows:
                fact = _fact(row)
                await _delete_copies(connection, fact, fact.customer_id)
            return len(rows)

        count = 0
        while True:
            count += (found := await self._db.run(work))
            if found < AT_ONCE:
                return count


async def _delete_copies(
    connection: Connection, fact: CustomerFact, customer_id: str | None
) -> None:
    rows = await connection.fetch(_CALLS, customer_id, fact.phone)
    calls = {row["call_id"] for row in rows} | ({fact.call_id} - {None})
    forms, whose = written_forms(fact.value), [str(one) for one in calls]
    await connection.execute(_NO_CASE, whose, forms)
    for table, column, kind in _COPIES:
        holding = _HOLDING.format(table=table, column=column)
        for row in await connection.fetch(holding, whose, forms):
            write = _WRITE.format(table=table, column=column, kind=kind)
            await connection.execute(write, row["place"], blanked(row["body"], fact.value))
    for written in forms:
        for inside in written_forms(written):  # an answer is JSON within JSON
            await connection.execute(_ANSWERS, inside, KEPT_S + 1)


def _fact(row: Row) -> CustomerFact:
    return CustomerFact(
        phone=row["phone"],
        kind=FactKind(row["kind"]),
        value=row["value"],
        origin=FactOrigin(row["origin"]),
        consent=FactConsent(row["consent"]),
        call_id=CallId(str(row["call_id"])) if row["call_id"] is not None else None,
        at=row["at"],
        customer_id=None if row["customer_id"] is None else str(row["customer_id"]),
    )
