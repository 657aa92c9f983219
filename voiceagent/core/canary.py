"""A share of the conversations tries another model, and is taken back when it does harm. Sans-I/O.

Who tries is decided by a hash of who the conversation is with: the same caller always gets the same
arm, and a greater share only adds callers to it. What harm is, others say; here it is counted, a
conversation at most once, and judged: docs/decisions/0038-canary-and-rollback.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import sqrt
from typing import Final


class Arm(StrEnum):
    """Which model leads a conversation."""

    STABLE = "stable"
    CANARY = "canary"


class CanaryState(StrEnum):
    """Whether the other model is tried."""

    TRYING = "trying"
    ROLLED_BACK = "rolled_back"


class CanaryFinding(StrEnum):
    """What the counts say."""

    TOO_FEW = "too_few"
    NO_WORSE = "no_worse"
    HARMFUL = "harmful"


TABLE: Final[Mapping[tuple[CanaryState, CanaryFinding], CanaryState]] = {
    (CanaryState.TRYING, CanaryFinding.TOO_FEW): CanaryState.TRYING,
    (CanaryState.TRYING, CanaryFinding.NO_WORSE): CanaryState.TRYING,
    (CanaryState.TRYING, CanaryFinding.HARMFUL): CanaryState.ROLLED_BACK,
    (CanaryState.ROLLED_BACK, CanaryFinding.TOO_FEW): CanaryState.ROLLED_BACK,
    (CanaryState.ROLLED_BACK, CanaryFinding.NO_WORSE): CanaryState.ROLLED_BACK,
    (CanaryState.ROLLED_BACK, CanaryFinding.HARMFUL): CanaryState.ROLLED_BACK,
}
"""What was rolled back stays so until somebody starts the worker with another model."""


@dataclass(frozen=True, slots=True)
class HarmTally:
    """Conversations of an arm, and those that were harmed (at most as many)."""

    conversations: int = 0
    harmed: int = 0

    def bounds(self) -> tuple[float, float]:
        """Between which shares of harm the true one lies (Wilson's interval, `_Z` deviations)."""
        if not self.conversations:
            return 0.0, 1.0
        n, p = self.conversations, self.harmed / self.conversations
        spread = _Z * sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2))
        middle, scale = p + _Z**2 / (2 * n), 1 + _Z**2 / n
        return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


_Z: Final = 3.0
"""Wide, because the counts are judged again after every conversation."""

FEWEST: Final = 10
"""Conversations of the canary before anything is said of it."""

MOST_HARM: Final = 0.5
"""A share of harm that is too much whatever the other arm does."""


def finding(stable: HarmTally, canary: HarmTally) -> CanaryFinding:
    """What the counts say of the canary."""
    if canary.conversations < FEWEST:
        return CanaryFinding.TOO_FEW
    surely, _ = canary.bounds()
    _, at_most = stable.bounds()
    return CanaryFinding.HARMFUL if surely > min(at_most, MOST_HARM) else CanaryFinding.NO_WORSE


def place_of(key: str, salt: str) -> float:
    """Where a key stands between 0 and 1, evenly; the same for the same salt."""
    digest = hashlib.sha256(f"{salt}\n{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


@dataclass(slots=True)
class Canary:
    """The trial of a worker.

    Attributes:
        name: of the model that is tried; also the salt, so that each trial draws other callers.
        share: of the conversations, 0 to 1.
    """

    name: str
    share: float
    state: CanaryState = CanaryState.TRYING
    tallies: dict[Arm, HarmTally] = field(default_factory=lambda: {arm: HarmTally() for arm in Arm})

    def arm(self, key: str) -> Arm:
        """Which model leads the conversation with `key`."""
        tries = self.state is CanaryState.TRYING and place_of(key, self.name) < self.share
        return Arm.CANARY if tries else Arm.STABLE

    def began(self, arm: Arm) -> None:
        """A conversation began."""
        tally = self.tallies[arm]
        self._judge(arm, replace(tally, conversations=tally.conversations + 1))

    def harmed(self, arm: Arm) -> None:
        """A conversation that began was harmed; told once of each."""
        tally = self.tallies[arm]
        self._judge(arm, replace(tally, harmed=min(tally.harmed + 1, tally.conversations)))

    def _judge(self, arm: Arm, tally: HarmTally) -> None:
        self.tallies[arm] = tally
        found = finding(self.tallies[Arm.STABLE], self.tallies[Arm.CANARY])
        self.state = TABLE[self.state, found]
