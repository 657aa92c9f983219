"""Keeps what the business's pages say as their files stand, without a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from loguru import logger

from voiceagent.app.composition import Engine
from voiceagent.domain.knowledge import BusinessPage, page_of
from voiceagent.errors import VoiceAgentError
from voiceagent.ports.knowledge import Knowledge

LOOK_S: Final = 30.0
MOST_BYTES: Final = 1024 * 1024
MOST_PAGES: Final = 500
KINDS: Final = frozenset({".md", ".markdown", ".html", ".htm", ".txt"})


class PageKeeper:
    """Reads pages and keeps those that have changed.

    Args:
        folder: of the business file; `patterns` are within it.
        patterns: of the pages' names, as the business file has them.
        knowledge: where they are kept.
    """

    def __init__(self, folder: Path, patterns: tuple[str, ...], knowledge: Knowledge) -> None:
        self._folder = folder.resolve()
        self._patterns = patterns
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
        there = await asyncio.to_thread(self._read)
        kept = await self._knowledge.digests()
        changed = [page for page in there.values() if kept.get(page.name) != page.digest]
        for page in changed:
            await self._knowledge.keep(page)
        gone = kept.keys() - there.keys()
        for name in gone:
            await self._knowledge.drop(name)
        if count := len(changed) + len(gone):
            logger.info("pages.kept: {} are as their files now", count)
        return count

    def _read(self) -> Mapping[str, BusinessPage]:
        found: dict[str, BusinessPage] = {}
        for pattern in self._patterns:
            for path in sorted(self._folder.glob(pattern))[:MOST_PAGES]:
                page = self._page(path)
                if page is not None and page.pieces:
                    found[page.name] = page
        return found

    def _page(self, path: Path) -> BusinessPage | None:
        inside = path.resolve().is_relative_to(self._folder) and path.is_file()
        if not inside or path.suffix.lower() not in KINDS:
            return None
        name = path.relative_to(self._folder).as_posix()
        try:
            if path.stat().st_size > MOST_BYTES:
                self._complain(name)
                return None
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            self._complain(name)
            return None
        return page_of(name, text.replace("\0", ""))

    def _complain(self, name: str) -> None:
        """Say once that a page is not read."""
        if name not in self._complained:
            self._complained.add(name)
            logger.warning("pages.unreadable: {}: not UTF-8, or too long", name)


def page_keeper(engine: Engine) -> PageKeeper:
    """What keeps the pages of an engine's business as their files stand."""
    folder = engine.settings.business.parent
    return PageKeeper(folder, engine.business.pages, engine.store.knowledge)
