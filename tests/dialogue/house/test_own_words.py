"""A word that is somebody's name, an aside or a way back is none of what it sounds like: tables."""

from __future__ import annotations

import unicodedata
from typing import Literal

import pytest

from tests.dialogue.house.harness import BOOKING, NOW, Line, business
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.facts import Facts
from voiceagent.dialogue.house.intents import Intent
from voiceagent.dialogue.house.understand import TurnContext, Understanding, understand
from voiceagent.language.en_us.yes_no import YesNo, hear_yes_no


def heard(text: str, ask: Ask = Ask.NAME_AND_PHONE, facts: Facts | None = None) -> Understanding:
    return understand(text, TurnContext(business(), NOW, ask, facts or Facts()))


NAMED = {
    "my name is Beth Monday": "Beth Monday",
    "Stan Price, 937 555 0111": "Stan Price",
    "Yvonne Price, sure, 740 555 0117, that's my cell": "Yvonne Price",
    "noel may, please, nine three seven, five five five, oh one nine five": "Noel May",
    "first name's Al, last name's May": "Al May",
    "so, rose, and the last name's winter, w i n t e r": "Rose Winter",
    "wojciech, and the last name's szymanski, s-z-y-m-a-n-s-k-i": "Wojciech Szymanski",
}


@pytest.mark.parametrize(("said", "name"), NAMED.items())
def test_a_name_is_no_day_and_no_wish(said: str, name: str) -> None:
    turn = heard(said)
    assert (turn.name, turn.day, turn.daypart, turn.wish) == (name, None, None, None)
    assert not turn.intents


@pytest.mark.parametrize("said", ["no, the name is Beth Monday", "it's Beth Monday, not Beth May"])
def test_a_name_put_right_is_no_other_day(said: str) -> None:
    turn = heard(said, Ask.READ_BACK, Facts(name="Beth May", phone="+19375550111"))
    assert (turn.name, turn.day) == ("Beth Monday", None)


@pytest.mark.parametrize(
    ("said", "name"),
    [("my last name is Monday", "Beth Monday"), ("first name is Bess", "Bess May")],
)
def test_one_part_put_right_leaves_the_other(said: str, name: str) -> None:
    assert heard(said, Ask.READ_BACK, Facts(name="Beth May")).name == name


def test_the_day_beside_a_name_stays_one() -> None:
    assert heard("this is Beth Monday, can you come Tuesday").day is not None
    assert heard("Beth May, any day in may is fine, say may 12").name == "Beth May"


def test_a_price_is_asked_by_whoever_is_called_so() -> None:
    known = Facts(name="Stan Price")
    assert Intent.PRICE in heard("and what's the price", Ask.GO_AHEAD, known).intents
    assert Intent.PRICE not in heard("it's for Stan Price", Ask.NOTES, known).intents


ACCENTED = {
    "josé núñez, n-ú-ñ-e-z": "José Núñez",
    "last name nuñez n-ú-ñ-e-z": "Núñez",
    "Zoë Brontë, b-r-o-n-t-ë": "Zoë Brontë",
    "it's Müller m-ü-l-l-e-r": "Müller",
    "Łukasz Nowak, l u k a s z": "Łukasz Nowak",
    "François Lefèvre, l-e-f-e-v-r-e": "François Lefèvre",
    "Maria Nunez, that's n u n with a tilde e z": "Maria Nuñez",
}


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(("said", "name"), ACCENTED.items())
def test_letters_with_accents_spell(said: str, name: str, form: Literal["NFC", "NFD"]) -> None:
    written = unicodedata.normalize(form, said)
    assert heard(written).name == name


@pytest.mark.parametrize(
    "said", ["pardon me", "pardon", "huh", "sorry, what was that", "slow down"]
)
def test_a_wish_to_hear_it_again_is_no_name(said: str) -> None:
    line = Line(*BOOKING[:2])
    asked = line.last
    line.hear(said)
    assert line.policy.facts.name is None
    assert line.last == asked


BACK = (
    "okay I'm back",
    "ok",
    "alright",
    "I'm here",
    "okay, go ahead",
    "sorry about that",
    "we're back",
)


@pytest.mark.parametrize("pause", ["hold on a second", "one moment please", "wait, let me look"])
@pytest.mark.parametrize("back", BACK)
def test_who_comes_back_from_a_moment_has_agreed_to_nothing(pause: str, back: str) -> None:
    line = Line("cancel my appointment", "555 123 0000", "code 482937", pause, back)
    assert "cancel_appointment" not in line.called
    assert line.last.endswith("?")
    line.hear("yes")
    assert line.called.count("cancel_appointment") == 1


def test_a_yes_after_a_moment_is_one() -> None:
    line = Line("cancel my appointment", "555 123 0000", "code 482937", "one second", "yes please")
    assert line.called.count("cancel_appointment") == 1


@pytest.mark.parametrize(
    "said",
    [
        "no, we'll be here. can I pay the rest later",
        "no, can I pay later",
        "nothing, I'll call my wife later",
        "no, and you can text me later about the rest of it",
    ],
)
def test_later_takes_no_other_window_unless_it_is_one(said: str) -> None:
    line = Line(*BOOKING[:-2], "the first one")
    window = line.policy.facts.window
    line.hear(said)
    assert line.policy.facts.window == window
    assert window is not None


@pytest.mark.parametrize("said", ["no, make it the later one", "no, the second one"])
def test_another_window_is_still_taken_at_the_notes(said: str) -> None:
    line = Line(*BOOKING[:-2], "the first one", said)
    window = line.policy.facts.window
    assert window is not None
    assert window.start.hour == 8


def test_nothing_to_note_with_a_question_is_nothing_to_note() -> None:
    line = Line(*BOOKING[:-1], "no, we'll be here. can I pay the rest later")
    assert "answer_from_knowledge" in line.called
    assert "read that back" in line.last


@pytest.mark.parametrize(
    ("said", "others"),
    [
        ("the ac is out, plus it's time for my AC to get checked", ("AC to get checked",)),
        (
            "my AC isn't cooling, and also I'd like my furnace serviced before winter",
            ("furnace serviced before winter",),
        ),
    ],
)
def test_upkeep_beside_a_trouble_is_kept(said: str, others: tuple[str, ...]) -> None:
    assert heard(said, Ask.HELP).others == others


def test_a_far_place_told_in_anger_is_not_booked() -> None:
    line = Line("the furnace is grinding", "no", "harold cole, this number is fine")
    line.tools["escalate_to_human"] = [{"transferred": False, "lead": None, "message": "Nobody."}]
    line.hear("this is ridiculous. ninety north fountain avenue, columbus")
    assert line.policy.facts.address is None
    assert "outside the area" in " ".join(line.said[-3:])
    assert "get_pricing_quote" not in line.called


def test_a_price_asked_in_anger_is_told_when_nobody_comes() -> None:
    line = Line()
    line.tools["escalate_to_human"] = [{"transferred": False, "lead": None, "message": "Nobody."}]
    line.hear("this is ridiculous. roughly, what's a repair visit run")
    assert line.called == ["escalate_to_human", "get_pricing_quote"]


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("do you offer financing, I work nights you know", "do you offer financing"),
        ("can you fix a daikin, it's been one of those weeks", "can you fix a daikin"),
        ("oh hi, do you go to Enon", "do you serve Enon"),
        ("can I pay by check", "can I pay by check"),
    ],
)
def test_what_is_looked_up_is_the_question_alone(said: str, asked: str) -> None:
    line = Line(said)
    assert [call.arguments.get("question") for call in line.calls] == [asked]


@pytest.mark.parametrize(
    "said",
    [
        "oh gosh, no, the name is Sarah Miller, Miller spelled M, I, L, L, E, R, Y",
        "no, it is Kaye, spelled K, A, Y",
        "no, it ends in o k",
    ],
)
def test_letters_that_spell_say_no_yes(said: str) -> None:
    assert hear_yes_no(said) is not YesNo.YES
    assert "book_appointment" not in Line(*BOOKING, said).called


@pytest.mark.parametrize(
    "said",
    [
        "nine three seven five five five",
        "well, it's seven four oh five five five",
        "937 555, one moment",
    ],
)
def test_the_digits_of_a_number_are_no_hours(said: str) -> None:
    turn = heard(said, Ask.PHONE)
    assert turn.phone_part
    assert not turn.timed


@pytest.mark.parametrize(
    ("said", "note"),
    [
        ("gate code 9615, sorry, I'm a bit scattered today", "Gate code 9615."),
        ("ring the bell, I'm so tired", "Ring the bell."),
        ("we're allergic to perfume", "We're allergic to perfume."),
        ("I'm hard of hearing so knock loud", "I'm hard of hearing so knock loud."),
    ],
)
def test_what_callers_say_of_their_day_is_no_note(said: str, note: str) -> None:
    assert heard(said, Ask.NOTES).note == note
