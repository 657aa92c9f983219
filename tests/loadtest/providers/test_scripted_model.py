"""The stand-in for a model: it leads the reference call from nothing but messages and schemas."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

import pytest
from pydantic import JsonValue

from loadtest.simulator.providers.chat import (
    ChatAnswer,
    ChatMessage,
    ChatRequest,
    ChatRole,
    ChatTool,
)
from loadtest.simulator.providers.scripted_model import filled, scripted_model
from loadtest.simulator.providers.spoken_answers import (
    Offer,
    address_in,
    chosen_in,
    digits_in_words,
    name_in,
    phone_in,
)


def takes(*names: str, required: tuple[str, ...] = ()) -> dict[str, JsonValue]:
    return {
        "type": "object",
        "properties": {name: {"type": "string"} for name in names},
        "required": list(required or names),
    }


TOOLS = (
    ChatTool("get_pricing_quote", "", takes("service_type", "description", "is_after_hours")),
    ChatTool("check_availability", "", takes("service_type", "is_emergency")),
    ChatTool(
        "book_appointment",
        "",
        takes(
            "customer_name", "phone", "address", "service_type", "description", "scheduled_time",
            "estimated_cost", "is_emergency", "notes",
        ),
    ),
    ChatTool(
        "end_call",
        "",
        {"properties": {"reason": {"enum": ["done", "caller_left"]}}, "required": ["reason"]},
    ),
)  # fmt: skip
RESULTS: Mapping[str, str] = {
    "get_pricing_quote": '{"service_call": 165, "total_estimate": 825, "emergency_fee": 248, '
    '"message": "The after-hours visit is $248. The estimate for the repair is $825 in total."}',
    "check_availability": '{"available_slots": [{"datetime": "2025-08-29T21:00:00-04:00", '
    '"display": "Fri, Aug 29, 9:00 PM"}, {"datetime": "2025-08-30T08:00:00-04:00", '
    '"display": "Sat, Aug 30, 8:00 AM"}], "message": "Available."}',
    "book_appointment": '{"job_id": "job-1", "code": "482937", "message": "Booked."}',
    "end_call": '{"reason": "done", "message": "The call ends."}',
}
CALLER = (
    "Hi, my air conditioner stopped cooling and the outdoor unit is rattling.",
    "No, no gas, no smoke, no carbon monoxide.",
    "This is Sarah Miller, my number is five five five, one two three, zero. zero. zero. zero.",
    "One twenty three Oak Street, Springfield, Ohio.",
    "Yes, that's fine, please go ahead.",
    "Tonight, nine to eleven.",
    "The gate code is one two three four and I have a friendly dog.",
    "Yes, that's right, please book it.",
    "No, that's all, thank you, goodbye.",
)


class Call:
    """A conversation with the model, with scripted tools."""

    def __init__(self, results: Mapping[str, str] = RESULTS) -> None:
        self.results = results
        self.messages = [
            ChatMessage(ChatRole.SYSTEM, "Services, by the name of tools:\n- repair: repair\n")
        ]
        self.asked: list[tuple[str, dict[str, JsonValue]]] = []
        self.said: list[str] = []

    def says(self, text: str) -> None:
        self.messages.append(ChatMessage(ChatRole.USER, text))
        answer = self._answer()
        while answer.tool_calls:
            for call in answer.tool_calls:
                self.asked.append((call.name, json.loads(call.arguments)))
                result = self.results[call.name]
                self.messages.append(ChatMessage(ChatRole.TOOL, result, answers=call.call_id))
            answer = self._answer()

    def _answer(self) -> ChatAnswer:
        answer = scripted_model(ChatRequest("m", tuple(self.messages), TOOLS))
        text = "".join(answer.text)
        self.said += [text] if text else []
        self.messages.append(ChatMessage(ChatRole.ASSISTANT, text, answer.tool_calls))
        return answer


@pytest.mark.parametrize("as_heard", [str, lambda text: text.lower().replace(",", "")])
def test_the_reference_call_is_booked_by_the_tools(as_heard: type[str]) -> None:
    call = Call()
    for line in CALLER:
        call.says(as_heard(line))
    assert [name for name, _ in call.asked] == list(RESULTS)
    booked = call.asked[2][1]
    assert {name: booked[name] for name in ("customer_name", "phone", "estimated_cost")} == {
        "customer_name": "Sarah Miller",
        "phone": "5551230000",
        "estimated_cost": 825,
    }
    assert str(booked["address"]).startswith("123 Oak Street")
    assert booked["scheduled_time"] == "2025-08-29T21:00:00-04:00"
    assert "1234" in str(booked["notes"])
    assert booked["service_type"] == "repair"
    assert call.asked[3][1] == {"reason": "done"}
    assert call.said[-1] == "Thank you for calling. Goodbye."


def test_one_question_at_a_time_and_danger_first() -> None:
    call = Call()
    for line in CALLER:
        call.says(line)
    assert "gas" in call.said[0]
    assert all(text.count("?") <= 1 for text in call.said)


def test_no_figure_is_told_that_no_tool_returned() -> None:
    call = Call({**RESULTS, "get_pricing_quote": RESULTS["get_pricing_quote"].replace("825", "91")})
    for line in CALLER:
        call.says(line)
    assert not any("825" in text for text in call.said)
    assert call.asked[2][1]["estimated_cost"] == 91


def test_a_quote_that_is_too_dear_ends_without_a_booking() -> None:
    call = Call()
    for line in (*CALLER[:4], "No, that's too expensive.", "No, goodbye."):
        call.says(line)
    assert [name for name, _ in call.asked] == ["get_pricing_quote", "end_call"]


def failing(code: str) -> Call:
    """A call whose booking fails."""
    failure = json.dumps({"error": {"code": code, "message": "No.", "say": "That did not work."}})
    call = Call({**RESULTS, "book_appointment": failure})
    for line in CALLER[:8]:
        call.says(line)
    return call


def test_what_a_tool_could_not_do_is_told() -> None:
    call = failing("store.unreachable")
    assert call.said[-1] == "That did not work. Shall I connect you with a person?"


def test_a_time_that_is_gone_is_told_and_others_are_looked_for() -> None:
    call = failing("slot.taken")
    assert call.said[-2:-1] == ["That did not work."]
    assert call.said[-1].startswith("I have Fri, Aug 29, 9:00 PM, or Sat")
    assert [name for name, _ in call.asked][-2:] == ["book_appointment", "check_availability"]


def test_what_is_known_of_the_case_outlives_the_turns_that_are_shown() -> None:
    case = {
        "facts": {
            "service": "repair",
            "symptoms": ["AC not cooling", "outdoor unit rattling"],
            "safety": "safe",
            "name": "Sarah Miller",
            "phone": "+15551230000",
            "address": {"number": "123", "street": "Oak Street", "city": "Springfield",
                        "state": "Ohio", "unit": None, "zip": None, "complete": True},
            "accepted": True,
            "window": {"start": "2025-08-29T21:00:00-04:00", "end": "2025-08-29T23:00:00-04:00"},
            "notes": "Gate code 1234, friendly dog.",
        },
        "offered_windows": [
            {"start": "2025-08-29T21:00:00-04:00", "end": "2025-08-29T23:00:00-04:00"}
        ],
        "quote": {"total_estimate": 825, "message": "The after-hours estimate is $825."},
    }  # fmt: skip
    call = Call()
    call.messages.append(ChatMessage(ChatRole.TOOL, json.dumps(case), answers="case"))
    call.messages.append(ChatMessage(ChatRole.ASSISTANT, "The estimate is $825. Shall I book it?"))
    call.says("Yes, please.")
    ((name, arguments),) = call.asked
    assert name == "book_appointment"
    assert arguments["phone"] == "+15551230000"
    assert arguments["address"] == "123 Oak Street, Springfield, Ohio"
    assert arguments["description"] == "AC not cooling; outdoor unit rattling."
    assert arguments["notes"] == "Gate code 1234, friendly dog."


def test_a_tool_that_is_not_offered_is_not_called() -> None:
    messages = (
        ChatMessage(ChatRole.ASSISTANT, "Is there anything else?"),
        ChatMessage(ChatRole.USER, "No."),
    )
    answer = scripted_model(ChatRequest("m", messages))
    assert answer.tool_calls == ()
    assert answer.text


@pytest.mark.parametrize(
    ("schema", "arguments"),
    [
        ({}, {}),
        (takes("notes"), {"notes": "a dog"}),
        (takes("notes", "colour"), {"notes": "a dog", "colour": ""}),
        (takes("notes", "colour", required=("notes",)), {"notes": "a dog"}),
        (
            {"properties": {"reason": {"enum": ["over"]}}, "required": ["reason"]},
            {"reason": "over"},
        ),
        (
            {"properties": {"n": {"type": "integer"}, "x": {"anyOf": []}}, "required": ["n", "x"]},
            {"n": 0, "x": None},
        ),
    ],
)
def test_arguments_are_made_after_the_schema(
    schema: dict[str, JsonValue], arguments: dict[str, JsonValue]
) -> None:
    assert filled(schema, {"notes": "a dog", "reason": "done"}) == arguments


@pytest.mark.parametrize(
    ("said", "phone"),
    [
        ("five five five one two three oh oh oh oh", "5551230000"),
        ("It's 555-123-0000.", "5551230000"),
        ("one nine three seven five five five oh one two three", "9375550123"),
        ("five five five", ""),
        ("My AC died.", ""),
    ],
)
def test_a_phone_number_is_ten_digits(said: str, phone: str) -> None:
    assert phone_in(said) == phone


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("This is Sarah Miller, my number is five", "Sarah Miller"),
        ("my name is anna fischer", "Anna Fischer"),
        ("Sarah Miller, five five five", "Sarah Miller"),
        ("Sarah Miller 555 123 0000", "Sarah Miller"),
        ("555 123 0000", ""),
    ],
)
def test_a_name_is_what_stands_before_the_number(said: str, name: str) -> None:
    assert name_in(said) == name


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("One twenty three Oak Street, Springfield, Ohio.", "123 Oak Street, Springfield, Ohio"),
        ("one twenty three oak street springfield ohio", "123 Oak Street Springfield Ohio"),
        ("123 Oak Street", "123 Oak Street"),
        ("forty five Maple Avenue", "45 Maple Avenue"),
        ("twelve twenty Elm Street", "1220 Elm Street"),
        ("Oak Street", "Oak Street"),
    ],
)
def test_a_house_number_is_written_in_figures(said: str, address: str) -> None:
    assert address_in(said) == address


def test_runs_of_digits_are_written_in_figures_and_single_words_are_left() -> None:
    said = "The gate code is one two three four and there is one dog."
    assert digits_in_words(said) == "The gate code is 1234 and there is one dog."


TONIGHT = Offer(at=datetime.fromisoformat("2025-08-29T21:00:00-04:00"))
MORNING = Offer(at=datetime.fromisoformat("2025-08-30T08:00:00-04:00"))


@pytest.mark.parametrize(
    ("said", "chosen"),
    [
        ("Tonight, nine to eleven.", TONIGHT),
        ("the first one", TONIGHT),
        ("9 PM", TONIGHT),
        ("the morning one", MORNING),
        ("tomorrow at eight", MORNING),
        ("Saturday please", MORNING),
        ("what did you say", None),
    ],
)
def test_the_offer_that_fits_is_chosen(said: str, chosen: Offer | None) -> None:
    assert chosen_in(said, (TONIGHT, MORNING)) == chosen
