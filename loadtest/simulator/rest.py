"""The carrier's REST API on loopback: calls and messages, as the engine's client sees them."""

from __future__ import annotations

import asyncio
import base64
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from aiohttp import web

from loadtest.simulator.texts import (
    API_VERSION,
    E164,
    TextApi,
    api_error,
    not_found,
    text_field,
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class FaultKind(StrEnum):
    """How the API misbehaves."""

    DELAY = "delay"
    """Answers properly, but late."""
    ERROR = "error"
    """500, nothing done."""
    REFUSE = "refuse"
    """429, nothing done."""
    DROP = "drop"
    """Does what was asked, then closes the connection without an answer."""
    LATE = "late"
    """Does what was asked, and answers late."""


@dataclass(slots=True)
class RestFault:
    """One injected fault.

    Attributes:
        kind: see `FaultKind`.
        resource: `Calls`, `Messages`, or empty for both.
        times: requests it still applies to; None for all.
        delay_s: for DELAY and LATE.
    """

    kind: FaultKind
    resource: str = ""
    times: int | None = 1
    delay_s: float = 1.0


class CallNotLive(RuntimeError):
    """The call is over; it cannot be updated."""


class RestCall(Protocol):
    """A call as the API needs it."""

    @property
    def call_sid(self) -> str:
        """Identifies it; starts with CA."""

    @property
    def from_number(self) -> str:
        """Caller."""

    @property
    def to_number(self) -> str:
        """Called number."""

    @property
    def status(self) -> str:
        """The carrier's word for the state of the call."""

    @property
    def duration_s(self) -> float:
        """So far, or in all."""

    def complete(self) -> None:
        """Ends the call.

        Raises:
            CallNotLive: it has ended.
        """

    def update(self, *, twiml: str | None, url: str | None) -> None:
        """Ends the stream and gives the call new instructions.

        Raises:
            CallNotLive: it has ended.
            TwimlError: the document is not valid.
        """


class RestApi:
    """Routes, authentication, faults and messages.

    Args:
        account_sid: of the account.
        auth_token: password of basic auth.
        calls: every call placed, by SID.
        place: places a call of the engine's, as its form has it; None refuses them.

    Attributes:
        texts: its messages.
        faults: injected faults; the first that matches a request applies.
        numbers: the account's own numbers, E.164, and the address that is asked when one is called.
    """

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        calls: Mapping[str, RestCall],
        place: Callable[[Mapping[str, str]], RestCall] | None = None,
    ) -> None:
        self._place = place
        self.texts = TextApi(account_sid)
        self.faults: list[RestFault] = []
        self.numbers: dict[str, str] = {}
        self._account_sid = account_sid
        token = base64.b64encode(f"{account_sid}:{auth_token}".encode()).decode()
        self._authorization = f"Basic {token}"
        self._calls = calls

    def app(self) -> web.Application:
        """The server application."""
        app = web.Application(middlewares=[self._guard])
        account = f"/{API_VERSION}/Accounts/{{account}}"
        app.router.add_get(f"{account}/Calls/{{sid}}.json", self._get_call)
        app.router.add_post(f"{account}/Calls/{{sid}}.json", self._post_call)
        app.router.add_post(f"{account}/Calls.json", self._post_calls)
        self.texts.add_routes(app.router, account)
        app.router.add_get(f"{account}/IncomingPhoneNumbers.json", self._get_numbers)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), self._authorization.encode()):
            return api_error(401, 20003, "Authenticate")
        named = request.match_info.get("account", self._account_sid)  # none in some paths
        if request.match_info.http_exception is not None or named != self._account_sid:
            return not_found(request)
        return await self._answer(request, handler)

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        match self._take_fault(request):
            case RestFault(kind=FaultKind.ERROR):
                return api_error(500, 20500, "Internal server error")
            case RestFault(kind=FaultKind.REFUSE):
                return api_error(429, 20429, "Too Many Requests")
            case RestFault(kind=FaultKind.DELAY, delay_s=delay_s):
                await asyncio.sleep(delay_s)
            case RestFault(kind=FaultKind.LATE, delay_s=delay_s):
                answer = await handler(request)
                await asyncio.sleep(delay_s)
                return answer
            case RestFault(kind=FaultKind.DROP):
                answer = await handler(request)
                if request.transport is not None:
                    request.transport.close()
                return answer
        return await handler(request)

    def _take_fault(self, request: web.Request) -> RestFault | None:
        for fault in self.faults:
            if fault.times != 0 and f"/{fault.resource}" in request.path:
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None

    async def _get_call(self, request: web.Request) -> web.Response:
        call = self._calls.get(request.match_info["sid"])
        return not_found(request) if call is None else web.json_response(self._call_json(call))

    async def _post_calls(self, request: web.Request) -> web.Response:
        form = {
            name: value for name, value in (await request.post()).items() if isinstance(value, str)
        }
        if self._place is None:
            return api_error(400, 21219, "This account places no calls.")
        told = form.get("Twiml") or form.get("Url")
        for field, code in (("To", 21201), ("From", 21603), ("Url", 21205)):
            if not (told if field == "Url" else form.get(field)):
                return api_error(400, code, f"A '{field}' is required.")
        if not E164.fullmatch(form["To"]):
            return api_error(400, 21211, f"Invalid 'To' Phone Number: {form['To']}")
        return web.json_response(self._call_json(self._place(form)), status=201)

    async def _post_call(self, request: web.Request) -> web.Response:
        call = self._calls.get(request.match_info["sid"])
        if call is None:
            return not_found(request)
        form = await request.post()
        status, twiml, url = (text_field(form.get(name)) for name in ("Status", "Twiml", "Url"))
        if status not in (None, "completed", "canceled"):
            return api_error(400, 21218, f"Invalid 'Status' parameter: {status}")
        if not (status or twiml or url):
            return api_error(400, 21218, "No valid parameters were given")
        try:
            if status is not None:
                call.complete()
            else:
                call.update(twiml=twiml, url=url)
        except CallNotLive:
            return api_error(400, 21220, "Call is not in-progress. Cannot redirect.")
        except ValueError as error:
            return api_error(400, 12100, str(error))
        return web.json_response(self._call_json(call))

    async def _get_numbers(self, request: web.Request) -> web.Response:
        wanted = request.query.get("PhoneNumber", "")
        found = [
            {"phone_number": number, "voice_url": url, "voice_method": "POST"}
            for number, url in self.numbers.items()
            if wanted in number
        ]
        return web.json_response({"incoming_phone_numbers": found, "page": 0, "page_size": 50})

    def _call_json(self, call: RestCall) -> dict[str, object]:
        path = f"/{API_VERSION}/Accounts/{self._account_sid}/Calls/{call.call_sid}"
        return {
            "sid": call.call_sid,
            "account_sid": self._account_sid,
            "api_version": API_VERSION,
            "direction": "inbound",
            "from": call.from_number,
            "to": call.to_number,
            "status": call.status,
            "duration": str(round(call.duration_s)),
            "answered_by": None,
            "parent_call_sid": None,
            "uri": f"{path}.json",
        }
