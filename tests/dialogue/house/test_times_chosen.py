"""A time is taken only when it is what was said: else it is searched for, or asked back."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.dialogue.house.harness import BOOKING, Line

TWO_TODAY: Mapping[str, object] = {
    "available_slots": [
        {"datetime": "2025-08-29T12:00:00-04:00", "display": "Fri, Aug 29, 12:00 PM"},
        {"datetime": "2025-08-29T14:00:00-04:00", "display": "Fri, Aug 29, 2:00 PM"},
    ],
    "message": "",
}


def offered() -> Line:
    return Line(*BOOKING[:-2])


def searched(line: Line) -> Mapping[str, object]:
    return next(c.arguments for c in reversed(line.calls) if c.name == "check_availability")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("September thirty first at nine", "There is no September 31."),
        ("9/31 at 9", "There is no September 31."),
        ("yes, the thirty first of September, 9 PM", "There is no September 31."),
        ("Monday, September 2 at nine", "September 2 is a Tuesday."),
    ],
)
@pytest.mark.parametrize("turns", [BOOKING[:-2], BOOKING], ids=["offer", "read-back"])
def test_a_day_that_is_none_is_told_and_asked(said: str, told: str, turns: tuple[str, ...]) -> None:
    line = Line(*turns)
    searches = line.called.count("check_availability")
    answer = line.hear(said)
    assert told in answer
    assert answer.endswith("What day would suit you?")
    assert line.called.count("check_availability") == searches
    assert "book_appointment" not in line.called
    line.hear("September second")
    assert searched(line)["preferred_date"] == "2025-09-02"


@pytest.mark.parametrize(
    ("said", "bound"),
    [
        ("tonight but not before ten", {"not_before": "22:00"}),
        ("tonight, after ten", {"not_before": "22:00"}),
        ("the first one, but not before ten PM", {"not_before": "22:00"}),
        ("tonight as long as you're gone by ten", {"not_after": "22:00"}),
    ],
)
def test_a_choice_keeps_all_that_is_said_of_hours(said: str, bound: Mapping[str, str]) -> None:
    line = offered()
    line.hear(said)
    assert line.policy.facts.window is None
    assert bound.items() <= searched(line).items()


@pytest.mark.parametrize(
    "said", ["tonight", "tonight after nine", "the first one", "nine to eleven", "tonight at ten"]
)
def test_what_a_window_keeps_chooses_it(said: str) -> None:
    line = offered()
    line.hear(said)
    assert line.policy.facts.window is not None


@pytest.mark.parametrize(
    "said", ["8 would be too early for me", "eight is too early", "8 doesn't work for me"]
)
def test_a_refused_hour_is_not_searched_for(said: str) -> None:
    line = Line()
    line.tools["check_availability"] = [TWO_TODAY]
    line.hear(*BOOKING[:-2], said)
    assert searched(line).get("around") is None
    assert line.policy.facts.window is None


def test_what_is_too_early_refuses_one_window_and_takes_no_other() -> None:
    line = offered()
    line.hear("8 would be too early for me")
    assert line.policy.facts.window is None
    assert searched(line)["not_before"] == "08:01"


def test_any_day_other_than_that() -> None:
    line = offered()
    line.hear("my kid's birthday is Monday so any day other than that, late afternoon")
    assert searched(line)["not_on"] == ["2025-09-01"]
    assert searched(line)["preferred_date"] is None


def test_the_clock_of_24_is_kept() -> None:
    line = offered()
    line.hear("1400 hours on the 2nd")
    assert {"preferred_date": "2025-09-02", "around": "14:00"}.items() <= searched(line).items()


@pytest.mark.parametrize(
    "said",
    [
        "if you can do it for four hundred, yes",
        "is that eight twenty five total or plus parts?",
        "make it seven fifty total and we have a deal",
    ],
)
def test_a_price_at_the_read_back_is_no_time(said: str) -> None:
    line = Line(*BOOKING)
    window = line.policy.facts.window
    searches = line.called.count("check_availability")
    line.hear(said)
    assert line.policy.facts.window == window
    assert line.called.count("check_availability") == searches
    assert "book_appointment" not in line.called


def test_a_stretch_of_days_is_asked_back() -> None:
    line = Line()
    answer = line.hear("I need a tune up, end of the month")
    assert answer == "Which day do you mean by end of the month?"
    line.hear("the 30th", "sarah miller five five five one two three oh oh oh oh")
    line.hear("123 oak street", "yes")
    assert searched(line)["preferred_date"] == "2025-08-30"


def test_only_inside_working_hours() -> None:
    line = offered()
    line.hear("how about whenever it's not overtime")
    assert line.policy.facts.window is None
    assert searched(line)["is_emergency"] is False
    assert searched(line)["preferred_date"] is None
