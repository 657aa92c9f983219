"""Faults strike when and as often as the script says; a peer sees what they do to a socket."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from loadtest.simulator.providers.faults import (
    ConnectionGone,
    FaultMoment,
    FaultName,
    FaultScript,
    ProviderFault,
    crumbs,
    on_the_socket,
)


def test_every_fault_is_of_one_kind() -> None:
    for name in FaultName:
        assert [name.of_the_socket, name.in_words, name is FaultName.DRIBBLE].count(True) == 1


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        (FaultName.REFUSE, FaultMoment.CONNECT),
        (FaultName.UNAUTHORIZED, FaultMoment.CONNECT),
        (FaultName.RATE_LIMITED, FaultMoment.CONNECT),
        (FaultName.SERVER_ERROR, FaultMoment.CONNECT),
        (FaultName.SLOW_FIRST_BYTE, FaultMoment.FIRST_BYTE),
        (FaultName.STALL_MID_STREAM, FaultMoment.MID_STREAM),
        (FaultName.DRIBBLE, FaultMoment.FIRST_BYTE),
        (FaultName.HALF_OPEN, FaultMoment.CONNECT),
        (FaultName.RESET, FaultMoment.CONNECT),
        (FaultName.EMPTY_SUCCESS, FaultMoment.CONNECT),
    ],
)
def test_a_fault_has_a_usual_moment_and_any_other_that_is_asked_for(
    name: FaultName, moment: FaultMoment
) -> None:
    assert ProviderFault(name).moment is moment
    for other in FaultMoment:
        assert ProviderFault(name, other).moment is other


def test_a_fault_strikes_at_its_moment_and_so_many_times() -> None:
    twice = ProviderFault(FaultName.RESET, FaultMoment.FIRST_BYTE, times=2)
    script = FaultScript([twice])
    assert script.take(FaultMoment.CONNECT) is None
    assert [script.take(FaultMoment.FIRST_BYTE) for _ in range(3)] == [twice, twice, None]
    assert script.struck == [twice, twice]


def test_faults_of_a_moment_come_one_after_the_other_and_one_may_go_on_for_ever() -> None:
    once = ProviderFault(FaultName.SERVER_ERROR)
    always = ProviderFault(FaultName.RATE_LIMITED, times=None)
    script = FaultScript([once])
    script.add(always)
    assert [script.take(FaultMoment.CONNECT) for _ in range(4)] == [once, always, always, always]
    script.clear()
    assert script.take(FaultMoment.CONNECT) is None


def test_crumbs_are_all_of_it() -> None:
    assert list(crumbs(b"abcde", 2)) == [b"ab", b"cd", b"e"]


async def no_sleep(_: float) -> None: ...


def read_all(peer: socket.socket) -> None:
    while peer.recv(100):
        pass


class Wire(asyncio.Protocol):
    """One end of a connection; the other is `peer`."""

    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport


@pytest.fixture
async def wire() -> AsyncIterator[tuple[asyncio.Transport, socket.socket]]:
    """An emulator's end of a TCP connection, and the socket of its client."""
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", 0)) as door:
        peer = socket.create_connection(door.getsockname())
        accepted, _ = door.accept()
    _, protocol = await loop.connect_accepted_socket(Wire, accepted)
    yield protocol.transport, peer
    protocol.transport.abort()
    peer.close()
    await asyncio.sleep(0)


@pytest.mark.parametrize("name", [FaultName.REFUSE, FaultName.RESET])
async def test_a_reset_is_a_reset(
    name: FaultName, wire: tuple[asyncio.Transport, socket.socket]
) -> None:
    transport, peer = wire
    transport.write(b"some of it")
    with pytest.raises(ConnectionGone):
        await on_the_socket(ProviderFault(name), transport, no_sleep)
    await asyncio.sleep(0)
    with pytest.raises(ConnectionResetError):
        read_all(peer)
    with pytest.raises(ConnectionGone):  # closed already: nothing happens but the end
        await on_the_socket(ProviderFault(name), transport, no_sleep)


async def test_a_slow_first_byte_waits_and_goes_on(
    wire: tuple[asyncio.Transport, socket.socket],
) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    await on_the_socket(ProviderFault(FaultName.SLOW_FIRST_BYTE, wait_s=3.5), wire[0], sleep)
    assert waits == [3.5]
    assert not wire[0].is_closing()


@pytest.mark.parametrize(
    ("name", "reads"), [(FaultName.STALL_MID_STREAM, True), (FaultName.HALF_OPEN, False)]
)
async def test_silence_has_no_end_and_a_half_open_peer_reads_no_more(
    name: FaultName, reads: bool, wire: tuple[asyncio.Transport, socket.socket]
) -> None:
    transport, _ = wire
    async with asyncio.TaskGroup() as tasks:
        silence = tasks.create_task(on_the_socket(ProviderFault(name), transport, no_sleep))
        for _ in range(10):
            await asyncio.sleep(0)
        assert not silence.done()
        assert transport.is_reading() is reads
        assert not transport.is_closing()
        silence.cancel()


async def test_words_are_not_done_to_the_socket() -> None:
    for name in FaultName:
        if not name.of_the_socket:
            with pytest.raises(ValueError, match=name.value):
                await on_the_socket(ProviderFault(name), None, no_sleep)
