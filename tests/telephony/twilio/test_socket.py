from __future__ import annotations

import asyncio
import base64
import json

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType
from websockets.frames import Frame, Opcode

from telephony.token_gate import ticket_of
from telephony.twilio.codec import Decoder, Media
from telephony.twilio.link import BACKLOG_BYTES, TwilioLink, text_frame
from telephony.twilio.socket import FRAME_BYTES, CallAccepted, SocketLimits
from tests.support.present import present
from tests.telephony.edge import CALL, CLOSES, STREAM, mark, media, running, start
from tests.telephony.torture import torture
from voiceagent.core.wire import CarrierEvents, LineEnd
from voiceagent.errors import Unavailable

BEEP = base64.b64encode(b"\x7f" * 160).decode()
GONE = {1006, 1008}
"""A stranger's close, with or without having waited for its answer."""
POLICY_VIOLATION, GOING_ON, TOO_BIG, TRY_LATER = 1008, 1000, 1009, 1013


async def closed_with(ws: ClientWebSocketResponse) -> int | None:
    message = await asyncio.wait_for(ws.receive(), 5)
    assert message.type in CLOSES
    return ws.close_code


def below(ws: ClientWebSocketResponse) -> asyncio.Transport:
    return present(present(ws._response.connection).transport)


async def said(ws: ClientWebSocketResponse) -> str:
    return await asyncio.wait_for(ws.receive_str(), 5)


async def test_forged_start_without_token_is_refused_before_accept() -> None:
    async with running() as edge:
        assert await closed_with(await edge.dial(start(None))) == POLICY_VIOLATION
        assert not edge.accepted
        assert edge.counted == {"handshake.no_token": 1}


async def test_forged_token_is_refused_before_accept() -> None:
    async with running() as edge:
        edge.gate.issue(CALL)
        assert await closed_with(await edge.dial(start("A" * 22))) == POLICY_VIOLATION
        assert not edge.accepted
        assert edge.counted == {"handshake.token_wrong": 1}


async def test_used_token_is_refused_while_its_call_goes_on() -> None:
    async with running() as edge:
        token = edge.gate.issue(CALL)
        first = await edge.dial(start(token))
        await asyncio.wait_for(edge.opened.wait(), 5)
        assert await closed_with(await edge.dial(start(token))) == POLICY_VIOLATION
        await first.send_str(json.dumps(media(BEEP)))
        await edge.ears[0].until(1)
        assert len(edge.accepted) == 1
        assert edge.counted == {"handshake.token_unknown": 1}


async def test_expired_token_is_refused_before_accept() -> None:
    async with running() as edge:
        token = edge.gate.issue(CALL)
        edge.clock.advance(60)
        assert await closed_with(await edge.dial(start(token))) == POLICY_VIOLATION
        assert not edge.accepted
        assert edge.counted == {"handshake.token_expired": 1}
        assert edge.unclaimed == [CALL]


async def test_wrong_account_is_refused_before_accept() -> None:
    async with running() as edge:
        forged = start(edge.gate.issue(CALL), accountSid="AC" + "9" * 32)
        assert await closed_with(await edge.dial(forged)) == POLICY_VIOLATION
        assert not edge.accepted
        assert edge.counted == {"handshake.wrong_account": 1}


async def test_token_of_another_call_is_refused_before_accept() -> None:
    async with running() as edge:
        forged = start(edge.gate.issue(CALL), callSid="CA" + "8" * 32)
        assert await closed_with(await edge.dial(forged)) == POLICY_VIOLATION
        assert not edge.accepted


async def test_sound_we_cannot_decode_is_refused_before_accept() -> None:
    async with running() as edge:
        wide = {"encoding": "audio/x-mulaw", "sampleRate": 16000, "channels": 1}
        refused = start(edge.gate.issue(CALL), mediaFormat=wide)
        assert await closed_with(await edge.dial(refused)) == POLICY_VIOLATION
        assert not edge.accepted


@pytest.mark.parametrize("spoken", ["nothing", "noise"])
async def test_no_start_in_time_is_refused(spoken: str) -> None:
    async with running(limits=SocketLimits(handshake_s=0.05)) as edge:
        ws = await edge.dial()
        if spoken == "noise":
            await ws.send_str("[]")
        assert await closed_with(ws) == POLICY_VIOLATION
        assert not edge.accepted
        assert edge.counted["handshake.too_late"] == 1


@pytest.mark.parametrize("limits", [(8, 2), (2, 8)])
async def test_of_strangers_who_wait_the_oldest_goes_first(limits: tuple[int, int]) -> None:
    most, per_address = limits
    sizes = SocketLimits(lobby=most, lobby_per_address=per_address)
    async with running(limits=sizes) as edge:
        first, second = await edge.dial(), await edge.dial()
        third = await edge.dial()
        assert await closed_with(first) == POLICY_VIOLATION
        await second.send_str(json.dumps(start(edge.gate.issue(CALL))))
        await asyncio.wait_for(edge.opened.wait(), 5)
        fourth = await edge.dial()
        assert edge.counted == {"lobby.dropped": 1, "handshake.too_late": 1}
        await asyncio.sleep(0)
        assert not third.closed
        assert not fourth.closed


async def test_an_announced_call_finds_its_place_whoever_waits() -> None:
    """However many strangers come after it, from its own address, it is not sent away."""
    limits = SocketLimits(lobby=4, lobby_per_address=2)
    async with running(limits=limits) as edge:
        token = edge.gate.issue(CALL)
        announced = await edge.dial(path=f"/media/{ticket_of(token)}")
        strangers = [await edge.dial() for _ in range(20)]
        await announced.send_str(json.dumps(start(token)))
        await asyncio.wait_for(edge.opened.wait(), 5)
        assert len(edge.accepted) == 1
        for stranger in strangers[:-2]:
            assert await closed_with(stranger) in GONE


async def test_a_ticket_keeps_one_place_and_opens_nothing() -> None:
    limits = SocketLimits(lobby=1, lobby_per_address=1)
    async with running(limits=limits) as edge:
        token = edge.gate.issue(CALL)
        path = f"/media/{ticket_of(token)}"
        announced = await edge.dial(path=path)
        copies = [await edge.dial(path=path) for _ in range(3)]
        for copy in copies[:-1]:
            assert await closed_with(copy) in GONE
        assert await closed_with(await edge.dial(start(ticket_of(token)), path=path)) == (
            POLICY_VIOLATION
        )
        assert not edge.accepted
        await announced.send_str(json.dumps(start(token)))
        await asyncio.wait_for(edge.opened.wait(), 5)


async def test_a_stranger_who_says_nothing_is_not_waited_for_at_the_end() -> None:
    """It does not answer our close either; the socket is gone all the same."""
    async with running(limits=SocketLimits(handshake_s=0.05, close_s=5.0)) as edge:
        ws = await edge.dial()
        transport = below(ws)
        transport.pause_reading()  # nor does it hear of our close, so it cannot answer
        runner = edge.client.server.runner
        assert runner is not None
        assert runner.server is not None
        async with asyncio.timeout(2):
            while runner.server.connections:  # noqa: ASYNC110 - aiohttp has no event for it
                await asyncio.sleep(0.01)


async def test_a_plain_request_to_the_socket_is_a_bad_request() -> None:
    async with running() as edge:
        assert (await edge.client.get("/media")).status == 400
        assert not edge.accepted


async def test_torture_mid_call_leaves_the_call_alive_and_audible() -> None:
    async with running() as edge:
        ws, ear, accepted = await edge.live()
        cases = torture(STREAM, CALL.call_sid)
        for number, case in enumerate(cases):
            kind = WSMsgType.BINARY if case.binary else WSMsgType.TEXT
            await ws.send_frame(case.frame, kind)
            await ws.send_str(json.dumps(media(BEEP, chunk=number + 1)))
        await ear.until(len(cases))
        assert ear.heard == [
            ("audio", b"\x7f" * 160, 20, number + 1) for number in range(len(cases))
        ]
        expected: dict[str, int] = {}
        for case in cases:
            expected[f"media.{case.fault}"] = expected.get(f"media.{case.fault}", 0) + 1
        assert edge.counted == expected
        assert {error.code for error in edge.warnings} == {"media.dropped"}
        assert len(edge.warnings) == 1 + len(cases) // 100
        accepted.link.send_audio(b"\x01\x02")
        assert Decoder().decode(await said(ws)) == Media(b"\x01\x02")
        assert not ear.ended
        assert len(edge.accepted) == 1


async def test_a_second_start_or_connected_changes_nothing() -> None:
    async with running() as edge:
        ws, ear, _ = await edge.live()
        await ws.send_str(json.dumps(start(edge.gate.issue(CALL))))
        await ws.send_str('{"event":"connected","protocol":"Call","version":"1.0.0"}')
        await ws.send_str(json.dumps(media(BEEP)))
        await ear.until(1)
        assert len(edge.accepted) == 1
        assert edge.counted == {
            "handshake.dropped_start": 1,
            "handshake.dropped_connected": 1,
        }


async def test_a_frame_beyond_all_measure_closes_the_socket() -> None:
    async with running() as edge:
        ws, ear, _ = await edge.live()
        await ws.send_str("x" * (FRAME_BYTES + 1))
        assert await closed_with(ws) == TOO_BIG
        assert await ear.end() is LineEnd.CALLER


async def test_events_reach_the_media_plane() -> None:
    async with running() as edge:
        ws, ear, accepted = await edge.live()
        assert (accepted.call, accepted.stream_sid) == (CALL, STREAM)
        await ws.send_str(json.dumps(media(BEEP, chunk=7)))
        await ws.send_str(json.dumps(mark("m1")))
        key = {"event": "dtmf", "streamSid": STREAM, "dtmf": {"digit": "#"}}
        await ws.send_str(json.dumps(key))
        await ear.until(3)
        assert ear.heard == [("audio", b"\x7f" * 160, 20, 7), ("mark", "m1"), ("key", "#")]


async def test_what_we_send_arrives_in_order() -> None:
    async with running() as edge:
        ws, _, accepted = await edge.live()
        accepted.link.send_audio(b"")
        accepted.link.send_audio(b"\x00" * 20_000)
        accepted.link.send_mark("m1")
        accepted.link.send_clear()
        sent = [json.loads(await said(ws)) for _ in range(3)]
        assert [message["event"] for message in sent] == ["media", "mark", "clear"]
        assert all(message["streamSid"] == STREAM for message in sent)
        assert base64.b64decode(sent[0]["media"]["payload"]) == b"\x00" * 20_000


@pytest.mark.parametrize("how", ["stop", "close", "abort"])
async def test_the_caller_leaves(how: str) -> None:
    async with running() as edge:
        ws, ear, accepted = await edge.live()
        if how == "stop":
            await ws.send_str(json.dumps({"event": "stop", "streamSid": STREAM}))
        elif how == "close":
            await ws.close()
        else:
            below(ws).abort()
        assert await ear.end() is LineEnd.CALLER
        accepted.link.send_audio(b"\x00")
        accepted.link.send_clear()
        accepted.link.close()
        assert ear.ended == [LineEnd.CALLER]


async def test_we_leave_after_what_was_said_is_sent() -> None:
    async with running() as edge:
        ws, ear, accepted = await edge.live()
        accepted.link.send_audio(b"\x05")
        accepted.link.close()
        accepted.link.close()
        accepted.link.send_audio(b"\x06")
        assert Decoder().decode(await said(ws)) == Media(b"\x05")
        assert await closed_with(ws) == GOING_ON
        assert await ear.end() is LineEnd.AGENT
        assert ear.ended == [LineEnd.AGENT]


async def test_a_link_closed_while_the_call_opens_ends_it() -> None:
    async with running() as edge:

        async def hasty(accepted: CallAccepted) -> CarrierEvents:
            accepted.link.close()
            return await edge.open_ear(accepted)

        edge.override_accept = hasty
        ws = await edge.dial(start(edge.gate.issue(CALL)))
        assert await closed_with(ws) == GOING_ON
        assert edge.ears[0].ended == [LineEnd.AGENT]


async def test_a_call_that_cannot_be_opened_sends_the_carrier_on() -> None:
    async with running() as edge:
        edge.accept_error = Unavailable("store.down", "No database.")
        ws = await edge.dial(start(edge.gate.issue(CALL)))
        assert await closed_with(ws) == TRY_LATER
        assert edge.counted == {"accept.store.down": 1}


async def test_a_call_that_takes_too_long_to_open_sends_the_carrier_on() -> None:
    async with running(limits=SocketLimits(accept_s=0.02)) as edge:

        async def never(_accepted: CallAccepted) -> CarrierEvents:
            await asyncio.Event().wait()
            raise AssertionError("nobody sets it")

        edge.override_accept = never
        ws = await edge.dial(start(edge.gate.issue(CALL)))
        assert await closed_with(ws) == TRY_LATER
        assert edge.counted == {"accept.timeout": 1}


async def test_a_bug_in_the_media_plane_is_a_failed_line() -> None:
    async with running() as edge:
        ws, ear, _ = await edge.live()
        ear.fails = True
        await ws.send_str(json.dumps(media(BEEP)))
        assert await ear.end() is LineEnd.FAILED
        assert ear.ended == [LineEnd.FAILED]


async def test_a_mark_goes_out_with_its_sound_and_behind_it() -> None:
    async with running() as edge:
        ws, _, accepted = await edge.live()
        accepted.link.send_audio(b"\x7f\x7f", "0.1")
        sound, mark = [json.loads((await ws.receive()).data) for _ in range(2)]
        assert (sound["event"], sound["media"]["payload"]) == ("media", "f38=")
        assert (mark["event"], mark["mark"]["name"]) == ("mark", "0.1")


async def test_a_carrier_that_does_not_read_costs_sound_and_no_memory() -> None:
    async with running() as edge:
        ws, ear, accepted = await edge.live()
        assert isinstance(accepted.link, TwilioLink)
        deaf = below(ws)
        deaf.pause_reading()
        second = b"\x00" * 8000
        for _ in range(2000):
            accepted.link.send_audio(second)
            if edge.counted["link.backlog"] >= 150:
                break
            await asyncio.sleep(0)
        assert edge.counted["link.backlog"] == 150
        backlog = accepted.link._transport.get_write_buffer_size()
        assert 0 < backlog <= BACKLOG_BYTES
        accepted.link.send_clear()
        assert accepted.link._transport.get_write_buffer_size() > backlog
        assert [error.code for error in edge.warnings] == ["link.backlog", "link.backlog"]
        cleared = accepted.link._transport.get_write_buffer_size()
        accepted.link.send_audio(second, "7.1")  # its sound is dropped, its mark is not
        assert edge.counted["link.backlog"] == 151
        assert 0 < accepted.link._transport.get_write_buffer_size() - cleared < 200
        await ws.send_str(json.dumps(media(BEEP)))
        await ear.until(1)
        assert not ear.ended
        deaf.abort()


async def test_two_calls_share_nothing() -> None:
    async with running() as edge:
        one, ear_one, _ = await edge.live()
        two, ear_two, _ = await edge.live()
        await one.send_str(json.dumps(mark("one")))
        await two.send_str(json.dumps(mark("two")))
        await ear_one.until(1)
        await ear_two.until(1)
        assert (ear_one.heard, ear_two.heard) == ([("mark", "one")], [("mark", "two")])


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 4000, 65535])
def test_our_frames_are_those_of_another_implementation(size: int) -> None:
    message = b"x" * size
    assert text_frame(message) == Frame(Opcode.TEXT, message).serialize(mask=False)
