-- Which calls still have their words: what was said is kept for as long as the owner's policy says.
-- depends: 0011.usage

ALTER TABLE calls ADD COLUMN words_dropped boolean NOT NULL DEFAULT false;

CREATE INDEX calls_with_words ON calls (ended_at) WHERE NOT words_dropped;
