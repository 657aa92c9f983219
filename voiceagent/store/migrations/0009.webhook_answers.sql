-- A copy of a webhook gets the first one's answer; what is old is forgotten.
-- depends: 0008.proposed_outcomes

ALTER TABLE webhook_replays
    ADD COLUMN claim  uuid,
    ADD COLUMN answer text;

CREATE INDEX webhook_replays_by_age ON webhook_replays (at);
