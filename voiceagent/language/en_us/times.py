"""Appointment windows, said and shown; the one door to everything about times.

Wall times are those of `now`'s zone, so a window reads right on the days the clocks change.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from voiceagent.domain.records import Window
from voiceagent.language.en_us.choosing import (
    ChoiceKind,
    WindowChoice,
    choose_window,
    counts_windows,
    wall_times,
)
from voiceagent.language.en_us.dates import (
    MONTHS,
    WEEKDAYS,
    NoSuchDay,
    hear_date,
    hear_no_such_day,
)
from voiceagent.language.en_us.dayparts import Daypart, hear_daypart
from voiceagent.language.en_us.numbers import say_cardinal, say_ordinal

__all__ = [
    "ChoiceKind",
    "Daypart",
    "NoSuchDay",
    "WindowChoice",
    "choose_window",
    "counts_windows",
    "hear_date",
    "hear_daypart",
    "hear_no_such_day",
    "say_hour",
    "say_window",
    "show_window",
]

_NOON, _EVENING, _EARLY = 12, 17, 5
_HALF_DAY = 12


def say_hour(moment: datetime) -> str:
    """Wall time for the ear, without morning or evening: "nine", "nine thirty", "noon"."""
    if moment.minute == 0 and moment.hour in (0, _NOON):
        return "noon" if moment.hour == _NOON else "midnight"
    hour = say_cardinal(moment.hour % _HALF_DAY or _HALF_DAY)
    if moment.minute == 0:
        return hour
    oh = "oh " if moment.minute < 10 else ""  # noqa: PLR2004
    return f"{hour} {oh}{say_cardinal(moment.minute)}"


def _part(hour: int) -> str:
    if hour < _EARLY:
        return "early morning"
    if hour < _NOON:
        return "morning"
    return "afternoon" if hour < _EVENING else "evening"


def _day_said(start: datetime, today: date) -> str:
    part = _part(start.hour)
    if start.date() == today:
        return "tonight" if part == "evening" else f"this {part}"
    if start.date() == today + timedelta(days=1):
        return f"tomorrow {part}"
    day = WEEKDAYS[start.weekday()].capitalize()
    return f"{day} {part}, {MONTHS[start.month - 1].capitalize()} {say_ordinal(start.day)}"


def say_window(window: Window, now: datetime) -> str:
    """The window for the ear: "tonight, nine to eleven", "tomorrow morning, eight to ten",
    "Tuesday morning, September second, ten to noon".
    """  # noqa: D205
    start, end = wall_times(window, now)
    return f"{_day_said(start, now.date())}, {say_hour(start)} to {say_hour(end)}"


def _shown(moment: datetime, *, half: bool) -> str:
    minute = f":{moment.minute:02d}" if moment.minute else ""
    suffix = (" PM" if moment.hour >= _NOON else " AM") if half else ""
    return f"{moment.hour % _HALF_DAY or _HALF_DAY}{minute}{suffix}"


def show_window(window: Window, now: datetime) -> str:
    """The window for the eye, with an en dash: "tonight, 9-11 PM", "Tuesday, May 6, 1-3 PM"."""
    start, end = wall_times(window, now)
    same_half = (start.hour < _NOON) == (end.hour < _NOON) and start.date() == end.date()
    span = f"{_shown(start, half=not same_half)}\N{EN DASH}{_shown(end, half=True)}"
    if start.date() == now.date():
        return f"{'tonight' if _part(start.hour) == 'evening' else 'today'}, {span}"
    if start.date() == now.date() + timedelta(days=1):
        return f"tomorrow, {span}"
    day, month = WEEKDAYS[start.weekday()].capitalize(), MONTHS[start.month - 1].capitalize()
    return f"{day}, {month} {start.day}, {span}"
