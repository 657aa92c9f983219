"""A model leads the conversation; the house is its shadow, its safety and its successor."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from tests.golden.replay import FOLDER, load
from tests.support.act_model import ACT_MODEL
from tests.support.rooms import line
from tests.support.scripted_model import Beat, ScriptedModel, Talk, calls, says
from voiceagent.dialogue.case_file import CaseFile
from voiceagent.dialogue.house.dialogue import HouseDialogue
from voiceagent.dialogue.house.facts import Safety
from voiceagent.dialogue.model.state import ModelLimits
from voiceagent.dialogue.mouth import Input, InputKind
from voiceagent.domain.expecting import Expecting
from voiceagent.errors import Unavailable
from voiceagent.ports.language_model import (
    AgentSaid,
    CallerSaid,
    Instruction,
    ReplyEnd,
    StopReason,
    TextPiece,
    ToolRequest,
    ToolReturned,
)

REFERENCE = load(FOLDER / "reference_call.call")
BOOKING = next(
    json.loads(one.text.partition(" ")[2])
    for one in REFERENCE.lines
    if one.mark == "*" and one.text.startswith("book_appointment")
)
DOWN = Unavailable("model.connection", "Down.")


def the_reference_call() -> list[list[Beat]]:
    """What a good model says in the reference call.

    The safety question is the house's, and so is the answer to a number that could begin a card.
    """
    return [
        calls(
            "get_pricing_quote",
            "Let me check the price.",
            service_type="repair",
            description="AC not cooling; outdoor unit rattling.",
            is_after_hours=True,
        ),
        says(
            "The after-hours visit is $248, credited toward the repair. ",
            "The estimate is $825 in total, and a deposit of $206 holds it. ",
            "Would you like to go ahead?",
        ),
        calls("check_availability", service_type="repair", is_emergency=True, preferred_date=None),
        says(
            "I have tonight, 9\N{EN DASH}11 PM, or tomorrow, 8\N{EN DASH}10 AM. ",
            "Which works better for you?",
        ),
        says("Is there anything we should know, like a gate code or a pet?"),
        says(
            "Sarah Miller, (555) 123-0000. 123 Oak Street, Springfield, Ohio. "
            "Tonight, 9\N{EN DASH}11 PM. Gate code 1234, friendly dog. The estimate is $825. ",
            "Shall I book it?",
        ),
        calls("book_appointment", **BOOKING),
        says(
            "You're booked for tonight, 9\N{EN DASH}11 PM. ",
            "We're texting you a link for the $206 deposit. ",
            "Is there anything else I can help with?",
        ),
        calls("end_call", "Thank you for calling CoolCare. Goodbye.", reason="done"),
    ]


async def test_the_reference_call_makes_the_same_booking_as_the_house() -> None:
    model = ScriptedModel(the_reference_call())
    talk = Talk(model)
    await talk.begin()
    for words in REFERENCE.caller_lines:
        await talk.hears(words)
    assert dict(talk.called())["book_appointment"] == BOOKING
    (job,) = talk.on.store.kept.jobs.values()
    assert (job.estimated_cost, job.deposit_amount, job.deposit_paid) == (82500, 20600, False)
    assert talk.ear.hung_up == "done"
    assert "You're booked for tonight, 9\N{EN DASH}11 PM." in talk.ear.said
    assert model.requests


async def test_the_journal_restores_the_call_without_asking_the_model() -> None:
    talk = Talk(ScriptedModel(the_reference_call()))
    await talk.begin()
    for words in REFERENCE.caller_lines[:-1]:
        await talk.hears(words)
    assert "model_replied" in {kind for _, kind, _ in await talk.journal()}

    nobody = ScriptedModel([])
    successor = Talk(nobody, on=talk.on)
    assert await successor.conversation.restore()
    assert not nobody.requests
    assert successor.dialogue.snapshot() == talk.dialogue.snapshot()


@pytest.mark.parametrize("asked", range(9))
async def test_the_house_finishes_what_a_model_began(asked: int) -> None:
    """The model dies after so many replies; the same job is booked."""
    model = ScriptedModel([*the_reference_call()[:asked], *[[DOWN]] * 40])
    talk = Talk(model)
    await talk.begin()
    words = [*REFERENCE.caller_lines[:-1], "yes", "yes", "yes please, book it", "yes"]
    for said in words:
        if not talk.on.store.kept.jobs:
            await talk.hears(said)
    (job,) = talk.on.store.kept.jobs.values()
    assert (job.customer.phone, job.address) == (BOOKING["phone"], BOOKING["address"])
    assert job.window.start == datetime.fromisoformat(BOOKING["scheduled_time"])
    assert [name for name, _ in talk.called()].count("book_appointment") == 1


async def test_sentences_are_said_as_they_are_whole_and_one_question_is_asked() -> None:
    talk = Talk(ScriptedModel([says("Sure", "ly. What ", "is your name? And", " your address?")]))
    await talk.begin()
    assert await talk.hears("I have a question") == ["Surely.", "What is your name?"]
    assert talk.ear.expecting is Expecting.NAME


async def test_a_withheld_sentence_is_told_once_and_then_the_house_speaks() -> None:
    lie = says("It costs $99.")
    talk = Talk(ScriptedModel([lie, says("I can check that for you. What do you need?")]))
    await talk.begin()
    assert await talk.hears("hmm let me think") == [
        "I can check that for you.",
        "What do you need?",
    ]
    note = talk.model.requests[1].messages[-1]  # type: ignore[attr-defined]
    assert isinstance(note, Instruction)
    assert "No tool returned this amount ($99.00)" in note.text

    talk = Talk(ScriptedModel([lie, lie]))
    await talk.begin()
    answer = await talk.hears("I need my AC tuned up, a maintenance visit")
    assert answer == ["May I have your name and the best phone number to reach you?"]


async def test_broken_arguments_are_told_once() -> None:
    broken: list[Beat] = [ToolRequest("1", "get_pricing_quote", "{"), ReplyEnd(StopReason.TOOLS)]
    talk = Talk(ScriptedModel([broken, says("Which service is it?")]))
    await talk.begin()
    assert await talk.hears("hmm let me see") == ["Which service is it?"]
    told = talk.model.requests[1].messages[-1]  # type: ignore[attr-defined]
    assert isinstance(told, ToolReturned)
    assert "no JSON object" in told.text

    talk = Talk(ScriptedModel([broken, broken]))
    await talk.begin()
    assert await talk.hears("a maintenance visit please") == [
        "May I have your name and the best phone number to reach you?"
    ]


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("I smell gas in here", "That can be dangerous."),
        ("let me talk to a person", "Of course. One moment while I reach someone for you."),
        ("I will sue you, my lawyer will call", "I'm sorry about this."),
        ("can I give you my credit card number", "For your security I can't take card numbers"),
        ("my furnace is out, no heat", "I'm sorry to hear that. First, for your safety:"),
    ],
)
async def test_the_house_answers_before_the_model_sees_the_words(words: str, answer: str) -> None:
    model = ScriptedModel([])
    talk = Talk(model)
    await talk.begin()
    assert (await talk.hears(words))[0].startswith(answer)
    assert not model.requests


async def test_zero_is_a_person_and_the_shadow_keeps_the_facts() -> None:
    talk = Talk(ScriptedModel([says("Thanks. What is the address?")]))
    await talk.begin()
    await talk.hears("I need maintenance, this is Sarah Miller, 555 123 0000")
    facts = talk.dialogue.snapshot().facts
    assert facts["name"].value == "Sarah Miller"
    assert facts["phone"].value == "+15551230000"
    await talk.key("0")
    assert [name for name, _ in talk.called()] == ["escalate_to_human"]


async def test_only_what_was_heard_is_shown_to_the_model() -> None:
    model = ScriptedModel(
        [says("We can help. What is your name?"), says("Thank you. What is the address?")]
    )
    talk = Talk(model)
    talk.ear.hears = False
    await talk.begin()
    await talk.hears("maintenance visit please")
    said = "We can help. What is your name?"
    await talk.conversation.answer(Input(InputKind.REPLY_HEARD, "We can", said=said))
    await talk.hears("wait, a question")
    shown = [one for one in model.requests[-1].messages if isinstance(one, AgentSaid) and one.text]
    assert shown[-1].text == "We can"
    assert model.requests[-1].messages[-1] == CallerSaid("wait, a question")


async def test_tool_answers_are_shown_typed_and_with_their_request() -> None:
    model = ScriptedModel(the_reference_call())
    talk = Talk(model)
    await talk.begin()
    for words in REFERENCE.caller_lines:
        await talk.hears(words)
    for request in model.requests:
        open_ids: set[str] = set()
        for message in request.messages:
            if isinstance(message, AgentSaid):
                open_ids = {one.request_id for one in message.requests}
            elif isinstance(message, ToolReturned):
                assert message.request_id in open_ids
                json.loads(message.text)
    returned = [m for r in model.requests for m in r.messages if isinstance(m, ToolReturned)]
    assert any('"total_estimate": 825' in one.text for one in returned)


@pytest.mark.parametrize(
    "limits",
    [ModelLimits(replies=1), ModelLimits(tokens=50), ModelLimits(tool_calls=0)],
    ids=["replies", "tokens", "tool calls"],
)
async def test_a_conversation_that_spent_its_share_is_led_on_by_the_house(
    limits: ModelLimits,
) -> None:
    model = ScriptedModel([says("What is your name?")] * 3)
    talk = Talk(model, limits=limits)
    await talk.begin()
    await talk.hears("a maintenance visit please")
    await talk.hears("Sarah Miller")
    assert (await talk.hears("555 123 0000"))[0].endswith("What is the address for the visit?")
    assert len(model.requests) <= 1


async def test_a_reply_that_breaks_off_is_gone_on_with_and_nothing_is_said_twice() -> None:
    cut: list[Beat] = [TextPiece("Thank you. I will look"), DOWN]
    talk = Talk(ScriptedModel([cut]))
    await talk.begin()
    answer = await talk.hears("a maintenance visit please")
    assert answer == [
        "Thank you.",
        "May I have your name and the best phone number to reach you?",
    ]


async def test_cases_go_from_house_to_model_and_back() -> None:
    talk = Talk(ScriptedModel([says("What is the address?")]))
    house = HouseDialogue(talk.on.business, None, "voice", talk.on.clock.now(), ACT_MODEL)
    from voiceagent.dialogue.port import WordsHeard

    async for _ in house.hear(WordsHeard(talk.on.clock.now(), "maintenance, Sarah Miller here")):
        pass
    talk.dialogue.take_over(CaseFile.from_json(house.snapshot().to_json()))
    await talk.hears("my number is 555 123 0000")
    house.take_over(CaseFile.from_json(talk.dialogue.snapshot().to_json()))
    assert house.state.facts.name == "Sarah Miller"
    assert house.state.facts.phone == "+15551230000"
    assert house.state.facts.safety is Safety.OPEN


async def test_taking_over_its_own_snapshot_is_the_identity() -> None:
    talk = Talk(ScriptedModel(the_reference_call()))
    await talk.begin()
    for words in REFERENCE.caller_lines[:-1]:
        await talk.hears(words)
        case = CaseFile.from_json(talk.dialogue.snapshot().to_json())
        other = Talk(ScriptedModel([]), on=line())
        other.dialogue.take_over(case)
        assert other.dialogue.snapshot() == case
