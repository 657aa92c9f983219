"""What a model wrote, as words that a caller says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.offline.plain_speech import as_spoken
from voiceagent.domain.expecting import Expecting

E = Expecting
PHONE_SAID = "my number is five five five one two three zero zero zero zero"
NUMBERS = [
    ("555-123-0000.", E.PHONE, "five five five one two three zero zero zero zero"),
    ("(937) 555-0199", E.ANYTHING, "nine three seven five five five zero one nine nine"),
    ("My number is 5551230000.", E.ANYTHING, PHONE_SAID),
    ("5, 5, 5, 1, 2, 3", E.ANYTHING, "five five five one two three"),
    ("4 7 1 9 2 6", E.CODE, "four seven one nine two six"),
    ("471926", E.CODE, "four seven one nine two six"),
    ("The code is K7M24Q.", E.CODE, "the code is k seven m two four q"),
    ("S-M-I-T-H", E.NAME, "s m i t h"),
    ("123 Oak Street, Springfield, Ohio.", E.ADDRESS,
     "one twenty three oak street springfield ohio"),
    ("1702 Belmont Avenue", E.ADDRESS, "seventeen oh two belmont avenue"),
    ("800 Park Road, 45503", E.ADDRESS, "eight hundred park road four five five zero three"),
    ("42 Maple Avenue", E.ANYTHING, "forty two maple avenue"),
    ("The gate code is 1234.", E.NOTES, "the gate code is one two three four"),
    ("Wednesday the 10th at 2 p.m.", E.TIME, "wednesday the tenth at two pm"),
    ("8-10 a.m.", E.TIME, "eight to ten am"),
    ("9:30 or 10:00", E.TIME, "nine thirty or ten"),
    ("That's $248.50!", E.ANYTHING, "that's two hundred forty eight dollars and fifty cents"),
    ("$1,248", E.ANYTHING, "one thousand two hundred forty eight dollars"),
    ("Okay - yes, please.", E.YES_NO, "okay yes please"),
    ("It\u2019s Dr. Brown's A/C", E.ANYTHING, "it's doctor brown's ac"),
    ("[BLANK_AUDIO]", E.ANYTHING, ""),
    ("(music) *sighs* ...", E.ANYTHING, ""),
]  # fmt: skip


@pytest.mark.parametrize(("written", "asked", "spoken"), NUMBERS)
def test_numbers_and_signs_become_words(written: str, asked: Expecting, spoken: str) -> None:
    assert as_spoken(written, asked) == spoken


@given(st.text(max_size=60), st.sampled_from(Expecting))
def test_whatever_was_written_comes_out_as_plain_words(written: str, asked: Expecting) -> None:
    spoken = as_spoken(written, asked)
    assert set(spoken) <= set("abcdefghijklmnopqrstuvwxyz' ")
    assert spoken == " ".join(spoken.split())


@given(st.text("0123456789", min_size=7, max_size=11), st.sampled_from((E.PHONE, E.CODE)))
def test_no_digit_is_lost(digits: str, asked: Expecting) -> None:
    assert len(as_spoken(digits, asked).split()) == len(digits)


@given(st.lists(st.sampled_from(("yes", "oak", "it's", "gas")), max_size=6))
def test_words_that_are_spoken_already_stay(words: list[str]) -> None:
    assert as_spoken(" ".join(words)) == " ".join(words)
