"""What the pages of a business say, to be found by words and by meaning."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from voiceagent.domain.knowledge import BusinessPage, Passage
from voiceagent.domain.locales import Locale
from voiceagent.errors import VoiceAgentError

Vector = tuple[float, ...]
"""The meaning of a text, as an embedder has it."""


class Embedder(Protocol):
    """Tells the meaning of texts as vectors; texts that mean the same have a small angle."""

    async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        """A vector for each text.

        Raises:
            Unavailable: it does not answer.
            PeerMisbehaved: it answers nonsense.
        """
        ...


class Reranker(Protocol):
    """Reads a question beside each text, and tells how well the text answers it."""

    async def relevance(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """How well each text answers, more is better.

        Raises:
            Unavailable: it does not answer.
            PeerMisbehaved: it answers nonsense.
        """
        ...


EMBED_S: Final = 0.15
"""How long a question waits for its meaning; it is then looked for by its words alone."""


async def meanings_of(page: BusinessPage, embedder: Embedder | None) -> Sequence[Vector]:
    """A vector for each piece of a page; empty ones where there is no embedder.

    Raises:
        Unavailable, PeerMisbehaved: as the embedder does.
    """
    if embedder is None or not page.pieces:
        return [()] * len(page.pieces)
    texts = [f"{page.title}. {piece.heading}. {piece.text}" for piece in page.pieces]
    return list(await embedder.embed(texts))


async def meaning_in_time(question: str, embedder: Embedder) -> Vector | None:
    """What a question means, ``None`` where that is not told within `EMBED_S`."""
    try:
        async with asyncio.timeout(EMBED_S):
            found = await embedder.embed([question])
    except (VoiceAgentError, TimeoutError):
        return None
    return found[0] if found else None


RERANK_S: Final = 0.25
"""How long a question waits for its passages to be read again; their order then stays."""


async def relevance_in_time(
    question: str, passages: Sequence[Passage], reranker: Reranker | None
) -> Mapping[int, float]:
    """How well passages answer by their ids; none where that is not told within `RERANK_S`."""
    if reranker is None or not passages:
        return {}
    texts = [f"{one.title}. {one.heading}. {one.text}" for one in passages]
    try:
        async with asyncio.timeout(RERANK_S):
            scores = await reranker.relevance(question, texts)
    except (VoiceAgentError, TimeoutError):
        return {}
    return {one.passage_id: score for one, score in zip(passages, scores, strict=True)}


class Knowledge(Protocol):
    """Pages in passages. All may raise `Unavailable`."""

    async def digests(self) -> Mapping[str, str]:
        """The digest of every page that is kept, by its name."""
        ...

    async def keep(self, page: BusinessPage) -> None:
        """Keep a page in place of the one with its name, at once for everybody.

        Raises:
            Unavailable: the store, or the embedder; then the page is kept as it was before.
            PeerMisbehaved: the embedder answers nonsense.
        """
        ...

    async def drop(self, name: str) -> None:
        """Keep a page no more."""
        ...

    async def terms(
        self, words: str, locale: Locale = Locale.EN_US
    ) -> tuple[Mapping[str, frozenset[int]], int]:
        """The words of a question by their stems, with the ids of passages that have each.

        And how many passages there are, of pages in that language. Words that are in every
        sentence of it are none.
        """
        ...

    async def near(
        self, question: str, most: int, locale: Locale = Locale.EN_US
    ) -> Sequence[tuple[int, float]]:
        """Ids of the passages nearest in meaning with their cosine, the nearest first.

        Of pages in that language.

        None where there is no embedder, or it does not answer in time.
        """
        ...

    async def relevance(self, question: str, ids: Sequence[int]) -> Mapping[int, float]:
        """How well passages answer a question, by their ids; more is better.

        None where there is no reranker, or it does not answer in time.
        """
        ...

    async def passages(self, ids: Sequence[int]) -> Sequence[Passage]:
        """Passages in the order of their ids here; those that are gone are left out."""
        ...
