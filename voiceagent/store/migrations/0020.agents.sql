-- What tools leave behind for people and for later calls: call backs, offers, facts that may be
-- kept; and prices as they were published, with quotes that say how long they hold.
-- depends: 0016.payment_ledger

-- Somebody is to be rung back. One row a call and number, so asking twice is one call back.
CREATE TABLE call_backs (
    key       text PRIMARY KEY,
    call_id   uuid NOT NULL REFERENCES calls ON DELETE CASCADE,
    who       text NOT NULL,
    reason    text NOT NULL,
    summary   text NOT NULL,
    ring_from timestamptz NOT NULL,
    ring_till timestamptz NOT NULL CHECK (ring_till > ring_from),
    asked_at  timestamptz NOT NULL DEFAULT app_now(),
    done_at   timestamptz,
    done_by   text NOT NULL DEFAULT '',
    CHECK ((done_at IS NULL) = (done_by = ''))
);
CREATE INDEX call_backs_open ON call_backs (ring_from) WHERE done_at IS NULL;
CREATE INDEX call_backs_by_call ON call_backs (call_id);

-- What a caller was promised. The terms are kept here: what the business file says later changes
-- nothing that was given. A row is used by one job at most, in that job's own transaction.
CREATE TABLE offers (
    code         text PRIMARY KEY CHECK (code ~ '^[A-Z0-9]{10,20}$'),
    rule         text NOT NULL,
    phone        text CHECK (phone ~ '^\+[1-9][0-9]{6,14}$'),
    call_id      uuid REFERENCES calls ON DELETE SET NULL,
    no_trip_fee  boolean NOT NULL,
    percent      numeric(5, 2) NOT NULL CHECK (percent BETWEEN 0 AND 100),
    services     text[] NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT app_now(),
    expires_at   timestamptz NOT NULL,
    used_at      timestamptz,
    used_by      uuid REFERENCES jobs ON DELETE SET NULL,
    CHECK (used_by IS NULL OR used_at IS NOT NULL)
);
CREATE INDEX offers_by_phone ON offers (phone, rule);
CREATE INDEX offers_by_call ON offers (call_id);

-- What customers want to be known of them, each with who said it, how it may be kept, and when.
CREATE TABLE customer_facts (
    phone   text NOT NULL CHECK (phone ~ '^\+[1-9][0-9]{6,14}$'),
    kind    text NOT NULL,
    value   text NOT NULL CHECK (length(value) BETWEEN 1 AND 200),
    origin  text NOT NULL CHECK (origin IN ('unproven', 'proven', 'system')),
    consent text NOT NULL CHECK (consent IN ('asked_for', 'agreed')),
    call_id uuid REFERENCES calls ON DELETE SET NULL,
    at      timestamptz NOT NULL DEFAULT app_now(),
    PRIMARY KEY (phone, kind)
);
CREATE INDEX customer_facts_by_call ON customer_facts (call_id);

-- Price tables as they were published. A version never changes: quotes name it.
CREATE TABLE price_tables (
    version        text PRIMARY KEY,
    effective_from date NOT NULL,
    body           json NOT NULL,
    digest         text NOT NULL,
    received_at    timestamptz NOT NULL DEFAULT app_now()
);

-- A day's prices are fetched once, whoever is quicker; what failed may be tried again later.
CREATE TABLE price_syncs (
    day      date PRIMARY KEY,
    began_at timestamptz NOT NULL DEFAULT app_now(),
    result   text NOT NULL DEFAULT ''
);

ALTER TABLE quotes
    ADD COLUMN offer      text NOT NULL DEFAULT '',
    ADD COLUMN expires_at timestamptz,
    ADD COLUMN digest     text NOT NULL DEFAULT '';

-- A third one in the conference of a hand-off, rung once the first has joined.
ALTER TABLE hand_offs
    ADD COLUMN guest     text NOT NULL DEFAULT '',
    ADD COLUMN guest_leg text NOT NULL DEFAULT '',
    ADD COLUMN guest_sid text NOT NULL DEFAULT '';
CREATE UNIQUE INDEX hand_offs_by_guest ON hand_offs (guest_leg) WHERE guest_leg <> '';
