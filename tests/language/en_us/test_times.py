"""Windows said, shown and chosen; days and parts of days."""
# ruff: noqa: RUF001, E501  (the en dash is what is tested; a row of a table stays a row)

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.present import present
from voiceagent.domain.records import Window
from voiceagent.language.en_us.hours import hear_hours
from voiceagent.language.en_us.times import (
    ChoiceKind,
    Daypart,
    choose_window,
    counts_windows,
    hear_date,
    hear_daypart,
    say_window,
    show_window,
)

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2025, 8, 29, 20, 5, tzinfo=ZONE)  # a Friday


def window(month: int, day: int, hour: int, hours: int = 2, minute: int = 0) -> Window:
    start = datetime(2025, month, day, hour, minute, tzinfo=ZONE)
    return Window(start.astimezone(UTC), start.astimezone(UTC) + timedelta(hours=hours))


TONIGHT, TOMORROW = window(8, 29, 21), window(8, 30, 8)
OFFER = (TONIGHT, TOMORROW)


@pytest.mark.parametrize(
    ("offered", "said", "shown"),
    [
        (TONIGHT, "tonight, nine to eleven", "tonight, 9–11 PM"),
        (TOMORROW, "tomorrow morning, eight to ten", "tomorrow, 8–10 AM"),
        (
            window(9, 2, 10),
            "Tuesday morning, September second, ten to noon",
            "Tuesday, September 2, 10 AM–12 PM",
        ),
        (window(8, 29, 13), "this afternoon, one to three", "today, 1–3 PM"),
        (window(8, 30, 9, minute=30), "tomorrow morning, nine thirty to eleven thirty", "tomorrow, 9:30–11:30 AM"),
        (window(9, 2, 22), "Tuesday evening, September second, ten to midnight", "Tuesday, September 2, 10 PM–12 AM"),
        (window(8, 30, 12), "tomorrow afternoon, noon to two", "tomorrow, 12–2 PM"),
        (window(8, 30, 9, minute=5), "tomorrow morning, nine oh five to eleven oh five", "tomorrow, 9:05–11:05 AM"),
        (window(8, 30, 1), "tomorrow early morning, one to three", "tomorrow, 1–3 AM"),
    ],
)  # fmt: skip
def test_say_and_show(offered: Window, said: str, shown: str) -> None:
    assert say_window(offered, NOW) == said
    assert show_window(offered, NOW) == shown


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("tonight nine to eleven", 0),
        ("nine to eleven tonight", 0),
        ("nine till eleven", 0),
        ("tonight please", 0),
        ("Tonight, 9–11 PM", 0),
        ("9-11 PM", 0),
        ("nine p m to eleven p m", 0),
        ("ten pm", 0),
        ("let's do nine", 0),
        ("the nine o'clock one", 0),
        ("this evening", 0),
        ("today", 0),
        ("friday", 0),
        ("the evening one", 0),
        ("the first one", 0),
        ("yes the first one", 0),
        ("first", 0),
        ("number one", 0),
        ("the earlier one", 0),
        ("either", 0),
        ("either one is fine", 0),
        ("whichever", 0),
        ("the soonest", 0),
        ("as soon as possible", 0),
        ("after nine", 0),
        ("tomorrow doesn't work", 0),
        ("not tomorrow", 0),
        ("tomorrow morning", 1),
        ("tomorrow", 1),
        ("saturday", 1),
        ("the saturday one", 1),
        ("in the morning", 1),
        ("eight o'clock", 1),
        ("eight to ten", 1),
        ("eight in the morning", 1),
        ("tomorrow 8-10 AM please", 1),
        ("the second one", 1),
        ("the second", 1),
        ("option two", 1),
        ("the last one", 1),
        ("the later one", 1),
        ("later", 1),
        ("the latter", 1),
        ("no the later one", 1),
        ("not tonight", 1),
        ("not tonight tomorrow", 1),
        ("tonight doesn't work", 1),
        ("i can't do tonight tomorrow is fine", 1),
        ("before noon", 1),
        ("make it nine", 0),
        ("mornings work better for me", 1),
        ("tonight would be perfect", 0),
    ],
)
def test_a_choice(text: str, index: int) -> None:
    choice = choose_window(text, OFFER, NOW)
    assert (choice.kind, choice.index) == (ChoiceKind.CHOSEN, index)
    assert choice.candidates == (index,)


@pytest.mark.parametrize(
    "text",
    ["no", "neither", "none of those", "no thanks", "something else", "another time", "tuesday",
     "do you have anything on monday", "monday morning", "tomorrow at three", "anything later",
     "neither of those work for me", "next week sometime no", "tonight at seven", "september tenth"],
)  # fmt: skip
def test_none_of_them(text: str) -> None:
    assert choose_window(text, OFFER, NOW).kind is ChoiceKind.NONE_OF_THEM


@pytest.mark.parametrize("text", ["yes", "that works", "sounds good", "okay"])
def test_a_yes_to_two_is_ambiguous_and_to_one_a_choice(text: str) -> None:
    choice = choose_window(text, OFFER, NOW)
    assert (choice.kind, choice.index, choice.candidates) == (ChoiceKind.AMBIGUOUS, None, (0, 1))
    assert choose_window(text, OFFER[:1], NOW).index == 0


@pytest.mark.parametrize(
    "text",
    [
        "my ac is broken",
        "hmm",
        "how much is it",
        "",
        "i have two dogs at home",
        "my number is five five five one two three oh oh oh oh",
        "it's at one twenty three oak street",
        "the gate code is one two three four",
    ],
)
def test_unheard(text: str) -> None:
    assert choose_window(text, OFFER, NOW).kind is ChoiceKind.UNHEARD


def test_no_windows_and_naive_times() -> None:
    assert choose_window("tonight", (), NOW).kind is ChoiceKind.UNHEARD
    with pytest.raises(ValueError, match="aware"):
        hear_date("today", NOW.replace(tzinfo=None))


def test_three_windows() -> None:
    offer = (*OFFER, window(8, 30, 13))
    assert choose_window("tomorrow", offer, NOW).candidates == (1, 2)
    assert choose_window("tomorrow afternoon", offer, NOW).index == 2
    assert choose_window("the third one", offer, NOW).index == 2
    assert choose_window("the middle", offer, NOW).kind is ChoiceKind.UNHEARD


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("today", date(2025, 8, 29)),
        ("tonight", date(2025, 8, 29)),
        ("this afternoon", date(2025, 8, 29)),
        ("tomorrow", date(2025, 8, 30)),
        ("day after tomorrow", date(2025, 8, 31)),
        ("friday", date(2025, 9, 5)),
        ("this friday", date(2025, 8, 29)),
        ("next friday", date(2025, 9, 5)),
        ("tuesday", date(2025, 9, 2)),
        ("next tuesday", date(2025, 9, 2)),
        ("on sunday please", date(2025, 8, 31)),
        ("this weekend", date(2025, 8, 30)),
        ("the fifth", date(2025, 9, 5)),
        ("the thirty first", date(2025, 8, 31)),
        ("on the 3rd", date(2025, 9, 3)),
        ("september second", date(2025, 9, 2)),
        ("september the second", date(2025, 9, 2)),
        ("the second of september", date(2025, 9, 2)),
        ("september twenty first", date(2025, 9, 21)),
        ("Sept 2nd", date(2025, 9, 2)),
        ("tuesday september second", date(2025, 9, 2)),
        ("monday the first", date(2025, 9, 1)),
        ("may fifth", date(2026, 5, 5)),
        ("September 2, 2026", date(2026, 9, 2)),
        ("9/2", date(2025, 9, 2)),
        ("9/2/26", date(2026, 9, 2)),
        ("2025-09-02", date(2025, 9, 2)),
        ("in three days", date(2025, 9, 1)),
        ("in a week", date(2025, 9, 5)),
        ("a week from tuesday", date(2025, 9, 9)),
        ("tuesday no wednesday", date(2025, 9, 3)),
        ("not friday saturday", date(2025, 8, 30)),
        ("tuesday or wednesday", date(2025, 9, 2)),
        ("do you have anything on monday", date(2025, 9, 1)),
        ("february thirtieth", None),
        ("the first one", None),
        ("one twenty three fifth street", None),
        ("last friday", None),
        ("i may come by", None),
        ("it sat there all day", None),
        ("next week", None),
        ("one twenty three oak street", None),
        ("", None),
    ],
)
def test_hear_date(text: str, day: date | None) -> None:
    assert hear_date(text, NOW) == day


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("tomorrow morning", Daypart.MORNING), ("in the afternoon", Daypart.AFTERNOON),
        ("tonight", Daypart.EVENING), ("saturday night", Daypart.EVENING),
        ("this evening", Daypart.EVENING), ("mornings are best", Daypart.MORNING),
        ("around lunchtime", Daypart.AFTERNOON), ("good morning", None),
        ("good evening can i come in the morning", Daypart.MORNING), ("tuesday", None), ("", None),
    ],
)  # fmt: skip
def test_hear_daypart(text: str, part: Daypart | None) -> None:
    assert hear_daypart(text) is part


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("nine to eleven", 540, 660), ("9:30–11:30 PM", 570, 1410), ("between two and four", 120, 240),
        ("half past ten", 630, None), ("noon", 720, None), ("at one", 60, None),
        ("ten p m", 1320, None), ("September 2, 10 AM–12 PM", 600, 720), ("20:30", 1230, None),
    ],
)  # fmt: skip
def test_hear_hours(text: str, first: int, last: int | None) -> None:
    heard = present(hear_hours(text))
    assert heard.first.minutes == first
    assert (heard.last.minutes if heard.last else None) == last


@pytest.mark.parametrize("text", ["the first one", "that one", "i have two dogs there", "no", ""])
def test_no_hours(text: str) -> None:
    assert hear_hours(text) is None


# Days around both changes of the clocks in 2025, and ordinary ones.
DAYS = [(3, 8), (3, 9), (3, 10), (11, 1), (11, 2), (11, 3), (8, 29), (12, 31)]


@pytest.mark.thorough
@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(DAYS),
    st.lists(
        st.tuples(st.integers(0, 6), st.integers(5, 22), st.sampled_from([0, 30])),
        min_size=1,
        max_size=4,
        unique=True,
    ),
    st.integers(0, 23),
)
def test_what_we_say_is_understood_when_said_back(
    day: tuple[int, int], starts: list[tuple[int, int, int]], hour: int
) -> None:
    month, day_of_month = day
    now = datetime(2025, month, day_of_month, hour, 5, tzinfo=ZONE)
    windows = []
    for ahead, start_hour, minute in starts:
        later = now.date() + timedelta(days=ahead)
        start = datetime(later.year, later.month, later.day, start_hour, minute, tzinfo=ZONE)
        windows.append(Window(start.astimezone(UTC), start.astimezone(UTC) + timedelta(hours=2)))
    for at, offered in enumerate(windows):
        for text in (say_window(offered, now), show_window(offered, now)):
            for answer in (text, f"{text} please", text.lower().replace(",", "")):
                choice = choose_window(answer, windows, now)
                assert (choice.kind, choice.index) == (ChoiceKind.CHOSEN, at), answer


@pytest.mark.parametrize("ahead", range(1, 40))
def test_every_day_we_name_is_heard(ahead: int) -> None:
    day = NOW.date() + timedelta(days=ahead)
    start = datetime(day.year, day.month, day.day, 10, tzinfo=ZONE)
    offered = Window(start, start + timedelta(hours=2))
    assert hear_date(say_window(offered, NOW), NOW) == day
    assert hear_date(show_window(offered, NOW), NOW) == day


PLACES = ("first", "second", "third")
NOUNS = ("", " one", " option", " slot", " window", " time", " appointment")
REFUSALS = (
    "not the {}",
    "no not the {}",
    "anything but the {}",
    "i can't do the {}",
    "the {} doesn't work",
    "the {} is no good",
    "not the {} please",
    "i can't make the {} sorry",
)


@given(st.integers(2, 3), st.integers(0, 2), st.sampled_from(NOUNS), st.sampled_from(REFUSALS))
def test_what_is_refused_by_its_place_is_never_chosen(
    count: int, refused: int, noun: str, how: str
) -> None:
    offer = (TONIGHT, TOMORROW, window(9, 2, 10))[:count]
    if refused >= count:
        return
    choice = choose_window(how.format(PLACES[refused] + noun), offer, NOW)
    assert refused not in choice.candidates, how
    assert choice.kind is not ChoiceKind.UNHEARD
    if count == 2:  # the other one, or neither: then other days are offered
        assert choice.index == 1 - refused or choice.kind is ChoiceKind.NONE_OF_THEM


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("the first", True), ("the second one please", True), ("number two", True), ("option one", True),
        ("december first", False), ("the first of december", False), ("the fifth", False), ("tonight", False),
    ],
)  # fmt: skip
def test_a_place_among_the_offers_is_no_date(text: str, counts: bool) -> None:
    assert counts_windows(text, 2) is counts
