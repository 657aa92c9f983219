DELETE FROM knowledge_passages WHERE locale <> 'en-US';
ALTER TABLE knowledge_passages DROP COLUMN words;
ALTER TABLE knowledge_passages DROP COLUMN locale;
ALTER TABLE knowledge_passages ADD COLUMN words tsvector NOT NULL GENERATED ALWAYS AS
    (to_tsvector('english', title || '. ' || heading || '. ' || text)) STORED;
CREATE INDEX knowledge_by_word ON knowledge_passages USING gin (words);
