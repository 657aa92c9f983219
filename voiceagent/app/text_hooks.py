"""Texts of the carrier, for the desk that answers them; and what became of ours."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final, Protocol

from loguru import logger

from channels.contract import TextIn
from channels.desk import TextDesk
from telephony.contract import InboundText
from voiceagent.core.beside import beside
from voiceagent.domain.texting import Delivery, DeliveryReport
from voiceagent.domain.threads import NewMessage, ReplyDelivery
from voiceagent.errors import CallerFixable
from voiceagent.ports.threads import Threads

PATIENCE_S: Final = 8.0
"""How long the carrier's question waits for a reply; what comes later is sent. It gives up after
15 s, and a hook of ours after 10."""

WRITES_AFTER_S: Final = 1.0
"""After how long somebody who waits is shown that a reply is being written."""


class WritingSign(Protocol):
    """Shows people that a reply is being written, where their channel can."""

    async def writes(self, channel: str, message_sid: str) -> None:
        """For the message with the carrier's id; never fails."""
        ...


_DELIVERIES: Final[Mapping[Delivery, ReplyDelivery]] = {
    Delivery.SENT: ReplyDelivery.SENT,
    Delivery.DELIVERED: ReplyDelivery.DELIVERED,
    Delivery.UNDELIVERED: ReplyDelivery.FAILED,
}


class TextHooks:
    """What the carrier's edge asks for about texts.

    Args:
        desk: answers.
        threads: where a report belongs.
        sign: shows that a reply is being written; nobody where there is none.
        writes_after_s: how long a reply may take before that.
    """

    def __init__(
        self,
        desk: TextDesk,
        threads: Threads,
        sign: WritingSign | None = None,
        writes_after_s: float = WRITES_AFTER_S,
    ) -> None:
        self._sign = sign
        self._writes_after_s = writes_after_s
        self._desk = desk
        self._threads = threads

    async def inbound_text(self, text: InboundText) -> str:
        """The reply; "" when there is none, or it is sent later, or the channel is off."""
        try:
            channel = self._desk.channel(text.channel)
        except CallerFixable as error:
            logger.info("texts.refused: {}", error.code)
            return ""
        heard = channel.heard(
            TextIn(text.body, text.media_count, text.button, text.place, text.located)
        )
        key = f"{text.channel}:{text.message_sid}"
        message = NewMessage(key, text.from_number, text.channel, heard, patience_s=PATIENCE_S)
        async with beside(self._shows(text)):
            return await self._desk.reply_to(message)

    async def _shows(self, text: InboundText) -> None:
        """Show that a reply is being written, once it takes a while."""
        if self._sign is not None:
            await asyncio.sleep(self._writes_after_s)
            await self._sign.writes(text.channel, text.message_sid)

    async def message_status(self, report: DeliveryReport) -> None:
        """Keep what became of a reply that was sent."""
        delivery = ReplyDelivery.READ if report.was_read else _DELIVERIES[report.status]
        await self._threads.delivered(report.carrier_id, delivery)
