"""What a simulated caller makes of the agent's words."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from loadtest.persona.asked import AgentTopic, ReplySign, understand
from loadtest.persona.windows import named

NOW = datetime(2025, 8, 27, 10, 10, tzinfo=ZoneInfo("America/New_York"))  # a Wednesday


@pytest.mark.parametrize(
    ("said", "topic"),
    [
        ("This call may be recorded. How can I help?", AgentTopic.ERRAND),
        ("Do you smell gas or burning, see smoke, or is an alarm going off?", AgentTopic.SAFETY),
        ("May I have your name and the best phone number to reach you?", AgentTopic.NAME_AND_PHONE),
        ("Thank you, Sarah. What is the best phone number to reach you?", AgentTopic.PHONE),
        ("I have (555) 123-0000. What is the address for the visit?", AgentTopic.ADDRESS),
        ("Could you tell me the street number, the street and the city?", AgentTopic.ADDRESS),
        ("The estimate is $825 in total. Would you like to go ahead?", AgentTopic.PRICE),
        (
            "I have tonight, 9\u201311 PM, or tomorrow, 8\u201310 AM. Which works better for you?",
            AgentTopic.WINDOW,
        ),
        ("I have tomorrow, 8\u201310 AM. Does that work for you?", AgentTopic.WINDOW),
        ("I found your booking. What day would suit you?", AgentTopic.DAY),
        ("Is there anything we should know, like a gate code or a pet?", AgentTopic.NOTES),
        ("The estimate is $825. Shall I book it?", AgentTopic.READ_BACK),
        ("What are the phone number and the booking code?", AgentTopic.CODE_AND_PHONE),
        ("What is your booking code?", AgentTopic.CODE),
        ("I found your booking. Do you want me to cancel it?", AgentTopic.CANCEL),
        ("Shall I move your booking to Wednesday, September 3, 12\u20132 PM?", AgentTopic.MOVE),
        ("Is there anything else I can help with?", AgentTopic.ANYTHING_ELSE),
        ("Shall I connect you with a person?", AgentTopic.PERSON),
        ("Did you mean after two on Friday?", AgentTopic.MEANT),
        ("Tonight it is $825 in total. Shall I go ahead with that?", AgentTopic.PRICE),
        (
            "What do you need: repair, maintenance visit, or installation estimate?",
            AgentTopic.ERRAND,
        ),
    ],
)
def test_a_question_is_placed(said: str, topic: AgentTopic) -> None:
    assert understand(said, NOW).topic is topic


def test_what_is_said_beside_the_question_is_heard() -> None:
    heard = understand("That can be dangerous. Please get everyone out and dial 911. Goodbye.", NOW)
    assert ReplySign.NAMES_911 in heard.signs
    assert ReplySign.GOODBYE in heard.signs
    heard = understand("Let me read that back. (555) 123-0000. Shall I book it?", NOW)
    assert ReplySign.READS_BACK in heard.signs
    assert heard.phones == ("5551230000",)
    assert understand("A deposit of $1,750 holds it.", NOW).figures == (1750,)
    assert ReplySign.WAITS in understand("Take your time.", NOW).signs


@pytest.mark.parametrize(
    ("said", "windows"),
    [
        ("I have today, 12\u20132 PM, or tomorrow, 8\u201310 AM.", [(0, 12, 14), (1, 8, 10)]),
        ("I have tonight, 9\u201311 PM.", [(0, 21, 23)]),
        ("I have tomorrow, 8\u201310 AM, or 10 AM\u201312 PM.", [(1, 8, 10), (1, 10, 12)]),
        ("Your booking for Tue, Sep 2, 8:00 AM to 10:00 AM", [(6, 8, 10)]),
        ("Wednesday, September 3, 12\u20132 PM?", [(7, 12, 14)]),
        ("Friday, 2\u20134 PM", [(2, 14, 16)]),
        ("Friday, 11 AM to 1 PM", [(2, 11, 13)]),
        ("I have Friday, 2 until 4 PM", [(2, 14, 16)]),
        ("A deposit of $206 holds the booking.", []),
    ],
)
def test_windows_are_read_out_of_a_sentence(said: str, windows: list[tuple[int, int, int]]) -> None:
    midnight = NOW.replace(hour=0, minute=0)
    want = [
        (midnight + timedelta(days=day, hours=start), midnight + timedelta(days=day, hours=end))
        for day, start, end in windows
    ]
    assert [(one.start, one.end) for one in named(said, NOW)] == want
