"""What Pico is told: every word in its place, no markup of a text's own, sentence by sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.offline.pico_text import LONGEST_WORDS, parts, told


@given(st.text(alphabet="ab,.?! \t\n<>é", max_size=200))
def test_every_word_is_told_once_and_in_order(text: str) -> None:
    found = [(w, s) for part in parts(text) for w, s in zip(part.words, part.starts, strict=True)]
    assert [word for word, _ in found] == text.split()
    assert all(text[start : start + len(word)] == word for word, start in found)


@given(st.text(alphabet="ab <>/\\=\"'.,?!\0", max_size=200))
def test_no_markup_of_the_text_s_own_comes_through(text: str) -> None:
    for part in parts(text):
        assert not set("<>\\\0") & set("".join(told(part)))


def test_a_sentence_is_a_part_and_what_never_ends_is_cut() -> None:
    assert [part.words for part in parts("one two. three? four")] == [
        ("one", "two."),
        ("three?",),
        ("four",),
    ]
    assert [len(part.words) for part in parts("go " * 100)] == [LONGEST_WORDS, LONGEST_WORDS, 20]


@pytest.mark.parametrize(
    ("words", "heard"),
    [
        ("code is four eight two nine three seven.", "code is four eight two, nine three seven."),
        ("one two three four five six seven", "one two three, four five six seven"),
        ("five five five, one two three, zero zero zero zero.", None),
        ("Ohio four five five zero three.", None),
        ("one oh six east fifth street", None),
    ],
)
def test_many_digits_have_a_pause_after_every_three(words: str, heard: str | None) -> None:
    (part,) = parts(words)
    assert " ".join(told(part)) == (heard or words)
