DROP INDEX calls_with_words;
ALTER TABLE calls DROP COLUMN words_dropped;
