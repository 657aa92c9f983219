"""Ports: what the engine needs from the outside, in its own words.

Adapters (store, telephony, pipelines, connectors) implement these Protocols; nothing here knows a
vendor, a table or a socket. All of them raise `Unavailable` when the other side is down and
`CallerFixable` when the person on the line can mend it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from voiceagent.domain.answered import Known, RequestKey
from voiceagent.domain.history import CallHistory, CallSummary
from voiceagent.domain.records import (
    CallId,
    CallStart,
    Cents,
    CheckoutLink,
    Customer,
    Job,
    JobDraft,
    JobId,
    OutboundMessage,
    Outcome,
    Quote,
    Slot,
    ToolAudit,
    Turn,
    Window,
)


@dataclass(frozen=True, slots=True)
class Busy:
    """A span in which a technician cannot take a job: a booking or somebody's hold.

    `holder` is the call that holds it, ``None`` for a booked job; `phone` is the customer's number
    for a booked job, so that a caller's own booking can be told from a stranger's.
    """

    technician_id: str
    window: Window
    holder: CallId | None = None
    phone: str | None = None


class Calls(Protocol):
    """The calls and what was said in them."""

    async def open(self, call: CallStart) -> CallId:
        """Record a call; the id of the existing row when its CallSid is known already."""
        ...

    async def close(self, call_id: CallId, outcome: Outcome) -> Outcome:
        """Set the outcome unless one is set; returns the one that stands."""
        ...

    async def outcome(self, call_id: CallId) -> Outcome | None:
        """The outcome, ``None`` while the call lives."""
        ...

    async def add_turn(self, turn: Turn) -> None:
        """Store a turn; storing the same (call, index) again changes nothing."""
        ...

    async def turn_count(self, call_id: CallId) -> int:
        """How many turns are stored; the index of the next one."""
        ...

    async def add_event(self, call_id: CallId, kind: str, detail: str = "") -> None:
        """Store a timed event, e.g. ``disclosure.heard``. Details never hold personal data."""
        ...

    async def sweep(self, live: Sequence[CallId]) -> int:
        """Give open calls that are not `live` their outcome after a crash; how many it closed.

        Calls of other workers are left alone.
        """
        ...


class Journal(Protocol):
    """What a successor needs to continue a call after a crash: a row per committed step."""

    async def append(self, call_id: CallId, index: int, kind: str, body_json: str) -> None:
        """Append a step; the same (call, index) twice is one row."""
        ...

    async def read(self, call_id: CallId) -> Sequence[tuple[int, str, str]]:
        """All steps in order: (index, kind, body_json)."""
        ...

    async def audit(self, entry: ToolAudit) -> None:
        """Keep one tool call for audit and replay."""
        ...


class Quotes(Protocol):
    """Prices that were computed for a call."""

    async def save(self, quote: Quote) -> None:
        """Store a quote."""
        ...

    async def latest(self, call_id: CallId, service_type: str) -> Quote | None:
        """The newest quote of this call for that service."""
        ...


class Schedule(Protocol):
    """Technicians' time. The database refuses overlaps; nothing above it is trusted to."""

    async def busy(self, technician_ids: Sequence[str], span: Window) -> Sequence[Busy]:
        """Bookings and unexpired holds that touch `span`."""
        ...

    async def hold(self, call_id: CallId, slots: Sequence[Slot], *, minutes: int) -> Sequence[Slot]:
        """Hold slots for a call instead of its earlier ones; returns those that were free.

        The store makes the ids of what it returns; ids given are ignored.
        """
        ...

    async def offered(self, call_id: CallId) -> Sequence[Slot]:
        """Slots this call was offered and still holds."""
        ...

    async def release(self, call_id: CallId) -> None:
        """Let go of everything this call holds."""
        ...


class Jobs(Protocol):
    """Bookings, each made once in effect."""

    async def book(
        self, draft: JobDraft, messages: Sequence[OutboundMessage], *, idempotency_key: str
    ) -> Job:
        """Upsert the customer, insert the job, queue messages and checkout: one transaction.

        The same key, or an open job of the same phone, service and window, returns the stored job
        and queues nothing. Raises `CallerFixable` ``slot.taken`` when the time is gone and
        ``slot.not_offered`` when the call does not hold the slot. Message bodies may contain
        ``{job_code}``, ``{checkout_url}`` and ``{deposit}``, filled in when they are sent.
        """
        ...

    async def get(self, job_id: JobId) -> Job | None:
        """One job."""
        ...

    async def of_call(self, call_id: CallId) -> Job | None:
        """The job this call made or changed last."""
        ...

    async def open_for(self, phone: str) -> Sequence[Job]:
        """Open jobs of a phone number, soonest first."""
        ...

    async def reschedule(
        self,
        job_id: JobId,
        slot: Slot,
        messages: Sequence[OutboundMessage],
        *,
        call_id: CallId,
        idempotency_key: str,
    ) -> Job:
        """Move a job to a held slot, keeping its deposit; once in effect per key."""
        ...

    async def cancel(
        self,
        job_id: JobId,
        messages: Sequence[OutboundMessage],
        *,
        call_id: CallId,
        idempotency_key: str,
    ) -> Job:
        """Cancel a job; once in effect per key."""
        ...

    async def add_note(self, job_id: JobId, note: str) -> Job:
        """Add a line to the job's notes unless it is there already."""
        ...


class Customers(Protocol):
    """People we know."""

    async def by_phone(self, phone: str) -> Customer | None:
        """The customer with this number."""
        ...


class Outbox(Protocol):
    """Messages that must leave once, also after a crash."""

    async def put(self, message: OutboundMessage) -> None:
        """Queue a message; the same key twice is one message."""
        ...

    async def sent(self, call_id: CallId) -> Sequence[OutboundMessage]:
        """Messages of a call that have left, as sent."""
        ...


class Payments(Protocol):
    """Deposits. Called after commit, from the outbox, never inside a booking's transaction."""

    async def deposit_link(self, job: Job, amount: Cents, *, idempotency_key: str) -> CheckoutLink:
        """A page on which the deposit can be paid; the same key gives the same page."""
        ...


class Ledger(Protocol):
    """What the payment provider told us, applied once."""

    async def apply_event(
        self, event_id: str, kind: str, session_id: str, job_id: JobId, *, paid: bool
    ) -> bool:
        """Record a webhook event and its effect in one transaction; False when it was known."""
        ...


class Texts(Protocol):
    """Sends text messages (SMS and the like)."""

    async def send(self, message: OutboundMessage) -> str:
        """Send; returns the carrier's id. Raises `Unavailable` when it may be tried again."""
        ...


class CallControl(Protocol):
    """What the carrier can do with a live call, besides carrying its sound."""

    async def hang_up(self, call_sid: str) -> None:
        """End the call."""
        ...

    async def transfer(self, call_sid: str, *, to_number: str, whisper: str) -> bool:
        """Connect the caller to a person; False when that was refused."""
        ...


class AnswerMemory(Protocol):
    """Remembers requests, for all workers. All may raise `Unavailable`."""

    async def begin(self, key: RequestKey) -> Known:
        """Remember a request, unless it is known."""
        ...

    async def finish(self, key: RequestKey, answer: str) -> None:
        """Keep the answer of a request that was FIRST."""
        ...

    async def forget(self, key: RequestKey) -> None:
        """A request that was FIRST had no effect: the next copy is the first."""
        ...


class History(Protocol):
    """Calls to look at; nothing here writes."""

    async def recent(self, limit: int) -> Sequence[CallSummary]:
        """The newest calls first."""
        ...

    async def call(self, call_sid: str) -> CallHistory | None:
        """One call as a whole, ``None`` when unknown."""
        ...


class Store(Protocol):
    """All of the storage ports together, and their life cycle."""

    calls: Calls
    journal: Journal
    quotes: Quotes
    schedule: Schedule
    jobs: Jobs
    customers: Customers
    outbox: Outbox
    ledger: Ledger
    history: History

    async def now(self) -> datetime:
        """The database's time: the only one that bookings trust."""
        ...

    def opened(self) -> AbstractAsyncContextManager[Store]:
        """Open the pool for a `with` block."""
        ...
