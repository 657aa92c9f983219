"""How likely a caller of the business says a text."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.offline import likelihood
from pipelines.offline.language import Language
from pipelines.offline.likelihood import BusinessLanguage
from voiceagent.domain.expecting import Expecting

E = Expecting


@pytest.fixture(scope="module")
def business_language(spoken: Language) -> BusinessLanguage:
    return BusinessLanguage(spoken)


@pytest.mark.parametrize(
    ("said", "misheard", "asked"),
    [
        ("my air conditioner stopped cooling", "my air conditioner is top cooling", E.ANYTHING),
        ("the outdoor unit is rattling", "the outdoor humid is rattling", E.ANYTHING),
        ("yes please book it", "yes please be good", E.YES_NO),
        ("twelve oak street springfield", "twelve oat street spring field", E.ADDRESS),
        ("forty two main street new carlisle", "forty two main street knew carl isle", E.ADDRESS),
        ("my name is sarah miller", "my name is sarah mellow", E.NAME),
        ("tomorrow morning eight to ten", "to mourn a morning ate to ten", E.TIME),
        ("", "rhinoceros", E.ANYTHING),
    ],
)
def test_what_callers_say_is_likelier_than_what_sounds_like_it(
    business_language: BusinessLanguage, said: str, misheard: str, asked: Expecting
) -> None:
    likely = business_language.log_probability(said, asked)
    assert likely > business_language.log_probability(misheard, asked) + 2.0
    assert likely == business_language.log_probability(said, asked)


def test_an_answer_to_the_question_is_likelier_after_it(
    business_language: BusinessLanguage,
) -> None:
    number = "five five five one two three zero zero zero zero"
    asked = business_language.log_probability(number, E.PHONE)
    assert asked > business_language.log_probability(number, E.YES_NO)


SAID = st.lists(
    st.sampled_from(("my", "number", "is", "five", "oh", "seven", "oak", "street", "nonsense"))
).map(" ".join)


@given(SAID, st.sampled_from(list(E)))
@settings(deadline=None, max_examples=60)
def test_few_ways_to_read_a_text_are_enough(
    spoken: Language, business_language: BusinessLanguage, text: str, asked: Expecting
) -> None:
    likely = business_language.log_probability(text, asked)
    with patch.object(likelihood, "READINGS", 400):
        assert BusinessLanguage(spoken).log_probability(text, asked) == pytest.approx(likely)
