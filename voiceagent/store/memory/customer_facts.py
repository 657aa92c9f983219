"""What customers want to be known of them, in memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime

from voiceagent.domain.customer_facts import (
    CustomerFact,
    FactKind,
    FactOrigin,
    blanked,
    first_of_each_kind,
    written_forms,
)
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
        if fact.customer_id is not None and fact.customer_id not in self._tables.customers:
            refuse("no such customer")
        key = (fact.customer_id or fact.phone, fact.kind)
        known = self._tables.customer_facts.get(key)
        guarded = known is not None and known.origin is not FactOrigin.UNPROVEN
        if guarded and fact.origin is FactOrigin.UNPROVEN:
            return False
        self._tables.customer_facts[key] = fact
        return True

    async def of(self, phone: str) -> Sequence[CustomerFact]:
        """See `ports.customer_facts.CustomerFacts.of`."""
        await self._tables.enter("customer_facts.of")
        return self._those(lambda fact: fact.phone == phone)

    async def of_people(self, customers: Collection[str]) -> Sequence[CustomerFact]:
        """See `ports.customer_facts.CustomerFacts.of_people`."""
        await self._tables.enter("customer_facts.of_people")
        return first_of_each_kind(self._those(lambda fact: self._is_of(fact, customers)))

    async def delete(self, customer_id: str, kind: FactKind | None = None) -> int:
        """See `ports.customer_facts.CustomerFacts.delete`."""
        await self._tables.enter("customer_facts.delete")
        return self._delete(
            lambda fact: self._is_of(fact, (customer_id,)) and kind in {None, fact.kind}
        )

    async def drop(self, before: datetime) -> int:
        """See `ports.customer_facts.CustomerFacts.drop`."""
        await self._tables.enter("customer_facts.drop")
        return self._delete(lambda fact: fact.at < before)

    def _those(self, which: Callable[[CustomerFact], bool]) -> list[CustomerFact]:
        found = [fact for fact in self._tables.customer_facts.values() if which(fact)]
        found.sort(key=lambda fact: fact.at, reverse=True)
        return sorted(found, key=lambda fact: (fact.kind.value, fact.customer_id is None))

    def _is_of(self, fact: CustomerFact, customers: Collection[str]) -> bool:
        if fact.customer_id is not None:
            return fact.customer_id in customers
        return any(
            job.call_id == fact.call_id and job.customer.customer_id in customers
            for job in self._tables.jobs.values()
            if job.call_id is not None
        )

    def _delete(self, which: Callable[[CustomerFact], bool]) -> int:
        gone = self._those(which)
        kept = self._tables.customer_facts.items()
        self._tables.customer_facts = {key: fact for key, fact in kept if fact not in gone}
        for fact in gone:
            self._blank(fact.value)
        return len(gone)

    def _blank(self, text: str) -> None:
        """Take a text out of what tools were asked and answered, and of journals."""
        tables = self._tables
        for at, audit in enumerate(tables.audits):
            tables.audits[at] = replace(
                audit,
                arguments_json=blanked(audit.arguments_json, text),
                result_json=blanked(audit.result_json, text),
            )
        for thread in tables.threads.values():
            if any(form in thread.talk.case for form in written_forms(text)):
                thread.talk = replace(thread.talk, case="")
        tables.steps = {k: (a, blanked(body, text)) for k, (a, body) in tables.steps.items()}
