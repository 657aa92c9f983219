"""The people we know."""

from __future__ import annotations

from typing import Protocol

from voiceagent.domain.records import Customer


class Customers(Protocol):
    """People we know."""

    async def by_phone(self, phone: str) -> Customer | None:
        """The customer with this number."""
        ...
