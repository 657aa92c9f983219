"""Where media sockets wait until their `start` is believed.

A socket that has rung is expected: the path that its webhook was given carries a ticket, and while
that call's token is good the socket waits in a place of its own, whoever else is there. Everybody
else is a stranger. Strangers share a bounded number of places, in all and per address (behind a
proxy all have the proxy's); when there are no more, the one that has waited longest goes, as a
carrier says `start` at once. So strangers crowd out each other and never an announced call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Announced = Callable[[str], bool]
"""Whether a ticket belongs to a call that has rung and has not connected; see `TokenGate`."""


def nobody(ticket: str) -> bool:  # noqa: ARG001 - an `Announced`
    """No call was announced."""
    return False


class Seat:
    """One waiting socket. `dropped` when its place was given to another."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.dropped = False
        self._waiting: asyncio.Timeout | None = None

    def waits(self, timeout: asyncio.Timeout) -> None:
        """The socket now waits within `timeout`; a seat that was dropped waits no more."""
        self._waiting = timeout
        if self.dropped:
            self.drop()

    def drop(self) -> None:
        """Give the place up: the wait is over now."""
        self.dropped = True
        if self._waiting is not None and not self._waiting.expired():
            self._waiting.reschedule(asyncio.get_running_loop().time())


class Lobby:
    """The places.

    Args:
        most: strangers at one time.
        most_per_address: of them from one address.
        announced: knows the tickets.
        dropped: told of each stranger that had to go.
    """

    def __init__(
        self,
        most: int,
        most_per_address: int,
        *,
        announced: Announced = nobody,
        dropped: Callable[[], None] = lambda: None,
    ) -> None:
        self._most = most
        self._most_per_address = most_per_address
        self._announced = announced
        self._on_dropped = dropped
        self._strangers: list[Seat] = []
        self._tickets: set[str] = set()

    @contextmanager
    def seat(self, address: str, ticket: str) -> Iterator[Seat]:
        """A place for the block. A ticket is good for one socket at a time."""
        seat = Seat(address)
        if ticket and ticket not in self._tickets and self._announced(ticket):
            self._tickets.add(ticket)
            try:
                yield seat
            finally:
                self._tickets.discard(ticket)
            return
        self._make_room(address)
        self._strangers.append(seat)
        try:
            yield seat
        finally:
            if seat in self._strangers:
                self._strangers.remove(seat)

    def _make_room(self, address: str) -> None:
        """Send away whoever has waited longest, of this address first."""
        same = [seat for seat in self._strangers if seat.address == address]
        if len(same) >= self._most_per_address:
            oldest = same[0]
        elif len(self._strangers) >= self._most:
            oldest = self._strangers[0]
        else:
            return
        self._strangers.remove(oldest)
        oldest.drop()
        self._on_dropped()
