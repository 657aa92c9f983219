"""People's own wordings, by kind: what they do to a booking under way, and to whom they lead."""
# ruff: noqa: E501  (a row of a table stays a row)

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.dialogue.house.harness import BOOKING, NOW, Line
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.facts import Facts
from voiceagent.dialogue.house.hearing.times import hear_times
from voiceagent.domain.areas import Reach, reach
from voiceagent.language.en_us.addresses import hear_address
from voiceagent.language.en_us.matters import Matter, hear_matter
from voiceagent.language.en_us.past import of_now
from voiceagent.language.en_us.refusals import postpones
from voiceagent.language.en_us.wanting_people import wants_person
from voiceagent.language.en_us.yes_no import YesNo, hear_yes_no

ASIDES = (
    "yes, I've got 2 dogs", "yes, we already waited four days", "yes, I'm 84", "yes, we have 3 kids",
)  # fmt: skip


@pytest.mark.parametrize("aside", ASIDES)
def test_a_stray_number_changes_no_address(aside: str) -> None:
    line = Line(*BOOKING, aside)
    address = line.policy.facts.address
    assert address is not None
    assert address.number == "123"


@pytest.mark.parametrize(
    "condition",
    ["yes, if it's refundable", "sure, after I ask my wife", "ok, let me check with my wife first",
     "yes, unless it costs more"],
)  # fmt: skip
def test_a_yes_on_a_condition_books_nothing(condition: str) -> None:
    line = Line(*BOOKING, condition)
    assert "book_appointment" not in line.called
    line.hear("yes please")
    assert "book_appointment" in line.called


@pytest.mark.parametrize(
    "refusal", ["let me not book it yet", "hold off on that, I'll call back", "don't book anything"]
)
def test_what_is_put_off_is_not_asked_about_again(refusal: str) -> None:
    line = Line(*BOOKING, refusal)
    assert "book_appointment" not in line.called
    assert line.policy.state.goal is None


def test_a_no_that_puts_something_right_refuses_nothing() -> None:
    line = Line(*BOOKING[:4], "no it's Oak Lane")
    address = line.policy.facts.address
    assert address is not None
    assert address.street == "Oak Lane"
    assert line.policy.state.goal is not None


def test_a_question_heard_three_times_is_put_in_another_way() -> None:
    line = Line("my ac died")
    said = [line.hear("what?") for _ in range(3)]
    assert len(set(said)) == len(said)
    assert line.policy.state.ask is not Ask.SAFETY


@pytest.mark.parametrize(
    ("said", "matter"),
    [
        ("I got an invoice for three hundred forty dollars", Matter.INVOICE),
        ("your technician left a huge mess, I want to complain", Matter.COMPLAINT),
        ("nobody came yesterday", Matter.NO_SHOW),
        ("you fixed my air conditioner two weeks ago and it's already dead again", Matter.WARRANTY),
        ("when is my part in", Matter.PART),
        ("can you tell Mike I got the part", Matter.MESSAGE),
        ("can somebody call me back", Matter.CALL_BACK),
        ("I don't have a cell phone", Matter.NO_LINK),
        ("how much do you charge", None),
        ("what warranty do you give", None),
        ("my ac is not cooling", None),
        ("if you don't call me back I'll be home", None),
    ],
)
def test_a_matter_is_told_by_what_happened(said: str, matter: Matter | None) -> None:
    assert hear_matter(said) is matter


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("give me a person", True),
        ("let me speak to your manager", True),
        ("can I have a human please", True),
        ("I don't want a robot", True),
        ("I need someone to come out", False),
        ("there'll be a person home", False),
        ("my manager Tom will let them in", False),
    ],
)
def test_a_wish_to_speak_is_no_wish_for_a_visit(said: str, *, wanted: bool) -> None:
    assert wants_person(said) is wanted


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("my furnace quit on Saturday, can you come tomorrow", "can you come tomorrow"),
        ("yesterday at noon", ""),
        ("it died two days ago but I'm home after four", "I'm home after four"),
    ],
)
def test_what_is_told_of_the_past_is_no_wish(said: str, kept: str) -> None:
    assert of_now(said) == kept


@pytest.mark.parametrize(
    ("said", "earliest", "latest"),
    [
        ("after four", 960, None), ("not before ten", 600, None), ("before noon", None, 720),
        ("I work till four", 960, None), ("no later than three", None, 900), ("two to four", 840, 960),
        ("quarter to ten or later", 585, None),
    ],
)  # fmt: skip
def test_bounds_of_a_wish(said: str, earliest: int | None, latest: int | None) -> None:
    wish = hear_times(said, Ask.DAY, Facts(), NOW, timed=True, corrects=False).wish
    assert wish is not None
    assert (wish.earliest, wish.latest) == (earliest, latest)


STREETS = ("Oak Street", "Cedar Drive", "Park Road", "Maple Avenue", "Elm Street", "Main Street")


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("88 Cedar Lane, Springfield Ohio", "88 Cedar Lane, Springfield, Ohio"),
        ("7 Park Avenue", "7 Park Avenue, Springfield, Ohio"),
        ("112 and a half Main Street", "112 1/2 Main Street, Springfield, Ohio"),
        ("112 1/2 Main Street", "112 1/2 Main Street, Springfield, Ohio"),
        ("65-43 Austin Street", "65-43 Austin Street, Springfield, Ohio"),
        ("12 Elm Street, Dayton", "12 Elm Street, Dayton, Ohio"),
        ("14 Elm Street in Springfield, or just off Elm", "14 Elm Street, Springfield, Ohio"),
        ("20 Main Street Washington DC", "20 Main Street, Washington, District of Columbia"),
    ],
)
def test_an_address_is_what_was_said(said: str, line: str) -> None:
    heard = hear_address(
        said,
        known_streets=STREETS,
        known_cities=("Springfield", "Enon"),
        default_city="Springfield",
        default_state="Ohio",
    )
    assert heard is not None
    assert heard.text == line


@pytest.mark.parametrize(
    ("city", "state", "zip_code", "there"),
    [
        ("Springfield", "Ohio", None, Reach.SERVED), ("Enon", "Ohio", None, Reach.SERVED),
        ("Dayton", "Ohio", None, Reach.NOT_SERVED), ("Springfield", "Ohio", "45501", Reach.SERVED),
        ("Springfield", "Illinois", None, Reach.NOT_SERVED),
        ("Springfield", "Ohio", "43201", Reach.NOT_SERVED),
    ],
)  # fmt: skip
def test_where_somebody_comes(city: str, state: str, zip_code: str | None, there: Reach) -> None:
    business = Line().policy.business
    assert reach(business, zip_code=zip_code, city=city, state=state) is there


def test_a_yes_with_a_reason_is_a_yes() -> None:
    assert hear_yes_no("yep, I'm eighty four so I can't stand the heat") is YesNo.YES
    assert hear_yes_no("yes, but I don't want it today") is not YesNo.YES
    assert postpones("let me not book it yet")


def test_nothing_is_booked_before_a_yes_to_what_was_read_back_last() -> None:
    for change in (
        "actually make it tomorrow",
        "no, my number ends in 1",
        "it's Oak Lane, not Oak Street",
    ):
        line = Line(*BOOKING, change)
        assert "book_appointment" not in line.called
        line.hear("yes")
        books = [at for at, name in enumerate(line.called) if name == "book_appointment"]
        assert len(books) == 1
    assert all(one != other for one, other in pairwise(line.called) if one == "book_appointment")


ODD_NAMES = ("Megan Monday", "Grace Price", "Carlos Street", "Rosa May", "Rose Will", "Stan Noel")
"""Family names that are words of their own: a day, a sum, a road, a month."""


@pytest.mark.parametrize("name", ODD_NAMES)
@pytest.mark.parametrize(
    "said",
    [
        "put it under {}, that's me, call me at 614 555 0170", "{}, 614 555 0170", "it's {}",
        "yeah {}, that's my name", "under {}, 614 555 0170", "my name's {}, I'm the one to call",
        "it's {} with a number of 614 555 0170", "last name {last}, first name {first}",
        "last name is {last}, first name {first}, 614 555 0170",
    ],
)  # fmt: skip
def test_a_family_name_may_be_any_word(said: str, name: str) -> None:
    first, last = name.split()
    line = Line("my ac died", "no", said.format(name, first=first, last=last))
    assert line.policy.facts.name == name
