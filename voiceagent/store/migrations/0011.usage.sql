-- What a call has used of providers that are paid by use: a row a kind of each of a model's replies.
-- micro_cents is a millionth of a cent; NULL means that nobody knows the price, and never that it is 0.
-- depends: 0010.runs

CREATE TABLE call_usage (
    call_id     uuid NOT NULL REFERENCES calls ON DELETE CASCADE,
    idx         integer NOT NULL CHECK (idx >= 0),
    turn        integer CHECK (turn >= 0),
    provider    text NOT NULL,
    kind        text NOT NULL,
    units       bigint NOT NULL CHECK (units >= 0),
    micro_cents bigint CHECK (micro_cents >= 0),
    estimated   boolean NOT NULL,
    at          timestamptz NOT NULL DEFAULT app_now(),
    PRIMARY KEY (call_id, idx, kind)
);
