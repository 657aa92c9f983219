"""Twilio's REST interface, as far as a live call and a text message need it.

Two seconds, three times, then `Unavailable`: whoever asked decides (an outbox tries again later).
What may be repeated is: ending a call twice ends it once. A text message may not, as Twilio knows
no idempotency key for it; so sending is tried again only when it is certain that nothing was sent
(no connection, "too many requests", "unavailable"), and a lost answer is ``twilio.fate_unknown``.

Source: https://www.twilio.com/docs/voice/api/call-resource,
https://www.twilio.com/docs/messaging/api/message-resource
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

import aiohttp
import stamina

from telephony.contract import CarrierStatus, DialPerson, is_e164
from telephony.twilio.account import TwilioAccount
from telephony.twilio.hand_off_twiml import (
    LEAD_PATH,
    LEG_PATH,
    MACHINE_PATH,
    caller_url,
    hold_twiml,
)
from telephony.twilio.twiml import (
    MAX_TEXT_CHARS,
    MAX_TRANSFER_S,
    RING_S,
    TEXT_STATUS_PATH,
    dial_twiml,
    new_leg,
)
from telephony.twilio.whisper_texts import WhisperTexts
from voiceagent.domain.records import OutboundMessage
from voiceagent.errors import CallerFixable, OwnerFixable, Unavailable, VoiceAgentError

PUBLIC_API = "https://api.twilio.com"
TRY_S = 2.0
TRIES = 3

_API_VERSION = "2010-04-01"
_MAX_ANSWER_BYTES = 64 * 1024
_CALL_OVER = frozenset({404, 20404, 21220})
_BAD_NUMBERS = frozenset({21211, 21214, 21217, 21401, 21408, 21612, 21614})
_OPTED_OUT = 21610
_NOT_SENT = frozenset({429, 503})
_ADDRESS = {"sms": "", "whatsapp": "whatsapp:"}


class _Repeat(StrEnum):
    ALWAYS = "always"
    IF_NOT_SENT = "if_not_sent"


@dataclass(frozen=True, slots=True)
class _Reply:
    """A final answer: `fields` of its JSON; `error` is Twilio's number, 0 when it is none."""

    status: int
    fields: Mapping[str, object]
    error: int = 0


@dataclass(frozen=True, slots=True)
class NumberSetup:
    """What Twilio does with calls to a number: `voice_url` is asked, empty when nothing is."""

    voice_url: str


class _TryAgain(Exception):
    pass


class TwilioRest:
    """Ends, parks and transfers calls, sends texts: `CallControl`, `WaitingRoom` and `Texts`.

    Args:
        account: credentials, and the public URL for callbacks.
        http: session to use; its owner closes it.
        from_number: sender of texts, E.164.
        transfer_numbers: the only numbers a call can be transferred to (the business's leads).
        briefings: shared with the webhooks, which answer ``/whisper``.
        base_url: another address for the interface, e.g. an emulator's.
        try_s: seconds per attempt.
        pause_s: shortest pause between attempts; it doubles, with jitter of the same size.
    """

    def __init__(
        self,
        account: TwilioAccount,
        http: aiohttp.ClientSession,
        *,
        from_number: str,
        transfer_numbers: frozenset[str],
        briefings: WhisperTexts,
        base_url: str = PUBLIC_API,
        try_s: float = TRY_S,
        pause_s: float = 0.1,
    ) -> None:
        self._account = account
        self._http = http
        self._from_number = from_number
        self._transfer_numbers = transfer_numbers
        self._briefings = briefings
        self._root = f"{base_url.rstrip('/')}/{_API_VERSION}/Accounts/{quote(account.account_sid)}"
        authorization = aiohttp.encode_basic_auth(account.account_sid, account.auth_token)
        self._headers = {"Authorization": authorization}
        self._timeout = aiohttp.ClientTimeout(total=try_s)
        self._pause_s = pause_s

    async def hang_up(self, call_sid: str) -> None:
        """End the call; one that is over already is fine.

        Raises:
            Unavailable: ``twilio.unavailable``.
            OwnerFixable: ``twilio.credentials`` or ``twilio.refused``.
        """
        reply = await self._post(_call_path(call_sid), {"Status": "completed"})
        if reply.error not in _CALL_OVER:
            _must_succeed(reply)

    async def transfer(self, call_sid: str, *, to_number: str, whisper: str) -> bool:
        """Connect the caller to a person, who is told `whisper` first; ends the media stream.

        False when the number is not one of ours to dial, or the call is over. How it went comes
        to ``/dial-action``. Raises as `hang_up` does.
        """
        if not self._may_dial(to_number):
            return False
        leg = new_leg() if whisper else ""
        if leg:
            self._briefings.put(leg, whisper)
        twiml = dial_twiml(DialPerson("", to_number), account=self._account, briefing_leg=leg)
        return await self._moved(call_sid, {"Twiml": twiml})

    async def hold(self, call_sid: str, key: str) -> bool:
        """Send the caller to a conference to wait there; ends the media stream.

        False when the call is over. When they leave it we are asked at ``/handoff-caller``. Raises
        as `hang_up` does.

        Args:
            call_sid: the caller's call.
            key: names the conference; URL-safe, 12 characters.
        """
        return await self._moved(call_sid, {"Twiml": hold_twiml(key, self._account)})

    async def bring_back(self, call_sid: str) -> bool:
        """Have the carrier ask us what a waiting caller is to do next; False when they have left.

        Raises as `hang_up` does.
        """
        return await self._moved(call_sid, {"Url": caller_url(self._account), "Method": "POST"})

    async def ring_lead(self, number: str, leg: str) -> str:
        """Ring one of the business's people, with machine detection; the CallSid of their leg.

        Their answer is asked for at ``/handoff-lead``. It is tried again only when it is certain
        that nobody was rung.

        Args:
            number: one of `transfer_numbers`.
            leg: names their leg in callbacks; URL-safe, 12 characters.

        Raises:
            Unavailable: ``twilio.unavailable`` or ``twilio.fate_unknown``.
            OwnerFixable: ``dial.bad_number``, ``twilio.credentials``, ``twilio.refused``.
        """
        if not self._may_dial(number):
            raise OwnerFixable("dial.bad_number", "Only people of the business are rung.")
        url = self._account.url
        form = {
            "To": number,
            "From": self._from_number,
            "Url": url(f"{LEAD_PATH}?leg={leg}"),
            "Method": "POST",
            "Timeout": str(RING_S),
            "TimeLimit": str(MAX_TRANSFER_S),
            "MachineDetection": "Enable",
            "AsyncAmd": "true",
            "AsyncAmdStatusCallback": url(f"{MACHINE_PATH}?leg={leg}"),
            "AsyncAmdStatusCallbackMethod": "POST",
            "StatusCallback": url(f"{LEG_PATH}?leg={leg}"),
            "StatusCallbackMethod": "POST",
        }
        reply = await self._post("Calls.json", form, _Repeat.IF_NOT_SENT)
        _must_succeed(reply)
        return str(reply.fields.get("sid", ""))

    def _may_dial(self, number: str) -> bool:
        return number in self._transfer_numbers and is_e164(number)

    async def _moved(self, call_sid: str, instructions: Mapping[str, str]) -> bool:
        """Give a live call other instructions; False when it is over."""
        reply = await self._post(_call_path(call_sid), instructions)
        if reply.error in _CALL_OVER:
            return False
        _must_succeed(reply)
        return True

    async def call_status(self, call_sid: str) -> CarrierStatus | None:
        """Where the call stands, ``None`` when the carrier knows no such call.

        Raises as `hang_up` does.
        """
        reply = await self._request("GET", _call_path(call_sid), {}, _Repeat.ALWAYS)
        if reply.error in _CALL_OVER:
            return None
        _must_succeed(reply)
        try:
            return CarrierStatus(str(reply.fields.get("status")))
        except ValueError:
            return None

    async def number_setup(self, number: str) -> NumberSetup | None:
        """What is set on the page of one of the account's numbers; ``None`` when it has it not.

        Args:
            number: E.164.

        Raises as `hang_up` does.
        """
        path = f"IncomingPhoneNumbers.json?PhoneNumber={quote(number, safe='')}"
        reply = await self._request("GET", path, {}, _Repeat.ALWAYS)
        _must_succeed(reply)
        found = reply.fields.get("incoming_phone_numbers")
        first = found[0] if isinstance(found, list) and found else None
        if not isinstance(first, dict):
            return None
        return NumberSetup(str(first.get("voice_url") or ""))

    async def send(self, message: OutboundMessage) -> str:
        """Send a text; returns its MessageSid.

        Raises:
            Unavailable: ``twilio.unavailable`` (was not sent) or ``twilio.fate_unknown``.
            CallerFixable: ``text.bad_number``, ``text.opted_out``.
            OwnerFixable: ``text.bad_channel``, ``text.too_long``, ``twilio.credentials``,
                ``twilio.refused``.
        """
        if message.channel not in _ADDRESS:
            raise OwnerFixable("text.bad_channel", "Only sms and whatsapp go by this way.")
        if not 0 < len(message.body) <= MAX_TEXT_CHARS:
            raise OwnerFixable("text.too_long", f"A text has 1 to {MAX_TEXT_CHARS} characters.")
        if not is_e164(message.to):
            raise _bad_number()
        return await self._texted(message, {"Body": message.body})

    async def send_template(self, message: OutboundMessage, template: str) -> str:
        """Send an approved template with the body as its first variable; raises as `send` does.

        Args:
            message: on a channel that has templates.
            template: its ContentSid, ``HX…``.
        """
        variables = json.dumps({"1": " ".join(message.body.split())})
        return await self._texted(message, {"ContentSid": template, "ContentVariables": variables})

    async def _texted(self, message: OutboundMessage, what: Mapping[str, str]) -> str:
        prefix = _ADDRESS[message.channel]
        form = {
            "To": prefix + message.to,
            "From": prefix + self._from_number,
            "StatusCallback": self._account.url(TEXT_STATUS_PATH),
            **what,
        }
        reply = await self._post("Messages.json", form, _Repeat.IF_NOT_SENT)
        if reply.error == _OPTED_OUT:
            raise CallerFixable("text.opted_out", "This number has asked for no texts.")
        if reply.error in _BAD_NUMBERS:
            raise _bad_number()
        _must_succeed(reply)
        return str(reply.fields.get("sid", ""))

    async def _post(
        self, path: str, form: Mapping[str, str], repeat: _Repeat = _Repeat.ALWAYS
    ) -> _Reply:
        return await self._request("POST", path, form, repeat)

    async def _request(
        self, method: str, path: str, form: Mapping[str, str], repeat: _Repeat
    ) -> _Reply:
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
        self, method: str, path: str, form: Mapping[str, str], repeat: _Repeat
    ) -> _Reply:
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


def _again(repeat: _Repeat, what: str) -> Exception:
    if repeat is _Repeat.ALWAYS:
        return _TryAgain(what)
    return Unavailable("twilio.fate_unknown", f"Twilio may or may not have done it: {what}.")


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > _MAX_ANSWER_BYTES:
            raise aiohttp.ClientPayloadError("the answer is too long")
    return bytes(body)


def _read(status: int, body: bytes) -> _Reply:
    try:
        fields: object = json.loads(body)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        fields = {}
    code = fields.get("code")
    if status < 300:  # noqa: PLR2004
        return _Reply(status, fields)
    return _Reply(status, fields, code if isinstance(code, int) and code else status)


def _must_succeed(reply: _Reply) -> None:
    if not reply.error:
        return
    raise _refusal(reply)


def _refusal(reply: _Reply) -> VoiceAgentError:
    if reply.status in {401, 403}:
        return OwnerFixable(
            "twilio.credentials",
            f"Twilio does not accept SID and token ({reply.status}).",
            where="TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN",
        )
    return OwnerFixable("twilio.refused", f"Twilio refused: {reply.status}, {reply.error}.")


def _bad_number() -> CallerFixable:
    return CallerFixable("text.bad_number", "This number cannot be texted.", field="phone")


def _call_path(call_sid: str) -> str:
    return f"Calls/{quote(call_sid, safe='')}.json"
