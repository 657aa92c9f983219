"""The statements behind `jobs`, in the order in which a booking uses them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from voiceagent.domain.records import JobId
from voiceagent.store.pool import Connection

Work = Callable[[Connection], Awaitable[JobId]]
"""A change of a job inside a transaction."""

CALLER = "SELECT from_number FROM calls WHERE id = $1"

DONE = "SELECT job_id::text FROM job_changes WHERE idempotency_key = $1"

# `taken` tells an expired offer that somebody else got from one that is merely too old.
HELD = """
SELECT h.technician_id, h.service_type, lower(h.during) AS starts, upper(h.during) AS ends,
       h.expires_at <= app_now() AS expired,
       EXISTS (SELECT 1 FROM jobs j
                WHERE int4range(j.technician_id, j.technician_id, '[]')
                      && int4range(h.technician_id, h.technician_id, '[]')
                  AND j.during && h.during AND j.status IN ('booked', 'confirmed'))
       OR EXISTS (SELECT 1 FROM holds o
                   WHERE int4range(o.technician_id, o.technician_id, '[]')
                         && int4range(h.technician_id, h.technician_id, '[]')
                     AND o.during && h.during AND o.expires_at > app_now()
                     AND o.call_id <> h.call_id) AS taken
  FROM holds h
 WHERE h.call_id = $1 AND h.slot_id = $2
"""

# What a booking must know once it has its turn, in one question. Every part finds its rows by an
# index, so that it costs the same with ten bookings and with ten thousand. Jobs are counted for
# each customer and each call by itself: joined, a database without statistics reads all of them.
#
# done: what an earlier request with the same key did.
# same: candidates; whether they are this person's and visit's is told by names and addresses.
# open_jobs: the larger of the jobs for this customer's number and those made from the caller's.
# estimate, ...: a quote is good for the call and the service it was computed for.
# proven: of those whom the caller has proven to be; names are compared where they are cleaned.
STANDING = f"""
WITH held AS ({HELD}),
  price AS (
    SELECT q.id, q.estimate, q.deposit, q.offer,
           coalesce(q.expires_at <= app_now(), false) AS price_expired
      FROM quotes q JOIN held ON q.service_type = held.service_type
     WHERE q.id = $4 AND q.call_id = $1)
SELECT (SELECT job_id::text FROM job_changes WHERE idempotency_key = $3) AS done,
       ARRAY(SELECT ROW(j.id::text, c.name, j.address)
               FROM customers c JOIN jobs j ON j.customer_id = c.id
              WHERE c.phone = $5 AND j.service_type = $6 AND j.during = tstzrange($7, $8)
                AND j.status IN ('booked', 'confirmed')
              ORDER BY j.created_at, j.id) AS same,
       held.*, price.*,
       greatest(
           (SELECT sum((SELECT count(*) FROM jobs j
                         WHERE j.customer_id = c.id AND j.status IN ('booked', 'confirmed')
                           AND upper(j.during) > app_now()))
              FROM customers c WHERE c.phone = $5),
           (SELECT sum((SELECT count(*) FILTER (WHERE j.status IN ('booked', 'confirmed')
                                                  AND upper(j.during) > app_now())
                          FROM jobs j WHERE j.call_id = o.id))
              FROM calls o WHERE o.from_number = $9), 0) AS open_jobs,
       ARRAY(SELECT ROW(c.id::text, c.name)
               FROM customers c
              WHERE c.phone = $5 AND c.id = ANY($10::uuid[])
              ORDER BY c.created_at, c.id) AS proven
  FROM (SELECT) AS always LEFT JOIN held ON true LEFT JOIN price ON true
"""  # noqa: S608

ADD_CUSTOMER = """
INSERT INTO customers (phone, name, email, address) VALUES ($1, $2, $3, $4) RETURNING id::text
"""

RENEW_CUSTOMER = """
UPDATE customers SET email = coalesce($2, email), address = $3, updated_at = app_now() WHERE id = $1
"""

# Everything that a new booking consists of, but nothing at all when a live job has its code: then
# another one is drawn. The idempotency key of the payment is stored before anyone calls the
# provider, so that every attempt, by whichever worker, uses the same one.
INSERT_JOB = """
WITH job AS (
    INSERT INTO jobs (code, customer_id, call_id, quote_id, technician_id, during, service_type,
                      description, address, notes, priority, estimated_cost, deposit_amount,
                      locale)
    VALUES ($1, $2, $3, $4, $5, tstzrange($6, $7), $8, $9, $10, $11, $12, $13, $14, $16)
    ON CONFLICT (code) WHERE status IN ('booked', 'confirmed') DO NOTHING
    RETURNING id, call_id, during, deposit_amount),
  change AS (
    INSERT INTO job_changes (idempotency_key, job_id, call_id, kind, during)
    SELECT $15, id, call_id, 'booked', during FROM job),
  released AS (
    DELETE FROM holds h USING job WHERE h.call_id = job.call_id),
  payment AS (
    INSERT INTO payments (job_id, amount, idempotency_key)
    SELECT id, deposit_amount, 'deposit:' || id FROM job WHERE deposit_amount > 0),
  link AS (
    INSERT INTO outbox (key, kind, call_id, job_id)
    SELECT 'checkout:' || id, 'checkout', call_id, id FROM job WHERE deposit_amount > 0)
SELECT id::text FROM job
"""

REMEMBER = """
INSERT INTO job_changes (idempotency_key, job_id, call_id, kind, during)
SELECT $1, id, $3, $4, during FROM jobs WHERE id = $2
"""

RELEASE = "DELETE FROM holds WHERE call_id = $1"

OWNER = """
SELECT c.phone FROM jobs j JOIN customers c ON c.id = j.customer_id WHERE j.id = $1
"""

LOCK_STATUS = "SELECT status FROM jobs WHERE id = $1 FOR NO KEY UPDATE"

LOCK_LIVE = """
SELECT service_type FROM jobs
 WHERE id = $1 AND status IN ('booked', 'confirmed')
   FOR NO KEY UPDATE
"""

MOVE = """
UPDATE jobs SET technician_id = $2, during = tstzrange($3, $4), updated_at = app_now()
 WHERE id = $1
"""

CANCEL = "UPDATE jobs SET status = 'cancelled', updated_at = app_now() WHERE id = $1"

# A leased task is under way in a dispatcher, which looks at the job again before it sends.
DROP_LINK_TASKS = """
UPDATE outbox SET state = 'dropped', finished_at = clock_timestamp()
 WHERE job_id = $1 AND state = 'waiting' AND (kind = 'checkout' OR needs_link)
"""


GET = "SELECT * FROM job_records WHERE id = $1"

OF_CALL = """
SELECT r.*
  FROM job_changes c JOIN job_records r ON r.id = c.job_id
 WHERE c.call_id = $1
 ORDER BY c.position DESC
 LIMIT 1
"""

OPEN_FOR = """
SELECT *
  FROM job_records
 WHERE phone = $1 AND status IN ('booked', 'confirmed') AND window_end > app_now()
 ORDER BY window_start
"""

# The call that made the booking came from the customer's number: there the confirmation went.
_MADE_FROM = """
  FROM job_records r JOIN calls o ON o.id = r.call_id
 WHERE r.phone = $1 AND o.from_number = $1 AND o.direction = 'inbound'
   AND r.status IN ('booked', 'confirmed') AND r.window_end > app_now()
"""
MADE_FROM = f"SELECT r.* {_MADE_FROM} ORDER BY r.window_start"
ANY_MADE_FROM = f"SELECT 1 {_MADE_FROM} LIMIT 1"
MADE_BY = """
SELECT idempotency_key FROM job_changes WHERE job_id = $1 ORDER BY position LIMIT 1
"""
