"""Digits of several turns, or keys, put together: are they a card?

Answers to two questions are usually no parts of one number. But a phone number and a booking code
that together are a card's of a usual network (prefix, length and check) are a card, or a mistake:
codes are never drawn so (`identity.new_booking_code`). A ZIP after a phone number is nobody's to
draw; of random ones, three pairs in a thousand are taken for a card, and of a phone number with a
code that is not its own, three in a hundred.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voiceagent.domain.cards import is_card, is_phone, is_usual_card, may_start_usual_card
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.identity import CODE_LENGTH

_MOST_TURNS = 4
_ZIP = 5


@dataclass(frozen=True, slots=True)
class Part:
    """Digits at the end of a turn, or keys. `fits`: they are a whole answer to the question."""

    digits: str
    fits: bool
    asked: Expecting
    keyed: bool = False


def fits(digits: str, expecting: Expecting, *, keyed: bool = False) -> bool:
    """Whether these digits are a whole answer to what was asked."""
    match expecting:
        case Expecting.CODE:
            return len(digits) == CODE_LENGTH or (keyed and len(digits) < CODE_LENGTH)
        case Expecting.ADDRESS | Expecting.NOTES:
            return len(digits) <= _ZIP and not keyed
        case _:
            return is_phone(digits)


def answers(digits: str, asked: Expecting) -> bool:
    """Whether nobody waits for more digits.

    Where a usual card begins like a phone number one does: ten digits are too many to be kept until
    the rest tells.
    """
    if asked is Expecting.ANYTHING:
        return False
    return fits(digits, asked) and not (is_phone(digits) and may_start_usual_card(digits))


def is_whole(part: Part) -> bool:
    """Whether the next key begins something new."""
    return part.fits and (part.asked is not Expecting.CODE or len(part.digits) == CODE_LENGTH)


def again(parts: Sequence[Part]) -> bool:
    """Whether the last part only says the one before again, from its beginning and whole.

    Behind digits that answered nothing it goes on with them, whatever it begins with.
    """
    *earlier, before, last = parts
    same = last.fits and last.digits.startswith(before.digits)
    return same and all(part.fits for part in earlier)


def card_in(parts: Sequence[Part]) -> str:
    """The digits of a whole card that the parts end with, put together; empty if there is none."""
    for first in range(len(parts)):
        rest = parts[first:]
        digits = "".join(part.digits for part in rest)
        answers = len(rest) > 1 and all(part.fits for part in rest)
        if is_card(digits) if not answers else _is_card_in_answers(digits, rest):
            return digits
    return ""


def _is_card_in_answers(digits: str, parts: Sequence[Part]) -> bool:
    """Whether whole answers are a card all the same; while one is being typed, nobody knows."""
    return is_usual_card(digits) and all(is_whole(part) for part in parts)


def newest(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """As many of the last parts as one card number can have."""
    return parts[-_MOST_TURNS:]
