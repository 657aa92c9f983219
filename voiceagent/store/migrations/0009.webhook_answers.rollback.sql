DROP INDEX webhook_replays_by_age;
ALTER TABLE webhook_replays DROP COLUMN claim, DROP COLUMN answer;
