from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.spoken_text import spoken_text
from voiceagent.language.en_us.clauses import CLAUSE_WORDS, first_clause
from voiceagent.language.en_us.speak import speakable

LONG = "Since it is after hours tonight, the visit is $248, and the repair is about $825."


def test_a_long_sentence_is_cut_after_its_first_clause() -> None:
    assert first_clause(LONG) == (
        "Since it is after hours tonight,",
        "the visit is $248, and the repair is about $825.",
    )


@pytest.mark.parametrize(
    "whole",
    [
        "All right, which day suits you?",
        "Yes, I have tonight from nine to eleven or tomorrow from eight to ten",
        "The deposit comes to $1,200 and the rest is due when the job is done.",
        "I have got that down for you now and someone will be there tonight, Sarah.",
        "",
    ],
)
def test_these_stay_whole(whole: str) -> None:
    assert first_clause(whole) == (whole, "")


def test_a_date_is_never_cut() -> None:
    clause, rest = first_clause(
        "I have you down for Friday, August 29, 2025, and somebody will call before they come."
    )
    assert clause.endswith("Friday,")
    assert rest.startswith("August 29, 2025,")


@given(
    st.lists(st.sampled_from([*LONG.split(), "9:30 PM,", "(555) 123-0000,", "no;"]), max_size=30)
)
def test_nothing_is_lost_and_both_parts_sound_as_before(words: list[str]) -> None:
    sentence = " ".join(words)
    clause, rest = first_clause(sentence)
    assert " ".join(part for part in (clause, rest) if part) == sentence
    if rest:
        assert spoken_text(clause) + " " + spoken_text(rest) == spoken_text(sentence)
        assert sum(token.words for token in speakable(rest)) >= CLAUSE_WORDS
