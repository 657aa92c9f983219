"""One request to a server of the owner's: bounded in time and in what is read, and not led away."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import aiohttp
from yarl import URL

NO_ANSWER: Final = (aiohttp.ClientError, OSError, ValueError)
"""What a request raises that got no answer: `TimeoutError` is an `OSError`, and what no URL or
header can be is a `ValueError`."""

MOST_RETRY_S: Final = 3600
_LONGEST: Final = 9
"""Digits that are read; with these it is beyond `MOST_RETRY_S` already."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What was answered.

    Attributes:
        status: of the answer.
        retry_after_s: how long it asks to be left alone, ``None`` where it does not say.
        body: all of it, or somewhat more than was to be read: then it is longer still.
    """

    status: int
    retry_after_s: float | None
    body: bytes


async def exchange(
    http: aiohttp.ClientSession,
    method: str,
    url: URL | str,
    *,
    headers: Mapping[str, str],
    body: bytes | None,
    deadline_s: float,
    most_bytes: int,
) -> HttpAnswer:
    """Send a request and read its answer; a token goes where the owner said, and nowhere else.

    Args:
        http: an open session.
        method: of the request.
        url: where it goes; a redirect is an answer like others.
        headers: of the request.
        body: of the request.
        deadline_s: for all of it.
        most_bytes: of an answer; of a longer one no more is read than shows that it is.

    Raises:
        TimeoutError: it was late.
        aiohttp.ClientError, OSError, ValueError: it cannot be reached (`NO_ANSWER` is all of them).
    """
    async with (
        asyncio.timeout(deadline_s),
        http.request(method, url, headers=headers, data=body, allow_redirects=False) as answer,
    ):
        read = bytearray()
        async for piece in answer.content.iter_any():
            read += piece
            if len(read) > most_bytes:
                break
        rest_s = retry_after_s(answer.headers.get("Retry-After", ""))
        return HttpAnswer(answer.status, rest_s, bytes(read))


def retry_after_s(header: str) -> float | None:
    """``Retry-After`` (RFC 9110, 10.2.3) in seconds, at most `MOST_RETRY_S`.

    A date, or nonsense, says nothing: whoever fails is left alone for a while by its breaker.
    """
    text = header.strip()
    if not (text.isascii() and text.isdecimal()):
        return None
    digits = text.lstrip("0")
    return float(min(int(digits[:_LONGEST] or "0"), MOST_RETRY_S))
