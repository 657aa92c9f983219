"""Storage on PostgreSQL: one module per aggregate, one class that holds them together.

`embedded` brings a server where there is none, `databases` migrates, `dispatcher` delivers what
the outbox holds. All of it runs the same on a server of the owner's (``DATABASE_URL``).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from voiceagent.errors import Unavailable
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
from voiceagent.store.answered import PostgresAnswerMemory
from voiceagent.store.api_tokens import PostgresApiTokens
from voiceagent.store.assets import PostgresAssets
from voiceagent.store.call_backs import PostgresCallBacks
from voiceagent.store.calls import PostgresCalls, Worker
from voiceagent.store.cancel_history import PostgresCancelHistory
from voiceagent.store.customer_facts import PostgresCustomerFacts
from voiceagent.store.customers import PostgresCustomers
from voiceagent.store.deliveries import PostgresDeliveries
from voiceagent.store.hand_offs import PostgresHandOffs
from voiceagent.store.history import PostgresHistory
from voiceagent.store.jobs import PostgresJobs
from voiceagent.store.journal import PostgresJournal
from voiceagent.store.knowledge import PostgresKnowledge
from voiceagent.store.looks import PostgresLooks
from voiceagent.store.offers import PostgresOffers
from voiceagent.store.one_time_codes import PostgresCodeGuesses, PostgresOneTimeCodes
from voiceagent.store.outbox import PostgresOutbox
from voiceagent.store.payment_events import PostgresPaymentEvents
from voiceagent.store.pool import Database, Limits
from voiceagent.store.prices import PostgresPrices
from voiceagent.store.quotes import PostgresQuotes
from voiceagent.store.schedule import PostgresSchedule
from voiceagent.store.threads import PostgresConsents, PostgresThreads
from voiceagent.store.unpaid import PostgresUnpaidDeposits
from voiceagent.store.usage import PostgresUsageRows
from voiceagent.store.waiting import PostgresWaitingList

__all__ = ["Database", "Limits", "PostgresStore"]


class PostgresStore:
    """`ports.store.Store` on a PostgreSQL database with an up-to-date schema (`databases.migrate`).

    Args:
        dsn: PostgreSQL URI.
        clock_offset: how far the engine's clock is ahead of the real one (`SystemClock.offset`);
            the database adds it to its own time, which stays the only one that bookings trust.
        limits: time-outs and pool size.
        worker: whose calls are opened and, after a crash, settled.
        embedder: tells what the business's pages mean; ``None`` without one.
        reranker: reads what was found on them again; ``None`` without one.
    """

    def __init__(
        self,
        dsn: str,
        *,
        clock_offset: timedelta = timedelta(),
        limits: Limits | None = None,
        worker: Worker | None = None,
        embedder: Embedder | None = None,
        reranker: Reranker | None = None,
    ) -> None:
        self.database = Database(dsn, clock_offset=clock_offset, limits=limits)
        self.calls: Calls = PostgresCalls(self.database, worker or Worker())
        self.journal: Journal = PostgresJournal(self.database)
        self.quotes: Quotes = PostgresQuotes(self.database)
        self.schedule: Schedule = PostgresSchedule(self.database)
        self.jobs: Jobs = PostgresJobs(self.database)
        self.customers: Customers = PostgresCustomers(self.database)
        self.one_time_codes: OneTimeCodes = PostgresOneTimeCodes(self.database)
        self.code_guesses: CodeGuesses = PostgresCodeGuesses(self.database)
        self.outbox: Outbox = PostgresOutbox(self.database)
        self.text_places = PostgresDeliveries(self.database)
        self.deliveries: Deliveries = self.text_places
        self.payment_events: PaymentEvents = PostgresPaymentEvents(self.database)
        self.unpaid: UnpaidBookings = PostgresUnpaidDeposits(self.database)
        self.answered: AnswerMemory = PostgresAnswerMemory(self.database)
        self.usage: UsageRows = PostgresUsageRows(self.database)
        self.history: History = PostgresHistory(self.database, self.jobs, self.usage)
        self.looks: Looks = PostgresLooks(self.database)
        self.hand_offs: HandOffs = PostgresHandOffs(self.database)
        self.call_backs: CallBacks = PostgresCallBacks(self.database)
        self.offers: Offers = PostgresOffers(self.database)
        self.prices: PublishedPrices = PostgresPrices(self.database)
        self.customer_facts: CustomerFacts = PostgresCustomerFacts(self.database)
        self._threads = PostgresThreads(self.database)
        self.threads: Threads = self._threads
        self.consents: Consents = PostgresConsents(self.database)
        self.waiting: WaitingList = PostgresWaitingList(self.database)
        self.api_tokens: ApiTokens = PostgresApiTokens(self.database)
        self.assets: Assets = PostgresAssets(self.database)
        self.cancel_history: CancelHistory = PostgresCancelHistory(self.database)
        self.knowledge: Knowledge = PostgresKnowledge(self.database, embedder, reranker)

    async def now(self) -> datetime:
        """See `ports.store.Store.now`; in UTC."""
        row = await self.database.row("SELECT app_now() AS now")
        if row is None:
            raise Unavailable("store.refused", "The database did not tell the time.")
        moment: datetime = row["now"]
        return moment.astimezone(UTC)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[PostgresStore]:
        """Open the pool for a block; `Unavailable` ``store.unreachable`` when nobody answers."""
        async with self.database.opened():
            try:
                yield self
            finally:
                await self._threads.closed()
