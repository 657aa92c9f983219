"""What customers want to be known of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from voiceagent.domain.customer_facts import CustomerFact, FactKind


class CustomerFacts(Protocol):
    """Facts as they are kept: one of each kind a person, and a line. All may raise `Unavailable`.

    Somebody's are those that are kept as theirs, and what was said on their line in a call that
    booked for them; where there are both of a kind, the first.
    """

    async def keep(self, fact: CustomerFact) -> bool:
        """Keep a fact in place of the one of its kind and person, or line.

        What somebody proved to be them said is not replaced by who did not: False.
        """
        ...

    async def of(self, phone: str) -> Sequence[CustomerFact]:
        """All on a line, by kind: for who has proven that it is theirs."""
        ...

    async def of_people(self, customers: Collection[str]) -> Sequence[CustomerFact]:
        """Those of these customers, by kind."""
        ...

    async def delete(self, customer_id: str, kind: FactKind | None = None) -> int:
        """Delete somebody's facts, of one kind or all; how many those were.

        With every copy that was made of them: in what tools were asked and answered, in the
        journals of their calls, in answers that are kept.
        """
        ...

    async def drop(self, before: datetime) -> int:
        """Delete what was kept before a moment, as `delete` does; how many facts."""
        ...
