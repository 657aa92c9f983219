"""Amounts of US money in words, both ways. Cents inside."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

from voiceagent.language.en_us.lexicon import (
    FILLERS,
    TENS,
    UNITS,
    vocabulary,
    words,
)
from voiceagent.language.en_us.numbers import hear_cardinal, say_cardinal

_TYPED = re.compile(
    r"\$\s*(\d{1,12}(?:,\d{3})*(?:\.\d{1,2})?|\.\d{2})\s*(k\b|grand\b|thousand\b|million\b)?"
    r"|(?<![\d.,])(\d{1,12}(?:,\d{3})*(?:\.\d{1,2})?)\s*(?:dollars?\b|bucks?\b|usd\b)"
    r"|(?<![\d.,])(\d{1,6}(?:\.\d{1,2})?)\s*k\b",
    re.IGNORECASE | re.ASCII,
)
_MULTIPLIERS = {"k": 1000, "grand": 1000, "thousand": 1000, "million": 10**6}
_UNITS = frozenset({"dollar", "dollars", "buck", "bucks", "usd"})
_CENTS = frozenset({"cent", "cents"})
_NUMBER_WORDS = (
    vocabulary("""
    a and hundred thousand million zero oh ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen
""")
    | UNITS.keys()
    | TENS.keys()
)
_AROUND = FILLERS | vocabulary("""
    about around roughly maybe it's it is that's was for the only just under over yes no
    okay total price at cost costs
""")


def say_money(cents: int) -> str:
    """`cents` for the ear: 24800 -> "two hundred forty-eight dollars", 1250 -> "twelve dollars
    and fifty cents".
    """  # noqa: D205
    if cents < 0:
        return f"minus {say_money(-cents)}"
    dollars, rest = divmod(cents, 100)
    small = f"{say_cardinal(rest)} cent{'' if rest == 1 else 's'}"
    if dollars == 0 and rest:
        return small
    large = f"{say_cardinal(dollars)} dollar{'' if dollars == 1 else 's'}"
    return f"{large} and {small}" if rest else large


def show_money(cents: int) -> str:
    """`cents` for the eye: "$248", "$1,248.50"."""
    sign = "-" if cents < 0 else ""
    dollars, rest = divmod(abs(cents), 100)
    return f"{sign}${dollars:,}" + (f".{rest:02d}" if rest else "")


def _typed(text: str) -> int | None:
    match = _TYPED.search(text)
    if match is None:
        return None
    figure = match.group(1) or match.group(3) or match.group(4)
    factor = 1000 if match.group(4) else _MULTIPLIERS.get((match.group(2) or "").lower(), 1)
    amount = Decimal(figure.replace(",", "")) * factor * 100
    return int(amount.to_integral_value(ROUND_HALF_UP))


def _before(tokens: tuple[str, ...], end: int) -> int | None:
    """The number that ends right before word `end`."""
    start = end
    while start > 0 and (tokens[start - 1] in _NUMBER_WORDS or tokens[start - 1].isdecimal()):
        start -= 1
    while start < end and tokens[start] == "and":
        start += 1
    said = tokens[start:end]
    if said == ("a",):
        return 1
    return hear_cardinal(" ".join(said))


def _cents_after(tokens: tuple[str, ...], at: int) -> int:
    """Cents in "... dollars [and] fifty [cents]", or 0."""
    end = at
    while end < len(tokens) and (tokens[end] in _NUMBER_WORDS or tokens[end].isdecimal()):
        end += 1
    named = end < len(tokens) and tokens[end] in _CENTS
    if not named and end < len(tokens):
        return 0
    value = hear_cardinal(" ".join(tokens[at:end])) or 0
    return value if 0 < value < 100 else 0  # noqa: PLR2004


def hear_money(text: str) -> int | None:
    """The first amount in `text` in cents, or ``None``; never raises.

    A number counts when a money word or sign goes with it ("$248", "two forty eight dollars",
    "fifty cents", "two grand"), or when it is all that was said ("two forty eight" -> 24800).
    Dictated pairs are whole dollars: "twelve fifty" is $1,250.
    """
    typed = _typed(text)
    if typed is not None:
        return typed
    tokens = words(text)
    for at, word in enumerate(tokens):
        if word not in _UNITS and word not in _CENTS and word != "grand":
            continue
        value = _before(tokens, at)
        if value is None:
            continue
        if word in _CENTS:
            return value
        if word == "grand":
            return value * 1000 * 100
        return value * 100 + _cents_after(tokens, at + 1)
    rest = [word for word in tokens if word not in _AROUND]
    if rest and all(word in _NUMBER_WORDS or word.isdecimal() for word in rest):
        value = hear_cardinal(" ".join(rest))
        return None if value is None else value * 100
    return None
