"""Kinds of words about time: refused hours, money, the clock of 24, counted and impossible days."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.present import present
from voiceagent.language.en_us.amounts import without_amounts
from voiceagent.language.en_us.dates import MONTHS, WEEKDAYS, hear_date, hear_no_such_day
from voiceagent.language.en_us.hours import hear_hours
from voiceagent.language.en_us.loose_times import hear_loose_time, wants_working_hours
from voiceagent.language.en_us.numbers import say_cardinal
from voiceagent.language.en_us.wishes import TimeWish, hear_wish, refused_days

NOW = datetime(2026, 6, 17, 10, tzinfo=ZoneInfo("America/New_York"))  # a Wednesday
FRIDAY, SATURDAY, MONDAY, TUESDAY = (
    date(2026, 6, day) for day in (19, 20, 22, 23)
)  # the coming ones

PRICES = (
    "is that {} total", "so {} for parts and labor", "what if I pay {}", "can you do it for {}",
    "{} is the whole price", "that estimate of {} is high", "my budget is {}", "I was quoted {}",
)  # fmt: skip


@given(st.integers(1, 12), st.sampled_from(("ten", "thirty", "fifty")), st.sampled_from(PRICES))
@settings(max_examples=60)
def test_a_figure_of_money_is_no_hour(hundreds: int, rest: str, said: str) -> None:
    assert hear_hours(said.format(f"{say_cardinal(hundreds)} {rest}")) is None
    assert hear_wish(said.format(f"{say_cardinal(hundreds)} hundred"), NOW) is None


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        ("if you can do it for four hundred, yes", True),
        ("at four hundred I would", True),
        ("$4 more", True),
        ("fifty bucks", True),
        ("come at four", False),
        ("is the price for 2 PM the same", False),
        ("the price is fine, five thirty", False),
        ("pay you at two", False),
        ("nine thirty", False),
        ("fourteen hundred on the 22nd", False),
        ("fourteen hundred hours", False),
        ("1400 hours", False),
    ],
)
def test_what_is_an_amount(said: str, amount: bool) -> None:
    assert (without_amounts(said) != said.lower()) is amount
    assert len(without_amounts(said)) == len(said)


@given(st.integers(13, 23), st.sampled_from((0, 15, 30, 45)))
@settings(max_examples=40)
def test_the_clock_of_24(hour: int, minute: int) -> None:
    spoken = f"{say_cardinal(hour)} {say_cardinal(minute) if minute else 'hundred'} hours"
    for said in (f"{hour}{minute:02d} hours on the 22nd", f"at {hour}{minute:02d}", spoken):
        heard = present(hear_hours(said.replace("-", " ")))
        assert (heard.first.minutes, heard.first.exact) == (hour * 60 + minute, True)


@pytest.mark.parametrize(
    "said", ["code 1430", "the gate code is 1430", "about 2 hours", "2525 hours"]
)
def test_what_only_looks_like_a_clock(said: str) -> None:
    assert hear_hours(said) is None


EARLY = (
    "{} would be too early for me", "{} is too early", "{} is a little early", "{}'s way too early",
    "too early at {}", "{} AM is too early",
)  # fmt: skip
REFUSED = ("not {}", "not at {}", "I can't do {}", "{} doesn't work for me", "{} won't work")


@given(st.integers(7, 11), st.sampled_from(EARLY))
@settings(max_examples=30)
def test_too_early_is_a_bound(hour: int, said: str) -> None:
    wish = present(hear_wish(said.format(hour), NOW))
    assert wish == TimeWish(earliest=hour * 60 + 1)


@given(st.integers(1, 6), st.sampled_from(EARLY))
@settings(max_examples=30)
def test_too_late_is_a_bound(hour: int, said: str) -> None:
    late = said.format(hour).replace("early", "late").replace("AM", "PM")
    assert present(hear_wish(late, NOW)) == TimeWish(latest=(hour + 12) * 60)


@given(st.integers(7, 11), st.sampled_from(REFUSED))
@settings(max_examples=30)
def test_a_refused_hour_is_no_wish_for_it(hour: int, said: str) -> None:
    assert hear_wish(said.format(hour), NOW) is None
    assert hear_wish(f"{said.format(hour)}, how about 2", NOW) == TimeWish(holding=14 * 60)


@pytest.mark.parametrize("said", ["8 is not too early", "8 works", "at 8, that's not too late"])
def test_what_is_not_refused(said: str) -> None:
    assert hear_wish(said, NOW) == TimeWish(holding=8 * 60)


def test_an_hour_is_of_the_part_of_day_named_with_it() -> None:
    assert hear_wish("tonight but not before ten", NOW) == TimeWish(earliest=22 * 60)
    assert hear_wish("in the morning but not before ten", NOW) == TimeWish(earliest=10 * 60)


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("my kid's birthday is Saturday so any day other than that, late afternoon", (SATURDAY,)),
        ("Saturday is her birthday, so not then", (SATURDAY,)),
        ("any day but Friday", (FRIDAY,)),
        ("any day except Monday or Tuesday", (MONDAY, TUESDAY)),
        ("not Friday, Monday", (FRIDAY,)),
        ("Friday is out, Monday is good", (FRIDAY,)),
        ("Friday doesn't work", (FRIDAY,)),
        ("any day apart from Friday", (FRIDAY,)),
        ("Friday works", ()),
    ],
)
def test_refused_days(said: str, days: tuple[date, ...]) -> None:
    assert refused_days(said, NOW) == days


COUNTS = (("a week from", 7), ("two weeks from", 14), ("the day after", 1), ("a week after", 7),
          ("three days after", 3), ("the day before", -1))  # fmt: skip


@given(st.sampled_from(COUNTS), st.sampled_from(WEEKDAYS), st.sampled_from(("", "next ", "this ")))
@settings(max_examples=60)
def test_a_day_counted_from_another(count: tuple[str, int], weekday: str, which: str) -> None:
    plain = present(hear_date(f"{which}{weekday}", NOW))
    counted = hear_date(f"{count[0]} {which}{weekday} in the morning", NOW)
    assert counted == plain + timedelta(days=count[1])


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("a week from next Tuesday in the morning", date(2026, 6, 30)),
        ("the Tuesday after next", date(2026, 6, 30)),
        ("the day after the holiday on Friday", SATURDAY),
        ("not on the 22nd but the 23rd", TUESDAY),
    ],
)
def test_days_counted(said: str, day: date) -> None:
    assert hear_date(said, NOW) == day


@given(
    st.integers(1, 12), st.integers(28, 31), st.sampled_from(("{} {}", "{} {} at 2", "{1} of {0}"))
)
@settings(max_examples=60)
def test_a_day_that_does_not_exist_is_told(month: int, day: int, said: str) -> None:
    text = said.format(MONTHS[month - 1], day)
    exists = day <= monthrange(2028, month)[1]
    assert (hear_no_such_day(text, NOW) is None) is exists
    assert (hear_date(text, NOW) is not None) is exists
    if not exists:
        assert (
            present(hear_no_such_day(text, NOW)).said == f"{MONTHS[month - 1].capitalize()} {day}"
        )


@given(st.integers(0, 300), st.sampled_from(WEEKDAYS))
@settings(max_examples=40)
def test_a_date_under_another_weekday_is_told(ahead: int, weekday: str) -> None:
    day = NOW.date() + timedelta(days=ahead)
    said = f"{weekday}, {MONTHS[day.month - 1]} {day.day}"
    odd = hear_no_such_day(said, NOW)
    assert (odd is None) is (WEEKDAYS[day.weekday()] == weekday)
    assert odd is None or odd.day == day


def test_a_naive_time_has_no_days() -> None:
    with pytest.raises(ValueError, match="aware"):
        hear_no_such_day("today", NOW.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("said", "span"),
    [
        ("I need a tune up, end of the month", "end of the month"),
        ("at the beginning of July", "the beginning of july"),
        ("sometime in October", "sometime in october"),
        ("late next month", "late next month"),
        ("the end of the week", "the end of the week"),
        ("after the holidays", "after the holidays"),
        ("in July", "in july"),
        ("July 3rd", ""),
        ("tomorrow", ""),
    ],
)
def test_a_stretch_of_days_is_no_day(said: str, span: str) -> None:
    assert hear_loose_time(said) == span


@pytest.mark.parametrize(
    ("said", "wants"),
    [
        ("how about whenever it's not overtime", True),
        ("something without the after hours fee", True),
        ("during regular business hours", True),
        ("any time that isn't after hours", True),
        ("is that after hours", False),
        ("what are your business hours", False),
    ],
)
def test_inside_working_hours(said: str, wants: bool) -> None:
    assert wants_working_hours(said) is wants


@pytest.mark.parametrize(
    "said", ["no, I can't do that, before 1 PM on Monday", "I can't do those, before 1 PM"]
)
def test_a_refused_offer_turns_no_bound_round(said: str) -> None:
    assert present(hear_wish(said, NOW)).latest == 13 * 60
