-- What is written with people: one thread a person over all text channels, and who wants no texts.
-- depends: 0016.payment_ledger

-- `person` is an E.164 number, or `chat:` and the digest of a browser's key. `call_id` is the
-- conversation that is open; up to `journal_to` and `turns_to` its rows belong to messages that were
-- answered, what comes after them to one that a dead worker had begun. `case_file` is where it stands
-- by then, so that its journal need not be heard again for every message; empty where that is needed.
CREATE TABLE threads (
    id         uuid PRIMARY KEY,
    person     text NOT NULL UNIQUE,
    call_id    uuid REFERENCES calls ON DELETE SET NULL,
    journal_to integer NOT NULL DEFAULT -1,
    turns_to   integer NOT NULL DEFAULT 0,
    case_file  text NOT NULL DEFAULT '',
    updated_at timestamptz NOT NULL DEFAULT app_now()
);
CREATE UNIQUE INDEX threads_by_call ON threads (call_id);
CREATE INDEX threads_open ON threads (updated_at) WHERE call_id IS NOT NULL;

-- A message of theirs with its reply, or (without a `key` of theirs) one of ours. `key` is the
-- channel's own name for it: the same one twice is one message. `position` is the sender's count.
--
-- waiting -> answered, or replaced by an edit. The reply is owed until somebody has it: handed to
-- the request that waits for it until `patience_until`, after that queued in the outbox. Those times
-- are clock_timestamp(): they measure real waiting.
CREATE TABLE thread_messages (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    thread_id      uuid NOT NULL REFERENCES threads ON DELETE CASCADE,
    call_id        uuid REFERENCES calls ON DELETE SET NULL,
    key            text NOT NULL UNIQUE,
    channel        text NOT NULL,
    position       integer NOT NULL DEFAULT 0,
    text           text NOT NULL,
    expecting      text NOT NULL DEFAULT '',
    state          text NOT NULL DEFAULT 'waiting'
                       CHECK (state IN ('waiting', 'answered', 'replaced')),
    attempts       integer NOT NULL DEFAULT 0,
    reply          text NOT NULL DEFAULT '',
    delivery       text NOT NULL DEFAULT 'none'
                       CHECK (delivery IN ('none', 'owed', 'handed', 'queued', 'sent', 'delivered',
                                           'read', 'failed')),
    patience_until timestamptz NOT NULL,
    at             timestamptz NOT NULL DEFAULT app_now(),
    CHECK (delivery = 'none' OR state = 'answered')
);
CREATE INDEX thread_messages_by_thread ON thread_messages (thread_id, id);
CREATE INDEX thread_messages_waiting ON thread_messages (patience_until)
    WHERE state = 'waiting' OR delivery = 'owed';

-- Who wants no texts, by the digest of the number or address: it outlives that they are forgotten.
CREATE TABLE text_consents (
    address text PRIMARY KEY,
    stopped boolean NOT NULL,
    source  text NOT NULL,
    at      timestamptz NOT NULL DEFAULT app_now()
);

-- Replies to a person leave in their order.
CREATE INDEX outbox_to_person ON outbox (recipient, id)
    WHERE kind = 'text' AND state IN ('waiting', 'leased');
