"""The statements behind `dispatcher`, in the order in which a delivery uses them.

Rows are locked in the order payments, jobs, outbox, here and in payment events and cancellations,
so none of them can deadlock another.
"""

from __future__ import annotations

# While a row is leased, `due_at` is the end of the lease: whoever finds it past may take it over.
# The lease's random id keeps a late finisher from ending a lease that is no longer his.
# The replies of a thread leave one after the other, as they were written.
#
# `asked_at` says that a carrier may have been asked from then on; 'asked_before' is that of an
# earlier lease, after which nobody noted what came of it.
CLAIM = """
WITH due AS (
    SELECT o.id, o.asked_at
      FROM outbox o
     WHERE o.state IN ('waiting', 'leased') AND o.due_at <= clock_timestamp()
       AND NOT (o.needs_link AND EXISTS (
               SELECT 1 FROM outbox c
                WHERE c.job_id = o.job_id AND c.kind = 'checkout'
                  AND c.state IN ('waiting', 'leased')))
       AND NOT (starts_with(o.key, 'reply:') AND EXISTS (
               SELECT 1 FROM outbox e
                WHERE e.recipient = o.recipient AND e.kind = 'text' AND e.id < o.id
                  AND starts_with(e.key, 'reply:') AND e.state IN ('waiting', 'leased')))
     ORDER BY o.due_at, o.id
     LIMIT $2
       FOR UPDATE SKIP LOCKED)
UPDATE outbox o
   SET state = 'leased', lease = gen_random_uuid(), attempts = attempts + 1,
       due_at = clock_timestamp() + $1::interval,
       asked_at = CASE WHEN kind = 'text' THEN coalesce(o.asked_at, clock_timestamp()) END
  FROM due
 WHERE o.id = due.id
RETURNING o.id, key, kind, call_id::text, job_id::text, channel, recipient, body, needs_link,
          attempts, lease, told_id, counted_at, due.asked_at AS asked_before
"""

PAYMENT = "SELECT amount, idempotency_key FROM payments WHERE job_id = $1"

STORE_LINK = """
UPDATE payments SET session_id = $2, checkout_url = $3, updated_at = app_now()
 WHERE job_id = $1 AND session_id IS NULL
"""

# A reply that was made since then answers what they wrote themselves: that they are left alone,
# say. The outbox keeps the database's own time, the rest the engine's: so ages are compared.
WANTS_NONE = """
SELECT 1 FROM text_consents c, outbox o
 WHERE o.id = $1 AND c.address = $2 AND c.stopped
   AND NOT (starts_with(o.key, 'reply:')
            AND clock_timestamp() - o.created_at <= app_now() - c.at)
"""

# The letter that one of ours answers: a reply's own, else the last of the conversation.
LETTERHEAD = """
SELECT m.subject, m.letter_id, m.letters_before
  FROM thread_messages m JOIN threads t ON t.id = m.thread_id
 WHERE m.letter_id <> '' AND t.person = $2
   AND ('reply:' || m.id = $1 OR m.call_id = $3 OR t.call_id = $3)
 ORDER BY 'reply:' || m.id = $1 DESC, m.id DESC LIMIT 1
"""

STORE_TEXT = """
INSERT INTO messages (key, direction, channel, address, body, carrier_id, call_id, job_id, status,
                      status_code)
VALUES ($1, 'outbound', $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (key) DO NOTHING
"""

# The carrier certainly did nothing: the next attempt need not look for it.
NOT_ASKED = "UPDATE outbox SET asked_at = NULL WHERE id = $1 AND lease = $2"

OTHER_IDS = """
SELECT carrier_id FROM messages
 WHERE address = $1 AND direction = 'outbound' AND key <> $2 AND carrier_id <> ''
   AND at > app_now() - interval '2 days'
"""

# A report that came meanwhile has the row first, or finds it done.
DONE = """
UPDATE outbox
   SET state = 'done', error_code = '', lease = NULL, finished_at = clock_timestamp()
 WHERE id = $1 AND lease = $2
RETURNING told, told_code
"""

END = """
UPDATE outbox
   SET state = $3, error_code = $4, lease = NULL, finished_at = clock_timestamp()
 WHERE id = $1 AND lease = $2
"""

# A row that has been tried for too long is dead; a person decides what becomes of it.
RETRY = """
UPDATE outbox
   SET state = CASE WHEN due < created_at + $5::interval THEN 'waiting' ELSE 'dead' END,
       finished_at = CASE WHEN due < created_at + $5::interval THEN NULL ELSE clock_timestamp() END,
       error_code = $3, lease = NULL, due_at = due
  FROM (SELECT clock_timestamp() + $4::interval AS due) AS later
 WHERE id = $1 AND lease = $2
"""

# A text with a one-time code that would come after the code's life (identity.ONE_TIME_LIFE_S).
CODE_IS_OVER = """
SELECT 1 FROM outbox WHERE id = $1 AND created_at < clock_timestamp() - interval '10 minutes'
"""
