"""Asking Twilio's REST interface: two seconds, three times, then `Unavailable`.

What may be repeated is repeated. What must be done once is tried again only when it is certain that
nothing was done (no connection, "too many requests", "unavailable"); a lost answer to it is
``twilio.fate_unknown``.

Source: https://www.twilio.com/docs/usage/twilios-response
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

import aiohttp
import stamina

from telephony.twilio.account import TwilioAccount
from voiceagent.domain.public_apis import TWILIO_API
from voiceagent.errors import FateUnknown, OwnerFixable, Unavailable, VoiceAgentError

_MESSAGING_API = "https://messaging.twilio.com"
TRY_S = 2.0
TRIES = 3

_API_VERSION = "2010-04-01"
_MAX_ANSWER_BYTES = 64 * 1024
_NOT_SENT = frozenset({429, 503})


class Repeat(StrEnum):
    """Whether a request may be carried out twice."""

    ALWAYS = "always"
    IF_NOT_SENT = "if_not_sent"


@dataclass(frozen=True, slots=True)
class ApiReply:
    """A final answer: `fields` of its JSON; `error` is Twilio's number, 0 when it is none."""

    status: int
    fields: Mapping[str, object]
    error: int = 0

    def must_succeed(self) -> None:
        """Raise what stands for the error, if it is one."""
        if self.error:
            raise _refusal(self)


class _TryAgain(Exception):
    pass


class TwilioApi:
    """One account's REST interface.

    Args:
        account: credentials.
        http: session to use; its owner closes it.
        base_url: another address for the interface, e.g. an emulator's.
        try_s: seconds per attempt.
        pause_s: shortest pause between attempts; it doubles, with jitter of the same size.
    """

    def __init__(
        self,
        account: TwilioAccount,
        http: aiohttp.ClientSession,
        *,
        base_url: str = TWILIO_API,
        try_s: float = TRY_S,
        pause_s: float = 0.1,
    ) -> None:
        self._http = http
        self._messaging = _MESSAGING_API if base_url == TWILIO_API else base_url.rstrip("/")
        self._root = f"{base_url.rstrip('/')}/{_API_VERSION}/Accounts/{quote(account.account_sid)}"
        authorization = aiohttp.encode_basic_auth(account.account_sid, account.auth_token)
        self._headers = {"Authorization": authorization}
        self._timeout = aiohttp.ClientTimeout(total=try_s)
        self._pause_s = pause_s

    async def post(
        self, path: str, form: Mapping[str, str], repeat: Repeat = Repeat.ALWAYS
    ) -> ApiReply:
        """Send a form to a path below the account's; the final answer.

        Raises:
            Unavailable: ``twilio.unavailable``: it was certainly not done.
            FateUnknown: ``twilio.fate_unknown``, where `repeat` forbids to ask again.
        """
        return await self._request("POST", path, form, repeat)

    async def signal(self, path: str, form: Mapping[str, str]) -> bool:
        """Send a form to a path of the messaging interface, once; whether it was taken.

        For what nothing hangs on: no error is raised, and nothing is tried again.
        """
        try:
            async with self._http.post(
                f"{self._messaging}/{path}",
                data=form,
                headers=self._headers,
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                return response.ok
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def get(self, path: str) -> ApiReply:
        """Ask; raises ``twilio.unavailable``."""
        return await self._request("GET", path, {}, Repeat.ALWAYS)

    async def _request(
        self, method: str, path: str, form: Mapping[str, str], repeat: Repeat
    ) -> ApiReply:
        """Try until there is a final answer or patience ends."""
        tries = stamina.retry_context(
            on=_TryAgain,
            attempts=TRIES,
            timeout=None,
            wait_initial=self._pause_s,
            wait_max=4 * self._pause_s,
            wait_jitter=self._pause_s,
        )
        try:
            async for attempt in tries:
                with attempt:
                    return await self._once(method, path, form, repeat)
        except _TryAgain as failure:
            raise Unavailable("twilio.unavailable", f"Twilio: {failure}.") from failure
        raise Unavailable("twilio.unavailable", "Twilio was not asked.")

    async def _once(
        self, method: str, path: str, form: Mapping[str, str], repeat: Repeat
    ) -> ApiReply:
        try:
            async with self._http.request(
                method,
                f"{self._root}/{path}",
                data=form or None,
                headers=self._headers,
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                body = await _bounded(response)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise _TryAgain("no connection") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _again(repeat, "no answer") from error
        if response.status in _NOT_SENT:
            raise _TryAgain(f"status {response.status}")
        if response.status >= 500:  # noqa: PLR2004
            raise _again(repeat, f"status {response.status}")
        return _read(response.status, body)


def _again(repeat: Repeat, what: str) -> Exception:
    if repeat is Repeat.ALWAYS:
        return _TryAgain(what)
    return FateUnknown("twilio.fate_unknown", f"Twilio may or may not have done it: {what}.")


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > _MAX_ANSWER_BYTES:
            raise aiohttp.ClientPayloadError("the answer is too long")
    return bytes(body)


def _read(status: int, body: bytes) -> ApiReply:
    try:
        fields: object = json.loads(body)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        fields = {}
    code = fields.get("code")
    if status < 300:  # noqa: PLR2004
        return ApiReply(status, fields)
    return ApiReply(status, fields, code if isinstance(code, int) and code else status)


def _refusal(reply: ApiReply) -> VoiceAgentError:
    if reply.status in {401, 403}:
        return OwnerFixable(
            "twilio.credentials",
            f"Twilio does not accept SID and token ({reply.status}).",
            where="TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN",
        )
    return OwnerFixable("twilio.refused", f"Twilio refused: {reply.status}, {reply.error}.")
