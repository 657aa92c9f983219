"""How a dialogue is made for a conversation: who it is with, and what makes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from voiceagent.dialogue.house.policy import Policy
from voiceagent.domain.business import Business


@dataclass(frozen=True, slots=True)
class Conversant:
    """Who a dialogue is with. `now` is in the business's zone; `caller_number` is E.164 or none."""

    business: Business
    now: datetime
    caller_number: str | None
    channel: Literal["voice", "text"]


MakeDialogue = Callable[[Conversant], Policy]
"""A fresh dialogue for a call or chat. `Policy` is what a conversation runs today; when it runs any
`Dialogue`, this is the line that says so."""


def house_policy(of: Conversant) -> Policy:
    """The house policy of one conversation."""
    return Policy(of.business, now=of.now, caller_number=of.caller_number, channel=of.channel)
