"""A customer is forgotten: no table has their number, and nobody else's rows are touched."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from tests.support.whole_database import SARAH, TOM, contents, fill
from voiceagent.domain.mentions import SoughtNumber
from voiceagent.errors import OwnerFixable
from voiceagent.ports.dispatch import DISPATCH_CHANNEL
from voiceagent.store import PostgresStore
from voiceagent.store.exporting import export
from voiceagent.store.forgetting import forget, mentions
from voiceagent.store.retention import PostgresRetention

SOUGHT = SoughtNumber.of(SARAH.phone)
TELLING = ("sarah", "miller", "555123", "oak street", "five five five", SARAH.call_sid.lower())


def traces(dsn: str) -> list[str]:
    """Whatever still tells of Sarah, by a search over every column of every table."""
    return [
        f"{table}: {row}"
        for table, rows in contents(dsn).items()
        for row in rows
        if any(text in row.lower() for text in TELLING)
        and TOM.name not in row
        and not row.startswith(f"({TOM.call_id}")
        and TOM.call_sid not in row
    ]


def of_tom(dsn: str) -> dict[str, list[str]]:
    keys = (TOM.call_id, TOM.call_sid, TOM.phone, TOM.name)
    return {
        table: [row for row in rows if any(key in row for key in keys)]
        for table, rows in contents(dsn).items()
    }


def test_nothing_is_left_in_any_table_and_nobody_else_is_touched(database: str) -> None:
    fill(database, SARAH, TOM)
    assert traces(database)
    others = of_tom(database)
    done = forget(database, SOUGHT, cancel=False)
    assert traces(database) == []
    with psycopg.connect(database) as connection:
        assert mentions(connection, SOUGHT) == {}
    assert of_tom(database) == others
    assert set(done.call_names) == {SARAH.call_sid, SARAH.call_id}
    assert {"agent_turns", "customers", "jobs", "messages", "outbox"} <= done.rows.keys()


def test_what_is_handed_out_is_theirs_alone_and_holds_no_seal(database: str) -> None:
    fill(database, SARAH, TOM)
    found = export(database, SOUGHT)
    assert {"customers", "calls", "jobs", "agent_turns", "customer_facts", "assets"} <= set(found)
    assert not {"one_time_codes", "webhook_replays", "api_tokens"} & set(found)
    text = json.dumps(found)
    assert SARAH.phone in text
    assert not [key for key in (TOM.call_id, TOM.phone, TOM.name) if key in text]
    forget(database, SOUGHT, cancel=False)
    assert export(database, SOUGHT) == {}


def test_what_happened_stays_as_figures(database: str) -> None:
    fill(database, SARAH)
    forget(database, SOUGHT, cancel=False)
    with psycopg.connect(database) as connection:
        for query in (
            "SELECT FROM calls WHERE outcome = 'booked'",
            "SELECT FROM jobs WHERE estimated_cost = 40",
            "SELECT FROM payments WHERE status = 'paid' AND amount = 6",
            "SELECT FROM payment_entries WHERE kind = 'paid' AND amount = 6",
            "SELECT FROM call_usage WHERE micro_cents = 36000",
        ):
            assert connection.execute(query).rowcount == 1, query


def test_it_can_be_done_again_and_finds_nothing(database: str) -> None:
    fill(database, SARAH)
    forget(database, SOUGHT, cancel=False)
    after = contents(database)
    assert forget(database, SOUGHT, cancel=False).rows == {}
    assert contents(database) == after


def test_a_number_in_somebody_elses_note_goes_without_their_booking(database: str) -> None:
    fill(database, TOM)
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE jobs SET notes = 'Or call (555) 123-0000.', call_id = NULL")
    forget(database, SOUGHT, cancel=False)
    with psycopg.connect(database) as connection:
        assert mentions(connection, SOUGHT) == {}
        row = connection.execute("SELECT address, notes FROM jobs").fetchone()
    assert row == ("123 Oak Street", "")


@pytest.mark.parametrize("told", [False, True])
def test_a_visit_to_come_is_called_off_only_when_that_is_asked_for(
    database: str, *, told: bool
) -> None:
    fill(database, SARAH, days_ahead=1)
    there = contents(database)
    with pytest.raises(OwnerFixable) as caught:
        forget(database, SOUGHT, cancel=False)
    assert caught.value.code == "forget.booked"
    assert contents(database) == there
    forget(database, SOUGHT, cancel=True, tell_dispatch=told)
    assert traces(database) == []
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT status FROM jobs").fetchone() == ("cancelled",)
        waiting = connection.execute(
            "SELECT recipient, body FROM outbox WHERE channel = %s AND state = 'waiting'",
            (DISPATCH_CHANNEL,),
        ).fetchall()
    assert len(waiting) == (1 if told else 0)
    forget(database, SOUGHT, cancel=True)  # does not take it back
    with psycopg.connect(database) as connection:
        assert (
            connection.execute(
                "SELECT recipient, body FROM outbox WHERE channel = %s", (DISPATCH_CHANNEL,)
            ).fetchall()
            == waiting
        )


def test_a_call_that_goes_on_is_not_torn(database: str) -> None:
    fill(database, SARAH)
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE calls SET outcome = NULL, ended_at = NULL")
    with pytest.raises(OwnerFixable) as caught:
        forget(database, SOUGHT, cancel=False)
    assert caught.value.code == "forget.live"


WRITERS = {"sms": TOM.phone, "webchat": "chat:a-digest", "email": "tom@example.com"}
"""Channel -> how somebody else is named on it."""


def writes_of_sarah(dsn: str, person: str, *, open_: bool) -> None:
    """Tom's conversation becomes one in writing, in which Sarah's number stands everywhere."""
    line = person if person.startswith("+") else ""
    with psycopg.connect(dsn) as connection:
        tom = {"call": TOM.call_id, "line": line, "person": person, "said": SARAH.said}
        tom["phone"] = SARAH.phone
        for statement in (
            (
                "UPDATE calls SET from_number = %(line)s, channel = 'sms', call_sid = 'TXT1'"
                " WHERE id = %(call)s"
            ),
            (
                "UPDATE threads SET person = %(person)s, call_id = %(call)s,"
                " case_file = json_build_object('phone', %(phone)s::text)::text WHERE id = %(call)s"
            ),
            (
                "UPDATE thread_messages SET text = %(said)s, reply = 'For 555-123-0000?'"
                " WHERE thread_id = %(call)s"
            ),
            "UPDATE agent_turns SET text = %(said)s || ' says Tom' WHERE call_id = %(call)s",
            (
                "UPDATE turn_journal SET body = json_build_object('number', 5551230000)"
                " WHERE call_id = %(call)s"
            ),
            "INSERT INTO code_guesses (call_id, phone) VALUES (%(call)s, %(phone)s)",
            (
                "INSERT INTO messages (key, direction, channel, address, body, call_id)"
                " VALUES ('code', 'outbound', 'sms', %(phone)s, 'Your code', %(call)s)"
            ),
        ):
            connection.execute(statement, tom)
        if open_:
            connection.execute(
                "UPDATE calls SET outcome = NULL, ended_at = NULL WHERE id = %s", (TOM.call_id,)
            )


@pytest.mark.parametrize("person", WRITERS.values(), ids=WRITERS)
@pytest.mark.parametrize("open_", [False, True])
def test_whoever_writes_a_number_stops_no_erasure_and_stands_in_nobodys_export(
    database: str, person: str, *, open_: bool
) -> None:
    fill(database, SARAH, TOM)
    writes_of_sarah(database, person, open_=open_)
    text = json.dumps(export(database, SOUGHT))
    assert "says Tom" not in text
    assert TOM.call_id not in text.replace(f'"call_id": "{TOM.call_id}"', "", 1)
    done = forget(database, SOUGHT, cancel=False)
    assert TOM.call_id not in done.call_names
    with psycopg.connect(database) as connection:
        assert mentions(connection, SOUGHT) == {}
        turn = connection.execute(
            "SELECT text FROM agent_turns WHERE call_id = %s ORDER BY idx", (TOM.call_id,)
        ).fetchone()
        assert turn is not None
        assert turn[0].endswith("nine nine says Tom")
        thread = connection.execute(
            "SELECT case_file, call_id::text FROM threads WHERE person = %s", (person,)
        ).fetchone()
        assert thread == ('{"phone" : "+99999999999"}', TOM.call_id)
        journal = connection.execute("SELECT body FROM turn_journal").fetchall()
        assert journal == [({"number": 9999999999},)]


def test_their_own_conversation_in_writing_is_closed_and_erased(database: str) -> None:
    fill(database, SARAH)
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE calls SET outcome = NULL, ended_at = NULL, channel = 'sms'")
        connection.execute("UPDATE threads SET call_id = id")
    assert "thread_messages" in export(database, SOUGHT)
    forget(database, SOUGHT, cancel=False)
    assert traces(database) == []
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT FROM calls WHERE outcome = 'answered'").rowcount == 1


def test_a_chat_that_made_their_booking_is_theirs_and_begins_anew(database: str) -> None:
    fill(database, SARAH)
    with psycopg.connect(database) as connection:
        connection.execute(
            "UPDATE calls SET outcome = NULL, ended_at = NULL, channel = 'webchat',"
            " from_number = ''"
        )
        connection.execute("UPDATE threads SET call_id = id, person = 'chat:a-digest'")
    assert "agent_turns" in export(database, SOUGHT)
    forget(database, SOUGHT, cancel=False)
    assert traces(database) == []
    with psycopg.connect(database) as connection:
        rows = connection.execute("SELECT call_id, case_file FROM threads").fetchall()
    assert rows == [(None, "")]


def test_whose_name_stands_elsewhere_is_told(database: str) -> None:
    fill(database, SARAH, TOM)
    with psycopg.connect(database) as connection:
        connection.execute(
            "UPDATE agent_turns SET text = 'For Sarah Miller next door.' WHERE call_id = %s",
            (TOM.call_id,),
        )
    done = forget(database, SOUGHT, cancel=False)
    assert done.other_names["agent_turns"] == 2


@pytest.mark.parametrize(
    "text",
    [
        "+15551230000",
        "(555) 123-0000",
        "five five five one two three oh oh oh oh",
        "it's triple five, um, one two three, zero zero zero zero",
        '{"phone": "+1 555.123.0000"}',
    ],
)
def test_a_number_is_found_however_it_is_said(text: str) -> None:
    assert SOUGHT.stands_in(text)


@pytest.mark.parametrize("text", ["", "555 123 000", "+15551230001", "five five five"])
def test_another_number_is_not(text: str) -> None:
    assert not SOUGHT.stands_in(text)


KEPT_OF_A_CALL = {
    "call_events": "what happened, by names of ours",
    "call_usage": "what it cost",
    "customer_facts": "what they wanted remembered, which has a time of its own",
    "holds": "which windows were offered",
    "job_changes": "that a visit was booked, moved or called off",
    "jobs": "the visit",
    "offers": "a code that may still be used",
    "quotes": "what was quoted",
    "threads": "who wrote; where a conversation stands is emptied when it ends",
}
"""Table -> what its rows tell of a call when its words are gone."""


def tables_of_calls(dsn: str) -> set[str]:
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(
            "SELECT table_name FROM information_schema.columns"
            " WHERE column_name = 'call_id' AND table_schema = current_schema()"
        )
        return {str(name) for (name,) in rows} & set(contents(dsn))


async def test_each_table_of_calls_loses_its_words_or_says_what_stays(database: str) -> None:
    fill(database, SARAH, TOM)
    assert {name for name in tables_of_calls(database) if of_tom(database)[name]}
    async with PostgresStore(database).opened() as store:
        retention = PostgresRetention(store.database)
        await retention.drop_words(datetime.now(UTC) + timedelta(days=1))
    after = contents(database)
    left = {name for name in tables_of_calls(database) if SARAH.call_id in "".join(after[name])}
    assert left == KEPT_OF_A_CALL.keys()


async def test_what_is_still_to_be_sent_or_answered_stays(database: str) -> None:
    """However long ago it came: somebody waits for it."""
    fill(database, SARAH)
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE outbox SET state = 'waiting', finished_at = '2020-01-01'")
        connection.execute(
            "UPDATE thread_messages SET state = 'waiting', delivery = 'none', call_id = NULL,"
            " at = '2020-01-01'"
        )
    async with PostgresStore(database).opened() as store:
        await PostgresRetention(store.database).drop_words(datetime.now(UTC) + timedelta(days=1))
    after = contents(database)
    assert (len(after["outbox"]), len(after["thread_messages"])) == (1, 1)
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE outbox SET state = 'done'")
        connection.execute("UPDATE thread_messages SET state = 'answered'")
    async with PostgresStore(database).opened() as store:
        await PostgresRetention(store.database).drop_words(datetime.now(UTC) + timedelta(days=1))
    after = contents(database)
    assert (after["outbox"], after["thread_messages"]) == ([], [])


async def test_words_go_when_their_time_is_over_and_the_call_stays(database: str) -> None:
    fill(database, SARAH, TOM)
    with psycopg.connect(database) as connection:
        connection.execute(
            "UPDATE calls SET ended_at = app_now() WHERE call_sid = %s", (TOM.call_sid,)
        )
    before = contents(database)
    async with PostgresStore(database).opened() as store:
        retention = PostgresRetention(store.database)
        month_ago = datetime.now(UTC) - timedelta(days=30)
        assert await retention.drop_words(month_ago) == 1
        assert await retention.drop_words(month_ago) == 0
        found = await store.history.call(SARAH.call_sid)
    after = contents(database)
    assert found is not None
    assert found.turns == ()
    for table in ("agent_turns", "turn_journal", "tool_audit"):
        assert after[table] == [row for row in before[table] if TOM.call_id in row]
    for table in ("outbox",):
        assert after[table] == []
    assert len(after["messages"]) == 2  # those of today
    for table in ("jobs", "customers", "quotes", "call_usage", "payments", "payment_entries"):
        assert after[table] == before[table]


async def test_many_old_calls_go_in_pieces(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(
            "INSERT INTO calls (id, call_sid, channel, direction, from_number, to_number,"
            " ended_at, outcome) SELECT gen_random_uuid(), n, 'voice', 'inbound', '', '',"
            " app_now() - interval '2 days', 'answered' FROM generate_series(1, 450) n"
        )
    async with PostgresStore(database).opened() as store:
        kept = PostgresRetention(store.database)
        assert await kept.drop_words(datetime.now(UTC) - timedelta(days=1)) == 450


async def test_looks_go_when_their_time_is_over(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(
            "INSERT INTO looks (at, who, role, what) SELECT now() - make_interval(days => n),"
            " 'ada', 'owner', 'call' FROM generate_series(1, 450) n"
        )
    async with PostgresStore(database).opened() as store:
        kept = PostgresRetention(store.database)
        assert await kept.drop_looks(datetime.now(UTC) - timedelta(days=40, hours=1)) == 410
        assert len(await store.looks.recent(100)) == 40
