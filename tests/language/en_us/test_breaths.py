"""Lists in breaths: nothing is lost, and no sentence is longer than a breath."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from voiceagent.language.en_us.breaths import in_breaths, spoken_words

MOST = 20
WORDS = ("gate", "code 1234", "and", "dogs,", "dogs", "park;", "the 1,250 keys", "12 Oak St,", "a")
TEXTS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=60).map(" ".join)


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.?!])\s+", text)


def bare(text: str) -> list[str]:
    return re.sub(r"[.,;]", " ", text).lower().split()


def test_a_list_is_parted_at_a_comma() -> None:
    text = "Gate, code 1234, code 1234, code 1234, code 1234, code 1234"
    assert in_breaths(text, MOST) == ("Gate, code 1234, code 1234, code 1234. Code 1234, code 1234")


def test_what_is_short_stays_as_it_is() -> None:
    assert in_breaths("Gate code 1234, two dogs", MOST) == "Gate code 1234, two dogs"


@given(TEXTS)
def test_no_breath_is_too_long(text: str) -> None:
    assert [one for one in sentences(in_breaths(text, MOST)) if spoken_words(one) > MOST] == []


@given(TEXTS)
def test_every_word_is_kept_in_its_place(text: str) -> None:
    assert bare(in_breaths(text, MOST)) == bare(text)
