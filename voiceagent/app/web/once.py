"""``Idempotency-Key``: a request that is sent again gets the first answer, and has no effect.

As in the draft of the HTTP working group (draft-ietf-httpapi-idempotency-key-header): whoever is
not sure whether a request arrived sends it again with the same key. The first answer is given again
for `KEPT_S`; after that it is only known that there was one. A request that had no effect (503) is
forgotten, so that the next one is the first.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Final

from aiohttp import web

from voiceagent.domain.answered import RequestKey, Standing
from voiceagent.errors import CallerFixable, Unavailable
from voiceagent.ports.answered import AnswerMemory

IDEMPOTENCY_KEY: Final = "Idempotency-Key"
LONGEST_KEY: Final = 255

_KIND: Final = "rest"

STATUS_OF_KEY: Final[Mapping[str, int]] = {
    "idempotency.missing": 400,
    "idempotency.in_progress": 409,
    "idempotency.unknown": 409,
    "idempotency.old": 409,
    "idempotency.reused": 422,
}
"""Code of what is wrong with a key -> status; ``idempotency.key`` itself is 400."""


def key_of(request: web.Request) -> str:
    """The request's key, "" when it has none.

    Raises:
        CallerFixable: ``idempotency.key``.
    """
    given: str = request.headers.get(IDEMPOTENCY_KEY, "")
    if len(given) > LONGEST_KEY or not given.isascii() or not given.isprintable():
        problem = f"An {IDEMPOTENCY_KEY} has {LONGEST_KEY} printable ASCII characters at most."
        raise CallerFixable("idempotency.key", problem)
    return given


def no_key() -> CallerFixable:
    """The error for a request that would have its effect twice if it were sent again."""
    problem = f"This needs an {IDEMPOTENCY_KEY}: a fresh one for each request, kept for repeating."
    return CallerFixable("idempotency.missing", problem, field=IDEMPOTENCY_KEY)


async def answered_once(
    memory: AnswerMemory, key: str, content: bytes, answer: Callable[[], Awaitable[web.Response]]
) -> web.Response:
    """The answer of the first request with this key.

    Args:
        memory: shared by all workers.
        key: of the request.
        content: what it asks for; the same key for something else is a mistake.
        answer: makes it.

    Raises:
        CallerFixable: ``idempotency.in_progress``, ``idempotency.unknown``, ``idempotency.old`` or
            ``idempotency.reused``.
        Unavailable: nothing can be remembered now, so nothing is done.
    """
    place = RequestKey(_KIND, _digest(key.encode()))
    known = await memory.begin(place)
    match known.standing:
        case Standing.FIRST:
            return await _first(memory, place, _digest(content), answer)
        case Standing.WORKING:
            problem = "The first request with this key is being answered: ask again in a moment."
            raise CallerFixable("idempotency.in_progress", problem)
        case Standing.UNANSWERED:
            problem = "The first request with this key was never answered: look what came of it."
            raise CallerFixable("idempotency.unknown", problem)
        case Standing.OLD:
            problem = "The first request with this key was answered too long ago to say it again."
            raise CallerFixable("idempotency.old", problem)
        case Standing.ANSWERED:
            kept = json.loads(known.answer)
            if kept["of"] != _digest(content):
                problem = "This key was used for another request: take a fresh one."
                raise CallerFixable("idempotency.reused", problem)
            return web.json_response(text=kept["body"], status=kept["status"])


async def _first(
    memory: AnswerMemory,
    place: RequestKey,
    content: str,
    answer: Callable[[], Awaitable[web.Response]],
) -> web.Response:
    try:
        response = await answer()
    except Unavailable:
        await memory.forget(place)
        raise
    if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        await memory.forget(place)
    else:
        kept = {"of": content, "status": response.status, "body": response.text}
        with suppress(
            Unavailable
        ):  # it was done, and that is told; a copy is told that it is unknown
            await memory.finish(place, json.dumps(kept))
    return response


def _digest(data: bytes) -> str:
    """Keys may be guessable and bodies are personal: neither is kept as it is."""
    return hashlib.sha256(data).hexdigest()
