"""What stands in the place of a card's digits, and how they are taken out of a text."""

from __future__ import annotations

from voiceagent.domain.digit_runs import digit_runs

MARK = "[card number]"
"""What stands in the place of a card number, or of a part of one."""
DETAIL = "[card details]"
"""What stands in the place of an expiry or a security code."""
GOES_ON = "\N{HORIZONTAL ELLIPSIS}"
"""Behind a mark of digits that lack as many of a card's as a telephone number has: one may be them.

Who reads messages has nothing else of those digits.
"""

DIGITS = "[digits]"
"""What stands in the place of digits that may not be shown before the next turn has told."""

_GROUP = 4
_WINDOW = 6
"""Digits in a row that give a card away, wherever they stand (the issuer's number is six)."""


def has_card_mark(text: str) -> bool:
    """Whether something of a card was taken out of a text."""
    return MARK in text or DETAIL in text


def may_go_on(text: str) -> bool:
    """Whether something was taken out of a text on which a telephone number may go on."""
    return any(f"{mark}{GOES_ON}" in text for mark in (MARK, DETAIL))


def withhold(text: str, secret: str) -> str:
    """`text` without digits of a card that is known by now.

    Four digits in a row that are the card's, or a longer number that holds six of them, are taken
    out; a house number or a price that shares fewer stays.
    """
    if not secret:
        return text
    out, at = [], 0
    for run in digit_runs(text):
        digits = run.digits
        within = len(digits) >= _GROUP and digits in secret
        windows = (digits[i : i + _WINDOW] for i in range(len(digits) - _WINDOW + 1))
        if within or any(window in secret for window in windows):
            out += [text[at : run.start], MARK]
            at = run.end
    return "".join([*out, text[at:]])


def without_digits(text: str) -> str:
    """`text` with `DIGITS` for every number of two digits or more, written or spoken."""
    out, at = [], 0
    for run in digit_runs(text):
        if len(run.digits) > 1:
            out += [text[at : run.start], DIGITS]
            at = run.end
    return "".join([*out, text[at:]])
