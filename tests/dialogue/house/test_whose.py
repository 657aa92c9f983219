"""Whose number, which place: what is kept of a turn that names several, and what is asked."""

from __future__ import annotations

import pytest

from tests.dialogue.house.harness import BOOKING, Line
from voiceagent.dialogue.house.facts import all_notes

CALL = (
    "hi, Wendy from Maple Ridge Property Management, unit 4 at 90 Plum Street, tenant is Jorge"
    " Alvarez, his AC is blowing hot, "
)


def test_of_two_numbers_the_callers_own_is_kept() -> None:
    facts = Line(f"{CALL}my cell is 937 555 0177 his is 937 555 0188").policy.facts
    assert (facts.name, facts.phone) == ("Wendy", "+19375550177")
    assert facts.address is not None
    assert facts.address.unit == "Unit 4"


@pytest.mark.parametrize(
    ("answer", "number"),
    [
        ("the second one", "+19375550188"),
        ("the one that ends in 0177", "+19375550177"),
        ("937 555 0199", "+19375550199"),
    ],
)
def test_which_of_two_numbers_is_asked(answer: str, number: str) -> None:
    line = Line("my ac died", "no", "Sarah Miller, 937 555 0177 or 937 555 0188")
    facts = line.policy.facts
    assert facts.phone is None
    assert "(937) 555-0177 or (937) 555-0188?" in line.last
    line.hear(answer)
    after = line.policy.facts
    assert after.phone == number
    assert not after.phone_choices


def test_an_extension_is_said_back_and_kept_for_who_calls() -> None:
    line = Line(*BOOKING[:2])
    assert "extension 22" in line.hear("Sarah Miller, 937 555 0144 extension 22")
    read_back = line.hear(*BOOKING[3:])
    assert "extension 22" in read_back
    line.hear("yes")
    booked = line.calls[-1]
    assert booked.name == "book_appointment"
    assert booked.arguments["notes"] == "Phone extension 22."


def test_an_extension_goes_with_its_number() -> None:
    line = Line(*BOOKING[:2], "Sarah Miller, 937 555 0144 extension 22")
    line.hear("sorry, my number is 937 555 0199")
    assert line.policy.facts.phone == "+19375550199"
    assert "22" not in all_notes(line.policy.facts)


@pytest.mark.parametrize(
    ("said", "number", "place"),
    [
        (
            "unit four thirty three oh one burnett road",
            "three three oh one",
            "3301 Burnett Road, Unit 4",
        ),
        ("apartment 12 Burnett Road", "418", "418 Burnett Road, Apt 12"),
        ("apartment 12 Burnett Road", "12", "12 Burnett Road, Apt 12"),
    ],
)
def test_a_house_number_that_no_one_can_tell_from_a_units_is_asked_for(
    said: str, number: str, place: str
) -> None:
    line = Line(*BOOKING[:3])
    assert line.hear(said).endswith("And what is the house number on Burnett Road?")
    line.hear(number)
    address = line.policy.facts.address
    assert address is not None
    assert address.text == f"{place}, Springfield, Ohio"


def test_a_denied_place_is_not_asked_on() -> None:
    line = Line(*BOOKING[:3], "not 418 Burnett Road")
    assert line.policy.facts.address is line.policy.facts.address_part is None


PLACES = (
    ("it's 104 in here, my mother has stopped sweating", ""),
    ("the rental at 55 Harding Road, not my own house at 418 Burnett", "55 Harding Road"),
    ("1200 North Limestone, suite 210, 45503", "1200 North Limestone Street, Suite 210"),
    ("it's one oh four twelve Fountain Avenue, ten four one two", "10412 Fountain Avenue"),
)


@pytest.mark.parametrize(("said", "place"), PLACES)
def test_the_visit_is_where_the_caller_says(said: str, place: str) -> None:
    address = Line(*BOOKING[:3], said).policy.facts.address
    assert (address.text if address else "").startswith(place)
    assert bool(address) is bool(place)


WHICH = "I heard more than one address. Which is the visit for: 12 Oak Street or 40 Elm Street?"


@pytest.mark.parametrize(
    "said",
    [
        "it's either 12 Oak Street or 40 Elm Street",
        "12 Oak Street, and the other one is at 40 Elm Street",
        "I live at 12 Oak Street. the unit is at 40 Elm Street",
        "12 Oak Street and also 40 Elm Street",
    ],
)
def test_which_of_two_addresses_is_asked(said: str) -> None:
    line = Line(*BOOKING[:3], said)
    assert line.last == WHICH
    assert line.policy.facts.address is None


@pytest.mark.parametrize(
    ("answer", "place"),
    [
        ("the first one", "12 Oak Street"),
        ("the second one please", "40 Elm Street"),
        ("Elm Street", "40 Elm Street"),
        ("the one on oak", "12 Oak Street"),
        ("40", "40 Elm Street"),
        ("it's 99 Plum Street", "99 Plum Street"),
    ],
)
def test_one_of_two_addresses_is_taken_by_the_answer(answer: str, place: str) -> None:
    facts = Line(*BOOKING[:3], "12 Oak Street or 40 Elm Street", answer).policy.facts
    assert facts.address is not None
    assert f"{facts.address.number} {facts.address.street}" == place
    assert not facts.address_choices


def test_of_two_addresses_none_is_guessed() -> None:
    line = Line(*BOOKING[:3], "12 Oak Street or 40 Elm Street", "both of them")
    assert line.policy.facts.address is None
    assert line.last.endswith(WHICH)


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("12 Oak Street, no wait, 40 Elm Street", "40 Elm Street"),
        ("not 12 Oak Street, 40 Elm Street", "40 Elm Street"),
        ("12 Oak Street, that's 12 Oak Street", "12 Oak Street"),
        ("12 Oak Street and my number is 937 555 0144", "12 Oak Street"),
    ],
)
def test_an_address_that_is_put_right_or_repeated_is_one(said: str, place: str) -> None:
    facts = Line(*BOOKING[:3], said).policy.facts
    assert facts.address is not None
    assert f"{facts.address.number} {facts.address.street}" == place


def test_two_addresses_told_before_they_are_asked_for_are_asked_about_then() -> None:
    line = Line("my ac died at 12 Oak Street and also at 40 Elm Street", *BOOKING[1:3])
    assert line.last.endswith(WHICH)
