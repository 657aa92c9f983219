"""A caller of our own making on the carrier's wire, for what a well-behaved carrier never does.

It signs its webhooks and numbers its messages like the emulator, but a test decides when it says
what, when it falls silent without a goodbye, and under which CallSid it comes back.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress

import aiohttp

from loadtest.simulator import g711, twiml
from loadtest.simulator.g711 import FRAME_8K, RATE_HZ
from loadtest.simulator.media_stream import MediaStreamClient
from loadtest.simulator.messages import OutboundMedia, StreamIds
from loadtest.simulator.metronome import FRAME_S
from loadtest.simulator.playout import PlayoutBuffer
from loadtest.simulator.recording import Recording
from loadtest.simulator.script import ONE_MOMENT_MS, WHOLE_REPLY_MS
from loadtest.simulator.twiml import Document
from loadtest.simulator.webhooks import WebhookClient
from tests.support.live import Live

SILENCE = g711.SILENCE * FRAME_8K


class WireCall:
    """One call, possibly over several streams.

    `received` holds every message of the engine; marks are echoed as soon as their sound would
    have been played.
    """

    def __init__(self, live: Live, webhooks: WebhookClient, call_sid: str, caller: str) -> None:
        self.call_sid = call_sid
        self.stream_sid = ""
        self.answer = Document("", ())
        self.moved_to = ""
        self.received: list[dict[str, object]] = []
        self.closed = asyncio.Event()
        self.sounded = asyncio.Event()
        self._live = live
        self._webhooks = webhooks
        self._caller = caller
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._client: MediaStreamClient[float] | None = None
        self._speech = bytearray()
        self._spoken = asyncio.Event()
        self._mute = False
        self._tasks: list[asyncio.Task[None]] = []
        self._heard_8k = 0

    def fields(self, **changes: str) -> dict[str, str]:
        """The carrier's form about this call."""
        return {
            "CallSid": self.call_sid,
            "AccountSid": self._live.carrier.account_sid,
            "From": self._caller,
            "To": self._live.business.phone,
            "CallStatus": "in-progress",
            "ApiVersion": "2010-04-01",
            "Direction": "inbound",
            **changes,
        }

    @property
    def from_number(self) -> str:
        """Caller (`loadtest.simulator.rest.RestCall`, like the next four)."""
        return self._caller

    @property
    def to_number(self) -> str:
        """Called number."""
        return self._live.business.phone

    @property
    def status(self) -> str:
        """Until it was moved elsewhere."""
        return "in-progress"

    @property
    def duration_s(self) -> float:
        """Nobody asks."""
        return 0.0

    def complete(self) -> None:
        """No test of ours is hung up on over REST."""
        raise AssertionError(self.call_sid)

    def update(self, *, twiml: str | None, url: str | None) -> None:
        """The engine sends the caller elsewhere: the carrier ends the stream."""
        self.moved_to = twiml or ""
        self._tasks.append(asyncio.ensure_future(self._stop()))

    async def ring(self) -> Document:
        """`POST /incoming`."""
        return await self.ask(f"{self._live.engine.url}/incoming")

    async def ask(self, url: str) -> Document:
        """A signed webhook; the TwiML it answers."""
        return twiml.parse(await self._webhooks.post(url, self.fields()))

    async def tell(self, path: str, **changes: str) -> None:
        """A signed callback."""
        await self._webhooks.post(f"{self._live.engine.url}{path}", self.fields(**changes))

    async def connect(self, document: Document) -> None:
        """Open the stream that `document` asks for, and start to send silence."""
        self.answer = document
        (noun,) = (verb.stream for verb in document.verbs if verb.stream is not None)
        await self.connect_to(noun.url, noun.parameters)

    async def connect_to(self, url: str, parameters: Mapping[str, str]) -> None:
        """Open a stream, and start to send silence."""
        self.stream_sid = f"MZ{secrets.token_hex(16)}"
        ids = StreamIds(self._live.carrier.account_sid, self.call_sid, self.stream_sid)
        now_8k = asyncio.get_running_loop().time() * RATE_HZ
        self._client = MediaStreamClient(ids, parameters, PlayoutBuffer(now_8k))
        self._socket = await self._webhooks.dial(url)
        self.closed.clear()
        self.sounded.clear()
        self._mute = False
        for message in self._client.opening():
            await self._socket.send_str(message)
        self._tasks = [
            asyncio.ensure_future(self._read(self._socket, self._client)),
            asyncio.ensure_future(self._send()),
        ]

    async def answered(self) -> None:
        """Ring and connect."""
        await self.connect(await self.ring())

    async def play(self, turn: Recording) -> None:
        """Say a recording; returns when its last frame is on the wire."""
        self._spoken.clear()
        self._speech += turn.audio
        await self._spoken.wait()

    async def insist(
        self, turn: Recording, done: Callable[[], Awaitable[object]], *, tries: int = 5
    ) -> None:
        """Say `turn` until `done`, again each time the agent has answered something else.

        A caller who was not understood repeats it; how well the recogniser hears is measured
        elsewhere.
        """
        for _ in range(tries):
            self.sounded.clear()
            await self.play(turn)
            answered = asyncio.ensure_future(self.agent_done())
            try:
                while not answered.done():
                    if await done():
                        return
                    await asyncio.sleep(0.002)
            finally:
                answered.cancel()
                await asyncio.gather(answered, return_exceptions=True)
        raise AssertionError(f"{turn.name}: not understood in {tries} tries")

    async def agent_done(self, *, silence_s: float = 0.7, within_s: float = 30.0) -> None:
        """Wait until the agent has sounded and then been silent for a while.

        After a word or two ("One moment.") the silence has to be longer, as people would wait for
        what was announced; 0 means not to wait for silence at all.
        """
        loop = asyncio.get_running_loop()

        def rest_s() -> float:
            short = 0 < self._heard_8k < WHOLE_REPLY_MS * RATE_HZ / 1000 and silence_s > 0
            needed_s = max(silence_s, ONE_MOMENT_MS / 1000) if short else silence_s
            return self._plays_until_s() + needed_s - loop.time()

        async with asyncio.timeout(within_s):
            await self.sounded.wait()
            while rest_s() > 0:  # noqa: ASYNC110
                await asyncio.sleep(min(rest_s(), 0.05))
        self.sounded.clear()
        self._heard_8k = 0

    async def send(self, frame: bytes, *, binary: bool = False) -> None:
        """Any frame; a text frame need not be UTF-8."""
        assert self._socket is not None
        kind = aiohttp.WSMsgType.BINARY if binary else aiohttp.WSMsgType.TEXT
        await self._socket.send_frame(frame, kind)

    async def press(self, digit: str) -> None:
        """A key."""
        assert self._client is not None
        await self.send(self._client.dtmf(digit).encode())

    def mute(self) -> None:
        """Send no more frames; the socket stays open."""
        self._mute = True

    async def hang_up(self) -> None:
        """What a carrier does when the caller hangs up: `stop`, then close."""
        with suppress(ConnectionError):  # the agent may have been quicker
            await self._stop()
        await self.drop()
        await self.tell("/status", CallStatus="completed", SequenceNumber="0", CallDuration="3")

    async def _stop(self) -> None:
        assert self._socket is not None
        assert self._client is not None
        self._mute = True
        await self._socket.send_str(self._client.stop())

    def detach(self) -> aiohttp.ClientWebSocketResponse:
        """Leave the present stream open but say nothing more on it; it is still read."""
        assert self._socket is not None
        _, sending = self._tasks[:2]
        sending.cancel()
        return self._socket

    async def drop(self) -> None:
        """Lose the connection without a word."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._socket is not None:
            if (connection := self._socket._conn) and connection.transport:
                connection.transport.abort()
            await self._socket.close()

    def _plays_until_s(self) -> float:
        return 0.0 if self._client is None else self._client.playout.dry_8k / RATE_HZ

    async def _read(
        self, socket: aiohttp.ClientWebSocketResponse, client: MediaStreamClient[float]
    ) -> None:
        loop = asyncio.get_running_loop()
        async for message in socket:
            self.received.append(json.loads(message.data))
            received = client.receive(loop.time() * RATE_HZ, message.data)
            if isinstance(received.message, OutboundMedia):
                self._heard_8k += len(received.message.audio)
                self.sounded.set()
            with suppress(ConnectionError):
                for echo in received.echoes:
                    await socket.send_str(echo)
        self.closed.set()

    async def _send(self) -> None:
        """A frame every 20 ms: what is to be said, else silence; and the marks that are due."""
        assert self._socket is not None
        assert self._client is not None
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        while not self._socket.closed:
            frame = bytes(self._speech[:FRAME_8K])
            del self._speech[:FRAME_8K]
            if not self._mute:
                with suppress(ConnectionError):
                    padded = frame + SILENCE[len(frame) :]
                    await self._socket.send_str(self._client.media(padded))
            with suppress(ConnectionError):
                for echo in self._client.due(loop.time() * RATE_HZ):
                    await self._socket.send_str(echo)
            if not self._speech:
                self._spoken.set()
            due_s += FRAME_S
            await asyncio.sleep(max(due_s - loop.time(), 0.0))


@asynccontextmanager
async def wire_call(
    live: Live, *, call_sid: str = "", caller: str = "+15551230000"
) -> AsyncIterator[WireCall]:
    """A call that has not rung yet; whatever is left of it is dropped at the end."""
    async with aiohttp.ClientSession() as http:
        webhooks = WebhookClient(http, live.carrier.auth_token, {})
        call = WireCall(live, webhooks, call_sid or f"CA{secrets.token_hex(16)}", caller)
        live.carrier.emulator._calls[call.call_sid] = call  # in the emulator's seat
        try:
            yield call
        finally:
            await call.drop()
