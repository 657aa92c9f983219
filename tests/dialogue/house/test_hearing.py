"""Small readers: codes, notes, corrections, cards, homophones, phrase matching."""

from __future__ import annotations

import pytest

from tests.dialogue.house.harness import business
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.hearing.cards import offers_card
from voiceagent.dialogue.house.hearing.codes import hear_code, without_code
from voiceagent.dialogue.house.hearing.corrections import correct_name, correct_phone, is_correction
from voiceagent.dialogue.house.hearing.homophones import mend
from voiceagent.dialogue.house.hearing.notes import clean_note, note_part
from voiceagent.dialogue.house.hearing.services import guess_service, hear_service
from voiceagent.dialogue.house.intents import PHRASES, Intent, hear_intents
from voiceagent.language.en_us.matching import find, said, words
from voiceagent.language.likeness import alike, sound


@pytest.mark.parametrize(
    ("text", "asked", "code"),
    [
        ("four eight two nine three seven", True, "482937"),
        ("four eight two nine three seven", False, None),
        ("my number is 555 123 0000 and the code is 482 937", False, "482937"),
        ("the gate code is one two three four five six", False, None),
        ("482937 is the code", True, "482937"),
        ("i don't have it", True, None),
        ("one two", True, None),
    ],
)
def test_codes(text: str, asked: bool, code: str | None) -> None:
    assert hear_code(text, asked=asked) == code


def test_a_code_is_cut_off_before_the_number_is_read() -> None:
    assert without_code("555 123 0000 code 482937").strip() == "555 123 0000"
    assert without_code("code 482937 and my number is 555 123 0000").endswith("555 123 0000")


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (
            "The gate code is one two three four, and there's a friendly dog.",
            "Gate code 1234, friendly dog.",
        ),
        ("yes please ring the bell", "Ring the bell."),
        ("um just that the key is under the mat", "Key is under the mat."),
        ("yes", ""),
        ("we have two dogs and a cat", "Two dogs, cat."),
    ],
)
def test_notes(text: str, note: str) -> None:
    assert clean_note(text) == note


def test_only_the_notes_of_a_longer_turn_are_kept() -> None:
    assert note_part("it's 12 elm street, the gate code is 99 12") == "Gate code 9912."


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("my number ends in 1 not 0", "+15551230001"),
        ("it ends with four five", "+15551230045"),
        ("the last four digits are one two three four", "+15551231234"),
        ("area code nine three seven", "+19371230000"),
        ("no one two four not one two three", "+15551240000"),
        ("the street is wrong", None),
    ],
)
def test_phone_corrections(text: str, phone: str | None) -> None:
    assert correct_phone("+15551230000", text) == phone


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("it's miller not mueller", "Sarah Miller"),
        ("not mueller, miller", "Sarah Miller"),
        ("no miller m i l l e r", "Sarah Miller"),
        ("my name is anna miller", "Anna Miller"),
        ("no it's oak lane", None),
    ],
)
def test_name_corrections(text: str, name: str | None) -> None:
    assert correct_name("Sarah Mueller", text, (), ()) == name


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("no oak lane", True),
        ("actually make it tomorrow", True),
        ("it's miller, not mueller", True),
        ("yes that's right", False),
        ("tonight nine to eleven", False),
    ],
)
def test_the_sound_of_a_correction(text: str, is_one: bool) -> None:
    assert is_correction(text) is is_one


@pytest.mark.parametrize(
    ("text", "is_card"),
    [
        ("4111 1111 1111 1111", True),
        ("four one one one one one one one one one one one one one one one", True),
        ("let me give you my card number", True),
        ("do you take credit cards", False),
        (
            "five five five one two three oh oh oh oh and code four eight two nine three seven",
            False,
        ),
    ],
)
def test_cards(text: str, is_card: bool) -> None:
    assert offers_card(text) is is_card


def test_homophones_are_mended_only_beside_numbers() -> None:
    assert mend("won twenty three oak", Ask.ADDRESS) == "one twenty three oak"
    assert mend("we won the game", Ask.ADDRESS) == "we won the game"
    assert mend("nine two eleven", Ask.TIME) == "nine to eleven"
    assert mend("nine two eleven", Ask.PHONE) == "nine two eleven"


@pytest.mark.parametrize(
    ("heard", "wanted", "same"),
    [
        ("rattles", "rattling", True),
        ("furnice", "furnace", True),
        ("thermastat", "thermostat", True),
        ("now", "not", False),
        ("coal", "cool", False),
        ("1234", "1235", False),
    ],
)
def test_words_alike(heard: str, wanted: str, same: bool) -> None:
    assert alike(heard, wanted) is same


def test_sound_keys_are_shared_by_words_that_sound_alike() -> None:
    assert sound("knight") == sound("night")
    assert sound("phone") == sound("fone")
    assert sound("cat") != sound("dog")


def test_words_open_contractions_and_join_letters() -> None:
    assert words("My A C isn't cooling, it's the neighbor's") == (
        "my", "ac", "is", "not", "cooling", "it", "is", "the", "neighbor",
    )  # fmt: skip


def test_phrases_allow_gaps_but_not_negation() -> None:
    assert find("ac died", words("my ac just suddenly died"), gap=2)
    assert not find("ac died", words("my dog died"))
    assert said("cancel", words("please cancel it"))
    assert not said("cancel", words("i don't want to cancel"))


def test_symptoms_come_in_the_order_they_were_said() -> None:
    heard = hear_service(words("the unit is rattling and the ac stopped cooling"), business())
    assert heard is not None
    assert heard.symptoms == ("outdoor unit rattling", "AC not cooling")


def test_a_complaint_beyond_the_list_keeps_the_callers_words() -> None:
    heard = guess_service(words("hi my ac is making a strange buzzing sound"), business())
    assert heard is not None
    assert (heard.service, heard.problem) == ("repair", "AC is making a strange buzzing sound")


def test_every_phrase_of_an_intent_is_heard_as_that_intent() -> None:
    for intent, phrases in PHRASES.items():
        for phrase in phrases:
            assert intent in hear_intents(words(phrase), business()), (intent, phrase)


def test_moving_is_not_cancelling() -> None:
    heard = hear_intents(words("i don't want to cancel, just reschedule"), business())
    assert Intent.RESCHEDULE in heard
    assert Intent.CANCEL not in heard
