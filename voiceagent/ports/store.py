"""All of the storage ports together."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

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
from voiceagent.ports.knowledge import Knowledge
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


class Store(Protocol):
    """All of the storage ports together, and their life cycle."""

    calls: Calls
    journal: Journal
    quotes: Quotes
    schedule: Schedule
    jobs: Jobs
    customers: Customers
    one_time_codes: OneTimeCodes
    code_guesses: CodeGuesses
    outbox: Outbox
    deliveries: Deliveries
    payment_events: PaymentEvents
    unpaid: UnpaidBookings
    answered: AnswerMemory
    usage: UsageRows
    history: History
    looks: Looks
    hand_offs: HandOffs
    call_backs: CallBacks
    offers: Offers
    prices: PublishedPrices
    customer_facts: CustomerFacts
    threads: Threads
    consents: Consents
    waiting: WaitingList
    api_tokens: ApiTokens
    assets: Assets
    cancel_history: CancelHistory
    knowledge: Knowledge

    async def now(self) -> datetime:
        """The database's time: the only one that bookings trust."""
        ...

    def opened(self) -> AbstractAsyncContextManager[Store]:
        """Open the pool for a `with` block."""
        ...
