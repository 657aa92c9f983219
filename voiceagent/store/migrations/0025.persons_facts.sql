-- What is remembered is a person's, where it is known whose: a number is a line of several people.
-- depends: 0023.assets 0024.letters

-- Without a customer a fact is of whoever spoke on that line; the call tells who that turned out to be.
ALTER TABLE customer_facts
    DROP CONSTRAINT customer_facts_pkey,
    DROP CONSTRAINT customer_facts_consent_check,
    ADD COLUMN customer_id uuid REFERENCES customers,
    ADD CONSTRAINT customer_facts_consent_check
        CHECK (consent IN ('asked_for', 'agreed', 'vouched'));
CREATE UNIQUE INDEX customer_facts_of_person ON customer_facts (customer_id, kind)
    WHERE customer_id IS NOT NULL;
CREATE UNIQUE INDEX customer_facts_of_line ON customer_facts (phone, kind)
    WHERE customer_id IS NULL;
CREATE INDEX customer_facts_by_time ON customer_facts (at);
