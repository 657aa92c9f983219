-- Who waits for a time, and the windows that cancelled and moved visits leave.
-- depends: 0016.payment_ledger

-- One live place a number and service. While OFFERED its window is held for its call (`holds`).
CREATE TABLE waiting_list (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    call_id       uuid NOT NULL REFERENCES calls ON DELETE CASCADE,
    channel       text NOT NULL CHECK (channel IN ('sms', 'whatsapp')),
    text_to       text NOT NULL CHECK (text_to ~ '^\+[1-9][0-9]{6,14}$'),
    phone         text NOT NULL CHECK (phone ~ '^\+[1-9][0-9]{6,14}$'),
    customer_name text NOT NULL,
    address       text NOT NULL,
    service_type  text NOT NULL,
    description   text NOT NULL,
    notes         text NOT NULL,
    first_day     date NOT NULL,
    last_day      date NOT NULL CHECK (last_day >= first_day),
    not_before    time,
    not_after     time,
    technician    text,
    stage         text NOT NULL DEFAULT 'waiting'
                      CHECK (stage IN ('waiting', 'offered', 'booked')),
    slot_id       text,
    technician_id integer REFERENCES technicians,
    during        tstzrange,
    offered_until timestamptz,
    passed        text[] NOT NULL DEFAULT '{}',
    position      bigint GENERATED ALWAYS AS IDENTITY,
    joined_at     timestamptz NOT NULL DEFAULT app_now(),
    CHECK ((stage = 'offered') = (slot_id IS NOT NULL)),
    CHECK ((slot_id IS NULL) = (offered_until IS NULL)),
    CHECK ((slot_id IS NULL) = (during IS NULL)),
    CHECK ((slot_id IS NULL) = (technician_id IS NULL))
);
CREATE UNIQUE INDEX waiting_list_once ON waiting_list (text_to, service_type)
    WHERE stage IN ('waiting', 'offered');
CREATE INDEX waiting_list_by_phone ON waiting_list (phone, service_type)
    WHERE stage IN ('waiting', 'offered');
CREATE INDEX waiting_list_by_call ON waiting_list (call_id);

CREATE TABLE freed_windows (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    technician_id integer NOT NULL REFERENCES technicians,
    during        tstzrange NOT NULL,
    freed_at      timestamptz NOT NULL DEFAULT app_now()
);

-- Whatever takes a visit away frees its window, in the same transaction. Without anybody who waits
-- nothing is written.
CREATE FUNCTION jobs_free_windows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF lower(OLD.during) > app_now() AND EXISTS (SELECT FROM waiting_list WHERE stage <> 'booked')
    THEN
        INSERT INTO freed_windows (technician_id, during) VALUES (OLD.technician_id, OLD.during);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER jobs_free_windows AFTER UPDATE OF status, during, technician_id ON jobs
    FOR EACH ROW
    WHEN (OLD.status IN ('booked', 'confirmed')
          AND (NEW.status = 'cancelled'
               OR NEW.during <> OLD.during OR NEW.technician_id <> OLD.technician_id))
    EXECUTE FUNCTION jobs_free_windows();
