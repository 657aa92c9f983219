"""Days, as callers name them.

`recognizers-text-date-time` 1.0.2a2, the library for this, cannot be imported beside a current
`emoji` package (it wants `UNICODE_EMOJI`); the days a booking call names are few and read here.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from voiceagent.language.en_us.dayparts import DAYPARTS
from voiceagent.language.en_us.lexicon import (
    below_hundred,
    is_typed_number,
    normal,
    ordinal,
    vocabulary,
    words,
)
from voiceagent.language.en_us.streets import SUFFIXES

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_WEEKDAY = {name: at for at, name in enumerate(WEEKDAYS)} | {
    "mon": 0, "tue": 1, "tues": 1, "wed": 2, "weds": 2, "thu": 3, "thur": 3, "thurs": 3, "fri": 4,
}  # fmt: skip
_WEEKDAY |= {f"{name}s": at for at, name in enumerate(WEEKDAYS)}
_WEEKDAY |= {f"{name}'s": at for at, name in enumerate(WEEKDAYS)}
_SHORT_WEEKDAY = {"sat": 5, "sun": 6}
_EVERY = frozenset(f"{name}s" for name in WEEKDAYS)
_BEFORE_SHORT = frozenset(
    {
        "on",
        "next",
        "this",
        "no",
        "nah",
        "nope",
        "about",
        "maybe",
        "or",
        "for",
        "by",
        "till",
        "until",
    }
)
_AFTER_SHORT = frozenset({"am", "pm", "morning", "afternoon", "evening", "night", "works", "ok"})
MONTH_NUMBERS = {name: at for at, name in enumerate(MONTHS, start=1)}
MONTH_NUMBERS |= {name[:3]: at for at, name in enumerate(MONTHS, start=1)} | {"sept": 9}
_NOT_A_DATE_AFTER = vocabulary("""
    one option available opening slot window choice time appointment thing floor of
""")
_THIS_DAY = frozenset(
    {("this", "morning"), ("this", "afternoon"), ("this", "evening"), ("right", "now")}
)
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)", re.ASCII)
_SLASHED = re.compile(
    r"(?<![\d/])(?<!\d )(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?(?![\d/])", re.ASCII
)
_PAST = frozenset({"last", "since"})
_TURNS = frozenset({"no", "sorry", "actually", "wait", "mean", "rather", "instead"})
_WEEK, _MAX_DAYS, _MAX_DAY = 7, 366, 31
_SATURDAY, _SUNDAY = 5, 6
_UNITS = {"day": 1, "days": 1, "week": _WEEK, "weeks": _WEEK}
_WAYS = {"from": 1, "after": 1, "past": 1, "following": 1, "before": -1}
_POINTS_BACK = re.compile(
    r"\b(?:the |a )?(?:day|week)s? (?:after|before|later|earlier)(?: that)?\s*[,;:\u2014-]+\s*",
    re.IGNORECASE,
)
"""A day counted from one that was spoken of: what stands behind the comma names it."""

_BEFORE_A_DAY = vocabulary("the this next coming following on holiday that is")


def safe_date(year: int, month: int, day: int) -> date | None:
    """The date, or ``None`` when the calendar has no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _coming(month: int, day: int, today: date) -> date | None:
    """The next such month and day, today included; leap days within eight years."""
    years = range(today.year, today.year + 9)
    dates = (safe_date(year, month, day) for year in years)
    return next((found for found in dates if found is not None and found >= today), None)


def _day_of_month(day: int, today: date) -> date | None:
    """The next date with that day of the month, today included."""
    year, month = today.year, today.month
    for _ in range(12):
        found = safe_date(year, month, day) if day <= monthrange(year, month)[1] else None
        if found is not None and found >= today:
            return found
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)  # noqa: PLR2004
    return None


def _weekday(weekday: int, today: date, qualifier: str) -> date:
    """The weekday meant: bare is the next one after today, "this" may be today, "next" is in the
    coming calendar week (Monday first).
    """  # noqa: D205
    ahead = (weekday - today.weekday()) % _WEEK
    if qualifier == "next":
        monday = today + timedelta(days=_WEEK - today.weekday())
        return monday + timedelta(days=weekday)
    if qualifier == "this":
        return today + timedelta(days=ahead)
    return today + timedelta(days=ahead or _WEEK)


def _typed(text: str, today: date) -> date | None:
    """As in "2025-09-02", "9/2", "9/2/25" (month first)."""
    iso = _ISO.search(text)
    if iso is not None:
        return safe_date(int(iso[1]), int(iso[2]), int(iso[3]))
    slashed = _SLASHED.search(text)
    if slashed is None:
        return None
    month, day = int(slashed[1]), int(slashed[2])
    if slashed[3] is None:
        return _coming(month, day, today)
    year = int(slashed[3])
    return safe_date(year + 2000 if year < 100 else year, month, day)  # noqa: PLR2004


def _day_number(tokens: tuple[str, ...], at: int) -> tuple[int, int] | None:
    """A day of the month at `at`: "fifth", "5th", "5", "twenty first", "twenty one"."""
    read = ordinal(tokens, at) or below_hundred(tokens, at)
    if read is None and at < len(tokens) and is_typed_number(tokens[at]) and len(tokens[at]) < 3:  # noqa: PLR2004
        read = int(tokens[at]), at + 1
    return read if read is not None and 1 <= read[0] <= _MAX_DAY else None


def _month_and_day(tokens: tuple[str, ...], at: int, today: date) -> tuple[date | None, int] | None:
    """As in "september [the] second [2025]" or "[the] second of september" at `at`."""
    month = MONTH_NUMBERS.get(tokens[at])
    if month is not None:
        start = at + 2 if tokens[at + 1 : at + 2] == ("the",) else at + 1
        read = _day_number(tokens, start)
        if read is None:
            return None
        year = tokens[read[1]] if read[1] < len(tokens) else ""
        if is_typed_number(year) and len(year) == 4:  # noqa: PLR2004
            return safe_date(int(year), month, read[0]), read[1] + 1
        return _coming(month, read[0], today), read[1]
    read = _day_number(tokens, at)
    if read is None:
        return None
    after = read[1] + 1 if tokens[read[1] : read[1] + 1] == ("of",) else read[1]
    month = MONTH_NUMBERS.get(tokens[after]) if after < len(tokens) else None
    is_day = after > read[1] or ordinal(tokens, at) is not None or is_typed_number(tokens[at])
    return (_coming(month, read[0], today), after + 1) if month and is_day else None


def _ordinal_day(tokens: tuple[str, ...], at: int, today: date) -> tuple[date | None, int] | None:
    """As in "the fifth", "on the 5th", or "fifth" alone; not "the first one" nor "fifth street"."""
    read = ordinal(tokens, at)
    if read is None or not 1 <= read[0] <= _MAX_DAY:
        return None
    value, end = read
    following = tokens[end] if end < len(tokens) else ""
    if following in _NOT_A_DATE_AFTER or following in SUFFIXES:
        return None
    if (at > 0 and tokens[at - 1] in ("the", "on")) or (at == 0 and not following):
        return _day_of_month(value, today), end
    return None


def _relative(tokens: tuple[str, ...], at: int, today: date) -> tuple[date | None, int] | None:
    """As in "today", "this morning", "day after tomorrow", "tomorrow", "this weekend"."""
    word, rest = tokens[at], tokens[at : at + 3]
    if word in ("today", "tonight", "tonite"):
        return today, at + 1
    if rest[:2] in _THIS_DAY:
        return today, at + 2
    if rest == ("day", "after", "tomorrow"):
        return today + timedelta(days=2), at + 3
    if word in ("tomorrow", "tomorrow's", "tmrw", "tomorow"):
        return today + timedelta(days=1), at + 1
    if word == "weekend":
        return _weekday(_SATURDAY, today, "this" if today.weekday() != _SUNDAY else ""), at + 1
    return _counted(tokens, at, today)


def _counted(tokens: tuple[str, ...], at: int, today: date) -> tuple[date | None, int] | None:
    """As in "in three days", "in a week", "a week from friday"."""
    rest = tokens[at : at + 3]
    if rest[:1] == ("in",):
        count = (1, at + 2) if rest[1:2] == ("a",) else _day_number(tokens, at + 1)
        unit = tokens[count[1]] if count and count[1] < len(tokens) else ""
        days = _UNITS.get(unit, 0)
        if count and 0 < count[0] * days <= _MAX_DAYS:
            return today + timedelta(days=count[0] * days), count[1] + 1
    return _counted_from(tokens, at, today)


def _counted_from(tokens: tuple[str, ...], at: int, today: date) -> tuple[date | None, int] | None:
    """As in "[a] week from next tuesday", "two weeks after the fifth", "day after the holiday on
    friday"; the day counted from may have words before it that name no day.
    """  # noqa: D205
    count = _day_number(tokens, at) or (1, at)
    unit, way = (*tokens[count[1] : count[1] + 2], "", "")[:2]
    if unit not in _UNITS or way not in _WAYS:
        return None
    start = count[1] + 2
    while start < len(tokens) and tokens[start] in _BEFORE_A_DAY:
        start += 1
    if start >= len(tokens):
        return None
    inner = (today, start + 1) if tokens[start] == "now" else _at(tokens, start, today)
    if inner is None or inner[0] is None:
        return None
    try:
        return inner[0] + timedelta(days=count[0] * _UNITS[unit] * _WAYS[way]), inner[1]
    except OverflowError:
        return None


def _is_named_shortly(tokens: tuple[str, ...], at: int) -> bool:
    """Whether "sat" or "sun" is a day by what stands beside it."""
    before = tokens[at - 1] if at else ""
    after = tokens[at + 1] if at + 1 < len(tokens) else ""
    return len(tokens) == 1 or before in _BEFORE_SHORT or after in _AFTER_SHORT


def _at(tokens: tuple[str, ...], at: int, today: date) -> tuple[date | None, int] | None:
    """The date named at word `at`, with the index after it."""
    named = _month_and_day(tokens, at, today) or _relative(tokens, at, today)
    if named is not None:
        return named
    before = tokens[at - 1] if at > 0 else ""
    weekday = _WEEKDAY.get(tokens[at])
    if weekday is None and _is_named_shortly(tokens, at):
        weekday = _SHORT_WEEKDAY.get(tokens[at])
    if weekday is not None and tokens[at + 1 : at + 3] == ("after", "next"):
        return _weekday(weekday, today, "next") + timedelta(days=_WEEK), at + 3
    if weekday is not None:
        after = at + 2 if tokens[at + 1 : at + 2] and tokens[at + 1] in DAYPARTS else at + 1
        number = after + (tokens[after : after + 1] == ("the",))
        dated = _month_and_day(tokens, number, today) if number < len(tokens) else None
        if dated is None and after + 1 < len(tokens) and tokens[after] == "the":
            dated = _on_that_weekday(_ordinal_day(tokens, after + 1, today), weekday)
        if dated is not None and dated[0] is not None and dated[0].weekday() != weekday:
            return None, dated[1]
        return dated or (None if before in _PAST else (_weekday(weekday, today, before), at + 1))
    return _ordinal_day(tokens, at, today)


def _on_that_weekday(
    dated: tuple[date | None, int] | None, weekday: int
) -> tuple[date | None, int] | None:
    """Of "Saturday the first", where the coming first is a Wednesday, the one after that.

    If that is a Saturday: a month was not said.
    """
    if dated is None or dated[0] is None or dated[0].weekday() == weekday:
        return dated
    later = _day_of_month(dated[0].day, dated[0] + timedelta(days=1))
    return (later, dated[1]) if later is not None and later.weekday() == weekday else dated


@dataclass(frozen=True, slots=True)
class NoSuchDay:
    """A day that was named and does not exist: "June 31", or "Tuesday, June 24" of a Wednesday.

    `day` is the date as far as the calendar has it, ``None`` when it has none.
    """

    said: str
    day: date | None


def hear_no_such_day(text: str, now: datetime) -> NoSuchDay | None:
    """The first day named in `text` that the calendar does not have; never raises on text.

    Args:
        text: recogniser words or typed text.
        now: aware time in the business's zone.

    Raises:
        ValueError: `now` is naive.
    """
    if now.tzinfo is None:
        raise ValueError("hear_no_such_day needs an aware time")
    text = _POINTS_BACK.sub(", ", text)
    today, clean = now.date(), normal(text)
    typed = _ISO.search(clean) or _SLASHED.search(clean)
    if typed is not None:
        at = 2 if typed.re is _ISO else 1
        month, day = int(typed[at]), int(typed[at + 1])
        known = 1 <= month <= len(MONTHS) and 1 <= day <= _MAX_DAY
        if not known or _typed(clean, today) is not None:
            return None
        return NoSuchDay(show_day(month, day), None)
    tokens = words(text)
    none = next(((at, end) for at, day, end in _days(tokens, today) if day is None), None)
    return None if none is None else _no_such(tokens, *none, today)


def _no_such(tokens: tuple[str, ...], at: int, end: int, today: date) -> NoSuchDay:
    """The day at [at, end), which the calendar does not have."""
    if tokens[at] in _WEEKDAY or tokens[at] in _SHORT_WEEKDAY:
        dated = (
            _month_and_day(tokens, start, today) or _ordinal_day(tokens, start, today)
            for start in range(at + 1, end)
        )
        first = next((read for read in dated if read is not None), None)
        if first is not None and first[0] is not None:
            return NoSuchDay(" ".join(tokens[at:end]), first[0])
    months = [MONTH_NUMBERS[word] for word in tokens[at:end] if word in MONTH_NUMBERS]
    numbers = [read[0] for start in range(at, end) if (read := _day_number(tokens, start))]
    said = show_day(months[0], numbers[0]) if months and numbers else " ".join(tokens[at:end])
    return NoSuchDay(said, None)


def show_day(month: int, day: int) -> str:
    """As it is written: "June 24"."""
    return f"{MONTHS[month - 1].capitalize()} {day}"


def days_named(text: str, now: datetime) -> tuple[date, ...]:
    """All days that `text` names, in order, denied or not."""
    tokens = words(_POINTS_BACK.sub(", ", text))
    return tuple(day for _, day, _ in _days(tokens, now.date()) if day is not None)


def _days(tokens: tuple[str, ...], today: date) -> Iterator[tuple[int, date | None, int]]:
    """Each day that is named, ``None`` for one that does not exist, and the words it is in."""
    at = 0
    while at < len(tokens):
        read = _at(tokens, at, today)
        if read is not None:
            yield at, *read
        at = read[1] if read is not None else at + 1


def _is_a_habit(tokens: tuple[str, ...], at: int) -> bool:
    """As in "church on Wednesdays": no day, where another one is named."""
    return tokens[at] in _EVERY


def _denied(tokens: tuple[str, ...], at: int) -> bool:
    """As in "not friday", "not on friday"."""
    while at > 0 and tokens[at - 1] in ("on", "this", "next", "the"):
        at -= 1
    return at > 0 and tokens[at - 1] == "not"


def hear_date(text: str, now: datetime) -> date | None:
    """The day that `text` names, or ``None``; never raises on text.

    Of several days the first counts, unless a later one corrects it ("tuesday, no, wednesday") or
    the first is denied ("not friday"). A bare weekday is the next after today; "next tuesday" is in
    the coming calendar week; "the fifth" is the next fifth; past days are not understood.

    Args:
        text: recogniser words or typed text.
        now: aware time in the business's zone.

    Raises:
        ValueError: `now` is naive.
    """
    if now.tzinfo is None:
        raise ValueError("hear_date needs an aware time")
    text = _POINTS_BACK.sub(", ", text)
    today = now.date()
    typed = _typed(normal(text), today)
    if typed is not None:
        return typed
    tokens = words(text)
    found: date | None = None
    since = 0
    named = tuple(_days(tokens, today))
    plain = [one for one in named if not _is_a_habit(tokens, one[0])]
    settled = [one for one in plain if tokens[one[2] : one[2] + 1] == ("then",)]
    for at, day, end in settled[-1:] or plain or named:
        turned = found is None or not _TURNS.isdisjoint(tokens[since : at + 1])
        if day is not None and turned and not _denied(tokens, at):
            found, since = day, end
    return found
