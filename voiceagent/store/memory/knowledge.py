"""Pages of the business, in memory. Words are cut to stems more roughly than PostgreSQL does."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Final

from voiceagent.domain.accents import without_accents
from voiceagent.domain.knowledge import BusinessPage, Passage
from voiceagent.domain.locales import Locale
from voiceagent.ports.knowledge import (
    Embedder,
    Reranker,
    Vector,
    meaning_in_time,
    meanings_of,
    relevance_in_time,
)
from voiceagent.store.memory.tables import Tables

_WORD: Final = re.compile(r"[a-z0-9]+")
_ENDINGS: Final = ("ations", "ation", "ings", "ing", "ies", "ied", "es", "ed", "s", "y", "e")
_SPANISH_ENDINGS: Final = (
    *("aciones", "iciones", "acion", "icion", "amiento", "imiento", "antes", "ante", "ando"),
    *("iendo", "amos", "emos", "imos", "ados", "adas", "idos", "idas", "ado", "ada", "ido", "ida"),
    *(
        "aron",
        "aran",
        "ara",
        "aba",
        "ias",
        "ia",
        "ar",
        "er",
        "ir",
        "an",
        "en",
        "es",
        "as",
        "os",
        "a",
        "o",
        "e",
        "s",
    ),
)
_SHORTEST: Final = 3
_SHORTEST_IN_SPANISH: Final = 2
_STOP: Final = frozenset(
    {
        *("a", "an", "the", "is", "are", "am", "was", "were", "be", "been", "do", "does", "did"),
        *("i", "me", "my", "we", "our", "you", "your", "he", "she", "it", "its", "they", "them"),
        *("this", "that", "these", "those", "what", "which", "who", "whom", "how", "when", "where"),
        *("why", "of", "to", "for", "in", "on", "at", "by", "from", "with", "about", "into", "up"),
        *("and", "or", "but", "if", "as", "so", "than", "too", "not", "no", "can", "will", "there"),
        *("have", "has", "had", "should", "any", "all", "some", "out", "before", "after", "s", "t"),
    }
)
_SPANISH_STOP: Final = frozenset(
    {
        *("el", "la", "los", "las", "un", "una", "unos", "unas", "lo", "al", "del", "de", "a"),
        *("en", "y", "o", "u", "e", "que", "se", "por", "para", "con", "sin", "sobre", "entre"),
        *("su", "sus", "mi", "mis", "me", "le", "les", "nos", "te", "tu", "yo", "es", "son", "ser"),
        *("esta", "estan", "estoy", "este", "esto", "ese", "eso", "fue", "era", "ha", "han", "he"),
        *("no", "si", "ya", "muy", "mas", "pero", "como", "cuando", "donde", "quien", "cual"),
        *("hay", "hasta", "desde", "durante", "todo", "todos", "otro", "otra", "tambien", "ni"),
        *("tiene", "tienen", "tengo", "algo", "poco", "mucho", "antes", "porque", "uno", "nuestro"),
    }
)


class MemoryKnowledge:
    """`ports.knowledge.Knowledge` in memory.

    Args:
        tables: everything that is kept.
        embedder: tells what texts mean; ``None`` without one.
        reranker: reads what was found again; ``None`` without one.
    """

    def __init__(
        self, tables: Tables, embedder: Embedder | None = None, reranker: Reranker | None = None
    ) -> None:
        self._tables = tables
        self._embedder = embedder
        self._reranker = reranker
        self._pages: dict[str, tuple[BusinessPage, dict[int, tuple[Passage, Vector]]]] = {}
        self._next = 1

    async def digests(self) -> Mapping[str, str]:
        """See `ports.knowledge.Knowledge.digests`."""
        await self._tables.enter("knowledge.digests")
        return {name: page.digest for name, (page, _) in self._pages.items()}

    async def keep(self, page: BusinessPage) -> None:
        """See `ports.knowledge.Knowledge.keep`."""
        await self._tables.enter("knowledge.keep")
        meanings = await meanings_of(page, self._embedder)
        kept: dict[int, tuple[Passage, Vector]] = {}
        for piece, meaning in zip(page.pieces, meanings, strict=True):
            passage = Passage(self._next, page.name, page.title, piece.heading, piece.text)
            kept[self._next] = (passage, meaning)
            self._next += 1
        self._pages[page.name] = (page, kept)

    async def drop(self, name: str) -> None:
        """See `ports.knowledge.Knowledge.drop`."""
        await self._tables.enter("knowledge.drop")
        self._pages.pop(name, None)

    async def terms(
        self, words: str, locale: Locale = Locale.EN_US
    ) -> tuple[Mapping[str, frozenset[int]], int]:
        """See `ports.knowledge.Knowledge.terms`."""
        await self._tables.enter("knowledge.terms")
        all_of = self._all(locale)
        stems = {
            one: _stems(f"{passage.title} {passage.heading} {passage.text}", locale)
            for one, (passage, _) in all_of.items()
        }
        found = {
            stem: frozenset(one for one, has in stems.items() if stem in has)
            for stem in _stems(words, locale)
        }
        return found, len(all_of)

    async def near(
        self, question: str, most: int, locale: Locale = Locale.EN_US
    ) -> Sequence[tuple[int, float]]:
        """See `ports.knowledge.Knowledge.near`."""
        await self._tables.enter("knowledge.near")
        vector = await meaning_in_time(question, self._embedder) if self._embedder else None
        if vector is None:
            return []
        found = [
            (one, _cosine(vector, meaning))
            for one, (_, meaning) in self._all(locale).items()
            if len(meaning) == len(vector)
        ]
        return sorted(found, key=lambda one: (-one[1], one[0]))[:most]

    async def relevance(self, question: str, ids: Sequence[int]) -> Mapping[int, float]:
        """See `ports.knowledge.Knowledge.relevance`."""
        if self._reranker is None:
            return {}
        return await relevance_in_time(question, await self.passages(ids), self._reranker)

    async def passages(self, ids: Sequence[int]) -> Sequence[Passage]:
        """See `ports.knowledge.Knowledge.passages`."""
        await self._tables.enter("knowledge.passages")
        all_of = self._all()
        return [all_of[one][0] for one in ids if one in all_of]

    def _all(self, locale: Locale | None = None) -> dict[int, tuple[Passage, Vector]]:
        """Passages by their ids, of all pages or of those in one language."""
        return {
            one: kept
            for page, pieces in self._pages.values()
            if locale in {None, page.locale}
            for one, kept in pieces.items()
        }


def _stems(text: str, locale: Locale) -> frozenset[str]:
    spanish = locale is Locale.ES_US
    stop, endings = (_SPANISH_STOP, _SPANISH_ENDINGS) if spanish else (_STOP, _ENDINGS)
    shortest = _SHORTEST_IN_SPANISH if spanish else _SHORTEST
    said = _WORD.findall(without_accents(text.lower()) if spanish else text.lower())
    return frozenset(_stem(word, endings, shortest) for word in said if word not in stop)


def _stem(word: str, endings: Sequence[str], shortest: int) -> str:
    for ending in endings:
        if word.endswith(ending) and len(word) - len(ending) >= shortest:
            return word[: -len(ending)]
    return word


def _cosine(one: Vector, other: Vector) -> float:
    lengths = math.hypot(*one) * math.hypot(*other)
    return sum(a * b for a, b in zip(one, other, strict=True)) / lengths if lengths else 0.0
