-- Wrong codes, by the number that they were tried at: bounded over all conversations.
-- depends: 0027.pages_in_spanish

CREATE TABLE code_guesses (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    call_id uuid NOT NULL REFERENCES calls ON DELETE CASCADE,
    phone   text NOT NULL CHECK (phone ~ '^\+[1-9][0-9]{6,14}$'),
    at      timestamptz NOT NULL DEFAULT app_now()
);
CREATE INDEX code_guesses_by_phone ON code_guesses (phone, at);
CREATE INDEX code_guesses_by_call ON code_guesses (call_id);
