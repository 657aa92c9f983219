"""All calls of a worker in one place; every question about them is answered from their stages."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from voiceagent.app.call_hooks import ANSWERING_S
from voiceagent.app.calls.live_call import EndedCall, LiveCall
from voiceagent.core.call_life import TALKING, CallAct, CallLifeEvent
from voiceagent.core.clock import Clock
from voiceagent.core.wire import LineEnd
from voiceagent.domain.records import CallId

REMEMBERED: Final = 4096
"""Calls whose end is remembered without asking the store; the oldest is forgotten first."""


class Intake(Enum):
    """Who is let in.

    OPEN: everybody · PAUSED: as CLOSING, until somebody opens it again · CLOSING: calls that have
    rung before, and those that come back · HANDING_OVER: nobody; who is there gets a person · CUT:
    nobody, and nobody stays.
    """

    OPEN = auto()
    PAUSED = auto()
    CLOSING = auto()
    HANDING_OVER = auto()
    CUT = auto()

    @property
    def is_for_good(self) -> bool:
        """Whether nobody will open it again: the worker is being stopped."""
        return self not in {Intake.OPEN, Intake.PAUSED}


class CallBook:
    """Calls that are live, by CallSid, and a bounded memory of those that are not."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._live: dict[str, LiveCall] = {}
        self._ended: dict[str, EndedCall] = {}
        self.intake = Intake.OPEN

    def live(self) -> list[LiveCall]:
        """Every call that is not over, the oldest first."""
        return list(self._live.values())

    def find(self, call_sid: str) -> LiveCall | None:
        """A call that is not over."""
        return self._live.get(call_sid)

    def ended(self, call_sid: str) -> EndedCall | None:
        """A call that is over, as far as it is remembered."""
        return self._ended.get(call_sid)

    def coming_in(self, call_sid: str) -> LiveCall:
        """The call that a stream belongs to; a new one when it is not live."""
        if (call := self._live.get(call_sid)) is None:
            call = self._live[call_sid] = LiveCall(call_sid)
        call.asks_again_by_s = None
        call.on_hold = False
        return call

    def feed(self, call: LiveCall, event: CallLifeEvent) -> tuple[CallAct, ...]:
        """Move a call on; one that has ended leaves the live ones. The other acts are returned."""
        acts = call.feed(event)
        unasked = call.asks_again_by_s is None and call.line_end is not LineEnd.CALLER
        if CallAct.DECIDE in acts and unasked:
            call.asks_again_by_s = self._clock.monotonic() + ANSWERING_S
        if CallAct.REMEMBER in acts or CallAct.FORGET in acts:
            del self._live[call.call_sid]
        if CallAct.REMEMBER in acts:
            ended = EndedCall(call.outcome, call.line_end, call.asks_again_by_s)
            self._keep(call.call_sid, ended)
        return acts

    def _keep(self, call_sid: str, ended: EndedCall) -> None:
        self._ended.pop(call_sid, None)
        while len(self._ended) >= REMEMBERED:
            del self._ended[next(iter(self._ended))]
        self._ended[call_sid] = ended

    def asks_again(self, call_sid: str, by_s: float | None) -> None:
        """Until when the carrier will probably ask about a call; ``None``: no more, or unknown."""
        if (call := self._live.get(call_sid)) is not None:
            call.asks_again_by_s = by_s
        elif (ended := self._ended.get(call_sid)) is not None:
            ended.asks_again_by_s = by_s
        elif by_s is not None:
            self._keep(call_sid, EndedCall(asks_again_by_s=by_s))

    def last_end(self, call_sid: str) -> LineEnd | None:
        """How the last line of a call that is over ended; ``None`` when unknown here."""
        if (call := self._live.get(call_sid)) is not None:
            return None if call.outcome is None else call.line_end
        ended = self._ended.get(call_sid)
        return None if ended is None else ended.line_end

    @property
    def talking(self) -> int:
        """Calls on their lines."""
        return sum(call.stage in TALKING for call in self._live.values())

    @property
    def owed(self) -> list[CallId]:
        """Calls whose outcome is this worker's to write."""
        return [call.start.call_id for call in self._live.values() if call.start is not None]

    @property
    def waiting(self) -> int:
        """Places of calls that have been let in and have no line yet."""
        return sum(call.waiting for call in self._live.values())

    @property
    def all_is_said(self) -> bool:
        """No call is live, and the carrier has probably no more questions about any."""
        now_s = self._clock.monotonic()
        asked = (ended.asks_again_by_s for ended in self._ended.values())
        return not self._live and all(by_s is None or by_s <= now_s for by_s in asked)
