"""What a model wrote, as the caller said it: "555-0199." is "five five five oh one nine nine".

Whisper writes as people do, pocketsphinx as people speak. They are compared, joined and handed on
in one form: lower case, no punctuation but apostrophes, every number in words. How a bare number
was said is not known, so it is said as such numbers are: house numbers and years in pairs, what
was asked for digit by digit so.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from voiceagent.domain.expecting import Expecting
from voiceagent.language.en_us.numbers import say_cardinal, say_digits, say_ordinal, say_pairs

DICTATED: Final = frozenset(
    {Expecting.PHONE, Expecting.CODE, Expecting.NAME_AND_PHONE, Expecting.NOTES, Expecting.NAME}
)
"""After these questions a number is said digit by digit."""

_PAIRED: Final = 3
_LONGEST_PAIRED: Final = 4
_NOT_SAID: Final = re.compile(r"\[[^\]]*\]?|\([a-z ]*\)|\*[^*]*\*|[♪♫]+")
_CHANGES: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"[\N{RIGHT SINGLE QUOTATION MARK}\N{LEFT SINGLE QUOTATION MARK}]"), "'"),
    (re.compile(r"\b([ap])\.\s?m\b\.?"), r"\1m"),
    (re.compile(r"\ba/c\b"), "ac"),
    (re.compile(r"(?<=\d),(?=\d{3}\b)"), ""),
    (re.compile(r"(?<=\d)(?=[ap]m\b)"), " "),
    (re.compile(r"&"), " and "),
    (re.compile(r"%"), " percent "),
    (re.compile(r"@"), " at "),
    (re.compile(r"(?<=\w)\.(?=(?:com|net|org|edu|gov)\b)"), " dot "),
    (re.compile(r"\bmr\b\.?"), "mister"),
    (re.compile(r"\bdr\b\.(?= [a-z])"), "doctor"),
)
_MONEY: Final = re.compile(r"\$\s?(\d+)(?:\.(\d\d))?")
_CLOCK: Final = re.compile(r"\b(\d{1,2}):(\d\d)\b")
_SPAN: Final = re.compile(r"\b(\d{1,2})\s?[-\N{EN DASH}]\s?(\d{1,2})\b(?![-\d])")
_ORDINAL: Final = re.compile(r"\b(\d{1,3})(?:st|nd|rd|th)\b")
_GROUPS: Final = re.compile(r"\(?\b\d+\)?(?:[-.\s]+\(?\d+\)?)+|\b\d(?:[\s,.]+\d\b)+")
_MIXED: Final = re.compile(r"\b(?=[a-z\d-]*\d)(?=[a-z\d-]*[a-z])[a-z\d]+(?:-[a-z\d]+)*\b")
_SPELLED: Final = re.compile(r"\b(?:[a-z][-.]\s?){2,}[a-z]?\b")
_EMAIL_SIGNS: Final = {".": "dot", "_": "underscore", "-": "dash", "+": "plus"}
_NUMBER: Final = re.compile(r"\b\d+\b")
_REST: Final = re.compile(r"[^a-z' ]+")


def as_spoken(written: str, asked: Expecting = Expecting.ANYTHING) -> str:
    """The words of a text, e.g. "one twenty three oak street" of "123 Oak Street.".

    Args:
        written: what a recogniser wrote.
        asked: what the caller was asked for.
    """
    text = _NOT_SAID.sub(" ", written.lower())
    for pattern, new in _CHANGES:
        text = pattern.sub(new, text)
    if asked is Expecting.EMAIL:
        text = _email_signs(text)
    text = _MONEY.sub(_money, text)
    text = _CLOCK.sub(_clock, text)
    if asked not in DICTATED:
        text = _SPAN.sub(lambda span: f"{_small(span[1])} to {_small(span[2])}", text)
    text = _ORDINAL.sub(lambda number: say_ordinal(int(number[1])), text)
    text = _GROUPS.sub(_groups(asked), text)
    text = _MIXED.sub(lambda mixed: " ".join(map(_one, mixed[0].replace("-", ""))), text)
    text = _SPELLED.sub(_letters, text)
    text = _NUMBER.sub(lambda number: _number(number[0], asked), text)
    words = _REST.sub(" ", text).split()
    return " ".join(word.strip("'") for word in words if word.strip("'"))


def _letters(spelled: re.Match[str]) -> str:
    return " ".join(re.findall(r"[a-z]", spelled[0])) + " "


def _email_signs(text: str) -> str:
    """The signs of an address as words; a row of single letters with signs between is spelled."""
    text = _SPELLED.sub(_letters, text)
    for sign, word in _EMAIL_SIGNS.items():
        text = re.sub(rf"(?<=[a-z0-9]){re.escape(sign)}(?=[a-z0-9])", f" {word} ", text)
    return text


def _one(letter: str) -> str:
    return say_digits(letter) if letter.isdigit() else letter


def _small(number: str) -> str:
    return say_cardinal(int(number))


def _money(amount: re.Match[str]) -> str:
    cents = f" and {_small(amount[2])} cents" if amount[2] and int(amount[2]) else ""
    return f"{say_cardinal(int(amount[1]))} dollars{cents}"


def _clock(time: re.Match[str]) -> str:
    minutes = int(time[2])
    if minutes == 0:
        return _small(time[1])
    oh = "oh " if minutes < 10 else ""  # noqa: PLR2004 - as clocks are read
    return f"{_small(time[1])} {oh}{say_cardinal(minutes)}"


def _groups(asked: Expecting) -> Callable[[re.Match[str]], str]:
    """Numbers side by side: dictated, unless they are a house and a ZIP code."""

    def said(groups: re.Match[str]) -> str:
        numbers = re.findall(r"\d+", groups[0])
        if asked is Expecting.ADDRESS and len(numbers) == 2 and len(numbers[1]) == 5:  # noqa: PLR2004
            return f" {_number(numbers[0], asked)} {say_digits(numbers[1])} "
        return f" {say_digits(''.join(numbers))} "

    return said


def _number(digits: str, asked: Expecting) -> str:
    """A number by itself."""
    if len(digits) == 1 or (len(digits) < _PAIRED and digits[0] != "0"):
        return _small(digits)
    if digits[0] == "0" or len(digits) > _LONGEST_PAIRED or asked in DICTATED:
        return say_digits(digits)
    if len(digits) == _LONGEST_PAIRED and asked is not Expecting.ADDRESS:
        return say_digits(digits)
    return say_pairs(int(digits))
