"""Telephone numbers as people say and type them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.present import present
from voiceagent.language.en_us.numbers import say_cardinal, say_digits
from voiceagent.language.en_us.phones import (
    PhoneHeard,
    hear_extension,
    hear_own_phone,
    hear_phone,
    points_to,
    say_phone,
    show_phone,
)

SARAH = "+15551230000"


@pytest.mark.parametrize(
    "text",
    [
        "this is sarah miller my number is five five five one two three oh oh oh oh",
        "five five five one two three four oh's",
        "five five five one two three four zeros",
        "triple five one two three double oh double oh",
        "five fifty five one twenty three oh oh oh oh",
        "one five five five one two three zero zero zero zero",
        "plus one five five five one two three zero zero zero zero",
        "area code five five five one two three oh oh oh oh",
        "five five five and then one two three and oh oh oh oh",
        "five five five dash one two three dash oh oh oh oh",
        "five five five one two three for zeros",
        "it's um five five five uh one two three oh oh oh oh thanks",
        "oh five five five one two three oh oh oh oh",
        "It's Sarah Miller, 555-123-0000",
        "(555) 123-0000",
        "+1 555 123 0000",
        "+15551230000",
        "5551230000",
        "1-555-123-0000",
        "555.123.0000 please",
        "gate code 1234. 555-123-0000",
        "sarah miller five five five one two three oh oh oh oh one twenty three oak street",
        "one twenty three oak street and my cell is five five five one two three oh oh oh oh",
        "five five five one two four oh oh oh oh no sorry five five five one two three oh oh oh oh",
    ],
)
def test_the_same_number_in_many_ways(text: str) -> None:
    assert hear_phone(text) == PhoneHeard("5551230000", SARAH, complete=True)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("eight hundred five five five twelve twelve", "8005551212"),
        ("nine three seven five five five oh one double oh", "9375550100"),
        ("nine thirty seven five fifty five oh one hundred", "9375550100"),
        ("five fifty one twenty three oh oh oh oh", "5501230000"),
        ("six one four two two five nineteen hundred", "6142251900"),
        ("six one four two two five five thousand", "6142255000"),
        ("two one two five five five ninety eight seventy six", "2125559876"),
    ],
)
def test_other_numbers(text: str, digits: str) -> None:
    assert hear_phone(text) == PhoneHeard(digits, f"+1{digits}", complete=True)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("my number is five five five", "555"),
        ("five five five one two three", "555123"),
        ("one two three oh oh oh oh", "1230000"),
        ("you can reach me at 555-123", "555123"),
        ("my number is five five five one two three oh oh oh oh oh oh", "555123000000"),
    ],
)
def test_an_unfinished_number_is_kept_as_far_as_it_goes(text: str, digits: str) -> None:
    assert hear_phone(text) == PhoneHeard(digits, None, complete=False)


def test_an_unfinished_number_is_continued() -> None:
    first = present(hear_phone("my number is five five five"))
    second = present(hear_phone(f"{first.digits} one two three"))
    assert present(hear_phone(f"{second.digits} oh oh oh oh")).e164 == SARAH


@pytest.mark.parametrize(
    "text",
    [
        "one twenty three oak street",
        "twelve oh five north limestone street apartment four b",
        "tonight nine to eleven",
        "the gate code is one two three four and there's a friendly dog",
        "yes please",
        "it will be two hundred forty eight dollars",
        "oh oh",
        "i have two units and one thermostat",
        "september second",
        "",
    ],
)
def test_other_numbers_are_no_phone_numbers(text: str) -> None:
    assert hear_phone(text) is None


def test_other_countries() -> None:
    assert present(hear_phone("+44 20 7946 0958")).e164 == "+442079460958"
    assert present(hear_phone("020 7946 0958", country="GB")).e164 == "+442079460958"
    assert show_phone("+442079460958") == "+44 20 7946 0958"


def test_say_and_show() -> None:
    assert say_phone(SARAH) == "five five five, one two three, zero zero zero zero"
    assert show_phone(SARAH) == "(555) 123-0000"
    assert show_phone("nonsense") == "nonsense"


def pair(two: str) -> str:
    """Two digits as one word or two."""
    if two[0] == "0":
        return "oh " + ("oh" if two[1] == "0" else say_cardinal(int(two[1])))
    return say_cardinal(int(two)).replace("-", " ")


def runs_of_same(digits: str) -> Iterator[str]:
    """ "double" and "triple" where they fit."""
    names = {2: "double", 3: "triple"}
    for run in re.findall(
        r"0{1,3}|1{1,3}|2{1,3}|3{1,3}|4{1,3}|5{1,3}|6{1,3}|7{1,3}|8{1,3}|9{1,3}", digits
    ):
        word = say_cardinal(int(run[0]))
        yield word if len(run) == 1 else f"{names[len(run)]} {word}"


def styles(digits: str) -> Iterator[str]:
    area, exchange, line = digits[:3], digits[3:6], digits[6:]
    yield say_phone(f"+1{digits}")
    yield show_phone(f"+1{digits}")
    yield say_digits(digits).replace("zero", "oh")
    yield "one " + say_digits(digits)
    yield " ".join(runs_of_same(digits))
    yield f"{area}-{exchange}-{line}"
    yield f"+1 {area} {exchange} {line}"
    yield f"{say_digits(area + exchange)} {pair(line[:2])} {pair(line[2:])}"
    if line[1:] == "000" and line[0] != "0":
        yield f"{say_digits(area + exchange)} {say_cardinal(int(line))}"
    if line[2:] == "00" and line[0] != "0":
        yield f"{say_digits(area + exchange)} {say_cardinal(int(line[:2]))} hundred"


@pytest.mark.thorough
@settings(max_examples=300)
@given(st.from_regex(r"[2-9][0-9]{9}", fullmatch=True))
def test_every_number_is_heard_in_every_style(digits: str) -> None:
    for said in styles(digits):
        for text in (said, f"my number is {said} thank you"):
            assert present(hear_phone(text)).e164 == f"+1{digits}", text


def test_a_long_zero_recognised_as_zero_and_oh_is_one_digit() -> None:
    heard = hear_phone("five five five one two three double zero double zero oh please")
    assert heard is not None
    assert heard.e164 == "+15551230000"
    plain = hear_phone("six one four five five five zero oh nine two")
    assert plain is not None
    assert plain.digits == "6145550092"


@given(st.from_regex(r"[2-9][0-9]{9}", fullmatch=True), st.integers(0, 10), st.sampled_from("0189"))
def test_a_stray_or_lost_digit_still_points_to_a_known_number(
    number: str, at: int, stray: str
) -> None:
    assert points_to(number[:at] + stray + number[at:], f"+1{number}")
    lost = number[: at % 10] + number[at % 10 + 1 :]
    assert points_to(lost, f"+1{number}") != number.startswith(lost)


@given(st.from_regex(r"[2-9]\d{9}", fullmatch=True))
def test_who_leaves_the_area_code_out_means_the_number_they_call_from(number: str) -> None:
    assert points_to(number[3:], f"+1{number}")
    other = str((int(number[9]) + 1) % 10)
    assert not points_to(number[3:9] + other, f"+1{number}")


@pytest.mark.parametrize(
    ("digits", "points"),
    [
        ("555512300000", True),
        ("55512300000", True),
        ("55123000", True),
        ("0005551230000", True),
        ("5512300000", False),
        ("5551123000", False),
        ("555555123000000", False),
        ("5551234000", False),
    ],
)
def test_counts_of_digits_and_strays_before_them_do_not_hide_a_number(
    digits: str, *, points: bool
) -> None:
    assert points_to(digits, "+15551230000") is points


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("555 0100 okay 123 oak street", "5550100"),
        ("five five five zero one zero zero and one twenty three oak street", "5550100"),
        ("my number is 555 01 okay 12345 county road", "55501"),
        ("937 555 and 0100 okay 123 oak street", "9375550100"),
        ("937 555 and 0100 12 oak street", "9375550100"),
    ],
)
def test_a_house_number_does_not_fill_up_a_phone_number(said: str, digits: str) -> None:
    heard = hear_phone(said)
    assert heard is not None
    assert heard.digits == digits


@pytest.mark.parametrize(
    "digits", ["5551230000", "5551230001", "555123", "", "555123000", "55512388000", "555123000000"]
)
def test_other_digits_do_not(digits: str) -> None:
    assert not points_to(digits, "+15551230000")
    assert not points_to(digits, "+442071838750")


A, B = "937 555 0177", "937 555 0188"


@pytest.mark.parametrize(
    ("said", "own"),
    [
        (f"my cell is {A} his is {B}", [A]),
        (f"his is {B}, mine is {A}", [A]),
        (f"the tenant's number is {B} and you can reach me at {A}", [A]),
        (f"her number is {B}, the office is {A}", [A]),
        (f"{B} is his, {A} is mine", [A]),
        (f"it's {A}, not {B}", [A]),
        (f"not {B}", []),
        (f"{B}, no wait, {A}", []),
        (f"{A}, that's {A}", []),
        (f"{A}", []),
        (f"{A} or {B}", [A, B]),
        (f"my cell is {A}, my home phone is {B}", [A, B]),
        (f"his is {A} and hers is {B}", [A, B]),
    ],
)
def test_of_two_numbers_the_callers_own_or_all_of_them(said: str, own: list[str]) -> None:
    assert [one.e164 for one in hear_own_phone(said)] == [f"+1{n.replace(' ', '')}" for n in own]


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("937 555 0144 extension 22", "22"),
        ("937 555 0144 ext. 4107", "4107"),
        ("937-555-0144 x22", "22"),
        ("nine three seven five five five oh one four four extension number two two", "22"),
        ("937 555 0144", None),
        ("we built an extension last year", None),
        ("937 555 0144 extension 1234567", None),
    ],
)
def test_an_extension_is_heard_beside_its_number(said: str, digits: str | None) -> None:
    assert hear_extension(said) == digits
