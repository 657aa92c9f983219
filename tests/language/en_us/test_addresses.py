"""Addresses said and typed, corrected and read back."""
# ruff: noqa: E501  (a row of a table stays a row)

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.present import present
from tests.support.spoken_text import spoken_text
from voiceagent.language.en_us.addresses import AddressHeard, correct_address, hear_address
from voiceagent.language.en_us.numbers import say_cardinal, say_pairs

STREETS = (
    "Oak Street", "Oak Lane", "Maple Avenue", "Main Street", "High Street", "Limestone Street",
    "Fountain Avenue", "Elm Street", "Park Road", "Sunset Avenue",
)  # fmt: skip
CITIES = ("Springfield", "Enon", "New Carlisle", "South Charleston", "Urbana")


def hear(text: str) -> AddressHeard | None:
    return hear_address(
        text,
        known_streets=STREETS,
        known_cities=CITIES,
        default_city="Springfield",
        default_state="Ohio",
    )


HOME = "123 Oak Street, Springfield, Ohio"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("one twenty three oak street springfield ohio", HOME),
        ("123 Oak Street, Springfield, Ohio", HOME),
        ("123 oak st", HOME),
        ("it's one two three oak street in springfield", HOME),
        ("one hundred twenty three oak street", HOME),
        ("i live at one hundred and twenty three oak street please", HOME),
        ("on oak street number one twenty three", HOME),
        ("five five five one two three oh oh oh oh one twenty three oak street", HOME),
        ("one twenty four oak lane no one twenty three oak street", HOME),
        (
            "twelve oh five north limestone street apartment four b",
            "1205 North Limestone Street, Apt 4B, Springfield, Ohio",
        ),
        (
            "1205 N Limestone St Apt 4B, Springfield OH 45501",
            "1205 North Limestone Street, Apt 4B, Springfield, Ohio 45501",
        ),
        ("It's 123 Oak Ln. #4b", "123 Oak Lane, Unit 4B, Springfield, Ohio"),
        ("one twenty three maple", "123 Maple Avenue, Springfield, Ohio"),
        ("one twenty three fifth street", "123 Fifth Street, Springfield, Ohio"),
        (
            "one twenty three twenty third street enon ohio four five three two three",
            "123 23rd Street, Enon, Ohio 45323",
        ),
        ("45 Martin Luther King Jr Blvd Unit 3", "45 Martin Luther King Jr Boulevard, Unit 3, Springfield, Ohio"),
        ("12 Broadway, Dayton, OH 45402", "12 Broadway, Dayton, Ohio 45402"),
        ("twelve broadway dayton ohio", "12 Broadway, Dayton, Ohio"),
        ("four five six state route forty one", "456 State Route 41, Springfield, Ohio"),
        (
            "one hundred twenty three oak street in springfield four five five oh one",
            "123 Oak Street, Springfield, Ohio 45501",
        ),
        ("twelve thirty four east main street new carlisle ohio", "1234 East Main Street, New Carlisle, Ohio"),
        ("apartment twelve c one twenty three oak street", "123 Oak Street, Apt 12C, Springfield, Ohio"),
        ("nine nine nine court street", "999 Court Street, Springfield, Ohio"),
        ("five lane avenue columbus ohio", "5 Lane Avenue, Columbus, Ohio"),
        ("one oh one sunset avenue apartment b", "101 Sunset Avenue, Apt B, Springfield, Ohio"),
        (
            "one twenty three windy hill way yellow springs ohio",
            "123 Windy Hill Way, Yellow Springs, Ohio",
        ),
        (
            "twelve oh five north limestone street suite two hundred springfield oh four five five oh one",
            "1205 North Limestone Street, Suite 200, Springfield, Ohio 45501",
        ),
        ("123 Oak Street Springfield OH 45501-1234", "123 Oak Street, Springfield, Ohio 45501-1234"),
    ],
)  # fmt: skip
def test_whole_addresses(text: str, line: str) -> None:
    heard = present(hear(text))
    assert heard.text == line
    assert heard.complete


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("oak street", "Oak Street, Springfield, Ohio"),
        ("it's on oak lane in enon", "Oak Lane, Enon, Ohio"),
        ("one twenty three oak", "123 Oak, Springfield, Ohio"),
    ],
)
def test_unfinished_addresses(text: str, line: str) -> None:
    heard = present(hear(text))
    assert heard.text == line
    assert not heard.complete


@pytest.mark.parametrize(
    "text",
    [
        "my number is five five five one two three oh oh oh oh",
        "the gate code is one two three four and there's a friendly dog",
        "tonight nine to eleven",
        "i have two units in my place",
        "two forty eight dollars",
        "this is sarah miller",
        "springfield ohio",
        "no gas no smoke",
        "yes",
        "",
    ],
)
def test_no_address(text: str) -> None:
    assert hear(text) is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("no oak lane", "123 Oak Lane, Springfield, Ohio"),
        ("no it's oak lane", "123 Oak Lane, Springfield, Ohio"),
        ("no lane", "123 Oak Lane, Springfield, Ohio"),
        ("lane not street", "123 Oak Lane, Springfield, Ohio"),
        ("not oak street oak lane", "123 Oak Lane, Springfield, Ohio"),
        ("no, Oak *Lane*", "123 Oak Lane, Springfield, Ohio"),
        ("no maple", "123 Maple Avenue, Springfield, Ohio"),
        ("the street is maple avenue", "123 Maple Avenue, Springfield, Ohio"),
        ("no one twenty four", "124 Oak Street, Springfield, Ohio"),
        ("it's one twenty five not one twenty three", "125 Oak Street, Springfield, Ohio"),
        ("one twenty four oak lane", "124 Oak Lane, Springfield, Ohio"),
        ("it's in enon", "123 Oak Street, Enon, Ohio"),
        ("apartment four b", "123 Oak Street, Apt 4B, Springfield, Ohio"),
        ("the zip is four five five oh two", "123 Oak Street, Springfield, Ohio 45502"),
        ("45502", "123 Oak Street, Springfield, Ohio 45502"),
    ],
)
def test_corrections(text: str, line: str) -> None:
    home = present(hear(HOME))
    fixed = present(correct_address(home, text, known_streets=STREETS, known_cities=CITIES))
    assert fixed.text == line
    assert fixed.complete


@pytest.mark.parametrize("text", ["yes", "yes that's right", "no", "tonight", "sarah miller", ""])
def test_nothing_to_correct(text: str) -> None:
    home = present(hear(HOME))
    assert correct_address(home, text, known_streets=STREETS, known_cities=CITIES) is None


def test_a_street_gets_its_number_later() -> None:
    street = present(hear("oak street"))
    fixed = present(correct_address(street, "one twenty three", known_streets=STREETS))
    assert fixed.text == HOME


def test_an_unclear_kind_of_street_is_settled() -> None:
    unclear = present(hear("one twenty three oak"))
    fixed = present(correct_address(unclear, "lane", known_streets=STREETS))
    assert (fixed.text, fixed.complete) == ("123 Oak Lane, Springfield, Ohio", True)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (HOME, "one twenty-three Oak Street, Springfield, Ohio"),
        (
            "1205 North Limestone Street, Apt 4B, Springfield, Ohio 45501",
            "twelve oh five North Limestone Street, apartment four B, Springfield, Ohio four five five zero one",
        ),
        ("123 23rd Street, Enon, Ohio", "one twenty-three twenty-third Street, Enon, Ohio"),
        ("5 Lane Avenue, Unit 12, Columbus, Ohio", "five Lane Avenue, unit twelve, Columbus, Ohio"),
        ("456 State Route 41, Enon, Ohio", "four hundred fifty-six State Route forty-one, Enon, Ohio"),
    ],
)  # fmt: skip
def test_how_an_address_is_spoken(line: str, said: str) -> None:
    assert spoken_text(line) == said
    assert spoken_text(present(hear(line)).text) == said


@settings(max_examples=300)
@given(st.integers(1, 19999), st.sampled_from(STREETS), st.sampled_from(CITIES), st.booleans())
def test_addresses_round_trip(number: int, street: str, city: str, pairs: bool) -> None:
    said = say_pairs(number) if pairs else say_cardinal(number)
    heard = present(hear(f"it's {said} {street} {city} ohio".lower().replace("-", " ")))
    assert heard.text == f"{number} {street}, {city}, Ohio"
    assert hear(spoken_text(heard.text)) == heard
    assert hear(heard.text) == heard


def test_one_is_a_number_only_where_it_stands_for_nothing() -> None:
    home = present(hear("123 oak street"))
    nouns = ["the first", "that", "the morning", "the later", "a cheap", "another", "any"]
    for noun in nouns:
        assert correct_address(home, f"{noun} one", known_streets=STREETS) is None, noun
    for said in ("one", "no, one", "the house number is one", "it's one"):
        assert present(correct_address(home, said, known_streets=STREETS)).number == "1", said
