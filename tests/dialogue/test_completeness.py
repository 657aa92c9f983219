"""Whether a partial transcript is a whole turn."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.dialogue.house.harness import business
from voiceagent.dialogue.completeness import completeness
from voiceagent.domain.expecting import Completeness, Expecting

C, I, U = Completeness.COMPLETE, Completeness.INCOMPLETE, Completeness.UNKNOWN  # noqa: E741
E = Completeness.ENOUGH


@pytest.mark.parametrize(
    ("text", "expecting", "verdict"),
    [
        ("five five five one two three oh oh oh oh", Expecting.PHONE, C),
        ("555-123-0000", Expecting.NAME_AND_PHONE, C),
        ("sarah miller five five five one two three", Expecting.NAME_AND_PHONE, I),
        ("my number is five five", Expecting.ANYTHING, I),
        ("my number is five five", Expecting.PHONE, I),
        ("this is sarah miller", Expecting.NAME_AND_PHONE, U),
        ("this is sarah miller my number is", Expecting.NAME_AND_PHONE, I),
        ("hello there how are you", Expecting.ANYTHING, C),
        ("Hi, can you help me?", Expecting.ANYTHING, C),
        ("hello there how are", Expecting.ANYTHING, I),
        ("how are you fixing it", Expecting.ANYTHING, U),
        ("yes", Expecting.YES_NO, C),
        ("no no gas no smoke", Expecting.YES_NO, C),
        ("no gas", Expecting.YES_NO, I),
        ("i don't smell any gas", Expecting.YES_NO, I),
        ("no smoke", Expecting.YES_NO, I),
        ("no nothing like that", Expecting.YES_NO, C),
        ("no thanks", Expecting.YES_NO, C),
        ("yes it is", Expecting.YES_NO, C),
        ("yes and", Expecting.YES_NO, I),
        ("yes but", Expecting.YES_NO, I),
        ("well", Expecting.YES_NO, U),
        ("one twenty three oak street springfield ohio", Expecting.ADDRESS, C),
        ("one twenty three", Expecting.ADDRESS, I),
        ("one twenty three oak street", Expecting.ADDRESS, U),
        ("my address is", Expecting.ADDRESS, I),
        ("four eight two nine three seven", Expecting.CODE, C),
        ("four eight two", Expecting.CODE, I),
        ("sarah at example dot com", Expecting.EMAIL, C),
        ("tonight nine to", Expecting.TIME, I),
        ("tonight nine to eleven", Expecting.TIME, U),
        ("no", Expecting.NOTES, C),
        ("the gate code is", Expecting.NOTES, I),
        ("the gate code is one two", Expecting.NOTES, U),
        ("the gate code is one two three four", Expecting.NOTES, E),
        ("the gate code is one two three four and", Expecting.NOTES, I),
        ("the gate code is one two three four and there's a friendly dog", Expecting.NOTES, E),
        ("i have a friendly dog", Expecting.NOTES, E),
        ("well let me think", Expecting.NOTES, U),
        ("there is a dog and um", Expecting.NOTES, I),
        ("my air conditioner stopped", Expecting.ANYTHING, U),
        ("", Expecting.PHONE, U),
    ],
)
def test_completeness(text: str, expecting: Expecting, verdict: Completeness) -> None:
    assert completeness(text, expecting, business()) is verdict


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=60), st.sampled_from(Expecting))
def test_any_text_gets_a_verdict(text: str, expecting: Expecting) -> None:
    assert completeness(text, expecting, business()) in Completeness
