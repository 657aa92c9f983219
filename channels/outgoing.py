"""What is written to people unasked, by the way that is open to them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol

from channels.rcs import RCS
from channels.webchat import WEBCHAT
from channels.whatsapp import WHATSAPP, WINDOW
from voiceagent.core.clock import Clock
from voiceagent.domain.records import OutboundMessage
from voiceagent.ports.messages import Texts
from voiceagent.ports.threads import Threads

_BY_SMS: Final = "sms"


class TextCarrier(Texts, Protocol):
    """A telephone carrier's texts, and templates of WhatsApp."""

    async def send_template(self, message: OutboundMessage, template: str) -> str:
        """Send a template with the body as its first variable; else as `send`."""
        ...


class OutgoingTexts:
    """`ports.messages.Texts` over all channels.

    Args:
        carrier: sends to telephone numbers.
        threads: when somebody wrote last; and where a visitor of the chat finds it.
        clock: what "now" is.
        whatsapp_template: approved for texts outside the window; "" sends those by SMS.
        by_rcs: whether the carrier sends RCS for us; what has that channel goes by SMS else.
    """

    def __init__(
        self,
        carrier: TextCarrier,
        threads: Threads,
        clock: Clock,
        whatsapp_template: str,
        *,
        by_rcs: bool = False,
    ) -> None:
        self._carrier = carrier
        self._threads = threads
        self._clock = clock
        self._template = whatsapp_template
        self._by_rcs = by_rcs

    async def send(self, message: OutboundMessage) -> str:
        """See `ports.messages.Texts.send`; what a page fetches has no carrier's id."""
        if message.channel == WEBCHAT.name:
            await self._threads.say(message.to, f"out:{message.key}", message.channel, message.body)
            return ""
        message = self._by_sms_without_rcs(message)
        if message.channel != WHATSAPP.name or await self._in_window(message.to):
            return await self._carrier.send(message)
        if self._template:
            return await self._carrier.send_template(message, self._template)
        return await self._carrier.send(replace(message, channel=_BY_SMS))

    async def find(
        self, message: OutboundMessage, *, since: datetime, but_not: Collection[str]
    ) -> str | None:
        """See `ports.messages.Texts.find`, by each way that it may have gone.

        ``None`` for what a page fetches: that is said once however often it is sent.
        """
        if message.channel == WEBCHAT.name:
            return None
        message = self._by_sms_without_rcs(message)
        found = await self._carrier.find(message, since=since, but_not=but_not)
        if found is not None or message.channel != WHATSAPP.name or self._template:
            return found
        by_sms = replace(message, channel=_BY_SMS)
        return await self._carrier.find(by_sms, since=since, but_not=but_not)

    def _by_sms_without_rcs(self, message: OutboundMessage) -> OutboundMessage:
        if message.channel == RCS.name and not self._by_rcs:
            return replace(message, channel=_BY_SMS)
        return message

    async def _in_window(self, person: str) -> bool:
        last = await self._threads.last_written(person, WHATSAPP.name)
        return last is not None and self._clock.now() - last < WINDOW
