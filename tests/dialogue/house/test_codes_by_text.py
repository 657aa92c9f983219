"""A caller without the booking code is offered one by text."""

from __future__ import annotations

import pytest

from tests.dialogue.house.harness import Line, business
from voiceagent.dialogue.house.asks import Ask
from voiceagent.domain.business import Flags

SENT = {
    "phone": "+15551230000",
    "message": "If a booking was made from that number, it gets a text with six digits now.",
}
LACKING = (
    "I don't have the code",
    "I lost the text",
    "I don't know it",
    "what code? nobody gave me a code",
    "I can't find it",
)
WANTING = ("can you text me a code", "send me the code again", "could you resend the code please")


def changing(**more: object) -> Line:
    line = Line("I need to cancel my appointment", **more)  # type: ignore[arg-type]
    line.tools["send_one_time_code"] = [SENT]
    line.hear("five five five one two three oh oh oh oh")
    return line


@pytest.mark.parametrize("said", LACKING)
def test_who_lacks_the_code_is_offered_one(said: str) -> None:
    line = changing()
    assert "text a code" in line.hear(said)
    assert line.policy.state.ask is Ask.SEND_CODE
    assert "send_one_time_code" not in line.called
    told = line.hear("yes please")
    assert "six digits" in told
    assert line.calls[-1].arguments == {"phone": "+15551230000"}
    line.hear("four eight two nine three seven")
    assert line.calls[-1].name == "lookup_customer"
    assert line.calls[-1].arguments == {"phone": "+15551230000", "code": "482937"}
    line.hear("yes")
    assert line.calls[-1].name == "cancel_appointment"


@pytest.mark.parametrize("said", WANTING)
def test_who_asks_for_one_gets_it(said: str) -> None:
    line = changing()
    line.hear(said)
    assert line.called[-1] == "send_one_time_code"


def test_the_bookings_own_code_goes_on_after_the_texted_one() -> None:
    line = changing()
    line.hear("I lost it", "yes")
    line.hear("two two three three four four")
    assert line.calls[-1].arguments == {"phone": "+15551230000", "code": "223344"}
    line.hear("yes")
    assert line.calls[-1].arguments == {"phone": "+15551230000", "code": "482937"}


def test_a_no_leads_to_a_person() -> None:
    line = changing()
    line.hear("I lost it")
    assert "connect you with a person" in line.hear("no")


def test_the_code_that_turns_up_is_taken() -> None:
    line = changing()
    line.hear("I lost it", "oh wait, here it is, 482937")
    assert line.calls[-1].name == "lookup_customer"


def test_it_is_offered_once() -> None:
    line = changing()
    line.hear("I lost it", "yes")
    assert "connect you with a person" in line.hear("I didn't get any text")


def test_where_no_texts_are_sent_a_person_helps() -> None:
    silent = business().model_copy(update={"flags": Flags(sms=False)})
    line = changing(business=silent)
    assert "connect you with a person" in line.hear("I lost it")


def test_a_code_that_cannot_be_sent_ends_with_a_person() -> None:
    line = changing()
    line.tools.clear()
    line.fail("send_one_time_code", "code.too_many", "I can't send another code just now.")
    assert "connect you with a person" in line.hear("I lost it", "yes")


def test_by_text_it_is_the_same() -> None:
    line = changing(channel="text")
    assert "text a code" in line.hear("dont have it")
