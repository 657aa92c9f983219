DROP INDEX customer_facts_by_time, customer_facts_of_line, customer_facts_of_person;
-- One fact a kind and number again: the newest.
DELETE FROM customer_facts f
 WHERE f.consent = 'vouched' OR EXISTS (
       SELECT FROM customer_facts o
        WHERE o.phone = f.phone AND o.kind = f.kind AND (o.at, o.ctid) > (f.at, f.ctid));
ALTER TABLE customer_facts
    DROP CONSTRAINT customer_facts_consent_check,
    DROP COLUMN customer_id,
    ADD CONSTRAINT customer_facts_consent_check CHECK (consent IN ('asked_for', 'agreed')),
    ADD PRIMARY KEY (phone, kind);
