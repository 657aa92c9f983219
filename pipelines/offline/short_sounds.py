"""Short sounds over our speech, read by the recogniser: the engine's end (`SecondLook`)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from voiceagent.core.clock import Clock
from voiceagent.errors import Unavailable
from voiceagent.language.en_us.short_sounds import wants_the_floor
from voiceagent.media.second_look import SoundMeaning

WAITING: Final = 8
"""Sounds that wait at most; another one is not read."""

READ_S: Final = 1.0
"""After so long nobody wants to know any more."""


@dataclass(frozen=True, slots=True)
class _Asked:
    pcm_8k: bytes
    tell: Callable[[SoundMeaning], None]
    at_s: float


class ShortSoundEars:
    """Reads one sound after the other, for all calls of a worker.

    Args:
        read: has a sound's words from the recognising process; may raise `Unavailable`.
        clock: for what has waited too long.
    """

    def __init__(self, read: Callable[[bytes], Awaitable[str]], clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._waiting: deque[_Asked] = deque()
        self._there = asyncio.Event()

    def ask(self, pcm_8k: bytes, tell: Callable[[SoundMeaning], None]) -> None:
        """See `SecondLook`."""
        if len(self._waiting) < WAITING:
            self._waiting.append(_Asked(pcm_8k, tell, self._clock.monotonic()))
            self._there.set()

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            await self._there.wait()
            self._there.clear()
            while self._waiting:
                asked = self._waiting.popleft()
                left_s = asked.at_s + READ_S - self._clock.monotonic()
                if left_s > 0 and (words := await self._words(asked.pcm_8k, left_s)) is not None:
                    wanted = wants_the_floor(words)
                    asked.tell(SoundMeaning.FLOOR if wanted else SoundMeaning.OTHER)

    async def _words(self, pcm_8k: bytes, within_s: float) -> str | None:
        """What it says; ``None`` when nobody knows in time. The first verdict stands then."""
        try:
            async with asyncio.timeout(within_s):
                return await self._read(pcm_8k)
        except (TimeoutError, Unavailable):
            return None
