-- Two servers on one database (a rolling deploy): the sweep leaves the calls of a run that still lives.
-- depends: 0009.webhook_answers

CREATE TABLE runs (
    id      uuid PRIMARY KEY,
    worker  integer NOT NULL,
    seen_at timestamptz NOT NULL
);

-- Which run of the server has the call; no reference, since runs are forgotten.
ALTER TABLE calls ADD COLUMN run uuid;
