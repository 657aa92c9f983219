"""A store that goes wrong, and a carrier that notes what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from voiceagent.core.clock import Clock
from voiceagent.store.memory import MemoryStore


class FaultyStore(MemoryStore):
    """The store in memory; its methods (``"jobs.book"``) fail or wait when a test wants it."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock, enter=self._enter)
        self._errors: dict[str, list[BaseException]] = {}
        self._gates: dict[str, tuple[asyncio.Event, asyncio.Event]] = {}

    def fail(self, method: str, *errors: BaseException) -> None:
        """Let the next uses of a method raise these errors, in order."""
        self._errors.setdefault(method, []).extend(errors)

    def gate(self, method: str) -> tuple[asyncio.Event, asyncio.Event]:
        """Let a method wait: (set once it was entered, to be set so that it goes on)."""
        self._gates[method] = (asyncio.Event(), asyncio.Event())
        return self._gates[method]

    async def _enter(self, method: str) -> None:
        if method in self._gates:
            entered, go = self._gates[method]
            entered.set()
            await go.wait()
        if self._errors.get(method):
            raise self._errors[method].pop(0)


class MemoryCallControl:
    """A carrier that notes what it was asked. `answers` says who picks up; others are busy."""

    def __init__(self, answers: Sequence[str] = ()) -> None:
        self.answers = set(answers)
        self.transfers: list[tuple[str, str, str]] = []
        self.hung_up: list[str] = []
        self.error: BaseException | None = None

    async def hang_up(self, call_sid: str) -> None:
        self.hung_up.append(call_sid)

    async def transfer(self, call_sid: str, *, to_number: str, whisper: str) -> bool:
        if self.error is not None:
            raise self.error
        self.transfers.append((call_sid, to_number, whisper))
        return to_number in self.answers
