"""What the store in memory keeps, and the rules that hold for all of it."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import count
from typing import NoReturn

from voiceagent.core.clock import Clock
from voiceagent.core.hand_off import HandOff
from voiceagent.core.waiting import WaitEvent, WaitStage, after
from voiceagent.domain.api_tokens import ApiToken
from voiceagent.domain.assets import Asset
from voiceagent.domain.business import PriceTable
from voiceagent.domain.call_backs import CallBackKept
from voiceagent.domain.customer_facts import CustomerFact, FactKind
from voiceagent.domain.history import CallEvent
from voiceagent.domain.identity import SealedCode
from voiceagent.domain.ledger import DepositState, LedgerEntry
from voiceagent.domain.looks import WrittenLook
from voiceagent.domain.offers import CustomerOffer
from voiceagent.domain.records import (
    CallId,
    CallStart,
    Cents,
    Customer,
    Job,
    JobId,
    JobStatus,
    OutboundMessage,
    Outcome,
    Quote,
    Slot,
    ToolAudit,
    Turn,
    Window,
)
from voiceagent.domain.texting import Delivery, TextVerdict, digest_of
from voiceagent.domain.threads import OpenTalk, ThreadId, ThreadMessage
from voiceagent.domain.usage import UsageRow
from voiceagent.errors import Unavailable
from voiceagent.ports.waiting import FreedWindow, WaitingPlace

Enter = Callable[[str], Awaitable[None]]
"""Awaited with a method's name (``jobs.book``) before it does anything."""


@dataclass(slots=True)
class CallRow:
    """A call; open while it has no outcome."""

    call: CallStart
    started_at: datetime
    ended_at: datetime | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """A slot that is kept for a call until `until`. It stays, expired, until it is released."""

    call_id: CallId
    slot: Slot
    until: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """What a call did to a job: ``booked``, ``rescheduled`` or ``cancelled``."""

    key: str
    job_id: JobId
    call_id: CallId
    what: Outcome


@dataclass(slots=True)
class Payment:
    """A job's deposit; `state` is what its entries in `Tables.ledger` come to."""

    amount: Cents
    asked_at: datetime
    currency: str = "usd"
    state: DepositState = DepositState.OPEN
    session_id: str | None = None
    reminded_at: datetime | None = None


@dataclass(slots=True)
class KeptCode:
    """A one-time code that was texted for a call to a number."""

    call_id: CallId
    phone: str
    sealed: SealedCode
    sent_at: datetime
    tries: int = 0
    used: bool = False


class Waits(StrEnum):
    """What became of a queued message."""

    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"
    DROPPED = "dropped"


@dataclass(slots=True)
class Queued:
    """A text to be sent, or a checkout to be made (`message` is ``None``)."""

    key: str
    message: OutboundMessage | None
    job_id: JobId | None
    state: Waits = Waits.WAITING
    due_at: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """Whether it may leave."""
        return self.due_at is None or self.due_at <= now

    @property
    def needs_link(self) -> bool:
        """Whether it must wait for its job's checkout."""
        return self.message is None or "{checkout_url}" in self.message.body


@dataclass(slots=True)
class KeptToken:
    """A token, with the digest that it was opened by before it was rotated, and until when."""

    of: ApiToken
    old_digest: str = ""
    old_until: datetime | None = None


@dataclass(slots=True)
class KeptThread:
    """A person's thread."""

    thread_id: ThreadId
    person: str
    updated_at: datetime
    talk: OpenTalk = field(default_factory=OpenTalk)


@dataclass(slots=True)
class KeptMessage:
    """A message of a thread. `patience_until_s` is monotonic."""

    of: ThreadMessage
    position: int
    patience_until_s: float
    at: datetime
    call_id: CallId | None = None


@dataclass(slots=True)
class Tables:
    """Everything. Adapters read and write it directly; nothing in it awaits anything.

    Attributes:
        clock: stands for the database's clock.
        enter: see `Enter`.
        customers: by id. `turns`: by (call, index). `steps` likewise: (kind, body).
        customer_facts: by customer, or number, and kind.
        jobs: as `ports.jobs` shows them, customer and deposit up to date.
        payment_effects: by event id, what it did.
        price_syncs: by day, when it was begun and what came of it.
        guesses: at which number a wrong code was tried, and when.
        texted: whom a text left to, and when. `arrived`: what is known of it, by key. `no_texts`:
            who gets none, by digest.
        ledger: what the payment provider told, in the order of its coming; without a job what came
            before its payment.
        texts: messages of threads, by their numbers.
        stopped: who wants no texts, and how many rows the outbox had when they said so.
    """

    clock: Clock
    enter: Enter
    calls: dict[CallId, CallRow] = field(default_factory=dict)
    turns: dict[tuple[CallId, int], Turn] = field(default_factory=dict)
    events: list[tuple[CallId, CallEvent]] = field(default_factory=list)
    steps: dict[tuple[CallId, int], tuple[str, str]] = field(default_factory=dict)
    audits: list[ToolAudit] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    customers: dict[str, Customer] = field(default_factory=dict)
    codes: list[KeptCode] = field(default_factory=list)
    guesses: list[tuple[str, datetime]] = field(default_factory=list)
    jobs: dict[JobId, Job] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    payments: dict[JobId, Payment] = field(default_factory=dict)
    payment_effects: dict[str, str] = field(default_factory=dict)
    ledger: list[tuple[JobId | None, LedgerEntry]] = field(default_factory=list)
    outbox: dict[str, Queued] = field(default_factory=dict)
    sent: list[OutboundMessage] = field(default_factory=list)
    texted: list[tuple[str, datetime]] = field(default_factory=list)
    arrived: dict[str, Delivery] = field(default_factory=dict)
    no_texts: dict[str, TextVerdict] = field(default_factory=dict)
    usage: dict[tuple[CallId, int, str], UsageRow] = field(default_factory=dict)
    looks: list[WrittenLook] = field(default_factory=list)
    hand_offs: dict[CallId, HandOff] = field(default_factory=dict)
    call_backs: dict[str, CallBackKept] = field(default_factory=dict)
    offers: dict[str, CustomerOffer] = field(default_factory=dict)
    customer_facts: dict[tuple[str, FactKind], CustomerFact] = field(default_factory=dict)
    prices: dict[str, PriceTable] = field(default_factory=dict)
    price_syncs: dict[date, tuple[datetime, str]] = field(default_factory=dict)
    threads: dict[ThreadId, KeptThread] = field(default_factory=dict)
    texts: dict[int, KeptMessage] = field(default_factory=dict)
    stopped: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, WaitingPlace] = field(default_factory=dict)
    freed: list[FreedWindow] = field(default_factory=list)
    freed_ids: Iterator[int] = field(default_factory=count)
    api_tokens: dict[str, KeptToken] = field(default_factory=dict)
    assets: dict[str, Asset] = field(default_factory=dict)

    def known_call(self, call_id: CallId) -> CallRow:
        """A call that something is written for; `Unavailable` ``store.refused`` without one."""
        row = self.calls.get(call_id)
        if row is None:
            refuse("no such call")
        return row

    def caller(self, call_id: CallId) -> str:
        """The number a call comes from; empty for an unknown call."""
        row = self.calls.get(a_uuid(call_id))
        return "" if row is None else row.call.from_number

    def release(self, calls: Iterable[CallId], *, but_kept: bool = False) -> None:
        """Let go of all that these calls hold, perhaps but for what the waiting list keeps."""
        gone = set(calls)
        places = self.waiting.values() if but_kept else ()
        kept = {place.offer.slot_id for place in places if place.offer is not None}
        self.holds = [
            hold for hold in self.holds if hold.call_id not in gone or hold.slot.slot_id in kept
        ]

    def opted_out(self, address: str) -> bool:
        """Whether the carrier was told that somebody wants no texts."""
        return self.no_texts.get(digest_of(address)) is TextVerdict.OPTED_OUT

    def wants_no_texts(self, address: str) -> bool:
        """Whether we or the carrier were told so."""
        return address in self.stopped or self.opted_out(address)

    def live_jobs(self) -> list[Job]:
        """Jobs that take a technician's time."""
        return [job for job in self.jobs.values() if is_live(job)]

    def open_jobs(self) -> list[Job]:
        """Live jobs whose window is not over."""
        now = self.clock.now()
        return [job for job in self.live_jobs() if job.window.end > now]

    def live_holds(self) -> list[Hold]:
        """Holds that have not expired."""
        now = self.clock.now()
        return [hold for hold in self.holds if hold.until > now]

    def is_taken(self, slot: Slot, *, but_by: Collection[CallId] = ()) -> bool:
        """Whether a live job, or a hold of another call than of `but_by`, is in a slot's way."""
        spans = [(job.technician_id, job.window) for job in self.live_jobs()]
        spans += [
            (hold.slot.technician_id, hold.slot.window)
            for hold in self.live_holds()
            if hold.call_id not in but_by
        ]
        return any(who == slot.technician_id and meet(w, slot.window) for who, w in spans)

    def put(
        self,
        message: OutboundMessage,
        job_id: JobId | None = None,
        *,
        after: timedelta = timedelta(),
    ) -> None:
        """Queue a text once per key; `job_id` is for a message drafted before its job."""
        self.check([message])
        about = message.job_id or job_id
        due_at = self.clock.now() + after if after else None
        self.outbox.setdefault(message.key, Queued(message.key, message, about, due_at=due_at))

    def put_where_the_link_went(self, job_id: JobId, key: str, body: str) -> bool:
        """Queue a later text of a deposit; False when the job's link was not sent by text."""
        for row in self.outbox.values():
            link = row.message
            if row.job_id == job_id and link is not None and row.needs_link:
                text = OutboundMessage(key, link.channel, link.to, body, link.call_id, job_id)
                self.put(text, job_id)
                return True
        return False

    def call_off(self, job: Job) -> Job:
        """Cancel a job, with what waits for its link; it has used no offer. The job as it is."""
        for code, offer in self.offers.items():
            if offer.used_by == job.job_id:
                self.offers[code] = replace(offer, used_at=None, used_by=None)
        for row in self.outbox.values():
            if row.job_id == job.job_id and row.state is Waits.WAITING and row.needs_link:
                row.state = Waits.DROPPED
        cancelled = self.jobs[job.job_id] = replace(job, status=JobStatus.CANCELLED)
        self.visit_left(job)
        return cancelled

    def made_by(self, job_id: JobId) -> str | None:
        """The idempotency key of the booking that made a job."""
        return next((one.key for one in self.changes if one.job_id == job_id), None)

    def visit_left(self, job: Job) -> None:
        """A visit has left its window; it is kept track of while anybody waits for one."""
        waits = any(place.stage is not WaitStage.BOOKED for place in self.waiting.values())
        if is_live(job) and waits and job.window.start > self.clock.now():
            self.free(job.technician_id, job.window)

    def free(self, technician_id: str, window: Window) -> None:
        """A window is there for who waits."""
        self.freed.append(FreedWindow(str(next(self.freed_ids)), technician_id, window))

    def end_wait(self, phone: str, service_type: str) -> None:
        """A customer has a visit of a service: they wait no more."""
        for name, place in self.waiting.items():
            mine = (place.wish.phone, place.wish.service_type) == (phone, service_type)
            if not mine or place.stage is WaitStage.BOOKED:
                continue
            stage = after(place.stage, WaitEvent.BOOKED)
            self.waiting[name] = replace(place, stage=stage, offer=None, offered_until=None)
            if place.offer is not None:
                self.free(place.offer.technician_id, place.offer.window)

    def check(self, messages: Iterable[OutboundMessage]) -> None:
        """Refuse messages of calls and jobs that do not exist."""
        for message in messages:
            if message.call_id is not None:
                self.known_call(a_uuid(message.call_id))
            if message.job_id is not None and message.job_id not in self.jobs:
                refuse("no such job")

    @property
    def queued(self) -> dict[str, OutboundMessage]:
        """Texts that wait to be sent, placeholders and all."""
        return {
            row.key: row.message
            for row in self.outbox.values()
            if row.message is not None and row.state is Waits.WAITING
        }

    @property
    def checkouts(self) -> list[JobId]:
        """Jobs whose deposit link was or will be made, in the order of booking."""
        rows = self.outbox.values()
        return [row.job_id for row in rows if row.message is None and row.job_id is not None]


def refuse(why: str) -> NoReturn:
    """What the database says when a row breaks its rules."""
    raise Unavailable("store.refused", f"The store refused an argument: {why}.")


def a_uuid(call_id: CallId) -> CallId:
    """The id, when it is one; ids are UUIDs as the database's are."""
    try:
        uuid.UUID(call_id)
    except ValueError:
        refuse("an id is no UUID")
    return call_id


def is_live(job: Job) -> bool:
    """Whether a job takes a technician's time."""
    return job.status in {JobStatus.BOOKED, JobStatus.CONFIRMED}


def in_utc(window: Window) -> Window:
    """The same moments in UTC: local times of an hour that a night has twice compare as equal."""
    return Window(window.start.astimezone(UTC), window.end.astimezone(UTC))


def has_length(window: Window) -> bool:
    """Whether a window ends after it has begun."""
    there = in_utc(window)
    return there.start < there.end


def meet(one: Window, other: Window) -> bool:
    """Whether two windows overlap; an empty one overlaps nothing."""
    first, second = in_utc(one), in_utc(other)
    return max(first.start, second.start) < min(first.end, second.end)
