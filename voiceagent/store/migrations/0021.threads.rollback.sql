DROP INDEX outbox_to_person;
DROP TABLE text_consents, thread_messages, threads;
