-- Tokens of the business's other systems: what each may do. Its text is kept nowhere.
-- depends: 0017.waiting_list 0018.texts 0019.people 0020.agents 0021.threads

-- Times are the real ones (clock_timestamp()): who may come in does not follow the engine's clock.
CREATE TABLE api_tokens (
    id         text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{12}$'),
    name       text NOT NULL,
    scopes     text[] NOT NULL CHECK (cardinality(scopes) > 0),
    per_minute integer NOT NULL CHECK (per_minute > 0),
    digest     text NOT NULL,
    old_digest text NOT NULL DEFAULT '',
    old_until  timestamptz,
    made_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz,
    revoked_at timestamptz
);
