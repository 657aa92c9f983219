"""Twilio's REST interface, as far as a live call needs it; its texts are beside it (`texts_api`).

What may be repeated is: ending a call twice ends it once. Nobody is rung twice for a lost answer.

Source: https://www.twilio.com/docs/voice/api/call-resource
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

import aiohttp

from telephony.contract import CarrierStatus, DialPerson, is_e164
from telephony.twilio.account import TwilioAccount
from telephony.twilio.api import TRY_S, Repeat, TwilioApi
from telephony.twilio.hand_off_twiml import (
    LEAD_PATH,
    LEG_PATH,
    MACHINE_PATH,
    caller_url,
    hold_twiml,
)
from telephony.twilio.texts_api import BAD_NUMBERS, MESSAGE_STATUS_PATH, TwilioTexts, bad_number
from telephony.twilio.twiml import (
    MAX_TRANSFER_S,
    RING_S,
    dial_twiml,
    new_leg,
    said_twice_twiml,
)
from telephony.twilio.whisper_texts import WhisperTexts
from voiceagent.domain.public_apis import TWILIO_API
from voiceagent.errors import OwnerFixable

_CALL_OVER = frozenset({404, 20404, 21220})


@dataclass(frozen=True, slots=True)
class NumberSetup:
    """What Twilio does with calls to a number: `voice_url` is asked, empty when nothing is."""

    voice_url: str


class TwilioRest:
    """Ends, parks and transfers calls: `CallControl` and `WaitingRoom`.

    Args:
        account: credentials, and the public URL for callbacks.
        http: session to use; its owner closes it.
        from_number: sender of texts, E.164.
        transfer_numbers: the only numbers a call can be transferred to (the business's leads).
        briefings: shared with the webhooks, which answer ``/whisper``.
        base_url: another address for the interface, e.g. an emulator's.
        try_s: seconds per attempt.
        pause_s: shortest pause between attempts; it doubles, with jitter of the same size.

    Attributes:
        texts: the account's texts.
    """

    def __init__(
        self,
        account: TwilioAccount,
        http: aiohttp.ClientSession,
        *,
        from_number: str,
        transfer_numbers: frozenset[str],
        briefings: WhisperTexts,
        base_url: str = TWILIO_API,
        rcs_service: str = "",
        try_s: float = TRY_S,
        pause_s: float = 0.1,
    ) -> None:
        self._account = account
        self._from_number = from_number
        self._transfer_numbers = transfer_numbers
        self._briefings = briefings
        # Twilio refuses an address that it cannot reach (21609).
        reached = account.public_url.startswith("https:") or base_url != TWILIO_API
        reports_to = account.url(MESSAGE_STATUS_PATH) if reached else ""
        self._api = TwilioApi(account, http, base_url=base_url, try_s=try_s, pause_s=pause_s)
        self.texts = TwilioTexts(
            self._api, from_number=from_number, reports_to=reports_to, rcs_service=rcs_service
        )

    async def hang_up(self, call_sid: str) -> None:
        """End the call; one that is over already is fine.

        Raises:
            Unavailable: ``twilio.unavailable``.
            OwnerFixable: ``twilio.credentials`` or ``twilio.refused``.
        """
        reply = await self._api.post(_call_path(call_sid), {"Status": "completed"})
        if reply.error not in _CALL_OVER:
            reply.must_succeed()

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
        reply = await self._api.post("Calls.json", form, Repeat.IF_NOT_SENT)
        reply.must_succeed()
        return str(reply.fields.get("sid", ""))

    def _may_dial(self, number: str) -> bool:
        return number in self._transfer_numbers and is_e164(number)

    async def _moved(self, call_sid: str, instructions: Mapping[str, str]) -> bool:
        """Give a live call other instructions; False when it is over."""
        reply = await self._api.post(_call_path(call_sid), instructions)
        if reply.error in _CALL_OVER:
            return False
        reply.must_succeed()
        return True

    async def call_status(self, call_sid: str) -> CarrierStatus | None:
        """Where the call stands, ``None`` when the carrier knows no such call.

        Raises as `hang_up` does.
        """
        reply = await self._api.get(_call_path(call_sid))
        if reply.error in _CALL_OVER:
            return None
        reply.must_succeed()
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
        reply = await self._api.get(path)
        reply.must_succeed()
        found = reply.fields.get("incoming_phone_numbers")
        first = found[0] if isinstance(found, list) and found else None
        if not isinstance(first, dict):
            return None
        return NumberSetup(str(first.get("voice_url") or ""))

    async def read_out(self, number: str, words: str) -> str:
        """Ring a customer and say something twice; the CallSid.

        Raises:
            Unavailable: ``twilio.unavailable``: nobody was rung.
            FateUnknown: ``twilio.fate_unknown``.
            CallerFixable: ``text.bad_number``.
            OwnerFixable: ``twilio.credentials``, ``twilio.refused``.
        """
        if not is_e164(number):
            raise bad_number()
        form = {
            "To": number,
            "From": self._from_number,
            "Twiml": said_twice_twiml(words),
            "Timeout": str(RING_S),
        }
        reply = await self._api.post("Calls.json", form, Repeat.IF_NOT_SENT)
        if reply.error in BAD_NUMBERS:
            raise bad_number()
        reply.must_succeed()
        return str(reply.fields.get("sid", ""))


def _call_path(call_sid: str) -> str:
    return f"Calls/{quote(call_sid, safe='')}.json"
