"""A note is a note, a question a question, and a code beside a number a code, in any order."""

from __future__ import annotations

import itertools

import pytest

from tests.dialogue.house.harness import BOOKING, Line
from voiceagent.dialogue.house.hearing.codes import code_beside_number
from voiceagent.dialogue.house.hearing.notes import beside_notes, volunteers_note

QUESTIONS = (
    *("do you work on window units", "how long does a tune up take", "do I need to be home"),
    *("do you have shoe covers lol", "what brands do you install", "which filters do you carry"),
    *("who made my compressor", "are your guys licensed", "do you do duct cleaning"),
)
NOTES = (
    "the gate code is 4411 and please call my cell 937-555-0001 when near",
    "call me at 937 555 0001 before you come",
    "the gate code is 4411",
    "text my wife at 937-555-0001 when you're close",
    "the lockbox is 1234 and my neighbor at 937 555 0001 has the key",
    "please phone 937 555 0001 once he is on the way",
)
OWN_NUMBERS = (
    "my number is actually 937 555 0001",
    "my cell is 937 555 0001",
    "no, the number is 937 555 0001 and please knock",
)
PAIRS = (
    *("my code is {code}, number {phone}", "number {phone}, code {code}", "{phone} {code}"),
    *("{code} {phone}", "{code}, {phone}", "it's {code} and {phone}", "{phone} with code {code}"),
    *("the code's {code}, phone {phone}", "{code} is the code and {phone} the number"),
)
PHONES = ("937 555 0001", "9375550001", "937-555-0001", "(937) 555-0001")


def unknown(count: int) -> list[dict[str, object]]:
    return [{"found": False, "answer": "", "title": ""} for _ in range(count)]


@pytest.mark.parametrize("order", [QUESTIONS, QUESTIONS[::-1]])
def test_no_person_is_fetched_for_questions_however_many(order: tuple[str, ...]) -> None:
    line = Line()
    line.tools["answer_from_knowledge"] = [dict(one) for one in unknown(len(order))]
    for question in order:
        answer = line.hear(question)
        assert "connect you" not in answer, question
    assert "escalate_to_human" not in line.called


@pytest.mark.parametrize("question", [*QUESTIONS, "do you fix furnaces"])
def test_a_question_to_the_offer_of_a_person_accepts_nothing(question: str) -> None:
    line = Line("asdf qwer", "zxcv", "qwer poiu")
    assert line.last.endswith("Shall I connect you with a person?")
    line.hear(question)
    assert "escalate_to_human" not in line.called


@pytest.mark.parametrize("note", NOTES)
@pytest.mark.parametrize("base", [BOOKING[:-1], BOOKING])
def test_what_is_told_as_a_note_changes_no_number_and_no_address(
    base: tuple[str, ...], note: str
) -> None:
    line = Line(*base)
    before = line.policy.facts
    line.hear(note)
    after = line.policy.facts
    assert (after.phone, after.address) == (before.phone, before.address)
    assert after.notes


@pytest.mark.parametrize("said", OWN_NUMBERS)
@pytest.mark.parametrize("base", [BOOKING[:-1], BOOKING])
def test_a_number_called_their_own_replaces_it(base: tuple[str, ...], said: str) -> None:
    assert Line(*base, said).policy.facts.phone == "+19375550001"


@pytest.mark.parametrize(
    ("said", "rest"),
    [
        ("my number is 937 555 0001 and please knock", "my number is 937 555 0001"),
        ("it's 9 cedar drive, the gate code is 4411", "it's 9 cedar drive"),
        ("call me when you have something", "call me when you have something"),
    ],
)
def test_what_stands_beside_notes(said: str, rest: str) -> None:
    assert beside_notes(said) == rest
    assert volunteers_note(said) is (said != rest)


@pytest.mark.parametrize(("pair", "phone"), list(itertools.product(PAIRS, PHONES)))
@pytest.mark.parametrize("base", ["what time is my appointment?", "cancel my appointment"])
def test_code_and_number_in_any_order(base: str, pair: str, phone: str) -> None:
    line = Line(base, caller=None)
    line.hear(pair.format(code="659973", phone=phone))
    asked = next(call.arguments for call in line.calls if call.name == "lookup_customer")
    assert asked["phone"] == "+19375550001"
    assert "659973" in asked.values()


@pytest.mark.parametrize(
    "said", ["937 555 0001", "659973", "123 oak street 659973", "my zip is 45503", ""]
)
def test_what_is_no_pair(said: str) -> None:
    assert code_beside_number(said) is None


@pytest.mark.parametrize(
    "answers",
    [
        ("number 93755567", "number 9375", "my number is 937555676", "number 55567"),
        ("nine three seven",) * 6,
        ("my code is 472487, number 93755567",) * 4,
    ],
)
def test_a_number_that_never_becomes_whole_changes_the_way(answers: tuple[str, ...]) -> None:
    line = Line("what time is my appointment?", "my code is 472487", caller=None)
    said = [line.hear(one) for one in answers]
    assert any("connect you with a person" in one for one in said), said


def test_a_number_in_pieces_is_waited_for() -> None:
    line = Line("what time is my appointment?", "my code is 472487", caller=None)
    line.hear("937", "555", "0001")
    assert line.policy.facts.phone == "+19375550001"
