"""``POST /tools/{name}``: the tools, for the business's other systems.

The body is the tool's arguments as a JSON object, the answer its result. What went wrong is
``{"error": {"code", "message", "field"}}`` with the dotted path of the argument at fault:

===  ==============================================================
200  the result
4xx  the request: 400 and 413, 415 its body, 404 its name, 422 what it asks for, 429 one too many;
     409 its ``Idempotency-Key``, see `once`
503  a part of ours is down; what it asked for may be asked for again
===  ==============================================================

`access` lets in who has the token for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Protocol

from aiohttp import web
from pydantic import JsonValue

from voiceagent.app.web.bearers import BEARER
from voiceagent.app.web.body import body_of, json_object, status_of
from voiceagent.app.web.errors import error_answer
from voiceagent.app.web.once import STATUS_OF_KEY, answered_once, key_of
from voiceagent.core.audio.allowance import Allowance, Rate
from voiceagent.errors import CallerFixable, Unavailable
from voiceagent.ports.answered import AnswerMemory
from voiceagent.toolkit.answers import ToolOutcome

MAX_BODY_BYTES: Final = 64 * 1024

ASKING: Final = Rate(per_s=20, burst=60)
"""Requests of all who have the token: each is a call on record, beside those that are spoken."""


class ToolDesk(Protocol):
    """Carries out requests for tools, each as a call of its own on record."""

    def knows(self, name: str) -> bool:
        """Whether there is a tool of that name."""
        ...

    async def use(self, name: str, arguments: Mapping[str, JsonValue]) -> ToolOutcome:
        """What came of the request.

        Raises:
            Unavailable: nothing can be put on record now, so nothing is done.
        """
        ...


def add_tools(
    app: web.Application,
    desk: ToolDesk,
    memory: AnswerMemory,
    monotonic: Callable[[], float],
    rate: Rate = ASKING,
) -> None:
    """Add ``POST /tools/{name}``.

    Args:
        app: the application; `access.Access` guards it.
        desk: carries requests out.
        memory: of requests with an ``Idempotency-Key`` that were answered.
        monotonic: seconds of a clock that never goes back.
        rate: of requests, whoever has the token.
    """
    allowance = Allowance(rate, monotonic())

    async def use(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if not allowance.take(1, monotonic()):
            refused = error_answer(429, "tools.too_many", "Too many requests: ask more slowly.")
            refused.headers["Retry-After"] = "1"
            return refused
        if not desk.knows(name):
            return error_answer(404, "tool.unknown", "There is no such tool.")
        try:
            body = await body_of(request, most=MAX_BODY_BYTES)
            arguments, key = json_object(body), key_of(request)
            if not key:
                return await _used(desk, name, arguments)
            content = name.encode() + b"\n" + body
            whose = f"{request[BEARER].token_id}\n{key}" if BEARER in request else key
            return await answered_once(memory, whose, content, lambda: _used(desk, name, arguments))
        except CallerFixable as error:
            status = STATUS_OF_KEY.get(error.code) or status_of(error)
            return error_answer(status, error.code, error.message, error.field)
        except Unavailable as error:
            return error_answer(503, error.code, error.message)

    app.router.add_post("/tools/{name}", use)


async def _used(desk: ToolDesk, name: str, arguments: Mapping[str, JsonValue]) -> web.Response:
    outcome = await desk.use(name, arguments)
    failure = outcome.failure
    if failure is None:
        return web.json_response(outcome.wire)
    status = 422 if failure.fixable else 503
    return error_answer(status, failure.code, failure.message, failure.field)
