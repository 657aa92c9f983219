"""How long what callers said is kept: the owner's policy, carried out once an hour.

Composition-level.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from loguru import logger

from voiceagent.app.ops import recordings
from voiceagent.app.recording_file import recording_folder
from voiceagent.app.settings import Settings
from voiceagent.errors import Unavailable

EVERY_S: Final = 3600.0


class DropsRows(Protocol):
    """`store.retention.PostgresRetention`."""

    async def drop_words(self, before: datetime) -> int:
        """Drop what was said in calls that ended before; how many calls."""
        ...

    async def drop_looks(self, before: datetime) -> int:
        """Drop who looked at what before; how many looks."""
        ...


class DropsFacts(Protocol):
    """`ports.customer_facts.CustomerFacts`."""

    async def drop(self, before: datetime) -> int:
        """Drop what was to be known of customers and was kept before; how many facts."""
        ...


class Retention:
    """Drops what is too old.

    Args:
        settings: the policy; what it does not name is kept for ever.
        rows: where words and looks are kept.
        facts: where what customers want to be known of them is kept.
        now: the time of calls.
        real_now: the machine's time, which files carry.
    """

    def __init__(
        self,
        settings: Settings,
        rows: DropsRows,
        facts: DropsFacts,
        now: Callable[[], datetime],
        real_now: Callable[[], datetime],
    ) -> None:
        self._words_days = settings.keep_transcripts_days
        self._recordings_days = settings.keep_recordings_days
        self._looks_days = settings.keep_looks_days
        self._folder = recording_folder(settings).path
        self._rows = rows
        self._facts_days, self._facts = settings.keep_facts_days, facts
        self._now = now
        self._real_now = real_now

    async def run(self, *, every_s: float = EVERY_S) -> None:
        """Carry out the policy again and again, until cancelled. What fails is tried again."""
        while True:
            await self.once()
            await asyncio.sleep(every_s)

    async def once(self) -> None:
        """Carry it out."""
        try:
            if self._words_days is not None:
                before = self._now() - timedelta(days=self._words_days)
                if calls := await self._rows.drop_words(before):
                    logger.info("retention.transcripts: of {} calls were deleted", calls)
            if self._looks_days is not None:
                before = self._now() - timedelta(days=self._looks_days)
                if count := await self._rows.drop_looks(before):
                    logger.info("retention.looks: {} were deleted", count)
            await self._drop_facts()
            if self._recordings_days is not None:
                oldest = self._real_now() - timedelta(days=self._recordings_days)
                if count := await asyncio.to_thread(_remove_old, self._folder, oldest.timestamp()):
                    logger.info("retention.recordings: {} were deleted", count)
        except Unavailable as error:
            logger.warning("retention.put_off: {}", error.code)
        except OSError as error:
            logger.error("retention.failed: {}", error.strerror)

    async def _drop_facts(self) -> None:
        if self._facts_days is not None:
            before = self._now() - timedelta(days=self._facts_days)
            if count := await self._facts.drop(before):
                logger.info("retention.facts: {} were deleted", count)


def _remove_old(folder: Path, before_s: float) -> int:
    return recordings.remove(recordings.older_than(folder, before_s))
