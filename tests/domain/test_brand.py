"""What a business does not want said, and how it may be written around."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from tests.support.rooms import coolcare, hotel
from voiceagent.domain.brand import forbidden_in

PHRASES = ("cheap", "best in town", "No. 1")
AROUND = st.sampled_from(["", " ", ".", ", ", "! ", " - ", "\u200b ", '"'])
WORDS = st.sampled_from(["we are", "cheapskates", "in townhouse", "the", "inexpensive", "best"])


WRITTEN = st.sampled_from([str, str.upper, lambda text: text.replace(" ", "\u00a0  ")])


@given(WORDS, st.tuples(AROUND, AROUND), st.sampled_from(PHRASES), WRITTEN, WORDS)
def test_a_forbidden_phrase_is_found_however_it_is_written(
    before: str,
    around: tuple[str, str],
    phrase: str,
    written: Callable[[str], str],
    after: str,
) -> None:
    text = f"{before} {around[0]}{written(phrase)}{around[1]} {after}"
    assert forbidden_in(text, PHRASES) == phrase


@given(st.lists(WORDS, max_size=6))
def test_words_that_only_contain_it_are_free(parts: list[str]) -> None:
    assert forbidden_in(" and ".join(parts), PHRASES) is None


def test_plurals_owners_and_invisible_characters() -> None:
    for text in (
        "the cheaps",
        "cheap's best",
        "ch\u200beap",
        "\uff43heap",
        "CHEAP!",
        "best  in, town",
    ):
        assert forbidden_in(text, PHRASES) is not None, text
    assert forbidden_in("anything", ()) is None


def test_the_shipped_businesses_forbid_something() -> None:
    for business in (coolcare(), hotel()):
        assert business.brand.forbidden
