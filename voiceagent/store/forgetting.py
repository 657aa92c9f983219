"""One person is forgotten: everything that tells who they are or what they said.

What happened stays as figures: that there was a call and how it ended, that a visit was booked and
what it cost, what was paid. A customer's row becomes nobody's, under a number that no country has.

These functions block, and one transaction does all of it or nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, LiteralString

import psycopg
from psycopg import sql

from voiceagent.domain.mentions import SoughtNumber
from voiceagent.errors import OwnerFixable
from voiceagent.ports.dispatch import DISPATCH_CHANNEL, let_go_of, order_id_of
from voiceagent.store import databases
from voiceagent.store.backup import our_tables

_SIDS: Final = "SELECT call_sid FROM calls WHERE id = ANY(%s::uuid[])"
# What is written with somebody may be open for a day and is nobody's line: it ends here, and what
# is written next begins anew.
_END_TALKS: Final = """
UPDATE calls SET outcome = 'answered', ended_at = app_now()
 WHERE outcome IS NULL AND channel <> 'voice' AND id = ANY(%(calls)s::uuid[])
"""
_BEGIN_ANEW: Final = """
UPDATE threads SET call_id = NULL, case_file = '', journal_to = -1, turns_to = 0
 WHERE call_id = ANY(%(calls)s::uuid[])
"""
_OPEN_CALL: Final = "SELECT FROM calls WHERE id = ANY(%s::uuid[]) AND outcome IS NULL"
_COMING: Final = """
SELECT (SELECT c.idempotency_key FROM job_changes c WHERE c.job_id = j.id ORDER BY position LIMIT 1)
  FROM jobs j JOIN customers c ON c.id = j.customer_id
 WHERE c.phone = %s AND j.status IN ('booked', 'confirmed') AND upper(j.during) > app_now()
"""
_CANCEL: Final = """
UPDATE jobs j SET status = 'cancelled', updated_at = app_now() FROM customers c
 WHERE c.id = j.customer_id AND c.phone = %s AND j.status IN ('booked', 'confirmed')
   AND upper(j.during) > app_now()
"""
_PUT_LET_GO: Final = """
INSERT INTO outbox (key, kind, channel, recipient, body) VALUES (%s, 'text', %s, %s, %s)
ON CONFLICT (key) DO NOTHING
"""
_THEIR_THREADS: Final = (
    "(person = %(phone)s OR person IN (SELECT lower(email) FROM customers WHERE phone = %(phone)s))"
)
_BOOKINGS: Final = """
SELECT j.call_id FROM jobs j JOIN customers c ON c.id = j.customer_id WHERE c.phone = %(phone)s
UNION SELECT x.call_id FROM job_changes x JOIN jobs j ON j.id = x.job_id
        JOIN customers c ON c.id = j.customer_id WHERE c.phone = %(phone)s
"""
# Whose a call is hangs on the line, the thread or the booking, not on what is said in it: anybody
# may say a number. A booking by somebody with a line of their own is theirs, and their words.
_THEIR_CALLS: Final = f"""
SELECT id FROM calls WHERE from_number = %(phone)s OR to_number = %(phone)s
UNION SELECT call_id FROM threads WHERE {_THEIR_THREADS}
UNION SELECT m.call_id FROM thread_messages m JOIN threads t ON t.id = m.thread_id
       WHERE {_THEIR_THREADS}
UNION SELECT id FROM calls WHERE from_number = '' AND id IN ({_BOOKINGS})
"""  # noqa: S608 - our own words, as below
# Calls without a line in which the number is said, or that had a text sent to it: maybe theirs.
_MAYBE_THEIRS: Final = """
SELECT id FROM calls WHERE from_number = '' AND channel IN ('voice', 'rest')
   AND (id = ANY(%(said_in)s::uuid[])
        OR id IN (SELECT call_id FROM messages WHERE address = %(phone)s)
        OR id IN (SELECT call_id FROM outbox WHERE recipient = %(phone)s))
"""
_OF_JOBS: Final = (
    "job_id IN (SELECT j.id FROM jobs j JOIN customers c ON c.id = j.customer_id"
    " WHERE c.phone = %(phone)s)"
)
_OF_CUSTOMERS: Final = "customer_id IN (SELECT id FROM customers WHERE phone = %(phone)s)"
_OF_THREADS: Final = f"thread_id IN (SELECT id FROM threads WHERE {_THEIR_THREADS})"  # noqa: S608 - our own words
_OF_CALLS: Final = "call_id = ANY(%(calls)s::uuid[])"
RULES_OF_ROWS: Final[Mapping[str, LiteralString]] = {
    "agent_turns": _OF_CALLS,
    "turn_journal": _OF_CALLS,
    "tool_audit": _OF_CALLS,
    "holds": _OF_CALLS,
    "hand_offs": _OF_CALLS,
    "one_time_codes": f"phone = %(phone)s OR {_OF_CALLS}",
    "code_guesses": f"phone = %(phone)s OR {_OF_CALLS}",
    "customer_facts": f"phone = %(phone)s OR {_OF_CALLS} OR {_OF_CUSTOMERS}",
    "offers": f"phone = %(phone)s OR {_OF_CALLS}",
    "call_backs": f"who = %(phone)s OR {_OF_CALLS}",
    "waiting_list": f"text_to = %(phone)s OR phone = %(phone)s OR {_OF_CALLS}",
    "messages": f"address = %(phone)s OR {_OF_CALLS} OR {_OF_JOBS}",
    "outbox": f"(recipient = %(phone)s OR {_OF_CALLS} OR {_OF_JOBS})"
    f" AND channel <> '{DISPATCH_CHANNEL}'",  # which tells nobody's, and must be heard
    "webhook_replays": "sid = ANY(%(sids)s)",
    "thread_messages": f"{_OF_CALLS} OR {_OF_THREADS}",
    "threads": _THEIR_THREADS,
    "assets": _OF_CUSTOMERS,
}
"""Table -> whose rows go."""

_EMPTIED: Final[Mapping[str, LiteralString]] = {
    "jobs": "UPDATE jobs j SET description = '', address = '', notes = '' FROM customers c"
    " WHERE c.id = j.customer_id AND c.phone = %(phone)s",
    # E.164's spare code 999, and digits that come from nothing.
    "customers": "UPDATE customers SET name = '', email = NULL, address = NULL,"
    " phone = '+999' || lpad((random() * 999999999999)::bigint::text, 12, '0'),"
    " updated_at = app_now() WHERE phone = %(phone)s",
    "calls": "UPDATE calls SET from_number = '', words_dropped = true,"
    " to_number = CASE WHEN to_number = %(phone)s THEN '' ELSE to_number END,"
    " call_sid = 'forgotten-' || id WHERE id = ANY(%(calls)s::uuid[])",
}
"""Table -> what is done to its rows; last those by which the others are found."""

_IN_PASSING: Final[Mapping[str, LiteralString]] = {
    "call_events": "DELETE FROM call_events WHERE ctid = %s::tid",
    "webhook_replays": "DELETE FROM webhook_replays WHERE ctid = %s::tid",
    "messages": "DELETE FROM messages WHERE ctid = %s::tid",
    "outbox": "DELETE FROM outbox WHERE ctid = %s::tid",
    "jobs": "UPDATE jobs SET description = '', notes = '' WHERE ctid = %s::tid",
    "waiting_list": "UPDATE waiting_list SET description = '', notes = '' WHERE ctid = %s::tid",
    "looks": "UPDATE looks SET about = '' WHERE ctid = %s::tid",
}
"""Table -> what is done to a row of somebody else's in which the number stands; in the others its
digits are blanked."""

Connection = psycopg.Connection[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was erased.

    `rows`: by table, how many rows were deleted or emptied · `call_names`: CallSids and ids of the
    calls, by which recordings are known · `other_names`: tables in which the person's name, e-mail
    address or street still stands, and in how many rows: they may be somebody else's.
    """

    rows: Mapping[str, int]
    call_names: tuple[str, ...]
    other_names: Mapping[str, int]


def forget(
    dsn: str, number: SoughtNumber, *, cancel: bool, tell_dispatch: bool = False
) -> Forgotten:
    """Erase what a number's owner said and who they are, in every table.

    Args:
        dsn: PostgreSQL URI of a migrated database.
        number: whose.
        cancel: visits that are still to come are cancelled.
        tell_dispatch: an outside dispatcher is told of those (`ports.dispatch.let_go_of`).

    Raises:
        OwnerFixable: ``forget.live`` while such a call goes on; ``forget.booked`` when a visit is
            to come and may not be cancelled; ``forget.left`` when the number still stands somewhere
            after all, and then nothing was erased.
        Unavailable: the database is away.
    """
    with databases.connected(dsn) as connection, connection.transaction():
        named = _names_of(connection, number.e164)
        sought: dict[str, object] = {"phone": number.e164}
        listed = _calls_to_erase(connection, number)
        sought["calls"] = listed
        connection.execute(_END_TALKS, sought)
        made_by = _may_be_forgotten(connection, number.e164, listed, cancel=cancel)
        connection.execute(_BEGIN_ANEW, sought)
        sids = [str(sid) for (sid,) in connection.execute(_SIDS, (listed,))]
        sought["sids"] = sids
        rows = Counter[str]()
        for table, rule in RULES_OF_ROWS.items():
            delete = sql.SQL("DELETE FROM {} WHERE ").format(sql.Identifier(table))
            rows[table] += connection.execute(delete + sql.SQL(rule), sought).rowcount
        for table, query in _EMPTIED.items():
            rows[table] += connection.execute(query, sought).rowcount
        rows.update(_clear_mentions(connection, number))
        for key in made_by if tell_dispatch else ():
            told = let_go_of(order_id_of(key))
            connection.execute(_PUT_LET_GO, (told.key, told.channel, told.to, told.body))
        if left := mentions(connection, number):
            tables = ", ".join(left)
            raise OwnerFixable("forget.left", "The number still stands there.", where=tables)
        return Forgotten(
            {table: count for table, count in rows.items() if count},
            (*sids, *listed),
            _named_in(connection, named),
        )


def calls_of(connection: Connection, number: SoughtNumber) -> list[str]:
    """Ids of the calls and written conversations of a number's owner, and of nobody else's."""
    return _ids(connection, _THEIR_CALLS, {"phone": number.e164})


def _calls_to_erase(connection: Connection, number: SoughtNumber) -> list[str]:
    """Theirs, those that made their bookings, and calls of nobody's line that may be theirs."""
    sought: dict[str, object] = {"phone": number.e164}
    sought["said_in"] = sorted(set(_calls_that_mention(connection, number)))
    found = {
        one
        for query in (_THEIR_CALLS, _BOOKINGS, _MAYBE_THEIRS)
        for one in _ids(connection, query, sought)
    }
    return sorted(found)


def _ids(connection: Connection, query: LiteralString, sought: Mapping[str, object]) -> list[str]:
    return sorted({str(row[0]) for row in connection.execute(query, sought) if row[0] is not None})


def mentions(connection: Connection, number: SoughtNumber) -> Mapping[str, int]:
    """Every table of the engine's in which a number stands, and in how many rows."""
    found = Counter(table for table, _, _ in _search(connection, number))
    return dict(sorted(found.items()))


def _may_be_forgotten(
    connection: Connection, phone: str, calls: Collection[str], *, cancel: bool
) -> Collection[str]:
    """The keys of the bookings that are called off with it."""
    if connection.execute(_OPEN_CALL, (calls,)).fetchone() is not None:
        problem = "A call of theirs goes on, or was left open by a server that ended: a server that"
        raise OwnerFixable("forget.live", f"{problem} starts closes those.", where=phone)
    coming = [str(key) for (key,) in connection.execute(_COMING, (phone,))]
    if cancel:
        connection.execute(_CANCEL, (phone,))
    elif coming:
        problem = "A visit is booked and still to come; --cancel calls it off."
        raise OwnerFixable("forget.booked", problem, where=phone)
    return coming


def _calls_that_mention(connection: Connection, number: SoughtNumber) -> Iterator[str]:
    for _, _, call_id in _search(connection, number):
        if call_id is not None:
            yield call_id


def _clear_mentions(connection: Connection, number: SoughtNumber) -> Counter[str]:
    """Where others have it: a note in somebody's booking, what a stranger wrote, a journal."""
    found = [one for one in _search(connection, number) if one[0] in _IN_PASSING]
    for table, row, _ in found:
        connection.execute(_IN_PASSING[table], (row,))
    cleared = Counter(table for table, _, _ in found)
    for table in our_tables():
        if blanked := _blank(connection, table, number):
            cleared[table] += blanked
    return cleared


def _blank(connection: Connection, table: str, number: SoughtNumber) -> int:
    """Blank a number's digits in the rows of a table; in how many."""
    columns = _columns(connection, table)
    kinds = {name: _TEXTS[kind] for name, kind in columns.items() if kind in _TEXTS}
    where = [str(row) for row, _, text in _texts(connection, table) if number.stands_in(text)]
    for row in where:
        for name, kind in kinds.items():
            column = sql.Identifier(name)
            get = sql.SQL("SELECT {}::text FROM {} WHERE ctid = %s::tid FOR UPDATE")
            found = connection.execute(get.format(column, sql.Identifier(table)), (row,))
            text = str((found.fetchone() or ("",))[0])
            if not number.stands_in(text):
                continue
            put = sql.SQL("UPDATE {} SET {} = %s::{} WHERE ctid = %s::tid RETURNING ctid::text")
            changed = put.format(sql.Identifier(table), column, sql.SQL(kind))
            moved = connection.execute(changed, (number.blanked_in(text), row)).fetchone()
            row = row if moved is None else str(moved[0])  # noqa: PLW2901 - an update moves it
    return len(where)


def _search(connection: Connection, number: SoughtNumber) -> Iterator[tuple[str, str, str | None]]:
    """Table, place and call of every row that has a number in any text of its."""
    for table in our_tables():
        for place, call_id, text in _texts(connection, table):
            if number.stands_in(text):
                yield table, place, call_id


_TEXTS: Final[Mapping[str, LiteralString]] = {
    kind: kind for kind in ("text", "json", "jsonb", "text[]")
}
"""Types of columns that hold text."""


def _columns(connection: Connection, table: str) -> Mapping[str, str]:
    """The columns of a table, each with its type."""
    found = connection.execute(
        "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute"
        " WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped",
        (table,),
    )
    return {str(name): str(kind) for name, kind in found}


def _texts(connection: Connection, table: str) -> Iterator[tuple[str, str | None, str]]:
    names = _columns(connection, table)
    texts = [sql.Identifier(name) for name, kind in names.items() if kind in _TEXTS]
    if not texts:
        return
    call = "call_id" if "call_id" in names else "id" if table == "calls" else None
    query = sql.SQL("SELECT ctid::text, {}, concat_ws(E'\\n', {}) FROM {}").format(
        sql.SQL("NULL") if call is None else sql.SQL("{}::text").format(sql.Identifier(call)),
        sql.SQL(", ").join(sql.SQL("{}::text").format(column) for column in texts),
        sql.Identifier(table),
    )
    with connection.cursor(name=f"texts_of_{table}") as cursor:
        cursor.execute(query)
        for place, call_id, text in cursor:
            yield str(place), None if call_id is None else str(call_id), str(text)


def _names_of(connection: Connection, phone: str) -> tuple[str, ...]:
    """What a customer is known by beside the number, long enough to be found in a text."""
    rows = connection.execute(
        "SELECT name, email, address FROM customers WHERE phone = %s", (phone,)
    ).fetchall()
    texts = {str(text or "").lower() for row in rows for text in row}
    return tuple(sorted(text for text in texts if len(text) > len("Ann Lee")))


def _named_in(connection: Connection, names: Collection[str]) -> Mapping[str, int]:
    found: Counter[str] = Counter()
    for table in our_tables() if names else ():
        found[table] += sum(
            any(name in text.lower() for name in names) for _, _, text in _texts(connection, table)
        )
    return {table: count for table, count in found.items() if count}
