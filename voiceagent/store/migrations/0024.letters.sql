-- Messages that came by e-mail: what an answer to them needs.
-- depends: 0021.threads

-- `letter_id` is the letter's Message-ID, `letters_before` those it refers to, oldest first, with blanks
-- between; all empty for what is no letter. `threads.person` may be an e-mail address, in lower case.
ALTER TABLE thread_messages
    ADD COLUMN subject text NOT NULL DEFAULT '',
    ADD COLUMN letter_id text NOT NULL DEFAULT '',
    ADD COLUMN letters_before text NOT NULL DEFAULT '';
