"""Denials as people make them: nothing in them warns, and nothing that is left over is let by."""

from __future__ import annotations

from itertools import product

import pytest

from tests.support.rooms import coolcare
from voiceagent.domain.safety import Judgement, hear_danger

DENIALS = (
    "no",
    "no smell and no smoke",
    "nothing smells",
    "I don't smell a thing and both alarms are perfectly quiet",
    "not gas, not smoke, no alarm",
    "no gas no smoke no carbon",
    "there's no danger here",
    "not a peep from the old alarms and nothing smells",
    "everything is quiet and smells completely normal",
    "I've checked everywhere, all clear",
)
BESIDE = (
    "lol",
    "omg",
    "dude",
    "my dear",
    "oh heavens",
    "we're good on that front",
    "you misheard",
    "just fix it",
    "I only want the furnace seen to",
    "please just get somebody out here today",
)
TOLD_BY = ("she says", "my tenant told me", "he said that", "they tell me")
LEFT_OVER = (
    "except the basement",
    "I think",
    "but it's hazy",
    "maybe a little",
    "something is off though",
    "just send the fire department",
    "get the kids out",
    "just smoke",
    "only sparks",
    "it smells funny",
)
NOT_YET = (
    "the alarms are all quiet",
    "the alarms are quiet now",
    "it smells fine",
    "she said no",
    "nobody says no",
    "she didn't say no",
    "nothing smells like it should",
    "we're not good on that front",
    "just fix it",
    "lol",
    "no carbon",
    "I've checked everywhere",
)


def _judged(said: str) -> Judgement:
    return hear_danger(said, coolcare(), asked=True).judgement


@pytest.mark.parametrize(("denial", "beside"), [*product(DENIALS, BESIDE)])
def test_courtesy_laughter_and_a_wish_change_no_denial(denial: str, beside: str) -> None:
    assert _judged(f"{denial}, {beside}") is Judgement.CLEAR_DENIAL
    assert _judged(f"{beside}! {denial}") is Judgement.CLEAR_DENIAL


@pytest.mark.parametrize(("denial", "who"), [*product(DENIALS[1:], TOLD_BY)])
def test_who_asked_them_tells_their_denial(denial: str, who: str) -> None:
    assert _judged(f"{who} {denial}") is Judgement.CLEAR_DENIAL


@pytest.mark.parametrize(("denial", "left"), [*product(DENIALS, LEFT_OVER)])
def test_what_is_left_over_breaks_any_denial(denial: str, left: str) -> None:
    assert _judged(f"{denial}, {left}") is not Judgement.CLEAR_DENIAL


@pytest.mark.parametrize("said", NOT_YET)
def test_a_part_of_a_denial_is_asked_about_and_warns_nobody(said: str) -> None:
    assert _judged(said) is Judgement.UNCLEAR


@pytest.mark.parametrize("aside", ["señor", "gracias", "joven", "pues"])
@pytest.mark.parametrize("denial", ["no", "no, nada", "no hay nada de eso"])
def test_courtesy_inside_a_clause_changes_no_denial_in_spanish(denial: str, aside: str) -> None:
    assert _judged(f"{denial} {aside}") is Judgement.CLEAR_DENIAL
    assert _judged(f"{aside} {denial}") is Judgement.CLEAR_DENIAL
    assert _judged(f"{denial} {aside}, un poco de humo") is Judgement.DANGER
