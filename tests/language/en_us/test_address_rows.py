"""Which digits belong to which part of an address, and which to none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceagent.language.en_us.address_rows import without_denied
from voiceagent.language.en_us.addresses import AddressHeard, hear_address

STREETS = (
    "Oak Street",
    "Main Street",
    "High Street",
    "Burnett Road",
    "Harding Road",
    "Fountain Avenue",
    "Limestone Street",
)
ZIPS = ("45503", "45505")


def hear(text: str) -> AddressHeard | None:
    return hear_address(
        text,
        known_streets=STREETS,
        known_cities=("Springfield", "Enon"),
        default_city="Springfield",
        default_state="Ohio",
        known_zips=ZIPS,
    )


def line(text: str) -> str:
    heard = hear(text)
    return heard.text if heard is not None and heard.located else ""


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (
            "Unit 12, 3301 E National Rd., Springfield OH 45505-1234",
            "3301 East National Road, Unit 12, Springfield, Ohio 45505-1234",
        ),
        ("unit 12 3301 E National Rd", "3301 East National Road, Unit 12, Springfield, Ohio"),
        (
            "apartment four, four eighteen burnett road",
            "418 Burnett Road, Apt 4, Springfield, Ohio",
        ),
        ("apt 4B, 418 Burnett Road", "418 Burnett Road, Apt 4B, Springfield, Ohio"),
        ("#7, 418 Burnett Road", "418 Burnett Road, Unit 7, Springfield, Ohio"),
        (
            "1200 North Limestone, suite 210, 45503",
            "1200 North Limestone Street, Suite 210, Springfield, Ohio 45503",
        ),
        (
            "1200 North Limestone suite 210 45503",
            "1200 North Limestone Street, Suite 210, Springfield, Ohio 45503",
        ),
        (
            "1200 North Limestone suite 210 OH 45503",
            "1200 North Limestone Street, Suite 210, Springfield, Ohio 45503",
        ),
        (
            "twelve hundred north limestone, suite two ten, four five five oh three",
            "1200 North Limestone Street, Suite 210, Springfield, Ohio 45503",
        ),
        (
            "418 Burnett Road, apartment 4, a dog is there",
            "418 Burnett Road, Apt 4, Springfield, Ohio",
        ),
        ("4, 1, 8 Burnett Road", "418 Burnett Road, Springfield, Ohio"),
        ("1,200 North Limestone Street", "1200 North Limestone Street, Springfield, Ohio"),
        ("937 555 0144, 418 Burnett Road", "418 Burnett Road, Springfield, Ohio"),
    ],
)
def test_numbers_of_different_parts_are_not_run_together(said: str, meant: str) -> None:
    assert line(said) == meant


@given(
    unit=st.integers(1, 999), house=st.integers(1, 9999), code=st.sampled_from(ZIPS),
    kind=st.sampled_from(("unit", "apt", "suite", "apartment", "Ste.")),
)  # fmt: skip
@settings(max_examples=60)
def test_every_part_keeps_its_own_number(unit: int, house: int, code: str, kind: str) -> None:
    for said in (
        f"{kind} {unit}, {house} Burnett Road, {code}",
        f"{house} Burnett Road, {kind} {unit}, {code}",
        f"{house} Burnett Road {kind} {unit} {code}",
    ):
        heard = hear(said)
        assert heard is not None
        assert (heard.number, heard.zip) == (str(house), code), said
        assert heard.unit is not None
        assert heard.unit.split()[1] == str(unit)


@pytest.mark.parametrize(
    "said",
    ["unit four thirty three oh one burnett road", "apartment 12 Burnett Road"],
)
def test_no_house_number_is_made_of_a_units(said: str) -> None:
    heard = hear(said)
    assert heard is not None
    assert (heard.number, heard.street) == ("", "Burnett Road")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("it's one oh four twelve Fountain Avenue, ten four one two", None),
        ("10412 Fountain Avenue, that's 10412", None),
        ("10412 Fountain Avenue, zip 10412", "10412"),
        ("10412 Fountain Avenue, Springfield Ohio 45503", "45503"),
    ],
)
def test_a_house_number_said_again_is_no_zip(said: str, code: str | None) -> None:
    heard = hear(said)
    assert heard is not None
    assert (heard.number, heard.zip) == ("10412", code)


@pytest.mark.parametrize(
    "said",
    [
        "ac is out and it's 104 in here, my mother is confused and has stopped sweating",
        "it's 95 upstairs, the kids are hot, Springfield Ohio is in a heat wave",
        "my mother is 84 and confused, she is not doing well",
        "it's 104 in the way back room",
        "about a 10 minute drive from Enon",
        "we have 2 dogs run in the yard",
        "the unit is 20 years old and in bad shape",
        "it's 85 high in here",
        "there are 2 main units on the roof",
        "I have 3 oak cabinets near the vent",
        "the thermostat says 78 high setting",
    ],
)
def test_a_count_is_no_address(said: str) -> None:
    assert not line(said)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("the rental at 55 Harding Road, not my own house at 418 Burnett", "55 Harding Road"),
        ("not my own house at 418 Burnett, the rental at 55 Harding Road", "55 Harding Road"),
        ("not 418 Burnett but 55 Harding Road", "55 Harding Road"),
        ("not at 418 Burnett it's at 55 Harding Road", "55 Harding Road"),
        ("55 Harding Road instead of 418 Burnett Road", "55 Harding Road"),
        (
            "instead of my office at 418 Burnett Road please come to 55 Harding Road",
            "55 Harding Road",
        ),
        ("55 Harding Road rather than my mom's place at 418 Burnett Road", "55 Harding Road"),
        ("not four eighteen burnett fifty five harding road", "55 Harding Road"),
        ("418 Burnett Road is my own house, the visit is at 55 Harding Road", "55 Harding Road"),
        ("the visit is at 55 Harding Road, 418 Burnett Road is my office", "55 Harding Road"),
        ("come to 55 Harding Road, I live at 418 Burnett Road", "55 Harding Road"),
        ("418 Burnett Road is my house, my phone is 937 555 0144", "418 Burnett Road"),
        ("I live at 418 Burnett Road", "418 Burnett Road"),
        ("it's not working at 418 Burnett Road", "418 Burnett Road"),
        ("not sure of the zip but it's 418 Burnett Road", "418 Burnett Road"),
        ("I'm not home, it's 418 Burnett Road", "418 Burnett Road"),
        ("it's not far, 418 Burnett Road", "418 Burnett Road"),
    ],
)
def test_what_is_denied_is_no_address(said: str, meant: str) -> None:
    assert line(said) == f"{meant}, Springfield, Ohio"


@given(st.text(max_size=80))
@settings(max_examples=60)
def test_what_denies_nothing_stays_as_it_is(text: str) -> None:
    if not {"not", "instead", "rather", "other", "except"} & set(text.lower().split()):
        assert without_denied(text) == text
