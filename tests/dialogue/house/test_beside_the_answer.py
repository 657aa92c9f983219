"""What is said beside an answer, before it or behind it, changes nothing of the answer."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialogue.house.harness import BOOKING, NOW, TOOLS, Line, business
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.facts import Facts, description
from voiceagent.dialogue.house.understand import TurnContext, understand
from voiceagent.domain.expecting import Expecting

NOTHING_OPEN = {"available_slots": [], "message": ""}
TO_THE_NOTES = BOOKING[:-1]
ASIDES = ("sorry, the baby's crying", "hold on, let me write that down", "if you need it")
TOLD = ("we'll be here", "my neighbor recommended you", "it's been one of those weeks")
"""Nothing that those who come have to know."""


@pytest.mark.parametrize(
    ("yeah", "no", "told"), [*product(("yeah", "yes", "yep"), ("no", "nope"), TOLD)]
)
def test_small_talk_behind_a_no_is_no_note(yeah: str, no: str, told: str) -> None:
    line = Line(*TO_THE_NOTES, f"{yeah}, {no}, {told}")
    assert line.policy.facts.notes == ""
    assert line.policy.state.ask is Ask.READ_BACK


@pytest.mark.parametrize("told", ["there's a dog", "the gate code is 1 2 3 4"])
def test_what_is_to_be_known_is_noted_behind_a_no_too(told: str) -> None:
    assert Line(*TO_THE_NOTES, f"yeah, no, {told}").policy.facts.notes


def test_a_wish_for_the_link_is_no_note() -> None:
    assert not Line(*TO_THE_NOTES, "can you send me the link").policy.facts.notes


@pytest.mark.parametrize("aside", ["", *(f", {one}" for one in ASIDES)])
@pytest.mark.parametrize("opener", ["", "um, ", "okay and ", "it's "])
def test_the_rest_of_a_number_is_taken_whatever_is_said_behind_it(opener: str, aside: str) -> None:
    line = Line("my ac died", "no", "paula nolan, sure", "three three oh five five five")
    assert line.policy.state.expecting is Expecting.PHONE
    line.hear(f"{opener}oh one six one{aside}")
    assert line.policy.facts.phone == "+13305550161"


@given(st.text(max_size=40))
def test_only_digits_that_come_first_go_on_with_a_number(said: str) -> None:
    before = Facts(name="Paula Nolan", phone_part="330555")
    turn = understand(f"we have two dogs {said}", TurnContext(business(), NOW, Ask.PHONE, before))
    assert turn.phone is None or not turn.phone.startswith("+1330555")


@pytest.mark.parametrize(
    "said",
    [
        "I've been on hold for twenty minutes. this is {}, and the number is 740 555 0159",
        "finally! my name is {}",
        "I called twice, anyway this is {}",
    ],
)
@pytest.mark.parametrize("name", ["Priya Monday", "Sarah Best", "Grace Park"])
def test_a_name_is_introduced_behind_something_else(said: str, name: str) -> None:
    assert Line("my ac died", "no", said.format(name)).policy.facts.name == name


@pytest.mark.parametrize(
    ("said", "note"),
    [
        ("there's a gate, the code's double one seven oh", "Gate, code 1170."),
        ("there's a gate and the code is 1 2 3 4", "Gate, code 1234."),
        ("it's the lobby door, code 4455", "It's the lobby door, code 4455."),
        ("my garage is hot", None),
        ("I have an error code 4455", None),
    ],
)
def test_a_code_told_with_its_door_is_a_note(said: str, note: str | None) -> None:
    assert Line(f"my ac stopped cooling. {said}").policy.facts.notes == note


@pytest.mark.parametrize(
    ("said", "trouble"),
    [
        (
            "my upstairs ac isn't cooling but the downstairs one is fine",
            "AC not cooling; upstairs.",
        ),
        (
            "the downstairs one is fine, but the upstairs ac isn't cooling",
            "AC not cooling; upstairs.",
        ),
        ("no heat on the second floor", "No heat; second floor."),
        ("there's no heat upstairs", "No heat; upstairs."),
        ("my ac isn't cooling, I'm upstairs and it's hot", "AC not cooling."),
        ("my ac isn't cooling", "AC not cooling."),
    ],
)
def test_where_in_the_house_it_is_goes_with_the_trouble(said: str, trouble: str) -> None:
    line = Line(said)
    assert description(line.policy.facts, line.policy.business) == trouble


@pytest.mark.parametrize(
    "said",
    [
        "can you send me the link again",
        "could you resend the deposit link",
        "I lost the text with the payment link",
        "text me the confirmation one more time please",
    ],
)
def test_who_wants_the_link_again_gets_it_with_a_code(said: str) -> None:
    assert Line(said).policy.state.ask is Ask.PHONE_AND_CODE
    assert Line(*BOOKING, "yes", said).called[-1] == "text_booking_again"


@pytest.mark.parametrize(
    "said", ["are you able to service businesses or only homes", "do you do commercial work"]
)
def test_for_whom_we_work_is_looked_up_and_never_promised(said: str) -> None:
    line = Line(said)
    assert line.called == ["answer_from_knowledge"]
    assert "Yes, we do that" not in line.last


def test_a_wait_that_goes_on_is_announced_once() -> None:
    line = Line(*BOOKING[:5])
    line.tools["check_availability"] = [NOTHING_OPEN, TOOLS["check_availability"]]
    said = line.hear("how about tomorrow afternoon")
    assert line.called[-2:] == ["check_availability", "check_availability"]
    assert said.count("Let me see which times are open.") == 1


@pytest.mark.parametrize("again", ["no, tomorrow afternoon", "tomorrow, afternoon please"])
def test_a_time_that_was_searched_and_is_not_open_is_understood(again: str) -> None:
    line = Line(*BOOKING[:5], "tomorrow in the afternoon", again)
    assert "didn't catch" not in line.last


@pytest.mark.parametrize(
    "said",
    [
        "hang on, I'd rather have the morning of this Sunday",
        "wait, can we have the afternoon instead",
        "actually I want to have the evening",
    ],
)
def test_a_part_of_the_day_that_is_wanted_is_no_goodbye(said: str) -> None:
    line = Line(*BOOKING)
    line.hear(said)
    assert line.hung_up is None
    assert "Goodbye" not in line.last


@pytest.mark.parametrize(
    "said", ["have a good one", "enjoy the rest of your day", "have a nice evening"]
)
def test_a_wish_for_their_day_is_one(said: str) -> None:
    line = Line(*BOOKING, "yes", f"no thanks, {said}")
    assert "end_call" in line.called


@pytest.mark.parametrize(
    "said", ["there's no air coming out of my vents", "we have no heat", "I've got no hot air"]
)
def test_what_is_missing_is_no_goodbye_at_the_end(said: str) -> None:
    line = Line("are you open today", said)
    assert "end_call" not in line.called
    assert line.policy.facts.service == "repair"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (
            "last name Nguyen, first name Thi Lan and you can reach me at 614 555 0189",
            "Thi Lan Nguyen",
        ),
        ("first name Thi, last name Nguyen, 614 555 0189", "Thi Nguyen"),
        ("first name is Sarah, last name Miller", "Sarah Miller"),
    ],
)
def test_a_first_name_may_have_two_words(said: str, name: str) -> None:
    assert Line("my ac died", "no", said).policy.facts.name == name
