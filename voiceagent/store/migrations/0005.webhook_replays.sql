-- Webhooks of the carrier that were answered. Its signatures carry no time, so a replay can only be
-- recognised by having been seen.
-- depends: 0004.money_and_messages

CREATE TABLE webhook_replays (
    kind     text NOT NULL,
    sid      text NOT NULL,
    sequence text NOT NULL,
    at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (kind, sid, sequence)
);
