"""Pages of a business, in memory and on PostgreSQL: kept, replaced, found by words and meaning."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Sequence

import pytest

from voiceagent.core.clock import SystemClock
from voiceagent.domain.knowledge import MOST_FOUND, asked_words, page_of, ranked
from voiceagent.domain.locales import Locale
from voiceagent.errors import Unavailable
from voiceagent.ports.knowledge import Knowledge, Vector
from voiceagent.ports.store import Store
from voiceagent.store import PostgresStore
from voiceagent.store.memory import MemoryStore

VISITS = (
    "# Your visit\n\n## Pets\nKeep dogs in another room.\n\n## Parking\nThe van needs a space.\n"
)
PLAN = "# Plan\n\nMembers get two tune-ups a year.\n"


async def told(knowledge: Knowledge, question: str, locale: Locale = Locale.EN_US) -> str:
    """The passage that answers a question; "" for none."""
    terms, pages = await knowledge.terms(asked_words(question, locale), locale)
    order = ranked(terms, await knowledge.near(question, MOST_FOUND, locale), pages)
    if not order or not order[0].answers:
        return ""
    return (await knowledge.passages([order[0].passage_id]))[0].citation


async def test_pages_are_kept_replaced_and_dropped(store: Store) -> None:
    knowledge = store.knowledge
    assert await told(knowledge, "What about my dog?") == ""
    await knowledge.keep(page_of("a/visits.md", VISITS))
    await knowledge.keep(page_of("a/plan.md", PLAN))
    assert set(await knowledge.digests()) == {"a/visits.md", "a/plan.md"}
    assert await told(knowledge, "What about my dog?") == "Your visit, Pets"
    assert await told(knowledge, "How many tune-ups do members get?") == "Plan"
    assert await told(knowledge, "Do you repair pools?") == ""
    newer = page_of("a/visits.md", VISITS.replace("dogs", "iguanas"))
    await knowledge.keep(newer)
    assert (await knowledge.digests())["a/visits.md"] == newer.digest
    assert await told(knowledge, "What about my dog?") == ""
    assert await told(knowledge, "What about my iguana?") == "Your visit, Pets"
    await knowledge.drop("a/visits.md")
    assert await told(knowledge, "What about my iguana?") == ""
    assert set(await knowledge.digests()) == {"a/plan.md"}


VISITA = """# Su visita

## Garantía
Las reparaciones tienen garantía de un año.

## Mascotas
Los perros se quedan en otro cuarto.
"""


@pytest.mark.parametrize(
    ("question", "heading"),
    [
        ("¿dan garantía por la reparación?", "Garantía"),
        ("dan garantia por la reparacion", "Garantía"),
        ("¿dónde se queda el perro?", "Mascotas"),
        ("¿reparan piscinas?", ""),
    ],
)
async def test_spanish_is_found_with_accents_or_without(
    store: Store, question: str, heading: str
) -> None:
    await store.knowledge.keep(page_of("visits.md", VISITS))
    await store.knowledge.keep(page_of("visita.md", VISITA, Locale.ES_US))
    expected = f"Su visita, {heading}" if heading else ""
    assert await told(store.knowledge, question, Locale.ES_US) == expected
    assert await told(store.knowledge, question) == ""


async def test_a_page_in_another_language_is_another_page(store: Store) -> None:
    english, spanish = page_of("a.md", "Uno."), page_of("a.md", "Uno.", Locale.ES_US)
    assert english.digest != spanish.digest
    await store.knowledge.keep(english)
    await store.knowledge.keep(spanish)
    assert await store.knowledge.digests() == {"a.md": spanish.digest}
    assert (await store.knowledge.terms("uno"))[1] == 0


async def test_without_an_embedder_nothing_is_near(store: Store) -> None:
    await store.knowledge.keep(page_of("plan.md", PLAN))
    assert await store.knowledge.near("membership", 5) == []


class Meanings:
    """An embedder that knows animals and money; it can be down."""

    def __init__(self) -> None:
        self.is_down = False

    async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        if self.is_down:
            raise Unavailable("embeddings.down", "It is down.")
        return [
            (
                1.0 * any(word in text.lower() for word in ("dog", "puppy")),
                1.0 * any(word in text.lower() for word in ("member", "subscription")),
                0.1,
            )
            for text in texts
        ]


@pytest.fixture(params=["memory", "postgres"])
async def meaning(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Store, Meanings]]:
    """A store of each kind with an embedder."""
    embedder = Meanings()
    if request.param == "memory":
        yield MemoryStore(SystemClock(), embedder=embedder), embedder
        return
    server = request.getfixturevalue("postgres")
    name = f"test_{secrets.token_hex(6)}"
    dsn = server.create_database(name)
    async with PostgresStore(dsn, embedder=embedder).opened() as opened:
        yield opened, embedder
    server.drop_database(name)


async def test_what_means_the_same_is_near(meaning: tuple[Store, Meanings]) -> None:
    store, embedder = meaning
    await store.knowledge.keep(page_of("visits.md", VISITS))
    await store.knowledge.keep(page_of("plan.md", PLAN))
    near = await store.knowledge.near("Can my puppy stay?", 5)
    (first,) = await store.knowledge.passages([near[0][0]])
    assert first.citation == "Your visit, Pets"
    assert near[0][1] > 0.9 > near[-1][1]
    assert await store.knowledge.near("Can my puppy stay?", 5, Locale.ES_US) == []
    embedder.is_down = True
    assert await store.knowledge.near("Can my puppy stay?", 5) == []
    with pytest.raises(Unavailable):
        await store.knowledge.keep(page_of("visits.md", VISITS + "\nMore."))
    assert (await store.knowledge.digests())["visits.md"] == page_of("visits.md", VISITS).digest
