"""The calls and what was said in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import CallId, CallStart, Outcome, Turn

LEASE_S: Final = 6.0
"""How long a run of the server is believed to live after it last said so."""


@dataclass(frozen=True, slots=True)
class SweptCall:
    """A call that a sweep has closed: how it ended, and over which channel it came."""

    outcome: Outcome
    channel: str


@dataclass(frozen=True, slots=True)
class Swept:
    """What came of a sweep.

    Attributes:
        closed: the calls that it closed.
        spared: how many it would have closed, but for their caller, who waits for a person and may
            come back (`HandOff.may_come_back`).
    """

    closed: Sequence[SweptCall] = ()
    spared: int = 0


class Calls(Protocol):
    """The calls and what was said in them."""

    async def open(self, call: CallStart) -> CallId:
        """Record a call; the id of the existing row when its CallSid is known already."""
        ...

    async def close(self, call_id: CallId, evidence: Evidence) -> Outcome:
        """End a call and let go of what it holds; the outcome that stands.

        What the session saw is joined with what is on record (changes of jobs, quotes, outcomes
        that tools proposed, a reported emergency), and `domain.outcomes.decide` decides. The first
        outcome of a call stands. `Unavailable` ``call.unknown``: there is no such call.
        """
        ...

    async def outcome(self, call_id: CallId) -> Outcome | None:
        """The outcome, ``None`` while the call lives."""
        ...

    async def add_turn(self, turn: Turn) -> None:
        """Store a turn; storing the same (call, index) again changes nothing."""
        ...

    async def turn_count(self, call_id: CallId) -> int:
        """How many turns are stored; the index of the next one."""
        ...

    async def add_event(self, call_id: CallId, kind: str, detail: str = "") -> None:
        """Store a timed event, e.g. ``disclosure.heard``. Details never hold personal data."""
        ...

    async def sweep(self, live: Sequence[CallId]) -> Swept:
        """Close open calls that are not `live`, as broken, after a crash.

        As `close` does, with what is on record only. Calls of other workers are left alone, and so
        are those of another run of the server that has been alive lately (`beat`). Spared is also a
        caller who waits for a person; sweep again while there is one.
        """
        ...

    async def beat(self) -> bool:
        """Say that this run of the server lives; its calls are given up `LEASE_S` after the last.

        A run that has never said so is given up at once. Answers whether another run lives whose
        calls would be ours to sweep if it did not.
        """
        ...
