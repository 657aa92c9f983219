"""A real server with the carrier's routes, and stand-ins for everything behind them."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlencode

from aiohttp import ClientResponse, ClientWebSocketResponse, WSMsgType, web
from aiohttp.test_utils import TestClient, TestServer
from twilio.request_validator import RequestValidator

from loadtest.simulator.messages import CONNECTED, StreamIds, StreamWriter
from telephony.contract import (
    Answer,
    ConnectAgent,
    DialEnded,
    DialPerson,
    Goodbye,
    InboundText,
    IncomingCall,
    StatusReport,
    StreamReport,
    Voicemail,
)
from telephony.token_gate import TokenGate
from telephony.twilio.account import TwilioAccount
from telephony.twilio.forms import Signatures
from telephony.twilio.hand_off_webhook import HandOffHooks
from telephony.twilio.routes import add_routes
from telephony.twilio.socket import Accept, CallAccepted, SocketLimits
from telephony.twilio.webhook import Hooks
from telephony.twilio.whisper_texts import WhisperTexts
from voiceagent.core.clock import ManualClock
from voiceagent.core.wire import CarrierEvents, LineEnd
from voiceagent.domain.answered import Known, RequestKey
from voiceagent.domain.texting import DeliveryReport
from voiceagent.errors import PeerMisbehaved
from voiceagent.store.memory.answered import MemoryAnswerMemory

ACCOUNT = TwilioAccount("AC" + "0" * 32, "s3cret", "https://voice.example.com")
CALL = IncomingCall("CA" + "1" * 32, "+15551230000", "+19375550100")
STREAM = "MZ" + "2" * 32
ON_CALL = "+19375550111"
NOW = datetime(2025, 8, 30, tzinfo=UTC)
BYE, NOBODY = Goodbye("Bye."), Goodbye("Nobody is there.")
AGENT = ConnectAgent()
CLOSES = {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED}


class Ear:
    """A media plane that writes down what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[object, ...]] = []
        self.ended: list[LineEnd] = []
        self.changed = asyncio.Event()
        self.fails = False

    def on_audio(self, mulaw: bytes, *, timestamp_ms: int | None, chunk: int | None) -> None:
        if self.fails:
            raise ZeroDivisionError
        self._note("audio", mulaw, timestamp_ms, chunk)

    def on_mark(self, name: str) -> None:
        self._note("mark", name)

    def on_key(self, digit: str) -> None:
        self._note("key", digit)

    def on_closed(self, reason: LineEnd) -> None:
        self.ended.append(reason)
        self.changed.set()

    def _note(self, *what: object) -> None:
        self.heard.append(what)
        self.changed.set()

    async def until(self, count: int) -> None:
        while len(self.heard) < count:
            self.changed.clear()
            await asyncio.wait_for(self.changed.wait(), 5)

    async def end(self) -> LineEnd:
        while not self.ended:
            self.changed.clear()
            await asyncio.wait_for(self.changed.wait(), 5)
        return self.ended[0]


class Memory(MemoryAnswerMemory):
    """A memory of answered requests that may be down."""

    error: Exception | None = None

    async def begin(self, key: RequestKey) -> Known:
        if self.error:
            raise self.error
        return await super().begin(key)


@dataclass
class Edge:
    """The server under test; `client` talks to it, the rest is what it talks to."""

    client: TestClient[web.Request, web.Application]
    clock: ManualClock
    gate: TokenGate
    briefings: WhisperTexts
    account: TwilioAccount = ACCOUNT
    answer: Answer | Exception = AGENT
    after_stream: Answer | Exception = BYE
    after_dial: Answer | Exception = NOBODY
    reply: str | Exception = "Hello."
    override_accept: Accept | None = None
    accept_error: Exception | None = None
    rings: list[IncomingCall] = field(default_factory=list)
    reports: list[object] = field(default_factory=list)
    accepted: list[CallAccepted] = field(default_factory=list)
    ears: list[Ear] = field(default_factory=list)
    unclaimed: list[IncomingCall] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)
    warnings: list[PeerMisbehaved] = field(default_factory=list)
    memory: Memory = field(default_factory=lambda: Memory(ManualClock(NOW)))
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    def count(self, code: str) -> None:
        self.counted[code] += 1

    def warn(self, error: PeerMisbehaved) -> None:
        self.warnings.append(error)

    async def accept(self, accepted: CallAccepted) -> CarrierEvents:
        self.accepted.append(accepted)
        if self.accept_error:
            raise self.accept_error
        return await (self.override_accept or self.open_ear)(accepted)

    async def open_ear(self, _accepted: CallAccepted) -> Ear:
        self.ears.append(Ear())
        self.opened.set()
        return self.ears[-1]

    async def incoming(self, call: IncomingCall) -> Answer:
        self.rings.append(call)
        return _or_raise(self.answer)

    async def stream_ended(self, _call: IncomingCall) -> Answer:
        return _or_raise(self.after_stream)

    async def dial_ended(self, ended: DialEnded) -> Answer:
        self.reports.append(ended)
        return _or_raise(self.after_dial)

    async def note(self, report: StatusReport | StreamReport | Voicemail | DeliveryReport) -> None:
        self.reports.append(report)

    async def inbound_text(self, text: InboundText) -> str:
        self.reports.append(text)
        if isinstance(self.reply, Exception):
            raise self.reply
        return self.reply

    async def post(
        self, path: str, fields: Mapping[str, str], *, headers: Mapping[str, str] | None = None
    ) -> ClientResponse:
        """A webhook as Twilio would send it, signed for the public URL."""
        validator = RequestValidator(self.account.auth_token)
        signature = validator.compute_signature(self.account.url(path), dict(fields))
        all_headers = {"X-Twilio-Signature": signature} | dict(headers or {})
        return await self.post_raw(path, urlencode(fields), headers=all_headers)

    async def post_raw(
        self, path: str, body: str | bytes, *, headers: Mapping[str, str]
    ) -> ClientResponse:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return await self.client.post(path, data=body, headers=form | dict(headers))

    async def dial(
        self, start: Mapping[str, object] | None = None, *, path: str = "/media"
    ) -> ClientWebSocketResponse:
        """A media socket that has said `connected`, and `start` if one is given."""
        ws = await self.client.ws_connect(path, autoping=True)
        await ws.send_str(CONNECTED)
        if start is not None:
            await ws.send_str(json.dumps(start))
        return ws

    async def live(self) -> tuple[ClientWebSocketResponse, Ear, CallAccepted]:
        """A media socket whose call is up."""
        self.opened.clear()
        ws = await self.dial(start(self.gate.issue(CALL)))
        await ws.send_str(json.dumps(mark("up")))
        await asyncio.wait_for(self.opened.wait(), 5)
        await self.ears[-1].until(1)
        self.ears[-1].heard.clear()
        return ws, self.ears[-1], self.accepted[-1]


def _or_raise(value: Answer | Exception) -> Answer:
    if isinstance(value, Exception):
        raise value
    return value


def carrier(parameters: Mapping[str, str] | None = None) -> StreamWriter:
    """The carrier's side of `STREAM`, which these tests write by hand to get it wrong."""
    ids = StreamIds(ACCOUNT.account_sid, CALL.call_sid, STREAM)
    return StreamWriter(ids, parameters or {})


def start(token: str | None, **changes: object) -> dict[str, object]:
    return _changed(carrier({} if token is None else {"token": token}).start(), "start", changes)


def mark(name: str) -> dict[str, object]:
    message: dict[str, object] = json.loads(carrier().mark(name))
    return message


def media(payload: str, chunk: int = 1) -> dict[str, object]:
    changes = {"chunk": str(chunk), "timestamp": "20", "payload": payload}
    return _changed(carrier().media(b""), "media", changes)


def _changed(text: str, part: str, changes: Mapping[str, object]) -> dict[str, object]:
    """The message `text` with `changes` made in its part `part`."""
    message: dict[str, object] = json.loads(text)
    inner = message[part]
    assert isinstance(inner, dict)
    return message | {part: {**inner, **changes}}


@asynccontextmanager
async def running(
    *,
    account: TwilioAccount = ACCOUNT,
    limits: SocketLimits | None = None,
    hand_offs: HandOffHooks | None = None,
    signatures: Signatures = Signatures.REQUIRED,
    capacity: int = 64,
) -> AsyncIterator[Edge]:
    clock = ManualClock(NOW)
    unclaimed: list[IncomingCall] = []
    gate = TokenGate(clock, capacity=capacity, on_unclaimed=unclaimed.append)
    app = web.Application()
    client = TestClient(TestServer(app))
    memory = Memory(clock)
    edge = Edge(
        client, clock, gate, WhisperTexts(), account=account, unclaimed=unclaimed, memory=memory
    )
    hooks = Hooks(
        incoming=edge.incoming,
        stream_ended=edge.stream_ended,
        dial_ended=edge.dial_ended,
        call_status=edge.note,
        stream_status=edge.note,
        voicemail=edge.note,
        inbound_text=edge.inbound_text,
        message_status=edge.note,
    )
    add_routes(
        app,
        account=account,
        gate=gate,
        hooks=hooks,
        accept=edge.accept,
        memory=edge.memory,
        watch=edge,
        briefings=edge.briefings,
        fallback=DialPerson("One moment.", ON_CALL),
        last_words="Please call again later.",
        signatures=signatures,
        limits=limits,
        hand_offs=hand_offs,
    )
    async with client:
        yield edge
