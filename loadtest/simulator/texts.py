"""Texts on loopback: taken over REST, listed, and told of in status callbacks."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from loadtest.simulator.report import TextMessage
from loadtest.simulator.webhooks import WebhookError, rfc2822_now

API_VERSION: Final = "2010-04-01"
E164: Final = re.compile(r"(whatsapp:|rcs:)?\+[1-9]\d{6,14}")
_MAX_BODY: Final = 1600
RCS_AGENT: Final = "rcs:an_agent"
POOL_NUMBER: Final = "+19375550199"
"""Senders of the messaging service that there is: for RCS, and for SMS."""
_SEGMENT: Final = 160

Post = Callable[[str, Mapping[str, str]], Awaitable[object]]
"""Posts a signed form to the engine; raises `WebhookError`."""


@dataclass(frozen=True, slots=True)
class TextFate:
    """What becomes of texts to a number.

    Attributes:
        statuses: what is told of each, in this order, one after the other; repeated as they stand.
        error_code: the carrier's, told with `undelivered` and `failed`.
        refused: the API's error code for it, instead of taking it.
        pause_s: before each telling.
    """

    statuses: tuple[str, ...] = ("sent", "delivered")
    error_code: int | None = None
    refused: int | None = None
    pause_s: float = 0.0


_ARRIVES: Final = TextFate()


class TextApi:
    """The part of the REST API that is about messages.

    Args:
        account_sid: of the account.

    Attributes:
        messages: everything texted, oldest first.
        fates: by number, what becomes of texts to it; those to others arrive.
        post: tells the engine; nobody is told while it is None.
        errors: reports that the engine did not accept.
        signs: messages by WhatsApp to which a reply is shown as being written.
        with_rcs: numbers whose phones have RCS; a messaging service sends an SMS to all others.
    """

    def __init__(self, account_sid: str) -> None:
        self.messages: list[TextMessage] = []
        self.fates: dict[str, TextFate] = {}
        self.post: Post | None = None
        self.errors: list[str] = []
        self.with_rcs: set[str] = set()
        self.signs: list[str] = []
        self._account_sid = account_sid
        self._taken_at: dict[str, str] = {}
        self._status: dict[str, str] = {}
        self._arrived = asyncio.Condition()
        self._telling: set[asyncio.Task[None]] = set()

    def add_routes(self, router: web.UrlDispatcher, account: str) -> None:
        """Add its routes below an account's path."""
        router.add_post(f"{account}/Messages.json", self._take)
        router.add_get(f"{account}/Messages.json", self._list)
        router.add_post("/v2/Indicators/Typing.json", self._sign)
        router.add_get(f"{account}/Messages/{{sid}}.json", self._one)

    async def wait_for(self, to: str, count: int = 1) -> TextMessage:
        """The `count`-th message to a number, now or when it arrives."""
        async with self._arrived:
            while True:
                found = [message for message in self.messages if message.to == to]
                if len(found) >= count:
                    return found[count - 1]
                await self._arrived.wait()

    async def told(self) -> None:
        """Wait until everything has been told."""
        await asyncio.gather(*self._telling)

    def close(self) -> None:
        """Tell nothing more."""
        for one in self._telling:
            one.cancel()

    async def _sign(self, request: web.Request) -> web.Response:
        form = await request.post()
        message = text_field(form.get("messageId")) or ""
        if text_field(form.get("channel")) != "whatsapp" or not message.startswith(("SM", "MM")):
            return api_error(400, 20001, "A message by WhatsApp is needed.")
        self.signs.append(message)
        return web.json_response({"success": True})

    async def _take(self, request: web.Request) -> web.Response:
        form = await request.post()
        to, body = text_field(form.get("To")) or "", text_field(form.get("Body")) or ""
        sender = text_field(form.get("From")) or text_field(form.get("MessagingServiceSid"))
        if not body and text_field(form.get("ContentSid")) is not None:
            body = json.loads(text_field(form.get("ContentVariables")) or "{}").get("1", "")
        if (problem := _problem(to, sender, body)) is not None:
            return problem
        fate = self.fates.get(to, _ARRIVES)
        if fate.refused is not None:
            return api_error(400, fate.refused, f"The number {to} is not texted.")
        sender, to = self._by_service(sender or "", to)
        message = TextMessage(f"SM{secrets.token_hex(16)}", sender, to, body)
        self._taken_at[message.sid] = rfc2822_now()
        self._status[message.sid] = "queued"
        async with self._arrived:
            self.messages.append(message)
            self._arrived.notify_all()
        if (url := text_field(form.get("StatusCallback"))) is not None:
            telling = asyncio.create_task(self._tell(message, fate, url))
            self._telling.add(telling)
            telling.add_done_callback(self._telling.discard)
        return web.json_response(self._json(message), status=201)

    def _by_service(self, sender: str, to: str) -> tuple[str, str]:
        """The ends of a message once a messaging service, if it is one's, has chosen them."""
        if not sender.startswith("MG"):
            return sender, to
        return (RCS_AGENT, f"rcs:{to}") if to in self.with_rcs else (POOL_NUMBER, to)

    async def _tell(self, message: TextMessage, fate: TextFate, url: str) -> None:
        for status in fate.statuses:
            await asyncio.sleep(fate.pause_s)
            self._status[message.sid] = status
            failed = status in {"undelivered", "failed"} and fate.error_code is not None
            params = {
                "AccountSid": self._account_sid,
                "ApiVersion": API_VERSION,
                "From": message.from_,
                "MessageSid": message.sid,
                "MessageStatus": status,
                "SmsSid": message.sid,
                "SmsStatus": status,
                "To": message.to,
            } | ({"ErrorCode": str(fate.error_code)} if failed else {})
            if self.post is not None:
                try:
                    await self.post(url, params)
                except WebhookError as error:
                    self.errors.append(str(error))

    async def _list(self, request: web.Request) -> web.Response:
        to, sender = request.query.get("To"), request.query.get("From")
        size = int(request.query.get("PageSize", "50"))
        found = [
            self._json(message)
            for message in reversed(self.messages)
            if to in {None, message.to} and sender in {None, message.from_}
        ]
        return web.json_response({"messages": found[:size], "page": 0, "page_size": size})

    async def _one(self, request: web.Request) -> web.Response:
        sid = request.match_info["sid"]
        for message in self.messages:
            if message.sid == sid:
                return web.json_response(self._json(message))
        return not_found(request)

    def _json(self, message: TextMessage) -> dict[str, object]:
        path = f"/{API_VERSION}/Accounts/{self._account_sid}/Messages/{message.sid}"
        is_service = message.from_.startswith("MG")
        taken_at = self._taken_at[message.sid]
        return {
            "sid": message.sid,
            "account_sid": self._account_sid,
            "api_version": API_VERSION,
            "messaging_service_sid": message.from_ if is_service else None,
            "from": None if is_service else message.from_,
            "to": message.to,
            "body": message.body,
            "status": self._status[message.sid],
            "direction": "outbound-api",
            "num_segments": str(-(-len(message.body) // _SEGMENT)),
            "num_media": "0",
            "date_created": taken_at,
            "date_updated": taken_at,
            "date_sent": None,
            "price": None,
            "price_unit": "USD",
            "error_code": None,
            "error_message": None,
            "uri": f"{path}.json",
        }


def _problem(to: str, sender: str | None, body: str) -> web.Response | None:
    """What the API has against a message."""
    if not to:
        return api_error(400, 21604, "A 'To' phone number is required.")
    if not E164.fullmatch(to):
        return api_error(400, 21211, f"Invalid 'To' Phone Number: {to}")
    if sender is None:
        return api_error(400, 21603, "A 'From' phone number is required.")
    if not body:
        return api_error(400, 21602, "Message body is required.")
    if len(body) > _MAX_BODY:
        return api_error(
            400, 21617, "The concatenated message body exceeds the 1600 character limit"
        )
    return None


def text_field(value: object) -> str | None:
    """A form field; files and blanks do not count."""
    return value if isinstance(value, str) and value else None


def api_error(status: int, code: int, message: str) -> web.Response:
    """An error of the API's."""
    more_info = f"https://www.twilio.com/docs/errors/{code}"
    body = {"code": code, "message": message, "more_info": more_info, "status": status}
    return web.json_response(body, status=status)


def not_found(request: web.Request) -> web.Response:
    """There is nothing of that name."""
    return api_error(404, 20404, f"The requested resource {request.path} was not found")
