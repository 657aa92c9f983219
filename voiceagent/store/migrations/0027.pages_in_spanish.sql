-- Pages in another language beside the English ones, each by the stems of its own.
-- depends: 0026.knowledge

-- Spanish is typed with accents or without, and its stems are cut by them: both are kept.
ALTER TABLE knowledge_passages DROP COLUMN words;
ALTER TABLE knowledge_passages ADD COLUMN locale text NOT NULL DEFAULT 'en-US';
ALTER TABLE knowledge_passages ADD COLUMN words tsvector NOT NULL GENERATED ALWAYS AS (
    CASE locale
        WHEN 'es-US' THEN
            to_tsvector('spanish', title || '. ' || heading || '. ' || text)
            || to_tsvector('spanish', translate(
                   lower(title || '. ' || heading || '. ' || text),
                   'áéíóúüñÁÉÍÓÚÜÑ', 'aeiouunaeiouun'))
        ELSE to_tsvector('english', title || '. ' || heading || '. ' || text)
    END) STORED;
CREATE INDEX knowledge_by_word ON knowledge_passages USING gin (words);
