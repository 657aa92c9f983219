"""What customers want to be known of them, in memory."""

from __future__ import annotations

from collections.abc import Sequence

from voiceagent.domain.customer_facts import CustomerFact, FactOrigin
from voiceagent.domain.phones import E164_SHAPE
from voiceagent.store.memory.tables import Tables, refuse


class MemoryCustomerFacts:
    """`ports.customer_facts.CustomerFacts` in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def keep(self, fact: CustomerFact) -> bool:
        """See `ports.customer_facts.CustomerFacts.keep`."""
        await self._tables.enter("customer_facts.keep")
        if E164_SHAPE.fullmatch(fact.phone) is None:
            refuse("a number that is not E.164")
        if fact.call_id is not None:
            self._tables.known_call(fact.call_id)
        known = self._tables.customer_facts.get((fact.phone, fact.kind))
        guarded = known is not None and known.origin is not FactOrigin.UNPROVEN
        if guarded and fact.origin is FactOrigin.UNPROVEN:
            return False
        self._tables.customer_facts[fact.phone, fact.kind] = fact
        return True

    async def of(self, phone: str) -> Sequence[CustomerFact]:
        """See `ports.customer_facts.CustomerFacts.of`."""
        await self._tables.enter("customer_facts.of")
        theirs = (f for f in self._tables.customer_facts.values() if f.phone == phone)
        return sorted(theirs, key=lambda fact: fact.kind.value)
