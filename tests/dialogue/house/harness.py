"""A conversation partner for policy tests: scripted tools, and a memory of what happened."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.support.answers import GOODBYE, answer
from tests.support.policy import Policy
from voiceagent.dialogue.acts import CallTool, HangUp, Say, Step
from voiceagent.domain.business import Business
from voiceagent.toolkit.answers import ToolAnswer

ROOT = Path(__file__).parents[3]
NOW = datetime(2025, 8, 29, 20, 5, tzinfo=ZoneInfo("America/New_York"))
SARAH = "+15551230000"
TOOLS: Mapping[str, Mapping[str, object]] = {
    "get_pricing_quote": {
        "service_call": 165,
        "estimated_repair": 825,
        "range": "$300-$800",
        "total_estimate": 825,
        "emergency_fee": 248,
        "message": "The after-hours visit is $248. The estimate is $825. The deposit is $206.",
    },
    "check_availability": {
        "available_slots": [
            {"datetime": "2025-08-29T21:00:00-04:00", "display": "Fri, Aug 29, 9:00 PM"},
            {"datetime": "2025-08-30T08:00:00-04:00", "display": "Sat, Aug 30, 8:00 AM"},
        ],
        "message": "",
    },
    "book_appointment": {
        "job_id": "job-1",
        "code": "482937",
        "customer_name": "Sarah Miller",
        "window_start": "2025-08-29T21:00:00-04:00",
        "window_end": "2025-08-29T23:00:00-04:00",
        "display": "Fri, Aug 29, 9:00 PM to 11:00 PM",
        "estimated_cost": 825,
        "deposit_amount": 206,
        "deposit_paid": False,
        "checkout_url": None,
        "already_booked": False,
        "message": "",
    },
    "lookup_customer": {
        "known": True,
        "verified": True,
        "name": "Sarah Miller",
        "jobs": [
            {
                "code": "482937",
                "service_type": "repair",
                "display": "Tue, Sep 2, 8:00 AM to 10:00 AM",
                "window_start": "2025-09-02T08:00:00-04:00",
                "status": "booked",
            }
        ],
        "message": "",
    },
    "reschedule_appointment": {
        "job_id": "job-1",
        "code": "482937",
        "window_start": "2025-08-30T08:00:00-04:00",
        "window_end": "2025-08-30T10:00:00-04:00",
        "display": "Sat, Aug 30, 8:00 AM to 10:00 AM",
        "message": "",
    },
    "cancel_appointment": {
        "job_id": "job-1",
        "code": "482937",
        "status": "cancelled",
        "message": "",
    },
    "send_one_time_code": {"phone": "+15551230000", "message": "It gets a text with six digits."},
    "text_booking_again": {
        "code": "482937",
        "with_link": True,
        "message": "I'm sending your confirmation, with the link to pay the deposit, once more.",
    },
    "escalate_to_human": {"transferred": True, "lead": "Kim", "message": "Connecting you to Kim."},
    "join_customer_call": {"ringing": True, "message": "Please hold the line."},
    "request_callback": {
        "phone": SARAH,
        "ring_from": "2025-08-30T11:00:00-04:00",
        "ring_till": "2025-08-30T16:00:00-04:00",
        "display": "Sat, Aug 30, 11:00 AM to 4:00 PM",
        "message": "I've noted that our team calls you back Sat, Aug 30, 11:00 AM to 4:00 PM.",
    },
    "create_offer": {
        "code": "K7PMRW4TQ9XB",
        "offer": "the $0 trip fee for the Home Advantage QR tag",
        "expires_at": "2025-09-12T20:05:00-04:00",
        "message": "You have the $0 trip fee for the Home Advantage QR tag, for one booking.",
    },
    "part_eta_query": {
        "part": "capacitor",
        "known": True,
        "in_stock": True,
        "earliest": None,
        "latest": None,
        "message": "The capacitor is in stock as a rule.",
    },
    "remember": {
        "kind": "pets",
        "value": "my dog is friendly",
        "message": "I'll keep that in mind for next time.",
    },
    "join_waiting_list": {
        "first_day": "2025-09-03",
        "last_day": "2025-09-03",
        "hold_minutes": 30,
        "message": "You're on our waiting list for Wednesday, September 3.",
    },
    "answer_from_knowledge": {"found": True, "answer": "We are open every day.", "title": "Hours"},
    "end_call": GOODBYE,
}
BOOKING = (
    "my ac died",
    "no",
    "sarah miller five five five one two three oh oh oh oh",
    "123 oak street",
    "yes",
    "tonight",
    "no",
)
"""Turns that lead to the read-back of a booking."""


@cache
def business(name: str = "coolcare") -> Business:
    with (ROOT / f"business/{name}.toml").open("rb") as file:
        return Business.model_validate(tomllib.load(file))


business_of = business


class Line:
    """A call in which tools answer at once, unless they are held back."""

    def __init__(
        self,
        *turns: str,
        caller: str | None = SARAH,
        file: str = "coolcare",
        channel: str = "voice",
        business: Business | None = None,
    ) -> None:
        self.policy = Policy(
            business or business_of(file),
            now=NOW,
            caller_number=caller,
            channel="text" if channel == "text" else "voice",
        )
        self.tools: dict[str, list[Mapping[str, object]]] = {}
        self.calls: list[CallTool] = []
        self.said: list[str] = []
        self.held: set[str] = set()
        self.hung_up: str | None = None
        self.do(self.policy.greet())
        self.hear(*turns)

    @property
    def last(self) -> str:
        return self.said[-1] if self.said else ""

    @property
    def called(self) -> list[str]:
        return [call.name for call in self.calls]

    def hear(self, *turns: str, sure: float | None = None) -> str:
        """The agent's words in answer to the last of the turns, all heard with that confidence."""
        answer = ""
        for turn in turns:
            before = len(self.said)
            self.do(self.policy.hear(turn, sure))
            answer = " ".join(self.said[before:])
        return answer

    def key(self, digit: str) -> str:
        before = len(self.said)
        self.do(self.policy.key(digit))
        return " ".join(self.said[before:])

    def lost(self) -> str:
        before = len(self.said)
        self.do(self.policy.lost())
        return " ".join(self.said[before:])

    def silence(self) -> str:
        before = len(self.said)
        self.do(self.policy.silence())
        return " ".join(self.said[before:])

    def answer(self, tool: str) -> str:
        """Let a held tool answer now."""
        before = len(self.said)
        self.do(self.policy.result(tool, self._result(tool)))
        return " ".join(self.said[before:])

    def fail(self, tool: str, code: str, say: str = "") -> None:
        """The tool's next answer is an error."""
        error = {"error": {"code": code, "message": code, "say": say}}
        self.tools.setdefault(tool, []).append(error)

    def do(self, step: Step) -> None:
        calls = [act for act in step if isinstance(act, CallTool)]
        assert len(calls) <= 1
        assert not calls or step[-1] is calls[0]
        for act in step:
            match act:
                case Say(text):
                    assert text.strip()
                    self.said.append(text)
                case CallTool(name, _):
                    self.calls.append(act)
                    if name not in self.held:
                        self.do(self.policy.result(name, self._result(name)))
                case HangUp(reason):
                    self.hung_up = reason

    def _result(self, tool: str) -> ToolAnswer:
        scripted = self.tools.get(tool)
        return answer(tool, scripted.pop(0) if scripted else TOOLS[tool])
