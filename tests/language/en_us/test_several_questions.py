"""Several questions of one turn are told apart; one question stays whole."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceagent.language.en_us.several_questions import questions_in

QUESTIONS = (
    "what time do you open on Saturday", "do you work on water heaters", "how do I pay",
    "what's a tune up cost", "is the deposit refundable", "are your people licensed",
    "how long is the warranty", "can I pay by check", "where are you located",
)  # fmt: skip
JOINS = (", and ", " and ", ", ", "? ", "? And ", "? Also, ", " plus ", "; ", ", and also ")


@given(
    st.lists(st.sampled_from(QUESTIONS), min_size=1, max_size=4, unique=True),
    st.sampled_from(JOINS),
    st.sampled_from(("", "hi, ", "before I book, ", "quick question. ")),
    st.sampled_from(("", "?")),
)
@settings(max_examples=60)
def test_each_question_comes_out(asked: list[str], join: str, before: str, end: str) -> None:
    found = questions_in(f"{before}{join.join(asked)}{end}")
    assert len(found) == len(asked)
    assert all(one in part for one, part in zip(asked, found, strict=True))


@pytest.mark.parametrize(
    "text",
    [
        "do you know what time you open",
        "can you tell me how much it is",
        "how much is it for a furnace and an air conditioner",
        "what do you charge, roughly, for the two of them",
    ],
)
def test_one_question_stays_whole(text: str) -> None:
    assert questions_in(text) == (text,)


@given(st.text(max_size=120))
@settings(max_examples=60)
def test_any_text(text: str) -> None:
    assert isinstance(questions_in(text), tuple)


@pytest.mark.parametrize("text", ["", "no", "my furnace is out, and it is cold"])
def test_nothing_asked(text: str) -> None:
    assert questions_in(text) == ()
