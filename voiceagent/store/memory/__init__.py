"""The storage ports in memory, with the same rules as the database: for tests and try-outs.

Holds expire, windows of a technician never overlap, keys make effects happen once, errors have the
same codes: `tests/store/contract` runs the same tests against both. What is not here is what only a
database has: other workers, other processes, and a memory longer than this one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from voiceagent.core.clock import Clock
from voiceagent.domain.records import OutboundMessage
from voiceagent.ports.answered import AnswerMemory
from voiceagent.ports.api_tokens import ApiTokens
from voiceagent.ports.assets import Assets
from voiceagent.ports.call_backs import CallBacks
from voiceagent.ports.calls import Calls
from voiceagent.ports.cancel_history import CancelHistory
from voiceagent.ports.customer_facts import CustomerFacts
from voiceagent.ports.hand_off import HandOffs
from voiceagent.ports.history import History
from voiceagent.ports.jobs import Jobs
from voiceagent.ports.journal import Journal
from voiceagent.ports.knowledge import Embedder, Knowledge, Reranker
from voiceagent.ports.looks import Looks
from voiceagent.ports.messages import Deliveries, Outbox
from voiceagent.ports.offers import Offers
from voiceagent.ports.payments import PaymentEvents, UnpaidBookings
from voiceagent.ports.people import CodeGuesses, Customers, OneTimeCodes
from voiceagent.ports.prices import PublishedPrices
from voiceagent.ports.quotes import Quotes
from voiceagent.ports.schedule import Schedule
from voiceagent.ports.threads import Consents, Threads
from voiceagent.ports.usage import UsageRows
from voiceagent.ports.waiting import WaitingList
from voiceagent.store.memory.answered import MemoryAnswerMemory
from voiceagent.store.memory.api_tokens import MemoryApiTokens
from voiceagent.store.memory.assets import MemoryAssets
from voiceagent.store.memory.call_backs import MemoryCallBacks
from voiceagent.store.memory.calls import MemoryCalls
from voiceagent.store.memory.cancel_history import MemoryCancelHistory
from voiceagent.store.memory.customer_facts import MemoryCustomerFacts
from voiceagent.store.memory.deliveries import MemoryDeliveries
from voiceagent.store.memory.hand_offs import MemoryHandOffs
from voiceagent.store.memory.history import MemoryHistory
from voiceagent.store.memory.jobs import MemoryJobs
from voiceagent.store.memory.journal import MemoryJournal
from voiceagent.store.memory.knowledge import MemoryKnowledge
from voiceagent.store.memory.looks import MemoryLooks
from voiceagent.store.memory.messages import MemoryOutbox, deliver
from voiceagent.store.memory.offers import MemoryOffers
from voiceagent.store.memory.payments import MemoryPaymentEvents
from voiceagent.store.memory.people import MemoryCodeGuesses, MemoryCustomers, MemoryOneTimeCodes
from voiceagent.store.memory.prices import MemoryPrices
from voiceagent.store.memory.quotes import MemoryQuotes
from voiceagent.store.memory.schedule import MemorySchedule
from voiceagent.store.memory.tables import Enter, Tables
from voiceagent.store.memory.threads import MemoryConsents, MemoryThreads
from voiceagent.store.memory.unpaid import MemoryUnpaidDeposits
from voiceagent.store.memory.usage import MemoryUsageRows
from voiceagent.store.memory.waiting import MemoryWaitingList

__all__ = ["MemoryStore"]


async def _at_once(method: str) -> None:
    """Nothing stands between a caller and the store."""


class MemoryStore:
    """`ports.store.Store` in memory; `kept` is what is in it.

    Args:
        clock: stands for the database's clock; holds expire by it.
        enter: awaited with a method's name (``jobs.book``) before each use, so that a test can make
            it wait or fail.
        embedder: tells what texts mean; ``None`` without one.
        reranker: reads what was found again; ``None`` without one.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        enter: Enter = _at_once,
        embedder: Embedder | None = None,
        reranker: Reranker | None = None,
    ) -> None:
        self.kept = kept = Tables(clock, enter)
        self.calls: Calls = MemoryCalls(kept)
        self.journal: Journal = MemoryJournal(kept)
        self.quotes: Quotes = MemoryQuotes(kept)
        self.schedule: Schedule = MemorySchedule(kept)
        self.jobs: Jobs = MemoryJobs(kept)
        self.customers: Customers = MemoryCustomers(kept)
        self.one_time_codes: OneTimeCodes = MemoryOneTimeCodes(kept)
        self.code_guesses: CodeGuesses = MemoryCodeGuesses(kept)
        self.outbox: Outbox = MemoryOutbox(kept)
        self.deliveries: Deliveries = MemoryDeliveries(kept)
        self.payment_events: PaymentEvents = MemoryPaymentEvents(kept)
        self.unpaid: UnpaidBookings = MemoryUnpaidDeposits(kept)
        self.answered: AnswerMemory = MemoryAnswerMemory(clock)
        self.usage: UsageRows = MemoryUsageRows(kept)
        self.history: History = MemoryHistory(kept, self.jobs, self.usage)
        self.looks: Looks = MemoryLooks(kept)
        self.hand_offs: HandOffs = MemoryHandOffs(kept)
        self.call_backs: CallBacks = MemoryCallBacks(kept)
        self.offers: Offers = MemoryOffers(kept)
        self.prices: PublishedPrices = MemoryPrices(kept)
        self.customer_facts: CustomerFacts = MemoryCustomerFacts(kept)
        self.threads: Threads = MemoryThreads(kept)
        self.consents: Consents = MemoryConsents(kept)
        self.waiting: WaitingList = MemoryWaitingList(kept)
        self.api_tokens: ApiTokens = MemoryApiTokens(kept)
        self.assets: Assets = MemoryAssets(kept)
        self.cancel_history: CancelHistory = MemoryCancelHistory(kept)
        self.knowledge: Knowledge = MemoryKnowledge(kept, embedder, reranker)

    async def now(self) -> datetime:
        """See `ports.store.Store.now`; in UTC."""
        return self.kept.clock.now().astimezone(UTC)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[MemoryStore]:
        """Nothing needs opening."""
        yield self

    async def deliver(self) -> list[OutboundMessage]:
        """Make the links and send the texts that wait; the texts, placeholders filled in."""
        return deliver(self.kept)
