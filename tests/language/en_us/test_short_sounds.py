"""What a short sound means, written down: nothing, or an answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.language.en_us.short_sounds import hesitates, nods, says_nothing, wants_the_floor

NOTHING = ["", "um", "Um.", "uh", "Uh, um...", "ah", "Hmm", "er", "ha ha ha", "Haha!", "(mm)"]
NODS = ["mm-hm", "Mm-hmm.", "uh-huh", "uh-uh", "Uh huh, yeah.", "okay", "I see.", "um, okay", "yes"]
WORDS = ["stop", "Wait.", "no", "Hold on", "um, wait", "okay, stop", "operator", "five", "oh"]


@pytest.mark.parametrize("text", NOTHING)
def test_sounds_that_are_written_like_words_say_nothing(text: str) -> None:
    assert says_nothing(text)


@pytest.mark.parametrize("text", NODS + WORDS)
def test_a_nod_and_a_word_are_answers(text: str) -> None:
    assert not says_nothing(text)


@given(st.lists(st.sampled_from(NOTHING + NODS + WORDS)), st.sampled_from(WORDS))
def test_whatever_is_said_around_them_words_are_words(around: list[str], word: str) -> None:
    assert not says_nothing(", ".join([*around, word, *around]))


@pytest.mark.parametrize(
    "text",
    ["Stop.", "stop stop", "Wait!", "No no.", "Hold on a", "Um, wait", "Okay, stop", "hello"],
)
def test_who_says_that_over_our_speech_wants_the_floor(text: str) -> None:
    assert wants_the_floor(text)


@pytest.mark.parametrize("text", [*NOTHING, *NODS, "right", "no problem", "No worries.", "five"])
def test_nods_and_what_nobody_must_say_at_once_do_not(text: str) -> None:
    assert not wants_the_floor(text)


@pytest.mark.parametrize("text", ["right", "Okay.", "oh I see", "got it, thanks", "Mm-hmm."])
def test_what_listeners_say_is_a_nod(text: str) -> None:
    assert nods(text)


@pytest.mark.parametrize("text", ["", "stop", "right now", "five", "I see two of them"])
def test_what_says_more_is_none(text: str) -> None:
    assert not nods(text)


@pytest.mark.parametrize("text", [*NOTHING, "And uh,", "So.", "Uh. Uh. Uh. Uh. Uh", "um um um"])
def test_who_has_only_begun_hesitates(text: str) -> None:
    assert hesitates(text)


@pytest.mark.parametrize("text", [*NODS, *WORDS, "so no", "no no no no", "and the gate code"])
def test_who_has_said_a_word_does_not(text: str) -> None:
    assert not hesitates(text)
