"""What today has cost so far, looked up once a minute for the figures. Composition-level."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from loguru import logger

from voiceagent.errors import Unavailable

EVERY_S: Final = 60.0


class AddsUp(Protocol):
    """`store.spending.PostgresSpending`."""

    async def since(self, moment: datetime) -> Mapping[str, int]:
        """Micro-cents by provider since then."""
        ...


class Spending:
    """Knows what the business's day has cost, all workers together.

    Args:
        rows: adds up.
        now: the time of calls.
        zone: the business's: when its day begins.
    """

    def __init__(self, rows: AddsUp, now: Callable[[], datetime], zone: ZoneInfo) -> None:
        self._rows = rows
        self._now = now
        self._zone = zone
        self.today: Mapping[str, int] = {}
        """Micro-cents by provider or model."""

    async def run(self, *, every_s: float = EVERY_S) -> None:
        """Look again and again, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(every_s)

    async def look(self) -> None:
        """Look once; while the store is away the last figures stand."""
        now = self._now().astimezone(self._zone)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        try:
            self.today = await self._rows.since(midnight)
        except Unavailable as error:
            logger.warning("spending.unknown: {}", error.code)
