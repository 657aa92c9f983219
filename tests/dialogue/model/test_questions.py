from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.dialogue.house.asks import EXPECTS, Ask
from voiceagent.dialogue.house.questions import PLAIN
from voiceagent.dialogue.model.questions import asked
from voiceagent.dialogue.model.sentences import SentenceCutter
from voiceagent.domain.expecting import Expecting

ASKS = {
    Ask.NAME: (
        "What's your name?",
        "May I have your full name, please?",
        "Who am I speaking with?",
    ),
    Ask.PHONE: ("What's the best phone number for you?", "What number can we reach you at?"),
    Ask.NAME_AND_PHONE: ("Could I get your name and a good callback number?",),
    Ask.ADDRESS: (
        "What's the service address?",
        "Where are you located?",
        "And your ZIP code?",
        "Where should the technician come?",
    ),
    Ask.TIME: (
        "Which works better for you?",
        "Would you prefer tonight or tomorrow morning?",
        "What time suits you?",
        "Does that work for you?",
    ),
    Ask.DAY: ("What day would you like?", "When would you like us to come?", "Which day is best?"),
    Ask.NOTES: (
        "Anything else we should know, like a gate code?",
        "Any pets, notes or a gate code?",
    ),
    Ask.READ_BACK: (
        "Shall I book it?",
        "Is that all correct?",
        "Would you like me to book that time?",
        "Did I get everything right?",
        "Should I go ahead and book it?",
        "Is everything right?",
    ),
    Ask.GO_AHEAD: (
        "Would you like to go ahead?",
        "Does that sound good?",
        "Shall I check the open times?",
    ),
    Ask.HUMAN_OFFER: (
        "Would you like to speak with a person?",
        "Shall I connect you with someone?",
    ),
    Ask.ANYTHING_ELSE: ("Is there anything else I can help with?",),
    Ask.CONFIRM_CANCEL: ("Do you want me to cancel it?",),
    Ask.CONFIRM_MOVE: ("Shall I move it to Tuesday?", "Would you like me to reschedule it?"),
    Ask.CODE: ("What is your booking code?", "Could you read me the six-digit code?"),
    Ask.PHONE_AND_CODE: ("What are the phone number and the booking code?",),
    Ask.SEND_CODE: (
        "Shall I text you a code?",
        "Would you like me to send a code to the number you booked with?",
    ),
    Ask.PROBLEM: ("What seems to be the problem?", "Can you describe what is going on?"),
    Ask.HELP: ("How can I help?",),
}


@pytest.mark.parametrize(
    ("ask", "sentence"), [(ask, one) for ask, many in ASKS.items() for one in many]
)
def test_which_question_it_is(ask: Ask, sentence: str) -> None:
    question = asked(sentence)
    assert question is not None
    assert (question.ask, question.expecting) == (ask, EXPECTS[ask])


@pytest.mark.parametrize("ask", [ask for ask in PLAIN if ask not in {Ask.AFTER_DANGER, Ask.CHANGE}])
def test_the_houses_own_questions_are_expected_as_the_house_does(ask: Ask) -> None:
    for sentence in PLAIN[ask]:
        question = asked(sentence)
        assert question is not None
        assert question.expecting is EXPECTS[ask], sentence


@pytest.mark.parametrize(
    ("sentence", "expecting"),
    [
        ("What is your email?", Expecting.EMAIL),
        ("Do you have a dog?", Expecting.YES_NO),
        ("Is it the outdoor unit?", Expecting.YES_NO),
        ("How old is the system?", Expecting.ANYTHING),
    ],
)
def test_other_questions(sentence: str, expecting: Expecting) -> None:
    question = asked(sentence)
    assert question is not None
    assert (question.ask, question.expecting) == (Ask.HELP, expecting)


def test_what_asks_nothing() -> None:
    assert asked("I can look up your name.") is None
    assert asked("") is None


TEXT = st.lists(
    st.sampled_from(
        ["Hello", " ", ". ", "? ", "! ", "9 p.m. ", "Dr. ", "$1.50", "\n", '." ', "..."]
    ),
    max_size=20,
).map("".join)


@given(TEXT, st.lists(st.integers(1, 5), min_size=1, max_size=50))
def test_sentences_do_not_depend_on_how_the_text_came(text: str, sizes: list[int]) -> None:
    whole, pieces = SentenceCutter(), SentenceCutter()
    expected = [*whole.add(text), whole.rest()]
    found: list[str] = []
    at = 0
    while at < len(text):
        size = sizes[at % len(sizes)]
        found += pieces.add(text[at : at + size])
        at += size
    assert [*found, pieces.rest()] == expected
    assert "".join("".join(expected).split()) == "".join(text.split())
