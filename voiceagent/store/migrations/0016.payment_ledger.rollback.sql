DROP VIEW job_records;
DROP TABLE payment_entries;
DROP FUNCTION payment_entries_stand();
DROP INDEX payments_unpaid, payments_with_money, jobs_to_come;
UPDATE payments SET stage = CASE stage WHEN 5 THEN 0 WHEN 6 THEN 0 ELSE 4 END WHERE stage > 4;
ALTER TABLE payments
    DROP COLUMN status,
    DROP COLUMN currency,
    DROP COLUMN balance,
    DROP COLUMN reminded_at,
    DROP CONSTRAINT payments_stage_check,
    ADD CONSTRAINT payments_stage_check CHECK (stage BETWEEN 0 AND 4),
    ADD COLUMN status text NOT NULL GENERATED ALWAYS AS (
        (ARRAY['open', 'failed', 'expired', 'paid', 'refunded'])[stage + 1]) STORED;
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
