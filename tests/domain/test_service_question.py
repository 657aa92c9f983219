"""Questions about services that name a hazard, and reports of danger that look like one."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.test_danger import SENTENCES
from tests.support.rooms import coolcare, hotel
from voiceagent.domain.safety import Judgement, hear_danger

QUESTIONS = (
    "do you do {}", "do you guys also do {}", "do you install {}", "do you repair {}",
    "can you install {}", "could you replace {}", "how much is it to install {}",
    "how much does it cost to replace {}", "what do you charge for {}", "are you licensed for {}",
    "hi, i was wondering if you do {}", "how much are {}", "what's the price of {}",
    "do you sell {}?", "do you do {} in springfield", "do you do {} too, thanks",
    "do you do {}? i need one for my stove",
)  # fmt: skip
THINGS = (
    "gas lines", "gas furnaces", "a new gas line", "smoke detectors", "carbon monoxide detectors",
    "smoke alarms and carbon monoxide alarms", "propane tanks", "natural gas lines", "fire alarms",
    "gas lines or propane tanks", "whole house gas generators", "gas fireplaces",
)  # fmt: skip
HAPPENING = (
    "gas leaks", "a gas leak", "gas smells", "burning wires", "sparking outlets", "headaches",
    "smoking furnaces", "gas emergencies", "a gas problem", "gas lines that leak", "sparks",
    "rotten egg smells", "smoke coming out of vents", "smoke from my furnace", "gas please hurry",
)  # fmt: skip
REASONS = (
    "because I smell one", "because mine exploded", "i smell it right now", "since mine is leaking",
    "because i just cut one", "mine got hit", "and it's hissing", "because my alarm is going off",
)  # fmt: skip
GLUES = (" ", ", ", ". ", " and ", " because ", " or ", "? ")
DANGERS = [
    said
    for business, when, want, said in SENTENCES
    if (business, when, want) == ("coolcare", "unasked", "danger")
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_hazard_in_a_question_about_services_is_only_named(question: str) -> None:
    asked = [question.format(thing) for thing in THINGS]
    assert not [s for s in asked if hear_danger(s, coolcare()).is_danger]
    judged = {hear_danger(s, coolcare(), asked=True).judgement for s in asked}
    assert judged == {Judgement.UNCLEAR}


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_happens_is_no_service(question: str) -> None:
    asked = [question.format(what) for what in HAPPENING]
    assert not [s for s in asked if not hear_danger(s, coolcare()).is_danger]


@pytest.mark.parametrize("reason", ["do you do gas leaks because I smell one", *REASONS])
def test_a_reason_for_the_question_is_a_report(reason: str) -> None:
    business = coolcare()
    said = [
        f"{question.format('gas lines')}{glue}{reason}"
        for question, glue in itertools.product(QUESTIONS, (" ", ", ", ". ", " and "))
    ]
    assert not [s for s in said if not hear_danger(s, business).is_danger]


@pytest.mark.thorough
@settings(max_examples=1000)
@given(
    st.sampled_from(QUESTIONS), st.sampled_from(THINGS), st.sampled_from(GLUES),
    st.sampled_from(DANGERS), st.booleans(),
)  # fmt: skip
def test_no_report_hides_beside_a_question_about_services(
    question: str, thing: str, glue: str, danger: str, first: bool
) -> None:
    asked = question.format(thing)
    said = f"{danger}{glue}{asked}" if first else f"{asked}{glue}{danger}"
    assert hear_danger(said, coolcare()).is_danger


@pytest.mark.parametrize(
    "said",
    [
        "do you have smoke detectors in the rooms", "do you have fire alarms?",
        "do you have carbon monoxide detectors",
    ],
)  # fmt: skip
def test_the_hazards_are_the_owner_s(said: str) -> None:
    assert not hear_danger(said, hotel()).is_danger
    assert hear_danger(f"{said} there is smoke in the hall", hotel()).is_danger
