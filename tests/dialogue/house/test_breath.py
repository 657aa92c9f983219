"""Nothing is said in one breath for longer than eight seconds: then the caller can get in."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialogue.house.harness import BOOKING, Line, business
from tests.golden.replay import FOLDER
from voiceagent.dialogue.acts import Say
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.wording import FILLERS
from voiceagent.language.en_us.matching import words
from voiceagent.language.en_us.speak import speakable

BREATH_S = 8.0
WORDS_A_SECOND = 165 / 60
"""The voice's usual pace."""

LONG_NOTES = (
    "there's a gate",
    "the code's one two three four",
    "the back door code is nine nine zero zero one one",
    "two dogs in the yard",
    "a cat",
    "please park behind the second white garage past the old pump house and the pool on the left",
)


def breaths(text: str) -> list[str]:
    """What is said without a pause: sentences."""
    return [one for one in re.split(r"(?<=[.?!])\s+", text) if one]


def seconds(text: str) -> float:
    spoken = " ".join(token.spoken for token in speakable(text))
    return len(words(spoken)) / WORDS_A_SECOND


@pytest.mark.parametrize("file", sorted(one.name for one in FOLDER.glob("*.call")))
def test_no_sentence_of_a_golden_call_is_longer(file: str) -> None:
    lines = (FOLDER / file).read_text("utf-8").splitlines()
    said = [one for line in lines if line.startswith("<") for one in breaths(line[1:].strip())]
    assert [one for one in said if seconds(one) > BREATH_S] == []


@pytest.mark.parametrize("name", ["coolcare", "hotel"])
def test_no_sentence_of_a_business_file_is_longer(name: str) -> None:
    emergency = business(name).emergency
    told = (emergency.question, emergency.question_again, emergency.guidance, emergency.caution)
    pages = (page.answer for page in business(name).knowledge)
    said = [one for text in (*told, *pages, *FILLERS) for one in breaths(text or "")]
    assert [one for one in said if seconds(one) > BREATH_S] == []


@given(st.lists(st.sampled_from(LONG_NOTES), min_size=1, max_size=12))
def test_long_notes_are_read_back_in_pieces(notes: list[str]) -> None:
    line = Line(*BOOKING[:-1], ", ".join(notes))
    assert line.policy.state.ask is Ask.READ_BACK
    assert [one for one in breaths(line.last) if seconds(one) > BREATH_S] == []
    assert Say(line.last) in line.policy.state.last_said
