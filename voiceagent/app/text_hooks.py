"""Texts of the carrier, for the desk that answers them; and what became of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from loguru import logger

from channels.contract import TextIn
from channels.desk import TextDesk
from telephony.contract import InboundText
from voiceagent.domain.texting import Delivery, DeliveryReport
from voiceagent.domain.threads import NewMessage, ReplyDelivery
from voiceagent.errors import CallerFixable
from voiceagent.ports.threads import Threads

PATIENCE_S: Final = 8.0
"""How long the carrier's question waits for a reply; what comes later is sent. It gives up after
15 s, and a hook of ours after 10."""

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
    """

    def __init__(self, desk: TextDesk, threads: Threads) -> None:
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
        return await self._desk.reply_to(
            NewMessage(key, text.from_number, text.channel, heard, patience_s=PATIENCE_S)
        )

    async def message_status(self, report: DeliveryReport) -> None:
        """Keep what became of a reply that was sent."""
        delivery = ReplyDelivery.READ if report.was_read else _DELIVERIES[report.status]
        await self._threads.delivered(report.carrier_id, delivery)
