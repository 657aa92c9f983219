"""A beginning that Whisper leaves out is listened for again."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.offline.language import Language
from pipelines.offline.left_out import adds_to, left_out
from pipelines.offline.listener import TwoEars
from voiceagent.domain.business import Business
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.open_question import OpenQuestion

FIXTURES = Path(__file__).resolve().parents[2] / "audio_fixtures"
WORD = st.sampled_from(["one", "two", "no", "sarah", "five", "bye"])


@pytest.mark.parametrize(
    ("second", "first", "adds"),
    [
        ("sarah miller five five five one two three", "one two three", True),
        ("no that's all thank you", "that's all thank you", True),
        ("sarah miller five one two three", "one two three three", True),
        ("one two three", "one two three", False),
        ("two three", "one two three", False),
        ("seven million people went home today", "one two three", False),
        ("three two one and so on", "one two three", False),
    ],
)
def test_what_adds_to_a_text(second: str, first: str, *, adds: bool) -> None:
    assert adds_to(second, first) is adds


@pytest.mark.parametrize(
    ("text", "first_s", "other", "missing"),
    [
        ("one two three", 1.4, "sarah miller five five five one two three", True),
        ("one two three", 0.6, "sarah miller five five five one two three", False),
        ("yes", 1.4, "us", False),
        ("yes cancel it", 1.0, "yes cancel it", False),
    ],
)
def test_a_long_first_word_is_a_sign_where_the_other_ear_heard_more(
    text: str, first_s: float, other: str, *, missing: bool
) -> None:
    assert left_out(text, first_s, other) is missing


@given(st.lists(WORD, min_size=1), st.lists(WORD, min_size=1))
def test_a_beginning_adds_to_any_text_and_no_text_to_itself(
    beginning: list[str], text: list[str]
) -> None:
    assert adds_to(" ".join([*beginning, *text]), " ".join(text))
    assert not adds_to(" ".join(text), " ".join(text))


def test_the_first_word_of_a_goodbye_is_heard(business: Business, spoken: Language) -> None:
    with wave.open(str(FIXTURES / "quote" / "slt" / "06.wav")) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    ears = TwoEars.load(business, spoken)
    verdict = ears.hear(sound, OpenQuestion(Expecting.ANYTHING), "no that's everything bye")
    assert verdict.text == "no that's everything bye"
