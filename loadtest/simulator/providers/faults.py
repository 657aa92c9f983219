"""What goes wrong with an emulated provider: a script of faults by name, moment and count.

Interface, shared by all emulators:

    faults = FaultScript([ProviderFault(FaultName.RATE_LIMITED, wait_s=2.0),
                          ProviderFault(FaultName.RESET, FaultMoment.MID_STREAM, after=3, times=2)])
    faults.add(ProviderFault(FaultName.HALF_OPEN))        # also while calls are served
    fault = faults.take(FaultMoment.CONNECT)              # uses one of its times up, or is None
    if fault is not None:
        await on_the_socket(fault, request.transport, sleep)

An emulator calls `take` once at each moment of each request (of an HTTP request, or of one stream
over a WebSocket). What came out is one of three kinds:

* a fault *of the socket* (`FaultName.of_the_socket`): `on_the_socket` performs it. It returns when
  the answer goes on (after a wait) and raises `ConnectionGone` when there is nothing more to say.
* a fault *in words* (`FaultName.in_words`): the provider says it in its own form, so each emulator
  does: 401, 429 with Retry-After, 500, or a success with nothing in it. At FIRST_BYTE and
  MID_STREAM, where a status was sent already, it is the provider's error message in the stream.
* DRIBBLE: from here on the emulator sends the smallest pieces its wire has, each after
  ``sleep(fault.wait_s)``; `crumbs` cuts bytes up.

When exactly the moments are depends on the wire:

* CONNECT: an HTTP request's or an upgrade's head is in, nothing was answered.
* FIRST_BYTE: what was asked is known, and what would come next is the first piece of the answer.
* MID_STREAM: `after` pieces of the answer were sent.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from loadtest.simulator.providers.latency import Sleep


class FaultName(StrEnum):
    """The ten faults."""

    REFUSE = "refuse"
    """The connection is closed before a byte was answered. (A port where nobody listens is a
    stopped emulator.)"""
    UNAUTHORIZED = "unauthorized"
    """401: the key is wrong."""
    RATE_LIMITED = "rate_limited"
    """429; Retry-After is `wait_s`."""
    SERVER_ERROR = "server_error"
    """500."""
    SLOW_FIRST_BYTE = "slow_first_byte"
    """`wait_s` of silence, then everything as it should be."""
    STALL_MID_STREAM = "stall_mid_stream"
    """Silence without end; the connection is alive."""
    DRIBBLE = "dribble"
    """The smallest pieces there are, `wait_s` before each."""
    HALF_OPEN = "half_open"
    """Nothing is sent and nothing is read any more, as behind a router that lost its table."""
    RESET = "reset"
    """TCP reset."""
    EMPTY_SUCCESS = "empty_success"
    """All went well, and there is nothing in it."""

    @property
    def of_the_socket(self) -> bool:
        """Whether `on_the_socket` performs it."""
        return not self.in_words and self is not FaultName.DRIBBLE

    @property
    def in_words(self) -> bool:
        """Whether the provider says it, in its own form."""
        return self in _IN_WORDS


_IN_WORDS: Final = frozenset(
    {
        FaultName.UNAUTHORIZED,
        FaultName.RATE_LIMITED,
        FaultName.SERVER_ERROR,
        FaultName.EMPTY_SUCCESS,
    }
)


class FaultMoment(StrEnum):
    """When a fault strikes; see the module."""

    CONNECT = "connect"
    FIRST_BYTE = "first_byte"
    MID_STREAM = "mid_stream"


_USUAL: Final = {
    FaultName.SLOW_FIRST_BYTE: FaultMoment.FIRST_BYTE,
    FaultName.STALL_MID_STREAM: FaultMoment.MID_STREAM,
    FaultName.DRIBBLE: FaultMoment.FIRST_BYTE,
}


@dataclass(frozen=True, slots=True)
class ProviderFault:
    """One fault.

    Attributes:
        name: which.
        at: when; None is the moment it usually strikes at, CONNECT for most.
        times: requests that it strikes; None for all.
        after: pieces that are sent as they should be before it strikes, at MID_STREAM.
        of: which pieces count, by the wire's name for them; all of them when empty.
        wait_s: seconds, for those that wait, and of a Retry-After.
    """

    name: FaultName
    at: FaultMoment | None = None
    times: int | None = 1
    after: int = 1
    of: str = ""
    wait_s: float = 1.0

    @property
    def moment(self) -> FaultMoment:
        """When it strikes."""
        return self.at or _USUAL.get(self.name, FaultMoment.CONNECT)


class ConnectionGone(Exception):
    """Nothing more can be answered on this connection."""


@dataclass(slots=True)
class _Waiting:
    fault: ProviderFault
    left: int | None


@dataclass(slots=True)
class FaultScript:
    """The faults still to come, in order.

    Attributes:
        struck: those that were taken, oldest first.
    """

    faults: Iterable[ProviderFault] = ()
    struck: list[ProviderFault] = field(default_factory=list)
    _waiting: list[_Waiting] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        for fault in self.faults:
            self.add(fault)

    def add(self, fault: ProviderFault) -> None:
        """Lets one more happen, after those that are waiting."""
        self._waiting.append(_Waiting(fault, fault.times))

    def clear(self) -> None:
        """Lets nothing more happen."""
        self._waiting.clear()

    def take(self, at: FaultMoment) -> ProviderFault | None:
        """The first fault of that moment that has times left; one of them is used up."""
        for waiting in self._waiting:
            if waiting.fault.moment is at and waiting.left != 0:
                if waiting.left is not None:
                    waiting.left -= 1
                self.struck.append(waiting.fault)
                return waiting.fault
        return None


async def on_the_socket(
    fault: ProviderFault, transport: asyncio.BaseTransport | None, sleep: Sleep
) -> None:
    """Performs a fault of the socket.

    Returns when the answer goes on; STALL_MID_STREAM and HALF_OPEN last until the handler is
    cancelled, which the emulator does when it stops.

    Raises:
        ConnectionGone: the connection was closed under the answer.
        ValueError: the fault is not one of the socket.
    """
    match fault.name:
        case FaultName.REFUSE | FaultName.RESET:
            reset(transport)
            raise ConnectionGone
        case FaultName.SLOW_FIRST_BYTE:
            await sleep(fault.wait_s)
        case FaultName.STALL_MID_STREAM:
            await asyncio.Event().wait()
        case FaultName.HALF_OPEN:
            if isinstance(transport, asyncio.Transport) and transport.is_reading():
                transport.pause_reading()
            await asyncio.Event().wait()
        case _:
            raise ValueError(f"{fault.name} is not done to the socket")


def reset(transport: asyncio.BaseTransport | None) -> None:
    """Closes a connection with a TCP reset; what was not sent yet is thrown away."""
    if not isinstance(transport, asyncio.Transport) or transport.is_closing():
        return
    connection = transport.get_extra_info("socket")
    if connection is not None:
        # Linger for 0 s: closing sends RST in place of FIN (SO_LINGER, POSIX.1-2017).
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def crumbs(data: bytes, size: int = 1) -> Iterator[bytes]:
    """The bytes in pieces of `size`, for DRIBBLE."""
    for at in range(0, len(data), size):
        yield data[at : at + size]
