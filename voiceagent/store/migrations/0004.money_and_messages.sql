-- Deposits, the payment provider's events, and everything that must leave the house once.
-- depends: 0003.bookings

-- One deposit per job. `stage` only ever rises (open < failed < expired < paid < refunded), so
-- events may arrive twice or in any order and end in the same place.
CREATE TABLE payments (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    job_id          uuid NOT NULL UNIQUE REFERENCES jobs ON DELETE CASCADE,
    amount          integer NOT NULL CHECK (amount > 0),
    idempotency_key text NOT NULL UNIQUE,
    session_id      text UNIQUE,
    checkout_url    text,
    stage           integer NOT NULL DEFAULT 0 CHECK (stage BETWEEN 0 AND 4),
    status          text NOT NULL GENERATED ALWAYS AS (
                        (ARRAY['open', 'failed', 'expired', 'paid', 'refunded'])[stage + 1]
                    ) STORED,
    paid_at         timestamptz,
    created_at      timestamptz NOT NULL DEFAULT app_now(),
    updated_at      timestamptz NOT NULL DEFAULT app_now(),
    CHECK ((session_id IS NULL) = (checkout_url IS NULL))
);

-- Events of the payment provider, each applied once. `effect` says what it did.
CREATE TABLE webhook_events (
    id         text PRIMARY KEY,
    kind       text NOT NULL,
    session_id text NOT NULL,
    job_id     text NOT NULL,
    paid       boolean NOT NULL,
    effect     text NOT NULL,
    at         timestamptz NOT NULL DEFAULT app_now()
);

-- What must still leave, written in the transaction that decided it.
--
-- waiting -> leased -> done, or back to waiting after a failure, or dead when that is hopeless, or
-- dropped when it lost its purpose. A lease that ran out is taken by the next dispatcher. A text
-- with {checkout_url} waits for its job's checkout. Times here are clock_timestamp(): they measure
-- real waiting, not business time.
CREATE TABLE outbox (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key         text NOT NULL UNIQUE,
    kind        text NOT NULL CHECK (kind IN ('checkout', 'text')),
    state       text NOT NULL DEFAULT 'waiting'
                    CHECK (state IN ('waiting', 'leased', 'done', 'dead', 'dropped')),
    call_id     uuid REFERENCES calls ON DELETE SET NULL,
    job_id      uuid REFERENCES jobs ON DELETE CASCADE,
    channel     text NOT NULL DEFAULT '',
    recipient   text NOT NULL DEFAULT '',
    body        text NOT NULL DEFAULT '',
    needs_link  boolean NOT NULL GENERATED ALWAYS AS (
                    position('{checkout_url}' IN body) > 0) STORED,
    attempts    integer NOT NULL DEFAULT 0,
    due_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    lease       uuid,
    error_code  text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    CHECK ((state = 'leased') = (lease IS NOT NULL)),
    CHECK (kind = 'text' OR job_id IS NOT NULL)
);
CREATE INDEX outbox_due ON outbox (due_at) WHERE state IN ('waiting', 'leased');
CREATE INDEX outbox_by_job ON outbox (job_id);

-- Wakes the dispatchers when their transaction commits.
CREATE FUNCTION outbox_wake() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('voiceagent_outbox', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER outbox_wake AFTER INSERT ON outbox
    FOR EACH STATEMENT EXECUTE FUNCTION outbox_wake();

-- Texts as they left, or came in.
CREATE TABLE messages (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key        text NOT NULL UNIQUE,
    direction  text NOT NULL CHECK (direction IN ('inbound', 'outbound')),
    channel    text NOT NULL,
    address    text NOT NULL,
    body       text NOT NULL,
    carrier_id text NOT NULL DEFAULT '',
    call_id    uuid REFERENCES calls ON DELETE SET NULL,
    job_id     uuid REFERENCES jobs ON DELETE CASCADE,
    at         timestamptz NOT NULL DEFAULT app_now()
);
CREATE INDEX messages_by_call ON messages (call_id, id);

-- A job with everything that the engine's `Job` record holds.
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
