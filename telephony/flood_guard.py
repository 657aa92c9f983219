"""How much a media socket may send before it is cut off: frames and bytes, as they are read.

A carrier sends fifty messages a second and call, hardly ever a ping, and two short messages before
it is believed. Whoever sends a hundred times that costs the calls beside it their sound, whatever
it says; so it is counted by the heads of its frames, before anything is parsed or queued, and past
its allowance the connection is gone. What a stall has held up is no flood (`Allowance`).

Three allowances: a socket's own while it is a stranger, a socket's own once it is believed, and one
of an address, which its strangers share. A stranger's first few frames are not counted against its
address: behind a proxy all have the same one, and a call must come in beside a flood.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from voiceagent.core.audio.allowance import Allowance, Rate

_KB: Final = 1024
_MB: Final = 1024 * _KB


class Flood(StrEnum):
    """Of what there was too much; the code it is counted under."""

    CONTROL = "flood.control"
    """Pings and pongs (RFC 6455, 5.5)."""
    MESSAGES = "flood.messages"
    """Text, binary frames and fragments of them."""
    BYTES = "flood.bytes"
    TOO_SOON = "flood.too_soon"
    """Frames sent before the upgrade was answered (RFC 6455, 4.1)."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Frames and bytes: by the second for good, and at once."""

    control: Rate
    messages: Rate
    size: Rate


@dataclass(frozen=True, slots=True)
class FloodBounds:
    """What may be sent.

    `stranger`: by a socket until its `start` is believed · `call`: by one that is; ten times real
    time in frames of 20 ms is let through, and bounded where sound is judged
    (`media.inbound_audio`) · `address`: by the strangers of one address, beyond the first `free_*`
    of each of them.
    """

    stranger: Bounds = Bounds(Rate(2, 20), Rate(20, 256), Rate(64 * _KB, 512 * _KB))
    call: Bounds = Bounds(Rate(10, 100), Rate(1000, 4000), Rate(512 * _KB, 4 * _MB))
    address: Bounds = Bounds(Rate(50, 200), Rate(200, 2000), Rate(1 * _MB, 4 * _MB))
    free_control: int = 4
    free_messages: int = 16
    free_size: int = 16 * _KB


ADDRESSES: Final = 1024
"""Addresses remembered; those whose allowance is whole again are forgotten first."""


class _Allowances:
    """One of each kind."""

    __slots__ = ("control", "messages", "size")

    def __init__(self, bounds: Bounds, now_s: float) -> None:
        self.control = Allowance(bounds.control, now_s)
        self.messages = Allowance(bounds.messages, now_s)
        self.size = Allowance(bounds.size, now_s)

    def take(self, control: int, messages: int, size: int, now_s: float) -> Flood | None:
        if control and not self.control.take(control, now_s):
            return Flood.CONTROL
        if messages and not self.messages.take(messages, now_s):
            return Flood.MESSAGES
        if size and not self.size.take(size, now_s):
            return Flood.BYTES
        return None

    def full(self, now_s: float) -> bool:
        kinds = (self.control, self.messages, self.size)
        return all(kind.full(now_s) for kind in kinds)


class FloodGuard:
    """Of all media sockets of a worker.

    Args:
        monotonic: seconds of a clock that never goes back.
        bounds: see `FloodBounds`.
    """

    def __init__(self, monotonic: Callable[[], float], bounds: FloodBounds | None = None) -> None:
        self.monotonic = monotonic
        self.bounds = bounds or FloodBounds()
        self._addresses: dict[str, _Allowances] = {}

    def stranger(self, address: str) -> SocketGuard:
        """The account of a socket that has just come in."""
        return SocketGuard(self, address)

    def of_address(self, address: str, now_s: float) -> _Allowances:
        """What the strangers of an address have left."""
        found = self._addresses.get(address)
        if found is None:
            if len(self._addresses) >= ADDRESSES:
                self._forget(now_s)
            found = self._addresses[address] = _Allowances(self.bounds.address, now_s)
        return found

    def _forget(self, now_s: float) -> None:
        whole = [address for address, left in self._addresses.items() if left.full(now_s)]
        for address in whole or [next(iter(self._addresses))]:
            del self._addresses[address]


class SocketGuard:
    """The account of one socket. Made by `FloodGuard.stranger`."""

    def __init__(self, guard: FloodGuard, address: str) -> None:
        self._guard = guard
        self._address: str | None = address
        bounds = guard.bounds
        self._own = _Allowances(bounds.stranger, guard.monotonic())
        self._free = [bounds.free_control, bounds.free_messages, bounds.free_size]

    def believe(self) -> None:
        """It belongs to a call: from now on it has the allowance of one."""
        self._address = None
        self._own = _Allowances(self._guard.bounds.call, self._guard.monotonic())

    def spend(self, *, control: int = 0, messages: int = 0, size: int = 0) -> Flood | None:
        """Note what was read; of what there was too much, if there was.

        Args:
            control: pings and pongs.
            messages: other frames.
            size: bytes.
        """
        now_s = self._guard.monotonic()
        flood = self._own.take(control, messages, size, now_s)
        if flood is not None or self._address is None:
            return flood
        control, messages = self._beyond(0, control), self._beyond(1, messages)
        size = self._beyond(2, size)
        if not (control or messages or size):
            return None
        return self._guard.of_address(self._address, now_s).take(control, messages, size, now_s)

    def _beyond(self, kind: int, sent: int) -> int:
        """How much of it goes beyond what is free."""
        free = min(self._free[kind], sent)
        self._free[kind] -= free
        return sent - free
