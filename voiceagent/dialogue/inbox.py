"""Inputs that wait for their turn: in order, but for one that cannot wait."""

from __future__ import annotations

import asyncio
from collections import deque

from voiceagent.dialogue.mouth import Input, InputKind


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
        while not self._items:
            self._arrived.clear()
            await self._arrived.wait()
        return self._items.popleft()

    def take(self, kind: InputKind) -> Input | None:
        """The first input of a kind, if one waits."""
        item = next((item for item in self._items if item.kind is kind), None)
        if item is not None:
            self._items.remove(item)
        return item

    async def key(self, digit: str) -> Input:
        """The first key that waits, once it is this one; words that wait before it stay.

        Keys stay in order: behind a key of a number this one is a digit of it.
        """
        while True:
            keys = (item for item in self._items if item.kind is InputKind.KEY)
            first = next(keys, None)
            if first is not None and first.text == digit:
                self._items.remove(first)
                return first
            self._arrived.clear()
            await self._arrived.wait()
