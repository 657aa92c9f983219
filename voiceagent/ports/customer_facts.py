"""What customers want to be known of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from voiceagent.domain.customer_facts import CustomerFact


class CustomerFacts(Protocol):
    """Facts as they are kept: one of each kind a number. All may raise `Unavailable`."""

    async def keep(self, fact: CustomerFact) -> bool:
        """Keep a fact in place of the one of its kind.

        What somebody proved to be them said is not replaced by who did not: False.
        """
        ...

    async def of(self, phone: str) -> Sequence[CustomerFact]:
        """Those of a number, by kind."""
        ...
