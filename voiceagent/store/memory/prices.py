"""Prices as they were published, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from voiceagent.domain.business import PriceTable
from voiceagent.domain.records import OutboundMessage
from voiceagent.store.memory.tables import Tables
from voiceagent.store.prices import SYNCED, table_digest, version_reused


class MemoryPrices:
    """`ports.prices.PublishedPrices` in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def tables(self) -> Sequence[PriceTable]:
        """See `ports.prices.PublishedPrices.tables`."""
        await self._tables.enter("prices.tables")
        return sorted(self._tables.prices.values(), key=lambda table: table.effective_from)

    async def publish(
        self, tables: Sequence[PriceTable], messages: Sequence[OutboundMessage]
    ) -> int:
        """See `ports.prices.PublishedPrices.publish`."""
        await self._tables.enter("prices.publish")
        kept = dict(self._tables.prices)
        for table in tables:
            if table_digest(kept.setdefault(table.version, table)) != table_digest(table):
                raise version_reused()
        self._tables.check(messages)
        new = len(kept) - len(self._tables.prices)
        self._tables.prices = kept
        for message in messages if new else ():
            self._tables.put(message)
        return new

    async def begin_sync(self, day: date, *, again_after: timedelta) -> bool:
        """See `ports.prices.PublishedPrices.begin_sync`."""
        await self._tables.enter("prices.begin_sync")
        now = self._tables.clock.now()
        known = self._tables.price_syncs.get(day)
        if known is not None and (known[1] == SYNCED or known[0] > now - again_after):
            return False
        self._tables.price_syncs[day] = (now, "")
        return True

    async def end_sync(self, day: date, result: str) -> None:
        """See `ports.prices.PublishedPrices.end_sync`."""
        await self._tables.enter("prices.end_sync")
        if day in self._tables.price_syncs:
            self._tables.price_syncs[day] = (self._tables.price_syncs[day][0], result)
