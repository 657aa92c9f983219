"""How a dialogue is made for a conversation: who it is with, and what makes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from voiceagent.core.breaker import Breaker
from voiceagent.core.canary import Arm, Canary
from voiceagent.core.clock import Clock
from voiceagent.core.failover.chain import FailoverWatch
from voiceagent.dialogue.fallback import Deadlines, FallbackModel, Stage
from voiceagent.dialogue.house.dialogue import HouseDialogue
from voiceagent.dialogue.model.dialogue import ModelDialogue
from voiceagent.dialogue.model.routing import Leader, RoutedModels
from voiceagent.dialogue.model.state import ModelLimits
from voiceagent.dialogue.model.trial import ArmTrial
from voiceagent.dialogue.port import Channel, Dialogue
from voiceagent.domain.business import Business
from voiceagent.domain.locales import ENGLISH_ONLY, Locale
from voiceagent.language.en_us.caller_acts import ActModel
from voiceagent.ports.language_model import LanguageModel
from voiceagent.ports.meter import ModelCounts
from voiceagent.toolkit.spec import ToolSpec


@dataclass(frozen=True, slots=True)
class Conversant:
    """Who a dialogue is with. `now` is in the business's zone; `caller_number` is E.164 or none.

    `private`: nothing of it may reach a host of others. `hears`: the languages in which what is
    said on the phone is understood.
    """

    business: Business
    now: datetime
    caller_number: str | None
    channel: Channel
    private: bool = False
    hears: frozenset[Locale] = ENGLISH_ONLY

    @property
    def key(self) -> str:
        """Whom to know again: the number, or without one this conversation alone."""
        return self.caller_number or self.now.isoformat()


@dataclass(frozen=True, slots=True)
class ModelCanary:
    """A model that is tried, and the trial, which all conversations of a worker share."""

    model: LanguageModel
    trial: Canary


MakeDialogue = Callable[[Conversant], Dialogue]
"""A fresh dialogue for a call or chat."""


@dataclass(frozen=True, slots=True)
class HousePolicy:
    """Makes conversations led by the house policy.

    `acts` proposes to it what a turn does, ``None``: the rules alone are gone by.
    """

    acts: ActModel | None

    def __call__(self, of: Conversant) -> Dialogue:
        """The house policy of one conversation."""
        return HouseDialogue(
            of.business,
            of.caller_number,
            of.channel,
            of.now,
            self.acts,
            private=of.private,
            hears=of.hears,
        )


def model_dialogue(
    models: Sequence[LanguageModel] | RoutedModels,
    tools: Sequence[ToolSpec],
    clock: Clock,
    acts: ActModel | None,
    *,
    limits: ModelLimits | None = None,
    deadlines: Deadlines | None = None,
    counts: ModelCounts | None = None,
    canary: ModelCanary | Callable[[], ModelCanary | None] | None = None,
    watch: FailoverWatch | None = None,
) -> MakeDialogue:
    """What makes conversations led by a language model, with the house policy behind it.

    Args:
        models: the first that answers in time does; calls share what is known of their failures.
            Others than the usual ones lead what is critical or private; by default the house does.
        tools: what may be asked for.
        clock: for breakers.
        acts: see `HousePolicy`.
        limits: what one conversation may spend.
        deadlines: how long a caller may wait.
        counts: where it is counted what models do.
        canary: a model that a share of the conversations tries first, or what tells it for each.
        watch: told who took over from whom.
    """
    counts = counts or ModelCounts()
    routed = models if isinstance(models, RoutedModels) else RoutedModels(usual=models)
    stages = {lead: [Stage(one, Breaker()) for one in routed.of(lead)] for lead in Leader}
    chains: dict[Leader, LanguageModel] = {
        lead: FallbackModel(of_it, clock, deadlines, watch)
        for lead, of_it in stages.items()
        if of_it
    }
    with_canary: dict[str, Mapping[Leader, LanguageModel]] = {}

    def led_by(tried: LanguageModel) -> Mapping[Leader, LanguageModel]:
        if tried.name not in with_canary:
            first = [Stage(tried, Breaker()), *stages[Leader.USUAL]]
            usual = FallbackModel(first, clock, deadlines, watch)
            with_canary[tried.name] = {**chains, Leader.USUAL: usual}
        return with_canary[tried.name]

    def make(of: Conversant) -> Dialogue:
        now = canary() if callable(canary) else canary
        trial = ArmTrial(now.trial, now.trial.arm(of.key)) if now else None
        tries = now is not None and trial is not None and trial.arm is Arm.CANARY
        return ModelDialogue(
            led_by(now.model) if now is not None and tries else chains,
            tools,
            limits or ModelLimits(),
            of.business,
            of.caller_number,
            of.channel,
            of.now,
            acts,
            counts,
            trial,
            private=of.private,
            hears=of.hears,
        )

    return make
