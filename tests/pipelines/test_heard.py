from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.heard import SpeechLedger

FIRST = "The visit tonight is $248."
SECOND = "Shall I book it?"


def spoken(word_starts: tuple[int, ...] = ()) -> SpeechLedger:
    ledger = SpeechLedger()
    ledger.sentence(FIRST)
    ledger.sound(8000, word_starts)
    ledger.sound(8000)
    ledger.sentence(SECOND)
    ledger.sound(8000)
    return ledger


def test_nothing_played_is_nothing_heard() -> None:
    assert spoken().heard(0) == ""
    assert spoken().unheard(0) == f"{FIRST} {SECOND}"


def test_all_played_is_all_heard() -> None:
    ledger = spoken()
    assert ledger.heard(ledger.samples) == f"{FIRST} {SECOND}" == ledger.text
    assert ledger.unheard(ledger.samples) == ""


def test_a_cut_sentence_is_said_again_from_its_beginning() -> None:
    ledger = spoken()
    assert ledger.heard(16000 + 100).startswith(FIRST)
    assert ledger.unheard(16000 + 100) == SECOND


def test_word_offsets_decide_when_they_are_known() -> None:
    # "the visit tonight is two hundred forty-eight dollars": the third word begins at 6000.
    ledger = spoken((0, 2000, 6000, 7000))
    assert ledger.heard(6500) == "The visit"
    assert ledger.heard(1999) == ""


def test_a_sentence_that_sounded_with_the_one_before_was_heard_with_it() -> None:
    ledger = SpeechLedger()
    for sentence in (FIRST, SECOND):
        ledger.plan(sentence)
    ledger.sentence(FIRST)
    ledger.sound(8000)
    ledger.sentence(SECOND)
    ledger.shares_sound()
    assert ledger.heard(8000) == ledger.text
    assert not ledger.unheard(8000)
    assert SECOND in ledger.unheard(7999)
    assert "Shall" not in ledger.heard(7999)


@given(
    st.lists(st.one_of(st.none(), st.integers(0, 900)), min_size=1, max_size=6),
    st.integers(-1, 6000),
)
def test_a_sentence_is_heard_by_its_place_and_never_before_the_one_in_front(
    sounds: list[int | None], position: int
) -> None:
    """`None` sounds with what is before it; 0 has no sound and was not heard."""
    ledger, places = SpeechLedger(), list[int]()
    for number, samples in enumerate(sounds):
        ledger.sentence(f"Word{number}.")
        if samples is None:
            ledger.shares_sound()
        else:
            ledger.sound(samples)
        places.append(ledger.samples)
    expected = []
    for number, (samples, end) in enumerate(zip(sounds, places, strict=True)):
        if samples == 0 or max(1, end) > position:
            break
        expected.append(f"Word{number}.")
    assert ledger.heard(position) == " ".join(expected)


@given(st.integers(min_value=0, max_value=24000), st.integers(min_value=0, max_value=24000))
def test_hearing_more_never_loses_words(a: int, b: int) -> None:
    ledger = spoken()
    less, more = sorted((a, b))
    assert ledger.heard(more).startswith(ledger.heard(less))
    assert ledger.text.startswith(ledger.heard(more))


@pytest.mark.parametrize("position", [-1, 10**9])
def test_positions_outside_the_sound_are_harmless(position: int) -> None:
    assert spoken().heard(position) in {"", f"{FIRST} {SECOND}"}


def test_a_sentence_without_sound_counts_as_unheard() -> None:
    ledger = SpeechLedger()
    ledger.sentence(FIRST)
    assert ledger.heard(10**6) == ""
    assert ledger.unheard(10**6) == FIRST


def test_sentences_that_never_reached_synthesis_are_unheard_too() -> None:
    ledger = SpeechLedger()
    for sentence in (FIRST, SECOND):
        ledger.plan(sentence)
    ledger.sentence(FIRST)
    ledger.sound(8000)
    assert ledger.text == f"{FIRST} {SECOND}"
    assert ledger.heard(10**6) == FIRST
    assert ledger.unheard(10**6) == SECOND


def test_a_sentence_that_failed_to_sound_is_passed_over() -> None:
    ledger = SpeechLedger()
    for sentence in ("One.", "Two.", "Three."):
        ledger.plan(sentence)
    ledger.sentence("One.")
    ledger.sound(100)
    ledger.sentence("Three.")
    ledger.sound(100)
    assert ledger.unheard(200) == "Two."


def test_an_aside_is_heard_but_is_no_answer() -> None:
    ledger = SpeechLedger()
    ledger.interject("One moment.", 4000, aside=True)
    ledger.plan("Tonight at nine.")
    ledger.sentence("Tonight at nine.")
    ledger.sound(6000)
    assert ledger.text == "One moment. Tonight at nine."
    assert (ledger.heard(4000), ledger.answer_heard(4000)) == ("One moment.", False)
    assert (ledger.heard(6000), ledger.answer_heard(6000)) == ("One moment. Tonight", True)
    assert ledger.unheard(2000) == ledger.unheard(6000) == "Tonight at nine."
    assert ledger.unheard(10000) == ""


def test_what_is_said_while_speech_is_late_comes_before_it() -> None:
    ledger = SpeechLedger()
    ledger.plan("Tonight at nine.")
    ledger.sentence("Tonight at nine.")
    ledger.interject("I'm sorry.", 4000, aside=False)
    ledger.interject("One more.", 4000, (0, 1000), aside=False)
    ledger.sound(6000)
    assert ledger.text == "I'm sorry. One more. Tonight at nine."
    assert ledger.heard(5500) == "I'm sorry. One"
    assert ledger.heard(10000) == "I'm sorry. One more. Tonight"
    assert ledger.heard(14000) == ledger.text
