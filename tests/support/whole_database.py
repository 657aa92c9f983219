"""A database in which every table has rows of two people, for what must know all tables."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import psycopg
from psycopg import sql

from voiceagent.store.backup import our_tables


@dataclass(frozen=True)
class Person:
    """Somebody whose call, booking, payment, texts and webhook answer are stored."""

    number: int
    name: str
    phone: str
    said: str

    @property
    def call_id(self) -> str:
        return str(uuid.UUID(int=self.number))

    @property
    def call_sid(self) -> str:
        return f"CA{self.number:032x}"


SARAH = Person(
    11, "Sarah Miller", "+15551230000", "It is five five five, uh, one two three oh oh oh oh"
)
TOM = Person(12, "Tom Ng-Baker", "+15559876543", "My number is 555 987 6543")

_ROWS = """
INSERT INTO calls (id, call_sid, channel, direction, from_number, to_number, ended_at, outcome)
VALUES (%(call)s, %(sid)s, 'voice', 'inbound', %(phone)s, '+19375550100',
        app_now() - interval '40 days', 'booked');
INSERT INTO agent_turns (call_id, idx, speaker, text, heard, at, budget_acts)
VALUES (%(call)s, 0, 'caller', %(said)s, %(said)s, app_now(), '{cached_filler,apology}');
INSERT INTO agent_turns (call_id, idx, speaker, text, heard, at, endpoint_ms, stt_ms, think_ms,
                         tools_ms, tts_ms, send_ms, answer_ms)
VALUES (%(call)s, 1, 'agent', E'Thanks,\\t%(plain)s \\\\ “so”\\n', '', app_now(),
        0.1, 1e-9, 3, 4, 5, 123456.789, 7);
INSERT INTO call_events (id, call_id, kind)
VALUES (gen_random_uuid(), %(call)s, 'disclosure.heard');
INSERT INTO turn_journal (call_id, idx, kind, body)
VALUES (%(call)s, 0, 'heard', json_build_object('text', %(said)s::text));
INSERT INTO tool_audit (id, call_id, idx, name, arguments, result, elapsed_ms, keys, proposed)
VALUES (gen_random_uuid(), %(call)s, 0, 'book_appointment',
        json_build_object('phone', %(phone)s::text), '{}', 1.5, '{a,b}', '{booked}');
INSERT INTO customers (id, phone, name, email, address)
VALUES (%(call)s, %(phone)s, %(name)s, %(mail)s, '123 Oak Street');
INSERT INTO technicians (key) VALUES ('dana') ON CONFLICT DO NOTHING;
INSERT INTO holds (slot_id, call_id, position, technician_id, service_type, during, expires_at)
SELECT %(key)s, %(call)s, 0, id, 'repair', tstzrange(%(from)s, %(to)s), app_now()
  FROM technicians;
INSERT INTO quotes (id, call_id, price_version, service_type, after_hours, service_call, range_low,
                    range_high, estimate, emergency_fee, deposit)
VALUES (%(key)s, %(call)s, '2025-06', 'repair', true, 1, 2, 3, 40, 5, 6);
INSERT INTO jobs (id, code, customer_id, call_id, quote_id, technician_id, during, service_type,
                  description, address, notes, priority, estimated_cost, deposit_amount)
SELECT %(call)s, %(code)s, %(call)s, %(call)s, %(key)s, id, tstzrange(%(from)s, %(to)s), 'repair',
       'AC not cooling', '123 Oak Street', %(said)s, 'standard', 40, 6 FROM technicians;
INSERT INTO job_changes (idempotency_key, job_id, call_id, kind, during)
VALUES (%(key)s, %(call)s, %(call)s, 'booked', tstzrange(%(from)s, %(to)s));
INSERT INTO payments (id, job_id, amount, idempotency_key, session_id, checkout_url, stage)
VALUES (%(call)s, %(call)s, 6, %(key)s, %(key)s, 'https://pay.example/' || %(key)s, 3);
INSERT INTO webhook_events (id, kind, session_id, job_id, paid, effect)
VALUES (%(key)s, 'checkout.session.completed', %(key)s, %(call)s, true, 'paid');
INSERT INTO payment_entries (event_id, job_id, kind, amount, currency, payment, subject)
VALUES (%(key)s, %(call)s, 'paid', 6, 'usd', 'pi_' || %(key)s, %(key)s);
INSERT INTO outbox (key, kind, state, call_id, job_id, channel, recipient, body, finished_at)
VALUES (%(key)s, 'text', 'done', %(call)s, %(call)s, 'sms', %(phone)s, 'Booked.',
        clock_timestamp() - interval '40 days');
INSERT INTO messages (key, direction, channel, address, body, call_id, job_id, at)
VALUES (%(key)s, 'outbound', 'sms', %(phone)s, 'Booked.', %(call)s, %(call)s,
        app_now() - interval '40 days');
INSERT INTO messages (key, direction, channel, address, body, call_id)
VALUES (%(key)s || '-lead', 'outbound', 'sms', '+19375550199', 'Call ' || %(phone)s, %(call)s);
INSERT INTO webhook_replays (kind, sid, sequence, claim, answer)
VALUES ('incoming', %(sid)s, '0', gen_random_uuid(), '<Say>hello</Say>');
INSERT INTO call_usage (call_id, idx, turn, provider, kind, units, micro_cents, estimated)
VALUES (%(call)s, 0, 1, 'gpt-4.1-mini', 'prompt_tokens', 900, 36000, false);
INSERT INTO hand_offs (call_id, key, call_sid, leads, legs, reason, summary, call_back, stage,
                       attempt, ended, version, due_at)
VALUES (%(call)s, %(key)s, %(sid)s, '{on-call}', ARRAY[%(key)s || '-leg'], 'asked', %(said)s,
        %(phone)s, 'ended', 0, 'transferred', 5, app_now());
INSERT INTO one_time_codes (call_id, phone, salt, digest, expires_at)
VALUES (%(call)s, %(phone)s, decode('01ff', 'hex'), decode('00', 'hex'), app_now());
INSERT INTO code_guesses (call_id, phone) VALUES (%(call)s, %(phone)s);
INSERT INTO call_backs (key, call_id, who, reason, summary, ring_from, ring_till)
VALUES (%(key)s, %(call)s, %(phone)s, 'asked', %(said)s, app_now(), app_now() + interval '1 hour');
INSERT INTO offers (code, rule, phone, call_id, no_trip_fee, percent, services, expires_at)
VALUES ('OFFERS' || %(code)s, 'tag', %(phone)s, %(call)s, true, 0, '{}', app_now());
INSERT INTO customer_facts (phone, kind, value, origin, consent, call_id)
VALUES (%(phone)s, 'pets', %(said)s, 'unproven', 'asked_for', %(call)s);
INSERT INTO price_tables (version, effective_from, body, digest)
VALUES (%(key)s, '2025-06-01', '{"version": "2025-06"}', %(key)s);
INSERT INTO price_syncs (day, result) VALUES (%(from)s, 'ok');
INSERT INTO threads (id, person, case_file)
VALUES (%(call)s, %(phone)s, json_build_object('name', %(name)s::text)::text);
INSERT INTO thread_messages (thread_id, call_id, key, channel, text, state, reply, delivery,
                             patience_until)
VALUES (%(call)s, %(call)s, 'sms:' || %(key)s, 'sms', %(said)s, 'answered', 'Thanks, ' || %(name)s,
        'sent', clock_timestamp());
INSERT INTO text_consents (address, stopped, source)
VALUES (encode(sha256(convert_to(%(phone)s, 'UTF8')), 'hex'), false, 'sms');
INSERT INTO no_texts (digest, why) VALUES ('digest-of-' || %(key)s, 'landline');
INSERT INTO waiting_list (id, call_id, channel, text_to, phone, customer_name, address,
                          service_type, description, notes, first_day, last_day,
                          not_before, passed, joined_at)
VALUES (%(call)s, %(call)s, 'sms', %(phone)s, %(phone)s, %(name)s, '123 Oak Street',
        'repair', 'AC not cooling', %(said)s, '2020-01-01', '2020-01-20', '08:00', ARRAY['dana 1'],
        app_now() - interval '40 days');
INSERT INTO freed_windows (technician_id, during)
SELECT id, tstzrange(%(from)s, %(to)s) FROM technicians;
INSERT INTO looks (who, role, what, about) VALUES ('owner', 'owner', 'calls', %(phone)s);
INSERT INTO assets (id, customer_id, service_type, device_type, model)
VALUES ('unit-' || %(key)s, %(call)s, 'repair', 'ac', 'Carrier');
INSERT INTO knowledge_passages (page, title, digest, place, heading, text)
VALUES ('pages/' || %(key)s, 'Your visit', 'a-digest', 0, 'Pets', 'Keep dogs in another room.');
INSERT INTO api_tokens (id, name, scopes, per_minute, digest)
VALUES ('0000000000' || right(%(code)s, 2), 'crm', '{quotes}', 60, 'digest-of-' || %(key)s);
INSERT INTO runs (id, worker, seen_at)
VALUES (%(call)s, 0, clock_timestamp() - interval '1 hour');
"""


def fill(dsn: str, *people: Person, days_ahead: int = -30) -> None:
    """Rows of each person in every table; their visits are so many days away."""
    with psycopg.connect(dsn) as connection:
        for person in people:
            values = {
                "call": person.call_id,
                "sid": person.call_sid,
                "key": f"key-{person.number}",
                "phone": person.phone,
                "said": person.said,
                "name": person.name,
                "mail": f"{person.name.split()[0].lower()}@example.com",
                "code": f"{person.number:06d}",
                "from": f"2020-01-{person.number} 08:00+00",
                "to": f"2020-01-{person.number} 10:00+00",
            }
            for statement in _ROWS.split(";\n"):
                if statement.strip() and _has_table(connection, statement.split()[2]):
                    connection.execute(statement.replace("%(plain)s", person.name).encode(), values)
        connection.execute(
            "UPDATE jobs SET during = tstzrange(lower(during) + shift, upper(during) + shift)"
            " FROM (SELECT date_trunc('day', app_now()) - '2020-01-01 00:00+00'::timestamptz"
            " + make_interval(days => %s) AS shift) AS moved",
            (days_ahead,),
        )


def _has_table(connection: psycopg.Connection[tuple[object, ...]], name: str) -> bool:
    """Whether a database, which may be an older one, has a table."""
    return connection.execute("SELECT to_regclass(%s)", (name,)).fetchone() != (None,)


def contents(dsn: str) -> dict[str, list[str]]:
    """Every row of every table of the engine's, as text and in order."""
    with psycopg.connect(dsn) as connection:
        connection.execute("SET timezone = 'UTC'")
        found = {}
        for table in our_tables():
            rows = connection.execute(
                sql.SQL("SELECT t::text FROM {} t ORDER BY 1").format(sql.Identifier(table))
            )
            found[table] = [str(row) for (row,) in rows]
        return found
