"""The REST side: what the engine may do to calls and messages."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import pytest

from loadtest.simulator.carrier import CarrierEmulator
from loadtest.simulator.report import CallReport, EndedBy
from loadtest.simulator.rest import FaultKind, RestFault
from loadtest.simulator.script import CallerScript, EndCall, Silence
from tests.loadtest.conftest import BUSINESS, CALLER, Engine, Peer, Rest, agent_audio, one_turn

Phone = Callable[..., Awaitable[CallReport]]
DIAL = "<Response><Dial><Number>+19375550199</Number></Dial></Response>"


def doing(*forms: dict[str, str], rest: Rest) -> Callable[[Peer], Awaitable[None]]:
    """Greets, then posts the forms to its own call, and listens until the stream ends."""

    async def talk(peer: Peer) -> None:
        async for message in peer.listen():
            if message["event"] == "start":
                await peer.media(agent_audio(100))
                for form in forms:
                    sid = peer.start["callSid"]
                    status, body = await rest.call("POST", f"Calls/{sid}.json", **form)
                    assert status == 200
                    assert body["sid"] == sid

    return talk


async def test_completing_a_call(engine: Engine, phone: Phone, rest: Rest) -> None:
    engine.talk = doing({"Status": "completed"}, rest=rest)
    report = await phone(one_turn())
    assert report.ended_by is EndedBy.AGENT
    assert engine.peers[0].messages[-1]["event"] == "stop"
    path = f"Calls/{report.call_sid}.json"
    status, body = await rest.call("GET", path)
    assert (status, body["status"], body["from"]) == (200, "completed", CALLER)
    status, body = await rest.call("POST", path, Status="completed")
    assert (status, body["code"]) == (400, 21220)


async def test_transfer(engine: Engine, phone: Phone, rest: Rest) -> None:
    engine.talk = doing({"Twiml": DIAL}, rest=rest)
    report = await phone(one_turn())
    assert report.ended_by is EndedBy.TRANSFERRED
    assert report.transfers == (DIAL,)
    assert engine.peers[0].messages[-1]["event"] == "stop"


async def test_transfer_by_url_and_back_to_the_agent(
    engine: Engine, phone: Phone, rest: Rest
) -> None:
    engine.answers["/handoff"] = DIAL

    async def talk(peer: Peer) -> None:
        first = len(engine.peers) == 1
        if first:
            await doing({"Url": f"{engine.url}/handoff"}, rest=rest)(peer)
            await asyncio.sleep(0.1)
            sid = peer.start["callSid"]
            await rest.call("POST", f"Calls/{sid}.json", Twiml=engine.connect())
        else:
            async for message in peer.listen():
                if message["event"] == "start":
                    await peer.media(agent_audio(100))

    engine.talk = talk
    report = await phone(CallerScript([EndCall(Silence(300))]), hold_s=2.0)
    assert report.ended_by is EndedBy.CALLER
    assert len(report.stream_sids) == 2
    assert report.transfers == (DIAL,)
    media = engine.peers[1].of("media")
    assert media[0]["media"]["chunk"] == "1"
    assert media[0]["media"]["timestamp"] == "0"


async def test_completing_a_call_right_after_transferring_it(
    engine: Engine, phone: Phone, rest: Rest
) -> None:
    engine.talk = doing({"Twiml": DIAL}, {"Status": "completed"}, rest=rest)
    report = await phone(one_turn(), hold_s=2.0)
    assert report.ended_by is EndedBy.AGENT
    assert report.duration_s < 1


async def test_bad_updates(engine: Engine, phone: Phone, rest: Rest) -> None:
    answers = []

    async def talk(peer: Peer) -> None:
        async for message in peer.listen():
            if message["event"] == "start":
                path = f"Calls/{peer.start['callSid']}.json"
                answers.append(await rest.call("POST", path, Twiml="<oops"))
                answers.append(await rest.call("POST", path, Status="sideways"))
                answers.append(await rest.call("POST", path, Other="1"))
                return

    engine.talk = talk
    await phone(one_turn())
    assert [(status, body["code"]) for status, body in answers] == [
        (400, 12100),
        (400, 21218),
        (400, 21218),
    ]


async def test_messages(engine: Engine, phone: Phone, rest: Rest, carrier: CarrierEmulator) -> None:
    engine.talk = doing(rest=rest)
    waiting = asyncio.create_task(carrier.wait_for_message(CALLER))
    status, body = await rest.call("POST", "Messages.json", To=BUSINESS, From=CALLER, Body="x")
    assert status == 201

    async def text(peer: Peer) -> None:
        async for message in peer.listen():
            if message["event"] == "start":
                await rest.call("POST", "Messages.json", To=CALLER, From=BUSINESS, Body="Pay: 1")
                return

    engine.talk = text
    report = await phone(one_turn())
    [message] = report.messages
    assert (message.to, message.from_, message.body) == (CALLER, BUSINESS, "Pay: 1")
    assert await waiting == message
    status, body = await rest.call("GET", f"Messages/{message.sid}.json")
    assert (status, body["body"], body["status"], body["num_segments"]) == (
        200,
        "Pay: 1",
        "queued",
        "1",
    )


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"From": BUSINESS, "Body": "x"}, 21604),
        ({"To": "555", "From": BUSINESS, "Body": "x"}, 21211),
        ({"To": CALLER, "Body": "x"}, 21603),
        ({"To": CALLER, "From": BUSINESS}, 21602),
        ({"To": CALLER, "From": BUSINESS, "Body": "x" * 1601}, 21617),
    ],
)
async def test_bad_messages(
    rest: Rest, carrier: CarrierEmulator, form: dict[str, str], code: int
) -> None:
    status, body = await rest.call("POST", "Messages.json", **form)
    assert (status, body["code"], body["status"]) == (400, code, 400)
    assert body["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert carrier.messages == []


async def test_authentication_and_unknown_things(rest: Rest) -> None:
    async with rest.session.get(f"{rest.base}/Calls/CA1.json") as answer:
        assert answer.status == 401
        assert (await answer.json())["code"] == 20003
    status, body = await rest.call("GET", "Calls/CA1.json")
    assert (status, body["code"]) == (404, 20404)
    status, body = await rest.call("GET", "Nothing.json")
    assert (status, body["code"]) == (404, 20404)


async def test_faults(rest: Rest, carrier: CarrierEmulator) -> None:
    form = {"To": CALLER, "From": BUSINESS, "Body": "x"}
    carrier.faults.extend(
        [
            RestFault(FaultKind.ERROR, "Messages"),
            RestFault(FaultKind.REFUSE, "Messages"),
            RestFault(FaultKind.DELAY, "Messages", delay_s=0.1),
            RestFault(FaultKind.DROP, "Messages"),
            RestFault(FaultKind.ERROR, "Calls", times=None),
        ]
    )
    status, body = await rest.call("POST", "Messages.json", **form)
    assert (status, body["code"]) == (500, 20500)
    status, body = await rest.call("POST", "Messages.json", **form)
    assert (status, body["code"]) == (429, 20429)
    assert carrier.messages == []
    began_s = asyncio.get_running_loop().time()
    assert (await rest.call("POST", "Messages.json", **form))[0] == 201
    assert asyncio.get_running_loop().time() - began_s >= 0.1
    with pytest.raises(aiohttp.ClientError):
        await rest.call("POST", "Messages.json", **form)
    assert len(carrier.messages) == 2
    assert (await rest.call("POST", "Messages.json", **form))[0] == 201
    for _ in range(2):
        assert (await rest.call("GET", "Calls/CA1.json"))[0] == 500
