ALTER TABLE thread_messages DROP COLUMN subject, DROP COLUMN letter_id, DROP COLUMN letters_before;
