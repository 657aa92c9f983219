-- Who has looked at what in the console, and what a search for calls needs.
-- depends: 0011.usage

CREATE TABLE looks (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    who    text NOT NULL,
    role   text NOT NULL CHECK (role IN ('viewer', 'operator', 'owner')),
    what   text NOT NULL,
    about  text NOT NULL DEFAULT '',
    source text NOT NULL DEFAULT ''
);
CREATE INDEX looks_by_time ON looks (at);

CREATE INDEX calls_by_time ON calls (started_at DESC);
