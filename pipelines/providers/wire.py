"""Opening a provider's WebSocket: what may go wrong, told by who can act on it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidStatus, InvalidURI

from voiceagent.errors import OwnerFixable, Unavailable

PING_S: Final = 5.0
"""Between pings, and how long a pong may take: a dead route is known before the next turn."""

BACKOFF_S: Final = (0.0, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Waits after the first attempt that failed, the second, and so on; the last from then on."""

REFUSED_S: Final = 30.0
"""Wait after a key was refused: somebody has to change it."""

_SILENT: Final = logging.getLogger("voiceagent.provider_sockets")
_SILENT.setLevel(logging.WARNING)
"""The library writes headers and messages at DEBUG: a key, and what callers say."""


async def open_socket(
    vendor: str, url: str, headers: Mapping[str, str], within_s: float
) -> ClientConnection:
    """A connection, ready for messages.

    Args:
        vendor: area of the error codes, e.g. ``deepgram``.
        url: with ``ws``, ``wss``, ``http`` or ``https``.
        headers: the key among them.
        within_s: how long name, TCP, TLS and handshake may take together.

    Raises:
        OwnerFixable: ``VENDOR.key_refused`` or ``VENDOR.url``.
        Unavailable: ``VENDOR.too_many`` (with its Retry-After), ``VENDOR.refused`` or
            ``VENDOR.unreachable``.
    """
    name = vendor.capitalize()
    try:
        async with asyncio.timeout(within_s):
            return await connect(
                socket_url(url),
                additional_headers=headers,
                logger=_SILENT,
                compression=None,
                open_timeout=None,
                close_timeout=1.0,
                ping_interval=PING_S,
                ping_timeout=PING_S,
            )
    except InvalidStatus as error:
        raise _refusal(vendor, error) from None
    except InvalidURI:
        problem = "That is no address of a WebSocket."
        raise OwnerFixable(f"{vendor}.url", problem, where=f"{vendor.upper()}_URL") from None
    except (OSError, TimeoutError, EOFError, InvalidHandshake):
        raise Unavailable(f"{vendor}.unreachable", f"{name} does not answer.") from None


def socket_url(url: str) -> str:
    """The address with the scheme of a WebSocket, without a slash at its end."""
    for plain, socket in (("http://", "ws://"), ("https://", "wss://")):
        if url.startswith(plain):
            return socket + url.removeprefix(plain).rstrip("/")
    return url.rstrip("/")


def wait_s(failures: int, error: Unavailable | OwnerFixable | None) -> float:
    """How long to wait before the next attempt.

    Args:
        failures: attempts in a row that failed.
        error: of the last one.
    """
    if isinstance(error, OwnerFixable):
        return REFUSED_S
    asked = error.retry_after_s if error is not None else None
    return max(asked or 0.0, BACKOFF_S[min(max(0, failures - 1), len(BACKOFF_S) - 1)])


def loop_s() -> float:
    """The loop's clock."""
    return asyncio.get_running_loop().time()


async def rest(
    seconds: float, wanted: asyncio.Event, problem: Unavailable | OwnerFixable | None
) -> None:
    """Wait before the next attempt; a new want cuts short what nobody asked for.

    Args:
        seconds: see `wait_s`.
        wanted: cleared here, set by who needs the connection.
        problem: of the last attempt. Time that *they* asked for, or that somebody needs to change a
            key, is waited for in full.
    """
    wanted.clear()
    asked = wait_s(0, problem) > 0.0
    try:
        async with asyncio.timeout(seconds):
            await wanted.wait()
            if asked:
                await asyncio.Event().wait()
    except TimeoutError:
        pass


def _refusal(vendor: str, error: InvalidStatus) -> Unavailable | OwnerFixable:
    name, status = vendor.capitalize(), error.response.status_code
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        where = f"{vendor.upper()}_API_KEY"
        return OwnerFixable(
            f"{vendor}.key_refused", f"{name} refuses the key ({status}).", where=where
        )
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        after = error.response.headers.get("Retry-After", "")
        seconds = float(after) if after.isdigit() else None
        problem = f"{name} has too many requests of ours."
        return Unavailable(f"{vendor}.too_many", problem, retry_after_s=seconds)
    return Unavailable(f"{vendor}.refused", f"{name} answers with status {status}.")
