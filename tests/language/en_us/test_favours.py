"""What callers ask for beside an errand, and what only sounds like it."""

from __future__ import annotations

import pytest

from voiceagent.domain.customer_facts import FactKind
from voiceagent.language.en_us.favours import (
    asks_call_back,
    asks_of_part,
    asks_technician,
    hear_fact,
)


@pytest.mark.parametrize(
    "text",
    [
        "can someone call me back",
        "Could you have somebody call me?",
        "please call me back tomorrow after three",
        "I'd like a callback",
        "just give me a call back when you have a minute",
        "have a technician call me please",
        "can the manager give me a call",
        "I need to request a call back",
        "call back please",
        "would one of your people ring me",
    ],
)
def test_a_call_back_is_asked_for(text: str) -> None:
    assert asks_call_back(text)


@pytest.mark.parametrize(
    "text",
    [
        "I'll call you back",
        "let me call back later",
        "you can call me back at 937 555 0123",
        "nobody called me back",
        "no need to call me back",
        "don't call me back",
        "he never called me back",
        "call me when you're on the way",
        "have the technician call me before he comes",
        "I've been trying to call you all day",
        "my air conditioner stopped cooling",
    ],
)
def test_no_call_back_is_asked_for(text: str) -> None:
    assert not asks_call_back(text)


@pytest.mark.parametrize(
    ("text", "named", "asks"),
    [
        ("is the capacitor in stock", True, True),
        ("when does my part come in", False, True),
        ("how long until the part is here", False, True),
        ("do you have a blower motor", True, True),
        ("I think the compressor died, when can you come", True, False),
        ("how soon can somebody be here, the blower motor is loud", True, False),
        ("when can you come", False, False),
        ("part of the ceiling is wet", False, False),
    ],
)
def test_a_part_is_asked_after(text: str, named: bool, asks: bool) -> None:
    assert asks_of_part(text, named) is asks


@pytest.mark.parametrize(
    ("text", "name", "asks"),
    [
        ("can I talk to a technician", "", True),
        ("let me speak with one of your techs", "", True),
        ("can you get the technician on the line", "", True),
        ("could I speak to Mike", "Mike", True),
        ("I need a technician to come out", "", False),
        ("send Mike", "Mike", False),
        ("can I talk to a person", "", False),
    ],
)
def test_a_technician_is_to_talk_and_not_to_come(text: str, name: str, asks: bool) -> None:
    assert asks_technician(text, name) is asks


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("please remember that my dog is friendly", FactKind.PETS, "my dog is friendly"),
        ("for next time, the gate code is 1234", FactKind.ACCESS, "the gate code is 1234"),
        ("make a note that I speak spanish", FactKind.LANGUAGE, "i speak spanish"),
        (
            "keep in mind I am only home on weekends",
            FactKind.BEST_TIME,
            "i am only home on weekends",
        ),
    ],
)
def test_what_is_to_be_remembered(text: str, kind: FactKind, value: str) -> None:
    heard = hear_fact(text)
    assert heard is not None
    assert (heard.kind, heard.value) == (kind, value)


@pytest.mark.parametrize(
    "text",
    [
        "do you remember me",
        "I can't remember the code",
        "I don't remember my number",
        "can you save me some money",
        "remember",
        "my dog is friendly",
    ],
)
def test_nothing_is_to_be_remembered(text: str) -> None:
    assert hear_fact(text) is None
