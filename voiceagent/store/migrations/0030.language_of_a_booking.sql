-- The language in which a booking was made: what is sent about it later is in that language too.
-- depends: 0029.outbox_is_looked_at

ALTER TABLE jobs ADD COLUMN locale text NOT NULL DEFAULT 'en-US';
CREATE OR REPLACE VIEW job_records AS
    SELECT j.id, j.code, j.service_type, j.description, j.address, lower(j.during) AS window_start,
           upper(j.during) AS window_end, t.key AS technician, j.priority, j.status, j.notes,
           j.estimated_cost, j.deposit_amount, coalesce(p.status = 'paid', false) AS deposit_paid,
           p.checkout_url, j.call_id, c.id AS customer_id, c.name AS customer_name, c.phone,
           c.email, c.address AS customer_address, j.locale
      FROM jobs j
      JOIN customers c ON c.id = j.customer_id
      JOIN technicians t ON t.id = j.technician_id
      LEFT JOIN payments p ON p.job_id = j.id;
