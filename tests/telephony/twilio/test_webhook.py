from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import replace
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest
from aiohttp import ClientResponse
from twilio.request_validator import RequestValidator

from telephony.contract import (
    CarrierStatus,
    ConnectAgent,
    DialEnded,
    DialPerson,
    Goodbye,
    InboundText,
    StatusReport,
    StreamEvent,
    StreamReport,
    TakeMessage,
    Voicemail,
)
from telephony.twilio.account import TwilioAccount
from telephony.twilio.forms import FormReader, Signatures
from tests.telephony.edge import ACCOUNT, CALL, ON_CALL, STREAM, Edge, running
from voiceagent.domain.answered import KEPT_S, WORKING_S, RequestKey
from voiceagent.domain.records import IdentityLevel
from voiceagent.domain.texting import Delivery, DeliveryReport, TextVerdict
from voiceagent.errors import OwnerFixable, Unavailable

RING = {
    "AccountSid": ACCOUNT.account_sid,
    "ApiVersion": "2010-04-01",
    "CallSid": CALL.call_sid,
    "CallStatus": "ringing",
    "CallerName": "",
    "Direction": "inbound",
    "From": CALL.from_number,
    "To": CALL.to_number,
}
MESSAGE, RECORDING = "SM" + "3" * 32, "RE" + "4" * 32
STREAM_STARTED = {"StreamEvent": "stream-started", "StreamSid": STREAM}
LEG, OTHER_LEG = "one-of_ours1", "another_leg2"
TEXT = {
    "AccountSid": ACCOUNT.account_sid,
    "MessageSid": MESSAGE,
    "From": "+15551230000",
    "To": "+19375550100",
    "Body": "Hi & hello",
    "NumMedia": "0",
}
PATHS = (
    "/incoming",
    "/connect-action",
    "/dial-action",
    "/whisper",
    "/voicemail",
    "/status",
    "/stream-status",
    "/sms",
    "/message-status",
)


def signature(path: str, fields: dict[str, str], account: TwilioAccount = ACCOUNT) -> str:
    signed: str = RequestValidator(account.auth_token).compute_signature(account.url(path), fields)
    return signed


async def error(response: ClientResponse) -> tuple[int, str]:
    body = await response.json()
    assert set(body["error"]) == {"code", "message", "field"}
    return response.status, body["error"]["code"]


async def twiml(response: ClientResponse) -> ET.Element:
    assert response.status == 200
    assert response.content_type == "text/xml"
    return ET.fromstring(await response.text())  # noqa: S314  our own words


def ticketed(base: str, edge: Edge, url: str) -> bool:
    """Whether a stream's URL is `base` and the ticket of a call that is expected."""
    path, _, ticket = url.rpartition("/")
    return path == base and edge.gate.announced(ticket)


def nothing_happened(edge: Edge) -> bool:
    return not (edge.rings or edge.reports or edge.accepted or len(edge.memory) or len(edge.gate))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("header", [{}, {"X-Twilio-Signature": ""}])
async def test_unsigned_is_refused_everywhere(path: str, header: dict[str, str]) -> None:
    async with running() as edge:
        answer = await edge.post_raw(path, urlencode(RING | TEXT), headers=header)
        assert await error(answer) == (403, "webhook.unsigned")
        assert nothing_happened(edge)


@pytest.mark.parametrize("path", PATHS)
async def test_forged_signature_is_refused_everywhere(path: str) -> None:
    async with running() as edge:
        forged = {"X-Twilio-Signature": "AAAAAAAAAAAAAAAAAAAAAAAAAAA="}
        answer = await edge.post(path, RING | TEXT, headers=forged)
        assert await error(answer) == (403, "webhook.bad_signature")
        assert nothing_happened(edge)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Proto": "http"},
        {"Forwarded": "host=evil.example;proto=http"},
    ],
)
async def test_what_a_request_says_of_its_own_address_is_not_believed(
    headers: dict[str, str],
) -> None:
    evil = replace(ACCOUNT, public_url="https://evil.example", stream_url="")
    async with running() as edge:
        signed_for_evil = {"X-Twilio-Signature": signature("/incoming", RING, evil)}
        answer = await edge.post("/incoming", RING, headers=headers | signed_for_evil)
        assert await error(answer) == (403, "webhook.bad_signature")
        assert nothing_happened(edge)
        await twiml(await edge.post("/incoming", RING, headers=headers))


async def test_signature_of_other_fields_is_refused() -> None:
    async with running() as edge:
        header = {"X-Twilio-Signature": signature("/incoming", RING)}
        for changed in (RING | {"From": "+15550000000"}, RING | {"Extra": ""}):
            answer = await edge.post_raw("/incoming", urlencode(changed), headers=header)
            assert await error(answer) == (403, "webhook.bad_signature")
        assert nothing_happened(edge)


async def test_signature_of_another_path_or_query_is_refused() -> None:
    async with running() as edge:
        for signed, asked in (("/status", "/incoming"), ("/incoming", "/incoming?x=1")):
            header = {"X-Twilio-Signature": signature(signed, RING)}
            answer = await edge.post_raw(asked, urlencode(RING), headers=header)
            assert await error(answer) == (403, "webhook.bad_signature")


async def test_signature_of_another_secret_is_refused() -> None:
    async with running() as edge:
        other = replace(ACCOUNT, auth_token="other", stream_url="")
        header = {"X-Twilio-Signature": signature("/incoming", RING, other)}
        answer = await edge.post_raw("/incoming", urlencode(RING), headers=header)
        assert await error(answer) == (403, "webhook.bad_signature")


async def test_foreign_account_is_refused_although_signed() -> None:
    async with running() as edge:
        for foreign in (RING | {"AccountSid": "AC9"}, RING | {"AccountSid": ""}):
            answer = await edge.post("/incoming", foreign)
            assert await error(answer) == (403, "webhook.foreign_account")
        assert nothing_happened(edge)


@pytest.mark.parametrize("port", [":443", ""])
@pytest.mark.parametrize("prefix", ["", "/voice"])
async def test_the_default_port_may_or_may_not_be_signed(port: str, prefix: str) -> None:
    account = TwilioAccount("AC1", "s3cret", f"https://voice.example.com{prefix}/")
    signed = TwilioAccount("AC1", "s3cret", f"https://voice.example.com{port}{prefix}")
    ring = RING | {"AccountSid": "AC1"}
    async with running(account=account) as edge:
        header = {"X-Twilio-Signature": signature("/incoming", ring, signed)}
        await twiml(await edge.post_raw("/incoming", urlencode(ring), headers=header))


async def test_odd_forms_are_refused_before_anything_else() -> None:
    async with running() as edge:
        header = {"X-Twilio-Signature": signature("/incoming", RING)}
        for body in ("%ff=%fe", "a&b&c", "&".join(["a=1"] * 500), b"\xff\xfe=1"):
            answer = await edge.post_raw("/incoming", body, headers=header)
            assert await error(answer) == (400, "webhook.not_a_form")
        as_json = header | {"Content-Type": "application/json"}
        answer = await edge.post_raw("/incoming", "{}", headers=as_json)
        assert await error(answer) == (403, "webhook.unsigned")
        as_text = header | {"Content-Type": "text/plain"}
        answer = await edge.post_raw("/incoming", urlencode(RING), headers=as_text)
        assert await error(answer) == (400, "webhook.not_a_form")
        big = "Body=" + "x" * 65_536
        assert await error(await edge.post_raw("/sms", big, headers=header)) == (
            413,
            "webhook.too_large",
        )
        assert (await edge.client.get("/incoming")).status == 405
        assert nothing_happened(edge)


async def test_fields_are_checked() -> None:
    async with running() as edge:
        for path, fields in (
            ("/incoming", RING | {"CallSid": ""}),
            ("/incoming", RING | {"CallSid": "../x"}),
            ("/status", RING | {"CallStatus": "asleep"}),
            ("/status", RING | {"SequenceNumber": "-1"}),
            ("/stream-status", RING | {"StreamEvent": "stream-dreams"}),
            ("/sms", TEXT | {"MessageSid": ""}),
            ("/sms", TEXT | {"NumMedia": "many"}),
        ):
            assert await error(await edge.post(path, fields)) == (400, "webhook.bad_field")
        assert nothing_happened(edge)


async def test_a_ring_is_answered_with_a_stream_and_a_token() -> None:
    async with running() as edge:
        root = await twiml(await edge.post("/incoming", RING))
        connect = root.find("Connect")
        assert connect is not None
        stream = connect.find("Stream")
        assert stream is not None
        assert ticketed("wss://voice.example.com/media", edge, str(stream.get("url")))
        assert stream.get("statusCallback") == "https://voice.example.com/stream-status"
        assert str(connect.get("action")).startswith(
            "https://voice.example.com/connect-action?leg="
        )
        parameter = stream.find("Parameter")
        assert parameter is not None
        assert parameter.get("name") == "token"
        assert edge.gate.redeem(str(parameter.get("value")), CALL.call_sid) == CALL
        assert edge.rings == [CALL]


async def test_a_worker_can_be_named_in_the_stream() -> None:
    async with running() as edge:
        edge.answer = ConnectAgent("wss://w7.example.com/media")
        root = await twiml(await edge.post("/incoming", RING))
        stream = root.find("Connect/Stream")
        assert stream is not None
        assert ticketed("wss://w7.example.com/media", edge, str(stream.get("url")))


async def test_numbers_and_attestation() -> None:
    async with running() as edge:
        ring = RING | {"From": "anonymous", "StirVerstat": "TN-Validation-Passed-A"}
        await edge.post("/incoming", ring)
        assert edge.rings == [replace(CALL, from_number="", identity=IdentityLevel.ATTESTED)]
        other = {"CallSid": "CA" + "9" * 32, "StirVerstat": "TN-Validation-B"}
        await edge.post("/incoming", RING | other)
        assert edge.rings[1].identity is IdentityLevel.CALLER_ID


async def test_a_copy_of_a_ring_gets_the_same_answer_and_no_second_token() -> None:
    async with running() as edge:
        first = await (await edge.post("/incoming", RING)).text()
        again = await edge.post("/incoming", RING)
        assert (again.status, await again.text()) == (200, first)
        as_fallback = RING | {
            "ErrorCode": "11200",
            "ErrorUrl": "https://voice.example.com/incoming",
        }
        assert await (await edge.post("/incoming", as_fallback)).text() == first
        assert edge.counted == {"webhook.repeated": 2}
        assert len(edge.rings) == 1
        assert len(edge.gate) == 1


async def test_a_copy_that_comes_too_late_is_a_replay() -> None:
    async with running() as edge:
        await twiml(await edge.post("/incoming", RING))
        edge.clock.advance(KEPT_S)
        assert await error(await edge.post("/incoming", RING)) == (403, "webhook.replayed")
        assert len(edge.rings) == 1


async def test_a_copy_of_a_first_that_was_never_answered_gets_a_person() -> None:
    """Its worker was killed: nobody will ever answer the first one."""
    async with running() as edge:
        await edge.memory.begin(RequestKey("incoming", CALL.call_sid))
        edge.clock.advance(WORKING_S)
        root = await twiml(await edge.post("/incoming", RING))
        assert root.findtext("Dial/Number") == ON_CALL
        assert not edge.rings


async def test_no_room_is_said_politely_and_a_person_is_rung() -> None:
    async with running() as edge:
        edge.answer = DialPerson("All lines are busy. <One> moment & I'll connect you.", ON_CALL)
        root = await twiml(await edge.post("/incoming", RING))
        assert [child.tag for child in root] == ["Say", "Dial"]
        assert root[0].text == "All lines are busy. <One> moment & I'll connect you."
        assert root.findtext("Dial/Number") == ON_CALL
        assert len(edge.gate) == 0


async def test_no_room_and_nobody_to_ring_takes_a_message() -> None:
    async with running() as edge:
        edge.answer = TakeMessage("Leave a message\x00 after the tone.")
        root = await twiml(await edge.post("/incoming", RING))
        assert [child.tag for child in root] == ["Say", "Record", "Hangup"]
        assert root[0].text == "Leave a message after the tone."
        assert root[1].get("action") == "https://voice.example.com/voicemail"


def test_only_numbers_can_be_dialled() -> None:
    with pytest.raises(OwnerFixable):
        DialPerson("", "911")


@pytest.mark.parametrize(
    "failure",
    [
        Unavailable("store.down", "No database."),
        ZeroDivisionError(),
        TimeoutError(),
        ConnectAgent("wss://w7.example.com/media?token=1"),
        ConnectAgent("ws://w7.example.com/media"),
    ],
)
async def test_a_failing_hook_rings_a_person(failure: Exception | ConnectAgent) -> None:
    async with running() as edge:
        edge.answer = failure
        root = await twiml(await edge.post("/incoming", RING))
        assert root.findtext("Dial/Number") == ON_CALL
        assert edge.warnings[0].code == "webhook.hook_failed"


async def test_a_failing_replay_memory_rings_a_person() -> None:
    async with running() as edge:
        edge.memory.error = Unavailable("store.down", "No database.")
        root = await twiml(await edge.post("/incoming", RING))
        assert root.findtext("Dial/Number") == ON_CALL
        assert not edge.rings


async def test_a_full_gate_rings_a_person() -> None:
    async with running(capacity=0) as edge:
        root = await twiml(await edge.post("/incoming", RING))
        assert root.findtext("Dial/Number") == ON_CALL
        assert edge.counted == {"hook.token.full": 1}


async def test_after_the_stream_each_leg_counts_once() -> None:
    async with running() as edge:
        edge.after_stream = ConnectAgent()
        first = await edge.post(f"/connect-action?leg={LEG}", RING)
        root = await twiml(first)
        assert root.find("Connect/Stream/Parameter") is not None
        copy = await edge.post(f"/connect-action?leg={LEG}", RING)
        assert await copy.text() == await first.text()
        assert len(edge.gate) == 1
        edge.after_stream = Goodbye("Thank you.")
        root = await twiml(await edge.post(f"/connect-action?leg={OTHER_LEG}", RING))
        assert [child.tag for child in root] == ["Say", "Hangup"]


async def test_after_the_stream_of_a_call_that_is_over_nothing_is_asked() -> None:
    async with running() as edge:
        edge.after_stream = ConnectAgent()
        done = RING | {"CallStatus": "completed"}
        root = await twiml(await edge.post(f"/connect-action?leg={LEG}", done))
        assert [child.tag for child in root] == ["Hangup"]
        assert len(edge.gate) == 0


async def test_after_a_person_was_rung() -> None:
    async with running() as edge:
        fields = RING | {"DialCallStatus": "no-answer"}
        root = await twiml(await edge.post(f"/dial-action?leg={LEG}", fields))
        assert root.findtext("Say") == "Nobody is there."
        assert edge.reports == [DialEnded(CALL.call_sid, CarrierStatus.NO_ANSWER)]
        edge.after_dial = Unavailable("store.down", "No database.")
        root = await twiml(await edge.post(f"/dial-action?leg={OTHER_LEG}", fields))
        assert root.findtext("Say") == "Please call again later."


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ("completed", CarrierStatus.COMPLETED),
        ("answered", CarrierStatus.COMPLETED),
        ("busy", CarrierStatus.BUSY),
        ("", CarrierStatus.FAILED),
        ("puzzled", CarrierStatus.FAILED),
    ],
)
async def test_how_ringing_a_person_went(given: str, status: CarrierStatus) -> None:
    async with running() as edge:
        await twiml(await edge.post(f"/dial-action?leg={LEG}", RING | {"DialCallStatus": given}))
        assert edge.reports == [DialEnded(CALL.call_sid, status)]


async def test_a_person_hears_the_briefing_also_when_the_carrier_asks_twice() -> None:
    async with running() as edge:
        edge.briefings.put(LEG, "Sarah, no cooling.")
        for _ in range(2):
            root = await twiml(await edge.post(f"/whisper?leg={LEG}", RING))
            assert root.findtext("Say") == "Sarah, no cooling."
        assert len(await twiml(await edge.post(f"/whisper?leg={OTHER_LEG}", RING))) == 0


async def test_status_reports_arrive_once_each_in_any_order() -> None:
    async with running() as edge:
        token = edge.gate.issue(CALL)
        done = RING | {"CallStatus": "completed", "SequenceNumber": "2", "CallDuration": "61"}
        rang = RING | {"CallStatus": "ringing", "SequenceNumber": "0"}
        for fields in (done, rang, done):
            assert (await edge.post("/status", fields)).status == 204
        assert edge.reports == [
            StatusReport(CALL.call_sid, CarrierStatus.COMPLETED, 2, 61),
            StatusReport(CALL.call_sid, CarrierStatus.RINGING, 0),
        ]
        assert edge.unclaimed == [CALL]
        assert edge.gate.redeem(token, CALL.call_sid) != CALL


async def test_stream_reports_and_voicemail() -> None:
    async with running() as edge:
        failed = {"StreamSid": STREAM, "StreamEvent": "stream-error", "StreamError": "31920"}
        assert (await edge.post("/stream-status", RING | failed)).status == 204
        left = {"RecordingSid": RECORDING, "RecordingUrl": "https://r/1", "RecordingDuration": "9"}
        root = await twiml(await edge.post("/voicemail", RING | left))
        assert [child.tag for child in root] == ["Hangup"]
        assert edge.reports == [
            StreamReport(CALL.call_sid, STREAM, StreamEvent.ERROR, "31920"),
            Voicemail(CALL.call_sid, "https://r/1", 9),
        ]


async def test_a_text_is_answered_once() -> None:
    async with running() as edge:
        edge.reply = "Yes & no <ok>"
        root = await twiml(await edge.post("/sms", TEXT))
        assert [message.text for message in root] == ["Yes & no <ok>"]
        copy = await twiml(await edge.post("/sms", TEXT))
        assert [message.text for message in copy] == ["Yes & no <ok>"]
        assert edge.reports == [
            InboundText(MESSAGE, "sms", "+15551230000", "+19375550100", "Hi & hello")
        ]


async def test_stop_reaches_the_handler_untouched() -> None:
    async with running() as edge:
        edge.reply = ""
        assert len(await twiml(await edge.post("/sms", TEXT | {"Body": " STOP "}))) == 0
        assert [text.body for text in edge.reports if isinstance(text, InboundText)] == [" STOP "]


async def test_rcs_comes_by_the_same_way() -> None:
    async with running() as edge:
        await twiml(await edge.post("/sms", TEXT | {"From": "rcs:+15551230000", "To": "rcs:us"}))
        assert edge.reports == [InboundText(MESSAGE, "rcs", "+15551230000", "", "Hi & hello")]


async def test_whatsapp_and_short_codes() -> None:
    async with running() as edge:
        whatsapp = {"From": "whatsapp:+15551230000", "To": "whatsapp:+19375550100"}
        await twiml(await edge.post("/sms", TEXT | whatsapp))
        other = {"MessageSid": "SM" + "5" * 32, "From": "72345"}
        await twiml(await edge.post("/sms", TEXT | other))
        assert edge.reports == [
            InboundText(MESSAGE, "whatsapp", "+15551230000", "+19375550100", "Hi & hello")
        ]


async def test_a_long_reply_becomes_several_texts() -> None:
    async with running() as edge:
        edge.reply = "word " * 700 + "x" * 1700
        pieces = [message.text for message in await twiml(await edge.post("/sms", TEXT))]
        assert all(piece and len(piece) <= 1600 for piece in pieces)
        assert "".join("".join(str(piece).split()) for piece in pieces) == "word" * 700 + "x" * 1700


async def test_a_failing_text_handler_sends_nothing() -> None:
    async with running() as edge:
        edge.reply = Unavailable("store.down", "No database.")
        assert len(await twiml(await edge.post("/sms", TEXT))) == 0
        assert edge.counted == {"hook.store.down": 1}


async def test_rings_at_once_get_one_token() -> None:
    async with running() as edge:
        answers = await asyncio.gather(*(edge.post("/incoming", RING) for _ in range(5)))
        assert len({await answer.text() for answer in answers}) == 1
        assert [answer.status for answer in answers] == [200] * 5
        assert (len(edge.rings), len(edge.gate)) == (1, 1)


async def test_a_text_whose_handler_failed_is_taken_when_it_comes_again() -> None:
    async with running() as edge:
        edge.reply = Unavailable("store.down", "No database.")
        assert len(await twiml(await edge.post("/sms", TEXT))) == 0
        edge.reply = "Hello."
        assert [m.text for m in await twiml(await edge.post("/sms", TEXT))] == ["Hello."]


@pytest.mark.parametrize(
    ("path", "fields", "name"),
    [
        ("/incoming", RING, "CallSid"),
        (f"/connect-action?leg={LEG}", RING, "CallSid"),
        (f"/dial-action?leg={LEG}", RING, "CallSid"),
        ("/status", RING, "CallSid"),
        ("/voicemail", RING | {"RecordingSid": RECORDING}, "CallSid"),
        ("/voicemail", RING | {"RecordingSid": RECORDING}, "RecordingSid"),
        ("/stream-status", RING | STREAM_STARTED, "CallSid"),
        ("/stream-status", RING | STREAM_STARTED, "StreamSid"),
        ("/sms", TEXT, "MessageSid"),
    ],
)
async def test_no_border_within_the_signed_text_can_be_moved(
    path: str, fields: dict[str, str], name: str
) -> None:
    """The same signed text, cut elsewhere: every such request has the first one's signature."""
    async with running() as edge:
        assert (await edge.post(path, fields)).ok
        names = sorted(fields)
        at = names.index(name)
        header = {"X-Twilio-Signature": signature(path, fields)}
        moved = []
        if at + 1 < len(names):
            following = names[at + 1]
            swallowed = {n: v for n, v in fields.items() if n != following}
            swallowed[name] += following + fields[following]
            assert signature(path, swallowed) == header["X-Twilio-Signature"]
            moved.append(swallowed)
            for cut in range(1, len(following)):
                rest = {n: v for n, v in fields.items() if n not in {name, following}}
                moved.append(
                    rest
                    | {name: fields[name] + following[:cut], following[cut:]: fields[following]}
                )
        moved.extend(
            {n: v for n, v in fields.items() if n != name}
            | {name + fields[name][:cut]: fields[name][cut:]}
            for cut in range(1, len(fields[name]))
        )
        known = len(edge.memory)
        for one in moved:
            answer = await edge.post_raw(path, urlencode(one), headers=header)
            assert answer.status in {400, 403}, one
        assert len(edge.memory) == known


@pytest.mark.parametrize(
    "query", ["?leg=short", f"?leg={LEG}A", f"?leg={LEG}&leg={LEG}", f"?leg={LEG}&x=1", "?x=1"]
)
async def test_only_legs_that_we_gave_out_are_taken(query: str) -> None:
    async with running() as edge:
        answer = await edge.post(f"/connect-action{query}", RING)
        assert await error(answer) == (400, "webhook.bad_field")
        assert len(edge.memory) == 0


def signed_json(path: str, fields: object) -> tuple[str, bytes, str]:
    """Address, body and signature of a JSON request, by the carrier's own SDK."""
    body = json.dumps(fields).encode()
    digest = hashlib.sha256(body).hexdigest()
    address = f"{path}{'&' if '?' in path else '?'}bodySHA256={digest}"
    signed = RequestValidator(ACCOUNT.auth_token).compute_signature(ACCOUNT.url(address), {})
    return address, body, str(signed)


async def test_json_is_read_like_a_form() -> None:
    async with running() as edge:
        address, body, signed = signed_json("/incoming", RING | {"Extra": {"a": [1]}, "N": 1})
        header = {"X-Twilio-Signature": signed, "Content-Type": "application/json"}
        root = await twiml(await edge.post_raw(address, body, headers=header))
        assert root.find("Connect/Stream") is not None
        assert edge.rings == [CALL]
        address, body, signed = signed_json(f"/connect-action?leg={LEG}", RING)
        header["X-Twilio-Signature"] = signed
        await twiml(await edge.post_raw(address, body, headers=header))


async def test_json_whose_digest_or_signature_is_not_its_own_is_refused() -> None:
    async with running() as edge:
        address, body, signed = signed_json("/incoming", RING)
        header = {"X-Twilio-Signature": signed, "Content-Type": "application/json"}
        other = json.dumps(RING | {"From": "+15550000000"})
        answer = await edge.post_raw(address, other, headers=header)
        assert await error(answer) == (403, "webhook.bad_signature")
        answer = await edge.post_raw("/incoming", body, headers=header)
        assert await error(answer) == (403, "webhook.unsigned")
        header["X-Twilio-Signature"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAA="
        answer = await edge.post_raw(address, body, headers=header)
        assert await error(answer) == (403, "webhook.bad_signature")
        for odd in (b"[]", b"5", b"nul", b"\xff", b'{"a":' * 5000):
            answer = await edge.post_raw(address, odd, headers=header)
            assert await error(answer) == (400, "webhook.not_a_form")
        assert nothing_happened(edge)


def test_signatures_cannot_be_off_in_public() -> None:
    with pytest.raises(OwnerFixable):
        FormReader(ACCOUNT, signatures=Signatures.OFF)


async def test_signatures_can_be_off_at_home() -> None:
    account = TwilioAccount("AC1", "x", "http://127.0.0.1:8080")
    async with running(account=account, signatures=Signatures.OFF) as edge:
        body = urlencode(RING | {"AccountSid": "AC1"})
        root = await twiml(await edge.post_raw("/incoming", body, headers={}))
        stream = root.find("Connect/Stream")
        assert stream is not None
        assert ticketed("ws://127.0.0.1:8080/media", edge, str(stream.get("url")))


@pytest.mark.parametrize(
    ("public_url", "stream_url"),
    [
        ("http://voice.example.com", ""),
        ("voice.example.com", ""),
        ("https://voice.example.com?x=1", ""),
        ("https://user:pw@voice.example.com", ""),
        ("https://[", ""),
        ("https://voice.example.com", "wss://voice.example.com/media?token=1"),
        ("https://voice.example.com", "ws://voice.example.com/media"),
        ("https://voice.example.com", "https://voice.example.com/media"),
    ],
)
def test_addresses_that_cannot_work_are_refused(public_url: str, stream_url: str) -> None:
    with pytest.raises(OwnerFixable):
        TwilioAccount("AC1", "s3cret", public_url, stream_url)


def test_an_account_keeps_its_secret_to_itself() -> None:
    assert "s3cret" not in repr(ACCOUNT)
    with pytest.raises(OwnerFixable):
        TwilioAccount("AC1", "", "https://voice.example.com")


REPORT = {
    "AccountSid": ACCOUNT.account_sid,
    "MessageSid": MESSAGE,
    "MessageStatus": "delivered",
    "From": "+19375550100",
    "To": "+15551230000",
}


@pytest.mark.parametrize(
    ("status", "code", "wanted"),
    [
        ("queued", "", DeliveryReport(MESSAGE, "", Delivery.SENT)),
        ("sent", "", DeliveryReport(MESSAGE, "", Delivery.SENT)),
        ("delivered", "", DeliveryReport(MESSAGE, "", Delivery.DELIVERED)),
        ("read", "", DeliveryReport(MESSAGE, "", Delivery.DELIVERED, was_read=True)),
        ("undelivered", "30003", DeliveryReport(MESSAGE, "", Delivery.UNDELIVERED, "30003")),
        (
            "undelivered",
            "30006",
            DeliveryReport(MESSAGE, "", Delivery.UNDELIVERED, "30006", TextVerdict.LANDLINE),
        ),
        (
            "failed",
            "21610",
            DeliveryReport(MESSAGE, "", Delivery.UNDELIVERED, "21610", TextVerdict.OPTED_OUT),
        ),
    ],
)
async def test_what_became_of_a_text(status: str, code: str, wanted: DeliveryReport) -> None:
    async with running() as edge:
        fields = REPORT | {"MessageStatus": status} | ({"ErrorCode": code} if code else {})
        for _ in range(2):  # a copy has no effect
            assert (await edge.post("/message-status", fields)).status == 204
        assert edge.reports == [wanted]
        assert edge.counted[f"message.{wanted.status}"] == 2


async def test_a_report_names_our_own_text() -> None:
    async with running() as edge:
        path = "/message-status?key=booked:1:abc"
        assert (await edge.post(path, REPORT)).status == 204
        assert edge.reports == [DeliveryReport(MESSAGE, "booked:1:abc", Delivery.DELIVERED)]


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/message-status", REPORT | {"MessageStatus": "eaten"}),
        ("/message-status", REPORT | {"MessageStatus": ""}),
        ("/message-status", REPORT | {"MessageSid": "SM1"}),
        ("/message-status", REPORT | {"ErrorCode": "many"}),
        ("/message-status?key=a%20b", REPORT),
        ("/message-status?key=a&key=b", REPORT),
        ("/message-status?leg=a", REPORT),
    ],
)
async def test_odd_reports_of_texts_are_refused(path: str, fields: dict[str, str]) -> None:
    async with running() as edge:
        assert await error(await edge.post(path, fields)) == (400, "webhook.bad_field")
        assert not edge.reports
