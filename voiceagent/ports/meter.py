"""What is told of calls to whoever watches the worker; and what parts count for themselves.

Events are told as they happen (`CallMeter`). What happens in a loop is counted in plain integers of
a record, which is read when somebody asks or when the call is over. Numbers only: no words, names
or phone numbers ever come this way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from voiceagent.core.budget.preemptive_generation import PreemptiveCounter
from voiceagent.core.figures import Distribution
from voiceagent.domain.records import Outcome, TurnLatency
from voiceagent.domain.usage import Usage, UsageKind


@dataclass(frozen=True, slots=True)
class CallCounts:
    """What one call lost or threw away, told when its line is over.

    `resumed`: it went on after its line or its worker had been lost · `writes_dropped`: writes that
    found the recorder's queue full · `writes_failed`: that the store refused · `audits_lost`: tool
    runs whose audit the store did not take · `inputs_dropped`: inputs that found the dialogue's
    inbox full · `sounds_dropped`: pieces of the caller's sound that recognition was too slow for ·
    `stray_interruptions`: interruptions that were aimed at nothing that was still spoken ·
    `stale_speech`: pieces of speech that came for a reply that was over.
    """

    resumed: bool = False
    writes_dropped: int = 0
    writes_failed: int = 0
    audits_lost: int = 0
    inputs_dropped: int = 0
    sounds_dropped: int = 0
    stray_interruptions: int = 0
    stale_speech: int = 0


@dataclass(slots=True)
class StoreCounts:
    """What the connection pool met since the start.

    `retries`: statements or transactions that were tried once more · `waits`: times a connection
    was not free at once but in time · `timeouts`: times none became free in time (``store.busy``).
    """

    retries: int = 0
    waits: int = 0
    timeouts: int = 0


@dataclass(slots=True)
class OutboxCounts:
    """How deliveries of the outbox ended since the start; a retried one may end several ways.

    `found`: of those delivered, which the carrier had already when it was asked again.
    """

    delivered: int = 0
    dropped: int = 0
    dead: int = 0
    retried: int = 0
    found: int = 0


TEXT_WAIT_BOUNDS_S: Final = (0.02, 0.04, 0.06, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 8.0, 20.0)
"""The goal for a reply without a model (60 ms); how long a webhook waits (8 s), and another system
(20 s)."""


class TextEnd(StrEnum):
    """What came of a message: a reply, none (who stopped messages wants none), or a failure."""

    ANSWERED = "answered"
    SILENT = "silent"
    GIVEN_UP = "given_up"


@dataclass(slots=True)
class TextCounts:
    """Messages that this worker has answered since the start.

    `ends`: by channel and end. `waits`: from a message's coming to its answer, for who waited.
    """

    ends: Counter[tuple[str, str]] = field(default_factory=Counter)
    waits: Distribution = field(default_factory=lambda: Distribution(TEXT_WAIT_BOUNDS_S))


@dataclass(slots=True)
class ModelCounts:
    """What language models did since the start, and what they were not let do.

    `refusals`: sentences that were withheld, by rule of the guard · `requests`: tools that were
    asked for, by tool (``unknown`` when there is none of that name) and verdict · `tokens`: by
    model and kind, as in the rows of a call · `micro_cents`: what they cost by model, where it is
    known. Models that were left for others are in `FailoverCounts`.
    """

    refusals: Counter[str] = field(default_factory=Counter)
    requests: Counter[tuple[str, str]] = field(default_factory=Counter)
    tokens: Counter[tuple[str, str]] = field(default_factory=Counter)
    micro_cents: Counter[str] = field(default_factory=Counter)

    def used(self, usage: Iterable[Usage]) -> None:
        """A reply has used this."""
        for one in usage:
            self.tokens[one.provider, one.kind.value] += one.units
            if one.micro_cents is not None:
                self.micro_cents[one.provider] += one.micro_cents


@dataclass(slots=True)
class SpeechCounts:
    """What recognisers and voices were sent since the start, by provider, and what it cost.

    `recognised_ms`: sound · `spoken_characters`: text, with the sentences that were made ready for
    no call · `micro_cents`: where it is known; what is free is there with 0.
    """

    recognised_ms: Counter[str] = field(default_factory=Counter)
    spoken_characters: Counter[str] = field(default_factory=Counter)
    micro_cents: Counter[str] = field(default_factory=Counter)

    def used(self, usage: Iterable[Usage]) -> None:
        """A turn, a reply or the start has used this."""
        for one in usage:
            if one.kind is UsageKind.RECOGNISED_MS:
                self.recognised_ms[one.provider] += one.units
            if one.kind is UsageKind.SPOKEN_CHARACTERS:
                self.spoken_characters[one.provider] += one.units
            if one.micro_cents is not None:
                self.micro_cents[one.provider] += one.micro_cents


@dataclass(slots=True)
class FailoverCounts:
    """How often one provider took over from another since the start.

    `by` has (kind, who failed, who took over or ``none``, reason): names of a worker's own
    providers and values of `core.failover.chain`, so there are few.
    """

    by: dict[tuple[str, str, str, str], int] = field(default_factory=dict)


class TurnMeter(PreemptiveCounter, Protocol):
    """Hears how a call's turns were answered."""

    def acted(self, act: str, *, able: bool) -> None:
        """A rung of the latency ladder was reached; `able` is whether it could be done."""
        ...

    def answered(self, latency: TurnLatency | None, answer_ms: float | None) -> None:
        """A reply is over.

        Args:
            latency: where its time went; ``None`` when it answered no turn.
            answer_ms: time to the answer's own first sound, where something else was said first.
        """
        ...


class TurnedAway(StrEnum):
    """Why a caller got a person or a message instead of the agent."""

    BUSY = "busy"
    LOST = "lost"
    FAILED = "failed"


class CallMeter(Protocol):
    """Hears how calls end, and which are not served."""

    def turned_away(self, why: TurnedAway) -> None:
        """A caller was sent to a person or to leave a message."""
        ...

    def ended(self, outcome: Outcome | None, *, channel: str) -> None:
        """A call is over; `outcome` is ``None`` when the store could not be told."""
        ...

    def left(self, counts: CallCounts) -> None:
        """A call has left its line, for good or for another one."""
        ...


class Unmetered:
    """Hears nothing; for calls that nobody watches."""

    def acted(self, act: str, *, able: bool) -> None:
        """See `TurnMeter`."""

    def preempted(self, how: str) -> None:
        """See `TurnMeter`."""

    def answered(self, latency: TurnLatency | None, answer_ms: float | None) -> None:
        """See `TurnMeter`."""

    def turned_away(self, why: TurnedAway) -> None:
        """See `CallMeter`."""

    def ended(self, outcome: Outcome | None, *, channel: str) -> None:
        """See `CallMeter`."""

    def left(self, counts: CallCounts) -> None:
        """See `CallMeter`."""
