"""Inputs that wait for their turn: in order, but for one that cannot wait."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from voiceagent.dialogue.mouth import Input


class Inbox:
    """A bounded queue with one reader.

    Args:
        limit: inputs that may wait.
    """

    def __init__(self, limit: int = 64) -> None:
        self._items: deque[Input] = deque()
        self._limit = limit
        self._arrived = asyncio.Event()

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: Input) -> bool:
        """Let an input wait; False when too many do, and it is dropped."""
        if len(self._items) >= self._limit:
            return False
        self._items.append(item)
        self._arrived.set()
        return True

    async def get(self) -> Input:
        """The input that has waited longest."""
        return await self.first(lambda _: True)

    async def first(self, wanted: Callable[[Input], bool]) -> Input:
        """The first input that is wanted, whatever waits before it.

        An input that was taken is returned, also to a reader that is cancelled at that moment.
        """
        while True:
            for index, item in enumerate(self._items):
                if wanted(item):
                    del self._items[index]
                    return item
            self._arrived.clear()
            await self._arrived.wait()
