"""An outside dispatcher, as a server of its own: strict about what it is sent, and faulty on order.

It keeps the visits it took on, so that a test can ask what it believes. Imports nothing of the
engine: what it understands is written down here once more (docs/scheduling.md).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from aiohttp import web

_ORDER: Final = {
    *("order_id", "service_type", "description", "notes", "priority", "customer_name", "phone"),
    *("address", "technician_id", "window"),
}


class DispatchFault(StrEnum):
    """What goes wrong with a request.

    SILENT: it is taken in, and never answered · LATE: taken in, and answered after `late_s` ·
    LOST: answered 503, nothing taken in · CUT: taken in, and the connection is closed · ODD: taken
    in, answered with something else than JSON · STRANGER: taken in, answered for another order ·
    FLOOD: an answer without end · REFUSED: 403 · BUSY: 429 with ``Retry-After``.
    """

    SILENT = "silent"
    LATE = "late"
    LOST = "lost"
    CUT = "cut"
    ODD = "odd"
    STRANGER = "stranger"
    FLOOD = "flood"
    REFUSED = "refused"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class DispatchedVisit:
    """A visit it took on."""

    technician_id: str
    start: datetime
    end: datetime
    customer: str


@dataclass
class DispatchEmulator:
    """The server; `running` opens it.

    Attributes:
        token: what it is to be shown.
        faults: of the next requests, in order; empty again, all goes well.
        late_s: how late LATE is.
        visits: those that stand, by order id.
        taken: what others have: (technician, start).
        requests: method and path of all that came in.
        violations: what was asked against the protocol.
    """

    token: str = "a-token"
    faults: list[DispatchFault] = field(default_factory=list)
    late_s: float = 5.0
    visits: dict[str, DispatchedVisit] = field(default_factory=dict)
    taken: set[tuple[str, datetime]] = field(default_factory=set)
    requests: list[tuple[str, str]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    url: str = ""
    _answers: dict[str, tuple[int, dict[str, object]]] = field(default_factory=dict)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[DispatchEmulator]:
        """Serve on a free port of loopback for a block."""
        app = web.Application()
        app.router.add_post("/slot_status", self._of(self._slot_status))
        app.router.add_post("/book", self._of(self._book))
        app.router.add_patch("/resched/{order_id}", self._of(self._resched))
        app.router.add_delete("/book/{order_id}", self._of(self._cancel))
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        try:
            yield self
        finally:
            await runner.cleanup()

    def _of(
        self, work: Callable[[web.Request, dict[str, object]], tuple[int, dict[str, object]]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            self.requests.append((request.method, request.path))
            if request.headers.get("Authorization") != f"Bearer {self.token}":
                return web.json_response({"error": "token"}, status=401)
            fault = self.faults.pop(0) if self.faults else None
            match fault:
                case DispatchFault.LOST:
                    return web.Response(status=503, text="down")
                case DispatchFault.REFUSED:
                    return web.Response(status=403)
                case DispatchFault.BUSY:
                    return web.Response(status=429, headers={"Retry-After": "7"})
            text = await request.text()
            body = json.loads(text) if text else {}
            status, answer = self._once(request, lambda: work(request, body))
            return await self._faulty(request, fault, status, answer)

        return handle

    def _once(
        self, request: web.Request, work: Callable[[], tuple[int, dict[str, object]]]
    ) -> tuple[int, dict[str, object]]:
        """The same key has its effect once, and the same answer."""
        if request.path == "/slot_status":
            return work()
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return self._wrong("a change without Idempotency-Key")
        if key not in self._answers:
            self._answers[key] = work()
        return self._answers[key]

    async def _faulty(
        self,
        request: web.Request,
        fault: DispatchFault | None,
        status: int,
        answer: dict[str, object],
    ) -> web.StreamResponse:
        match fault:
            case DispatchFault.SILENT:
                await asyncio.sleep(3600)
            case DispatchFault.LATE:
                await asyncio.sleep(self.late_s)
            case DispatchFault.CUT:
                if request.transport is not None:
                    request.transport.close()
            case DispatchFault.ODD:
                return web.Response(status=200, text="<html>fine</html>")
            case DispatchFault.STRANGER:
                answer = answer | {"order_id": "another"}
            case DispatchFault.FLOOD:
                return web.Response(status=200, body=b'{"order_id": "' + b"x" * 200_000)
        return web.json_response(answer, status=status)

    def _slot_status(
        self, _: web.Request, body: dict[str, object]
    ) -> tuple[int, dict[str, object]]:
        slots = body.get("slots")
        if not isinstance(slots, list) or set(body) != {"slots"}:
            return self._wrong("slot_status without slots")
        told = []
        for slot in slots:
            technician, start, end = self._place(slot)
            told.append({"status": "free" if self._is_free(technician, start, end) else "taken"})
        return 200, {"slots": told}

    def _book(self, _: web.Request, body: dict[str, object]) -> tuple[int, dict[str, object]]:
        if set(body) != _ORDER:
            return self._wrong(f"an order of {sorted(body)}")
        order_id = str(body["order_id"])
        if order_id in self.visits:
            return 200, {"order_id": order_id, "status": "accepted"}
        technician, start, end = self._place(body)
        if not self._is_free(technician, start, end):
            return 409, {"order_id": order_id, "status": "taken"}
        customer = str(body["customer_name"])
        self.visits[order_id] = DispatchedVisit(technician, start, end, customer)
        return 201, {"order_id": order_id, "status": "accepted", "more": "than is read"}

    def _resched(
        self, request: web.Request, body: dict[str, object]
    ) -> tuple[int, dict[str, object]]:
        order_id = request.match_info["order_id"]
        before = self.visits.get(order_id)
        if before is None:
            return 404, {"error": "no such order"}
        technician, start, end = self._place(body)
        if not self._is_free(technician, start, end, but=order_id):
            return 409, {"order_id": order_id, "status": "taken"}
        self.visits[order_id] = DispatchedVisit(technician, start, end, before.customer)
        return 200, {"order_id": order_id, "status": "accepted"}

    def _cancel(self, request: web.Request, _: dict[str, object]) -> tuple[int, dict[str, object]]:
        known = self.visits.pop(request.match_info["order_id"], None)
        return (200, {}) if known is not None else (404, {})

    def _place(self, body: object) -> tuple[str, datetime, datetime]:
        if not isinstance(body, dict):
            raise web.HTTPBadRequest
        window = body["window"]
        start, end = (datetime.fromisoformat(window[name]) for name in ("start", "end"))
        if start.tzinfo is None or end <= start:
            self.violations.append("a window without offset or length")
        return str(body["technician_id"]), start, end

    def _is_free(self, technician: str, start: datetime, end: datetime, *, but: str = "") -> bool:
        theirs = (one for name, one in self.visits.items() if name != but)
        visits = (one for one in theirs if one.technician_id == technician)
        free = all(end <= one.start or one.end <= start for one in visits)
        return free and (technician, start) not in self.taken

    def _wrong(self, what: str) -> tuple[int, dict[str, object]]:
        self.violations.append(what)
        return 400, {"error": what}
