"""What a price is of: the moment of the visit, the place it goes to, and the service named last."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.dialogue.house.harness import BOOKING, NOW, Line
from voiceagent.dialogue.house.asks import Ask

_NOON = NOW.replace(month=8, day=27, hour=12, minute=0)
"""A Wednesday, in opening hours."""

_OPEN = dict.fromkeys(range(5), (8, 18)) | {5: (8, 16)}
"""By weekday, as the business file has it; no holiday is in the week that is asked about."""

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HOURS = {"7 am": 7, "9 am": 9, "noon": 12, "3 pm": 15, "5 pm": 17, "6 pm": 18, "9 pm": 21}


def _asked_at(now: datetime, *said: str) -> Line:
    line = Line()
    line.policy.now = now
    line.hear(*said)
    return line


def _priced(line: Line) -> datetime:
    """The moment that the last price was asked for, by what the tool goes by."""
    asked = line.calls[-1]
    assert asked.name == "get_pricing_quote"
    named = asked.arguments.get("visit_time")
    return datetime.fromisoformat(str(named)) if named else line.policy.now


def _is_open(at: datetime) -> bool:
    opens, closes = _OPEN.get(at.weekday(), (0, 0))
    return opens <= at.hour < closes


@pytest.mark.parametrize("hour", _HOURS)
@pytest.mark.parametrize("day", _DAYS)
@pytest.mark.parametrize("now", [_NOON, _NOON.replace(hour=21)], ids=["by day", "at night"])
def test_a_price_is_of_the_moment_that_is_named(now: datetime, day: str, hour: str) -> None:
    line = _asked_at(now - timedelta(days=6), f"how much is a repair {day} at {hour}")
    weekday = _DAYS.index(day)
    expected = weekday in _OPEN and _OPEN[weekday][0] <= _HOURS[hour] < _OPEN[weekday][1]
    assert _is_open(_priced(line)) is expected
    assert line.calls[-1].arguments["is_after_hours"] is not expected
    assert line.policy.facts.quote is not None
    assert line.policy.facts.quote.after_hours is not expected


@pytest.mark.parametrize(
    ("said", "open_then"),
    [
        ("how much is a repair tonight at 9pm", False),
        ("how much is a repair on sunday", False),
        ("how much is a repair on friday", True),
        ("how much is a repair after hours", False),
        ("what does a repair cost outside of business hours", False),
        ("how much is a repair once you're closed", False),
        ("how much is a repair during business hours", True),
        ("how much is a repair", True),
        ("how much is a repair saturday afternoon", True),
        ("how much is a repair sunday afternoon", False),
    ],
)
def test_a_price_asked_by_day_is_of_the_visit(said: str, open_then: bool) -> None:
    assert _is_open(_priced(_asked_at(_NOON, said))) is open_then


@pytest.mark.parametrize(
    ("when", "night"),
    [
        ("sunday night 9pm", True),
        ("tonight at nine pm", True),
        ("sunday morning", True),
        ("friday morning", False),
    ],
)
def test_the_price_that_a_yes_is_asked_for_is_that_of_the_visit(when: str, night: bool) -> None:
    line = _asked_at(_NOON, f"AC not cooling, {when}", *BOOKING[1:4])
    assert line.policy.state.ask is Ask.GO_AHEAD
    quote = line.policy.facts.quote
    assert quote is not None
    assert quote.after_hours is night
    assert line.calls[-1].arguments["is_after_hours"] is night


def test_a_price_of_the_tool_is_not_taken_for_one_of_another_hour() -> None:
    """A hint that it is night makes no quote one of the night."""
    line = _asked_at(_NOON, "how much is a repair")
    assert line.policy.facts.quote is not None
    assert not line.policy.facts.quote.after_hours
    line.hear("and what would it be after hours")
    assert line.policy.facts.quote.after_hours


@pytest.mark.parametrize(
    ("said", "fee"),
    [
        ("how much is a repair in south vienna 45369", True),
        ("how much is a repair in south vienna", True),
        ("what's a repair cost at 45344", True),
        ("how much is a repair, I'm in enon", True),
        ("how much is a repair in springfield", False),
        ("how much is a repair at 45503", False),
        ("how much is a repair", False),
        ("how much is a repair for Sarah Medway", False),
    ],
)
def test_a_place_in_the_question_counts(said: str, fee: bool) -> None:
    line = _asked_at(_NOON, said)
    assert bool(line.calls[-1].arguments.get("address")) is fee
    assert line.policy.facts.quote is not None
    assert bool(line.policy.facts.quote.area) is fee


def test_a_place_named_after_the_price_changes_it() -> None:
    line = _asked_at(_NOON, "how much is a repair", "and out in south vienna?")
    assert line.called == ["get_pricing_quote"] * 2
    assert line.calls[-1].arguments["address"]


def test_a_place_nobody_goes_to_is_not_priced() -> None:
    said = _asked_at(_NOON, "how much is a repair in Columbus").last
    assert "Columbus" in said


_NAMED = {
    "repair": ("a repair",),
    "maintenance": ("a tuneup", "the annual service", "maintenance"),
    "installation": ("new furnace", "a new air conditioner", "to put in a new furnace"),
}


@pytest.mark.parametrize("lead", ["and how much for", "and what about the price of", "how much is"])
@pytest.mark.parametrize("second", _NAMED)
@pytest.mark.parametrize("first", _NAMED)
def test_a_service_newly_named_is_what_is_priced(first: str, second: str, lead: str) -> None:
    for thing in _NAMED[second]:
        line = _asked_at(_NOON, f"how much for {_NAMED[first][0]}", f"{lead} {thing}")
        assert line.calls[-1].arguments["service_type"] == second, thing


def test_another_services_price_leaves_the_booking_as_it_is() -> None:
    line = _asked_at(_NOON, *BOOKING[:3])
    before = line.policy.facts
    line.hear("by the way, how much is a new furnace")
    assert [call.arguments["service_type"] for call in line.calls][-1] != before.service
    assert line.policy.facts.service == before.service
    assert line.policy.facts.quote == before.quote


@pytest.mark.parametrize("thing", ["a humidifier", "a hot tub", "duct sealing"])
def test_what_is_not_known_is_never_priced_as_what_is(thing: str) -> None:
    line = _asked_at(_NOON, "how much for a tuneup", f"and how much for {thing}")
    assert line.called.count("get_pricing_quote") == 1
    assert "$" not in line.last


@pytest.mark.parametrize(
    "said", ["how much is it", "how much would that be again", "what's the total price", "how much"]
)
def test_a_price_asked_again_is_told_again(said: str) -> None:
    line = _asked_at(_NOON, "how much for a tuneup", said)
    assert "$825" in line.last
