"""A yes with a question beside it is answered first and agrees to nothing: tables of the kind."""

from __future__ import annotations

import pytest

from tests.dialogue.house.harness import BOOKING, Line
from voiceagent.language.en_us.several_questions import adds_a_question, asks_beside_assent

ASKS = (
    *("yeah, how will they get in touch", "yes and do I get the deposit back"),
    *("ok how long will it take", "yes that's right how do i pay", "yes, who's coming"),
    *("yes go ahead do i need to be home", "sure. will I get a text?", "okay is that with tax"),
    *("yes, and the deposit is refundable?", "yes please, what time will he be here"),
    *("yes but what if it rains", "sounds good, when do I pay", "yes, is it just one guy"),
    *("yeah that's fine, which technician is it", "correct, and how much is the deposit"),
)
"""What agrees, and asks."""

AGREES = (
    *("yes", "yes please", "yes, that's what I want", "yes, can you book it please"),
    *("sure, could you text me the link", "yes, that is how I spell it", "yes, do it", "yes i do"),
    *("yes when they come use the side door", "yes, when he is here the dog will be out"),
    *("that's right, that's where I live", "yes you can", "what a relief, yes", "yes, please?"),
    *("yes, I am the one who called", "yes, whatever works", "i guess so, yes", "yes it is"),
)
"""What agrees: a request for the act, a relative clause or a clause of time asks nothing."""


@pytest.mark.parametrize("said", ASKS)
def test_a_question_beside_a_yes_is_heard(said: str) -> None:
    assert asks_beside_assent(said)


@pytest.mark.parametrize("said", AGREES)
def test_a_request_or_a_clause_is_no_question(said: str) -> None:
    assert not asks_beside_assent(said)


@pytest.mark.parametrize("said", ASKS)
def test_nothing_is_booked_by_a_yes_that_asks_and_the_question_stays_open(said: str) -> None:
    line = Line(*BOOKING, said)
    assert "book_appointment" not in line.called
    assert line.last.endswith("?")
    line.hear("yes")
    assert line.called.count("book_appointment") == 1


@pytest.mark.parametrize("said", ASKS)
def test_a_visit_is_called_off_by_a_yes_and_a_question_on_top_of_it_only(said: str) -> None:
    line = Line("cancel my appointment", "555 123 0000", "code 482937", said)
    assert ("cancel_appointment" in line.called) == adds_a_question(said)
    line.hear("yes")
    assert line.called.count("cancel_appointment") == 1


@pytest.mark.parametrize("yes", ["yes", "yeah", "Ok", "sure", "yes, please", "go ahead"])
@pytest.mark.parametrize(
    ("rest", "adds"),
    [(", and do I get my deposit back", True), (", how will I know", False), (" who is it", False)],
)
def test_what_comes_on_top_of_a_yes_comes_with_and(yes: str, rest: str, adds: bool) -> None:
    assert adds_a_question(f"{yes}{rest}") is adds


@pytest.mark.parametrize(
    "said", ["yes, and do I get my deposit back", "yeah, how will I know it's done"]
)
def test_nothing_is_moved_by_it(said: str) -> None:
    line = Line("move my appointment", "555 123 0000", "code 482937", "Tuesday", "the first", said)
    assert "reschedule_appointment" not in line.called
