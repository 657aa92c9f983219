"""What a worker knows of one call, and what it remembers of it afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Protocol

from telephony.twilio.socket import CallAccepted
from voiceagent.core.call_life import BROKEN, TABLE, CallAct, CallLifeEvent, CallStage
from voiceagent.core.wire import CarrierEvents, LineEnd
from voiceagent.domain.outcomes import Evidence, decide
from voiceagent.domain.records import CallStart, Outcome


class ServedLine(Protocol):
    """A call's line, with what talks on it."""

    @property
    def heard_by(self) -> CarrierEvents:
        """Who takes what the carrier sends."""
        ...

    @property
    def end(self) -> LineEnd | None:
        """Why the line closed; ``None`` while it is open."""
        ...

    @property
    def evidence(self) -> Evidence:
        """What bears on the outcome, of what happened on this line so far."""
        ...

    def close(self, reason: LineEnd) -> None:
        """Hang up now; the first reason stands."""
        ...

    def handed_over(self) -> None:
        """A person has the caller now."""
        ...

    def announce(self, text: str) -> Awaitable[None]:
        """Say something whatever is going on; done when it was heard."""
        ...

    def talk(self) -> Awaitable[LineEnd]:
        """Serve the caller until the line closes; why it did. It is closed however this ends."""
        ...


class Lines(Protocol):
    """Where lines come from."""

    @property
    def free_slots(self) -> int:
        """Lines that can be made beside those there are."""
        ...

    def open(
        self, call: CallStart, accepted: CallAccepted, *, known: bool, first_turn: int
    ) -> ServedLine:
        """A line for a call, not served yet.

        Args:
            call: its row.
            accepted: the stream that carries it.
            known: the row was there before; the call goes on from its journal.
            first_turn: index of the first turn to write.

        Raises:
            Unavailable: no line is free.
        """
        ...


@dataclass(slots=True, eq=False)
class LiveCall:
    """One call, from its first stream until its outcome is written.

    Attributes:
        call_sid: the carrier's name for it.
        stage: where it is; moved by `feed` only.
        start: its row in the store, once there is one.
        served: its line, the newest; ``None`` before there was one and when it is settled.
        evidence: what happened on the lines it has left.
        line_end: how the newest line ended.
        outcome: what it is remembered for, decided when it settles.
        streams: how often a stream of it was let in; only the newest may have the call.
        waiting: streams of it that have been let in and have no line yet: each keeps a place.
        asks_again_by_s: until when the carrier will probably ask about it, monotonic.
        on_hold: it waits in a conference for a person, and may come back for as long as it does.
    """

    call_sid: str
    stage: CallStage = CallStage.ANNOUNCED
    start: CallStart | None = None
    served: ServedLine | None = None
    evidence: Evidence = field(default_factory=Evidence)
    line_end: LineEnd = LineEnd.FAILED
    outcome: Outcome | None = None
    streams: int = 0
    waiting: int = 0
    asks_again_by_s: float | None = None
    on_hold: bool = False
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    def feed(self, event: CallLifeEvent) -> tuple[CallAct, ...]:
        """Move on by the table; the acts to perform."""
        self.stage, acts = TABLE[self.stage, event]
        if CallAct.DECIDE in acts:
            self.evidence |= Evidence(broken=self.line_end in BROKEN)
            self.outcome, self.served = decide(self.evidence), None
        self._tell_moved()
        return acts

    def left(self, served: ServedLine, end: LineEnd) -> None:
        """A line of it has ended; what happened on it stands."""
        self.evidence |= served.evidence
        if self.served is served:
            self.line_end = end

    def hold(self, *, on: bool) -> None:
        """It waits in a conference from now on, or does not any more."""
        self.on_hold = on
        self._tell_moved()

    async def moved(self) -> None:
        """Wait until the next event, whether it moved the call or not."""
        await self._moved.wait()

    def _tell_moved(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()


@dataclass(slots=True)
class EndedCall:
    """What is remembered of a call that is not live.

    Attributes:
        outcome: how it ended; ``None`` for one that never was live here.
        line_end: how its last line ended; ``None`` as above.
        asks_again_by_s: until when the carrier will probably ask about it, monotonic.
    """

    outcome: Outcome | None = None
    line_end: LineEnd | None = None
    asks_again_by_s: float | None = None
