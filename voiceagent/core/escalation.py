"""When a person is paged, and when a caller is put through: a table (SPEC, escalation).

    anger and sentiment <= -0.6                                    page, and put through
    sentiment <= -0.6, talk of the law, a wish for a person, key 0           put through

A conversation pages once, and its mood has a caller put through once: whoever could not be reached
then is not rung again for every further word. A caller's own wish is heard every time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SENTIMENT_AT_MOST: Final = -0.6


class MoodEvent(StrEnum):
    """What a turn of the caller's gives cause for."""

    RAGE = "rage"
    """Words of anger, and a sentiment of -0.6 or below."""

    LOW = "low"
    """Such a sentiment without anger."""

    LEGAL = "legal"
    ASKED = "asked"
    KEY = "key"


class EscalationAct(StrEnum):
    """What is done about it."""

    PAGE = "page"
    ROUTE = "route"


TABLE: Final[Mapping[MoodEvent, tuple[EscalationAct, ...]]] = {
    MoodEvent.RAGE: (EscalationAct.PAGE, EscalationAct.ROUTE),
    MoodEvent.LOW: (EscalationAct.ROUTE,),
    MoodEvent.LEGAL: (EscalationAct.ROUTE,),
    MoodEvent.ASKED: (EscalationAct.ROUTE,),
    MoodEvent.KEY: (EscalationAct.ROUTE,),
}
WISHES: Final = frozenset({MoodEvent.LEGAL, MoodEvent.ASKED, MoodEvent.KEY})
"""Not moods: each of them is a reason anew."""


def mood_of(*, angry: bool, sentiment: float) -> MoodEvent | None:
    """What a turn's mood gives cause for; ``None`` for nothing.

    Args:
        angry: it holds words of anger.
        sentiment: -1 to 1.
    """
    if sentiment > SENTIMENT_AT_MOST:
        return None
    return MoodEvent.RAGE if angry else MoodEvent.LOW


@dataclass(frozen=True, slots=True)
class EscalationState:
    """What a conversation has escalated so far."""

    paged: bool = False
    routed_for_mood: bool = False

    def hear(
        self, events: Iterable[MoodEvent]
    ) -> tuple[EscalationState, tuple[EscalationAct, ...]]:
        """After a turn: the state, and what is to be done, each once."""
        state, acts = self, list[EscalationAct]()
        for event in events:
            for act in TABLE[event]:
                state, due = state._next(event, act)
                if due and act not in acts:
                    acts.append(act)
        return state, tuple(acts)

    def _next(self, event: MoodEvent, act: EscalationAct) -> tuple[EscalationState, bool]:
        if act is EscalationAct.PAGE:
            return EscalationState(paged=True, routed_for_mood=self.routed_for_mood), not self.paged
        if event in WISHES:
            return self, True
        return EscalationState(paged=self.paged, routed_for_mood=True), not self.routed_for_mood
