"""Warming up: the first turn of a process must not pay for patterns and models being loaded."""

from __future__ import annotations

from datetime import datetime

from voiceagent.dialogue.completeness import completeness
from voiceagent.dialogue.house.case import case_of
from voiceagent.dialogue.house.reports import Scene
from voiceagent.dialogue.house.respond import respond
from voiceagent.dialogue.house.state import HouseState
from voiceagent.dialogue.port import Begun, WordsHeard
from voiceagent.domain.business import Business
from voiceagent.domain.expecting import Expecting
from voiceagent.language.en_us.caller_acts import ActModel

_TURNS = (
    "hi this is sarah miller at one twenty three oak street can somebody come tonight",
    "no",
    "no gas, no smoke",
    "my number is five five five one two three oh oh oh oh",
)


def warm_up(business: Business, now: datetime, acts: ActModel | None) -> None:
    """Hold a short conversation with nobody; takes up to a second, in the calling thread.

    Args:
        business: the business file.
        now: any aware time in the business's zone.
        acts: proposes what turns do; see `reports.Scene`.
    """
    scene = Scene(business, now, None, acts)
    state, _ = respond(HouseState(), Begun(now), scene)
    for text in _TURNS:
        state, _ = respond(state, WordsHeard(now, text), scene)
        case_of(state, now)
        for expecting in Expecting:
            completeness(text, expecting, business)
