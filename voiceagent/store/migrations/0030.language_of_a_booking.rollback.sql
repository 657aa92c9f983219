DROP VIEW job_records;
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
ALTER TABLE jobs DROP COLUMN locale;
