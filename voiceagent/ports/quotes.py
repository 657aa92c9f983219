"""Prices."""

from __future__ import annotations

from typing import Protocol

from voiceagent.domain.records import CallId, Quote


class Quotes(Protocol):
    """Prices that were computed for a call."""

    async def save(self, quote: Quote) -> None:
        """Store a quote."""
        ...

    async def latest(self, call_id: CallId, service_type: str) -> Quote | None:
        """The newest quote of this call for that service."""
        ...
