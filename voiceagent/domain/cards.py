"""Payment card numbers in a text, written or spoken.

Cards are never taken by voice or text (docs/contract.md, threats), so they have to be noticed
first. A span counts as a card number when its digits have an issuer's prefix and length (ISO/IEC
7812; the ranges below are the issuers' published ones) and pass the Luhn check. Both together keep
phone numbers, ZIP codes and gate codes that follow one another from being taken for a card; where a
phone number visibly ends, what follows it is read by itself.

`card_watch` goes further for what a caller says: half numbers, several turns, keys.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from voiceagent.domain.card_words import is_about_cards
from voiceagent.domain.digit_runs import FILLERS, DigitRunPiece, Run, digit_runs, words

_ISSUERS = re.compile(
    r"""
      4\d{12}(?:\d{3}){0,2}                                     # Visa: 13, 16 or 19 digits
    | (?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}    # Mastercard
    | 3[47]\d{13}                                               # American Express
    | (?:6011|65\d{2}|64[4-9]\d)\d{12}(?:\d{3})?                # Discover: 16 or 19
    | 3(?:0[0-5]|095|[689]\d)\d{11}                             # Diners Club
    | 35(?:2[89]|[3-8]\d)\d{12}(?:\d{3})?                       # JCB: 16 or 19
    | 62\d{14,17}                                               # UnionPay
    | (?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15}        # Maestro: 12 to 19
    """,
    re.VERBOSE,
)
_USUAL = re.compile(
    r"4\d{15}|(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}"
    r"|3[47]\d{13}|(?:6011|65\d{2}|64[4-9]\d)\d{12}"
)
"""What people here pay with: Visa, Mastercard, American Express and Discover, at full length."""
_USUAL_LENGTHS = (15, 16)
_STARTS = re.compile(r"4|5[0-58]|2[2-7]|3[0-9]|6[02-57]|[2356]$")
"""How a number of one of them begins, also when only a digit or two are known."""
_PHONE = re.compile(r"1?[2-9](?!11)\d{2}[2-9]\d{6}")
"""A number of the North American plan: no area code or exchange begins with 0 or 1."""
_PHONE_SHAPES = ((3, 3, 4), (1, 3, 3, 4))
_LENGTHS = range(12, 20)
SIDE_NUMBER = 6
"""Digits at most of a house number, ZIP or booking code that follows a phone number."""
TOO_LONG_FOR_A_PHONE = 12
"""Digits that are more than any phone number said or typed here has."""


def has_card_number(text: str) -> bool:
    """Whether a payment card number is written or spoken out in `text`."""
    return bool(card_spans(text))


def card_spans(text: str) -> list[tuple[int, int]]:
    """Where card numbers stand in `text`: [start, end) character positions, in order."""
    spans: list[tuple[int, int]] = []
    for run in digit_runs(text):
        spans += spans_in(run, text)
    return spans


def spans_in(run: Run, text: str) -> list[tuple[int, int]]:
    """Where card numbers stand in a run of `text`."""
    spans: list[tuple[int, int]] = []
    pieces = after_phones(run.pieces)
    at = 0
    while at < len(pieces):
        end = _card_end(pieces, at)
        if end is None or _is_phone_and_more(pieces[at:end], text[run.end :]):
            at += 1
            continue
        spans.append((pieces[at].start, pieces[end - 1].end))
        at = end
    return spans


def is_card(digits: str) -> bool:
    """Whether these digits are a whole card number."""
    return _ISSUERS.fullmatch(digits) is not None and luhn(digits)


def is_usual_card(digits: str) -> bool:
    """Whether these digits are a whole number of a network that is usual in North America."""
    return _USUAL.fullmatch(digits) is not None and luhn(digits)


def may_start_card(digits: str) -> bool:
    """Whether a card number of some issuer can begin with these digits."""
    return len(digits) < _LENGTHS.stop and _STARTS.match(digits) is not None


def rests_of(part: str) -> frozenset[int]:
    """How many digits may be missing of a card that begins with `part`, of four digits or more."""
    return frozenset(
        length - len(part)
        for length in _LENGTHS
        if length > len(part) and _ISSUERS.fullmatch(part.ljust(length, "0"))
    )


def may_start_usual_card(digits: str) -> bool:
    """Whether a number of a network that is usual in North America can begin with these digits."""
    return any(_USUAL.fullmatch(digits.ljust(length, "0")) for length in _USUAL_LENGTHS)


def is_phone(digits: str) -> bool:
    """Whether these are all digits of a North American phone number."""
    return _PHONE.fullmatch(digits) is not None


def luhn(digits: str) -> bool:
    """The check of ISO/IEC 7812-1 annex B."""
    total = 0
    for place, digit in enumerate(map(int, reversed(digits))):
        doubled = digit * 2 if place % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled  # noqa: PLR2004 - cast out nines
    return total % 10 == 0


def after_phones(pieces: Sequence[DigitRunPiece]) -> Sequence[DigitRunPiece]:
    """What is left of a run's pieces behind the phone numbers that visibly lead it."""
    while pieces:
        end = _phone_end(pieces)
        if end is None:
            return pieces
        pieces = pieces[end:]
    return pieces


def _phone_end(pieces: Sequence[DigitRunPiece]) -> int | None:
    """Index after a leading phone number that is set off from what follows."""
    digits = ""
    for end, piece in enumerate(pieces, start=1):
        digits += piece.digits
        if not is_phone(digits):
            continue
        sizes = tuple(len(one.digits) for one in pieces[:end])
        rest = pieces[end:]
        set_off = not rest or rest[0].parted or sizes in _PHONE_SHAPES
        if set_off or is_phone("".join(one.digits for one in rest)):
            return end
    return None


def _is_phone_and_more(pieces: Sequence[DigitRunPiece], behind: str) -> bool:
    """Whether digits are a spoken phone number and the number of what is named behind them."""
    following = words(behind[:40])
    if not following or following[0] in FILLERS or not behind[:1].isspace():
        return False
    if _leads_a_number(following[0], behind[:40]):
        return False
    digits = "".join(piece.digits for piece in pieces)
    if not all(piece.spoken for piece in pieces) or not is_phone(digits[:10]):
        return False
    return len(digits) - 10 <= SIDE_NUMBER


def _leads_a_number(word: str, behind: str) -> bool:
    """Whether a word behind digits names what comes after it ("code 123"), or a card's details."""
    return is_about_cards(word) or any(
        len(words(behind[: run.start])) == 1 for run in digit_runs(behind)
    )


def _card_end(run: Sequence[DigitRunPiece], first: int) -> int | None:
    """Index after the last piece of the longest card number that starts with piece `first`."""
    digits, best = "", None
    for index in range(first, len(run)):
        digits += run[index].digits
        if len(digits) >= _LENGTHS.stop:
            # One unbroken written group may hold more than the card alone.
            if index == first and _hides_card(digits):
                return index + 1
            break
        if len(digits) in _LENGTHS and is_card(digits):
            best = index + 1
    return best


def _hides_card(digits: str) -> bool:
    return any(
        is_card(digits[at : at + size]) for at in range(len(digits)) for size in range(13, 20)
    )
