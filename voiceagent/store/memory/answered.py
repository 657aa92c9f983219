"""The carrier's webhooks that were answered already, in memory."""

from __future__ import annotations

from dataclasses import dataclass

from voiceagent.core.clock import Clock
from voiceagent.domain.answered import (
    FORGOTTEN_S,
    KEPT_S,
    WORKING_S,
    Known,
    RequestKey,
    Standing,
)


@dataclass(slots=True)
class _Entry:
    began_s: float
    answer: str | None = None


class MemoryAnswerMemory:
    """`ports.answered.AnswerMemory` of this process.

    Args:
        clock: ages what is known.
        most: requests remembered; the oldest is forgotten first.
    """

    def __init__(self, clock: Clock, *, most: int = 10_000) -> None:
        self._clock = clock
        self._most = most
        self._entries: dict[RequestKey, _Entry] = {}

    def __len__(self) -> int:
        return len(self._entries)

    async def begin(self, key: RequestKey) -> Known:
        """See `AnswerMemory`."""
        now_s = self._clock.monotonic()
        entry = self._entries.get(key)
        if entry is None:
            while len(self._entries) >= self._most:
                del self._entries[next(iter(self._entries))]
            self._entries[key] = _Entry(now_s)
            return Known(Standing.FIRST)
        age_s = now_s - entry.began_s
        if entry.answer is None:
            return Known(Standing.WORKING if age_s < WORKING_S else Standing.UNANSWERED)
        return Known(Standing.ANSWERED, entry.answer) if age_s < KEPT_S else Known(Standing.OLD)

    async def finish(self, key: RequestKey, answer: str) -> None:
        """See `AnswerMemory`."""
        if (entry := self._entries.get(key)) is not None:
            entry.answer = answer

    async def forget(self, key: RequestKey) -> None:
        """See `AnswerMemory`."""
        self._entries.pop(key, None)

    async def prune(self) -> None:
        """See `AnswerMemory`."""
        now_s = self._clock.monotonic()
        for key, entry in list(self._entries.items()):
            if now_s - entry.began_s > FORGOTTEN_S:
                del self._entries[key]
            elif now_s - entry.began_s > KEPT_S and entry.answer is not None:
                entry.answer = ""
