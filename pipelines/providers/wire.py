"""Opening a provider's WebSocket: what may go wrong, told by who can act on it."""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidStatus, InvalidURI, SecurityError

from voiceagent.domain.setting_values import key_fault
from voiceagent.errors import OwnerFixable, Unavailable

PING_S: Final = 5.0
"""Between pings, and how long a pong may take: a dead route is known before the next turn."""

BACKOFF_S: Final = (0.0, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Waits after the first attempt that failed, the second, and so on; the last from then on."""

REFUSED_S: Final = 30.0
"""Wait after a key was refused: somebody has to change it."""

_NO_SERVICE: Final = frozenset({404, 405, 410, 426})
"""What a server says of a path that it does not serve in this way; 2xx and 3xx say it too."""

_TLS: Final[Mapping[str, str]] = {
    "WRONG_VERSION_NUMBER": "Nothing encrypted is spoken at this address: it may be ws, not wss.",
    "HTTP_REQUEST": "Nothing encrypted is spoken at this address: it may be ws, not wss.",
    "CERTIFICATE_VERIFY_FAILED": "The certificate of this address is not trusted here.",
}
"""Reasons of OpenSSL's for which the other end will never be the one that was meant."""

_MODEL: Final = re.compile(
    r"(?<![/?&])\b(?:models?|deployments?)\b(?!=)|model_not_found|DeploymentNotFound", re.IGNORECASE
)

_SILENT: Final = logging.getLogger("voiceagent.provider_sockets")
_SILENT.setLevel(logging.WARNING)
"""The library writes headers and messages at DEBUG: a key, and what callers say."""


@dataclass(frozen=True, slots=True)
class SocketVendor:
    """Whose socket it is, and what an owner would have to change where it cannot be opened.

    `area` is that of the error codes, `name` for people; `key`, `url` and `model` are settings.
    """

    area: str
    name: str
    key: str
    url: str
    model: str


async def open_socket(
    vendor: SocketVendor, url: str, headers: Mapping[str, str], within_s: float
) -> ClientConnection:
    """A connection, ready for messages.

    Args:
        vendor: whose it is.
        url: with ``ws``, ``wss``, ``http`` or ``https``.
        headers: the key among them.
        within_s: how long name, TCP, TLS and handshake may take together.

    Raises:
        OwnerFixable: ``AREA.key_refused``, ``AREA.credit``, ``AREA.url`` or ``AREA.model``.
        Unavailable: ``AREA.too_many`` (with its Retry-After), ``AREA.refused`` or
            ``AREA.unreachable``.
    """
    for value in headers.values():
        if not value.isascii() or not value.isprintable():
            fault = key_fault(value.rpartition(" ")[2]) or "It cannot be sent"
            raise OwnerFixable(f"{vendor.area}.key_refused", f"{fault}.", where=vendor.key)
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
    except (InvalidURI, SecurityError):  # the latter after many redirects, or one that must not be
        problem = "That is no address of a WebSocket."
        raise OwnerFixable(f"{vendor.area}.url", problem, where=vendor.url) from None
    except ssl.SSLError as error:
        if (problem := _TLS.get(error.reason, "")) == "":
            raise _unreachable(vendor) from None
        raise OwnerFixable(f"{vendor.area}.url", problem, where=vendor.url) from None
    except (OSError, TimeoutError, EOFError, InvalidHandshake):
        raise _unreachable(vendor) from None


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


def speaks_of_model(text: str) -> bool:
    """Whether a refusal is about the model that was asked for, and not about the address."""
    return _MODEL.search(text) is not None


def _unreachable(vendor: SocketVendor) -> Unavailable:
    return Unavailable(f"{vendor.area}.unreachable", f"{vendor.name} does not answer.")


def _refusal(vendor: SocketVendor, error: InvalidStatus) -> Unavailable | OwnerFixable:
    status, area, name = error.response.status_code, vendor.area, vendor.name
    of_model = speaks_of_model((error.response.body or b"").decode(errors="replace"))
    match status:
        case _ if status < HTTPStatus.BAD_REQUEST or (status in _NO_SERVICE and not of_model):
            problem = f"What answers at this address is not {name} ({status})."
            return OwnerFixable(f"{area}.url", problem, where=vendor.url)
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            problem = f"{name} refuses the key ({status})."
            return OwnerFixable(f"{area}.key_refused", problem, where=vendor.key)
        case HTTPStatus.PAYMENT_REQUIRED:
            problem = f"This key of {name} has no credit left ({status})."
            return OwnerFixable(f"{area}.credit", problem, where=vendor.key)
        case HTTPStatus.TOO_MANY_REQUESTS:
            after = error.response.headers.get("Retry-After", "")
            seconds = float(after) if after.isdigit() else None
            problem = f"{name} has too many requests of ours."
            return Unavailable(f"{area}.too_many", problem, retry_after_s=seconds)
        case 400 | 404 | 422:
            problem = f"{name} has no such model, or not for this key ({status})."
            return OwnerFixable(f"{area}.model", problem, where=vendor.model)
        case _:
            return Unavailable(f"{area}.refused", f"{name} answers with status {status}.")
