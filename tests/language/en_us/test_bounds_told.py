"""What happens at an hour, or a word back to it, bounds the visit: tables of the kind."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from voiceagent.language.en_us.dates import hear_date, hear_no_such_day
from voiceagent.language.en_us.dayparts import Daypart, hear_daypart
from voiceagent.language.en_us.hour_bounds import Bound
from voiceagent.language.en_us.hours import hear_hours
from voiceagent.language.en_us.wishes import NO_WISH, hear_wish

NOW = datetime(2026, 6, 30, 8, 25, tzinfo=ZoneInfo("America/New_York"))
BOUNDS = {
    "I have to leave at noon, so before that": Bound.BEFORE,
    "I need to leave at 3": Bound.BEFORE,
    "I'm leaving at noon": Bound.BEFORE,
    "we have to be gone at two": Bound.BEFORE,
    "my shift starts at two": Bound.BEFORE,
    "my appointment is at two so by then please": Bound.BEFORE,
    "I get off at five so after that": Bound.AFTER,
    "I get home at four": Bound.AFTER,
    "I'll be back at three": Bound.AFTER,
    "I have a meeting at ten, anything after that": Bound.AFTER,
    "the fan isn't running, before noon please": Bound.BEFORE,
    "it won't start. after two": Bound.AFTER,
    "not before ten": Bound.AFTER,
    "don't come before ten": Bound.AFTER,
    "leave the gate open at noon": Bound.AT,
    "come at noon": Bound.AT,
}


@pytest.mark.parametrize(("said", "bound"), BOUNDS.items())
def test_an_hour_is_bound_by_what_is_told_of_it(said: str, bound: Bound) -> None:
    heard = hear_hours(said)
    assert heard is not None
    assert heard.bound is bound


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("saturday the first", date(2026, 8, 1)),
        ("not until saturday the first", date(2026, 8, 1)),
        ("wednesday the first", date(2026, 7, 1)),
        ("monday the thirtieth", None),
        ("Saturday, July 1", None),
    ],
)
def test_a_weekday_says_which_month_is_meant(said: str, day: date | None) -> None:
    assert hear_date(said, NOW) == day
    assert (hear_no_such_day(said, NOW) is None) == (day is not None)


def test_until_a_day_refuses_no_day() -> None:
    assert hear_wish("not until saturday the first", NOW) is None


@pytest.mark.parametrize(
    ("said", "part", "earliest", "latest"),
    [
        ("I can't do mornings, and not today", None, 720, None),
        ("not in the morning", None, 720, None),
        ("mornings are out", None, 720, None),
        ("anything but evenings", None, None, 1020),
        ("no mornings, afternoon please", Daypart.AFTERNOON, 720, None),
        ("tomorrow morning", Daypart.MORNING, None, None),
        ("no, the morning is fine", Daypart.MORNING, None, None),
        ("no the morning would be better", Daypart.MORNING, None, None),
        ("no, in the morning", Daypart.MORNING, None, None),
        ("mornings work", Daypart.MORNING, None, None),
        ("the morning would be good", Daypart.MORNING, None, None),
    ],
)
def test_a_part_of_day_may_be_refused(
    said: str, part: Daypart | None, earliest: int | None, latest: int | None
) -> None:
    wish = hear_wish(said, NOW) or NO_WISH
    assert hear_daypart(said) is part
    assert (wish.earliest, wish.latest) == (earliest, latest)
