"""The statements behind `threads`, in the order in which a message meets them."""

from __future__ import annotations

from voiceagent.store.pool import ON_DISK_SOON

MESSAGE_COLUMNS = (
    "m.id, m.thread_id::text, t.person, m.key, m.channel, m.text, m.state, m.reply, m.delivery,"
    " m.attempts, m.expecting"
)

# The update makes the existing row visible to RETURNING, also while another worker commits it.
THREAD = """
INSERT INTO threads (id, person) VALUES (gen_random_uuid(), $1)
ON CONFLICT (person) DO UPDATE SET updated_at = app_now()
RETURNING id::text
"""

# Who waits for the answer is told nothing before that is on disk, and this with it; who waits for
# less than a second may be gone by then. A repeated statement, and a copy of the message, find the
# rows that are there; that of the thread is no snapshot's yet, so it is joined as it is returned.
TAKE = f"""
WITH t AS (
    INSERT INTO threads (id, person) VALUES (gen_random_uuid(), $1)
    ON CONFLICT (person) DO UPDATE SET updated_at = app_now()
    RETURNING id, person),
m AS (
    INSERT INTO thread_messages (thread_id, key, channel, position, text, patience_until,
                                 subject, letter_id, letters_before)
    SELECT t.id, $2, $3, $4::integer, $5, clock_timestamp() + make_interval(secs => $6), $7, $8, $9
      FROM t WHERE $6 < 1 OR {ON_DISK_SOON}
    ON CONFLICT (key) DO UPDATE SET key = excluded.key
    RETURNING *)
SELECT {MESSAGE_COLUMNS} FROM m JOIN t ON t.id = m.thread_id
"""  # noqa: S608 - our own words, as below

# What still waits is heard as it was edited.
EDITED = """
UPDATE thread_messages SET state = 'replaced'
 WHERE key = $1 AND thread_id = (SELECT id FROM threads WHERE person = $2)
   AND state = 'waiting' AND attempts = 0
"""

MESSAGE = f"""
SELECT {MESSAGE_COLUMNS} FROM thread_messages m JOIN threads t ON t.id = m.thread_id
 WHERE m.id = $1
"""  # noqa: S608

# $2 is how many seconds back messages count. Errors are a conversation's, if one is open.
_TALK_COLUMNS = """
t.call_id::text AS call_id, t.journal_to, t.turns_to, t.case_file,
       (SELECT count(*) FROM thread_messages l
         WHERE l.thread_id = t.id AND l.at > app_now() - make_interval(secs => $2)) AS lately,
       (SELECT array_agg(a.error_code ORDER BY a.idx, a.at) FROM tool_audit a
         WHERE a.call_id = t.call_id) AS audited
"""

# All of it is of one moment, that of the statement. What another worker answers just then, whose
# lock was lost, is not due: the update waits for it, and looks at its state again.
NEXT_DUE = f"""
WITH next AS (
    UPDATE thread_messages SET attempts = attempts + 1
     WHERE id = (SELECT id FROM thread_messages WHERE thread_id = $1 AND state = 'waiting'
                  ORDER BY position, id LIMIT 1)
       AND state = 'waiting' AND {ON_DISK_SOON}
    RETURNING *),
whose AS (
    SELECT encode(sha256(convert_to(person, 'UTF8')), 'hex') AS digest
      FROM threads WHERE id = $1)
SELECT {MESSAGE_COLUMNS}, {_TALK_COLUMNS},
       EXISTS (SELECT FROM text_consents c WHERE c.address = whose.digest AND c.stopped)
       OR EXISTS (SELECT FROM no_texts n
                   WHERE n.digest = whose.digest AND n.why = 'opted_out') AS stopped
  FROM next m JOIN threads t ON t.id = m.thread_id CROSS JOIN whose
"""  # noqa: S608

TALK = f"SELECT {_TALK_COLUMNS} FROM threads t WHERE t.id = $1"  # noqa: S608

BEGIN = f"""
UPDATE threads SET call_id = $2, journal_to = -1, turns_to = 0, case_file = ''
 WHERE id = $1 AND {ON_DISK_SOON}
"""  # noqa: S608

# With $5 the conversation is over; $6 is where it stands. A message and its reply are two turns;
# of what was answered before, what nobody has yet stays.
ANSWER = """
WITH answered AS (
    UPDATE thread_messages
       SET state = 'answered', reply = $2, call_id = $3, expecting = $4,
           delivery = CASE WHEN $2 = '' THEN 'none' ELSE 'owed' END
     WHERE id = $1 AND state = 'waiting'
    RETURNING id, thread_id),
stands AS (
    UPDATE threads t
       SET updated_at = app_now(),
           call_id = CASE WHEN $5 THEN NULL ELSE t.call_id END,
           case_file = CASE WHEN $5 THEN '' ELSE $6 END,
           journal_to = (SELECT coalesce(max(idx), -1) FROM turn_journal WHERE call_id = $3),
           turns_to = (SELECT count(*) FROM agent_turns WHERE call_id = $3)
      FROM answered a
     WHERE t.id = a.thread_id AND t.call_id = $3),
dropped AS (
    DELETE FROM thread_messages m USING answered a
     WHERE m.thread_id = a.thread_id AND m.state <> 'waiting'
       AND m.delivery NOT IN ('owed', 'queued')
       AND m.id <= (SELECT id FROM thread_messages WHERE thread_id = a.thread_id ORDER BY id DESC
                    OFFSET $7 LIMIT 1))
SELECT id FROM answered
"""

HAND = """
UPDATE thread_messages m SET delivery = 'handed'
 WHERE m.id = $1 AND m.delivery = 'owed' AND m.patience_until > clock_timestamp()
   AND NOT EXISTS (SELECT FROM thread_messages e
                    WHERE e.thread_id = m.thread_id AND e.id < m.id
                      AND (e.delivery = 'owed'
                           OR e.delivery = 'queued' AND EXISTS (
                               SELECT FROM outbox o WHERE o.key = 'reply:' || e.id
                                  AND o.state IN ('waiting', 'leased'))))
RETURNING m.reply
"""

# Only what is brought to people; a page fetches its replies.
QUEUE_OWED = """
WITH owed AS (
    UPDATE thread_messages m SET delivery = 'queued'
      FROM threads t
     WHERE t.id = m.thread_id AND m.delivery = 'owed' AND m.patience_until <= clock_timestamp()
       AND (m.channel = ANY($1::text[]) AND starts_with(t.person, '+')
            OR m.channel = $2 AND position('@' IN t.person) > 0)
    RETURNING m.id, m.call_id, m.channel, t.person, m.reply)
INSERT INTO outbox (key, kind, call_id, channel, recipient, body)
SELECT 'reply:' || id, 'text', call_id, channel, person, reply FROM owed ORDER BY id
ON CONFLICT (key) DO NOTHING
RETURNING id
"""

LEFT_WAITING = """
SELECT DISTINCT thread_id::text FROM thread_messages
 WHERE state = 'waiting' AND patience_until <= clock_timestamp() LIMIT 100
"""

OPEN_SINCE = """
SELECT id::text, call_id::text FROM threads
 WHERE call_id IS NOT NULL AND updated_at < $1 ORDER BY updated_at LIMIT 100
"""

END = "UPDATE threads SET call_id = NULL, case_file = '' WHERE id = $1 AND call_id = $2"

NO_CASE = "UPDATE threads SET case_file = '' WHERE id = $1"

SAY = """
INSERT INTO thread_messages (thread_id, key, channel, text, state, reply, delivery, patience_until)
VALUES ($1, $2, $3, '', 'answered', $4, 'owed', clock_timestamp())
ON CONFLICT (key) DO NOTHING
"""

HISTORY = f"""
SELECT {MESSAGE_COLUMNS} FROM thread_messages m JOIN threads t ON t.id = m.thread_id
 WHERE t.person = $1 AND m.state <> 'replaced' ORDER BY m.id
"""  # noqa: S608

# Reports come in any order; each only moves a reply on.
DELIVERED = """
UPDATE thread_messages SET delivery = $2
 WHERE 'reply:' || id = (SELECT key FROM messages
                           WHERE carrier_id = $1 AND carrier_id <> '' LIMIT 1)
   AND array_position($3::text[], delivery) < array_position($3::text[], $2)
"""

REWRITE = "UPDATE thread_messages SET text = $2 WHERE id = $1"
RECENT_TEXTS = """
SELECT id, text, reply, subject FROM thread_messages WHERE thread_id = $1 ORDER BY id DESC LIMIT 8
"""
CLEAN_MESSAGE = "UPDATE thread_messages SET text = $2, reply = $3, subject = $4 WHERE id = $1"
RECENT_TURNS = """
SELECT idx, text, heard FROM agent_turns WHERE call_id = $1 ORDER BY idx DESC LIMIT 16
"""
CLEAN_TURN = "UPDATE agent_turns SET text = $3, heard = $4 WHERE call_id = $1 AND idx = $2"
RECENT_STEPS = """
SELECT idx, body::text FROM turn_journal WHERE call_id = $1 ORDER BY idx DESC LIMIT 32
"""
CLEAN_STEP = "UPDATE turn_journal SET body = $3::text::json WHERE call_id = $1 AND idx = $2"
RECENT_TOOLS = """
SELECT id, arguments::text, result::text FROM tool_audit
 WHERE call_id = $1 ORDER BY at DESC LIMIT 8
"""
CLEAN_TOOL = """
UPDATE tool_audit SET arguments = $2::text::json, result = $3::text::json WHERE id = $1
"""

LAST_CALL = """
SELECT id::text FROM calls
 WHERE from_number = $1 AND channel = 'voice' AND ended_at >= $2 AND NOT words_dropped
 ORDER BY ended_at DESC LIMIT 1
"""

STOP = """
INSERT INTO text_consents AS kept (address, stopped, source) VALUES ($1, true, $2)
ON CONFLICT (address) DO UPDATE SET stopped = true, source = $2, at = app_now()
      WHERE NOT kept.stopped
RETURNING address
"""
# The carrier reads the same words, and sends texts again.
START = """
WITH here AS (
    UPDATE text_consents SET stopped = false, source = $2, at = app_now()
     WHERE address = $1 AND stopped
    RETURNING address),
there AS (DELETE FROM no_texts WHERE digest = $1 AND why = 'opted_out' RETURNING digest)
SELECT address FROM here UNION SELECT digest FROM there
"""
STOPPED = """
SELECT 1 FROM text_consents WHERE address = $1 AND stopped
UNION ALL SELECT 1 FROM no_texts WHERE digest = $1 AND why = 'opted_out'
"""

LAST_WRITTEN = """
SELECT m.at FROM thread_messages m JOIN threads t ON t.id = m.thread_id
 WHERE t.person = $1 AND m.channel = $2 AND m.text <> '' ORDER BY m.id DESC LIMIT 1
"""

WRITTEN_SINCE = """
SELECT count(*) AS many FROM thread_messages m JOIN threads t ON t.id = m.thread_id
 WHERE t.person = $1 AND m.channel = $2 AND m.text <> '' AND m.at >= $3
"""

PERSON_OF = "SELECT person FROM threads WHERE call_id = $1"
