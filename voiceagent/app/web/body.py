"""Bodies of requests, bounded: whatever a stranger sends is a 4xx at most."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import NoReturn

from aiohttp import hdrs, web
from aiohttp.http_exceptions import HttpProcessingError
from pydantic import JsonValue

from voiceagent.domain.storable import is_storable
from voiceagent.errors import CallerFixable


async def body_of(request: web.Request, *, most: int) -> bytes:
    """The body as it was sent.

    Args:
        request: not yet read.
        most: bytes at most, whatever ``Content-Length`` says.

    Raises:
        CallerFixable: ``body.encoded`` (415: compressed, which hides its size),
            ``body.too_large`` (413), ``body.broken`` (400). `status_of` gives the status.
    """
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").strip().lower() != "identity":
        raise CallerFixable("body.encoded", "Send the body as it is, not compressed.")
    if (request.content_length or 0) > most:
        raise CallerFixable("body.too_large", "The body is too large.")
    body = bytearray()
    try:
        async for piece in request.content.iter_any():
            body += piece
            if len(body) > most:
                raise CallerFixable("body.too_large", "The body is too large.")
    except (
        HttpProcessingError,
        web.RequestPayloadError,
        web.HTTPException,
        ValueError,
        OSError,
    ) as error:
        raise CallerFixable("body.broken", "The body cannot be read.") from error
    return bytes(body)


def status_of(error: CallerFixable) -> int:
    """The HTTP status of an error of `body_of` and `json_object`."""
    return {"body.encoded": 415, "body.too_large": 413, "request.twice": 422}.get(error.code, 400)


def json_object(body: bytes) -> dict[str, JsonValue]:
    """The JSON object that a body is; an empty body is an empty one.

    Raises:
        CallerFixable: ``body.json``: it is none, or holds what no text of ours may;
            ``request.twice``: an object in it names a field twice, and readers differ on which
            one counts.
    """
    try:
        value = json.loads(body or b"{}", parse_constant=_no_number, object_pairs_hook=_once)
        storable = _all_storable(value)
    except (ValueError, RecursionError):
        raise CallerFixable("body.json", "The body is not JSON.") from None
    if not isinstance(value, dict):
        raise CallerFixable("body.json", "The body is not a JSON object of arguments.")
    if not storable:
        raise CallerFixable("body.json", "The body holds a NUL or half a character.")
    return value


def check_named_once(body: bytes) -> None:
    """Refuse JSON that names a field twice; what is wrong with it else is another reader's matter.

    Raises:
        CallerFixable: ``request.twice``.
    """
    with suppress(ValueError, RecursionError):
        json.loads(body, object_pairs_hook=_once)


def _once(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        name = next(name for name in names if names.count(name) > 1)
        field = name if is_storable(name) else ""
        raise CallerFixable("request.twice", "This was given twice.", field=field)
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _all_storable(value: JsonValue) -> bool:
    """Whether the database can keep every text in it."""
    match value:
        case str():
            return is_storable(value)
        case dict():
            return all(is_storable(key) and _all_storable(item) for key, item in value.items())
        case list():
            return all(_all_storable(item) for item in value)
        case _:
            return True
