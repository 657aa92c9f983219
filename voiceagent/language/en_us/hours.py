"""Hours of the clock in an answer: "nine to eleven", "after five", "9:30 PM", "1400 hours".

An hour that is refused, or called too early or too late, limits a window and is no wish for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from voiceagent.language.en_us.amounts import without_amounts
from voiceagent.language.en_us.dates import MONTH_NUMBERS, WEEKDAYS
from voiceagent.language.en_us.digits import spoken_digits
from voiceagent.language.en_us.hour_bounds import Bound, bound_of, denied_as
from voiceagent.language.en_us.lexicon import (
    TEENS,
    TENS,
    UNITS,
    ZEROS,
    below_hundred,
    is_typed_number,
    vocabulary,
    words,
)
from voiceagent.language.en_us.streets import SUFFIXES

_HALF_DAY, _DAY_MINUTES, _HOUR = 12, 1440, 60
_EARLIEST = 7 * _HOUR
_HOURS = {**UNITS, "ten": 10, "eleven": 11, "twelve": 12}
_QUARTERS = {"to": -15, "till": -15, "of": -15, "past": 15, "after": 15}
_BETWEEN = frozenset({"to", "till", "til", "until", "through", "and", "thru"})
_AT = frozenset(
    {
        *("at", "around", "about", "by", "for", "after", "before", "from", "between", "past"),
        *("till", "til", "until", "than", "exactly"),
    }
)
_LEADS = vocabulary("the it tonight tomorrow today do take say morning evening afternoon")
_LEADS |= frozenset(WEEKDAYS)
_FOLLOWS = vocabulary("works please sounds in tonight tomorrow one is would this on")
_COUNTED = vocabulary("""
    hour hours hrs minute minutes min mins day days week weeks month months year years people kids
    units rooms times percent hundred thousand dollars bucks feet miles degrees
""")
"""What a number before it counts."""

_LAST_HOUR, _TYPED_OF_24 = 23, (3, 4)
_LONGEST_TIME = 4
_COLON = "colon"
_DATES = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}/\d{1,2}(?:/\d{2,4})?", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)
_HALVES = re.compile(r"\b([ap])\s?\.?\s?m\b\.?")
_DASH = re.compile(r"(?<=[\dm])\s*[-\u2013\u2014]\s*(?=\d)")


@dataclass(frozen=True, slots=True)
class ClockTime:
    """A time of day in minutes from midnight; `exact` when AM or PM, noon or midnight was said."""

    minutes: int
    exact: bool

    @property
    def daytime(self) -> int:
        """Minutes from midnight; "after five" without a half of the day is the afternoon."""
        if self.exact or self.minutes >= _EARLIEST:
            return self.minutes
        return self.minutes + _DAY_MINUTES // 2

    def same(self, moment: datetime) -> bool:
        """Whether `moment` shows this time, on either half of the day unless exact."""
        span = _DAY_MINUTES if self.exact else _DAY_MINUTES // 2
        return (moment.hour * _HOUR + moment.minute - self.minutes) % span == 0


@dataclass(frozen=True, slots=True)
class HoursHeard:
    """One hour with its bound, or a span from `first` to `last`."""

    first: ClockTime
    last: ClockTime | None
    bound: Bound

    def fits(self, start: datetime, end: datetime) -> bool:
        """Whether a window agrees: both ends of a span; an hour at its start or inside it."""
        if self.last is not None:
            return self.first.same(start) and self.last.same(end)
        if self.bound is Bound.AT:
            return self.first.same(start) or self._inside(start, end)
        begins, ends = start.hour * _HOUR + start.minute, end.hour * _HOUR + end.minute
        if end.date() > start.date():
            ends += _DAY_MINUTES
        match self.bound:
            case Bound.AFTER:
                return begins >= self.daytime
            case Bound.TOO_EARLY:
                return begins > self.daytime
            case Bound.REFUSED:
                return not (self.first.same(start) or self._inside(start, end))
            case _:
                return ends <= self.daytime

    @property
    def daytime(self) -> int:
        """The first hour in minutes from midnight."""
        return self.first.daytime

    def _inside(self, start: datetime, end: datetime) -> bool:
        span = _DAY_MINUTES if self.first.exact else _DAY_MINUTES // 2
        begins = start.hour * _HOUR + start.minute
        length = (end.hour * _HOUR + end.minute - begins) % _DAY_MINUTES
        return (self.first.minutes - begins) % span < length


def _half(tokens: tuple[str, ...], at: int) -> tuple[str, int]:
    """A half of the day at `at`: ("am" | "pm" | "", next index)."""
    if at < len(tokens) and tokens[at] in ("am", "pm"):
        return tokens[at], at + 1
    if tokens[at : at + 2] in (("a", "m"), ("p", "m")):
        return f"{tokens[at]}m", at + 2
    return "", at


def _minutes_at(tokens: tuple[str, ...], at: int) -> tuple[int, int]:
    """Minutes after the hour at `at`: "thirty", "oh five", "forty five", "30"; 0 when none."""
    word = tokens[at] if at < len(tokens) else ""
    following = tokens[at + 1] if at + 1 < len(tokens) else ""
    if word in ("oh", "o") and following in UNITS:
        return UNITS[following], at + 2
    if word in TENS and TENS[word] < _HOUR:
        extra = UNITS.get(following, 0)
        return TENS[word] + extra, at + (2 if extra else 1)
    if word in TEENS:
        return TEENS[word], at + 1
    if word == _COLON and int(following) < _HOUR:
        return int(following), at + 2
    return 0, at


def _hour_at(tokens: tuple[str, ...], at: int) -> tuple[int, bool] | None:
    """A full hour at `at` in minutes, and whether it is of one half of the day only."""
    word = tokens[at] if at < len(tokens) else ""
    if word in ("noon", "midnight"):
        return (_HALF_DAY * _HOUR if word == "noon" else 0), True
    hour = _HOURS.get(word) or (int(word) if is_typed_number(word) and len(word) <= 2 else 0)  # noqa: PLR2004
    return (hour % _HALF_DAY * _HOUR, False) if 0 < hour <= _HALF_DAY else None


def _clock(tokens: tuple[str, ...], at: int) -> tuple[ClockTime, int, bool] | None:
    """A time at `at`: (clock, next index, whether it can be nothing but a time)."""
    return _clock_of_24(tokens, at) or _clock_in_words(tokens, at) or _clock_of_12(tokens, at)


def _clock_in_words(tokens: tuple[str, ...], at: int) -> tuple[ClockTime, int, bool] | None:
    """As in "noon", "quarter past two", "half past two"."""
    word = tokens[at] if at < len(tokens) else ""
    if word in ("noon", "midday", "midnight"):
        return ClockTime(0 if word == "midnight" else 720, exact=True), at + 1, True
    if word == "quarter" and at + 1 < len(tokens) and tokens[at + 1] in _QUARTERS:
        quarter = _hour_at(tokens, at + 2)
        if quarter is not None:
            minutes = quarter[0] + _QUARTERS[tokens[at + 1]]
            return ClockTime(minutes % _DAY_MINUTES, exact=quarter[1]), at + 3, True
    if tokens[at : at + 2] == ("half", "past") and at + 2 < len(tokens):
        hour = _HOURS.get(tokens[at + 2])
        if hour is not None:
            return ClockTime(hour % _HALF_DAY * _HOUR + 30, exact=False), at + 3, True
    return None


def _clock_of_12(tokens: tuple[str, ...], at: int) -> tuple[ClockTime, int, bool] | None:
    """As in "nine", "nine thirty", "9 PM", "five o'clock"; also "14:30"."""
    word = tokens[at] if at < len(tokens) else ""
    hour = int(word) if is_typed_number(word) and len(word) <= 2 else _HOURS.get(word)  # noqa: PLR2004
    if hour is None or not 0 < hour < 24:  # noqa: PLR2004
        return None
    minutes, end = _minutes_at(tokens, at + 1)
    sure = end > at + 1
    if tokens[end : end + 1] in (("o'clock",), ("oclock",)):
        end, sure = end + 1, True
    half, end = _half(tokens, end)
    if half:
        hour = hour % _HALF_DAY + (_HALF_DAY if half == "pm" else 0)
    elif hour <= _HALF_DAY:
        hour %= _HALF_DAY
    if not half and tokens[end : end + 1] and tokens[end] in _COUNTED:
        return None
    exact = bool(half) or hour > _HALF_DAY
    return ClockTime(hour * _HOUR + minutes, exact), end, sure or bool(half)


def _clock_of_24(tokens: tuple[str, ...], at: int) -> tuple[ClockTime, int, bool] | None:
    """As in "1400 hours", "fourteen hundred", "oh eight thirty hours"; sure by "hours"."""
    word = tokens[at] if at < len(tokens) else ""
    hundred = False
    if is_typed_number(word) and len(word) in _TYPED_OF_24:
        value, end, zero = int(word), at + 1, word.startswith("0")
        if (at == 0 or tokens[at - 1] not in _AT) and not _named(tokens, end):
            return None
    else:
        zero = word in ZEROS
        hour = below_hundred(tokens, at + 1 if zero else at)
        hour = _typed_hour(tokens, at) if hour is None and not zero else hour
        if hour is None:
            return None
        hundred = tokens[hour[1] : hour[1] + 1] == ("hundred",)
        minutes, end = _minutes_at(tokens, hour[1] + 1 if hundred else hour[1])
        if not hundred and end == hour[1]:
            return None
        value = hour[0] * 100 + minutes
    named = _named(tokens, end)
    hours, minutes = divmod(value, 100)
    if hours > _LAST_HOUR or minutes >= _HOUR or not (named or zero or hours > _HALF_DAY):
        return None
    return ClockTime(hours * _HOUR + minutes, exact=True), end + named, named or (zero and hundred)


def _named(tokens: tuple[str, ...], at: int) -> bool:
    return at < len(tokens) and tokens[at] in ("hours", "hrs")


def _typed_hour(tokens: tuple[str, ...], at: int) -> tuple[int, int] | None:
    """The "14" of "14 hundred hours"."""
    typed = (
        at < len(tokens) and is_typed_number(tokens[at]) and tokens[at + 1 : at + 2] == ("hundred",)
    )
    return (int(tokens[at]), at + 1) if typed else None


def _likely(tokens: tuple[str, ...], at: int, end: int) -> bool:
    """Whether a bare number is an hour: by the words around it; "the first one" is none."""
    before = tokens[at - 1] if at else ""
    following = tokens[end] if end < len(tokens) else ""
    if tokens[at] in ("one", "1"):
        return before in _AT
    if before == "the" and at > 1 and tokens[at - 2] == "of":
        return False  # "the later of the two"
    return before in _AT | _LEADS or following in _FOLLOWS or len(tokens) <= 2  # noqa: PLR2004


def _dictated(text: str) -> frozenset[int]:
    """Words of phone numbers, house numbers and the like, which are no hours."""
    tokens, found = words(text), set[int]()
    for run in spoken_digits(text):
        rest = tokens[run.end : run.end + 4]
        if ("way", "too") in pairwise(rest):  # "8 is way too early" names no Way
            rest = ()
        timed = rest[:1] in (("am",), ("pm",), ("o'clock",)) or rest[:2] in (("a", "m"), ("p", "m"))
        if not timed and (len(run.digits) > _LONGEST_TIME or not SUFFIXES.keys().isdisjoint(rest)):
            found.update(range(run.start, run.end))
    return frozenset(found)


_O_CLOCK = re.compile(r"\bo[ '\N{RIGHT SINGLE QUOTATION MARK}]? ?clock\b", re.IGNORECASE)
_BREAK = re.compile(r"[,.;!?]+\s+")


def _clauses(text: str) -> tuple[int, ...]:
    """Indices of the words with which clauses begin."""
    found, at = list[int](), 0
    for clause in _BREAK.split(text):
        found.append(at)
        at += len(words(clause))
    return tuple(found)


def hear_hours(text: str) -> HoursHeard | None:
    """The first time of day or span in `text`, or ``None``; never raises.

    "one" by itself is a pronoun ("the first one") unless "at one", "one o'clock" or a span.
    """
    clean = _CLOCK.sub(rf"\1 {_COLON} \2 ", _HALVES.sub(r" \1m ", without_amounts(text)))
    clean = _DATES.sub(" ", _DASH.sub(" to ", _O_CLOCK.sub("o'clock", clean)))
    tokens, dictated, begins = words(clean), _dictated(clean), _clauses(clean)
    refused: HoursHeard | None = None
    at = 0
    while at < len(tokens):
        read = _clock(tokens, at) if at not in dictated else None
        if read is None or (at and tokens[at - 1] in MONTH_NUMBERS):
            at += 1
            continue
        first, end, sure = read
        before = tokens[at - 1] if at else ""
        second = (
            _clock(tokens, end + 1) if tokens[end : end + 1] and tokens[end] in _BETWEEN else None
        )
        if second is not None and (tokens[end] != "and" or before == "between"):
            return HoursHeard(first, second[0], Bound.AT)
        limit = denied_as(tokens, at, end)
        if not sure and limit is None and not _likely(tokens, at, end):
            at += 1
            continue
        if limit is None:
            since = max((one for one in begins if one <= at), default=0)
            return HoursHeard(first, None, bound_of(tokens, at, end, since))
        refused, at = refused or HoursHeard(first, None, limit), end
    return refused
