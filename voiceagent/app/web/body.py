"""Bodies of requests, bounded: whatever a stranger sends is a 4xx at most."""

from __future__ import annotations

from aiohttp import hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

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
    """The HTTP status of an error of `body_of`."""
    return {"body.encoded": 415, "body.too_large": 413}.get(error.code, 400)
