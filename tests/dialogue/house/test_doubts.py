"""What was heard with little confidence: it is asked back, and nothing is done about it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialogue.house.harness import BOOKING, Line
from voiceagent.dialogue.case_file import UNSURE_BELOW, Obtained
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.case import case_of, state_of
from voiceagent.dialogue.house.doubts import MOST_CHECKS
from voiceagent.dialogue.house.facts import Safety

UNSURE = 0.3
DEEDS = {"book_appointment", "reschedule_appointment", "cancel_appointment"}


@dataclass(frozen=True)
class Doubt:
    """A turn of `BOOKING` that is heard unsurely, and how it is checked."""

    turn: int
    fact: str
    asked: str
    pieces: str
    again: str
    value: str


DOUBTS = (
    Doubt(2, "name", "Let me check the name: Sarah Miller.", "letter by letter", "Sara Mills",
          "Sara Mills"),
    Doubt(3, "address", "Let me check the address: 123 Oak Street", "one digit at a time",
          "125 oak street", "125 Oak Street, Springfield, Ohio"),
    Doubt(5, "window", "Did you mean tonight, 9", "", "the saturday one", ""),
)  # fmt: skip


def told(line: Line, fact: str) -> object:
    value = getattr(line.policy.facts, fact)
    return getattr(value, "text", value)


@pytest.mark.parametrize("doubt", DOUBTS, ids=lambda one: one.fact)
class TestAFact:
    """Every fact that goes into a booking, heard unsurely."""

    def test_is_asked_back(self, doubt: Doubt) -> None:
        line = Line(*BOOKING[: doubt.turn])
        assert doubt.asked in line.hear(BOOKING[doubt.turn], sure=UNSURE)
        assert line.policy.state.ask is Ask.CHECK

    def test_is_believed_after_a_yes(self, doubt: Doubt) -> None:
        line = Line(*BOOKING[: doubt.turn])
        line.hear(BOOKING[doubt.turn], sure=UNSURE)
        while line.policy.state.ask is Ask.CHECK:
            line.hear("yes that's right")
        assert line.policy.facts.origins[doubt.fact].how is Obtained.READ_BACK
        line.hear(*BOOKING[doubt.turn + 1 :], "yes")
        assert line.called.count("book_appointment") == 1

    def test_is_asked_in_pieces_after_a_no(self, doubt: Doubt) -> None:
        line = Line(*BOOKING[: doubt.turn])
        line.hear(BOOKING[doubt.turn], sure=UNSURE)
        assert doubt.pieces in line.hear("no that's wrong")
        assert told(line, doubt.fact) is None
        line.hear(doubt.again)
        assert told(line, doubt.fact) is not None

    def test_is_put_right_by_another_value(self, doubt: Doubt) -> None:
        line = Line(*BOOKING[: doubt.turn])
        line.hear(BOOKING[doubt.turn], sure=UNSURE)
        before = told(line, doubt.fact)
        line.hear(f"no, {doubt.again}", sure=UNSURE)
        assert told(line, doubt.fact) not in {None, before}
        assert not doubt.value or told(line, doubt.fact) == doubt.value

    def test_is_not_doubted_where_the_words_were_sure(self, doubt: Doubt) -> None:
        line = Line(*BOOKING[: doubt.turn])
        line.hear(BOOKING[doubt.turn], sure=UNSURE_BELOW)
        assert line.policy.state.ask is not Ask.CHECK

    def test_is_still_in_doubt_for_a_successor(self, doubt: Doubt) -> None:
        line = Line(*BOOKING[: doubt.turn])
        line.hear(BOOKING[doubt.turn], sure=UNSURE)
        state = line.policy.state
        assert state_of(case_of(state, line.policy.now)) == state
        assert state_of(case_of(state, line.policy.now)).facts.origins == state.facts.origins


def test_a_number_is_asked_back_and_may_be_typed() -> None:
    line = Line("my ac died", "no", "sarah miller")
    assert "Let me check the number: (555) 123-0000." in line.hear("5551230000", sure=UNSURE)
    assert "one digit at a time" in line.hear("no")
    for key in "5551239999":
        line.key(key)
    assert line.policy.facts.phone == "+15551239999"
    assert line.policy.state.ask is Ask.ADDRESS


def test_the_fact_said_again_settles_it() -> None:
    line = Line(*BOOKING[:2])
    line.hear("sarah miller", sure=UNSURE)
    line.hear("sarah miller", sure=0.9)
    assert line.policy.state.ask is Ask.PHONE


def test_who_says_no_again_and_again_is_offered_a_person() -> None:
    line = Line(*BOOKING[:3])
    for _ in range(MOST_CHECKS):
        line.hear("123 oak street", sure=UNSURE)
        line.hear("no")
    assert line.policy.state.ask is Ask.HUMAN_OFFER


def test_an_unsure_yes_books_nothing() -> None:
    line = Line(*BOOKING)
    line.hear("yes", sure=UNSURE)
    assert "book_appointment" not in line.called
    line.hear("yes", sure=0.9)
    assert line.called.count("book_appointment") == 1


def test_an_unsure_no_rules_no_danger_out() -> None:
    line = Line("my ac died")
    line.hear("no", sure=UNSURE)
    assert told(line, "safety") is Safety.OPEN
    line.hear("no", sure=0.9)
    assert told(line, "safety") is Safety.SAFE


def test_danger_is_believed_however_unsure() -> None:
    line = Line()
    assert "911" in line.hear("i smell gas", sure=0.05)


@pytest.mark.thorough
@given(
    st.lists(
        st.tuples(
            st.sampled_from((*BOOKING, "yes", "no", "yes please", "that's right")),
            st.floats(0, UNSURE_BELOW, exclude_max=True),
        ),
        max_size=14,
    )
)
def test_unsure_words_alone_do_nothing(turns: list[tuple[str, float]]) -> None:
    line = Line()
    for text, sure in turns:
        line.hear(text, sure=sure)
    assert not DEEDS & set(line.called)
    assert line.policy.facts.safety is not Safety.SAFE


@pytest.mark.parametrize("doubt", DOUBTS, ids=lambda one: one.fact)
@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("yes", True),
        ("yeah that's right", True),
        ("that's correct", True),
        ("yep you got it", True),
        ("no", False),
        ("nope", False),
        ("no that's not right", False),
        ("that's wrong", False),
    ],
)
def test_an_answer_to_a_check_is_no_value(answer: str, right: bool, doubt: Doubt) -> None:
    line = Line(*BOOKING[: doubt.turn])
    line.hear(BOOKING[doubt.turn], sure=UNSURE)
    value = told(line, doubt.fact)
    line.hear(answer)
    assert told(line, doubt.fact) == (value if right else None)


def test_a_check_that_is_passed_over_is_left_to_the_read_back() -> None:
    line = Line("my ac died", "no", caller=None)
    assert "Let me check the name: Sarah Miller" in line.hear("sarah miller", sure=UNSURE)
    said = line.hear("555 123 0000")
    assert "check the name" not in said
    assert line.policy.facts.name == "Sarah Miller"
    line.hear("123 oak street", "yes", "the first one", "no")
    assert "Sarah Miller, (555) 123-0000" in line.last
    assert "book_appointment" not in line.called
    line.hear("no, it's Sara Mills")
    assert line.policy.facts.name == "Sara Mills"


def test_no_check_is_passed_over_where_nothing_is_read_back() -> None:
    line = Line("I need to reschedule my appointment", "555 123 0000", "482937", "tomorrow")
    assert "Did you mean" in line.hear("tomorrow, eight to ten", sure=UNSURE)
    line.hear("and my name is sarah miller")
    assert line.policy.state.ask is Ask.CHECK
    assert "reschedule_appointment" not in line.called
