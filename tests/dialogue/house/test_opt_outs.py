"""Who wants no calls any more: found by a grammar, before a model sees the words, and recorded."""

from __future__ import annotations

import pytest

from tests.support.rooms import line
from tests.support.scripted_model import ScriptedModel, Talk, says
from voiceagent.dialogue.case_file import CaseFile
from voiceagent.dialogue.house.hearing.opt_outs import wants_no_calls
from voiceagent.dialogue.house.wording import NO_MORE_CALLS
from voiceagent.domain.outcomes import OPTED_OUT

WISHES = (
    "Stop calling me.",
    "stop calling",
    "please stop calling this number",
    "I told you to stop calling me",
    "quit texting me",
    "don't call me again",
    "do not ever call me again",
    "don't call this number anymore",
    "never call here again",
    "don't contact me anymore please",
    "please don't text me any more",
    "I don't want any more calls",
    "I don't want to be called",
    "I don't want you to call me",
    "I don't want you calling my house",
    "I do not wish to be contacted",
    "I don't want to hear from you again",
    "no more calls please",
    "no more text messages",
    "take me off your list",
    "please remove me from your calling list",
    "remove my number from your system",
    "get my number off your list",
    "take us off of your call list",
    "take me off",
    "put me on your do not call list",
    "I'm on the do not call registry",
    "unsubscribe",
    "opt out",
    "I want to opt out of these texts",
    "opt me out please",
    "I revoke my consent",
    "lose my number",
    "stop the calls",
    "stop all these calls",
    "you people need to stop calling my cell phone",
    "could you stop calling me",
    "please delete my number from your records",
    "cross my name off the list",
    "don't call me back",
    "don't bother me any more",
    "Leave me alone and stop calling",
    "how many times do I have to tell you stop calling",
    "I no longer want to receive your messages",
    "don't phone us again",
    "I don't want your calls",
    "stop harassing me",
    "would you please not call this number",
    "I don't want you to contact me anymore",
    "you have got to stop texting me",
)
OTHERS = (
    "don't call me before nine",
    "please don't call me after eight at night",
    "don't call me Sarah",
    "don't call me ma'am",
    "you never call me back",
    "you don't call me back",
    "they never called me",
    "can you call me back",
    "my AC stopped",
    "the furnace stopped working",
    "stop",
    "stop, wait a second",
    "I don't want to call back",
    "I don't want to cancel",
    "I don't need the call, just come",
    "don't call, just come over",
    "can I opt out of the deposit",
    "take me off hold",
    "take the old unit off the list of repairs",
    "please call me when you're on the way",
    "call me at this number",
    "I was told someone would call me",
    "the alarm doesn't stop ringing",
    "it won't stop beeping",
    "stop by any time",
    "why did you stop calling me",
    "can you text me the link",
    "don't text me the link, email it",
    "nobody called me",
    "I don't want anyone hurt",
    "the thermostat never calls for heat",
    "remove the old unit from the system",
    "delete my appointment",
    "get me off the phone tree",
    "I can't reach you",
    "don't call me until tomorrow",
    "I don't like calling",
    "do you call before you come",
    "does the technician call first",
    "my number is 555 123 0000",
    "I don't have a number to call",
    "the phone stopped ringing",
    "I never call this number",
    "I don't want to be bothered on sunday",
)


@pytest.mark.parametrize("text", WISHES)
def test_a_wish_for_no_calls_is_found(text: str) -> None:
    for spoken in (text, text.lower().rstrip("."), f"Listen. {text}", f"uh, {text}, okay"):
        assert wants_no_calls(spoken), spoken


@pytest.mark.parametrize("text", OTHERS)
def test_what_only_sounds_like_it_is_not(text: str) -> None:
    assert not wants_no_calls(text)


def obliging() -> ScriptedModel:
    return ScriptedModel(lambda _: says("I can check that for you. What do you need?"))


@pytest.mark.parametrize("text", WISHES[::4])
async def test_no_model_sees_it_and_it_is_on_record_once(text: str) -> None:
    model = obliging()
    talk = Talk(model)
    await talk.begin()
    await talk.hears("I have a question")
    asked = len(model.requests)
    said = await talk.hears(text)
    assert NO_MORE_CALLS in " ".join(said)
    assert len(model.requests) == asked
    await talk.hears(text)
    await talk.hears("and another question")
    assert len(model.requests) == asked + 1, "what comes after it is the model's again"
    await talk.journal()
    kinds = [event.kind for _, event in talk.on.store.kept.events]
    assert kinds.count(OPTED_OUT) == 1


async def test_a_successor_knows_of_it() -> None:
    talk = Talk(obliging())
    await talk.begin()
    await talk.hears("take me off your list")
    case = CaseFile.from_json(talk.dialogue.snapshot().to_json())
    assert case.opted_out
    other = Talk(obliging(), on=line())
    other.dialogue.take_over(case)
    assert other.dialogue.snapshot().opted_out
