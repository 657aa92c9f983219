"""How a line ends: once, with everybody told, whatever is broken, and by its own fault only."""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar, TypeVarTuple

from voiceagent.core.clock import Clock
from voiceagent.core.turns.table import TurnEvent, TurnTaking
from voiceagent.core.wire import CarrierLink, LineEnd, LineListener
from voiceagent.media.endpointing import EndpointDetector
from voiceagent.media.pacer import Pacer

_log = logging.getLogger(__name__)

Answer = TypeVar("Answer")
Args = TypeVarTuple("Args")


class LineFault(StrEnum):
    """Where the work for one line failed. It is that line's end, and no other's."""

    INBOUND = "inbound"
    """Taking a packet in."""
    WINDOW = "window"
    """Preparing its sound for the voice model."""
    MODEL = "model"
    """The voice model, asked about this line alone."""
    STEP = "step"
    """Everything else: sending, turn-taking, telling the control plane."""


class LineGuard:
    """Keeps one line's faults to that line, and closes it.

    Args:
        link: the carrier's socket.
        listener: the control plane.
        clock: for the moment of the end.
    """

    turns: TurnTaking
    pacer: Pacer
    endpoint: EndpointDetector

    def __init__(self, link: CarrierLink, listener: LineListener, clock: Clock) -> None:
        self._link = link
        self._listener = listener
        self._clock = clock
        self.end: LineEnd | None = None
        """Why it closed; ``None`` while it is open."""
        self.fault: LineFault | None = None
        """What failed, when that is why it closed."""

    def on_closed(self, reason: LineEnd) -> None:
        """The carrier's connection is gone."""
        self._finish(reason)

    def close(self, reason: LineEnd = LineEnd.AGENT) -> None:
        """Close now, whatever is being said."""
        self._finish(reason, self._link)

    def guarded(self, step: Callable[[*Args], None], *args: *Args) -> None:
        """Run a step; if it fails, this line fails, and no other."""
        if self.end is not None:
            return
        try:
            step(*args)
        except Exception as error:  # noqa: BLE001 - whatever it was, it must not hurt other calls
            self.fail(error)

    def fail(self, error: Exception, fault: LineFault = LineFault.STEP) -> None:
        """Give the line up; logged once, by code."""
        if self.end is None:
            self.fault = fault
            _log.error("line.failed: %s", fault, exc_info=error)
            self.close(LineEnd.FAILED)

    def _finish(self, reason: LineEnd, link: CarrierLink | None = None) -> None:
        """Close once. Each step is taken although another has failed, and what failed is logged."""
        if self.end is not None:
            return
        self.end = reason
        self.turns.feed(TurnEvent.CLOSED)
        now_s = self._clock.monotonic()
        heard = _tried(lambda: self.pacer.playout.clear(now_s), "position_lost")
        _tried(self.endpoint.withdraw, "question_failed")
        if link is not None:
            _tried(link.close, "close_failed")
        _tried(lambda: self._listener.closed(reason, heard), "listener_failed")


def _tried(step: Callable[[], Answer], code: str) -> Answer | None:
    try:
        return step()
    except Exception as error:  # noqa: BLE001 - the line must close whatever is broken
        _log.error("line.end_failed: %s", code, exc_info=error)
        return None
