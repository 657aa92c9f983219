"""Providers of one kind in their order, each with its breaker. Sans-I/O.

A worker's calls share a chain: what one call has found out costs the others nothing. The first
provider that is well serves. One before it that may be tried again is asked *beside* it, so that
no caller waits for a trial; once it has answered, it serves again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from voiceagent.core.breaker import Breaker, BreakerLimits, BreakerState
from voiceagent.errors import OwnerFixable, Unavailable, VoiceAgentError

UNTIL_MENDED_S: Final = 60.0
"""How long a provider is left alone that somebody has to set right: a key, an address."""

LIMITS: Final = BreakerLimits(failures=2)
"""Of a chain: another is there, so the second failure in a row is enough."""

NOBODY: Final = "none"
"""Who takes over when all have failed."""


Among = Collection[int] | None
"""Places in a chain that may be asked; ``None`` for all."""


class ChainKind(StrEnum):
    """What a chain's providers do."""

    STT = "stt"
    LLM = "llm"
    TTS = "tts"


class FailoverReason(StrEnum):
    """Why a provider was given up."""

    REFUSED = "refused"
    """Key, address, model or voice are wrong: the owner can mend it."""
    BUSY = "busy"
    """It has too many requests of ours."""
    FAILED = "failed"
    """It does not answer, says that it failed, or its connection was lost."""
    SLOW = "slow"
    """Nothing came in time."""
    STALLED = "stalled"
    """It began, and then too little came or it was cut off."""
    EMPTY = "empty"
    """It succeeded with nothing, and there was something."""


@dataclass(frozen=True, slots=True)
class Failover:
    """One provider took over from another; `to` is `NOBODY` when none was left."""

    kind: ChainKind
    failed: str
    to: str
    reason: FailoverReason


class FailoverWatch(Protocol):
    """Hears of failovers."""

    def failed_over(self, failover: Failover) -> None:
        """It has happened."""
        ...


@dataclass(frozen=True, slots=True)
class ChainStart:
    """Who is asked first, by place in the chain: who serves, and who is tried beside it."""

    serving: int
    trial: int | None = None


@dataclass(frozen=True, slots=True)
class ProviderFailure:
    """What is known of a failure; `retry_after_s` when it is known how long it will last."""

    reason: FailoverReason
    retry_after_s: float | None = None

    @classmethod
    def of(cls, error: BaseException | None) -> ProviderFailure:
        """By the error that it ended with."""
        if isinstance(error, OwnerFixable) or (
            error is not None and isinstance(error.__cause__, OwnerFixable)
        ):
            return cls(FailoverReason.REFUSED, UNTIL_MENDED_S)
        retry_s = error.retry_after_s if isinstance(error, Unavailable) else None
        code = error.code if isinstance(error, VoiceAgentError) else ""
        if retry_s is not None or code.endswith((".too_many", ".busy")):
            return cls(FailoverReason.BUSY, retry_s)
        return cls(FailoverReason.FAILED)


class ProviderChain:
    """The providers of a kind.

    Args:
        kind: for reports.
        names: in their order; one at least.
        watch: told of each failover.
        limits: of each one's breaker.
    """

    def __init__(
        self,
        kind: ChainKind,
        names: Sequence[str],
        watch: FailoverWatch,
        limits: BreakerLimits = LIMITS,
    ) -> None:
        self.kind = kind
        self.names = tuple(names)
        self._watch = watch
        self._breakers = tuple(Breaker(limits) for _ in names)
        self._last = [FailoverReason.FAILED for _ in names]

    def __len__(self) -> int:
        return len(self.names)

    def state(self, place: int) -> BreakerState:
        """Whether a provider is asked; see `Breaker.state`."""
        return self._breakers[place].state

    def well(self, among: Among = None) -> int:
        """The first that is not known to be unwell, else the last.

        Args:
            among: see `start`.
        """
        places = self._places(among)
        well = (at for at in places if self._breakers[at].state is BreakerState.CLOSED)
        return next(well, places[-1])

    def start(self, now_s: float, among: Among = None) -> ChainStart:
        """Who is asked now.

        When all are left alone, the last is asked all the same: that spares nobody anything.

        Args:
            now_s: now.
            among: places of those that may be asked; one at least.
        """
        trial: int | None = None
        places = self._places(among)
        for place in places:
            breaker = self._breakers[place]
            if breaker.state is BreakerState.CLOSED:
                return ChainStart(place, trial)
            if trial is None and breaker.admits(now_s):
                trial = place
        return ChainStart(places[-1] if trial is None else trial)

    def after(self, asked: Collection[int], now_s: float, among: Among = None) -> int | None:
        """Who is asked when those that were asked did not do; ``None`` when nobody is left.

        Args:
            asked: their places.
            now_s: now.
            among: see `start`.
        """
        places = self._places(among)
        for place in places:
            if place not in asked and self._breakers[place].admits(now_s):
                return place
        last = places[-1]
        return None if last in asked else last

    def _places(self, among: Among) -> Sequence[int]:
        return range(len(self.names)) if among is None else sorted(among)

    def succeeded(self, place: int) -> None:
        """A provider did what it was asked for, in time."""
        self._breakers[place].succeeded()

    def failed(self, place: int, failure: ProviderFailure, now_s: float) -> None:
        """It did not."""
        self._last[place] = failure.reason
        self._breakers[place].failed(now_s, retry_after_s=failure.retry_after_s)

    def last_failure(self, place: int) -> FailoverReason:
        """Why it was given up last."""
        return self._last[place]

    def passed_on(self, place: int, to: int | None, reason: FailoverReason) -> None:
        """Another was asked in its place, or there was none."""
        name = NOBODY if to is None else self.names[to]
        self._watch.failed_over(Failover(self.kind, self.names[place], name, reason))
