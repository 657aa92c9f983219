"""The carrier's webhooks that were answered already."""

from __future__ import annotations

from typing import Protocol

from voiceagent.domain.answered import Known, RequestKey


class AnswerMemory(Protocol):
    """Remembers requests, for all workers and over restarts. All may raise `Unavailable`."""

    async def begin(self, key: RequestKey) -> Known:
        """Remember a request, unless it is known."""
        ...

    async def finish(self, key: RequestKey, answer: str) -> None:
        """Keep the answer of a request that was FIRST."""
        ...

    async def forget(self, key: RequestKey) -> None:
        """A request that was FIRST had no effect: the next copy is the first."""
        ...

    async def prune(self) -> None:
        """Drop answers that are given no more, and requests too old to be copied."""
        ...
