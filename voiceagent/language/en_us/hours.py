"""Hours of the clock in an answer: "nine to eleven", "eight o'clock", "after five", "9:30 PM"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from voiceagent.language.en_us.dates import MONTH_NUMBERS, WEEKDAYS
from voiceagent.language.en_us.digits import spoken_digits
from voiceagent.language.en_us.lexicon import (
    TEENS,
    TENS,
    UNITS,
    is_typed_number,
    normal,
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
_LONGEST_TIME = 4
_COLON = "colon"
_DATES = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}/\d{1,2}(?:/\d{2,4})?", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)
_HALVES = re.compile(r"\b([ap])\s?\.?\s?m\b\.?")
_DASH = re.compile(r"(?<=[\dm])\s*[-\u2013\u2014]\s*(?=\d)")


class Bound(StrEnum):
    """How an hour limits a window."""

    AT = "at"
    AFTER = "after"
    BEFORE = "before"


_BOUNDS = {
    "after": Bound.AFTER, "past": Bound.AFTER, "since": Bound.AFTER, "before": Bound.BEFORE,
    "by": Bound.BEFORE, "until": Bound.BEFORE, "till": Bound.BEFORE, "til": Bound.BEFORE,
}  # fmt: skip
_SUITS = frozenset({"work", "works", "suit", "suits", "fit", "fits"})
"""What an offer does not do ("those don't work, before noon") limits no hour."""

_DENIALS = frozenset({"not", "don't", "can't", "never", "won't", "isn't"})


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
        if self.bound is Bound.AFTER:
            return begins >= self.daytime
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
        return (
            (ClockTime(hour % _HALF_DAY * _HOUR + 30, exact=False), at + 3, True) if hour else None
        )
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
    exact = bool(half) or hour > _HALF_DAY
    return ClockTime(hour * _HOUR + minutes, exact), end, sure or bool(half)


def _likely(tokens: tuple[str, ...], at: int, end: int) -> bool:
    """Whether a bare number is an hour: by the words around it; "the first one" is none."""
    before = tokens[at - 1] if at else ""
    following = tokens[end] if end < len(tokens) else ""
    if tokens[at] in ("one", "1"):
        return before in _AT
    return before in _AT | _LEADS or following in _FOLLOWS or len(tokens) <= 2  # noqa: PLR2004


def _dictated(text: str) -> frozenset[int]:
    """Words of phone numbers, house numbers and the like, which are no hours."""
    tokens, found = words(text), set[int]()
    for run in spoken_digits(text):
        rest = tokens[run.end : run.end + 4]
        timed = rest[:1] in (("am",), ("pm",), ("o'clock",)) or rest[:2] in (("a", "m"), ("p", "m"))
        if not timed and (len(run.digits) > _LONGEST_TIME or not SUFFIXES.keys().isdisjoint(rest)):
            found.update(range(run.start, run.end))
    return frozenset(found)


def hear_hours(text: str) -> HoursHeard | None:
    """The first time of day or span in `text`, or ``None``; never raises.

    "one" by itself is a pronoun ("the first one") unless "at one", "one o'clock" or a span.
    """
    clean = _DASH.sub(" to ", _CLOCK.sub(rf"\1 {_COLON} \2 ", _HALVES.sub(r" \1m ", normal(text))))
    clean = _DATES.sub(" ", clean)
    tokens, dictated = words(clean), _dictated(clean)
    for at in range(len(tokens)):
        if at in dictated:
            continue
        read = _clock(tokens, at)
        if read is None or (at and tokens[at - 1] in MONTH_NUMBERS):
            continue
        first, end, sure = read
        before = tokens[at - 1] if at else ""
        second = (
            _clock(tokens, end + 1) if tokens[end : end + 1] and tokens[end] in _BETWEEN else None
        )
        if second is not None and (tokens[end] != "and" or before == "between"):
            return HoursHeard(first, second[0], Bound.AT)
        if not sure and not _likely(tokens, at, end):
            continue
        return HoursHeard(first, None, _bound(tokens, at, end))
    return None


def _bound(tokens: tuple[str, ...], at: int, end: int) -> Bound:
    """How the words around the hour at [at, end) limit a window."""
    before = tokens[at - 1] if at else ""
    earlier = tokens[max(0, at - 3) : max(0, at - 1)]
    after = tokens[end : end + 2]
    if before == "than":
        return Bound.AFTER if "earlier" in earlier else Bound.BEFORE
    if after[:1] in {("on",), ("onwards",), ("onward",)} and before == "from":
        return Bound.AFTER
    if after in {("or", "later"), ("or", "after")}:
        return Bound.AFTER
    if after in {("or", "earlier"), ("or", "before")}:
        return Bound.BEFORE
    bound = _BOUNDS.get(before, Bound.AT)
    denied = not _DENIALS.isdisjoint(earlier) and _SUITS.isdisjoint(earlier)
    turned = {Bound.AFTER: Bound.BEFORE, Bound.BEFORE: Bound.AFTER, Bound.AT: Bound.AT}
    return turned[bound] if denied and before in {"before", "after", "until", "till"} else bound
