"""How angry words are: tables over kinds, and what must not be taken for anger."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.core.escalation import SENTIMENT_AT_MOST
from voiceagent.language.en_us.temper import CALM, hear_temper

RAGE = (
    "I'm really angry about this",
    "I am furious with you people",
    "this is absolutely ridiculous, I have been waiting all day",
    "you people are idiots",
    "this is bullshit",
    "your service is so terrible, worst company ever",
    "I'm so pissed off",
    "I am sick of this and I'm extremely upset with your company",
    "you guys are a bunch of crooks and I will tell everyone",
)
MILD = (
    "this is ridiculous",
    "I'm frustrated",
    "I am a little upset",
    "what a joke",
    "I'll leave a bad review",
)
NONE = (
    "the noise is really awful",
    "it's a horrible smell from the unit",
    "my AC is terrible and it is so hot",
    "I'm not angry at all",
    "I'm not mad, just curious",
    "I would be furious if it broke again",
    "it has an upset sound",
    "my dog has an upset stomach",
    "the worst heat wave in years",
    "it's damn hot in here",
    "thank you so much",
    "Tom Madden, 12 Angry Horse Lane",
    "",
)


@pytest.mark.parametrize("said", RAGE)
def test_rage_is_below_the_bound(said: str) -> None:
    temper = hear_temper(said)
    assert temper.angry
    assert -1 <= temper.sentiment <= SENTIMENT_AT_MOST


@pytest.mark.parametrize("said", MILD)
def test_a_plain_word_of_anger_is_anger_and_above_the_bound(said: str) -> None:
    temper = hear_temper(said)
    assert temper.angry
    assert SENTIMENT_AT_MOST < temper.sentiment < 0


@pytest.mark.parametrize("said", NONE)
def test_what_is_no_anger_at_us_scores_nothing(said: str) -> None:
    assert hear_temper(said) == CALM


@given(st.lists(st.sampled_from([*RAGE, *MILD, *NONE]), max_size=5), st.text(max_size=40))
def test_it_is_a_figure_between_minus_one_and_nothing(said: list[str], more: str) -> None:
    temper = hear_temper(". ".join([*said, more]))
    assert -1 <= temper.sentiment <= 0
    assert not temper.angry or temper.sentiment < 0
