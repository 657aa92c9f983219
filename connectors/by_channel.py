"""What the outbox sends besides texts: messages on channels of their own, such as pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime

from voiceagent.domain.records import OutboundMessage
from voiceagent.ports.messages import Texts

SendMessage = Callable[[OutboundMessage], Awaitable[str]]
"""Sends a message as `Texts.send` does. The same key again is the same message to who gets it."""


class TextsByChannel:
    """`ports.messages.Texts` that leaves some channels to others.

    Args:
        texts: sends what is on any other channel.
        others: by channel, what sends it.
    """

    def __init__(self, texts: Texts, others: Mapping[str, SendMessage]) -> None:
        self._texts = texts
        self._others = others

    async def send(self, message: OutboundMessage) -> str:
        """See `ports.messages.Texts.send`."""
        return await self._others.get(message.channel, self._texts.send)(message)

    async def find(
        self, message: OutboundMessage, *, since: datetime, but_not: Collection[str]
    ) -> str | None:
        """See `ports.messages.Texts.find`; ``None`` of what its key makes one however often."""
        if message.channel in self._others:
            return None
        return await self._texts.find(message, since=since, but_not=but_not)
