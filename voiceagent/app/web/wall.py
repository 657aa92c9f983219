"""``GET /calls/{worker}/events``: all live calls of a worker, as server-sent events.

First comes ``all``: every call there is; then, four times a second at most, ``some``: those that
have changed. Both carry how the worker stands, and its clock, by which `opened_s` is read. ``beat``
comes every second in which nothing happens.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from pydantic import JsonValue

from voiceagent.app.web.errors import error_answer
from voiceagent.app.web.event_stream import BEAT, EventStream
from voiceagent.app.web.paths import route
from voiceagent.ports.live import Glance, LiveGlances

WALL: Final = "/calls/{worker}/events"

EVERY_S: Final = 0.25
"""How often changes are sent."""

QUIET_ROUNDS: Final = 4
"""So many times nothing has changed before that is said."""

READERS: Final = 16
"""Who may watch the wall of one worker at a time."""


@dataclass(frozen=True, slots=True)
class WorkerState:
    """How a worker stands: calls it serves, calls it has room for, and whether it takes none."""

    live: int
    free: int
    draining: bool


def add_wall(
    app: web.Application,
    glances: LiveGlances,
    state: Callable[[], WorkerState],
    count: Callable[[str], None],
) -> None:
    """Add the route above.

    Args:
        app: the application; `access.Access` guards it.
        glances: the calls of this worker.
        state: how it stands now.
        count: told by code of each reader who was cut off.
    """
    readers: set[EventStream] = set()

    async def events(request: web.Request) -> web.StreamResponse:
        if len(readers) >= READERS:
            return error_answer(503, "live.crowded", "Too many watch calls already.")
        stream = EventStream(request)
        readers.add(stream)
        try:
            async with stream.opened(count):
                await _tell(stream, glances, state)
        finally:
            readers.discard(stream)
        return stream.response

    app.router.add_get(route(WALL), events, allow_head=False)


async def _tell(
    stream: EventStream, glances: LiveGlances, state: Callable[[], WorkerState]
) -> None:
    """Tell until nobody reads."""
    calls, told = glances.changed(0), state()
    await stream.send(as_event("all", calls, told, glances.now_s))
    newest = _newest(calls, 0)
    quiet = 0
    while True:
        await asyncio.sleep(EVERY_S)
        calls, now = glances.changed(newest), state()
        if calls or now != told:
            newest, told, quiet = _newest(calls, newest), now, 0
            await stream.send(as_event("some", calls, told, glances.now_s))
        elif (quiet := quiet + 1) >= QUIET_ROUNDS:
            quiet = 0
            await stream.send(BEAT)


def _newest(calls: Sequence[Glance], before: int) -> int:
    return max((one.number for one in calls), default=before)


def as_event(kind: str, calls: Sequence[Glance], state: WorkerState, now_s: float) -> bytes:
    """One event of the stream."""
    body: Mapping[str, JsonValue] = {
        "kind": kind,
        "now_s": round(now_s, 2),
        "live": state.live,
        "free": state.free,
        "draining": state.draining,
        "calls": [as_wire(one) for one in calls],
    }
    return b"data: %s\n\n" % json.dumps(body, separators=(",", ":")).encode()


def as_wire(one: Glance) -> dict[str, JsonValue]:
    """A call at a glance, as JSON."""
    return {
        "sid": one.call_sid,
        "from": one.from_number,
        "opened_s": round(one.opened_s, 2),
        "activity": one.activity,
        "turns": one.turns,
        "interruptions": one.interruptions,
        "speaker": one.speaker,
        "words": one.words,
        "answer_ms": None if one.answer_ms is None else round(one.answer_ms),
        "tool": one.tool,
        "failed": one.failed,
        "outcome": one.outcome,
    }
