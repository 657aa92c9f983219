"""The carrier's webhooks that were answered already, in memory."""

from __future__ import annotations

from voiceagent.store.memory.tables import Tables


class MemoryReplays:
    """`ports.replays.Replays` in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def remember(self, kind: str, sid: str, sequence: str) -> bool:
        """See `ports.replays.Replays.remember`."""
        await self._tables.enter("replays.remember")
        webhook = (kind, sid, sequence)
        known = webhook in self._tables.replays
        self._tables.replays.add(webhook)
        return known
