"""Which digits in a text say a price, a time, a date or a ZIP code, and so nothing of a person.

All others of three and more are taken for somebody's: a gate's code, a room, an account. What it is
not sure of it takes for somebody's, too.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from typing import Final

from voiceagent.domain.digit_runs import Run, digit_runs
from voiceagent.language.en_us.amounts import without_amounts
from voiceagent.language.en_us.figures import read_figures

LEAST: Final = 3
"""Digits that tell somebody's number from a count: fewer are hours, days, windows."""

_ZIP: Final = 5
_ANY_DAY: Final = date(2026, 1, 1)
"""Which year a day without one is in makes no difference here."""

_ALWAYS: Final = frozenset({"911"})
_ROUND_THE_CLOCK: Final = ["24", "7"]
_CODE: Final = re.compile(
    r"\b(?:code|codes|pin|combination|combo|password|passcode|lock ?box|buzzer|keypad|key|account"
    r"|room|suite|unit|apartment|apt|clave|código|codigo|contraseña|cuarto)\b(?:\W+\w+){0,3}\W*$"
)
_ZIP_CODE: Final = re.compile(r"\b(?:zip|postal)\b(?:\W+(?:code|is|it's|its|es|postal)){0,3}\W*$")
_DAY_OR_HOUR: Final = re.compile(r"\b(?:at|by|before|after|around|until|till|from|las|la|past)\W*$")
_WORD_BEFORE: Final = re.compile(r"\w+\W*$")
_TWO_WORDS_BEHIND: Final = re.compile(r"(?:\W*\w+\.?){0,2}")


def somebodys(text: str, *, zips: Collection[str], prices: Collection[str]) -> list[Run]:
    """The runs of digits of a caller's words that may be somebody's.

    Args:
        text: what they said or wrote.
        zips: ZIP codes that are known to be some.
        prices: whole dollars that the agent has named.
    """
    return [
        run
        for run in digit_runs(text)
        if len(run.digits) >= LEAST
        and run.digits not in zips
        and not is_marked(text, run)
        and (_is_code(text, run) or not _is_understood(text, run, prices))
    ]


def is_marked(text: str, run: Run) -> bool:
    """Whether digits are plainly a price, an hour, a date or a ZIP code: "$248", "9:30 PM"."""
    before, pieces = text[: run.start].lower(), [piece.digits for piece in run.pieces]
    if before.rstrip().endswith("$") or run.digits in _ALWAYS or pieces == _ROUND_THE_CLOCK:
        return True
    if len(run.digits) == _ZIP and _ZIP_CODE.search(before):
        return True
    word, behind = _WORD_BEFORE.search(before), _TWO_WORDS_BEHIND.match(text, run.end)
    start, end = word.start() if word else run.start, behind.end() if behind else run.end
    read = read_figures(text[start:end], _ANY_DAY)
    numbers = (number for readings in read.numbers for number in readings.split("|"))
    return bool(read.times or read.days) and all(len(number) < LEAST for number in numbers)


def _is_code(text: str, run: Run) -> bool:
    return _CODE.search(text[: run.start].lower()) is not None


def _is_understood(text: str, run: Run, prices: Collection[str]) -> bool:
    """Whether it is a price or an hour by what stands around it, or by how it is said."""
    amounts = without_amounts(text)
    if len(amounts) == len(text) and not amounts[run.start : run.end].strip():
        return True
    return run.digits in prices or _is_hour(text, run)


def _is_hour(text: str, run: Run) -> bool:
    """As in "eight thirty" and "at 930"; no "four eleven"."""
    pieces = [piece.digits for piece in run.pieces]
    spoken = all(piece.spoken for piece in run.pieces)
    if len(pieces) == 1:
        hour, minute = run.digits[:-2], run.digits[-2:]
        if spoken or not _DAY_OR_HOUR.search(text[: run.start].lower()):
            return False
    elif len(pieces) == 2 and spoken and len(pieces[1]) == 2:  # noqa: PLR2004 - hour and minutes
        hour, minute = pieces
    else:
        return False
    return 1 <= int(hour) <= 12 and int(minute) < 60 and int(minute) % 5 == 0  # noqa: PLR2004
