"""Texts over Twilio's REST interface: sent once, and looked for when an answer was lost.

A text may not be repeated, as Twilio knows no idempotency key for it: a lost answer is
``twilio.fate_unknown``, and then `find` looks among the texts that the account has sent.

Source: https://www.twilio.com/docs/messaging/api/message-resource
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode

from telephony.contract import is_e164
from telephony.twilio.api import Repeat, TwilioApi
from telephony.twilio.twiml import MAX_TEXT_CHARS
from voiceagent.domain.records import OutboundMessage
from voiceagent.errors import CallerFixable, OwnerFixable

MESSAGE_STATUS_PATH = "/message-status"
MESSAGE_KEY = "key"
"""In the address for reports of a text: which of ours it is."""

BAD_NUMBERS = frozenset({21211, 21214, 21217, 21401, 21408, 21612})
_NO_MOBILE = 21614
_OPTED_OUT = 21610
_WHATSAPP = "whatsapp"
_RCS = "rcs"
_ADDRESS = {"sms": "", _WHATSAPP: "whatsapp:", _RCS: ""}
"""What stands before a number. An RCS message to a bare number may become an SMS."""
_LOOKED_THROUGH = 20
_SKEW = timedelta(minutes=1)
"""By how much the carrier's clock may be behind that of the database."""


class TwilioTexts:
    """`ports.messages.Texts` over SMS, WhatsApp and RCS, and WhatsApp's templates.

    Args:
        api: the account's.
        from_number: sender, E.164.
        rcs_service: the messaging service that sends RCS, and SMS where a phone has none; "" where
            there is none, and then nothing goes by RCS.
        reports_to: public address that is told what became of texts; "" where none is reached.
    """

    def __init__(
        self, api: TwilioApi, *, from_number: str, reports_to: str, rcs_service: str = ""
    ) -> None:
        self._api = api
        self._rcs_service = rcs_service
        self._from_number = from_number
        self._reports_to = reports_to

    async def send(self, message: OutboundMessage) -> str:
        """Send a text; returns its MessageSid. What becomes of it comes to ``/message-status``.

        Raises:
            Unavailable: ``twilio.unavailable``: it was not sent.
            FateUnknown: ``twilio.fate_unknown``.
            CallerFixable: ``text.bad_number``, ``text.landline``, ``text.opted_out``.
            OwnerFixable: ``text.bad_channel``, ``text.too_long``, ``twilio.credentials``,
                ``twilio.refused``.
        """
        return await self._texted(message, {"Body": message.body})

    async def send_template(self, message: OutboundMessage, template: str) -> str:
        """Send an approved template with the body as its first variable; raises as `send` does.

        Args:
            message: on a channel that has templates.
            template: its ContentSid, ``HX…``.
        """
        variables = json.dumps({"1": _one_line(message.body)})
        return await self._texted(message, {"ContentSid": template, "ContentVariables": variables})

    async def writes(self, channel: str, message_sid: str) -> None:
        """Show somebody that their message was read and a reply is being written, for 25 s at most.

        By WhatsApp only: the others have no such sign. Nothing hangs on it, so it never fails.

        Source: https://www.twilio.com/docs/whatsapp/api/typing-indicators-resource (public beta)
        """
        if channel == _WHATSAPP:
            form = {"messageId": message_sid, "channel": channel}
            await self._api.signal("v2/Indicators/Typing.json", form)

    async def _texted(self, message: OutboundMessage, what: Mapping[str, str]) -> str:
        if not self._carries(message):
            raise OwnerFixable("text.bad_channel", "Nothing of this channel goes by this way.")
        if not 0 < len(message.body) <= MAX_TEXT_CHARS:
            raise OwnerFixable("text.too_long", f"A text has 1 to {MAX_TEXT_CHARS} characters.")
        if not is_e164(message.to):
            raise bad_number()
        form = {**self._ends_of(message), **what}
        if message.channel == _RCS:
            form["MessagingServiceSid"] = self._rcs_service
            del form["From"]
        if self._reports_to:
            query = urlencode({MESSAGE_KEY: message.key}, safe=":")
            form["StatusCallback"] = f"{self._reports_to}?{query}"
        reply = await self._api.post("Messages.json", form, Repeat.IF_NOT_SENT)
        if reply.error == _OPTED_OUT:
            raise CallerFixable("text.opted_out", "This number has asked for no texts.")
        if reply.error == _NO_MOBILE:
            raise CallerFixable("text.landline", "This number gets no texts.", field="phone")
        if reply.error in BAD_NUMBERS:
            raise bad_number()
        reply.must_succeed()
        return str(reply.fields.get("sid", ""))

    def _ends_of(self, message: OutboundMessage) -> dict[str, str]:
        prefix = _ADDRESS[message.channel]
        return {"To": prefix + message.to, "From": prefix + self._from_number}

    async def find(
        self, message: OutboundMessage, *, since: datetime, but_not: Collection[str]
    ) -> str | None:
        """The MessageSid of a text that was sent perhaps, ``None`` when there is none.

        Twilio keeps no key of ours with a text: it is one to the same number that reads the same,
        is not older than the attempt, and is none of the others that we know. On WhatsApp the words
        of a template may stand around it.

        Raises:
            Unavailable: ``twilio.unavailable``.
            OwnerFixable: ``twilio.credentials`` or ``twilio.refused``.
        """
        if not self._carries(message):
            return None
        for ends in self._may_have_been(message):
            query = urlencode({**ends, "PageSize": str(_LOOKED_THROUGH)})
            reply = await self._api.get(f"Messages.json?{query}")
            reply.must_succeed()
            found = reply.fields.get("messages")
            for one in found if isinstance(found, list) else []:
                if not isinstance(one, dict) or not _reads(message, str(one.get("body", ""))):
                    continue
                sid = str(one.get("sid", ""))
                if sid and sid not in but_not and _made_at(one) >= since - _SKEW:
                    return sid
        return None

    def _carries(self, message: OutboundMessage) -> bool:
        return message.channel in _ADDRESS and (message.channel != _RCS or bool(self._rcs_service))

    def _may_have_been(self, message: OutboundMessage) -> Sequence[Mapping[str, str]]:
        """The ends of a message as the carrier may have them: by RCS the service chooses both."""
        if message.channel != _RCS:
            return (self._ends_of(message),)
        return ({"To": f"rcs:{message.to}"}, {"To": message.to})


def bad_number() -> CallerFixable:
    """The error for a number that is neither texted nor rung."""
    return CallerFixable("text.bad_number", "This number cannot be texted.", field="phone")


def _reads(message: OutboundMessage, body: str) -> bool:
    if message.channel == _WHATSAPP:
        return _one_line(message.body) in _one_line(body)
    return message.body == body


def _one_line(body: str) -> str:
    return " ".join(body.split())


def _made_at(fields: Mapping[str, object]) -> datetime:
    """When the carrier says that it took a text; long ago when it does not."""
    try:
        return parsedate_to_datetime(str(fields.get("date_created")))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
