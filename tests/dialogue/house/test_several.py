"""More than one thing in a turn: every question answered, a second visit kept, no window guessed."""  # noqa: E501

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.dialogue.house.harness import BOOKING, Line
from voiceagent.dialogue.house.agenda import Goal
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.facts import Safety

PAGES = (
    "what are your hours", "do you take checks", "how long is your warranty",
    "do you work on water heaters", "do you come to Medway", "is the deposit refundable",
)  # fmt: skip


def _asked(line: Line) -> list[str]:
    return [
        str(call.arguments.get("question")) for call in line.calls if "question" in call.arguments
    ]


@given(st.lists(st.sampled_from(PAGES), min_size=2, max_size=4, unique=True),
       st.sampled_from((", and ", "? ", " and ", "? Also, ")))  # fmt: skip
@settings(max_examples=20)
def test_every_question_is_looked_up(questions: list[str], join: str) -> None:
    line = Line(join.join(questions))
    asked = _asked(line)
    assert len(asked) == len(questions)
    assert all(one in found for one, found in zip(questions, asked, strict=True))
    assert line.last.endswith("?")


def test_a_price_among_the_questions_is_told_too() -> None:
    line = Line("what time do you open Saturday, do you work on water heaters, and what's a tune up cost")  # fmt: skip  # noqa: E501
    assert line.called == ["answer_from_knowledge", "answer_from_knowledge", "get_pricing_quote"]


@pytest.mark.parametrize("turns", [1, len(BOOKING) - 1, len(BOOKING)])
def test_questions_in_the_middle_leave_the_open_question_open(turns: int) -> None:
    line = Line(*BOOKING[:turns])
    if line.policy.state.ask is Ask.SAFETY:
        line.hear("no")
    before = line.policy.state.ask
    line.hear("do you take checks, and how long is your warranty")
    assert len(_asked(line)) == 2
    assert line.policy.state.ask is before
    assert "book_appointment" not in line.called


def test_a_yes_with_two_questions_is_asked_again_once_both_are_answered() -> None:
    line = Line(*BOOKING)
    line.hear("yes, book it. do you take checks? and how long is your warranty?")
    assert len(_asked(line)) == 2
    assert "book_appointment" not in line.called
    line.hear("yes")
    assert line.called.count("book_appointment") == 1


@pytest.mark.parametrize(
    "text",
    [
        "yes, and my neighbor needs one too",
        "yes please. oh, my mother's place at 88 Elm Street needs one as well",
        "yes and my neighbor at 420 needs one right after",
    ],
)
def test_a_second_visit_follows_the_first(text: str) -> None:
    line = Line(*BOOKING, text)
    assert line.called.count("book_appointment") == 1
    assert dict(line.calls[-1].arguments if line.calls else {}).get("address", "") in {
        "", "123 Oak Street, Springfield, Ohio"
    }  # fmt: skip
    assert "other visit" in line.last
    state = line.policy.state
    assert state.goal is Goal.BOOK
    assert (state.facts.name, state.facts.phone, state.facts.address) == (None, None, None)
    assert state.facts.safety is Safety.OPEN
    assert state.facts.service == "repair"


def test_a_second_visit_to_a_place_of_their_own_keeps_who_they_are() -> None:
    state = Line(*BOOKING, "yes, and my rental needs one too").policy.state
    assert state.facts.name == "Sarah Miller"
    assert state.facts.phone == "+15551230000"
    assert state.facts.address is None


def test_a_second_visit_that_is_no_answer_waits() -> None:
    line = Line(*BOOKING, "my neighbor needs one too")
    assert "book_appointment" not in line.called
    assert "other visit" in line.last
    line.hear("yes")
    assert line.called.count("book_appointment") == 1
    assert line.policy.state.goal is Goal.BOOK


def test_a_second_visit_goes_with_the_errand_it_was_wished_beside() -> None:
    line = Line(*BOOKING, "my neighbor needs one too", "never mind, don't book anything")
    assert line.policy.state.second is None


@given(st.sampled_from(("I can't do {}", "{} doesn't work for me", "{} won't work", "not at {}")))
@settings(max_examples=8)
def test_a_refused_hour_takes_no_other_window(said: str) -> None:
    line = Line(*BOOKING[:-2])
    line.hear(said.format("9"))
    state = line.policy.state
    assert state.facts.window is None
    assert state.ask is Ask.TIME
    assert "Does that work" in line.last
    line.hear("yes")
    assert line.policy.state.facts.window is not None
    assert "8" in line.said[-1]


@pytest.mark.parametrize(
    "said",
    [
        "ça sent le gaz chez moi",
        "il y a du gaz ici",
        "es brennt im keller bei uns",
        "kuchnia dym jest tu",
    ],
)
def test_danger_in_another_language_is_asked_about(said: str) -> None:
    line = Line(said)
    assert line.policy.state.ask in {Ask.SAFETY, Ask.AFTER_DANGER}
    assert "gas" in line.last or "911" in line.last


def test_a_yes_of_that_language_is_a_yes() -> None:
    assert "911" in Line("ça sent le gaz chez moi", "oui").last
