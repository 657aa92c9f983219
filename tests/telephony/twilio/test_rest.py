from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, cast
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from telephony.contract import CarrierStatus
from telephony.twilio.account import TwilioAccount
from telephony.twilio.rest import TwilioRest
from telephony.twilio.whisper_texts import WhisperTexts
from tests.telephony.edge import ACCOUNT, ON_CALL
from voiceagent.domain.public_apis import TWILIO_API
from voiceagent.domain.records import OutboundMessage
from voiceagent.errors import (
    CallerFixable,
    FateUnknown,
    OwnerFixable,
    Unavailable,
    VoiceAgentError,
)
from voiceagent.ports.carrier import CallControl
from voiceagent.ports.messages import Texts

ROOT = f"/2010-04-01/Accounts/{ACCOUNT.account_sid}"
TEXT = OutboundMessage("k1", "sms", "+15551230000", "Your link & code")
SLOW = (0, "")


@dataclass
class Carrier:
    """A REST interface that answers what it was told to, the last answer for ever."""

    rest: TwilioRest = field(init=False)
    briefings: WhisperTexts = field(default_factory=WhisperTexts)
    answers: list[tuple[int, str]] = field(default_factory=lambda: [(200, "{}")])
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    authorized: set[str] = field(default_factory=set)

    async def handle(self, request: web.Request) -> web.Response:
        form = dict(parse_qsl(await request.text(), keep_blank_values=True))
        self.asked.append((request.method, request.rel_url.raw_path, form))
        self.authorized.add(request.headers["Authorization"])
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer == SLOW:
            await asyncio.Event().wait()
        status, body = answer
        headers = {"Location": "/elsewhere"} if status in {301, 302, 307} else None
        return web.Response(status=status, text=body, headers=headers)


@asynccontextmanager
async def carrier(
    *answers: tuple[int, str], try_s: float = 1.0, rcs_service: str = ""
) -> AsyncIterator[Carrier]:
    made = Carrier()
    if answers:
        made.answers = list(answers)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.handle)
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        made.rest = TwilioRest(
            ACCOUNT,
            http,
            from_number="+19375550100",
            transfer_numbers=frozenset({ON_CALL}),
            briefings=made.briefings,
            base_url=str(server.make_url("/")),
            rcs_service=rcs_service,
            try_s=try_s,
            pause_s=0.001,
        )
        yield made


def refusal(code: int, status: int = 400) -> tuple[int, str]:
    return status, json.dumps({"code": code, "message": "no", "status": status})


async def test_the_ports_are_served() -> None:
    async with carrier() as it:
        control: CallControl = it.rest
        texts: Texts = it.rest.texts
        assert control is it.rest
        assert texts is it.rest.texts


async def test_a_failing_carrier_is_asked_three_times() -> None:
    async with carrier((500, "oops")) as it:
        with pytest.raises(Unavailable) as failed:
            await it.rest.hang_up("CA1")
        assert failed.value.code == "twilio.unavailable"
        assert len(it.asked) == 3


async def test_a_slow_carrier_is_asked_three_times() -> None:
    async with carrier(SLOW, try_s=0.05) as it:
        with pytest.raises(Unavailable) as failed:
            await it.rest.hang_up("CA1")
        assert failed.value.code == "twilio.unavailable"
        assert len(it.asked) == 3


async def test_no_carrier_at_all() -> None:
    async with aiohttp.ClientSession() as http:
        rest = TwilioRest(
            ACCOUNT,
            http,
            from_number="+19375550100",
            transfer_numbers=frozenset(),
            briefings=WhisperTexts(),
            base_url="http://127.0.0.1:1",
            pause_s=0.001,
        )
        with pytest.raises(Unavailable) as failed:
            await rest.texts.send(TEXT)
        assert failed.value.code == "twilio.unavailable"


async def test_the_second_try_is_enough() -> None:
    async with carrier((503, ""), SLOW, (200, "{}"), try_s=0.3) as it:
        await it.rest.hang_up("CA1")
        assert len(it.asked) == 3


async def test_hanging_up() -> None:
    async with carrier() as it:
        await it.rest.hang_up("CA1")
        assert it.asked == [("POST", f"{ROOT}/Calls/CA1.json", {"Status": "completed"})]
        pair = f"{ACCOUNT.account_sid}:{ACCOUNT.auth_token}"
        assert it.authorized == {f"Basic {b64encode(pair.encode()).decode()}"}


@pytest.mark.parametrize("answer", [refusal(21220), refusal(20404, 404), (404, "gone")])
async def test_a_call_that_is_over_can_be_hung_up_but_not_transferred(
    answer: tuple[int, str],
) -> None:
    async with carrier(answer) as it:
        await it.rest.hang_up("CA1")
        assert await it.rest.transfer("CA1", to_number=ON_CALL, whisper="") is False
        assert await it.rest.call_status("CA1") is None


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (refusal(20003, 401), "twilio.credentials"),
        (refusal(21205), "twilio.refused"),
        ((302, ""), "twilio.refused"),
        ((400, "[" * 20_000), "twilio.refused"),
    ],
)
async def test_what_the_owner_must_mend_is_not_repeated(answer: tuple[int, str], code: str) -> None:
    async with carrier(answer) as it:
        with pytest.raises(OwnerFixable) as failed:
            await it.rest.hang_up("CA1")
        assert failed.value.code == code
        assert len(it.asked) == 1
        assert ACCOUNT.auth_token not in str(failed.value)


async def test_an_endless_answer_is_not_read() -> None:
    async with carrier((200, "x" * 70_000)) as it:
        with pytest.raises(Unavailable):
            await it.rest.call_status("CA1")


async def test_a_strange_call_sid_stays_in_its_place() -> None:
    async with carrier() as it:
        await it.rest.hang_up("../../Messages")
        assert it.asked[0][1] == f"{ROOT}/Calls/..%2F..%2FMessages.json"


async def test_transfer_with_a_briefing() -> None:
    async with carrier() as it:
        assert await it.rest.transfer("CA1", to_number=ON_CALL, whisper="Sarah: no cooling.")
        (method, path, form) = it.asked[0]
        assert (method, path) == ("POST", f"{ROOT}/Calls/CA1.json")
        root = ET.fromstring(form["Twiml"])  # noqa: S314  our own words
        dial, number = root.find("Dial"), root.find("Dial/Number")
        assert dial is not None
        assert number is not None
        assert number.text == ON_CALL
        assert str(dial.get("action")).startswith("https://voice.example.com/dial-action?leg=")
        prefix = "https://voice.example.com/whisper?leg="
        assert str(number.get("url")).startswith(prefix)
        leg = str(number.get("url")).removeprefix(prefix)
        assert it.briefings.read(leg) == "Sarah: no cooling."
        assert it.briefings.read(leg) == "Sarah: no cooling."


async def test_transfer_goes_to_our_own_people_only() -> None:
    async with carrier() as it:
        for number in ("+19005550123", "911", ""):
            assert await it.rest.transfer("CA1", to_number=number, whisper="x") is False
        assert not it.asked


async def test_call_status() -> None:
    async with carrier((200, '{"status":"in-progress"}'), (200, '{"status":"odd"}')) as it:
        assert await it.rest.call_status("CA1") is CarrierStatus.IN_PROGRESS
        assert await it.rest.call_status("CA1") is None
        assert it.asked[0] == ("GET", f"{ROOT}/Calls/CA1.json", {})


async def test_sending_a_text() -> None:
    async with carrier((201, '{"sid":"SM1"}')) as it:
        assert await it.rest.texts.send(TEXT) == "SM1"
        assert it.asked == [
            (
                "POST",
                f"{ROOT}/Messages.json",
                {
                    "To": "+15551230000",
                    "From": "+19375550100",
                    "Body": "Your link & code",
                    "StatusCallback": ACCOUNT.url("/message-status?key=k1"),
                },
            )
        ]


async def test_sending_by_whatsapp() -> None:
    async with carrier((201, '{"sid":"SM1"}')) as it:
        await it.rest.texts.send(OutboundMessage("k", "whatsapp", "+15551230000", "hi"))
        assert it.asked[0][2]["To"] == "whatsapp:+15551230000"
        assert it.asked[0][2]["From"] == "whatsapp:+19375550100"


@pytest.mark.parametrize("answer", [SLOW, (500, "")])
async def test_a_text_whose_fate_is_unknown_is_not_sent_twice(answer: tuple[int, str]) -> None:
    async with carrier(answer, try_s=0.05) as it:
        with pytest.raises(Unavailable) as failed:
            await it.rest.texts.send(TEXT)
        assert failed.value.code == "twilio.fate_unknown"
        assert len(it.asked) == 1


@pytest.mark.parametrize("status", [429, 503])
async def test_a_text_that_was_not_taken_is_sent_again(status: int) -> None:
    async with carrier((status, ""), (201, '{"sid":"SM1"}')) as it:
        assert await it.rest.texts.send(TEXT) == "SM1"
        assert len(it.asked) == 2


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (refusal(21211), "text.bad_number"),
        (refusal(21610), "text.opted_out"),
        (refusal(21614), "text.landline"),
        (refusal(21606), "twilio.refused"),
    ],
)
async def test_refused_texts(answer: tuple[int, str], code: str) -> None:
    async with carrier(answer) as it:
        with pytest.raises(VoiceAgentError) as failed:
            await it.rest.texts.send(TEXT)
        assert failed.value.code == code
        assert isinstance(failed.value, CallerFixable) is code.startswith("text.")


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (OutboundMessage("k", "pigeon", "+15551230000", "hi"), "text.bad_channel"),
        (OutboundMessage("k", "sms", "5551230000", "hi"), "text.bad_number"),
        (OutboundMessage("k", "sms", "+15551230000", ""), "text.too_long"),
        (OutboundMessage("k", "sms", "+15551230000", "x" * 1601), "text.too_long"),
    ],
)
async def test_texts_that_cannot_work_never_leave(message: OutboundMessage, code: str) -> None:
    async with carrier() as it:
        with pytest.raises(VoiceAgentError) as failed:
            await it.rest.texts.send(message)
        assert failed.value.code == code
        assert not it.asked


def test_briefings_are_bounded() -> None:
    briefings = WhisperTexts(capacity=2)
    for leg in "abc":
        briefings.put(leg, leg.upper())
    assert [briefings.read(leg) for leg in "abc"] == ["", "B", "C"]


NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def sent_texts(*texts: tuple[str, str, datetime]) -> tuple[int, str]:
    """The carrier's list of texts: sid, body, when."""
    listed = [
        {"sid": sid, "body": body, "date_created": format_datetime(at)} for sid, body, at in texts
    ]
    return 200, json.dumps({"messages": listed})


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        ([], None),
        ([("SM1", TEXT.body, NOW)], "SM1"),
        ([("SM1", TEXT.body, NOW - timedelta(seconds=30))], "SM1"),
        ([("SM1", TEXT.body, NOW - timedelta(minutes=5))], None),
        ([("SM1", "another", NOW)], None),
        ([("SM9", TEXT.body, NOW), ("SM1", TEXT.body, NOW)], "SM1"),
        ([("SM9", TEXT.body, NOW)], None),
    ],
)
async def test_a_text_whose_fate_is_unknown_is_looked_up(
    texts: list[tuple[str, str, datetime]], found: str | None
) -> None:
    async with carrier(sent_texts(*texts)) as it:
        assert await it.rest.texts.find(TEXT, since=NOW, but_not={"SM9"}) == found
        ((method, path, _),) = it.asked
        assert (method, path) == ("GET", f"{ROOT}/Messages.json")


@pytest.mark.parametrize(
    "answer", [(200, "[]"), (200, '{"messages": 5}'), (200, '{"messages": [5, {"body": null}]}')]
)
async def test_odd_lists_hold_no_text(answer: tuple[int, str]) -> None:
    async with carrier(answer) as it:
        assert await it.rest.texts.find(TEXT, since=NOW, but_not=()) is None


async def test_what_cannot_be_looked_up_says_so() -> None:
    async with carrier((500, "")) as it:
        with pytest.raises(Unavailable) as failed:
            await it.rest.texts.find(TEXT, since=NOW, but_not=())
        assert failed.value.code == "twilio.unavailable"


async def test_reading_out() -> None:
    async with carrier((201, '{"sid":"CA1"}')) as it:
        assert await it.rest.read_out("+15551230000", "Booked & done.") == "CA1"
        ((_, path, form),) = it.asked
        assert path == f"{ROOT}/Calls.json"
        said = [verb.text for verb in ET.fromstring(form["Twiml"])]  # noqa: S314  our own words
        assert said == ["Booked & done.", None, "Booked & done.", None]
        with pytest.raises(CallerFixable):
            await it.rest.read_out("911", "Hello.")


async def test_a_call_whose_fate_is_unknown_is_not_placed_twice() -> None:
    async with carrier(SLOW, try_s=0.05) as it:
        with pytest.raises(FateUnknown):
            await it.rest.read_out("+15551230000", "Hello.")
        assert len(it.asked) == 1


def test_a_private_address_is_not_told_to_the_carrier() -> None:
    """Twilio would refuse the text for it (21609)."""
    account = TwilioAccount("AC1", "token", "http://127.0.0.1:8080")
    for base_url, told in ((TWILIO_API, False), ("http://127.0.0.1:9", True)):
        rest = TwilioRest(
            account,
            cast("Any", None),
            from_number="+19375550100",
            transfer_numbers=frozenset(),
            briefings=WhisperTexts(),
            base_url=base_url,
        )
        assert bool(rest.texts._reports_to) is told


SERVICE = "MG" + "0" * 32
RCS_TEXT = OutboundMessage("k", "rcs", "+15551230000", "hi")


async def test_rcs_leaves_by_the_messaging_service_which_chooses_the_sender() -> None:
    async with carrier((201, '{"sid":"SM1"}'), rcs_service=SERVICE) as it:
        assert await it.rest.texts.send(RCS_TEXT) == "SM1"
        form = it.asked[0][2]
        assert (form["To"], form["MessagingServiceSid"]) == ("+15551230000", SERVICE)
        assert "From" not in form


async def test_without_a_messaging_service_nothing_goes_by_rcs() -> None:
    async with carrier() as it:
        with pytest.raises(OwnerFixable) as failed:
            await it.rest.texts.send(RCS_TEXT)
        assert failed.value.code == "text.bad_channel"
        assert await it.rest.texts.find(RCS_TEXT, since=datetime.now(UTC), but_not=()) is None
        assert it.asked == []
