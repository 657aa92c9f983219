"""``GET /calls/{worker}/{sid}/events``: a call as it happens, as server-sent events.

Each event is a JSON object whose ``kind`` says what happened; its number is the event's id, so a
browser that lost the connection goes on where it was (``Last-Event-ID``). ``beat`` comes every
second in which nothing happens: who hears nothing for longer has lost the connection. A reader who
is too slow is told ``missed``, and one who does not read at all is cut off.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from enum import StrEnum
from typing import Final

from aiohttp import web
from pydantic import JsonValue

from voiceagent.app.web.errors import error_answer
from voiceagent.app.web.event_stream import BEAT, EventStream
from voiceagent.app.web.paths import route
from voiceagent.domain.records import Turn, TurnLatency
from voiceagent.errors import CallerFixable, Unavailable
from voiceagent.ports.live import (
    BargedIn,
    CallerFinished,
    CallerStarted,
    CallOver,
    HeardSoFar,
    KeyUsed,
    LineClosed,
    LineOpened,
    LiveCalls,
    LiveEvent,
    Missed,
    NothingSaid,
    NumberedEvent,
    ReplySounds,
    ToolRan,
    TurnSaid,
    TurnSoFar,
    TurnWritten,
)

EVENTS: Final = "/calls/{worker}/{sid}/events"

_ID: Final = re.compile(r"\d{1,9}")

KINDS: Final[Mapping[type[LiveEvent], str]] = {
    LineOpened: "line_opened",
    CallerStarted: "caller_started",
    TurnSoFar: "turn_so_far",
    CallerFinished: "caller_finished",
    TurnSaid: "turn_said",
    NothingSaid: "nothing_said",
    KeyUsed: "key_used",
    ToolRan: "tool_ran",
    ReplySounds: "reply_sounds",
    HeardSoFar: "heard_so_far",
    BargedIn: "barged_in",
    TurnWritten: "turn_written",
    LineClosed: "line_closed",
    CallOver: "call_over",
    Missed: "missed",
}
"""Event -> its name on the wire; its fields keep theirs."""

IN_A_TURN: Final = ("index", "speaker", "text", "heard", "latency", "answer_ms", "budget_acts")
STAGES: Final = (*(one.name for one in fields(TurnLatency)), "v2v_ms")

Wire = dict[str, JsonValue]


def add_live(app: web.Application, live: LiveCalls, count: Callable[[str], None]) -> None:
    """Add the route above.

    Args:
        app: the application; `access.Access` guards it.
        live: the calls of this worker.
        count: told by code of each reader who was cut off.
    """

    async def events(request: web.Request) -> web.StreamResponse:
        given = request.headers.get("Last-Event-ID", "")
        after = int(given) if _ID.fullmatch(given) else 0
        try:
            with live.follow(request.match_info["sid"], after=after) as happening:
                stream = EventStream(request)
                async with stream.opened(count):
                    async for told in happening:
                        await stream.send(BEAT if told is None else as_event(told))
        except CallerFixable as error:
            return error_answer(404, error.code, error.message)
        except Unavailable as error:
            return error_answer(503, error.code, error.message)
        return stream.response

    app.router.add_get(route(EVENTS), events, allow_head=False)


def as_event(told: NumberedEvent) -> bytes:
    """One event of the stream."""
    body = json.dumps(as_wire(told.event), separators=(",", ":"))
    return f"id: {told.number}\ndata: {body}\n\n".encode()


def as_wire(event: LiveEvent) -> Wire:
    """What happened, as JSON."""
    kind: Wire = {"kind": KINDS[type(event)]}
    if isinstance(event, TurnWritten):
        return kind | {"reply": event.reply} | _of(event.turn, IN_A_TURN)
    return kind | _of(event, tuple(one.name for one in fields(event)))


def _of(record: LiveEvent | Turn, names: Sequence[str]) -> Wire:
    return {name: _value(getattr(record, name)) for name in names}


def _value(value: str | float | tuple[str, ...] | TurnLatency | None) -> JsonValue:
    match value:
        case TurnLatency():
            stages = {name: getattr(value, name) for name in STAGES}
            return {name: round(ms, 1) for name, ms in stages.items()}
        case StrEnum():
            return value.value
        case tuple():
            return list(value)
        case _:
            return value
