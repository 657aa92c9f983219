"""What is written to people unasked, by the way that is open to them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Protocol

from channels.webchat import WEBCHAT
from channels.whatsapp import WHATSAPP, WINDOW
from voiceagent.core.clock import Clock
from voiceagent.domain.records import OutboundMessage
from voiceagent.ports.threads import Threads

_BY_SMS: Final = "sms"


class TextCarrier(Protocol):
    """A telephone carrier's texts: `ports.messages.Texts`, and templates of WhatsApp."""

    async def send(self, message: OutboundMessage) -> str:
        """See `ports.messages.Texts.send`."""
        ...

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
    """

    def __init__(
        self, carrier: TextCarrier, threads: Threads, clock: Clock, whatsapp_template: str
    ) -> None:
        self._carrier = carrier
        self._threads = threads
        self._clock = clock
        self._template = whatsapp_template

    async def send(self, message: OutboundMessage) -> str:
        """See `ports.messages.Texts.send`; what a page fetches has no carrier's id."""
        if message.channel == WEBCHAT.name:
            await self._threads.say(message.to, f"out:{message.key}", message.channel, message.body)
            return ""
        if message.channel != WHATSAPP.name or await self._in_window(message.to):
            return await self._carrier.send(message)
        if self._template:
            return await self._carrier.send_template(message, self._template)
        return await self._carrier.send(replace(message, channel=_BY_SMS))

    async def _in_window(self, person: str) -> bool:
        last = await self._threads.last_written(person, WHATSAPP.name)
        return last is not None and self._clock.now() - last < WINDOW
