"""Something has changed: who waits looks again."""

from __future__ import annotations

import asyncio


class ChangeSignal:
    """Lets any number of tasks wait until something has changed."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def tell(self) -> None:
        """Something has changed."""
        changed, self._next = self._next, asyncio.Event()
        changed.set()

    async def wait(self) -> None:
        """Until it does."""
        await self._next.wait()
