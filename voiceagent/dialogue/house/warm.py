"""Warming up: the first turn of a process must not pay for patterns and models being loaded."""

from __future__ import annotations

from datetime import datetime

from voiceagent.dialogue.completeness import completeness
from voiceagent.dialogue.house.policy import Policy
from voiceagent.domain.business import Business
from voiceagent.domain.expecting import Expecting

_TURNS = (
    "hi this is sarah miller at one twenty three oak street can somebody come tonight",
    "no",
    "my number is five five five one two three oh oh oh oh",
)


def warm_up(business: Business, now: datetime) -> None:
    """Hold a short conversation with nobody; takes up to a second, in the calling thread.

    Args:
        business: the business file.
        now: any aware time in the business's zone.
    """
    policy = Policy(business, now=now, caller_number=None, channel="text")
    policy.greet()
    for text in _TURNS:
        policy.hear(text)
        for expecting in Expecting:
            completeness(text, expecting, business)
