"""What is written to people: queued in a transaction, sent once it stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from voiceagent.domain.business import TextLimits
from voiceagent.domain.records import CallId, OutboundMessage
from voiceagent.domain.texting import DeliveryReport, TextVerdict


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
        """Send; returns the carrier's id.

        Raises:
            Unavailable: it was not sent, and may be tried again.
            FateUnknown: it may have been sent; `find` tells.
            CallerFixable: ``text.bad_number``, ``text.landline``, ``text.opted_out``: never.
        """
        ...

    async def find(
        self, message: OutboundMessage, *, since: datetime, but_not: Collection[str]
    ) -> str | None:
        """The carrier's id of a text whose fate is unknown; ``None`` when it was never taken.

        Args:
            message: as it was given to `send`.
            since: when that was first done.
            but_not: ids of other texts, which may read the same.

        Raises:
            Unavailable: it cannot be told now.
        """
        ...


class Deliveries(Protocol):
    """Whom texts reach, how many go where, and what became of them."""

    @property
    def refused(self) -> Mapping[str, int]:
        """Texts that were not promised or not sent since the start, by `TextVerdict`."""
        ...

    async def verdict(self, number: str, limits: TextLimits) -> TextVerdict:
        """Whether a text to a number would leave, by what is known of it and by the caps.

        Args:
            number: E.164; whether it may be texted at all has been asked before.
            limits: of the business.
        """
        ...

    async def report(self, report: DeliveryReport, *, by_email: bool, by_voice: bool) -> bool:
        """Note what became of a text; False when there is no such text.

        A text about a booking that does not arrive leaves by another way, once: by e-mail where
        the customer has an address, else by a call that reads it out.

        Args:
            report: in any order, and as often as it likes.
            by_email: whether e-mail can be sent.
            by_voice: whether calls can be placed.
        """
        ...
