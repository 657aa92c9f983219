"""The live calls of a worker, for whoever watches them. No network, no clock of its own.

One bounded ring a call, kept from the moment that somebody asks for it. Readers hold a number, not
a buffer: who reads too slowly finds that the ring has gone on, and is told how much they missed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

from voiceagent.app.ops.wall import Wall
from voiceagent.core.clock import SystemClock
from voiceagent.errors import CallerFixable, Unavailable
from voiceagent.ports.live import CallOver, LiveEvent, Missed, NumberedEvent

KEPT: Final = 256
"""Events of a call that may be read late: about a minute of one that is spoken in."""

CALLS: Final = 2048
"""Calls that are known; the one that rang longest ago is forgotten first."""

READERS: Final = 32
"""Who may follow calls of one worker at a time."""

QUIET_S: Final = 1.0
"""How long a reader waits for an event before it is told that there is none."""


class _Told:
    """One call: a `CallTeller`."""

    def __init__(self, kept: int, glance: Callable[[LiveEvent], None]) -> None:
        self._glance = glance
        self.followed = False
        self.over = False
        self._ring: deque[LiveEvent] = deque(maxlen=kept)
        self._newest = 0
        self._more = asyncio.Event()

    def tell(self, event: LiveEvent) -> None:
        """See `CallTeller`."""
        self.over = self.over or isinstance(event, CallOver)
        self._glance(event)
        if not self.followed and not self.over:
            return  # its end is kept for whoever asks too late to hear it
        self._ring.append(event)
        self._newest += 1
        self._more.set()
        self._more = asyncio.Event()

    def known(self, number: int) -> int:
        """Where a reader goes on; a number that is still to come is of another worker's call."""
        return number if number <= self._newest else 0

    async def read(self, after: int, quiet_s: float) -> AsyncIterator[NumberedEvent | None]:
        """See `LiveCalls.follow`."""
        while True:
            more = self._more
            missed = self._newest - len(self._ring) - after
            if missed > 0:
                after += missed
                yield NumberedEvent(after, Missed(missed))
            elif after < self._newest:
                after += 1
                yield NumberedEvent(after, self._ring[after - self._newest - 1])
            elif self.over:
                return
            else:
                try:
                    async with asyncio.timeout(quiet_s):
                        await more.wait()
                except TimeoutError:
                    yield None


class LiveFeed:
    """`CallTellers` and `LiveCalls`; `wall` is `LiveGlances`.

    Args:
        kept: events of one call that may be read late.
        calls: calls that are known.
        readers: who may follow at one time.
        quiet_s: how long a reader waits before it is told that there is nothing.
        monotonic: seconds of a clock that never goes back.
    """

    def __init__(
        self,
        *,
        kept: int = KEPT,
        calls: int = CALLS,
        readers: int = READERS,
        quiet_s: float = QUIET_S,
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        self._kept = kept
        self._most = calls
        self._readers = readers
        self._quiet_s = quiet_s
        self.wall = Wall(monotonic or SystemClock().monotonic)
        self._reading = 0
        self._calls: dict[str, _Told] = {}

    def of(self, call_sid: str) -> _Told:
        """See `CallTellers`."""
        if (told := self._calls.get(call_sid)) is None:
            while len(self._calls) >= self._most:
                del self._calls[next(iter(self._calls))]
            told = self._calls[call_sid] = _Told(self._kept, partial(self.wall.take, call_sid))
        return told

    @contextmanager
    def follow(self, call_sid: str, *, after: int) -> Iterator[AsyncIterator[NumberedEvent | None]]:
        """See `LiveCalls`."""
        if (told := self._calls.get(call_sid)) is None:
            raise CallerFixable("live.unknown", "No such call has rung here.")
        if self._reading >= self._readers:
            raise Unavailable("live.crowded", "Too many watch calls already.", retry_after_s=5.0)
        told.followed = True
        self._reading += 1
        try:
            yield told.read(told.known(after), self._quiet_s)
        finally:
            self._reading -= 1
