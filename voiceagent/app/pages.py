"""Keeps what the business's pages say as their files stand, without a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from loguru import logger

from voiceagent.app.composition import Engine
from voiceagent.app.page_files import PageFiles, page_patterns
from voiceagent.domain.locales import Locale
from voiceagent.errors import VoiceAgentError
from voiceagent.ports.knowledge import Knowledge

LOOK_S: Final = 30.0


class PageKeeper:
    """Reads pages and keeps those that have changed.

    Args:
        folder: of the business file; `patterns` are within it.
        patterns: of the pages' names by language, as the business file has them.
        knowledge: where they are kept.
    """

    def __init__(
        self, folder: Path, patterns: Mapping[Locale, Sequence[str]], knowledge: Knowledge
    ) -> None:
        self._files = PageFiles(folder, patterns)
        self._knowledge = knowledge
        self._complained: set[str] = set()

    async def run(self) -> None:
        """Look every `LOOK_S`, until cancelled."""
        while True:
            await self.refresh()
            await asyncio.sleep(LOOK_S)

    async def refresh(self) -> None:
        """Look once; where that fails, what was kept before stays, and the log says so."""
        try:
            await self.look()
        except VoiceAgentError as error:
            logger.warning("pages.not_kept: {}", error.code)

    async def look(self) -> int:
        """Keep what has changed since, on whichever worker; how many pages that were.

        Raises:
            Unavailable: the store or the embedder is away; what was kept before stays.
        """
        kept = await self._knowledge.digests()
        found = await self._files.read(kept)
        for page in found.changed:
            await self._knowledge.keep(page)
        gone = kept.keys() - found.there
        for name in gone:
            await self._knowledge.drop(name)
        if count := len(found.changed) + len(gone):
            logger.info("pages.kept: {} are as their files now", count)
        for refusal in found.refused:
            name = refusal.where
            if str(refusal) not in self._complained:  # each is said once
                self._complained.add(str(refusal))
                logger.warning("pages.unreadable: {}: {}", name, refusal.message)
        return count


def page_keeper(engine: Engine) -> PageKeeper:
    """What keeps the pages of an engine's business as their files stand."""
    folder = engine.settings.business.parent
    return PageKeeper(folder, page_patterns(engine.business), engine.store.knowledge)
