"""Whole numbers in words."""

from __future__ import annotations

from num2words import num2words

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_HUNDRED, _THOUSAND = 100, 1000
_LONG = 5


def say_cardinal(n: int) -> str:
    """`n` in American words: 248 -> "two hundred forty-eight", -5 -> "minus five"."""
    return str(num2words(n)).replace(" and ", " ").replace(",", "")


def say_ordinal(n: int) -> str:
    """`n` >= 0 as an ordinal: 2 -> "second", 21 -> "twenty-first"."""
    return str(num2words(n, to="ordinal")).replace(" and ", " ").replace(",", "")


def say_digits(digits: str) -> str:
    """Each of 0-9 by itself: "4501" -> "four five zero one". Other characters are left out."""
    return " ".join(_DIGITS[int(c)] for c in digits if c in "0123456789")


def say_pairs(n: int) -> str:
    """`n` >= 0 as house numbers and years are said, in pairs of digits.

    123 -> "one twenty-three", 1205 -> "twelve oh five", 1900 -> "nineteen hundred",
    12345 -> "one twenty-three forty-five"; round thousands and six or more digits as they are.
    """
    if n < _HUNDRED or n % _THOUSAND == 0 or (n < _THOUSAND and n % _HUNDRED == 0):
        return say_cardinal(n)
    if len(str(n)) > _LONG:
        return say_digits(str(n))
    head, tail = divmod(n, _HUNDRED)
    if tail == 0:
        return f"{say_pairs(head)} hundred" if head < _HUNDRED else say_cardinal(n)
    first = "ten" if head == 10 else say_pairs(head)  # noqa: PLR2004
    if head >= _HUNDRED and head % _HUNDRED == 0:
        return say_digits(str(n))
    return f"{first} {say_cardinal(tail)}" if tail >= 10 else f"{first} oh {say_cardinal(tail)}"  # noqa: PLR2004
