"""Signed requests from the carrier to the engine."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final
from urllib.parse import urlsplit

from aiohttp import (
    ClientError,
    ClientSession,
    ClientTimeout,
    ClientWebSocketResponse,
    ClientWSTimeout,
)
from twilio.request_validator import RequestValidator

WEBHOOK_TIMEOUT_S: Final = 15.0
_HANDSHAKE_TIMEOUT_S: Final = 5.0
_CLOSE_TIMEOUT_S: Final = 1.0
_HTTP_OK: Final = range(200, 300)


class WebhookError(RuntimeError):
    """The engine did not answer a webhook as it must; starts with the carrier's error code."""


class StreamRefused(RuntimeError):
    """The media socket could not be opened; starts with the carrier's error code."""


class WebhookClient:
    """Signs for the public URL and connects to where the engine really listens.

    Args:
        session: HTTP client.
        auth_token: of the account; signs every request.
        routes: public base URL → local base URL, such as
            `{"https://voice.example": "http://127.0.0.1:8080"}`; applies to `wss` as well.
    """

    def __init__(self, session: ClientSession, auth_token: str, routes: Mapping[str, str]) -> None:
        self._session = session
        self._validator = RequestValidator(auth_token)
        self._routes = {_host(public): local.rstrip("/") for public, local in routes.items()}

    async def post(self, url: str, params: Mapping[str, str]) -> str:
        """Posts form fields; returns the body of the answer.

        Raises:
            WebhookError: no answer within 15 s, or a status other than 2xx.
        """
        headers = {"X-Twilio-Signature": self._sign(url, params)}
        try:
            async with self._session.post(
                self._local(url),
                data=params,
                headers=headers,
                timeout=ClientTimeout(total=WEBHOOK_TIMEOUT_S),
            ) as answer:
                body = await answer.text()
                if answer.status not in _HTTP_OK:
                    raise WebhookError(f"11200 {url} answered {answer.status}: {body[:200]}")
                return body
        except (ClientError, TimeoutError, OSError) as error:
            raise WebhookError(f"11200 {url} did not answer: {error!r}") from error

    async def dial(self, url: str) -> ClientWebSocketResponse:
        """Opens a media socket, signed over its URL without parameters.

        Raises:
            StreamRefused: no WebSocket there, or none within 5 s.
        """
        try:
            async with asyncio.timeout(_HANDSHAKE_TIMEOUT_S):
                return await self._session.ws_connect(
                    self._local(url),
                    headers={"x-twilio-signature": self._sign(url, {})},
                    timeout=ClientWSTimeout(ws_close=_CLOSE_TIMEOUT_S),
                    max_msg_size=0,
                )
        except (ClientError, TimeoutError, OSError) as error:
            raise StreamRefused(f"31920 stream handshake with {url}: {error!r}") from error

    def _sign(self, url: str, params: Mapping[str, str]) -> str:
        return str(self._validator.compute_signature(url, dict(params)))

    def _local(self, url: str) -> str:
        local = self._routes.get(_host(url))
        if local is None:
            return url
        parts = urlsplit(url)
        base = local.replace("http", "ws", 1) if parts.scheme in ("ws", "wss") else local
        return base + parts.path + (f"?{parts.query}" if parts.query else "")


def rfc2822_now() -> str:
    """Now, as the carrier writes times: `Sat, 30 Aug 2025 00:05:00 +0000`."""
    return format_datetime(datetime.now(UTC))


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower()
