"""Time as a dependency.

Nothing in the engine reads the system clock except `SystemClock`. `now()` is the business's wall
clock (what "tonight" means), `monotonic()` measures durations; the two are never mixed.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> datetime:
        """Aware wall-clock time in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary origin; never goes backwards."""
        ...


class SystemClock:
    """The machine's clock, optionally started at another moment.

    Args:
        start: aware time that `now()` returns at construction; ``None`` is the real time. The
            shifted clock then runs at real speed, so a Friday night can be played on any day.
        at: the real moment, aware, at which it was `start`; ``None`` is this one. Processes that
            share a database share it, else a later one would be behind what an earlier one wrote.
    """

    def __init__(self, start: datetime | None = None, at: datetime | None = None) -> None:
        if (start is not None and start.tzinfo is None) or (at is not None and at.tzinfo is None):
            raise ValueError("the clock needs aware times")
        real = at or datetime.now(UTC)
        self.offset: timedelta = timedelta() if start is None else start.astimezone(UTC) - real

    def now(self) -> datetime:
        """Aware wall-clock time in UTC, shifted by `offset`."""
        return datetime.now(UTC) + self.offset

    def monotonic(self) -> float:
        """`time.monotonic()`."""
        return time.monotonic()


class ManualClock:
    """A clock that moves only when told to; for tests and offline replay.

    Args:
        start: aware time of the first `now()`.
    """

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("the clock needs an aware start time")
        self._now = start.astimezone(UTC)
        self._monotonic = 0.0

    def now(self) -> datetime:
        """The time it was last moved to."""
        return self._now

    def monotonic(self) -> float:
        """Seconds it was advanced since construction."""
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Move both readings forward by `seconds` (>= 0)."""
        if seconds < 0:
            raise ValueError("time does not run backwards")
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds
