"""How often a repeated digit was said: only another count of the same digits is ever proposed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.offline.repeats import MARGIN, counted
from voiceagent.language.en_us.digits import spoken_digits
from voiceagent.language.en_us.numbers import say_digits


class Judge:
    """Finds one text likelier than all others by `more`; keeps what it was asked."""

    def __init__(self, right: str, more: float = 10.0) -> None:
        self.asked: list[str] = []
        self._right, self._more = right, more

    def __call__(self, texts: Sequence[str]) -> list[float]:
        self.asked += texts
        return [-20.0 + self._more * (self._right in text) for text in texts]


@pytest.mark.parametrize(
    ("heard", "right", "said"),
    [
        ("5512300000", "555-123-0000", "5551230000"),
        ("5551230000", "555-123-0000", "5551230000"),
        ("2165500078", "216-555-0078", "2165550078"),
        ("15512300000", "1-555-123-0000", "15551230000"),
    ],
)
def test_the_likelier_count_is_taken(heard: str, right: str, said: str) -> None:
    words = f"sarah miller it's {say_digits(heard)} thanks"
    assert counted(words, Judge(right)) == f"sarah miller it's {say_digits(said)} thanks"


def test_numbers_are_judged_in_groups_and_in_their_sentence() -> None:
    judge = Judge("none of them")
    counted(f"it's {say_digits('5512300000')} okay", judge)
    assert judge.asked == ["it's 551-230-0000 okay", "it's 555-123-0000 okay"]


def test_what_is_hardly_likelier_changes_nothing() -> None:
    words = say_digits("5512300000")
    assert counted(words, Judge("555-123-0000", MARGIN)) == words


@pytest.mark.parametrize(
    "words",
    [
        "",
        "stop",
        say_digits("6145550192")[:-4],
        say_digits("9372468015"),
        "five five one two three double zero triple zero",
        f"{say_digits('5512300000')} or {say_digits('5551230000')}",
    ],
)
def test_there_is_nothing_to_ask(words: str) -> None:
    judge = Judge("555-123-0000")
    assert counted(words, judge) == words
    assert judge.asked == []


@given(st.text("015", min_size=10, max_size=10))
def test_only_how_often_is_ever_changed(digits: str) -> None:
    judge = Judge("none of them")
    counted(say_digits(digits), judge)
    for text in judge.asked:
        other = text.replace("-", "")
        assert len(other) == len(digits)
        assert [one for one, _ in groupby(other)] == [one for one, _ in groupby(digits)]


@given(st.text("0123456789", min_size=10, max_size=10))
def test_a_number_stays_one(digits: str) -> None:
    text = counted(say_digits(digits), lambda texts: list(range(len(texts))))
    runs = spoken_digits(text)
    assert [len(run.digits) for run in runs] == [10]
