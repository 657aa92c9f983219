# ruff: noqa: E501  (a row of a table stays a row)
from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.domain.cards import has_card_number, luhn
from voiceagent.domain.redact import MARK, redact, redact_value

CARDS = [
    "4242424242424242",
    "4242 4242 4242 4242",
    "4242-4242-4242-4242",
    "my card is 5555 5555 5555 4444, expires 12/29",
    "378282246310005",
    "6011111111111117",
    "30569309025904",
    "3530111333300000",
    "2223003122003222",
    "four two four two four two four two four two four two four two four two",
    "forty two forty two forty two forty two forty two forty two forty two forty two",
    "four two four two, uh, four two four two and four two four two four two four two",
    "double four double four triple three three double two double two one one one one",
    "four triple one one one one one one one one one one one one one",
    "mi tarjeta es cuatro dos cuatro dos cuatro dos cuatro dos cuatro dos cuatro dos cuatro dos cuatro dos",
    "cuarenta y dos cuarenta y dos cuarenta y dos cuarenta y dos, cuarenta y dos cuarenta y dos cuarenta y dos cuarenta y dos",
    "cuarenta y uno once once once once once once once",
    "call 555 123 0000 and charge 4242424242424242",
    "5551230000 4242 4242 4242 4242 123",
    "ref9999424242424242424277777",
]

NOT_CARDS = [
    "+15551230000",
    "555-123-0000, zip 45501, gate code 1234",
    "five five five one two three oh oh oh oh four five five oh one",
    "the gate code is one two three four and there's a friendly dog",
    "4242 4242 4242 4241",
    "1234567890123456",
    "order 0000000000000000",
    "2025-08-29T21:00:00-04:00 2025-08-29T23:00:00-04:00",
    "123 Oak Street, Springfield, Ohio 45501",
    "one two three four five six seven eight nine",
    "mi número es cinco cinco cinco, uno dos tres, cero cero cero cero",
    "once upon a time I called once",
    "c2068014-54f0-4494-a5ec-91053ba38686",
    "",
]


@pytest.mark.parametrize("text", CARDS)
def test_a_card_number_is_noticed_and_taken_out(text: str) -> None:
    assert has_card_number(text)
    clean = redact(text)
    assert MARK in clean
    assert not has_card_number(clean)


_SPANISH = ("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve")


@given(st.integers(0, 10**14 - 1))
def test_a_card_dictated_in_spanish_is_noticed_and_taken_out(middle: int) -> None:
    head = f"4{middle:014d}"
    card = next(f"{head}{digit}" for digit in range(10) if luhn(f"{head}{digit}"))
    text = " ".join(_SPANISH[int(digit)] for digit in card)
    assert has_card_number(text)
    assert not has_card_number(redact(text))


@pytest.mark.parametrize("text", NOT_CARDS)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert not has_card_number(text)
    assert redact(text) == text


def test_only_the_number_is_taken_out() -> None:
    assert redact("card 4242 4242 4242 4242, thanks") == f"card {MARK}, thanks"


@given(st.text(alphabet="0123456789 -", max_size=40))
def test_digits_in_any_grouping_never_break_it(text: str) -> None:
    clean = redact(text)
    assert has_card_number(text) == (clean != text)


@given(st.from_regex(r"4[0-9]{14}", fullmatch=True), st.sampled_from(["", " ", "-", ", "]))
def test_every_valid_visa_number_is_noticed(head: str, gap: str) -> None:
    number = next(head + str(d) for d in range(10) if luhn(head + str(d)))
    assert has_card_number(gap.join(number[i : i + 4] for i in range(0, 16, 4)))


def test_redaction_reaches_into_json() -> None:
    value = {"a": ["4242424242424242", 4242424242424242, 7, None, True], "b": {"c": "x"}}
    clean = redact_value(value)
    assert clean == {"a": [MARK, MARK, 7, None, True], "b": {"c": "x"}}
    assert "4242" not in json.dumps(clean)
