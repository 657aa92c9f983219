"""``/phone``: a telephone in the browser, for whoever may see the console.

The page is the carrier. It rings, is given a single-use token, opens the media socket that every
carrier opens, and speaks Media Streams on it. Only the webhook is another one, because a page
cannot sign: who is signed in, or sits at this machine, may ring.

=======================================  ======================================================
``GET /phone``, ``GET /phone/{name}``    the page and its files
``POST /phone/calls``                    ring: a call and a token, or 503 ``phone.busy``
``POST /phone/{worker}/calls/{sid}/…``   ``stream``: the stream is over, and what now? another
                                         token, or how it ends · ``over``: the call has ended
=======================================  ======================================================

Bodies are JSON objects: ``{"from": "+1…"}``, the number that the page rings from, or ``{}``.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final, Protocol

from aiohttp import web
from pydantic import JsonValue

from voiceagent.app.web import page
from voiceagent.app.web.body import body_of, status_of
from voiceagent.app.web.errors import error_answer
from voiceagent.app.web.live import EVENTS
from voiceagent.app.web.paths import filled, route
from voiceagent.app.web.static import StaticFiles
from voiceagent.errors import CallerFixable, Unavailable

RING: Final = "/phone/calls"
STREAM: Final = "/phone/{worker}/calls/{sid}/stream"
OVER: Final = "/phone/{worker}/calls/{sid}/over"
_TOLD_PATHS: Final = {"stream": STREAM, "over": OVER, "events": EVENTS}

MAX_BODY_BYTES: Final = 1024
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_HERE: Final = Path(__file__).with_name("phone_page")

HEADERS: Final = page.WITH_FILES | {"Permissions-Policy": "microphone=(self)"}


@dataclass(frozen=True, slots=True)
class PhoneLine:
    """What a carrier is told when it shall open a stream.

    Attributes:
        worker: whose call it is.
        account_sid, call_sid, stream_sid: what `start` must say.
        media_path: of the media socket, on the address that the page came from.
        parameters: custom parameters of `start`; the token is among them.
    """

    worker: int
    account_sid: str
    call_sid: str
    stream_sid: str
    media_path: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NoLine:
    """No stream: what a carrier would say to the caller, and do then.

    `then` is ``"person"``, ``"message"`` or ``"goodbye"``.
    """

    say: str
    then: str


class PhoneDesk(Protocol):
    """The engine's side of the browser phone."""

    async def ring(self, from_number: str) -> PhoneLine | NoLine:
        """A call rings.

        Raises:
            CallerFixable: ``phone.number``, this is no number.
            Unavailable: it cannot be answered now.
        """
        ...

    async def stream_over(self, call_sid: str, from_number: str) -> PhoneLine | NoLine:
        """The stream of a call is over, and its caller is still there.

        Raises:
            CallerFixable: ``phone.unknown``, no such call has rung by this way; ``phone.number``.
            Unavailable: it cannot go on now.
        """
        ...

    async def hung_up(self, call_sid: str) -> None:
        """A call is over.

        Raises:
            CallerFixable: as above.
        """
        ...


def add_phone(app: web.Application, desk: PhoneDesk, business_name: str) -> None:
    """Add the paths above.

    Args:
        app: the application; `access.Access` guards it.
        desk: the engine's side.
        business_name: whom the page calls.
    """
    files = StaticFiles(_HERE, page.SHARED)
    html = (_HERE / "phone.html").read_text(encoding="utf-8")
    shown = html.replace("{business}", escape(business_name))

    async def show(_: web.Request) -> web.Response:
        return web.Response(text=shown, content_type="text/html", headers=HEADERS)

    async def ring(request: web.Request) -> web.Response:
        answer = await desk.ring(await _from_number(request))
        if isinstance(answer, NoLine):
            return error_answer(503, "phone.busy", answer.say)
        return _told(answer)

    async def stream_over(request: web.Request) -> web.Response:
        number = await _from_number(request)
        return _told(await desk.stream_over(request.match_info["sid"], number))

    async def over(request: web.Request) -> web.Response:
        await desk.hung_up(request.match_info["sid"])
        return web.Response(status=204)

    app.router.add_get("/phone", show)
    app.router.add_post(RING, _answering(ring))
    for path, handler in ((STREAM, stream_over), (OVER, over)):
        app.router.add_post(route(path), _answering(handler))
    app.router.add_get("/phone/{name}", files.give)


def _answering(handler: Handler) -> Handler:
    """`handler`, with errors turned into answers."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except CallerFixable as error:
            status = 404 if error.code == "phone.unknown" else status_of(error)
            return error_answer(status, error.code, error.message, error.field)
        except Unavailable as error:
            return error_answer(503, error.code, error.message)

    return answer


async def _from_number(request: web.Request) -> str:
    """The number in a body; ``""`` when there is none in it.

    Raises:
        CallerFixable: ``body.…``.
    """
    body = await body_of(request, most=MAX_BODY_BYTES)
    try:
        value: JsonValue = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise CallerFixable("body.json", "The body is not JSON.") from None
    if not isinstance(value, dict) or not set(value) <= {"from"}:
        raise CallerFixable("body.json", "The body is an object with nothing but `from`.")
    number = value.get("from", "")
    if not isinstance(number, str):
        raise CallerFixable("phone.number", "A number is text.", field="from")
    return number


def _told(answer: PhoneLine | NoLine) -> web.Response:
    """What the page does next."""
    if isinstance(answer, NoLine):
        body: dict[str, JsonValue] = {"over": {"say": answer.say, "then": answer.then}}
        return web.json_response(body)
    body = {
        "line": {
            "account_sid": answer.account_sid,
            "call_sid": answer.call_sid,
            "stream_sid": answer.stream_sid,
            "media": answer.media_path,
            "parameters": dict(answer.parameters),
            **{
                name: filled(path, worker=answer.worker, call_sid=answer.call_sid)
                for name, path in _TOLD_PATHS.items()
            },
        }
    }
    return web.json_response(body, headers={"Cache-Control": "no-store"})
