"""A night belongs to its evening: the small hours of a night that is named are on the next date."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.facts import Facts
from voiceagent.dialogue.house.hearing.times import hear_times

_FRIDAY = datetime(2026, 11, 27, 23, 44, tzinfo=ZoneInfo("America/Chicago"))
_SMALL = {"1 am": 60, "1:30": 90, "2 am": 120, "12": 0, "midnight": 0, "half past two": 150}
_NIGHTS = {"tonight": 0, "sunday night": 2, "tomorrow night": 1, "saturday night": 1}


@pytest.mark.parametrize("form", ["{night} at {hour}", "at {hour} {night}"])
@pytest.mark.parametrize("hour", _SMALL)
@pytest.mark.parametrize("night", _NIGHTS)
def test_small_hours_are_on_the_next_date(night: str, hour: str, form: str) -> None:
    said = form.format(night=night, hour=hour).replace("at midnight", "midnight")
    heard = hear_times(said, Ask.DAY, Facts(), _FRIDAY, timed=True, corrects=False)
    assert heard.wish is not None, said
    assert heard.wish.holding == _SMALL[hour], said
    assert heard.day == _FRIDAY.date() + timedelta(days=_NIGHTS[night] + 1), said
    assert heard.daypart is None, said


@pytest.mark.parametrize(
    ("said", "days", "at"),
    [
        ("tonight at 9 pm", 0, 21 * 60),
        ("tonight at 11", 0, 23 * 60),
        ("tonight at 7:30", 0, 19 * 60 + 30),
        ("tomorrow at 1 am", 1, 60),
        ("saturday at 2 pm", 1, 14 * 60),
        ("saturday afternoon at 1", 1, 13 * 60),
    ],
)
def test_other_hours_are_on_the_date_that_is_named(said: str, days: int, at: int) -> None:
    heard = hear_times(said, Ask.DAY, Facts(), _FRIDAY, timed=True, corrects=False)
    assert heard.wish is not None
    assert heard.wish.holding == at
    assert heard.day == _FRIDAY.date() + timedelta(days=days)


def test_after_midnight_tonight_is_this_night() -> None:
    now = _FRIDAY + timedelta(hours=1)
    heard = hear_times("tonight at 1:30", Ask.DAY, Facts(), now, timed=True, corrects=False)
    assert heard.wish is not None
    assert (heard.day, heard.wish.holding) == (now.date(), 90)
