-- What the ledger holds stays: it is only added to.
ALTER TABLE payment_entries
    DROP CONSTRAINT payment_entries_kind_check,
    ADD CONSTRAINT payment_entries_kind_check
        CHECK (kind IN ('pending', 'failed', 'expired', 'paid', 'refunded',
                        'disputed', 'dispute_won', 'dispute_lost')) NOT VALID;
DROP TABLE no_texts;
DROP INDEX messages_by_carrier_id;
ALTER TABLE messages DROP COLUMN status, DROP COLUMN status_code, DROP COLUMN status_at;
DROP INDEX outbox_counted;
ALTER TABLE outbox
    DROP COLUMN asked_at,
    DROP COLUMN counted_at,
    DROP COLUMN told_id,
    DROP COLUMN told,
    DROP COLUMN told_code;
