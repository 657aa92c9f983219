"""How a dialogue is made for a conversation: who it is with, and what makes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from voiceagent.core.breaker import Breaker
from voiceagent.core.clock import Clock
from voiceagent.core.failover.chain import FailoverWatch
from voiceagent.dialogue.fallback import Deadlines, FallbackModel, Stage
from voiceagent.dialogue.house.dialogue import HouseDialogue
from voiceagent.dialogue.model.dialogue import ModelDialogue
from voiceagent.dialogue.model.state import ModelLimits
from voiceagent.dialogue.port import Channel, Dialogue
from voiceagent.domain.business import Business
from voiceagent.ports.language_model import LanguageModel
from voiceagent.toolkit.spec import ToolSpec


@dataclass(frozen=True, slots=True)
class Conversant:
    """Who a dialogue is with. `now` is in the business's zone; `caller_number` is E.164 or none."""

    business: Business
    now: datetime
    caller_number: str | None
    channel: Channel


MakeDialogue = Callable[[Conversant], Dialogue]
"""A fresh dialogue for a call or chat."""


def house_policy(of: Conversant) -> Dialogue:
    """The house policy of one conversation."""
    return HouseDialogue(of.business, of.caller_number, of.channel, of.now)


def model_dialogue(
    models: Sequence[LanguageModel],
    tools: Sequence[ToolSpec],
    clock: Clock,
    *,
    limits: ModelLimits | None = None,
    deadlines: Deadlines | None = None,
    watch: FailoverWatch | None = None,
) -> MakeDialogue:
    """What makes conversations led by a language model, with the house policy behind it.

    Args:
        models: the first that answers in time does; calls share what is known of their failures.
        tools: what may be asked for.
        clock: for breakers.
        limits: what one conversation may spend.
        deadlines: how long a caller may wait.
        watch: told who took over from whom.
    """
    model = FallbackModel([Stage(one, Breaker()) for one in models], clock, deadlines, watch)

    def make(of: Conversant) -> Dialogue:
        return ModelDialogue(
            model,
            tools,
            limits or ModelLimits(),
            of.business,
            of.caller_number,
            of.channel,
            of.now,
        )

    return make
