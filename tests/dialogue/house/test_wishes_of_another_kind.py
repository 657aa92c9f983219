"""Wishes that sounded like others: for somebody else's number, for what is kept, for recordings."""

from __future__ import annotations

import pytest

from tests.dialogue.house.harness import BOOKING, Line
from voiceagent.dialogue.house.hearing.opt_outs import spares_another, wants_no_calls
from voiceagent.dialogue.house.hearing.privacy import asks_of_recording, refuses_recording
from voiceagent.language.en_us.matters import Matter, hear_matter


@pytest.mark.parametrize(
    "said",
    [
        "stop texting my wife's number",
        "please stop calling my mother's phone",
        "don't call her cell any more",
        "take his number off your list",
        "no more texts to my husband's number, stop texting his phone",
    ],
)
def test_somebody_elses_number_is_passed_on_and_the_writer_is_not_taken_off(said: str) -> None:
    assert not wants_no_calls(said)
    assert spares_another(said)
    line = Line(channel="text")
    line.hear(said)
    assert line.called == ["escalate_to_human"]
    assert said in str(line.calls[-1].arguments["summary"])
    assert not line.policy.state.opted_out


@pytest.mark.parametrize("said", ["stop texting me", "stop calling this number", "lose my number"])
def test_ones_own_number_is_taken_off(said: str) -> None:
    assert wants_no_calls(said)
    assert not spares_another(said)


@pytest.mark.parametrize(
    "said",
    [
        "delete all my data",
        "please erase my information",
        "remove everything you have on me",
        "wipe my records",
        "what data do you have on me",
        "I want a copy of my data",
        "this is a CCPA request",
    ],
)
@pytest.mark.parametrize("turns", [0, 3, 4, 6])
def test_what_is_kept_of_somebody_is_a_persons_matter_whatever_was_asked(
    said: str, turns: int
) -> None:
    assert hear_matter(said) is Matter.DATA
    line = Line(*BOOKING[:turns], channel="text")
    line.hear(said)
    assert line.called[-1] == "escalate_to_human"
    assert said in str(line.calls[-1].arguments["summary"])
    assert "I can't settle that myself" in " ".join(line.said)


@pytest.mark.parametrize(
    "said", ["delete my appointment", "remove the old furnace", "my account number is 12"]
)
def test_what_is_taken_away_elsewhere_is_no_data(said: str) -> None:
    assert hear_matter(said) is not Matter.DATA


@pytest.mark.parametrize(
    "said",
    [
        "are you recording this",
        "is this call being recorded",
        "am I being recorded?",
        "do you record your calls",
        "will this be recorded",
    ],
)
@pytest.mark.parametrize("turns", [0, 1, 3])
def test_who_asks_is_told_the_disclosure_and_the_question_stays(said: str, turns: int) -> None:
    line = Line(*BOOKING[:turns])
    ask = line.policy.state.ask
    assert line.hear(said).startswith("I'm an automated assistant, and this call may be recorded.")
    assert line.policy.state.ask is ask
    assert not line.policy.state.unrecorded


def test_who_is_not_recorded_is_told_so() -> None:
    line = Line("please don't record me")
    assert "not recorded" in line.hear("are you recording me now?")


@pytest.mark.parametrize(
    "said", ["don't record me", "is my record player a problem", "it's a record"]
)
def test_what_asks_of_no_recording(said: str) -> None:
    assert refuses_recording(said) or not asks_of_recording(said)


@pytest.mark.parametrize(
    "said",
    [
        "my AC also died so make it a repair instead",
        "actually make it a repair, my ac died",
        "change that to a repair please",
        "can you switch it to a repair",
    ],
)
@pytest.mark.parametrize("more", [(), ("Sarah Miller, 555 123 0000",)])
def test_another_service_is_taken_in_place_of_the_first_whatever_was_asked(
    said: str, more: tuple[str, ...]
) -> None:
    line = Line("i need a tune-up", *more)
    assert line.policy.facts.service == "maintenance"
    line.hear(said)
    assert line.policy.facts.service == "repair"


@pytest.mark.parametrize("said", ["that doesn't work for me", "it died last week", "Ray Cole"])
def test_no_other_service_is_heard_beside(said: str) -> None:
    line = Line("i need a tune-up")
    line.hear(said)
    assert line.policy.facts.service == "maintenance"
