"""Payment card numbers in text, written or spoken digit by digit.

Cards are never taken by voice or text (HAZARDS, threats, 8), so they have to be noticed first. A
span counts as a card number when its digits have an issuer's prefix and length (ISO/IEC 7812; the
ranges below are the issuers' published ones) and pass the Luhn check. Both together keep phone
numbers, ZIP codes and gate codes that follow one another from being taken for a card.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_ISSUERS = re.compile(
    r"""
      4\d{12}(?:\d{3}){0,2}                                     # Visa: 13, 16 or 19 digits
    | (?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}    # Mastercard
    | 3[47]\d{13}                                               # American Express
    | (?:6011|65\d{2}|64[4-9]\d)\d{12}                          # Discover
    | 3(?:0[0-5]|[689]\d)\d{11}                                 # Diners Club
    | 35(?:2[89]|[3-8]\d)\d{12}                                 # JCB
    | 62\d{14,17}                                               # UnionPay
    | (?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15}        # Maestro
    """,
    re.VERBOSE,
)
_ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SPOKEN = {
    **{word: str(digit) for digit, word in enumerate(_ONES)},
    **{word: str(number) for number, word in enumerate(_TEENS, start=10)},
    **{word: f"{tens}0" for tens, word in enumerate(_TENS, start=2)},
    "oh": "0",
    "o": "0",
    "nought": "0",
}
_TIMES = {"double": 2, "triple": 3}
_FILLERS = frozenset({"uh", "um", "er", "and", "then", "dash", "space", "hyphen"})
_TOKEN = re.compile(r"\d+|[^\W\d_]+")
_GAP = re.compile(r"[\s.,\-\u2010-\u2014]*")
_LENGTHS = range(12, 20)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Digits and where they stand in the text."""

    digits: str
    start: int
    end: int


def has_card_number(text: str) -> bool:
    """Whether a payment card number is written or spoken out in `text`."""
    return bool(card_spans(text))


def card_spans(text: str) -> list[tuple[int, int]]:
    """Where card numbers stand in `text`: [start, end) character positions, in order."""
    spans: list[tuple[int, int]] = []
    for run in _runs(text):
        at = 0
        while at < len(run):
            end = _card_end(run, at)
            if end is None:
                at += 1
                continue
            spans.append((run[at].start, run[end - 1].end))
            at = end
    return spans


def luhn(digits: str) -> bool:
    """The check of ISO/IEC 7812-1 annex B."""
    total = 0
    for place, digit in enumerate(map(int, reversed(digits))):
        doubled = digit * 2 if place % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled  # noqa: PLR2004 - cast out nines
    return total % 10 == 0


def _runs(text: str) -> list[list[_Piece]]:
    """Digits that stand side by side, one piece per written group or spoken word."""
    runs: list[list[_Piece]] = [[]]
    end, times = 0, 1
    lowered = text.lower() if len(text.lower()) == len(text) else text
    for token in _TOKEN.finditer(lowered):
        word = token[0]
        if _GAP.fullmatch(lowered, end, token.start()) is None:
            runs.append([])
            times = 1
        end = token.end()
        if word in _TIMES:
            times = _TIMES[word]
        elif word.isdecimal() or word in _SPOKEN:
            digits = word if word.isdecimal() else _SPOKEN[word]
            _add(runs[-1], _Piece(digits * times, token.start(), token.end()), word)
            times = 1
        elif word not in _FILLERS:
            runs.append([])
            times = 1
    return [run for run in runs if run]


def _add(run: list[_Piece], piece: _Piece, word: str) -> None:
    """Append a piece; "forty" + "two" become the two digits they are spoken for."""
    last = run[-1] if run else None
    follows_tens = last is not None and last.digits in {f"{n}0" for n in range(2, 10)}
    if last is not None and follows_tens and word in _ONES[1:] and len(piece.digits) == 1:
        run[-1] = _Piece(last.digits[0] + piece.digits, last.start, piece.end)
    else:
        run.append(piece)


def _card_end(run: Sequence[_Piece], first: int) -> int | None:
    """Index after the last piece of the longest card number that starts with piece `first`."""
    digits, best = "", None
    for index in range(first, len(run)):
        digits += run[index].digits
        if len(digits) >= _LENGTHS.stop:
            # One unbroken written group may hold more than the card alone.
            if index == first and _hides_card(digits):
                return index + 1
            break
        if len(digits) in _LENGTHS and _is_card(digits):
            best = index + 1
    return best


def _hides_card(digits: str) -> bool:
    return any(_is_card(digits[at : at + size]) for at in range(len(digits)) for size in (15, 16))


def _is_card(digits: str) -> bool:
    return _ISSUERS.fullmatch(digits) is not None and luhn(digits)
