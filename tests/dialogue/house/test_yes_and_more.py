"""A yes-word in front is a particle: what follows it decides whether anything final is done."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.dialogue.house.harness import BOOKING, Line
from voiceagent.language.en_us.agreement import ProposedAct, agrees
from voiceagent.language.en_us.refusals import lets_it_stand, will_attend
from voiceagent.language.es_us.yes_no import agrees as agrees_in_spanish
from voiceagent.language.es_us.yes_no import lets_it_stand as lets_it_stand_in_spanish

CANCELLING = ("cancel my appointment", "555 123 0000", "code 482937")
MOVING = ("move my appointment", "555 123 0000", "code 482937", "Tuesday", "the first")
FINAL = {"book_appointment", "reschedule_appointment", "cancel_appointment"}
YES_WORDS = (
    *("yes", "yeah", "yep", "ok", "okay", "sure", "fine", "right", "alright", "good", "great"),
    *("absolutely", "of course", "ok ok", "yes yes", "oh ok", "well sure", "yeah ok", "please"),
)
KEEPS = (
    *("leave it then", "keep it", "leave it as is", "let it stand", "I'll keep it", "leave it"),
    *("stay with it", "keep it where it is", "then I'll keep that appointment", "let it be"),
    *("we'll stick with that one", "leave things as they are", "it can stay", "hold on to it"),
    *("leave the booking", "keep my slot", "leave everything the way it is"),
)
COMES = ("then I'll come", "I'll be there", "we're coming", "my wife will be home", "see you then")
PUTS_OFF = (
    *(
        "later",
        "call me first",
        "I'll think about it",
        "another time",
        "when I'm ready",
        "not sure",
    ),
    *("tell me more", "the other one", "I heard you", "let's see", "give me a minute", "hold that"),
    *("my son decides that", "it was the compressor", "I want it", "you people never listen"),
    *("I was only asking", "once it rains", "somebody else does that", "don't yet"),
)
AGREES = {
    ProposedAct.BOOK: (
        *("yes", "yes please", "ok", "sure thing", "yes, book it", "ok then", "great, thank you"),
        *("yes, that's all correct", "yep, go ahead and schedule it please", "perfect, do it"),
        *("that's fine with me", "yes ma'am, thank you so much, bye", "please do", "right, right"),
        *("yes, can you book it please", "that's right, go", "ok, let's do it", "yes I'm sure"),
    ),
    ProposedAct.MOVE: (
        *("yes", "yes, move it please", "yep, switch it", "yes, that's better", "that works"),
        *("do it", "ok, go ahead and change it", "yes, that's the one", "good"),
    ),
    ProposedAct.CANCEL: (
        *("yes", "yes, cancel it", "yeah, go ahead and cancel, I'm sorry", "please", "correct"),
        *("yes kindly cancel", "call it off", "yes, take it off", "ok cancel the appointment, bye"),
        *(
            "yes please, sorry",
            "I'd like you to cancel it, thanks",
            "yes, process the cancellation",
        ),
    ),
}
CORPUS = Path(__file__).resolve().parents[2] / "corpus"
_AGREEING_ACTS = {
    ProposedAct.BOOK: {"yes", "book"},
    ProposedAct.MOVE: {"yes", "reschedule"},
    ProposedAct.CANCEL: {"yes", "cancel"},
}
_ENDS_OR_NOTHING = {"done", "goodbye", "none", "no"}
"""What is said of a talk's end beside a yes leaves it what it is; a no is judged before."""


def rows(name: str) -> list[dict[str, str]]:
    with (CORPUS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def done(base: tuple[str, ...], *turns: str) -> set[str]:
    line = Line(*base, *turns)
    return FINAL & set(line.called)


@pytest.mark.parametrize(
    ("act", "said"), [(act, said) for act, those in AGREES.items() for said in those]
)
def test_what_agrees_is_done(act: ProposedAct, said: str) -> None:
    assert agrees(said, act)
    base = {
        ProposedAct.BOOK: BOOKING,
        ProposedAct.MOVE: MOVING,
        ProposedAct.CANCEL: CANCELLING,
    }[act]
    assert len(done(base, said)) == 1


@pytest.mark.parametrize("act", ProposedAct)
def test_no_sentence_that_does_something_else_agrees_behind_a_yes(act: ProposedAct) -> None:
    others = [
        f"{yes} {row['sentence']}"
        for row in rows("acts.tsv")
        if row["act"] not in _AGREEING_ACTS[act] | _ENDS_OR_NOTHING
        for yes in ("yes", "ok", "sure,")
    ]
    assert not [said for said in others if agrees(said, act)]


def test_most_who_agree_at_the_read_back_need_not_say_it_twice() -> None:
    said = [
        row["sentence"]
        for row in rows("acts.tsv")
        if (row["asked"], row["act"]) == ("readback", "yes")
    ]
    agreeing = sum(agrees(one, ProposedAct.BOOK) for one in said)
    assert agreeing >= 0.8 * len(said)


@settings(max_examples=60, deadline=None)
@given(
    base=st.sampled_from((BOOKING, MOVING, CANCELLING)),
    yes=st.sampled_from(YES_WORDS),
    between=st.sampled_from((" ", ", ", ". ", " then ")),
    rest=st.sampled_from((*KEEPS, *COMES, *PUTS_OFF)),
)
def test_a_yes_word_before_anything_else_does_nothing(
    base: tuple[str, ...], yes: str, between: str, rest: str
) -> None:
    assert not done(base, f"{yes}{between}{rest}")


@pytest.mark.parametrize("rest", KEEPS)
@pytest.mark.parametrize("base", [MOVING, CANCELLING])
def test_who_keeps_what_is_booked_is_told_that_it_stands(base: tuple[str, ...], rest: str) -> None:
    line = Line(*base)
    answer = line.hear(f"ok, {rest}")
    assert "I've left your booking as it is" in answer
    assert "cancel" not in answer
    assert "move" not in answer
    line.hear("yes")
    assert not FINAL & set(line.called)


@pytest.mark.parametrize("rest", COMES)
def test_who_comes_keeps_the_visit(rest: str) -> None:
    assert "I've left your booking as it is" in Line(*CANCELLING).hear(f"ok {rest}")
    assert will_attend(rest)


@pytest.mark.parametrize(
    "said",
    [
        *("don't keep it", "I can't keep it", "keep the deposit", "I won't leave it", "cancel it"),
        *("leave it to you", "I didn't want to keep that appointment", "never leave the key"),
    ],
)
def test_what_does_not_let_it_stand(said: str) -> None:
    assert not lets_it_stand(said)


@pytest.mark.parametrize(
    "said", ["I can't be there", "I won't make it", "he never comes", "what time will he be here"]
)
def test_who_does_not_say_that_they_come(said: str) -> None:
    answer = Line(*CANCELLING).hear(f"yes, {said}")
    assert "I've left your booking as it is" not in answer


@pytest.mark.parametrize("base", [BOOKING, MOVING, CANCELLING])
@pytest.mark.parametrize("said", ["ok, bye", "okay thanks, bye bye", "great, bye now"])
def test_a_particle_and_a_goodbye_agree_to_nothing(base: tuple[str, ...], said: str) -> None:
    line = Line(*base)
    assert "I want to be sure" in line.hear(said)
    assert not FINAL & set(line.called)


def test_a_yes_and_more_is_asked_by_its_name_and_a_third_one_changes_the_way() -> None:
    line = Line(*CANCELLING)
    assert line.hear("sure, later").endswith(
        "Do you want me to cancel your booking for Tue, Sep 2, 8:00 AM to 10:00 AM?"
    )
    line.hear("ok the thing")
    assert line.hear("right, the thing").endswith("Shall I connect you with a person?")


def test_values_that_were_read_out_belong_to_a_yes() -> None:
    said = "yes, Sarah Miller, 123 oak street, tonight at nine"
    told = ("Sarah Miller", "123 Oak Street", "tonight, 9-11 PM")
    assert agrees(said, ProposedAct.BOOK, told)
    assert not agrees("yes, 125 oak street", ProposedAct.BOOK, told)


@pytest.mark.parametrize(
    "said", ["yes, only make it thursday", "ok, tuesday instead", "I mean move it to thursday"]
)
def test_a_time_beside_cancelling_opens_a_question_of_its_own(said: str) -> None:
    line = Line(*CANCELLING)
    answer = line.hear(said)
    assert "as it is" not in answer
    assert "cancel" not in answer
    line.hear("yes")
    assert "cancel_appointment" not in line.called


@pytest.mark.parametrize("act", ProposedAct)
@pytest.mark.parametrize(
    "rest",
    ["déjela", "la quiero", "mejor no", "déjela así", "pero mañana", "después", "me la quedo"],
)
def test_in_spanish_a_yes_word_is_a_particle_too(rest: str, act: ProposedAct) -> None:
    if (rest, act) != ("la quiero", ProposedAct.BOOK):
        assert not agrees_in_spanish(f"sí, {rest}", act)


@pytest.mark.parametrize(
    ("said", "act"),
    [
        ("sí", ProposedAct.CANCEL),
        ("sí, cancélela por favor", ProposedAct.CANCEL),
        ("quiero cancelar la cita", ProposedAct.CANCEL),
        ("sí, muévala", ProposedAct.MOVE),
        ("sí, está bien", ProposedAct.MOVE),
        ("sí, resérvela", ProposedAct.BOOK),
    ],
)
def test_in_spanish_a_yes_with_its_act_agrees(said: str, act: ProposedAct) -> None:
    assert agrees_in_spanish(said, act)


@pytest.mark.parametrize(
    ("said", "stands"),
    [
        ("mejor déjela", True),
        ("la dejo así", True),
        ("no la deje", False),
        ("sí, que se quede", True),
    ],
)
def test_in_spanish_it_stands(said: str, stands: bool) -> None:
    assert lets_it_stand_in_spanish(said) is stands


CANCELLING_IN_SPANISH = ("quiero cancelar la cita", "555 123 0000", "482937")


def in_spanish(*turns: str) -> Line:
    return Line(*CANCELLING_IN_SPANISH, *turns, channel="text")


@pytest.mark.parametrize(
    "said",
    [
        *("no, mejor no la cancele", "sí, déjela", "no la cancele", "ya no cancele la cita"),
        *("no, mejor no cancele la cita", "bueno, déjela así", "mejor no"),
    ],
)
def test_in_spanish_who_keeps_it_is_told_so_and_asked_no_more(said: str) -> None:
    line = in_spanish(said)
    assert line.last.startswith("Muy bien, dejé su cita como estaba.")
    assert "cancele" not in line.last
    assert not FINAL & set(line.called)


@pytest.mark.parametrize(
    "said", ["sí, la quiero", "sí, pero más tarde", "sí, quiero la cita", "sí, luego"]
)
def test_in_spanish_a_yes_and_more_is_asked_again(said: str) -> None:
    line = in_spanish(said)
    assert "como estaba" not in line.last
    assert line.last.endswith("?")
    assert not FINAL & set(line.called)


@pytest.mark.parametrize("before", [(), ("no, mejor no la cancele",)])
def test_in_spanish_moving_it_is_no_cancelling(before: tuple[str, ...]) -> None:
    line = in_spanish(*before, "cámbiela para el viernes por la tarde", "sí")
    assert "cancel_appointment" not in line.called
    assert "check_availability" in line.called
