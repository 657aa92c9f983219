"""PagerDuty's Events API v2 on a real socket, as its documentation has it.

Source: https://developer.pagerduty.com/docs/send-alert-event.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

KEY = "0123456789abcdef0123456789abcdef"
ACTIONS = {"trigger", "acknowledge", "resolve"}
SEVERITIES = {"critical", "warning", "error", "info"}


@dataclass
class PagerDuty:
    """`alerts` are open, by dedup key; `events` all that was accepted. `faults` come first."""

    key: str = KEY
    alerts: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    faults: deque[int | float] = field(default_factory=deque)
    """Statuses to answer with instead (an int), or how long to say nothing (a float, seconds).
    Whatever it is, the event was taken: the answer is what gets lost."""

    url: str = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[PagerDuty]:
        app = web.Application()
        app.router.add_post("/v2/enqueue", self._enqueue)
        async with TestServer(app) as server:
            self.url = str(server.make_url("")).rstrip("/")
            yield self

    async def _enqueue(self, request: web.Request) -> web.Response:
        event = await request.json()
        wrong = self._wrong(event)
        if wrong:
            body = {
                "status": "invalid event",
                "message": "Event object is invalid",
                "errors": wrong,
            }
            return web.json_response(body, status=400)
        fault = self.faults.popleft() if self.faults else None
        if fault != 429:
            self._take(event)
        if isinstance(fault, float):
            await asyncio.sleep(fault)
        if isinstance(fault, int):
            return web.json_response({"status": "throttled"}, status=fault)
        done = {"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]}
        return web.json_response(done, status=202)

    def _take(self, event: dict[str, Any]) -> None:
        self.events.append(event)
        if event["event_action"] == "trigger":
            self.alerts.setdefault(event["dedup_key"], event["payload"])
        if event["event_action"] == "resolve":
            self.alerts.pop(event["dedup_key"], None)

    def _wrong(self, event: dict[str, Any]) -> list[str]:
        found = []
        if event.get("routing_key") != self.key:
            found.append("Invalid routing key")
        if event.get("event_action") not in ACTIONS:
            found.append("'event_action' is invalid")
        if len(event.get("dedup_key", "")) > 255:
            found.append("'dedup_key' is too long")
        if event.get("event_action") == "trigger":
            payload = event.get("payload", {})
            missing = [one for one in ("summary", "source", "severity") if not payload.get(one)]
            found += [f"'payload.{one}' is missing or blank" for one in missing]
            if payload.get("severity") not in SEVERITIES or len(payload.get("summary", "")) > 1024:
                found.append("'payload' is invalid")
        return found
