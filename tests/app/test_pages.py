"""Pages that change while the engine runs, and what the tool tells of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus.knowledge import FOLDER, PATTERNS, QUESTIONS, judge, labelled
from tests.support.rooms import FRIDAY_NIGHT, coolcare, line
from tests.tools.desk import Desk
from voiceagent.app.page_files import MOST_BYTES
from voiceagent.app.pages import PageKeeper
from voiceagent.core.clock import ManualClock
from voiceagent.domain.knowledge import ENOUGH
from voiceagent.domain.locales import Locale
from voiceagent.store.memory import MemoryStore


def keeper(folder: Path, store: MemoryStore, *patterns: str) -> PageKeeper:
    return PageKeeper(folder, {Locale.EN_US: patterns or ("pages/*",)}, store.knowledge)


async def test_pages_are_read_again_when_they_change(tmp_path: Path) -> None:
    store = MemoryStore(ManualClock(FRIDAY_NIGHT))
    pages = tmp_path / "pages"
    pages.mkdir()
    keeping = keeper(tmp_path, store)
    assert await keeping.look() == 0
    (pages / "a.md").write_text("# A\n\nOne.")
    (pages / "b.txt").write_text("Two is enough.")
    assert await keeping.look() == 2
    assert await keeping.look() == 0
    (pages / "a.md").write_text("# A\n\nAnother.")
    (pages / "b.txt").unlink()
    assert await keeping.look() == 2
    assert set(await store.knowledge.digests()) == {"pages/a.md"}


async def test_what_is_no_page_is_left_out(tmp_path: Path) -> None:
    store = MemoryStore(ManualClock(FRIDAY_NIGHT))
    inside = tmp_path / "inside"
    (inside / "pages").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("A secret.")
    (inside / "pages" / "link.txt").symlink_to(tmp_path / "secret.txt")
    (inside / "pages" / "picture.png").write_bytes(b"\x89PNG")
    (inside / "pages" / "latin.txt").write_bytes(b"caf\xe9 is open")
    (inside / "pages" / "long.txt").write_bytes(b"a " * MOST_BYTES)
    (inside / "pages" / "empty.md").write_text("")
    assert await keeper(inside, store, "pages/*", "../*").look() == 0


@pytest.mark.parametrize("locale", QUESTIONS)
async def test_the_labelled_questions_find_their_pages_and_nothing_is_invented(
    locale: Locale,
) -> None:
    """In memory, where stems are rougher; `./run corpus knowledge` has PostgreSQL's figures."""
    store = MemoryStore(ManualClock(FRIDAY_NIGHT))
    await PageKeeper(FOLDER, PATTERNS, store.knowledge).look()
    judged = await judge(store.knowledge, labelled(locale))
    asked = [one for one in judged if one.of.has_answer]
    assert len(judged) >= 60
    assert len(judged) - len(asked) >= 20
    assert sum(0 < one.place <= 5 for one in asked) >= 0.95 * len(asked)
    assert sum(one.right for one in asked) >= 0.7 * len(asked)
    assert sum(bool(one.told) for one in judged if not one.of.has_answer) <= 1
    assert 0.5 < ENOUGH < 1


@pytest.mark.parametrize(
    ("question", "source"),
    [
        ("Do your technicians wear shoe covers?", "Your visit, Shoe covers and cleaning up"),
        ("Do you repair swimming pools?", ""),
    ],
)
async def test_the_tool_tells_word_for_word_and_where_it_stands(question: str, source: str) -> None:
    at = Desk(line())
    await PageKeeper(FOLDER, PATTERNS, at.line.store.knowledge).look()
    assert coolcare().pages
    answer = await at.ok("answer_from_knowledge", question=question)
    assert answer.get("source", "") == source
    assert answer["found"] is bool(source)
    if source:
        assert str(answer["answer"]).startswith("We wear shoe covers in the house")


@pytest.mark.parametrize(
    ("question", "source"),
    [
        ("¿Los técnicos usan cubrezapatos?", "Su visita, Limpieza"),
        ("¿reparan piscinas?", ""),
        ("Do your technicians wear shoe covers?", ""),
    ],
)
async def test_a_spanish_question_is_looked_up_on_spanish_pages(question: str, source: str) -> None:
    at = Desk(line())
    await PageKeeper(FOLDER, PATTERNS, at.line.store.knowledge).look()
    answer = await at.ok("answer_from_knowledge", question=question, language="es-US")
    assert answer.get("source", "") == source
    assert answer["found"] is bool(source)


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("do you do heat pumps", "What we work on"),
        ("do you fix furnaces", "What we work on"),
        ("do you work on boilers", None),
        ("do i need to be home", None),
        ("is there a fee", None),
        ("what name do you have", None),
        ("who is coming", None),
        ("can you come earlier that day", None),
        ("what should i do before you come", "Your visit"),
        ("do you come to Enon", "Service area"),
        ("what areas do you cover", "Service area"),
        ("could we pay at the end", "Payment"),
        ("im a veteran, 20% off?", "About CoolCare"),
        ("veterans get 15 percent off, right", "About CoolCare"),
        ("is there a military discount", None),
        ("is there a discount", "About CoolCare"),
    ],
)
async def test_only_what_a_question_is_about_is_told(question: str, title: str | None) -> None:
    at = Desk(line())
    await PageKeeper(FOLDER, PATTERNS, at.line.store.knowledge).look()
    answer = await at.ok("answer_from_knowledge", question=question)
    assert answer["title"] == title
