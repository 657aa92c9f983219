"""OpenAI's chat completions on loopback: what any client of theirs can talk to.

    chat = OpenAiChat(scripted_model())
    async with chat.running() as url:                     # OPENAI_BASE_URL: f"{url}/v1"
        ...

``POST /v1/chat/completions`` (streamed or not), ``POST /v1/moderations`` and ``GET /v1/models``.
What is answered comes from a script; how long it takes and what goes wrong from `latency` and
`faults`. Faults at MID_STREAM strike streamed answers only.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final

from aiohttp import web

from loadtest.simulator.providers.chat import ChatAnswer, ChatRequest, ChatScript
from loadtest.simulator.providers.faults import (
    ConnectionGone,
    FaultMoment,
    FaultName,
    FaultScript,
    ProviderFault,
    crumbs,
    on_the_socket,
)
from loadtest.simulator.providers.latency import NO_DELAY, DelayDraws, DelaySpread, Sleep
from loadtest.simulator.providers.openai_answers import AnswerWire
from loadtest.simulator.providers.openai_wire import (
    Json,
    WireRefusal,
    read_request,
    refusal_of,
    unknown_model,
    wrong_key,
)
from loadtest.simulator.providers.serving import listening

EMULATED_KEY: Final = "sk-emulated-0000"
EMULATED_MODEL: Final = "gpt-4.1-mini"


@dataclass(slots=True)
class _Exchange:
    """One request while it is answered; `dribble_s` is the wait before each byte, if it drips."""

    request: web.Request
    request_id: str
    dribble_s: float | None = None

    @property
    def key(self) -> str:
        given = self.request.headers.get("Authorization", "")
        return given.removeprefix("Bearer ") or self.request.headers.get("api-key", "")

    @property
    def headers(self) -> dict[str, str]:
        return {
            "x-request-id": self.request_id,
            "openai-version": "2020-10-01",
            "openai-processing-ms": "12",
        }


class OpenAiChat:
    """The service.

    Args:
        script: what it answers.
        api_key: the only one it takes, as a bearer token or as ``api-key`` (Azure).
        models: those there are.
        faults: of chat completions.
        list_faults: of the list of models.
        first_token: from the request to the first piece, or to the whole answer.
        token_gap: between two pieces.
        seed: of the delays.
        sleep: how it waits.

    Attributes:
        asked: every request that was understood, oldest first.
        ports: the client's port of every request; the same one is the same connection.
        moderated: texts that were to be judged; `flags`: words that are flagged in them.
        given_up: requests whose client left before they were answered.
    """

    def __init__(
        self,
        script: ChatScript,
        *,
        api_key: str = EMULATED_KEY,
        models: Sequence[str] = (EMULATED_MODEL,),
        faults: FaultScript | None = None,
        list_faults: FaultScript | None = None,
        first_token: DelaySpread = NO_DELAY,
        token_gap: DelaySpread = NO_DELAY,
        seed: int = 0,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.faults = faults or FaultScript()
        self.list_faults = list_faults or FaultScript()
        self.asked: list[ChatRequest] = []
        self.ports: list[int] = []
        self.moderated: list[str] = []
        self.flags: tuple[str, ...] = ("loathsome",)
        self.given_up = 0
        self._script = script
        self._key = api_key
        self._models = tuple(models)
        self._first_token = DelayDraws(first_token, seed)
        self._token_gap = DelayDraws(token_gap, seed + 1)
        self._sleep = sleep
        self._left = asyncio.Condition()

    def app(self) -> web.Application:
        """The server application."""
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._complete)
        app.router.add_post("/v1/moderations", self._moderate)
        app.router.add_get("/v1/models", self._list)
        return app

    @asynccontextmanager
    async def running(self, port: int = 0) -> AsyncIterator[str]:
        """Serves for a block; its address is without the ``/v1``."""
        async with listening(self.app(), port) as url:
            yield url

    async def wait_given_up(self, count: int = 1) -> None:
        """Until so many clients have left before they were answered."""
        async with self._left:
            await self._left.wait_for(lambda: self.given_up >= count)

    async def _list(self, request: web.Request) -> web.StreamResponse:
        exchange = self._begun(request)
        try:
            await self._refuse_at(FaultMoment.CONNECT, self.list_faults, exchange)
            self._authorise(exchange)
            await self._refuse_at(FaultMoment.FIRST_BYTE, self.list_faults, exchange)
        except (ConnectionGone, WireRefusal) as end:
            return _ended(end, exchange)
        data = [
            {"id": name, "object": "model", "created": 1_744_000_000, "owned_by": "system"}
            for name in self._models
        ]
        return web.json_response({"object": "list", "data": data}, headers=exchange.headers)

    async def _moderate(self, request: web.Request) -> web.StreamResponse:
        """Flags what has one of `flags`; categories as OpenAI names them."""
        exchange = self._begun(request)
        try:
            await self._refuse_at(FaultMoment.CONNECT, self.list_faults, exchange)
            self._authorise(exchange)
        except (ConnectionGone, WireRefusal) as end:
            return _ended(end, exchange)
        asked = json.loads(await request.read())
        text = str(asked["input"])
        self.moderated.append(text)
        await self._sleep(self._first_token.next_s())
        flagged = any(word in text.lower() for word in self.flags)
        result = {
            "flagged": flagged,
            "categories": {"harassment": flagged, "violence": False},
            "category_scores": {"harassment": 0.97 if flagged else 0.001, "violence": 0.0},
        }
        body = {"id": _id("modr-"), "model": asked["model"], "results": [result]}
        return web.json_response(body, headers=exchange.headers)

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        exchange = self._begun(request)
        try:
            empty = await self._refuse_at(FaultMoment.CONNECT, self.faults, exchange)
            if empty:
                return web.Response(headers=exchange.headers, content_type="text/event-stream")
            self._authorise(exchange)
            asked = read_request(await request.read())
            if asked.model not in self._models:
                raise unknown_model(asked.model)
            self.asked.append(asked)
            wire = AnswerWire(_id("chatcmpl-"), int(time.time()), asked, self._script(asked))
            await self._sleep(self._first_token.next_s())
            if asked.stream:
                return await self._stream(wire, exchange)
            empty = await self._refuse_at(FaultMoment.FIRST_BYTE, self.faults, exchange)
            return web.json_response(None if empty else wire.whole(), headers=exchange.headers)
        except (ConnectionGone, WireRefusal) as end:
            return _ended(end, exchange)
        except asyncio.CancelledError:
            async with self._left:
                self.given_up += 1
                self._left.notify_all()
            raise

    def _begun(self, request: web.Request) -> _Exchange:
        peer = request.transport.get_extra_info("peername") if request.transport else None
        self.ports.append(peer[1] if peer else 0)
        return _Exchange(request, _id("req_"))

    def _authorise(self, exchange: _Exchange) -> None:
        if not hmac.compare_digest(exchange.key.encode(), self._key.encode()):
            raise wrong_key(exchange.key)

    async def _refuse_at(self, at: FaultMoment, script: FaultScript, exchange: _Exchange) -> bool:
        """Lets the fault of a moment strike; whether the answer is to be an empty success."""
        fault = await self._suffered(script.take(at), exchange)
        if fault is None or fault.name is FaultName.EMPTY_SUCCESS:
            return fault is not None
        raise refusal_of(fault, exchange.key)

    async def _suffered(
        self, fault: ProviderFault | None, exchange: _Exchange
    ) -> ProviderFault | None:
        """What of a fault is still to be said in words, once the rest of it was done."""
        if fault is None or fault.name.in_words:
            return fault
        if fault.name is FaultName.DRIBBLE:
            exchange.dribble_s = fault.wait_s
        else:
            await on_the_socket(fault, exchange.request.transport, self._sleep)
        return None

    async def _stream(self, wire: AnswerWire, exchange: _Exchange) -> web.StreamResponse:
        """The answer as server-sent events; a fault takes the place of what would come next."""
        response = web.StreamResponse(headers=exchange.headers)
        response.content_type = "text/event-stream"
        await response.prepare(exchange.request)
        pieces = list(wire.pieces())
        late = self.faults.take(FaultMoment.MID_STREAM)
        strikes = {0: self.faults.take(FaultMoment.FIRST_BYTE)}
        if late is not None:
            strikes[max(1, min(late.after, len(pieces)))] = late
        for number in range(len(pieces) + 1):
            fault = await self._suffered(strikes.get(number), exchange)
            if fault is not None:
                await self._say_fault(fault, wire, response, exchange)
                return response
            if number < len(pieces):
                if number:
                    await self._sleep(self._token_gap.next_s())
                await self._send(_event(pieces[number]), response, exchange)
        for piece in wire.end():
            await self._send(_event(piece), response, exchange)
        await self._send(_DONE, response, exchange)
        await response.write_eof()
        return response

    async def _say_fault(
        self,
        fault: ProviderFault,
        wire: AnswerWire,
        response: web.StreamResponse,
        exchange: _Exchange,
    ) -> None:
        """The end of a stream with a fault in words.

        An empty success is an answer without content, or, in the middle, one whose end is missing.
        """
        if fault.name is not FaultName.EMPTY_SUCCESS:
            await self._send(_event(refusal_of(fault, exchange.key).body), response, exchange)
        elif fault.moment is FaultMoment.FIRST_BYTE:
            for piece in replace(wire, answer=ChatAnswer()).end():
                await self._send(_event(piece), response, exchange)
            await self._send(_DONE, response, exchange)
        else:
            await self._send(_DONE, response, exchange)
        await response.write_eof()

    async def _send(self, data: bytes, response: web.StreamResponse, exchange: _Exchange) -> None:
        if exchange.dribble_s is None:
            await response.write(data)
            return
        for crumb in crumbs(data):
            await self._sleep(exchange.dribble_s)
            await response.write(crumb)


_DONE: Final = b"data: [DONE]\n\n"


def _event(body: Json) -> bytes:
    return f"data: {json.dumps(body, separators=(',', ':'))}\n\n".encode()


def _id(prefix: str) -> str:
    return prefix + secrets.token_hex(12)


def _ended(end: ConnectionGone | WireRefusal, exchange: _Exchange) -> web.Response:
    if isinstance(end, ConnectionGone):
        return web.Response()
    return web.json_response(
        end.body, status=end.status, headers={**exchange.headers, **end.headers}
    )
