"""Who has looked at what, in memory."""

from __future__ import annotations

from collections.abc import Sequence

from voiceagent.domain.looks import ConsoleLook, WrittenLook
from voiceagent.store.memory.tables import Tables


class MemoryLooks:
    """`ports.looks.Looks` in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def add(self, look: ConsoleLook) -> None:
        """See `ports.looks.Looks.add`."""
        await self._tables.enter("looks.add")
        self._tables.looks.append(WrittenLook(look, self._tables.clock.now()))

    async def recent(self, limit: int) -> Sequence[WrittenLook]:
        """See `ports.looks.Looks.recent`."""
        await self._tables.enter("looks.recent")
        return self._tables.looks[::-1][:limit]
