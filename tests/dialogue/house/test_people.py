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


@pytest.mark.parametrize(
    ("said", "sells"),
    [
        ("hi, I'm with Bright Media, we can get you more leads from Google", True),
        ("we help companies, we can lower your card fees", True),
        ("our agency could boost your online presence", True),
        ("this is Amber with Top Rank Marketing", True),
        ("can you get me a better price", False),
        ("I want to get my furnace looked at", False),
        ("we need to get more heat in the house", False),
        ("I'm here with my husband and the AC quit", False),
    ],
)
def test_who_offers_the_business_something_is_let_go_kindly(said: str, sells: bool) -> None:
    assert (Line(said).hung_up == "done") is sells


@pytest.mark.parametrize(
    "said", ["Jim Day, 937 555 0177", "it's at 16 Elm Street", "my number is 937 555 0177"]
)
def test_who_and_where_somebody_is_is_no_trouble(said: str) -> None:
    line = Line(*BOOKING, "yes, and my neighbor needs one too")
    line.hear(said)
    assert line.policy.facts.problem == ""


def test_a_call_back_that_is_asked_for_is_agreed_to() -> None:
    call = Line("can somebody call me back tomorrow afternoon").calls[-1]
    assert call.name == "request_callback"
    assert call.basis.agreed


@pytest.mark.parametrize(
    ("said", "night"),
    [
        ("how much is a repair tonight", True),
        ("what would a repair at nine pm cost", True),
        ("how much is a repair", False),
        ("how much is a repair tomorrow morning", False),
        ("how much is a tune up tonight", False),
    ],
)
def test_a_price_is_told_for_the_time_that_is_named(said: str, night: bool) -> None:
    line = Line()
    line.policy.now = NOW.replace(hour=10)
    line.hear(said)
    assert line.calls[-1].arguments["is_after_hours"] is night


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("I booked with you but the address is wrong", "change"),
        ("I booked already and the phone number I gave was wrong", "change"),
        ("can you come any sooner, I have an appointment already", "reschedule"),
        ("my appointment is Thursday, is there anything sooner", "reschedule"),
        ("I need an appointment, the sooner the better", "book"),
    ],
)
def test_what_is_wanted_of_a_booking_they_have(said: str, asked: str) -> None:
    goal = Line(said).policy.state.goal
    assert goal is not None
    assert goal.value == asked


def test_another_house_of_theirs_is_another_visit_with_the_address_that_was_said() -> None:
    line = Line(*BOOKING, "yes", "and the other house too, 22 Oak Street")
    facts = line.policy.facts
    assert facts.booking is None
    assert (facts.name, facts.address and facts.address.number) == ("Sarah Miller", "22")


@pytest.mark.parametrize(
    "said",
    [
        "are you licensed and insured, I'm eighty four so I can't stand the heat",
        "do you have any jobs open, my furnace guy said to ask",
        "are you background checked, I have a furnace in the basement",
    ],
)
def test_nothing_is_promised_for_a_thing_in_an_aside(said: str) -> None:
    assert not any("Yes, we do that" in one for one in Line(said).said)


def test_a_name_that_is_said_again_is_no_street() -> None:
    turns = list(BOOKING)
    turns[2] = "stan street, 555 123 0000"
    line = Line(*turns, "no, it's Stan Street")
    facts = line.policy.facts
    assert (facts.name, facts.address and facts.address.street) == ("Stan Street", "Oak Street")


@pytest.mark.parametrize(
    ("said", "then"),
    [
        ("this is ridiculous. okay, too bad, bye", "end_call"),
        ("this is ridiculous. actually, cancel that, it just came back on", "lookup_customer"),
    ],
)
def test_what_a_scolding_caller_wants_is_done_when_nobody_is_reached(said: str, then: str) -> None:
    line = Line(*BOOKING, "yes")
    line.tools["escalate_to_human"] = [
        {"transferred": False, "lead": None, "message": "I couldn't reach anyone."}
    ]
    line.hear(said)
    assert line.called[-2:] == ["escalate_to_human", then]


@pytest.mark.parametrize("said", ["123 Oak Street, Springfield", "555 123 0000"])
def test_a_detail_that_is_said_as_it_stands_is_nothing_to_change(said: str) -> None:
    line = Line(*BOOKING, "no", said)
    assert line.last.endswith("Shall I book it?")
    line.hear("yes")
    assert line.called.count("book_appointment") == 1
