-- The ledger of deposits: what the payment provider told, only ever added to.
-- depends: 0015.hand_offs

-- One row an event. A deposit's status is a fold of its rows that knows no order
-- (domain/ledger.py). `job_id` is null for a refund or dispute that came before its payment: it is
-- found by `payment` once that is told. No row tells who somebody is.
CREATE TABLE payment_entries (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id text NOT NULL UNIQUE REFERENCES webhook_events,
    job_id   uuid REFERENCES jobs,
    kind     text NOT NULL CHECK (kind IN ('pending', 'failed', 'expired', 'paid', 'refunded',
                                           'disputed', 'dispute_won', 'dispute_lost')),
    amount   integer NOT NULL CHECK (amount BETWEEN 0 AND 99999999),
    currency text NOT NULL,
    payment  text NOT NULL,
    subject  text NOT NULL,
    at       timestamptz NOT NULL DEFAULT app_now()
);
CREATE INDEX payment_entries_by_job ON payment_entries (job_id);
CREATE INDEX payment_entries_by_payment ON payment_entries (payment) WHERE payment <> '';

CREATE FUNCTION payment_entries_stand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is only added to';
END
$$;
CREATE TRIGGER payment_entries_stand BEFORE UPDATE OR DELETE ON payment_entries
    FOR EACH ROW EXECUTE FUNCTION payment_entries_stand();

-- `stage` is no rank any more: it is what the fold came to, as a place in the list of statuses.
DROP VIEW job_records;
ALTER TABLE payments
    DROP COLUMN status,
    DROP CONSTRAINT payments_stage_check,
    ADD CONSTRAINT payments_stage_check CHECK (stage BETWEEN 0 AND 8),
    ADD COLUMN status text NOT NULL GENERATED ALWAYS AS (
        (ARRAY['open', 'failed', 'expired', 'paid', 'refunded', 'pending', 'short', 'disputed',
               'lost'])[stage + 1]) STORED,
    ADD COLUMN currency text NOT NULL DEFAULT 'usd',
    ADD COLUMN balance integer NOT NULL DEFAULT 0,
    ADD COLUMN reminded_at timestamptz;
CREATE INDEX payments_unpaid ON payments (created_at) WHERE stage IN (0, 1, 2);
CREATE INDEX jobs_to_come ON jobs (lower(during)) WHERE status = 'booked';
CREATE INDEX payments_with_money ON payments (updated_at) WHERE stage >= 3;

CREATE VIEW job_records AS
    SELECT j.id, j.code, j.service_type, j.description, j.address, lower(j.during) AS window_start,
           upper(j.during) AS window_end, t.key AS technician, j.priority, j.status, j.notes,
           j.estimated_cost, j.deposit_amount, coalesce(p.status = 'paid', false) AS deposit_paid,
           p.checkout_url, j.call_id, c.id AS customer_id, c.name AS customer_name, c.phone,
           c.email, c.address AS customer_address
      FROM jobs j
      JOIN customers c ON c.id = j.customer_id
      JOIN technicians t ON t.id = j.technician_id
      LEFT JOIN payments p ON p.job_id = j.id;

-- Events that were applied before there was a ledger: amounts were not kept, they were the deposit.
INSERT INTO payment_entries (event_id, job_id, kind, amount, currency, payment, subject, at)
SELECT e.id, p.job_id, e.what,
       CASE WHEN e.what IN ('paid', 'refunded') THEN p.amount ELSE 0 END, 'usd', '',
       CASE WHEN e.what = 'refunded' THEN p.job_id::text
            ELSE coalesce(nullif(e.session_id, ''), p.job_id::text) END, e.at
  FROM (SELECT *, CASE WHEN kind LIKE '%.refunded' THEN 'refunded'
                       WHEN kind LIKE '%payment_failed' THEN 'failed'
                       WHEN kind LIKE '%.expired' THEN 'expired'
                       WHEN paid THEN 'paid'
                       ELSE 'pending' END AS what
          FROM webhook_events) AS e
  CROSS JOIN LATERAL (SELECT * FROM payments
                       WHERE session_id = e.session_id OR job_id::text = e.job_id
                       ORDER BY (session_id = e.session_id) IS TRUE DESC
                       LIMIT 1) AS p
 ORDER BY e.at, e.id;
UPDATE payments SET balance = amount WHERE stage = 3;
