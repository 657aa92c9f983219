"""Somebody who writes to the engine: over the carrier's webhook, or in its web chat."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final
from xml.etree import ElementTree as ET

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from loadtest.simulator.texts import RCS_AGENT
from loadtest.simulator.webhooks import WebhookClient

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_API_VERSION: Final = "2010-04-01"


class TextPhone:
    """A telephone that writes texts, by SMS or WhatsApp.

    Args:
        webhooks: signs.
        account_sid: whose number is written to.
        url: the number's messaging webhook.
        number: of the telephone, E.164.
        to_number: the engine's.
    """

    def __init__(
        self, webhooks: WebhookClient, *, account_sid: str, url: str, number: str, to_number: str
    ) -> None:
        self._webhooks = webhooks
        self._account_sid = account_sid
        self._url = url
        self._number = number
        self._to = to_number

    async def write(
        self,
        body: str,
        *,
        channel: str = "sms",
        sid: str = "",
        media: int = 0,
        more: Mapping[str, str] = _NOTHING,
    ) -> list[str]:
        """Send a text; what the engine answers at once.

        Args:
            body: of the text.
            channel: ``sms``, ``whatsapp`` or ``rcs``.
            sid: of the message; the same one again is a copy.
            media: pictures that come with it.
            more: other fields, such as ``ButtonText`` or ``Latitude``.

        Raises:
            WebhookError: the engine did not answer as it must.
        """
        prefix = "" if channel == "sms" else f"{channel}:"
        form = {
            "MessageSid": sid or f"SM{secrets.token_hex(16)}",
            "AccountSid": self._account_sid,
            "From": prefix + self._number,
            "To": RCS_AGENT if channel == "rcs" else prefix + self._to,
            "Body": body,
            "NumMedia": str(media),
            "NumSegments": str(-(-len(body) // 160) or 1),
            "ApiVersion": _API_VERSION,
            **more,
        }
        answer = await self._webhooks.post(self._url, form)
        return [message.text or "" for message in ET.fromstring(answer)]  # noqa: S314 - ours


class ChatVisitor:
    """A visitor of the web chat, as its script behaves.

    Args:
        session: HTTP client.
        url: of the socket, ``ws://…/chat/socket``.
        key: what an earlier visit was given; "" for a first one.
    """

    def __init__(self, session: ClientSession, url: str, key: str = "") -> None:
        self._session = session
        self._url = url
        self.key = key
        self.shown: dict[int, str] = {}
        self._socket: ClientWebSocketResponse | None = None

    async def arrive(self) -> None:
        """Open the page."""
        self._socket = await self._session.ws_connect(self._url)
        hello = {"kind": "hello"} | ({"key": self.key} if self.key else {})
        await self._socket.send_str(json.dumps(hello))
        self.key = (await self._until("hello"))["key"]

    async def leave(self) -> None:
        """Close it."""
        if self._socket is not None:
            await self._socket.close()

    async def write(self, text: str, *, name: str = "") -> str:
        """Write; the reply."""
        if self._socket is None:
            raise RuntimeError("the page is not open")
        name = name or secrets.token_hex(8)
        await self._socket.send_str(json.dumps({"kind": "say", "id": name, "text": text}))
        number = int((await self._until("taken", name))["message"])
        while number not in self.shown:
            await self._until("said")
        return self.shown[number]

    async def look(self, seconds: float) -> None:
        """Take in what comes for so long."""
        try:
            async with asyncio.timeout(seconds):
                await self._until("")
        except TimeoutError:
            pass

    async def _until(self, kind: str, name: str = "") -> dict[str, Any]:
        while True:
            if self._socket is None:
                raise RuntimeError("the page is not open")
            message = await self._socket.receive()
            if message.type is not WSMsgType.TEXT:
                raise ConnectionError(f"the chat was closed: {message.type.name}")
            told = json.loads(message.data)
            if told["kind"] == "said":
                self.shown[told["message"]] = told["text"]
            if told["kind"] == kind and name in ("", told.get("id")):
                return dict(told)
