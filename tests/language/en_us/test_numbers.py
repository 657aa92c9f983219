"""Dictated digits, cardinals, house numbers and money."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.spoken_text import spoken_text
from voiceagent.language.en_us.digits import DigitRun, spoken_digits
from voiceagent.language.en_us.lexicon import cardinal, words
from voiceagent.language.en_us.money import say_money
from voiceagent.language.en_us.numbers import (
    say_cardinal,
    say_digits,
    say_ordinal,
    say_pairs,
)


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("five five five one two three oh oh oh oh", ["5551230000"]),
        ("five five five one two three four oh's", ["5551230000"]),
        ("five five five one two three four ohs", ["5551230000"]),
        ("five five five one two three four zeros", ["5551230000"]),
        ("double five five", ["555"]),
        ("triple five", ["555"]),
        ("triple oh one", ["0001"]),
        ("double oh seven", ["007"]),
        ("three sixes", ["666"]),
        ("fifty five fifty", ["5550"]),
        ("twelve thirty four", ["1234"]),
        ("nineteen hundred", ["1900"]),
        ("one hundred", ["100"]),
        ("one hundred five", ["105"]),
        ("one hundred and five", ["105"]),
        ("eight hundred five five five one two one two", ["8005551212"]),
        ("one eight hundred five five five", ["1800555"]),
        ("five five five one two three five thousand", ["5551235000"]),
        ("ten thousand five", ["10005"]),
        ("twelve oh five", ["1205"]),
        ("one aught three", ["103"]),
        ("the gate code is one two three four and there's a friendly dog", ["1234"]),
        ("five five five dash one two three", ["555123"]),
        ("five five um five", ["555"]),
        ("(555) 123-0000", ["5551230000"]),
        ("555.123.0000", ["5551230000"]),
        ("my code is 1234. Call 555-123-0000", ["1234", "5551230000"]),
        ("oh yes that is fine", []),
        ("oh", []),
        ("one twenty three twenty third street", ["123"]),
        ("nothing here", []),
        ("", []),
    ],
)
def test_dictated_digits(text: str, runs: list[str]) -> None:
    assert [run.digits for run in spoken_digits(text)] == runs


def test_a_run_tells_its_words() -> None:
    text = "the gate code is one two three four and a dog"
    (run,) = spoken_digits(text)
    assert run == DigitRun("1234", 4, 8)
    assert words(text)[run.start : run.end] == ("one", "two", "three", "four")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("two hundred forty-eight", 248), ("two hundred and forty eight", 248),
        ("twelve hundred", 1200), ("a hundred", 100), ("a thousand and one", 1001), ("248", 248),
        ("zero", 0), ("forty", 40), ("nineteen", 19), ("three million two", 3_000_002),
    ],
)  # fmt: skip
def test_a_cardinal_is_read_whole(text: str, value: int) -> None:
    assert cardinal(words(text), 0) == (value, len(words(text)))


@pytest.mark.parametrize("text", ["oh no", "twenty third", "none", "a dog"])
def test_what_is_no_cardinal(text: str) -> None:
    heard = cardinal(words(text), 0)
    assert heard is None or heard[1] < len(words(text))


@given(st.integers(0, 10**12))
def test_cardinals_round_trip(n: int) -> None:
    said = words(say_cardinal(n))
    assert cardinal(said, 0) == (n, len(said))


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (5, "five"), (45, "forty-five"), (100, "one hundred"), (101, "one oh one"),
        (123, "one twenty-three"), (110, "one ten"), (1000, "one thousand"), (1005, "ten oh five"),
        (1100, "eleven hundred"), (1205, "twelve oh five"), (1234, "twelve thirty-four"),
        (1900, "nineteen hundred"), (2000, "two thousand"), (2030, "twenty thirty"),
        (12345, "one twenty-three forty-five"), (19999, "one ninety-nine ninety-nine"),
    ],
)  # fmt: skip
def test_say_pairs(n: int, said: str) -> None:
    assert say_pairs(n) == said


def test_say_ordinal() -> None:
    assert [say_ordinal(n) for n in (1, 2, 21, 30)] == [
        "first",
        "second",
        "twenty-first",
        "thirtieth",
    ]


def house_styles(n: int) -> Iterator[str]:
    """How people say the number of a house."""
    plain = say_cardinal(n).replace("-", " ")
    yield say_pairs(n)
    yield plain
    yield say_digits(str(n)).replace("zero", "oh")
    yield say_digits(str(n))
    if n > 100 and n % 100 and "hundred" in plain:
        yield plain.replace("hundred ", "hundred and ")
    if 1000 < n < 10000 and n % 1000 >= 100 and n % 100:
        yield f"{say_cardinal(n // 100)} hundred {say_cardinal(n % 100)}".replace("-", " ")
    yield str(n)


@pytest.mark.thorough
def test_every_house_number_is_heard_in_every_style() -> None:
    """All styles up to 3000, and from there each number in one style, all styles in turn."""
    missed = [
        (n, said)
        for n in range(1, 20000)
        for at, said in enumerate(house_styles(n))
        if (n <= 3000 or at == n % 5)
        and [run.digits for run in spoken_digits(f"{said} oak street")] != [str(n)]
    ]
    assert missed == []


@pytest.mark.parametrize(
    ("cents", "said", "shown"),
    [
        (24800, "two hundred forty-eight dollars", "$248"),
        (82500, "eight hundred twenty-five dollars", "$825"),
        (100, "one dollar", "$1"),
        (0, "zero dollars", "$0"),
        (1, "one cent", "$0.01"),
        (1250, "twelve dollars and fifty cents", "$12.50"),
        (124850, "one thousand two hundred forty-eight dollars and fifty cents", "$1,248.50"),
        (-500, "minus five dollars", "-$5"),
    ],
)
def test_say_money(cents: int, said: str, shown: str) -> None:
    assert say_money(cents) == said
    assert spoken_text(shown) == said


def test_whole_dollar_amounts_round_trip() -> None:
    amounts = [*range(5000), *range(5000, 100_000, 41), 99_999]
    heard = ((d, words(say_money(d * 100))[:-1]) for d in amounts)
    missed = [d for d, said in heard if cardinal(said, 0) != (d, len(said))]
    assert missed == []
