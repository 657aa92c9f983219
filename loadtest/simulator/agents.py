"""The outside agents of a business, as their page describes them (docs/outside-agents.md).

It is strict where the page is: a request that is not as described is answered 400 and noted in
`complaints`, so a test that finds none there has seen the protocol kept. It hears events at least
once and keeps each id once.

    python -m loadtest.simulator.agents --port 8099     # writes the settings of an engine
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from aiohttp import web

from loadtest.simulator.providers.serving import listening

JSON_TYPE: Final = "application/json"
EVENT_TYPE: Final = "application/cloudevents+json"
_EVENT_KEYS: Final = frozenset(
    {"specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data"}
)


class AgentFault(StrEnum):
    """How an agent misbehaves.

    NONE · SILENT: accepts and says nothing · DOWN: 503 · BUSY: 429 with ``Retry-After`` · ODD: JSON
    that nobody agreed on · GARBAGE: no JSON at all · ENDLESS: an answer without end · MOVED: sends
    the request, token and all, elsewhere · DEAF: hears, and breaks off before it answers.
    """

    NONE = "none"
    SILENT = "silent"
    DOWN = "down"
    BUSY = "busy"
    ODD = "odd"
    GARBAGE = "garbage"
    ENDLESS = "endless"
    MOVED = "moved"
    DEAF = "deaf"


@dataclass
class AgentsEmulator:
    """All agents behind one port; `url` is known while it runs.

    Attributes:
        token: what has to be brought.
        tables: what ``GET /prices`` answers.
        refused: offers that Finance does not give, with the sentence.
        stock: answers of ``POST /eta`` by part.
        joining: answer of ``POST /who-joins``.
        fault: how it behaves.
        events: what was heard, by id.
        heard: how often each id came.
        complaints: what was not as the page says.
        asked: paths that were asked for, in order.
    """

    token: str = "agent-token-12"  # noqa: S105 - of nothing real
    tables: list[object] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    stock: dict[str, dict[str, object]] = field(default_factory=dict)
    joining: list[str] = field(default_factory=list)
    fault: AgentFault = AgentFault.NONE
    events: dict[str, dict[str, object]] = field(default_factory=dict)
    heard: dict[str, int] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    @asynccontextmanager
    async def running(self, port: int = 0) -> AsyncIterator[AgentsEmulator]:
        """Serve on a port of this machine for a block; 0 is any free one."""
        app = web.Application()
        app.router.add_get("/health", self._health)
        app.router.add_get("/prices", self._prices)
        app.router.add_post("/offers/check", self._offer)
        app.router.add_post("/eta", self._eta)
        app.router.add_post("/who-joins", self._who_joins)
        app.router.add_post("/events", self._event)
        app.router.add_get("/elsewhere", self._elsewhere)
        app.router.add_post("/elsewhere", self._elsewhere)
        async with listening(app, port) as url:
            self.url = url
            yield self

    async def _health(self, request: web.Request) -> web.StreamResponse:
        return await self._behaved(request) or web.json_response({})

    async def _prices(self, request: web.Request) -> web.StreamResponse:
        if (wrong := await self._behaved(request)) is not None:
            return wrong
        if set(request.query) != {"day"} or not _is_date(request.query["day"]):
            return self._complain("prices: day is a date")
        return web.json_response({"tables": self.tables})

    async def _offer(self, request: web.Request) -> web.StreamResponse:
        if (wrong := await self._behaved(request)) is not None:
            return wrong
        body = await _json(request)
        if body is None or set(body) != {"offer", "customer"} or not isinstance(body["offer"], str):
            return self._complain("offers: offer and customer")
        say = self.refused.get(str(body["offer"]))
        return web.json_response({"allowed": say is None, "say": say or ""})

    async def _eta(self, request: web.Request) -> web.StreamResponse:
        if (wrong := await self._behaved(request)) is not None:
            return wrong
        body = await _json(request)
        if body is None or set(body) != {"part", "model"} or not isinstance(body["part"], str):
            return self._complain("eta: part and model")
        found = self.stock.get(str(body["part"]))
        unknown: dict[str, object] = {"part": body["part"], "known": False}
        return web.json_response(unknown if found is None else {"part": body["part"], **found})

    async def _who_joins(self, request: web.Request) -> web.StreamResponse:
        if (wrong := await self._behaved(request)) is not None:
            return wrong
        body = await _json(request)
        if body is None or set(body) != {"service_type", "technician"}:
            return self._complain("who-joins: service_type and technician")
        return web.json_response({"technicians": self.joining})

    async def _event(self, request: web.Request) -> web.StreamResponse:
        if self.fault is AgentFault.DEAF:
            await self._hear(request)
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        if (wrong := await self._behaved(request)) is not None:
            return wrong
        return await self._hear(request)

    async def _hear(self, request: web.Request) -> web.Response:
        if request.content_type != EVENT_TYPE:
            return self._complain("events: the type of the body")
        body = await _json(request)
        problem = "no JSON object" if body is None else _event_problem(body)
        if body is None or problem:
            return self._complain(f"events: {problem}")
        if not request.headers.get("Idempotency-Key"):
            return self._complain("events: no Idempotency-Key")
        named = str(body["id"])
        known = named in self.events
        if known and self.events[named] != body:
            return self._complain("events: an id came again with other content")
        self.events[named] = body
        self.heard[named] = self.heard.get(named, 0) + 1
        return web.Response(status=409 if known else 202)

    async def _elsewhere(self, request: web.Request) -> web.Response:
        return self._complain(f"followed elsewhere with {request.headers.get('Authorization')}")

    async def _behaved(self, request: web.Request) -> web.StreamResponse | None:  # noqa: PLR0911 - one return per fault
        self.asked.append(request.path)
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.Response(status=401)
        match self.fault:
            case AgentFault.SILENT:
                await asyncio.sleep(3600)
            case AgentFault.DOWN:
                return web.Response(status=503)
            case AgentFault.BUSY:
                return web.Response(status=429, headers={"Retry-After": "7"})
            case AgentFault.ODD:
                return web.json_response({"answer": 42})
            case AgentFault.GARBAGE:
                return web.Response(text="<html>It works!</html>", content_type="text/html")
            case AgentFault.ENDLESS:
                return await _endless(request)
            case AgentFault.MOVED:
                return web.Response(status=307, headers={"Location": f"{self.url}/elsewhere"})
        return None

    def _complain(self, what: str) -> web.Response:
        self.complaints.append(what)
        return web.Response(status=400, text=what)


async def _endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b" " * 65536)


async def _json(request: web.Request) -> dict[str, object] | None:
    try:
        body = json.loads(await request.read())
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _event_problem(event: Mapping[str, object]) -> str:
    """What of CloudEvents 1.0 (structured JSON) an event breaks; "" for nothing."""
    if not set(event) <= _EVENT_KEYS:
        return f"unknown attributes {sorted(set(event) - _EVENT_KEYS)}"
    for name in ("specversion", "id", "source", "type"):
        if not isinstance(event.get(name), str) or not event[name]:
            return f"{name} is a text that is not empty"
    if event["specversion"] != "1.0":
        return "specversion is 1.0"
    if "time" in event and not _is_moment(event["time"]):
        return "time is RFC 3339"
    if event.get("datacontenttype") != JSON_TYPE:
        return "datacontenttype is application/json"
    return "" if isinstance(event.get("data"), dict) else "data is an object"


def _is_moment(text: object) -> bool:
    try:
        return isinstance(text, str) and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


async def _serve(port: int) -> None:
    async with AgentsEmulator().running(port) as agents:
        for name in ("FINANCE", "PARTS", "TECH_ASSIST", "AREA_CEO", "ESCALATION_LEAD"):
            sys.stdout.write(f"{name}_URL={agents.url}\n{name}_TOKEN={agents.token}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main() -> None:
    """Play all agents until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    asyncio.run(_serve(parser.parse_args().port))


if __name__ == "__main__":
    main()
