"""Which page answers which question: labelled questions, some of which no page answers.

Half of the questions (every second line) are those by which the bounds in `domain.knowledge` were
set; the others were looked at for the figure alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.postgres import state_folder
from tools.answer_from_knowledge import best_passage
from voiceagent.app.page_files import page_patterns
from voiceagent.app.pages import PageKeeper
from voiceagent.domain.business_file import load_business
from voiceagent.domain.knowledge import MOST_FOUND, asked_words, ranked
from voiceagent.domain.locales import Locale
from voiceagent.ports.knowledge import Knowledge
from voiceagent.store import PostgresStore
from voiceagent.store.embedded import EmbeddedPostgres

QUESTIONS: Final = {
    Locale.EN_US: Path(__file__).with_name("knowledge.tsv"),
    Locale.ES_US: Path(__file__).with_name("knowledge_es.tsv"),
}
FOLDER: Final = Path(__file__).parents[2] / "business"
PATTERNS: Final = page_patterns(load_business(FOLDER / "coolcare.toml"))
AT: Final = 5


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question; `page` and `heading` are where it is answered, "-" for nowhere."""

    question: str
    page: str
    heading: str
    locale: Locale

    @property
    def has_answer(self) -> bool:
        """Whether a page answers it."""
        return self.page != "-"


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a question: the place of the right passage (0 is none), and what was told."""

    of: Labelled
    place: int
    told: str
    right: bool


def labelled(locale: Locale) -> list[Labelled]:
    """All in a language."""
    rows = QUESTIONS[locale].read_text(encoding="utf-8").splitlines()
    parts = (row.split("\t") for row in rows if row)
    return [Labelled(question, page, heading, locale) for question, page, heading in parts]


async def judge(knowledge: Knowledge, questions: Sequence[Labelled]) -> list[Judged]:
    """Ask every question."""
    judged: list[Judged] = []
    for one in questions:
        of = one.locale
        terms, pages = await knowledge.terms(asked_words(one.question, of), of)
        order = ranked(terms, await knowledge.near(one.question, MOST_FOUND, of), pages)
        found = await knowledge.passages([passage.passage_id for passage in order])
        rights = [
            passage.page.endswith(f"/{one.page}") and passage.heading == one.heading
            for passage in found
        ]
        place = rights.index(True) + 1 if True in rights else 0
        said = await best_passage(one.question, of, knowledge)
        right = said is not None and rights[found.index(said)]
        judged.append(Judged(one, place, said.citation if said is not None else "", right))
    return judged


def table(judged: Sequence[Judged]) -> Iterator[str]:
    """Recall, answers and inventions of each half."""
    tongue = judged[0].of.locale
    halves = (f"{tongue} seen", judged[::2]), (f"{tongue} unseen", judged[1::2])
    for name, half in halves:
        asked = [one for one in half if one.of.has_answer]
        others = [one for one in half if not one.of.has_answer]
        recalled = sum(0 < one.place <= AT for one in asked)
        right = sum(one.right for one in asked)
        wrong = sum(bool(one.told) and not one.right for one in asked)
        invented = sum(bool(one.told) for one in others)
        yield (
            f"{name}: recall@{AT} {recalled}/{len(asked)}, told rightly {right}, by another "
            f"passage {wrong}, not known {len(asked) - right - wrong}; invented "
            f"{invented}/{len(others)}"
        )


def misses(judged: Sequence[Judged]) -> Iterator[str]:
    """Questions of the seen half that went wrong."""
    for one in judged[::2]:
        if one.right or (not one.of.has_answer and not one.told):
            continue
        yield f"{one.of.question!r}: told {one.told or 'nothing'!r}, right one at {one.place}"


def lines(*, with_misses: bool) -> list[str]:
    """The table, on a PostgreSQL of its own, by words alone."""

    async def asked(dsn: str) -> list[list[Judged]]:
        async with PostgresStore(dsn).opened() as store:
            await PageKeeper(FOLDER, PATTERNS, store.knowledge).look()
            return [await judge(store.knowledge, labelled(locale)) for locale in QUESTIONS]

    with state_folder() as folder:
        postgres = EmbeddedPostgres(folder)
        postgres.start()
        dsn = postgres.create_database("knowledge")
        try:
            each = asyncio.run(asked(dsn))
        finally:
            postgres.drop_database("knowledge")
    told = [line for judged in each for line in table(judged)]
    return [*told, *(line for judged in each if with_misses for line in misses(judged))]
