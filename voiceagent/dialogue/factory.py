"""How a dialogue is made for a conversation: who it is with, and what makes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from voiceagent.dialogue.house.dialogue import HouseDialogue
from voiceagent.dialogue.port import Dialogue
from voiceagent.domain.business import Business


@dataclass(frozen=True, slots=True)
class Conversant:
    """Who a dialogue is with. `now` is in the business's zone; `caller_number` is E.164 or none."""

    business: Business
    now: datetime
    caller_number: str | None
    channel: Literal["voice", "text"]


MakeDialogue = Callable[[Conversant], Dialogue]
"""A fresh dialogue for a call or chat."""


def house_policy(of: Conversant) -> Dialogue:
    """The house policy of one conversation."""
    return HouseDialogue(of.business, of.caller_number, of.channel, of.now)
