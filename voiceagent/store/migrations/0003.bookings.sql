-- Customers, technicians' time, prices and jobs.
-- depends: 0002.calls

CREATE TABLE customers (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    phone      text NOT NULL UNIQUE CHECK (phone ~ '^\+[1-9][0-9]{6,14}$'),
    name       text NOT NULL,
    email      text,
    address    text,
    created_at timestamptz NOT NULL DEFAULT app_now(),
    updated_at timestamptz NOT NULL DEFAULT app_now()
);

-- `key` is the business file's identifier. The number exists because a range type over it lets
-- built-in GiST exclude overlaps, with no extension.
CREATE TABLE technicians (
    id  integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text NOT NULL UNIQUE
);

-- Windows offered to a call and kept for it until they expire. The id is random: nobody can book
-- a window that was not offered to them. Expired rows stay until the call is over, so that its
-- caller can be told "that one is gone" rather than "never offered".
CREATE TABLE holds (
    slot_id       text PRIMARY KEY,
    call_id       uuid NOT NULL REFERENCES calls ON DELETE CASCADE,
    position      integer NOT NULL,
    technician_id integer NOT NULL REFERENCES technicians,
    service_type  text NOT NULL,
    during        tstzrange NOT NULL CHECK (NOT isempty(during) AND lower_inc(during)
                                            AND NOT upper_inc(during)),
    expires_at    timestamptz NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT app_now()
);
CREATE INDEX holds_by_call ON holds (call_id);
CREATE INDEX holds_by_time ON holds USING gist (
    int4range(technician_id, technician_id, '[]'), during);

-- A computed price. Amounts in cents. Bookings take their amounts from here.
CREATE TABLE quotes (
    id            text PRIMARY KEY,
    call_id       uuid NOT NULL REFERENCES calls ON DELETE CASCADE,
    position      bigint GENERATED ALWAYS AS IDENTITY,
    price_version text NOT NULL,
    service_type  text NOT NULL,
    after_hours   boolean NOT NULL,
    service_call  integer NOT NULL CHECK (service_call >= 0),
    range_low     integer NOT NULL CHECK (range_low >= 0),
    range_high    integer NOT NULL CHECK (range_high >= range_low),
    estimate      integer NOT NULL CHECK (estimate >= 0),
    emergency_fee integer NOT NULL CHECK (emergency_fee >= 0),
    deposit       integer NOT NULL CHECK (deposit BETWEEN 0 AND estimate),
    created_at    timestamptz NOT NULL DEFAULT app_now()
);
CREATE INDEX quotes_by_call ON quotes (call_id, service_type, position);

-- A booking. Live ones of one technician never overlap: the constraint decides, whatever any
-- worker believes.
CREATE TABLE jobs (
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    code           text NOT NULL CHECK (code ~ '^[0-9]{6}$'),
    customer_id    uuid NOT NULL REFERENCES customers,
    call_id        uuid REFERENCES calls ON DELETE SET NULL,
    quote_id       text NOT NULL,
    technician_id  integer NOT NULL REFERENCES technicians,
    during         tstzrange NOT NULL CHECK (NOT isempty(during) AND lower_inc(during)
                                             AND NOT upper_inc(during)),
    service_type   text NOT NULL,
    description    text NOT NULL,
    address        text NOT NULL,
    notes          text NOT NULL DEFAULT '',
    priority       text NOT NULL CHECK (priority IN ('standard', 'emergency')),
    status         text NOT NULL DEFAULT 'booked'
                       CHECK (status IN ('booked', 'confirmed', 'cancelled', 'completed')),
    estimated_cost integer NOT NULL CHECK (estimated_cost >= 0),
    deposit_amount integer NOT NULL CHECK (deposit_amount BETWEEN 0 AND estimated_cost),
    created_at     timestamptz NOT NULL DEFAULT app_now(),
    updated_at     timestamptz NOT NULL DEFAULT app_now(),
    CONSTRAINT jobs_no_overlap EXCLUDE USING gist (
        int4range(technician_id, technician_id, '[]') WITH &&, during WITH &&
    ) WHERE (status IN ('booked', 'confirmed'))
);
-- A code names one live booking; it may be used again when that one is over.
CREATE UNIQUE INDEX jobs_by_code ON jobs (code) WHERE status IN ('booked', 'confirmed');
-- The same person asking for the same thing at the same time means the same booking.
CREATE UNIQUE INDEX jobs_once ON jobs (customer_id, service_type, during)
    WHERE status IN ('booked', 'confirmed');
CREATE INDEX jobs_by_call ON jobs (call_id);

-- What was done to jobs, by which call. The idempotency key makes each act happen once.
CREATE TABLE job_changes (
    idempotency_key text PRIMARY KEY,
    job_id          uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    call_id         uuid REFERENCES calls ON DELETE SET NULL,
    kind            text NOT NULL CHECK (kind IN ('booked', 'rescheduled', 'cancelled')),
    during          tstzrange NOT NULL,
    position        bigint GENERATED ALWAYS AS IDENTITY,
    at              timestamptz NOT NULL DEFAULT app_now()
);
CREATE INDEX job_changes_by_call ON job_changes (call_id, position);
CREATE INDEX job_changes_by_job ON job_changes (job_id);
