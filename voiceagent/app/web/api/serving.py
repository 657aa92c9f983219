"""Serves endpoints: reads a request into a model, answers it once, tells what is wrong with it.

===  ==============================================================
200  the answer
4xx  ``{"error": {"code", "message", "field"}}``: 400, 413, 415 the body is none; 401 and 403 the
     token; 404 what is named is not there; 409 it cannot be done as things stand now; 422 what is
     asked for, `field` says where; 429 one too many
503  a part of ours is down; ask again after ``Retry-After``
===  ==============================================================
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

from aiohttp import web
from pydantic import JsonValue, ValidationError

from voiceagent.app.web.api.endpoint import HAS_BODY, AskModel, Endpoint, Keyed, Operation
from voiceagent.app.web.api.openapi import Described, document_of
from voiceagent.app.web.bearers import BEARER
from voiceagent.app.web.body import body_of, json_object, status_of
from voiceagent.app.web.errors import error_answer
from voiceagent.app.web.once import STATUS_OF_KEY, answered_once, key_of, no_key
from voiceagent.domain.storable import is_storable
from voiceagent.errors import CallerFixable, Unavailable
from voiceagent.ports.answered import AnswerMemory
from voiceagent.toolkit.answers import holds_card

MAX_BODY_BYTES: Final = 64 * 1024

_NOT_THERE: Final = ".unknown_id"
_AS_THINGS_STAND: Final = frozenset(
    {
        *("slot.taken", "slot.none", "jobs.too_many", "job.closed", "offer.had", "offer.used"),
        *("quote.expired", "fact.proven", "tool.working", "fault.in_progress", *STATUS_OF_KEY),
    }
)
"""Codes of what the same request may come to another time (409)."""


def add_api(
    app: web.Application,
    endpoints: Sequence[Endpoint],
    memory: AnswerMemory,
    described: Described,
    others: Sequence[Operation] = (),
) -> None:
    """Add the routes, and ``GET /openapi.json``.

    Args:
        app: the application; `access.Access` guards it.
        endpoints: all there are.
        memory: of requests with an ``Idempotency-Key`` that were answered.
        described: what the document says of the whole.
        others: routes that are served elsewhere and belong in the document.
    """
    for one in endpoints:
        app.router.add_route(one.method, one.path, _Handler(one, memory).handle)

    @cache  # made when somebody asks first: that takes a tenth of a second
    def document() -> str:
        return json.dumps(document_of((*endpoints, *others), described))

    async def openapi(_: web.Request) -> web.Response:
        return web.json_response(text=document())

    app.router.add_route("GET", "/openapi.json", openapi)


class _Handler:
    """Answers the requests of one route."""

    def __init__(self, endpoint: Endpoint, memory: AnswerMemory) -> None:
        self._endpoint = endpoint
        self._memory = memory

    async def handle(self, request: web.Request) -> web.Response:
        try:
            return await self._handled(request)
        except CallerFixable as error:
            return error_answer(_status(error), error.code, error.message, error.field)
        except Unavailable as error:
            return error_answer(503, error.code, error.message)

    async def _handled(self, request: web.Request) -> web.Response:
        one = self._endpoint
        key = "" if one.keyed is Keyed.NO else key_of(request)
        if one.keyed is Keyed.MUST and not key:
            raise no_key()
        fields = await self._fields(request)
        if any(holds_card({name: value}) for name, value in fields.items()):
            raise CallerFixable("card.refused", "Card numbers are never accepted here.")
        ask = self._ask(fields)

        async def answer() -> web.Response:
            try:
                given = await one.answer(ask)
            except CallerFixable as error:
                return error_answer(_status(error), error.code, error.message, error.field)
            return web.json_response(given.model_dump(mode="json"))

        if not key:
            return await answer()
        whose = f"{request[BEARER].token_id}\n{key}"
        content = f"{one.method} {one.path}\n{json.dumps(fields, sort_keys=True)}"
        return await answered_once(self._memory, whose, content.encode(), answer)

    async def _fields(self, request: web.Request) -> dict[str, JsonValue]:
        """All that was sent, by name."""
        given: dict[str, JsonValue] = {}
        if self._endpoint.method in HAS_BODY:
            given = json_object(await body_of(request, most=MAX_BODY_BYTES))
        for name, value in [*request.query.items(), *request.match_info.items()]:
            if name in given:
                raise CallerFixable("request.twice", "This was given twice.", field=name)
            if not is_storable(name + value):
                raise CallerFixable("request.field", "This is no text.", field=_shown(name))
            given[name] = value
        if self._endpoint.method in HAS_BODY and request.query:
            name = next(iter(request.query))
            raise CallerFixable("request.field", "Nothing is taken from the query.", field=name)
        return given

    def _ask(self, fields: Mapping[str, JsonValue]) -> AskModel:
        asks = self._endpoint.asks
        try:
            if self._endpoint.method in HAS_BODY:
                return asks.model_validate_json(json.dumps(fields), strict=True)
            return asks.model_validate_strings(dict(fields))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            code = "request.missing" if first["type"] == "missing" else "request.field"
            raise CallerFixable(code, str(first["msg"]), field=where) from None


def _shown(name: str) -> str:
    return name.encode(errors="replace").decode().replace("\0", "?")


def _status(error: CallerFixable) -> int:
    code = error.code
    if code.startswith("body.") or code == "idempotency.key":
        return status_of(error)
    if code in STATUS_OF_KEY:
        return STATUS_OF_KEY[code]
    if code.endswith(_NOT_THERE):
        return 404
    return 409 if code in _AS_THINGS_STAND else 422
