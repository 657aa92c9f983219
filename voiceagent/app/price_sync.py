"""The day's prices, as Finance publishes them. Composition-level.

Nine in the morning, by the business's clock, one worker of all asks. What is good comes into force
on its own date; what is bad, or does not come, changes nothing: the table in force stays in force,
one line of the log says so with a code, and it is tried again an hour later. Quotes that were given
keep the version they name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import time, timedelta
from typing import Final

from loguru import logger

from voiceagent.core.clock import Clock
from voiceagent.domain import calendar
from voiceagent.domain.agent_events import News, NewsKind
from voiceagent.domain.business import Business, PriceTable
from voiceagent.domain.business_file import table_problems
from voiceagent.domain.records import OutboundMessage
from voiceagent.errors import PeerMisbehaved, Unavailable, VoiceAgentError
from voiceagent.ports.outside import OutsideAgents
from voiceagent.ports.prices import PublishedPrices

SYNC_AT: Final = time(9, 0)
AGAIN_AFTER: Final = timedelta(hours=1)
LOOK_S: Final = 60.0


class PriceSync:
    """Fetches published prices once a day.

    Args:
        business: whose.
        clock: its day, and nine o'clock.
        prices: where they are kept, for all workers.
        agents: Finance, who is asked, and those who are told what came of it.
    """

    def __init__(
        self, business: Business, clock: Clock, prices: PublishedPrices, agents: OutsideAgents
    ) -> None:
        self._business = business
        self._clock = clock
        self._prices = prices
        self._agents = agents

    async def run(self) -> None:
        """Look whether it is time, until cancelled."""
        while True:
            await self.once()
            await asyncio.sleep(LOOK_S)

    async def once(self) -> bool:
        """Fetch the day's prices if it is time and nobody has; whether that went well."""
        now = calendar.local(self._business, self._clock.now())
        if now.time() < SYNC_AT:
            return False
        day = now.date()
        try:
            if not await self._prices.begin_sync(day, again_after=AGAIN_AFTER):
                return False
            tables = await self._agents.finance.price_tables(day)
            self._check(tables)
            new = [t for t in tables if all(t.version != one.version for one in self._ours)]
            count = await self._prices.publish(new, self._told(new))
        except VoiceAgentError as error:
            logger.warning("prices.kept: the table in force stays ({})", error.code)
            with suppress(Unavailable):
                await self._prices.end_sync(day, error.code)
            return False
        if count:
            logger.info("prices.synced: {} new", count)
        with suppress(Unavailable):
            await self._prices.end_sync(day, "ok")
        return True

    @property
    def _ours(self) -> tuple[PriceTable, ...]:
        return self._business.prices

    def _check(self, tables: Sequence[PriceTable]) -> None:
        """What the business file's own tables must be, and no version of theirs with other figures.

        Raises:
            PeerMisbehaved: ``prices.bad``; ``prices.version_reused``.
        """
        for table in tables:
            for problem in table_problems(table, self._business.services, (table.version,)):
                raise PeerMisbehaved("prices.bad", f"A published table {problem.message}.")
            if any(one.version == table.version and one != table for one in self._ours):
                raise PeerMisbehaved(
                    "prices.version_reused",
                    "A version of the business file was published with other figures.",
                )
        if len({table.version for table in tables}) != len(tables):
            raise PeerMisbehaved("prices.bad", "A version was published twice at once.")

    def _told(self, new: Sequence[PriceTable]) -> tuple[OutboundMessage, ...]:
        """What those who hear of prices are told of each new table."""
        at = self._clock.now()
        return tuple(
            message
            for table in new
            for message in self._agents.messages(
                News(
                    NewsKind.PRICES_CHANGED,
                    table.version,
                    at,
                    {"version": table.version, "effective_from": table.effective_from.isoformat()},
                )
            )
        )
