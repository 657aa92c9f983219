"""A technician by name, a person to speak with, the waiting list, and weeks instead of days."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.dialogue.house.harness import BOOKING, Line, business
from voiceagent.dialogue.house.hearing.wishes import hear_technician
from voiceagent.domain.staff import staff_names
from voiceagent.language.en_us.wanting_people import wants_person
from voiceagent.language.en_us.weeks import hear_week

FRIDAY = datetime(2025, 8, 29, 20, 5, tzinfo=ZoneInfo("America/New_York"))

WISHES = [
    # what is said, who is to come, whether it is a wish to speak with somebody
    ("can I get Mike again?", "mike", False),
    ("can mike come", "mike", False),
    ("I'd like Mike Alvarez please", "mike", False),
    ("is dana available on Tuesday", "dana", False),
    ("could you send mike", "mike", False),
    ("I want the same guy as last time, Mike", "mike", False),
    ("can our usual guy mike do it", "mike", False),
    ("can I talk to Mike", None, True),
    ("let me speak with Dana Kim", None, True),
    ("could you put Mike on", None, True),
    ("is Mike there", None, True),
    ("can I talk to Steve", None, True),
    ("can I get Steve again", "Steve", False),
    ("could you send Jennifer back", "Jennifer", False),
    ("is kevin available", "Kevin", False),
    ("my son Mike can let you in", None, False),
    ("can my husband mike be there instead of me", None, False),
    ("my name is Mike and I need a repair", None, False),
    ("can you come tomorrow", None, False),
    ("I want it done again", None, False),
    ("can will come back be a thing", None, False),
]


@pytest.mark.parametrize(("said", "who", "speaks"), WISHES)
def test_who_is_to_come_is_told_from_who_is_to_speak(
    said: str, who: str | None, *, speaks: bool
) -> None:
    staff = staff_names(business())
    assert hear_technician(said, business()) == who
    assert wants_person(said, staff) is speaks


def test_a_technician_by_name_begins_a_booking_and_is_searched_for() -> None:
    line = Line("can I get Mike again?")
    assert "What do you need" in line.last
    line.hear("a repair, my ac died", *BOOKING[1:5])
    assert line.called[-1] == "check_availability"
    assert line.calls[-1].arguments["technician"] == "mike"
    assert any("Let me see when Mike Alvarez is free" in said for said in line.said)


def test_somebody_who_is_not_free_is_said_so_and_others_are_offered() -> None:
    line = Line(*BOOKING[:5])
    line.fail("check_availability", "technician.not_free", "I'm sorry, Mike has nothing open then.")
    told = line.hear("can mike come")
    assert told.startswith("Let me see when Mike Alvarez is free.")
    assert "I'm sorry, Mike has nothing open then." in told
    assert "Which works better for you?" in told
    assert "technician" not in line.calls[-1].arguments


def test_somebody_whom_nobody_knows_is_said_so() -> None:
    line = Line(*BOOKING[:5])
    line.fail("check_availability", "technician.unknown", "I don't know anyone here called Steve.")
    told = line.hear("can I get Steve again")
    assert "I don't know anyone here called Steve." in told
    assert "Which works better for you?" in told


@pytest.mark.parametrize(
    ("name", "tool"), [("Mike", "join_customer_call"), ("Steve", "escalate_to_human")]
)
def test_who_is_to_speak_gets_a_person(name: str, tool: str) -> None:
    """A technician whom they name is rung; somebody whom nobody knows is not waited for."""
    line = Line(f"can I talk to {name}")
    assert line.called == [tool]
    assert "check_availability" not in line.called


@pytest.mark.parametrize("channel", ["voice", "text"])
def test_who_finds_nothing_can_wait(channel: str) -> None:
    line = Line(*BOOKING[:5], channel=channel)
    line.tools["check_availability"] = [{"available_slots": [], "message": "Nothing then."}]
    assert "waiting list" in line.hear("how about wednesday")
    told = line.hear("yes put me on the waiting list")
    assert line.called[-1] == "join_waiting_list"
    asked = line.calls[-1].arguments
    assert (asked["first_day"], asked["last_day"]) == ("2025-09-03", "2025-09-03")
    assert (asked["phone"], asked["service_type"]) == ("+15551230000", "repair")
    assert "You're on our waiting list for Wednesday, September 3." in told
    assert "anything else" in told


def test_offers_that_do_not_suit_can_be_waited_past() -> None:
    line = Line(*BOOKING[:5])
    line.hear("none of those work, call me if somebody cancels on tuesday morning")
    assert line.called[-1] == "join_waiting_list"
    asked = line.calls[-1].arguments
    assert asked["first_day"] == "2025-09-02"
    assert asked["not_after"] == "13:00"


def test_who_cannot_be_texted_is_told_the_truth() -> None:
    line = Line(*BOOKING[:5])
    line.fail("join_waiting_list", "waiting.no_text", "I can't text the number.")
    told = line.hear("put me on the waiting list")
    assert "I can't text the number." in told
    assert "person" in told


WEEKS = [
    ("in three weeks", date(2025, 9, 15), date(2025, 9, 21)),
    ("maybe in about 2 weeks", date(2025, 9, 8), date(2025, 9, 14)),
    ("three weeks from now", date(2025, 9, 15), date(2025, 9, 21)),
    ("in a couple of weeks", date(2025, 9, 8), date(2025, 9, 14)),
    ("the week of the twentieth", date(2025, 9, 15), date(2025, 9, 21)),
    ("sometime the week of september 8th", date(2025, 9, 8), date(2025, 9, 14)),
    ("the week after next", date(2025, 9, 8), date(2025, 9, 14)),
    ("the week of the thirtieth", date(2025, 8, 29), date(2025, 8, 31)),
]


@pytest.mark.parametrize(("said", "first", "last"), WEEKS)
def test_a_week_instead_of_a_day(said: str, first: date, last: date) -> None:
    assert hear_week(said, FRIDAY) == (first, last)


@pytest.mark.parametrize(
    "said",
    [
        "friday in three weeks",
        "three weeks from friday",
        "three weeks ago",
        "in three days",
        "the week",
        "",
    ],
)
def test_a_day_or_nothing_is_no_week(said: str) -> None:
    assert hear_week(said, FRIDAY) is None


@pytest.mark.parametrize("said", ["in three weeks", "the week of the twentieth"])
def test_a_week_is_searched_as_a_whole(said: str) -> None:
    line = Line(*BOOKING[:5])
    line.hear(said)
    assert line.called[-1] == "check_availability"
    asked = line.calls[-1].arguments
    assert (asked["preferred_date"], asked["preferred_until"]) == ("2025-09-15", "2025-09-21")
    line.hear("actually wednesday")
    asked = line.calls[-1].arguments
    assert asked["preferred_date"] == "2025-09-03"
    assert "preferred_until" not in asked
