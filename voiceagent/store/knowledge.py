"""Pages of the business on PostgreSQL: full text by its own index, meaning by pgvector.

pgvector is used where the database has it or lets us create it; without, passages are found by
their words alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from loguru import logger

from voiceagent.domain.knowledge import BusinessPage, Passage, spellings
from voiceagent.domain.locales import Locale
from voiceagent.errors import VoiceAgentError
from voiceagent.ports.knowledge import (
    Embedder,
    Reranker,
    meaning_in_time,
    meanings_of,
    relevance_in_time,
)
from voiceagent.store.pool import Connection, Database

_DIGESTS: Final = "SELECT DISTINCT page, digest FROM knowledge_passages"
_LOCK: Final = "SELECT pg_advisory_xact_lock(4205, hashtext($1))"
_DROP: Final = "DELETE FROM knowledge_passages WHERE page = $1"
_PUT: Final = """
INSERT INTO knowledge_passages (page, title, digest, locale, place, heading, text, meaning)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
# Each word of the question by the stems of its spellings, and where one of them stands; a word that
# stands nowhere has no ids, and one that is in every sentence has no stem.
_TERMS: Final = """
WITH asked AS (
    SELECT DISTINCT tsvector_to_array(to_tsvector($2::text::regconfig, spelt)) AS stems
      FROM unnest($1::text[]) AS one (spelt)
)
SELECT array_to_string(asked.stems, ' ') AS term, array_remove(array_agg(p.id), NULL) AS ids,
       (SELECT count(*) FROM knowledge_passages WHERE locale = $3) AS pages
  FROM asked
  LEFT JOIN knowledge_passages p ON p.locale = $3 AND p.words @@
       array_to_string(ARRAY(SELECT quote_literal(stem) FROM unnest(asked.stems) stem), '|')::tsquery
 WHERE asked.stems <> '{}'
 GROUP BY asked.stems
"""  # noqa: E501
_CONFIGURATIONS: Final = {Locale.EN_US: "english", Locale.ES_US: "spanish"}
"""PostgreSQL's text search configurations; the index is made by the same (migration 27)."""
_VECTORS: Final = "SELECT 1 FROM pg_extension WHERE extname = 'vector'"
_MAKE_VECTORS: Final = "CREATE EXTENSION IF NOT EXISTS vector"
_NEAR: Final = """
SELECT id, 1 - (meaning::vector <=> $1::real[]::vector) AS near FROM knowledge_passages
 WHERE locale = $3 AND array_length(meaning, 1) = array_length($1::real[], 1)
 ORDER BY near DESC, id LIMIT $2
"""
_PASSAGES: Final = """
SELECT id, page, title, heading, text FROM knowledge_passages
 WHERE id = ANY($1::bigint[]) ORDER BY array_position($1::bigint[], id)
"""


class PostgresKnowledge:
    """`ports.knowledge.Knowledge` on PostgreSQL.

    Args:
        database: the pool.
        embedder: tells what texts mean; ``None`` without one.
        reranker: reads what was found again; ``None`` without one.
    """

    def __init__(
        self, database: Database, embedder: Embedder | None = None, reranker: Reranker | None = None
    ) -> None:
        self._db = database
        self._embedder = embedder
        self._reranker = reranker
        self._has_vectors: bool | None = None

    async def digests(self) -> Mapping[str, str]:
        """See `ports.knowledge.Knowledge.digests`."""
        return {row["page"]: row["digest"] for row in await self._db.rows(_DIGESTS)}

    async def keep(self, page: BusinessPage) -> None:
        """See `ports.knowledge.Knowledge.keep`."""
        meanings = await meanings_of(page, self._embedder)
        of_page = page.name, page.title, page.digest, page.locale.value
        rows = [
            (*of_page, place, piece.heading, piece.text, list(meaning))
            for place, (piece, meaning) in enumerate(zip(page.pieces, meanings, strict=True))
        ]

        async def work(connection: Connection) -> None:
            await connection.execute(_LOCK, page.name)
            await connection.execute(_DROP, page.name)
            await connection.executemany(_PUT, rows)

        await self._db.run(work)

    async def drop(self, name: str) -> None:
        """See `ports.knowledge.Knowledge.drop`."""
        await self._db.execute(_DROP, name)

    async def terms(
        self, words: str, locale: Locale = Locale.EN_US
    ) -> tuple[Mapping[str, frozenset[int]], int]:
        """See `ports.knowledge.Knowledge.terms`."""
        spelt = [" ".join(spellings(word, locale)) for word in words.split()]
        rows = await self._db.rows(_TERMS, spelt, _CONFIGURATIONS[locale], locale.value)
        found = {row["term"]: frozenset(row["ids"]) for row in rows}
        return found, rows[0]["pages"] if rows else 0

    async def near(
        self, question: str, most: int, locale: Locale = Locale.EN_US
    ) -> Sequence[tuple[int, float]]:
        """See `ports.knowledge.Knowledge.near`."""
        if self._embedder is None or not await self._vectors():
            return []
        vector = await meaning_in_time(question, self._embedder)
        if vector is None:
            return []
        rows = await self._db.rows(_NEAR, list(vector), most, locale.value)
        return [(row["id"], float(row["near"])) for row in rows]

    async def relevance(self, question: str, ids: Sequence[int]) -> Mapping[int, float]:
        """See `ports.knowledge.Knowledge.relevance`."""
        if self._reranker is None:
            return {}
        return await relevance_in_time(question, await self.passages(ids), self._reranker)

    async def passages(self, ids: Sequence[int]) -> Sequence[Passage]:
        """See `ports.knowledge.Knowledge.passages`."""
        rows = await self._db.rows(_PASSAGES, list(ids))
        return [
            Passage(row["id"], row["page"], row["title"], row["heading"], row["text"])
            for row in rows
        ]

    async def _vectors(self) -> bool:
        """Whether the database has pgvector; it is created once where it may be."""
        if self._has_vectors is None:
            try:
                await self._db.execute(_MAKE_VECTORS)
            except VoiceAgentError as error:
                logger.warning("knowledge.no_vectors: {}", error.code)
            self._has_vectors = await self._db.row(_VECTORS) is not None
        return self._has_vectors
