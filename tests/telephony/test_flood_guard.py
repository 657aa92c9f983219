"""Floods end at the tap: counted by the heads of frames, per socket and per address."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType
from hypothesis import given, settings
from hypothesis import strategies as st

from telephony.flood_guard import ADDRESSES, Flood, FloodBounds, FloodGuard
from telephony.http_errors import Refused
from telephony.twilio.media_tap import GLANCE_BYTES, GLANCE_FRAMES, MediaTap
from telephony.twilio.socket import refuse_haste
from tests.telephony.edge import CALL, CLOSES, media, running, start
from tests.telephony.twilio.test_media_tap import Inner, frame
from voiceagent.core.wire import LineEnd

BEEP = base64.b64encode(b"\x7f" * 160).decode()
SOUND = frame(0x81, json.dumps(media(BEEP)).encode())
PING, PONG, CLOSE = frame(0x89, b""), frame(0x8A, b""), frame(0x88, b"")


class Wire:
    """A tap on a socket of a call or a stranger, in time of its own."""

    def __init__(self, guard: FloodGuard, *, address: str = "a", believed: bool = False) -> None:
        self.inner, self.cuts = Inner(), list[Flood]()
        account = guard.stranger(address)
        self.tap = MediaTap(self.inner, account, self.cuts.append)
        self.taken = 0
        if believed:
            account.believe()
            self.tap.open(self._take)

    def _take(self, _: bytes) -> bool:
        self.taken += 1
        return True


class Time:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.mark.parametrize(
    ("what", "flood", "most"),
    [
        (PING, Flood.CONTROL, 20),
        (PONG, Flood.CONTROL, 20),
        (frame(0x81, b""), Flood.MESSAGES, 256 + GLANCE_FRAMES),
        (frame(0x82, b""), Flood.MESSAGES, 256 + GLANCE_FRAMES),
        (frame(0x80, b""), Flood.MESSAGES, 256 + GLANCE_FRAMES),
        (frame(0x01, b"x"), Flood.MESSAGES, 256 + GLANCE_FRAMES),
        (frame(0x81, b"x" * 60_000), Flood.BYTES, 9),
        (frame(0x81, b"x" * 200_000), Flood.BYTES, 3),
    ],
)
@pytest.mark.parametrize("cut", [50, 65_536, 262_144])
def test_a_strangers_flood_reaches_aiohttp_to_its_bound_and_no_further(
    what: bytes, flood: Flood, most: int, cut: int
) -> None:
    wire = Wire(FloodGuard(Time()))
    stream = what * (2000 if len(what) < 100 else 20)
    for at in range(0, len(stream), cut):
        wire.tap.data_received(stream[at : at + cut])
    assert wire.cuts == [flood], "once"
    assert sum(map(len, wire.inner.got)) <= most * len(what) + GLANCE_BYTES
    assert wire.tap._begun == b""


@pytest.mark.parametrize("rate", [1, 10])
def test_a_call_at_up_to_ten_times_real_time_is_never_cut(rate: int) -> None:
    clock = Time()
    wire = Wire(FloodGuard(clock), believed=True)
    for _ in range(50 * 60):
        clock.now_s += 0.02
        wire.tap.data_received(SOUND * rate)
        if int(clock.now_s) % 20 == 0:
            clock.now_s += 0.02
            wire.tap.data_received(PING)
    assert wire.cuts == []
    assert wire.taken == 50 * 60 * rate


def test_a_call_at_a_hundred_times_real_time_is_cut_within_a_second() -> None:
    clock = Time()
    wire = Wire(FloodGuard(clock), believed=True)
    while not wire.cuts:
        clock.now_s += 0.02
        wire.tap.data_received(SOUND * 100)
    assert wire.cuts == [Flood.MESSAGES]
    assert clock.now_s <= 1.05


@pytest.mark.parametrize("stall_s", [11.0, 120.0, 900.0])
def test_what_a_stall_held_up_is_no_flood(stall_s: float) -> None:
    clock = Time()
    wire = Wire(FloodGuard(clock), believed=True)
    for _ in range(5):
        clock.now_s += stall_s
        held_up = SOUND * round(50 * stall_s)
        for at in range(0, len(held_up), 262_144):
            wire.tap.data_received(held_up[at : at + 262_144])
    assert wire.cuts == []
    assert wire.taken == 5 * round(50 * stall_s)


def test_strangers_of_one_address_share_and_another_address_does_not_notice() -> None:
    guard = FloodGuard(Time())
    wires = [Wire(guard) for _ in range(100)]
    for wire in wires:
        wire.tap.data_received(PING * 20)
    pings = sum(len(wire.inner.got) for wire in wires)
    bounds = FloodBounds()
    assert pings <= bounds.address.control.burst + len(wires) * bounds.free_control
    assert wires[-1].cuts == [Flood.CONTROL]
    other = Wire(guard, address="b")
    other.tap.data_received(PING * 20)
    assert other.cuts == []


def test_beside_a_flood_from_its_address_a_call_still_comes_in() -> None:
    guard = FloodGuard(Time())
    for _ in range(200):
        wire = Wire(guard)
        wire.tap.data_received(PING * 30)
        wire.tap.data_received(frame(0x81, b"x" * 100) * 300)
    caller = Wire(guard)
    caller.tap.data_received(frame(0x81, json.dumps(start("token")).encode()) * 2 + PING)
    assert caller.cuts == []
    assert len(caller.inner.got) == 3


def test_addresses_are_forgotten() -> None:
    clock = Time()
    guard = FloodGuard(clock)
    for number in range(5 * ADDRESSES):
        guard.stranger(str(number)).spend(control=10)
        clock.now_s += 0.001
    assert len(guard._addresses) <= ADDRESSES


@settings(max_examples=200, deadline=None)
@given(
    sent=st.lists(
        st.tuples(
            st.sampled_from([PING, PONG, frame(0x81, b"x"), frame(0x80, b"y"), b"\x81\xfe\xff"]),
            st.integers(1, 40),
            st.floats(0, 3),
        ),
        max_size=30,
    ),
    cuts=st.lists(st.integers(1, 300), min_size=1, max_size=10),
)
def test_whatever_comes_no_more_than_is_allowed_is_handed_on(
    sent: list[tuple[bytes, int, float]], cuts: list[int]
) -> None:
    clock = Time()
    bounds = FloodBounds()
    wire = Wire(FloodGuard(clock, bounds))
    for number, (what, times, gap_s) in enumerate(sent):
        clock.now_s += gap_s
        data, cut = what * times, cuts[number % len(cuts)]
        for at in range(0, len(data), cut):
            wire.tap.data_received(data[at : at + cut])
    pings = sum(got in (PING, PONG) for got in wire.inner.got)
    control = bounds.stranger.control
    assert pings <= control.burst + control.per_s * clock.now_s
    assert len(wire.cuts) <= 1


def test_closing_is_always_heard() -> None:
    wire = Wire(FloodGuard(Time()))
    wire.tap.data_received(PING * 20 + CLOSE)
    assert wire.inner.got[-1] == CLOSE
    assert wire.cuts == []


# Over real sockets.


async def gone(ws: ClientWebSocketResponse) -> None:
    while (await asyncio.wait_for(ws.receive(), 5)).type not in CLOSES | {WSMsgType.ERROR}:
        pass


Attack = Callable[[ClientWebSocketResponse], Awaitable[None]]


async def pings(ws: ClientWebSocketResponse) -> None:
    await raw(ws, frame(0x89, b"") * 50_000)


async def empty_texts(ws: ClientWebSocketResponse) -> None:
    await raw(ws, frame(0x81, b"") * 50_000)


MEGABYTE = b"\x81\xff" + (1_000_000).to_bytes(8) + b"\0\0\0\0" + b"x" * 1_000_000


async def megabytes(ws: ClientWebSocketResponse) -> None:
    for _ in range(20):
        await raw(ws, MEGABYTE)


async def raw(ws: ClientWebSocketResponse, data: bytes) -> None:
    connection = ws._response.connection
    if connection is not None and connection.transport is not None:
        connection.transport.write(data)
    await asyncio.sleep(0)


@pytest.mark.parametrize("attack", [pings, empty_texts, megabytes])
@pytest.mark.parametrize("believed", [False, True])
async def test_a_flood_ends_its_own_socket_and_no_other(attack: Attack, *, believed: bool) -> None:
    async with running() as edge:
        beside, ear, _ = await edge.live()
        bad = (await edge.live())[0] if believed else await edge.dial()
        began_s = time.process_time()
        await attack(bad)
        await gone(bad)
        assert time.process_time() - began_s < 2.0
        floods = [code for code in edge.counted.elements() if code.startswith("flood.")]
        if attack is not megabytes:  # the first of those closes the socket by itself (1009)
            expected: dict[Attack, Flood] = {pings: Flood.CONTROL, empty_texts: Flood.MESSAGES}
            assert floods == [expected[attack]]
        if believed:
            assert await edge.ears[1].end() is LineEnd.CALLER
        await beside.send_str(json.dumps(media(BEEP)))
        await ear.until(1)
        assert ear.ended == []


async def test_frames_before_the_answer_are_refused() -> None:
    async with running() as edge:
        port = edge.client.server.port
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        upgrade = (
            "GET /media HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        writer.write(upgrade.encode() + PING * 10_000)
        status = await asyncio.wait_for(reader.readline(), 5)
        writer.close()
        assert status.startswith(b"HTTP/1.1 400")
        assert edge.counted == {Flood.TOO_SOON: 1}
        ws = await edge.dial(start(edge.gate.issue(CALL)))
        await asyncio.wait_for(edge.opened.wait(), 5)
        assert not ws.closed


def test_where_aiohttp_keeps_early_frames_is_still_there() -> None:
    class Protocol:
        _message_tail = b"\x89\x80"

    with pytest.raises(Refused, match=Flood.TOO_SOON):
        refuse_haste(Protocol())
    refuse_haste(object())
