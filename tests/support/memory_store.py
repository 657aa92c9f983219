"""The storage ports in memory, with the same rules as the database: for tests that need no SQL.

Everything an adapter promises is kept: holds expire, windows of a technician never overlap, keys
make effects happen once, sent messages have their placeholders filled in. Two things only tests
want: `MemoryStore.fail` makes the next uses of a method raise, and `MemoryStore.gate` makes a
method wait until the test lets it go on.
"""

from __future__ import annotations

import asyncio
import secrets
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from voiceagent.core.clock import Clock
from voiceagent.domain.history import CallEvent, CallHistory, CallSummary
from voiceagent.domain.identity import new_booking_code
from voiceagent.domain.outcomes import Evidence, decide
from voiceagent.domain.records import (
    CallId,
    CallStart,
    Customer,
    Job,
    JobDraft,
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
from voiceagent.errors import CallerFixable
from voiceagent.ports.calls import Calls
from voiceagent.ports.history import History
from voiceagent.ports.jobs import Jobs
from voiceagent.ports.journal import Journal
from voiceagent.ports.messages import Outbox
from voiceagent.ports.people import Customers
from voiceagent.ports.quotes import Quotes
from voiceagent.ports.schedule import Busy, Schedule
from voiceagent.ports.store import Store

MAX_OPEN_JOBS = 2
_OPEN = (JobStatus.BOOKED, JobStatus.CONFIRMED)


@dataclass
class Faults:
    """What a test wants to go wrong, by method name (``"jobs.book"``)."""

    errors: dict[str, list[BaseException]] = field(default_factory=dict)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    entered: dict[str, asyncio.Event] = field(default_factory=dict)

    async def pass_(self, method: str) -> None:
        if method in self.entered:
            self.entered[method].set()
        if method in self.gates:
            await self.gates[method].wait()
        if self.errors.get(method):
            raise self.errors[method].pop(0)


class MemoryCalls:
    def __init__(self, schedule: MemorySchedule, clock: Clock, faults: Faults) -> None:
        self.started: dict[CallId, CallStart] = {}
        self.started_at: dict[CallId, datetime] = {}
        self.ended_at: dict[CallId, datetime] = {}
        self.outcomes: dict[CallId, Outcome] = {}
        self.turns: dict[tuple[CallId, int], Turn] = {}
        self.events: list[tuple[CallId, str, str, datetime]] = []
        self._schedule = schedule
        self._clock = clock
        self._faults = faults

    async def open(self, call: CallStart) -> CallId:
        await self._faults.pass_("calls.open")
        for known in self.started.values():
            if known.call_sid == call.call_sid:
                return known.call_id
        self.started[call.call_id] = call
        self.started_at[call.call_id] = self._clock.now()
        return call.call_id

    async def close(self, call_id: CallId, evidence: Evidence) -> Outcome:
        await self._faults.pass_("calls.close")
        self.ended_at.setdefault(call_id, self._clock.now())
        return self.outcomes.setdefault(call_id, decide(evidence))

    async def outcome(self, call_id: CallId) -> Outcome | None:
        return self.outcomes.get(call_id)

    async def add_turn(self, turn: Turn) -> None:
        await self._faults.pass_("calls.add_turn")
        self.turns.setdefault((turn.call_id, turn.index), turn)

    async def turn_count(self, call_id: CallId) -> int:
        return sum(1 for c, _ in self.turns if c == call_id)

    async def add_event(self, call_id: CallId, kind: str, detail: str = "") -> None:
        self.events.append((call_id, kind, detail, self._clock.now()))

    async def sweep(self, live: Sequence[CallId]) -> int:
        dead = [c for c in self.started if c not in self.outcomes and c not in live]
        for call_id in dead:
            await self.close(call_id, Evidence(broken=True))
            await self._schedule.release(call_id)
        return len(dead)


class MemoryJournal:
    def __init__(self, faults: Faults) -> None:
        self.steps: dict[tuple[CallId, int], tuple[str, str]] = {}
        self.audits: list[ToolAudit] = []
        self._faults = faults

    async def append(self, call_id: CallId, index: int, kind: str, body_json: str) -> None:
        await self._faults.pass_("journal.append")
        self.steps.setdefault((call_id, index), (kind, body_json))

    async def read(self, call_id: CallId) -> Sequence[tuple[int, str, str]]:
        return sorted((i, k, b) for (c, i), (k, b) in self.steps.items() if c == call_id)

    async def audit(self, entry: ToolAudit) -> None:
        await self._faults.pass_("journal.audit")
        self.audits.append(entry)


class MemoryQuotes:
    def __init__(self, faults: Faults) -> None:
        self.saved: list[Quote] = []
        self._faults = faults

    async def save(self, quote: Quote) -> None:
        await self._faults.pass_("quotes.save")
        self.saved.append(quote)

    async def latest(self, call_id: CallId, service_type: str) -> Quote | None:
        await self._faults.pass_("quotes.latest")
        fits = (
            q
            for q in reversed(self.saved)
            if q.call_id == call_id and q.service_type == service_type
        )
        return next(fits, None)


@dataclass(frozen=True)
class Hold:
    call_id: CallId
    slot: Slot
    until: datetime


class MemorySchedule:
    def __init__(self, clock: Clock, faults: Faults) -> None:
        self.holds: list[Hold] = []
        self.jobs: dict[JobId, Job] = {}
        self.clock = clock
        self._faults = faults

    async def busy(self, technician_ids: Sequence[str], span: Window) -> Sequence[Busy]:
        await self._faults.pass_("schedule.busy")
        booked = [
            Busy(j.technician_id, j.window, phone=j.customer.phone)
            for j in self.jobs.values()
            if j.status in _OPEN
        ]
        held = [Busy(h.slot.technician_id, h.slot.window, holder=h.call_id) for h in self._live()]
        return [
            b for b in booked + held if b.technician_id in technician_ids and meet(b.window, span)
        ]

    async def hold(self, call_id: CallId, slots: Sequence[Slot], *, minutes: int) -> Sequence[Slot]:
        await self._faults.pass_("schedule.hold")
        await self.release(call_id)
        until = self.clock.now() + timedelta(minutes=minutes)
        held: list[Slot] = []
        for slot in slots:
            if self.is_free(slot):
                own = replace(slot, slot_id=secrets.token_urlsafe(16))
                self.holds.append(Hold(call_id, own, until))
                held.append(own)
        return held

    async def offered(self, call_id: CallId) -> Sequence[Slot]:
        await self._faults.pass_("schedule.offered")
        return [h.slot for h in self._live() if h.call_id == call_id]

    async def release(self, call_id: CallId) -> None:
        self.holds = [h for h in self.holds if h.call_id != call_id]

    def is_free(
        self, slot: Slot, *, but: CallId | None = None, but_job: JobId | None = None
    ) -> bool:
        """Whether nothing but that call's holds and that job stands in the way of a slot."""
        spans = [
            (j.technician_id, j.window)
            for j in self.jobs.values()
            if j.status in _OPEN and j.job_id != but_job
        ]
        spans += [(h.slot.technician_id, h.slot.window) for h in self._live() if h.call_id != but]
        return not any(t == slot.technician_id and meet(w, slot.window) for t, w in spans)

    def _live(self) -> list[Hold]:
        return [h for h in self.holds if h.until > self.clock.now()]


class MemoryOutbox:
    def __init__(self, faults: Faults) -> None:
        self.queued: dict[str, OutboundMessage] = {}
        self.delivered: list[OutboundMessage] = []
        self._faults = faults

    async def put(self, message: OutboundMessage) -> None:
        await self._faults.pass_("outbox.put")
        self.queued.setdefault(message.key, message)

    async def sent(self, call_id: CallId) -> Sequence[OutboundMessage]:
        return [m for m in self.delivered if m.call_id == call_id]


class MemoryJobs:
    def __init__(
        self,
        schedule: MemorySchedule,
        outbox: MemoryOutbox,
        customers: MemoryCustomers,
        faults: Faults,
    ) -> None:
        self.checkouts: list[JobId] = []
        self._by_key: dict[str, JobId] = {}
        self._of_call: dict[CallId, JobId] = {}
        self._schedule = schedule
        self._outbox = outbox
        self._customers = customers
        self._faults = faults

    @property
    def all(self) -> dict[JobId, Job]:
        """Every job, whatever its status."""
        return self._schedule.jobs

    async def book(
        self, draft: JobDraft, messages: Sequence[OutboundMessage], *, idempotency_key: str
    ) -> Job:
        await self._faults.pass_("jobs.book")
        if idempotency_key in self._by_key:
            return self.all[self._by_key[idempotency_key]]
        for job in self.all.values():
            same = (job.customer.phone, job.service_type, job.window) == (
                draft.phone,
                draft.service_type,
                draft.slot.window,
            )
            if same and job.status in _OPEN:
                return job
        if draft.slot not in await self._schedule.offered(draft.call_id):
            raise CallerFixable("slot.not_offered", "That time is not held for this call.")
        if not self._schedule.is_free(draft.slot, but=draft.call_id):
            raise CallerFixable("slot.taken", "That time has just been taken.")
        if len(await self.open_for(draft.phone)) >= MAX_OPEN_JOBS:
            raise CallerFixable("jobs.too_many", "This number has enough open appointments.")
        job = self._insert(draft)
        self._by_key[idempotency_key] = job.job_id
        self._of_call[draft.call_id] = job.job_id
        await self._schedule.release(draft.call_id)
        self._queue(job, messages)
        if draft.quote.deposit:
            self.checkouts.append(job.job_id)
        return job

    async def get(self, job_id: JobId) -> Job | None:
        return self.all.get(job_id)

    async def of_call(self, call_id: CallId) -> Job | None:
        job_id = self._of_call.get(call_id)
        return None if job_id is None else self.all[job_id]

    async def open_for(self, phone: str) -> Sequence[Job]:
        await self._faults.pass_("jobs.open_for")
        now = self._schedule.clock.now()
        jobs = (
            j
            for j in self.all.values()
            if j.customer.phone == phone and j.status in _OPEN and j.window.end > now
        )
        return sorted(jobs, key=lambda job: job.window.start)

    async def reschedule(
        self,
        job_id: JobId,
        slot: Slot,
        messages: Sequence[OutboundMessage],
        *,
        call_id: CallId,
        idempotency_key: str,
    ) -> Job:
        await self._faults.pass_("jobs.reschedule")
        if idempotency_key in self._by_key:
            return self.all[self._by_key[idempotency_key]]
        if slot not in await self._schedule.offered(call_id):
            raise CallerFixable("slot.not_offered", "That time is not held for this call.")
        if not self._schedule.is_free(slot, but=call_id, but_job=job_id):
            raise CallerFixable("slot.taken", "That time has just been taken.")
        job = replace(self.all[job_id], window=slot.window, technician_id=slot.technician_id)
        await self._schedule.release(call_id)
        return self._changed(job, messages, call_id, idempotency_key)

    async def cancel(
        self,
        job_id: JobId,
        messages: Sequence[OutboundMessage],
        *,
        call_id: CallId,
        idempotency_key: str,
    ) -> Job:
        await self._faults.pass_("jobs.cancel")
        if idempotency_key in self._by_key:
            return self.all[self._by_key[idempotency_key]]
        job = replace(self.all[job_id], status=JobStatus.CANCELLED)
        return self._changed(job, messages, call_id, idempotency_key)

    async def add_note(self, job_id: JobId, note: str) -> Job:
        job = self.all[job_id]
        if note not in job.notes.splitlines():
            job = replace(job, notes=f"{job.notes}\n{note}".strip())
            self.all[job_id] = job
        return job

    def _insert(self, draft: JobDraft) -> Job:
        customer = self._customers.upsert(draft)
        job = Job(
            job_id=JobId(str(uuid.uuid4())),
            code=new_booking_code(),
            customer=customer,
            service_type=draft.service_type,
            description=draft.description,
            address=draft.address,
            window=draft.slot.window,
            technician_id=draft.slot.technician_id,
            priority=draft.priority,
            status=JobStatus.BOOKED,
            notes=draft.notes,
            estimated_cost=draft.quote.estimate,
            deposit_amount=draft.quote.deposit,
            deposit_paid=False,
            checkout_url=None,
            call_id=draft.call_id,
        )
        self.all[job.job_id] = job
        return job

    def _changed(
        self, job: Job, messages: Sequence[OutboundMessage], call_id: CallId, key: str
    ) -> Job:
        self.all[job.job_id] = job
        self._by_key[key] = job.job_id
        self._of_call[call_id] = job.job_id
        self._queue(job, messages)
        return job

    def _queue(self, job: Job, messages: Sequence[OutboundMessage]) -> None:
        for message in messages:
            self._outbox.queued.setdefault(message.key, replace(message, job_id=job.job_id))


class MemoryCustomers:
    def __init__(self, faults: Faults) -> None:
        self.all: dict[str, Customer] = {}
        self._faults = faults

    async def by_phone(self, phone: str) -> Customer | None:
        await self._faults.pass_("customers.by_phone")
        return self.all.get(phone)

    def upsert(self, draft: JobDraft) -> Customer:
        known = self.all.get(draft.phone)
        customer = Customer(
            customer_id=known.customer_id if known else str(uuid.uuid4()),
            name=draft.customer_name,
            phone=draft.phone,
            email=draft.email or (known.email if known else None),
            address=draft.address or (known.address if known else None),
        )
        self.all[draft.phone] = customer
        return customer


class MemoryLedger:
    def __init__(self, schedule: MemorySchedule) -> None:
        self.events: set[str] = set()
        self._jobs = schedule.jobs

    async def apply_event(
        self, event_id: str, kind: str, session_id: str, job_id: JobId, *, paid: bool
    ) -> bool:
        if event_id in self.events:
            return False
        self.events.add(event_id)
        if paid and self._jobs[job_id].status in _OPEN:
            self._jobs[job_id] = replace(
                self._jobs[job_id], deposit_paid=True, status=JobStatus.CONFIRMED
            )
        return True


class MemoryHistory:
    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    async def recent(self, limit: int) -> Sequence[CallSummary]:
        started = list(self._kept.calls.started.values())
        return [self._summary(call) for call in reversed(started)][:limit]

    async def call(self, call_sid: str) -> CallHistory | None:
        kept = self._kept
        call = next((c for c in kept.calls.started.values() if c.call_sid == call_sid), None)
        if call is None:
            return None
        call_id = call.call_id
        events = (e for e in kept.calls.events if e[0] == call_id)
        return CallHistory(
            summary=self._summary(call),
            turns=tuple(t for (c, _), t in sorted(kept.calls.turns.items()) if c == call_id),
            tools=tuple(a for a in kept.journal.audits if a.call_id == call_id),
            events=tuple(CallEvent(kind, detail, at) for _, kind, detail, at in events),
            job=await kept.jobs.of_call(call_id),
            messages=tuple(await kept.outbox.sent(call_id)),
        )

    def _summary(self, call: CallStart) -> CallSummary:
        calls = self._kept.calls
        turns = [t for (c, _), t in calls.turns.items() if c == call.call_id]
        latencies = sorted(t.latency.v2v_ms for t in turns if t.latency is not None)
        return CallSummary(
            call=call,
            started_at=calls.started_at[call.call_id],
            ended_at=calls.ended_at.get(call.call_id),
            outcome=calls.outcomes.get(call.call_id),
            turns=len(turns),
            v2v_p50_ms=latencies[len(latencies) // 2] if latencies else None,
        )


@dataclass
class Kept:
    """The same parts as the ports, with what tests look at."""

    calls: MemoryCalls
    journal: MemoryJournal
    quotes: MemoryQuotes
    schedule: MemorySchedule
    jobs: MemoryJobs
    customers: MemoryCustomers
    outbox: MemoryOutbox
    ledger: MemoryLedger


class MemoryStore:
    """All storage ports over plain dictionaries; `kept` shows tests what is in them.

    Args:
        clock: stands for the database's clock; holds expire by it.
    """

    def __init__(self, clock: Clock) -> None:
        self.faults = faults = Faults()
        self.clock = clock
        schedule, outbox = MemorySchedule(clock, faults), MemoryOutbox(faults)
        customers = MemoryCustomers(faults)
        self.kept = Kept(
            calls=MemoryCalls(schedule, clock, faults),
            journal=MemoryJournal(faults),
            quotes=MemoryQuotes(faults),
            schedule=schedule,
            jobs=MemoryJobs(schedule, outbox, customers, faults),
            customers=customers,
            outbox=outbox,
            ledger=MemoryLedger(schedule),
        )
        self.calls: Calls = self.kept.calls
        self.journal: Journal = self.kept.journal
        self.quotes: Quotes = self.kept.quotes
        self.schedule: Schedule = schedule
        self.jobs: Jobs = self.kept.jobs
        self.customers: Customers = customers
        self.outbox: Outbox = outbox
        self.payment_events = self.kept.ledger
        self.history: History = MemoryHistory(self.kept)

    async def now(self) -> datetime:
        return self.clock.now()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Store]:
        yield self

    def fail(self, method: str, *errors: BaseException) -> None:
        """Let the next uses of a method (``"jobs.book"``) raise these errors, in order."""
        self.faults.errors.setdefault(method, []).extend(errors)

    def gate(self, method: str) -> tuple[asyncio.Event, asyncio.Event]:
        """Let a method wait: (set once it was entered, to be set so that it goes on)."""
        self.faults.entered[method] = asyncio.Event()
        self.faults.gates[method] = asyncio.Event()
        return self.faults.entered[method], self.faults.gates[method]

    async def deliver(self) -> list[OutboundMessage]:
        """Send what is queued, placeholders filled in, and return it."""
        sent: list[OutboundMessage] = []
        for key in list(self.kept.outbox.queued):
            message = self.kept.outbox.queued.pop(key)
            sent.append(replace(message, body=self._filled(message)))
        self.kept.outbox.delivered += sent
        return sent

    def _filled(self, message: OutboundMessage) -> str:
        if message.job_id is None:
            return message.body
        job = self.kept.jobs.all[message.job_id]
        if "{checkout_url}" in message.body and job.checkout_url is None:
            job = replace(job, checkout_url=f"https://pay.test/{job.job_id}")
            self.kept.jobs.all[job.job_id] = job
        return (
            message.body.replace("{job_code}", job.code)
            .replace("{checkout_url}", job.checkout_url or "")
            .replace("{deposit}", f"${(job.deposit_amount + 50) // 100}")
        )


class MemoryCallControl:
    """A carrier that notes what it was asked. `answers` says who picks up; others are busy."""

    def __init__(self, answers: Sequence[str] = ()) -> None:
        self.answers = set(answers)
        self.transfers: list[tuple[str, str, str]] = []
        self.hung_up: list[str] = []
        self.error: BaseException | None = None

    async def hang_up(self, call_sid: str) -> None:
        self.hung_up.append(call_sid)

    async def transfer(self, call_sid: str, *, to_number: str, whisper: str) -> bool:
        if self.error is not None:
            raise self.error
        self.transfers.append((call_sid, to_number, whisper))
        return to_number in self.answers


def meet(one: Window, other: Window) -> bool:
    """Whether two windows overlap."""
    return one.start < other.end and other.start < one.end
