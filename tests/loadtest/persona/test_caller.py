"""A simulated caller answers what it is asked, mends what is repeated wrongly, and gives up."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from loadtest.persona.caller import SimulatedCaller
from loadtest.persona.casting import KINDS, cast
from loadtest.persona.company import Company
from loadtest.persona.facts import Errand, Fact, Persona, PersonName, Temper, Twist, VisitWish
from loadtest.persona.matching import words

ROOT = Path(__file__).resolve().parents[3]
COMPANY = Company.read(ROOT / "business" / "coolcare.toml")
NOW = datetime(2025, 8, 27, 10, 10, tzinfo=COMPANY.zone)
SAFETY = "Do you smell gas or burning, see smoke, or is an alarm going off?"
READ_BACK = (
    "Let me read that back. {name}, ({phone}. 14 Elm Street, Springfield, Ohio. AC not cooling. "
    "Tomorrow, 2\u20134 PM. The estimate is $550. Shall I book it?"
)


def persona(**changes: object) -> Persona:
    plain = cast(1, 0, COMPANY, ["book.plain"])
    plain = replace(
        plain,
        now=NOW,
        temper=Temper.PATIENT,
        attentive=True,
        spoken=False,
        name=PersonName("Pat", "Nolan"),
        phone="+19375550161",
        place=replace(plain.place, number="14", street="Elm Street", city="Springfield"),
        when=VisitWish("afternoon", lambda start, _: start.hour >= 12),
        told_first=frozenset({Fact.PROBLEM}),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def talking(to: Persona) -> SimulatedCaller:
    caller = SimulatedCaller(to)
    assert caller.answer("How can I help?")
    return caller


def test_it_says_its_facts_when_asked() -> None:
    caller = talking(persona())
    both = caller.answer("May I have your name and the best phone number to reach you?") or ""
    assert {"pat", "nolan"} <= set(words(both))
    assert "9375550161" in "".join(one for one in both if one.isdigit())
    where = caller.answer("What is the address for the visit?") or ""
    assert {"14", "elm", "street"} <= set(words(where))


def test_it_takes_a_window_that_fits_and_no_other() -> None:
    caller = talking(persona())
    asked = "I have tomorrow, 8\u201310 AM. Does that work for you?"
    for _ in range(3):
        assert caller.answer(asked)
        assert caller.record.accepted is None
    caller = talking(persona())
    caller.answer("I have tomorrow, 8\u201310 AM, or 2\u20134 PM. Which works better for you?")
    assert caller.record.accepted == datetime(2025, 8, 28, 14, tzinfo=COMPANY.zone)


def test_it_mends_what_is_read_back_wrongly_and_then_says_yes() -> None:
    caller = talking(persona())
    wrong = READ_BACK.format(name="Pat Nolan", phone="937) 555-0169")
    mended = caller.answer(wrong) or ""
    assert "9375550161" in "".join(one for one in mended if one.isdigit())
    assert not caller.record.confirmed
    assert caller.answer(READ_BACK.format(name="Pat Nolan", phone="937) 555-0161"))
    assert caller.record.confirmed


def test_who_does_not_listen_says_yes_to_anything() -> None:
    caller = talking(persona(attentive=False))
    caller.answer(READ_BACK.format(name="Pat Elm", phone="937) 555-0169"))
    assert caller.record.confirmed


@pytest.mark.parametrize("twist", [Twist.LATE_QUESTION, Twist.LATE_CONDITION])
def test_a_question_or_condition_is_no_yes(twist: Twist) -> None:
    caller = talking(persona(twists=frozenset({twist})))
    assert caller.answer(READ_BACK.format(name="Pat Nolan", phone="937) 555-0161"))
    assert not caller.record.confirmed


def test_what_was_meant_is_confirmed_or_mended() -> None:
    caller = talking(persona())
    said = caller.answer("Did you mean Friday in the afternoon?") or ""
    assert "afternoon" in said or "after lunch" in said
    said = caller.answer("Did you mean 14 Oak Street?") or ""
    assert {"14", "elm", "street"} <= set(words(said))
    said = caller.answer("Did you mean 14 Elm Street?") or ""
    assert "elm" not in said.lower()


def test_an_alarm_without_danger_strikes_it_and_a_warning_less() -> None:
    caller = talking(persona())
    caller.answer("That can be dangerous. Please get out and dial 911. Shall I arrange a visit?")
    assert [what for _, what in caller.record.notices] == ["told to dial 911 without any danger"]
    caller = talking(persona())
    caller.answer("Take care: if an alarm sounds, leave and call 911. May I have your name?")
    assert [what for _, what in caller.record.notices] == ["a clear no was not believed"]


def test_danger_that_is_passed_over_strikes_it() -> None:
    caller = talking(persona(errand=Errand.DANGER, topic="gas"))
    assert caller.record.danger_told
    caller.answer("May I have your name?")
    assert [what for _, what in caller.record.notices] == ["danger told and no word of 911"]


def test_not_knowing_whether_there_is_danger_is_no_denial() -> None:
    caller = talking(persona(twists=frozenset({Twist.UNSURE_OF_DANGER})))
    caller.answer(SAFETY)
    caller.answer("May I have your name?")
    assert any("taken for a no" in what for _, what in caller.record.notices)


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_talks_for_ever(kind: str) -> None:
    """Whatever is asked again and again, every caller hangs up in the end."""
    for asked in ("What is the address for the visit?", SAFETY, "Hmm.", "Shall I book it?"):
        caller = SimulatedCaller(cast(5, 1, COMPANY, [kind]))
        turns = 0
        while caller.answer(asked) is not None:
            turns += 1
            assert turns < 30


def test_no_answer_depends_on_more_than_seed_and_words() -> None:
    heard = ["How can I help?", SAFETY, "May I have your name?", "What day would suit you?"]
    one, other = (SimulatedCaller(cast(8, 3, COMPANY, ["book.time"])) for _ in range(2))
    assert [one.answer(said) for said in heard] == [other.answer(said) for said in heard]
