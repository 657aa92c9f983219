-- People: several may have one number, and who they are is proven. Who asked for each tool.
-- depends: 0016.payment_ledger

-- A number is a line of a family, an office or a hotel, not a person: a booking's customer is
-- whoever made it. Rows are only ever joined by a proof (a booking's code, a one-time code).
ALTER TABLE customers DROP CONSTRAINT customers_phone_key;
CREATE INDEX customers_by_phone ON customers (phone);

-- Codes that were texted to a number to see who is calling. Kept as a salted hash; the text itself
-- loses its digits once it has left. Times are the business's, as those of holds.
CREATE TABLE one_time_codes (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    call_id    uuid NOT NULL REFERENCES calls ON DELETE CASCADE,
    phone      text NOT NULL CHECK (phone ~ '^\+[1-9][0-9]{6,14}$'),
    salt       bytea NOT NULL,
    digest     bytea NOT NULL,
    tries      integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    created_at timestamptz NOT NULL DEFAULT app_now()
);
CREATE INDEX one_time_codes_by_call ON one_time_codes (call_id, phone);
CREATE INDEX one_time_codes_by_time ON one_time_codes (created_at);

-- Who asked for a tool (the house policy, a model, a program), and the caller's last words.
ALTER TABLE tool_audit ADD COLUMN asked_by text NOT NULL DEFAULT '',
                       ADD COLUMN heard text NOT NULL DEFAULT '';

-- A one-time code is in the clear only until its text has left, or never will.
CREATE FUNCTION without_code(body text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT regexp_replace(body, '[0-9]{6}', '******')
$$;
CREATE FUNCTION code_is_dropped() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.body := without_code(NEW.body);
    RETURN NEW;
END
$$;
CREATE TRIGGER outbox_drops_code BEFORE UPDATE ON outbox FOR EACH ROW
    WHEN (NEW.key LIKE 'one-time-code:%' AND NEW.state IN ('done', 'dead', 'dropped'))
    EXECUTE FUNCTION code_is_dropped();
CREATE TRIGGER messages_drop_code BEFORE INSERT ON messages FOR EACH ROW
    WHEN (NEW.key LIKE 'one-time-code:%')
    EXECUTE FUNCTION code_is_dropped();
