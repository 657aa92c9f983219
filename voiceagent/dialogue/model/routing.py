"""Which models may lead a conversation, by how critical and how private it is. Sans-I/O.

A private conversation is never shown to a model on a host of others; a critical one is left to the
strongest model that the settings name. Where `ROUTES` finds no model, the house policy leads: it is
the strongest there is on danger, the law and persons, and it sends nothing anywhere.

Both marks are the house's (`HouseState.critical`, `HouseState.private`): set by its reading of the
caller's words, by tools and channels that the business file names, and never taken back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from voiceagent.dialogue.house.state import HouseState
from voiceagent.ports.language_model import LanguageModel


class Criticality(StrEnum):
    """What a wrong word would cost."""

    USUAL = "usual"
    CRITICAL = "critical"
    """Danger, a wish for a person, anger, the law, or a model that went too far."""


class Confidence(StrEnum):
    """Who may be shown what is said."""

    OPEN = "open"
    PRIVATE = "private"
    """Nobody but hosts of the owner's."""


class Leader(StrEnum):
    """Who leads."""

    USUAL = "usual"
    STRONGEST = "strongest"
    PRIVATE = "private"
    PRIVATE_STRONGEST = "private_strongest"


ROUTES: Final[Mapping[tuple[Criticality, Confidence], Leader]] = {
    (Criticality.USUAL, Confidence.OPEN): Leader.USUAL,
    (Criticality.CRITICAL, Confidence.OPEN): Leader.STRONGEST,
    (Criticality.USUAL, Confidence.PRIVATE): Leader.PRIVATE,
    (Criticality.CRITICAL, Confidence.PRIVATE): Leader.PRIVATE_STRONGEST,
}
"""Who leads; where there is no such model, the house policy does."""


@dataclass(frozen=True, slots=True)
class RoutedModels:
    """The models there are, each list in the order in which they take over from one another.

    Attributes:
        usual: wherever they run.
        strongest: for critical conversations.
        private: on hosts of the owner's only.
        private_strongest: both.
    """

    usual: Sequence[LanguageModel] = ()
    strongest: Sequence[LanguageModel] = ()
    private: Sequence[LanguageModel] = ()
    private_strongest: Sequence[LanguageModel] = ()

    def of(self, lead: Leader) -> Sequence[LanguageModel]:
        """The models of a route."""
        match lead:
            case Leader.USUAL:
                return self.usual
            case Leader.STRONGEST:
                return self.strongest
            case Leader.PRIVATE:
                return self.private
            case Leader.PRIVATE_STRONGEST:
                return self.private_strongest


def leader_of(house: HouseState) -> Leader:
    """Who leads a conversation that stands so."""
    critical = Criticality.CRITICAL if house.critical else Criticality.USUAL
    confidence = Confidence.PRIVATE if house.private else Confidence.OPEN
    return ROUTES[critical, confidence]
