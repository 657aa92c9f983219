-- Several workers on one database: a crashed worker's open calls are its own to settle.
-- depends: 0005.webhook_replays

ALTER TABLE calls ADD COLUMN worker integer NOT NULL DEFAULT 0 CHECK (worker >= 0);
