DROP VIEW job_records;
DROP TABLE messages, outbox, webhook_events, payments;
DROP FUNCTION outbox_wake();
