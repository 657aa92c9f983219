-- Warm transfers under way and past: a caller waits in a conference while leads are rung. The row is
-- the state, so that any worker can go on with it.
-- depends: 0014.looks

CREATE TABLE hand_offs (
    call_id    uuid PRIMARY KEY REFERENCES calls ON DELETE CASCADE,
    key        text NOT NULL UNIQUE,
    call_sid   text NOT NULL,
    leads      text[] NOT NULL CHECK (cardinality(leads) > 0),
    legs       text[] NOT NULL CHECK (cardinality(legs) = cardinality(leads)),
    reason     text NOT NULL,
    summary    text NOT NULL,
    call_back  text NOT NULL,
    stage      text NOT NULL CHECK (stage IN (
                   'placing', 'ringing', 'briefing', 'joining', 'joined', 'parting', 'returning',
                   'ended')),
    attempt    integer NOT NULL CHECK (attempt >= -1),
    leg_sid    text NOT NULL DEFAULT '',
    tries      integer NOT NULL DEFAULT 0,
    ended      text CHECK (ended IN (
                   'transferred', 'returned', 'caller_left', 'unplaced', 'lost')),
    version    integer NOT NULL,
    due_at     timestamptz NOT NULL,
    CHECK ((stage = 'ended') = (ended IS NOT NULL))
);
CREATE INDEX hand_offs_due ON hand_offs (due_at) WHERE stage <> 'ended';
CREATE INDEX hand_offs_by_sid ON hand_offs (call_sid);
CREATE INDEX hand_offs_by_leg ON hand_offs USING gin (legs);
