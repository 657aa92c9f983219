"""Pages in pieces, and which piece answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.domain.knowledge import (
    LONGEST,
    PagePiece,
    Passage,
    Ranked,
    asked_words,
    page_of,
    ranked,
    reranked,
    spellings,
)
from voiceagent.domain.locales import Locale

MARKDOWN = """# Plan
Intro with **bold**, a [link](https://x.example/a) and `code`.

## Joining
We take:

- checks
- cards

```
## not a heading
```

| Size | Weeks |
|------|-------|
| one inch | four |
"""
HTML = """<title>T</title><nav>Home</nav><h1>Plan</h1><p>Intro &amp; more<br>two</p>
<script>alert(1)</script><h2>Joining <b>now</b></h2><ul><li>Checks</li><li>Cards</li></ul>"""
TEXT = "Plan\n\nIt has two\nlines.\n\fJoining\n\nBy telephone."


@pytest.mark.parametrize(
    ("name", "text", "pieces"),
    [
        (
            "plan.md",
            MARKDOWN,
            (
                PagePiece("Plan", "Intro with bold, a link and code."),
                PagePiece("Joining", "We take: checks; cards"),
                PagePiece("Joining", "## not a heading"),
                PagePiece("Joining", "Size, Weeks one inch, four"),
            ),
        ),
        (
            "plan.html",
            HTML,
            (
                PagePiece("Plan", "Intro & more"),
                PagePiece("Plan", "two"),
                PagePiece("Joining now", "Checks"),
                PagePiece("Joining now", "Cards"),
            ),
        ),
        (
            "plan.txt",
            TEXT,
            (PagePiece("Plan", "It has two lines."), PagePiece("Joining", "By telephone.")),
        ),
        ("plan.md", "", ()),
    ],
)
def test_a_page_in_pieces(name: str, text: str, pieces: tuple[PagePiece, ...]) -> None:
    page = page_of(name, text)
    assert page.pieces == pieces
    assert page.title == "Plan"


def test_a_page_without_headings_has_its_files_name() -> None:
    assert (
        page_of("a/gas-leaks_2.txt", "Call the gas company first, then us.").title == "Gas leaks 2"
    )


@given(st.text(max_size=1500), st.sampled_from(["a.md", "a.html", "a.txt"]))
def test_no_page_is_too_odd_and_no_piece_too_long_to_say(text: str, name: str) -> None:
    page = page_of(name, text)
    assert all(0 < len(piece.text) <= LONGEST for piece in page.pieces)
    assert page.digest == page_of(name, text).digest != page_of(name, text + "x").digest


def test_rare_words_weigh_more_and_words_on_no_page_the_most() -> None:
    common, rare = frozenset(range(8)), frozenset({3})
    (best, *_) = ranked({"repair": common, "furnac": rare}, [], 10)
    assert best.passage_id == 3
    assert best.answers
    (best, *_) = ranked({"repair": common, "pool": frozenset()}, [], 10)
    assert not best.answers
    assert ranked({}, [], 0) == []


def test_what_is_near_is_told_with_less_of_the_words() -> None:
    assert Ranked(1, 0.4, 0.8).answers
    assert not Ranked(1, 0.4, 0.2).answers
    assert not Ranked(1, 0.1, 0.95).answers
    order = ranked({"a": frozenset({1, 2})}, [(2, 0.9), (3, 0.8)], 5)
    assert [one.passage_id for one in order] == [2, 1, 3]


def test_words_of_any_question_are_not_asked_for() -> None:
    assert asked_words("Hi, could you tell me if you'd fix POOLS?") == "you me if you'd fix pools"


def test_a_citation_names_the_page_and_the_heading() -> None:
    assert Passage(1, "a.md", "Plan", "Joining", "x").citation == "Plan, Joining"
    assert Passage(1, "a.md", "Plan", "Plan", "x").citation == "Plan"


def test_a_word_of_a_question_is_looked_for_as_it_may_be_spelt() -> None:
    assert asked_words("Hola, ¿CUÁNTO tarda la reparación?", Locale.ES_US) == "tarda la reparación"
    assert spellings("reparacion", Locale.ES_US) == ("reparacion", "reparación")
    assert spellings("garantía", Locale.ES_US) == ("garantía", "garantia")
    assert spellings("dueño", Locale.ES_US) == ("dueño", "dueno")
    assert spellings("repairs", Locale.EN_US) == ("repairs",)


def test_who_read_them_again_has_the_last_word_on_the_order() -> None:
    order = [Ranked(1, 0.7), Ranked(2, 0.4), Ranked(3, 0.9), Ranked(4, 0.1)]
    assert reranked(order, {}) == order
    read = reranked(order, {1: 0.2, 2: 0.9, 4: 0.2})
    assert [one.passage_id for one in read] == [2, 1, 4, 3]
    assert read[0].answers
    assert not Ranked(4, 0.1, relevance=0.99).answers
