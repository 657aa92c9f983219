"""Who listens in on the live calls of a worker. The call gives its sound and waits for nobody."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from voiceagent.core.wire import BothSides
from voiceagent.errors import CallerFixable, Unavailable

WAITING_MOST: Final = 20
"""Pieces (of 100 ms) that wait for one who listens; then the oldest is lost to them."""

LISTENERS: Final = 16
"""Who may listen on one worker at a time."""


class Tapped(Protocol):
    """A call whose sound can be had: `media.call_tap.CallTap`."""

    def listen(self, listener: BothSides) -> None:
        """Give both sides to somebody from now on."""
        ...

    def leave(self, listener: BothSides) -> None:
        """Somebody listens no longer."""
        ...


class ListenerQueue:
    """One who listens (`BothSides`).

    Args:
        most: pieces that may wait.
    """

    def __init__(self, most: int) -> None:
        self._pieces: deque[bytes] = deque(maxlen=most)
        self._more = asyncio.Event()
        self._over = False

    def put(self, both: bytes) -> None:
        """See `BothSides`."""
        self._pieces.append(both)
        self._more.set()

    def over(self) -> None:
        """See `BothSides`."""
        self._over = True
        self._more.set()

    async def pieces(self) -> AsyncIterator[bytes]:
        """What comes, until the call is over."""
        while True:
            while self._pieces:
                yield self._pieces.popleft()
            if self._over:
                return
            self._more.clear()
            await self._more.wait()


class ListeningRoom:
    """The live calls of a worker, by CallSid (`ListensIn`).

    Args:
        listeners: who may listen at one time.
        waiting: pieces that may wait for each.
    """

    def __init__(self, *, listeners: int = LISTENERS, waiting: int = WAITING_MOST) -> None:
        self._calls: dict[str, Tapped] = {}
        self._most = listeners
        self._waiting = waiting
        self._listening = 0

    def add(self, call_sid: str, tapped: Tapped) -> None:
        """A call is on a line; the newest line of a call counts."""
        self._calls[call_sid] = tapped

    def remove(self, call_sid: str, tapped: Tapped) -> None:
        """It is not any more."""
        if self._calls.get(call_sid) is tapped:
            del self._calls[call_sid]

    @contextmanager
    def listen(self, call_sid: str) -> Iterator[AsyncIterator[bytes]]:
        """See `ListensIn`."""
        if (tapped := self._calls.get(call_sid)) is None:
            raise CallerFixable("listen.unknown", "This call is not on a line now.")
        if self._listening >= self._most:
            raise Unavailable("listen.crowded", "Too many listen already.", retry_after_s=5.0)
        ear = ListenerQueue(self._waiting)
        tapped.listen(ear)
        self._listening += 1
        try:
            yield ear.pieces()
        finally:
            self._listening -= 1
            tapped.leave(ear)
