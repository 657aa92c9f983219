"""A small engine of a test's own making: TwiML and a media socket in plain aiohttp."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import numpy as np
import pytest
from aiohttp import ClientSession, WSMsgType, encode_basic_auth, web
from twilio.request_validator import RequestValidator

from loadtest.simulator import g711
from loadtest.simulator.carrier import CarrierEmulator
from loadtest.simulator.recording import Recording, SampleSpan
from loadtest.simulator.script import CallerScript, PlayWav

ACCOUNT = "AC" + "0" * 32
TOKEN = "a-token"
CALLER, BUSINESS = "+15551230000", "+15559870000"


def tone(ms: int, hz: int = 500) -> np.ndarray:
    return (8000 * np.sin(2 * np.pi * hz * np.arange(ms * 8) / 8000)).astype(np.int16)


def spoken(ms: int = 300, *, lead_ms: int = 40, tail_ms: int = 100) -> Recording:
    """A recording whose speech ends in the middle of a frame."""
    samples = np.concatenate([np.zeros(lead_ms * 8), tone(ms), np.zeros(tail_ms * 8)])
    speech = SampleSpan(lead_ms * 8, (lead_ms + ms) * 8)
    return Recording.of(f"tone{ms}", samples.astype(np.int16), speech=speech)


def agent_audio(ms: int) -> bytes:
    return g711.encode(tone(ms, 700))


class Peer:
    """One media stream as the engine sees it."""

    def __init__(self, socket: web.WebSocketResponse, headers: Any) -> None:
        self.socket = socket
        self.headers = headers
        self.messages: list[dict[str, Any]] = []
        self.odd: list[object] = []
        self.arrived_s: list[float] = []
        self.start: dict[str, Any] = {}

    async def media(self, audio: bytes) -> None:
        await self.send("media", media={"payload": base64.b64encode(audio).decode()})

    async def mark(self, name: str) -> None:
        await self.send("mark", mark={"name": name})

    async def send(self, event: str, **body: object) -> None:
        await self.socket.send_json({"event": event, "streamSid": self.start["streamSid"], **body})

    async def listen(self) -> AsyncIterator[dict[str, Any]]:
        async for message in self.socket:
            if message.type is not WSMsgType.TEXT:
                self.odd.append(message.data)
                continue
            try:
                parsed = json.loads(message.data)
            except ValueError:
                self.odd.append(message.data)
                continue
            self.messages.append(parsed)
            self.arrived_s.append(asyncio.get_running_loop().time())
            if parsed["event"] == "start":
                self.start = parsed["start"]
            yield parsed

    def of(self, event: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["event"] == event]


def loud(message: dict[str, Any]) -> bool:
    return g711.rms(base64.b64decode(message["media"]["payload"])) > 500


class Engine:
    """Serves one test's behaviour."""

    def __init__(self) -> None:
        self.port = 0
        self.public = ""
        self.forms: list[tuple[str, dict[str, str]]] = []
        self.peers: list[Peer] = []
        self.answers: dict[str, str | int] = {}
        self.talk: Callable[[Peer], Awaitable[None]] | None = None
        self.ws_status = 101

    @property
    def url(self) -> str:
        return self.public or f"http://127.0.0.1:{self.port}"

    def connect(self, attributes: str = "", after: str = "", stream: str = "") -> str:
        ws = self.url.replace("http", "ws", 1)
        return (
            f'<Response><Connect {attributes}><Stream url="{ws}/media" {stream}>'
            f'<Parameter name="token" value="t&amp;1"/></Stream></Connect>{after}</Response>'
        )

    def posted(self, path: str) -> list[dict[str, str]]:
        return [form for at, form in self.forms if at == path]

    async def hook(self, request: web.Request) -> web.Response:
        form = {key: str(value) for key, value in (await request.post()).items()}
        signed = RequestValidator(TOKEN).validate(
            self.url + request.path, form, request.headers.get("X-Twilio-Signature", "")
        )
        if not signed:
            return web.Response(status=403)
        self.forms.append((request.path, form))
        answer = self.answers.get(request.path, "<Response/>")
        if request.path == "/incoming" and request.path not in self.answers:
            answer = self.connect()
        if isinstance(answer, int):
            return web.Response(status=answer)
        return web.Response(text=answer, content_type="text/xml")

    async def media(self, request: web.Request) -> web.StreamResponse:
        if self.ws_status != 101:
            return web.Response(status=self.ws_status)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        peer = Peer(socket, request.headers)
        self.peers.append(peer)
        assert self.talk is not None
        await self.talk(peer)
        await socket.close()
        return socket


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    engine = Engine()
    app = web.Application()
    app.router.add_get("/media", engine.media)
    app.router.add_post("/{path:.*}", engine.hook)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    engine.port = runner.addresses[0][1]
    yield engine
    await runner.cleanup()


@pytest.fixture
async def carrier() -> AsyncIterator[CarrierEmulator]:
    async with CarrierEmulator(account_sid=ACCOUNT, auth_token=TOKEN).running() as carrier:
        yield carrier


class Rest:
    """The engine's REST client."""

    def __init__(self, session: ClientSession, base: str) -> None:
        self.session = session
        self.base = f"{base}/2010-04-01/Accounts/{ACCOUNT}"

    async def call(self, method: str, path: str, **form: str) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": encode_basic_auth(ACCOUNT, TOKEN)}
        async with self.session.request(
            method, f"{self.base}/{path}", data=form or None, headers=headers
        ) as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def rest(carrier: CarrierEmulator) -> AsyncIterator[Rest]:
    async with ClientSession() as session:
        yield Rest(session, carrier.rest_url)


def one_turn(**options: Any) -> CallerScript:
    return CallerScript([PlayWav(spoken())], **options)


@pytest.fixture
def phone(engine: Engine, carrier: CarrierEmulator) -> Callable[..., Awaitable[Any]]:
    """Places a call to the engine: `await phone(script, **options)`."""

    async def place(script: CallerScript, **options: Any) -> Any:
        options.setdefault("max_s", 10.0)
        return await carrier.place_call(
            webhook_url=f"{engine.url}/incoming",
            script=script,
            from_number=CALLER,
            to_number=BUSINESS,
            **options,
        )

    return place
