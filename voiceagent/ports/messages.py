"""What is written to people: queued in a transaction, sent once it stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from voiceagent.domain.records import CallId, OutboundMessage


class Outbox(Protocol):
    """Messages that must leave once, also after a crash."""

    async def put(self, message: OutboundMessage, *, after: timedelta = timedelta()) -> None:
        """Queue a message; the same key twice is one message.

        Args:
            message: what is to leave.
            after: how long it waits before it leaves, in real time; see `withdraw`.
        """
        ...

    async def withdraw(self, key: str) -> bool:
        """Let a message that waits lose its purpose; False when none waits under that key."""
        ...

    async def sent(self, call_id: CallId) -> Sequence[OutboundMessage]:
        """Messages of a call that have left, as sent."""
        ...


class Texts(Protocol):
    """Sends text messages (SMS and the like)."""

    async def send(self, message: OutboundMessage) -> str:
        """Send; returns the carrier's id. Raises `Unavailable` when it may be tried again."""
        ...
