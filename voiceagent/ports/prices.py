"""Prices as they were published, and whose turn it is to ask for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Protocol

from voiceagent.domain.business import PriceTable
from voiceagent.domain.records import OutboundMessage


class PublishedPrices(Protocol):
    """Price tables beside those of the business file. All may raise `Unavailable`."""

    async def tables(self) -> Sequence[PriceTable]:
        """All that were ever published, earliest first: a quote in flight names an old one."""
        ...

    async def publish(
        self, tables: Sequence[PriceTable], messages: Sequence[OutboundMessage]
    ) -> int:
        """Keep those that are not known yet, all or none; how many those are.

        Args:
            tables: checked.
            messages: queued with them, if any is new.

        Raises:
            PeerMisbehaved: ``prices.version_reused``, a known version says something else.
        """
        ...

    async def begin_sync(self, day: date, *, again_after: timedelta) -> bool:
        """Whether the caller of this fetches the day's prices: one does, whoever is quicker.

        Args:
            day: in the business's zone.
            again_after: how long after a try without success another one is made.
        """
        ...

    async def end_sync(self, day: date, result: str) -> None:
        """What came of it: ``"ok"``, or the code of what was wrong."""
        ...
