"""OpenAI's Realtime over a WebSocket (``/v1/realtime``), emulated on the wire.

    realtime = RealtimeEmulator(scripted_model, hum, ByManifest.read("…/manifest.toml"))
    async with listening(realtime.app()) as url:          # ws of it + "/v1/realtime?model=…"
        ...

It hears by a recogniser of recordings, thinks by the script of a model that reads, and speaks by
the voice it is given, in μ-law at 8 kHz. Here a connection is let in or refused; what happens on it
is in `realtime_session`, and how a response is streamed in `realtime_streaming`. Sources:
https://platform.openai.com/docs/api-reference/realtime-server-events and
https://platform.openai.com/docs/guides/realtime-conversations.

A *request*, for the script of faults, is a response; at CONNECT it is the connection. MID_STREAM
counts all events of a response, or those of the kind that a fault names.
"""

from __future__ import annotations

import asyncio
import hmac
from typing import Final

from aiohttp import web

from loadtest.simulator.providers.chat import ChatRequest, ChatScript
from loadtest.simulator.providers.faults import (
    ConnectionGone,
    FaultMoment,
    FaultScript,
    on_the_socket,
)
from loadtest.simulator.providers.hearing import Recognise
from loadtest.simulator.providers.latency import NO_DELAY, DelayDraws, DelaySpread, Sleep
from loadtest.simulator.providers.openai_chat import EMULATED_KEY
from loadtest.simulator.providers.openai_wire import refusal_of, unknown_model, wrong_key
from loadtest.simulator.providers.realtime_session import RealtimeSession
from loadtest.simulator.providers.realtime_streaming import SAID, RealtimeService, Render

EMULATED_REALTIME: Final = "gpt-realtime"


class RealtimeEmulator:
    """The service.

    Args:
        script: what it answers.
        render: how it speaks.
        recognise: what it hears.
        api_key: the only one it takes, as a bearer token.
        model: the one there is.
        faults: what goes wrong.
        first_sound: from the request to the first piece of a response.
        gap: between two pieces of sound.
        seed: of the delays.
        sleep: how it waits.

    Attributes:
        sessions: opened so far, oldest first.
        attempts: connections that were asked for.
    """

    def __init__(
        self,
        script: ChatScript,
        render: Render,
        recognise: Recognise,
        *,
        api_key: str = EMULATED_KEY,
        model: str = EMULATED_REALTIME,
        faults: FaultScript | None = None,
        first_sound: DelaySpread = NO_DELAY,
        gap: DelaySpread = NO_DELAY,
        seed: int = 0,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.faults = faults or FaultScript()
        self.sessions: list[RealtimeSession] = []
        self.attempts = 0
        self._service = RealtimeService(
            script,
            render,
            recognise,
            model,
            self.faults,
            DelayDraws(first_sound, seed),
            DelayDraws(gap, seed + 1),
            sleep,
        )
        self._key = api_key
        self._asked_for = asyncio.Condition()

    @property
    def asked(self) -> list[ChatRequest]:
        """What the model was asked, oldest first."""
        return self._service.asked

    async def wait_attempts(self, count: int) -> None:
        """Until so many connections were asked for."""
        async with self._asked_for:
            await self._asked_for.wait_for(lambda: self.attempts >= count)

    def app(self) -> web.Application:
        """The server application."""
        app = web.Application()
        self.add_to(app)
        return app

    def add_to(self, app: web.Application) -> None:
        """Lets another application serve it too."""
        app.router.add_get("/v1/realtime", self._open)

    async def _open(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.take(FaultMoment.CONNECT)
        async with self._asked_for:
            self.attempts += 1
            self._asked_for.notify_all()
        if fault is not None and fault.name.of_the_socket:
            try:
                await on_the_socket(fault, request.transport, self._service.sleep)
            except ConnectionGone:
                return web.Response(status=500)
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        refusal = refusal_of(fault, key) if fault and fault.name in SAID else None
        if refusal is None and not hmac.compare_digest(key.encode(), self._key.encode()):
            refusal = wrong_key(key)
        model = request.query.get("model", "")
        if refusal is None and model != self._service.model:
            refusal = unknown_model(model)
        if refusal is not None:
            return web.json_response(refusal.body, status=refusal.status, headers=refusal.headers)
        socket = web.WebSocketResponse(compress=False, timeout=1.0, max_msg_size=2**25)
        await socket.prepare(request)
        session = RealtimeSession(self._service, socket, request.transport)
        self.sessions.append(session)
        await session.serve()
        return socket
