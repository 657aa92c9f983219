-- Pages of the business in passages, to be found by words and, with an embedder, by meaning.
-- depends: 0025.persons_facts

-- `words` are its stems with those of its headings. `meaning` is what an embedder says of it, empty
-- where there was none; its length is the embedder's, so it has no fixed one and no index: a business
-- has hundreds of passages, and looking at all of them takes a millisecond or two.
CREATE TABLE knowledge_passages (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    page    text NOT NULL,
    title   text NOT NULL,
    digest  text NOT NULL,
    place   integer NOT NULL,
    heading text NOT NULL,
    text    text NOT NULL,
    words   tsvector NOT NULL GENERATED ALWAYS AS
                (to_tsvector('english', title || '. ' || heading || '. ' || text)) STORED,
    meaning real[] NOT NULL DEFAULT '{}',
    UNIQUE (page, place)
);
CREATE INDEX knowledge_by_word ON knowledge_passages USING gin (words);
