-- What became of texts, whom none reach, and what the carrier is asked before one is repeated.
-- depends: 0016.payment_ledger

-- `asked_at`: the carrier was asked to send it, and whether it did is not known yet.
-- `counted_at`: it has its place under the caps of a day.
-- `told_*`: what the carrier reported of it before we had written down that it left.
ALTER TABLE outbox
    ADD COLUMN asked_at timestamptz,
    ADD COLUMN counted_at timestamptz,
    ADD COLUMN told_id text NOT NULL DEFAULT '',
    ADD COLUMN told text NOT NULL DEFAULT 'sent'
        CHECK (told IN ('sent', 'undelivered', 'delivered')),
    ADD COLUMN told_code text NOT NULL DEFAULT '';
CREATE INDEX outbox_counted ON outbox (counted_at) WHERE counted_at IS NOT NULL;

-- Only rises: sent, undelivered, delivered (domain/texting.py).
ALTER TABLE messages
    ADD COLUMN status text NOT NULL DEFAULT 'sent'
        CHECK (status IN ('sent', 'undelivered', 'delivered')),
    ADD COLUMN status_code text NOT NULL DEFAULT '',
    ADD COLUMN status_at timestamptz;
CREATE INDEX messages_by_carrier_id ON messages (carrier_id) WHERE carrier_id <> '';

-- Numbers that get no texts, by a digest: somebody who is forgotten is still not texted.
CREATE TABLE no_texts (
    digest text PRIMARY KEY,
    why    text NOT NULL CHECK (why IN ('opted_out', 'landline')),
    at     timestamptz NOT NULL DEFAULT app_now()
);

-- A refund by itself, and one that failed.
ALTER TABLE payment_entries
    DROP CONSTRAINT payment_entries_kind_check,
    ADD CONSTRAINT payment_entries_kind_check
        CHECK (kind IN ('pending', 'failed', 'expired', 'paid', 'refunded', 'refund',
                        'refund_failed', 'disputed', 'dispute_won', 'dispute_lost'));
