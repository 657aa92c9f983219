"""What happens in a call, told while it happens, to whoever watches it.

The call tells and never waits: who watches, how fast they read and whether there is anybody at all
is nothing to it. Words come this way only as they may be kept: digits that may be the beginning of
a card number are withheld (`domain.card_marks.DIGITS`) until the next turn tells, and the turn then
comes whole.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

from voiceagent.core.wire import LineEnd, TurnDecider
from voiceagent.domain.records import Outcome, Speaker, Turn, TurnLatency


@dataclass(frozen=True, slots=True)
class LineOpened:
    """The call is on a line; `resumed` when it was on one before. The number is E.164, or empty."""

    resumed: bool
    from_number: str


@dataclass(frozen=True, slots=True)
class CallerStarted:
    """The caller's turn has begun."""


@dataclass(frozen=True, slots=True)
class TurnSoFar:
    """What was recognised of the turn so far; a later one replaces it."""

    text: str


@dataclass(frozen=True, slots=True)
class CallerFinished:
    """The caller's turn is over, and an answer is awaited; `decided_by` says who decided it."""

    decided_by: TurnDecider


@dataclass(frozen=True, slots=True)
class TurnSaid:
    """The caller's turn as it will be written; `TurnWritten` with this index follows."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class NothingSaid:
    """The caller's turn held no words that were understood; nothing is written of it."""


@dataclass(frozen=True, slots=True)
class KeyUsed:
    """The caller pressed a key; which one is not told."""


@dataclass(frozen=True, slots=True)
class ToolRan:
    """A tool has answered after `elapsed_ms`; `error` is its code, ``""`` when it succeeded."""

    name: str
    elapsed_ms: float
    error: str


@dataclass(frozen=True, slots=True)
class ReplySounds:
    """The first frame of a reply has left.

    `latency` is ``None`` when it answers no turn of the caller.
    """

    reply: int
    latency: TurnLatency | None
    decided_by: str


@dataclass(frozen=True, slots=True)
class HeardSoFar:
    """How much of a reply's words has reached the caller's ear, and what else is planned so far."""

    reply: int
    heard: str
    text: str


@dataclass(frozen=True, slots=True)
class BargedIn:
    """The caller cut the agent off."""


@dataclass(frozen=True, slots=True)
class TurnWritten:
    """A turn is over and written down; `reply` is the number of the agent's, else ``None``."""

    turn: Turn
    reply: int | None


@dataclass(frozen=True, slots=True)
class LineClosed:
    """The call has left its line; it may come back on another one."""

    reason: LineEnd


@dataclass(frozen=True, slots=True)
class CallOver:
    """The call has its outcome; nothing more is told."""

    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class Missed:
    """So many events are gone: they were not read in time. NumberedEvent to a reader only."""

    count: int


LiveEvent: TypeAlias = (
    LineOpened
    | CallerStarted
    | TurnSoFar
    | CallerFinished
    | TurnSaid
    | NothingSaid
    | KeyUsed
    | ToolRan
    | ReplySounds
    | HeardSoFar
    | BargedIn
    | TurnWritten
    | LineClosed
    | CallOver
    | Missed
)


class Activity(StrEnum):
    """What a call does now.

    CONNECTED: on its line, and nobody speaks · CALLER, AGENT: who speaks · THINKING: an answer is
    awaited · AWAY: without a line, it may come back · OVER.
    """

    CONNECTED = "connected"
    CALLER = "caller"
    THINKING = "thinking"
    AGENT = "agent"
    AWAY = "away"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Glance:
    """A call at one moment.

    Attributes:
        call_sid, from_number: whose; the number is E.164, or empty.
        opened_s: when it came to this worker, on its monotonic clock (`LiveGlances.now_s`).
        number: of the change that made it this, of the worker's; 0 before the first.
        activity: what happens.
        turns: of either side, as written.
        interruptions: how often the caller has cut the agent off.
        speaker, words: the newest turn, as heard; ``None`` and empty before there is one.
        answer_ms: how long the newest answer took, voice to voice.
        tool, failed: the newest tool that ran, and whether in vain.
        outcome: how it ended.
    """

    call_sid: str
    from_number: str
    opened_s: float
    number: int = 0
    activity: Activity = Activity.CONNECTED
    turns: int = 0
    interruptions: int = 0
    speaker: Speaker | None = None
    words: str = ""
    answer_ms: float | None = None
    tool: str = ""
    failed: bool = False
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class NumberedEvent:
    """An event and its number within the call, from 1; `Missed` has that of the last one missed."""

    number: int
    event: LiveEvent


class CallTeller(Protocol):
    """Where one call tells what happens."""

    @property
    def followed(self) -> bool:
        """Whether anybody has ever asked; what is dear to find out need not be told otherwise."""
        ...

    def tell(self, event: LiveEvent) -> None:
        """Something happened. Returns at once."""
        ...


class CallTellers(Protocol):
    """Where the calls of a worker tell."""

    def of(self, call_sid: str) -> CallTeller:
        """Where one call tells; the same for every line it has."""
        ...


class LiveCalls(Protocol):
    """The calls of a worker, as they happen."""

    def follow(
        self, call_sid: str, *, after: int
    ) -> AbstractContextManager[AsyncIterator[NumberedEvent | None]]:
        """What happens in a call, from now on or from where a reader has left off.

        Args:
            call_sid: a call that has rung here.
            after: number of the last event that was read; 0 for all that is kept.

        Returns:
            events in order, until the call is over; ``None`` now and then while there are none, so
            that whoever passes them on can tell that they still can.

        Raises:
            CallerFixable: ``live.unknown``, no such call has rung here.
            Unavailable: ``live.crowded``, too many follow calls of this worker already.
        """
        ...


class LiveGlances(Protocol):
    """The calls of a worker at a glance."""

    def changed(self, after: int) -> Sequence[Glance]:
        """Those that have changed since a number, the call that came first first; 0 for all.

        A call that is over is among them for a while.
        """
        ...

    @property
    def now_s(self) -> float:
        """What `Glance.opened_s` is compared with."""
        ...


class Untold:
    """Nobody watches."""

    followed = False

    def tell(self, event: LiveEvent) -> None:
        """See `CallTeller`."""

    def of(self, call_sid: str) -> CallTeller:  # noqa: ARG002 - nobody watches any
        """See `CallTellers`."""
        return self
