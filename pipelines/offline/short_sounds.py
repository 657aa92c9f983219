"""Short sounds over our speech, read by the recogniser: the engine's end (`SecondLook`)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from voiceagent.core.clock import Clock
from voiceagent.errors import Unavailable
from voiceagent.language.en_us.lexicon import words
from voiceagent.language.en_us.short_sounds import hesitates, nods, wants_the_floor
from voiceagent.media.second_look import SoundMeaning

WAITING: Final = 8
"""While so many wait for a sound, it is not read."""

READ_S: Final = 1.0
"""After so long nobody wants to know any more."""


COMMAND: Final = 0.05
"""A word that asks for the floor need be no likelier: Whisper writes none for a nod or a cough."""

DENIAL: Final = 0.2
"""But "no", which it writes for a "mm-hm" as well."""

ANSWER: Final = 0.2
"""Words that are less likely are a guess."""

NOD: Final = 0.37
"""And nods: "Okay." is what Whisper writes for coughs and laughs."""

SURE: Final = 0.55
"""Other words, if this likely, ask for the floor, as long as they are no nod."""

SEVERAL: Final = 3
"""And so many: one that it does not know ("M. M. M.", "Here.") it repeats till it is likely."""


@dataclass(frozen=True, slots=True)
class ShortReading:
    """What was read in a short sound. `confidence`: how likely it is that, 0..1."""

    text: str
    confidence: float

    def written(self) -> bytes:
        """For the pipe."""
        return f"{self.confidence:.4f} {self.text}".encode()

    @classmethod
    def read(cls, written: bytes) -> ShortReading:
        """From the pipe."""
        confidence, _, text = written.decode().partition(" ")
        return cls(text, float(confidence))

    @property
    def meaning(self) -> SoundMeaning:
        """What it is to a conversation."""
        said = set(words(self.text))
        command = DENIAL if said <= {"no"} else COMMAND
        if wants_the_floor(self.text) and self.confidence >= command:
            return SoundMeaning.FLOOR
        if hesitates(self.text):
            return SoundMeaning.NOTHING
        nod = nods(self.text)
        if self.confidence < (NOD if nod else ANSWER):
            return SoundMeaning.GUESS
        sure = self.confidence >= SURE and len(said) >= SEVERAL and not nod
        return SoundMeaning.FLOOR if sure else SoundMeaning.ANSWER


@dataclass(frozen=True, slots=True)
class _Asked:
    pcm_8k: bytes
    tell: Callable[[SoundMeaning], None]
    at_s: float


class ShortSoundEars:
    """Reads one sound after the other, for all calls of a worker.

    Args:
        read: has a sound read by the recognising process; may raise `Unavailable`.
        clock: for what has waited too long.
    """

    def __init__(self, read: Callable[[bytes], Awaitable[ShortReading]], clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._waiting: deque[_Asked] = deque()
        self._there = asyncio.Event()

    def ask(self, pcm_8k: bytes, tell: Callable[[SoundMeaning], None]) -> None:
        """See `SecondLook`."""
        self._waiting.append(_Asked(pcm_8k, tell, self._clock.monotonic()))
        self._there.set()

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            await self._there.wait()
            self._there.clear()
            while self._waiting:
                asked = self._waiting.popleft()
                asked.tell(await self._meaning(asked))

    async def _meaning(self, asked: _Asked) -> SoundMeaning:
        """What it is, if anybody can tell in time."""
        left_s = asked.at_s + READ_S - self._clock.monotonic()
        if left_s <= 0 or len(self._waiting) >= WAITING:
            return SoundMeaning.UNKNOWN
        try:
            async with asyncio.timeout(left_s):
                return (await self._read(asked.pcm_8k)).meaning
        except (TimeoutError, Unavailable):
            return SoundMeaning.UNKNOWN
