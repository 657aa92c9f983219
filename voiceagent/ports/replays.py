"""The carrier's webhooks that were answered already."""

from __future__ import annotations

from typing import Protocol


class Replays(Protocol):
    """Remembers webhooks over all workers and restarts."""

    async def remember(self, kind: str, sid: str, sequence: str) -> bool:
        """Remember a webhook; whether it was known already. The three together name it."""
        ...
