"""Calls to look at afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from voiceagent.domain.history import CallHistory, CallSearch, CallSummary


class History(Protocol):
    """Calls to look at; nothing here writes."""

    async def recent(self, limit: int) -> Sequence[CallSummary]:
        """The newest calls first."""
        ...

    async def find(self, search: CallSearch, limit: int) -> Sequence[CallSummary]:
        """Those that are looked for, the newest first."""
        ...

    async def call(self, call_sid: str) -> CallHistory | None:
        """One call as a whole, ``None`` when unknown."""
        ...
