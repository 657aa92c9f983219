-- Calls, what was said in them, and what a successor or an auditor needs to know.
-- depends: 0001.time

-- One row per conversation; a carrier that announces a call twice finds the first row.
CREATE TABLE calls (
    id          uuid PRIMARY KEY,
    call_sid    text NOT NULL UNIQUE,
    channel     text NOT NULL,
    direction   text NOT NULL CHECK (direction IN ('inbound', 'outbound')),
    from_number text NOT NULL,
    to_number   text NOT NULL,
    started_at  timestamptz NOT NULL DEFAULT app_now(),
    ended_at    timestamptz,
    outcome     text CHECK (outcome IN (
                    'booked', 'quoted', 'rescheduled', 'cancelled', 'answered', 'transferred',
                    'emergency', 'voicemail', 'abandoned', 'refused', 'failed')),
    CHECK ((outcome IS NULL) = (ended_at IS NULL))
);
CREATE INDEX calls_open ON calls (started_at) WHERE outcome IS NULL;
CREATE INDEX calls_by_caller ON calls (from_number);

-- One row per turn. The stages of an answer are all known or none is, and they make up v2v_ms:
-- a total that disagrees with its parts cannot be stored.
CREATE TABLE agent_turns (
    call_id     uuid NOT NULL REFERENCES calls ON DELETE CASCADE,
    idx         integer NOT NULL CHECK (idx >= 0),
    speaker     text NOT NULL CHECK (speaker IN ('caller', 'agent')),
    text        text NOT NULL,
    heard       text NOT NULL,
    at          timestamptz NOT NULL,
    decided_by  text NOT NULL DEFAULT '',
    endpoint_ms double precision CHECK (endpoint_ms >= 0),
    stt_ms      double precision CHECK (stt_ms >= 0),
    think_ms    double precision CHECK (think_ms >= 0),
    tools_ms    double precision CHECK (tools_ms >= 0),
    tts_ms      double precision CHECK (tts_ms >= 0),
    send_ms     double precision CHECK (send_ms >= 0),
    v2v_ms      double precision GENERATED ALWAYS AS
                    (endpoint_ms + stt_ms + think_ms + tools_ms + tts_ms + send_ms) STORED,
    stored_at   timestamptz NOT NULL DEFAULT app_now(),
    PRIMARY KEY (call_id, idx),
    CHECK (num_nulls(endpoint_ms, stt_ms, think_ms, tools_ms, tts_ms, send_ms) IN (0, 6))
);

-- Things that happened at a time, e.g. `disclosure.heard`. No personal data in `detail`.
CREATE TABLE call_events (
    id      uuid PRIMARY KEY,
    call_id uuid NOT NULL REFERENCES calls ON DELETE CASCADE,
    kind    text NOT NULL,
    detail  text NOT NULL DEFAULT '',
    at      timestamptz NOT NULL DEFAULT app_now()
);
CREATE INDEX call_events_by_call ON call_events (call_id, at);

-- Committed steps of a conversation: the next worker reads them and goes on after a crash.
CREATE TABLE turn_journal (
    call_id uuid NOT NULL REFERENCES calls ON DELETE CASCADE,
    idx     integer NOT NULL CHECK (idx >= 0),
    kind    text NOT NULL,
    body    json NOT NULL,
    at      timestamptz NOT NULL DEFAULT app_now(),
    PRIMARY KEY (call_id, idx)
);

-- Every tool call with its (already redacted) arguments and result.
CREATE TABLE tool_audit (
    id         uuid PRIMARY KEY,
    call_id    uuid NOT NULL REFERENCES calls ON DELETE CASCADE,
    idx        integer NOT NULL,
    name       text NOT NULL,
    arguments  json NOT NULL,
    result     json NOT NULL,
    error_code text NOT NULL DEFAULT '',
    elapsed_ms double precision NOT NULL,
    keys       text[] NOT NULL DEFAULT '{}',
    at         timestamptz NOT NULL DEFAULT app_now()
);
CREATE INDEX tool_audit_by_call ON tool_audit (call_id, idx);
