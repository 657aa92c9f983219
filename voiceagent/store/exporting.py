"""All that is kept of one person, as rows: what `forgetting` would erase, handed out instead.

These functions block.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, LiteralString, cast

from psycopg import sql
from pydantic import JsonValue

from voiceagent.domain.mentions import SoughtNumber
from voiceagent.store import databases
from voiceagent.store.forgetting import RULES_OF_ROWS, calls_of

_NOT_THEIRS: Final = frozenset({"holds", "one_time_codes", "code_guesses", "webhook_replays"})
"""What says nothing of a person, or what nobody may read: seals of codes, guesses at them."""

_BY_THEMSELVES: Final[Mapping[str, LiteralString]] = {
    "customers": "phone = %(phone)s",
    "calls": "id = ANY(%(calls)s::uuid[])",
    "jobs": "customer_id IN (SELECT id FROM customers WHERE phone = %(phone)s)",
    "payments": "job_id IN (SELECT j.id FROM jobs j JOIN customers c ON c.id = j.customer_id"
    " WHERE c.phone = %(phone)s)",
    "quotes": "call_id = ANY(%(calls)s::uuid[])",
}
"""Tables that `forgetting` empties or leaves, and whose rows are told all the same."""


def export(dsn: str, number: SoughtNumber) -> Mapping[str, list[JsonValue]]:
    """Rows of a number's owner, by table; of one moment.

    What others have said or written of the number is theirs, and not among it.

    Args:
        dsn: PostgreSQL URI of a migrated database.
        number: whose.

    Raises:
        Unavailable: the database is away.
    """
    found: dict[str, list[JsonValue]] = {}
    with databases.connected(dsn) as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.execute("SET LOCAL timezone = 'UTC'")
        sought: dict[str, object] = {"phone": number.e164}
        sought |= {"calls": calls_of(connection, number), "sids": []}
        for table, rule in {**_BY_THEMSELVES, **RULES_OF_ROWS}.items():
            if table in _NOT_THEIRS:
                continue
            query = sql.SQL("SELECT row_to_json(t) FROM {} t WHERE ").format(sql.Identifier(table))
            rows = connection.execute(query + sql.SQL(rule), sought).fetchall()
            if rows:
                found[table] = [cast("JsonValue", row) for (row,) in rows]
    return found
