"""Whether a part that failed is asked again: a circuit breaker, shared by all calls of a worker.

Sans-I/O: times are readings of the monotonic clock. After `failures` in a row it is OPEN: the part
is left alone for a while, twice as long each time it fails again. Then it is HALF_OPEN: one caller
tries it, the others go on without it. A part that says itself when to come back
(`Unavailable.retry_after_s`, HTTP 429) is left alone for as long, at once.

======================  ===========  ============  ===========
state                   success      failure       time is up
======================  ===========  ============  ===========
CLOSED                  CLOSED       CLOSED, OPEN
OPEN                    CLOSED       OPEN          HALF_OPEN
HALF_OPEN (one tries)   CLOSED       OPEN          HALF_OPEN
======================  ===========  ============  ===========
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class BreakerState(StrEnum):
    """Whether the part is asked."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class BreakerLimits:
    """`failures` in a row open it, for `open_s`, doubled up to `longest_s`.

    A trial that tells nothing within `trial_s` (its caller hung up) lets another one try.
    """

    failures: int = 3
    open_s: float = 5.0
    longest_s: float = 60.0
    trial_s: float = 10.0


OUTSIDE: Final = BreakerLimits(failures=5, open_s=60.0, longest_s=60.0)
"""Of the business's outside agents, which tools ask."""


@dataclass(frozen=True, slots=True)
class BreakerMemory:
    """All a breaker knows, for who keeps it elsewhere."""

    state: BreakerState = BreakerState.CLOSED
    failures: int = 0
    times_opened: int = 0
    until_s: float = 0.0


class Breaker:
    """One part's; starts CLOSED, or as it is remembered."""

    def __init__(
        self, limits: BreakerLimits | None = None, memory: BreakerMemory | None = None
    ) -> None:
        self._limits = limits or BreakerLimits()
        memory = memory or BreakerMemory()
        self._state = memory.state
        self._failures = memory.failures
        self._times_opened = memory.times_opened
        self._until_s = memory.until_s

    @property
    def memory(self) -> BreakerMemory:
        """All it knows now."""
        return BreakerMemory(self._state, self._failures, self._times_opened, self._until_s)

    @property
    def state(self) -> BreakerState:
        """As it was left; `admits` is what moves it when time is up."""
        return self._state

    def admits(self, now_s: float) -> bool:
        """Whether to ask now. Yes in HALF_OPEN is to one caller only, who tells how it went."""
        if self._state is BreakerState.CLOSED:
            return True
        if now_s < self._until_s:
            return False
        self._state, self._until_s = BreakerState.HALF_OPEN, now_s + self._limits.trial_s
        return True

    def succeeded(self) -> None:
        """It answered."""
        self._state, self._failures, self._times_opened = BreakerState.CLOSED, 0, 0

    def failed(self, now_s: float, *, retry_after_s: float | None = None) -> None:
        """It did not, or too late; `retry_after_s` when it said how long to leave it alone."""
        self._failures += 1
        if (
            self._state is BreakerState.CLOSED
            and self._failures < self._limits.failures
            and retry_after_s is None
        ):
            return
        rest_s = min(self._limits.open_s * 2**self._times_opened, self._limits.longest_s)
        self._times_opened = min(self._times_opened + 1, 16)
        until_s = now_s + max(rest_s if retry_after_s is None else retry_after_s, 0.0)
        still_s = self._until_s if self._state is BreakerState.OPEN else until_s
        self._state, self._until_s = BreakerState.OPEN, max(until_s, still_s)
