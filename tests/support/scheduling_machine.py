"""Holds, bookings, moves, cancellations and the waiting list, beside a model that is plain lists.

The same machine runs on the store in memory and on PostgreSQL (tests/store/test_scheduling.py,
``./run soak-bookings``). The model knows three rules and no locks: a technician does one thing at a
time, what is held is nobody else's until it expires, and a window that was kept is offered once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.support.postgres import a_call, a_draft, a_quote
from tests.support.rooms import coolcare
from voiceagent.core.clock import ManualClock
from voiceagent.domain import calendar
from voiceagent.domain.business import Business, Hours, OpenHours, Slots
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import (
    CallId,
    Job,
    JobId,
    OutboundMessage,
    Outcome,
    Quote,
    Slot,
    Window,
)
from voiceagent.errors import CallerFixable
from voiceagent.ports.store import Store
from voiceagent.ports.waiting import WaitingPlace, WaitingWish
from voiceagent.store import Limits, PostgresStore
from voiceagent.store.jobs import MAX_OPEN_JOBS
from voiceagent.store.memory import MemoryStore

_T = TypeVar("_T")
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PHONES = tuple(f"+1555400000{n}" for n in range(3))
HOLD_MINUTES = 10
OFFER_MINUTES = 30


def _open(opens: time, closes: time, minutes: int) -> Business:
    hours = Hours(
        **dict.fromkeys(_WEEK, OpenHours(opens=opens, closes=closes)), closed_on_holidays=False
    )
    mike = coolcare().technicians[0]
    eve = mike.model_copy(update={"id": "eve", "name": "Eve Ross"})
    slots = Slots(length_minutes=minutes, urgent_lead_minutes=0, days_ahead=1)
    return coolcare().model_copy(
        update={"hours": hours, "slots": slots, "technicians": (mike, eve)}
    )


WORLDS: dict[str, tuple[Business, str]] = {
    "an ordinary day": (_open(time(8), time(18), 120), "2025-08-29T07:00:00-04:00"),
    "the night with an hour twice": (_open(time(0), time(0), 60), "2026-10-31T23:30:00-04:00"),
    "the night without an hour": (_open(time(0), time(0), 60), "2026-03-07T23:30:00-05:00"),
    "open past midnight": (_open(time(17), time(2), 60), "2025-08-29T16:30:00-04:00"),
    "past midnight, an hour twice": (_open(time(20), time(4), 30), "2026-10-31T22:00:00-04:00"),
}


@dataclass
class Held:
    """What the model knows of a hold; `kept` is one of the waiting list."""

    call: CallId
    number: str
    slot: Slot
    until: datetime
    kept: bool = False


@dataclass
class Visit:
    """What the model knows of a booking."""

    job: JobId
    phone: str
    technician: str
    window: Window
    live: bool = True


@dataclass
class Model:
    """Everything, as plain lists."""

    now: datetime
    holds: list[Held] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    freed: list[tuple[str, Window]] = field(default_factory=list)
    waiting: dict[str, Held | None] = field(default_factory=dict)
    """Number -> what is kept for it, None while it waits."""

    def live_holds(self) -> list[Held]:
        return [one for one in self.holds if one.until > self.now]

    def busy(self) -> set[tuple[str, datetime, datetime]]:
        taken = {(v.technician, v.window.start, v.window.end) for v in self.visits if v.live}
        return taken | {
            (h.slot.technician_id, h.slot.window.start, h.slot.window.end)
            for h in self.live_holds()
        }

    def is_taken(
        self, technician: str, window: Window, *, but: CallId | None = None, number: str = ""
    ) -> bool:
        spans = [(v.technician, v.window) for v in self.visits if v.live]
        spans += [
            (h.slot.technician_id, h.slot.window)
            for h in self.live_holds()
            if h.call != but and h.number != number
        ]
        return any(
            who == technician and one.start < window.end and window.start < one.end
            for who, one in spans
        )

    def leave(self, visit: Visit) -> None:
        """A visit leaves its window; somebody may wait for it."""
        if self.waiting and visit.window.start > self.now:
            self.freed.append((visit.technician, visit.window))

    def free(self) -> list[tuple[str, datetime]]:
        found = [
            (technician, window)
            for technician, window in self.freed
            if window.start > self.now and not self.is_taken(technician, window)
        ]
        return sorted((technician, window.start) for technician, window in found)

    def open_jobs(self, phone: str) -> int:
        mine = [v for v in self.visits if v.live and v.phone == phone]
        return sum(1 for v in mine if v.window.end > self.now)


class SchedulingMachine(RuleBasedStateMachine):
    """Anybody does anything in any order. A subclass brings the store."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.calls: dict[str, CallId] = {}
        self.quotes: dict[CallId, Quote] = {}
        self.keys = 0

    async def opened(self, now: datetime) -> Store:
        """The store, empty, at that time."""
        raise NotImplementedError

    async def moved_on(self, seconds: float) -> None:
        """Time has passed, for the store."""
        raise NotImplementedError

    def run(self, work: Awaitable[_T]) -> _T:
        async def wait() -> _T:
            return await work

        return self.runner.run(wait())

    def teardown(self) -> None:
        self.run(self.stack.aclose())
        self.runner.close()

    @initialize(world=st.sampled_from(sorted(WORLDS)))
    def begin(self, world: str) -> None:
        business, at = WORLDS[world]
        now = datetime.fromisoformat(at).astimezone(UTC)
        self.model = Model(now)
        service = business.services[0]
        found = calendar.openings(business, service, now, urgent=False)
        self.openings = [
            (one.technician_id, _utc(one.window))
            for one in found
            if one.window.start.astimezone(UTC) < now + timedelta(hours=12)
        ][:16]
        assert self.openings
        self.store = self.run(self.opened(now))
        self.join(PHONES[2])  # somebody waits, and there are visits to wait for
        for place in range(3):
            self.hold_and_book(PHONES[place % 2], 2 * place + 1)

    # --- what people do -------------------------------------------------------------------------

    @rule(phone=st.sampled_from(PHONES), picks=st.lists(st.integers(0, 15), min_size=1, max_size=3))
    def hold(self, phone: str, picks: list[int]) -> None:
        call = self._call(phone)
        wanted = [self.openings[at % len(self.openings)] for at in dict.fromkeys(picks)]
        slots = [Slot("", "repair", who, window) for who, window in wanted]
        model = self.model
        model.holds = [h for h in model.holds if h.number != phone or h.kept]
        expected = [one for one in wanted if not model.is_taken(*one, but=call, number=phone)]
        held = self.run(self.store.schedule.hold(call, slots, minutes=HOLD_MINUTES))
        assert [(s.technician_id, s.window) for s in held] == expected
        until = model.now + timedelta(minutes=HOLD_MINUTES)
        model.holds += [Held(call, phone, slot, until) for slot in held]

    @rule(phone=st.sampled_from(PHONES))
    def ring_again(self, phone: str) -> None:
        self.calls.pop(phone, None)

    @precondition(lambda self: self.model.holds)
    @rule(which=st.integers(0, 9))
    def book(self, which: int) -> None:
        held = self.model.holds[which % len(self.model.holds)]
        draft = a_draft(held.slot, self._quote(held.call), phone=held.number)
        self._booked(held, self.store.jobs.book(draft, (), idempotency_key=self._key()))

    @rule(phone=st.sampled_from(PHONES), at=st.integers(0, 15))
    def hold_and_book(self, phone: str, at: int) -> None:
        self.hold(phone, [at])
        if any(h.number == phone and not h.kept for h in self.model.holds):
            self.book(len(self.model.holds) - 1)

    @precondition(lambda self: any(v.live for v in self.model.visits))
    @rule(which=st.integers(0, 9), at=st.integers(0, 15))
    def move(self, which: int, at: int) -> None:
        live = [v for v in self.model.visits if v.live]
        visit = live[which % len(live)]
        who, window = self.openings[at % len(self.openings)]
        self.hold(visit.phone, [at])
        call = self._call(visit.phone)
        held = next((h for h in self.model.live_holds() if h.call == call), None)
        slot = Slot("none", "repair", who, window) if held is None else held.slot
        work = self.store.jobs.reschedule(
            visit.job, slot, (), call_id=call, idempotency_key=self._key()
        )
        if held is None:
            assert self._refusal(work) == "slot.not_offered"
            return
        moved = self.run(work)  # beside another visit of their number: nobody is proven the same
        assert (moved.technician_id, moved.window) == (who, window)
        self.model.leave(visit)
        visit.technician, visit.window = who, window
        self._release(call)

    @precondition(lambda self: any(v.live for v in self.model.visits))
    @rule(which=st.integers(0, 9), twice=st.booleans())
    def cancel(self, which: int, twice: bool) -> None:
        live = [v for v in self.model.visits if v.live]
        visit = live[which % len(live)]
        key, call = self._key(), self._call(visit.phone)
        for _ in range(1 + twice):
            self.run(self.store.jobs.cancel(visit.job, (), call_id=call, idempotency_key=key))
        visit.live = False
        self.model.leave(visit)

    @rule(minutes=st.sampled_from([1, 9, 11, 31, 60]))
    def wait(self, minutes: int) -> None:
        self.model.now += timedelta(minutes=minutes)
        self.run(self.moved_on(60.0 * minutes))

    # --- the waiting list -----------------------------------------------------------------------

    @rule(phone=st.sampled_from(PHONES))
    def join(self, phone: str) -> None:
        call = a_call(phone)
        call_id = self.run(self.store.calls.open(call))
        today = self.model.now.date()
        wish = WaitingWish(
            call_id=call_id, call_sid=call.call_sid, channel="sms", text_to=phone, phone=phone,
            customer_name="Ann", address="", service_type="repair", description="", notes="",
            first_day=today - timedelta(days=1), last_day=today + timedelta(days=9),
        )  # fmt: skip
        self.run(self.store.waiting.join(wish))
        self.run(self.store.calls.close(call_id, Evidence.of(Outcome.ANSWERED)))
        self.model.waiting.setdefault(phone, None)

    @precondition(lambda self: self.model.free() and None in self.model.waiting.values())
    @rule(at=st.integers(0, 3), who=st.integers(0, 4), rival=st.integers(0, 4))
    def offer(self, at: int, who: int, rival: int) -> None:
        """A freed window goes to one who waits; a second one asked at once gets nothing."""
        freed = self.run(self.store.waiting.freed())
        places = self.run(self.store.waiting.waiting())
        waits = {phone for phone, kept in self.model.waiting.items() if kept is None}
        assert {place.wish.text_to for place in places} == waits
        assert freed
        assert places
        window = freed[at % len(freed)]
        place, other = places[who % len(places)], places[rival % len(places)]
        for index, one in enumerate((place, other)):
            got = self.run(
                self.store.waiting.offer(
                    one, window, _text(one, self._key()), minutes=OFFER_MINUTES
                )
            )
            assert got is (index == 0)
        kept = self._kept(place.wish.text_to)
        assert kept is not None
        assert (kept.technician_id, kept.window) == (window.technician_id, window.window)
        self.model.freed.remove((window.technician_id, window.window))
        until = self.model.now + timedelta(minutes=OFFER_MINUTES)
        held = Held(place.wish.call_id, place.wish.text_to, kept, until, kept=True)
        self.model.waiting[place.wish.text_to] = held
        self.model.holds.append(held)

    @precondition(lambda self: any(self.model.waiting.values()))
    @rule(which=st.integers(0, 2))
    def take_offer(self, which: int) -> None:
        phone = self._offered(which)
        kept, held = self._kept(phone), self.model.waiting.get(phone)
        in_time = held is not None and held.until > self.model.now
        assert (kept is not None) is in_time
        if kept is not None and held is not None and held in self.model.holds:
            draft = a_draft(kept, self._quote(held.call), phone=phone)
            self._booked(held, self.store.jobs.book(draft, (), idempotency_key=self._key()))

    @precondition(lambda self: any(self.model.waiting.values()))
    @rule(which=st.integers(0, 2))
    def pass_offer(self, which: int) -> None:
        phone = self._offered(which)
        place = self.run(self.store.waiting.offered_to(phone))
        if place is not None:
            assert self.run(self.store.waiting.passed(place))
            self._give_up(phone)

    @precondition(lambda self: any(self.model.waiting.values()))
    @rule()
    def lapse(self) -> None:
        now, waiting = self.model.now, self.model.waiting.items()
        late = [phone for phone, held in waiting if held is not None and held.until <= now]
        assert self.run(self.store.waiting.lapse()) == len(late)
        for phone in late:
            self._give_up(phone)

    # --- what always holds ------------------------------------------------------------------------

    @invariant()
    def nobody_is_in_two_places(self) -> None:
        if not hasattr(self, "store"):
            return
        whole = Window(datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
        found = self.run(self.store.schedule.busy(["mike", "eve"], whole))
        told = {(b.technician_id, b.window.start, b.window.end) for b in found}
        assert told == self.model.busy()
        jobs = sorted(
            (b.technician_id, b.window.start, b.window.end) for b in found if not b.holder
        )
        for (who, _, end), (other, start, _) in pairwise(jobs):
            assert who != other or end <= start

    @invariant()
    def what_is_free_for_those_who_wait(self) -> None:
        if not hasattr(self, "store"):
            return
        freed = self.run(self.store.waiting.freed())
        told = sorted((one.technician_id, one.window.start) for one in freed)
        assert told == self.model.free()

    # --- helpers ----------------------------------------------------------------------------------

    def _call(self, phone: str) -> CallId:
        if phone not in self.calls:
            self.calls[phone] = self.run(self.store.calls.open(a_call(phone)))
        return self.calls[phone]

    def _quote(self, call: CallId) -> Quote:
        if call not in self.quotes:
            self.quotes[call] = quote = a_quote(call)
            self.run(self.store.quotes.save(quote))
        return self.quotes[call]

    def _key(self) -> str:
        self.keys += 1
        return f"key-{self.keys}"

    def _kept(self, phone: str) -> Slot | None:
        place = self.run(self.store.waiting.offered_to(phone))
        return None if place is None else place.offer

    def _offered(self, which: int) -> str:
        """One of those to whom a window was offered."""
        found = [phone for phone, held in self.model.waiting.items() if held is not None]
        return found[which % len(found)]

    def _booked(self, held: Held, work: Awaitable[Job]) -> None:
        model, slot, phone = self.model, held.slot, held.number
        mine = (v for v in model.visits if v.live and v.phone == phone)
        same = next((v for v in mine if v.window == slot.window), None)
        if same is not None:
            assert self._job(work) == same.job
            self._release(held.call)
            return
        expired = held.until <= model.now
        taken = model.is_taken(held.slot.technician_id, held.slot.window, but=held.call)
        if expired or model.open_jobs(phone) >= MAX_OPEN_JOBS:
            expected = "slot.taken" if taken and expired else "slot.not_offered"
            assert self._refusal(work) == (expected if expired else "jobs.too_many")
            return
        model.visits.append(Visit(self._job(work), phone, slot.technician_id, slot.window))
        kept = model.waiting.pop(phone, None)
        if kept is not None:  # their wait is over
            kept.kept = False
            model.freed.append((kept.slot.technician_id, kept.slot.window))
        self._release(held.call)

    def _job(self, work: Awaitable[Job]) -> JobId:
        return self.run(work).job_id

    def _release(self, call: CallId) -> None:
        self.model.holds = [h for h in self.model.holds if h.call != call]

    def _give_up(self, phone: str) -> None:
        """An offer is over, and its window is there for the next."""
        held = self.model.waiting[phone]
        assert held is not None
        self.model.holds = [h for h in self.model.holds if h is not held]
        self.model.waiting[phone] = None
        self.model.freed.append((held.slot.technician_id, held.slot.window))

    def _refusal(self, work: Awaitable[object]) -> str:
        try:
            self.run(work)
        except CallerFixable as error:
            return error.code
        return "none"


def _text(place: WaitingPlace, key: str) -> OutboundMessage:
    return OutboundMessage(f"offer-{key}", "sms", place.wish.text_to, "Free.")


def _utc(window: Window) -> Window:
    return Window(window.start.astimezone(UTC), window.end.astimezone(UTC))


class MemoryScheduling(SchedulingMachine):
    """On the store in memory."""

    async def opened(self, now: datetime) -> Store:
        self.clock = ManualClock(now)
        return MemoryStore(self.clock)

    async def moved_on(self, seconds: float) -> None:
        self.clock.advance(seconds)


CLOCK_OF_A_TEST = """
CREATE TABLE IF NOT EXISTS test_clock (at timestamptz NOT NULL);
DELETE FROM test_clock;
INSERT INTO test_clock VALUES (now());
CREATE OR REPLACE FUNCTION app_now() RETURNS timestamptz LANGUAGE sql VOLATILE
RETURN (SELECT at FROM test_clock);
"""
_EMPTIED = (
    "TRUNCATE calls, customers, jobs, holds, quotes, outbox, waiting_list, freed_windows CASCADE"
)


def postgres_scheduling(dsn: str) -> type[SchedulingMachine]:
    """On a PostgreSQL database of a test's own, whose clock it moves.

    Args:
        dsn: of a migrated database that nobody else uses.
    """

    class PostgresScheduling(SchedulingMachine):
        async def opened(self, now: datetime) -> Store:
            store = PostgresStore(dsn, limits=Limits(connections=2))
            await self.stack.enter_async_context(store.opened())
            self.database = store.database
            for statement in (*CLOCK_OF_A_TEST.split(";\n"), _EMPTIED):
                if statement.strip():
                    await self.database.execute(statement)
            await self.database.execute("UPDATE test_clock SET at = $1", now)
            return store

        async def moved_on(self, seconds: float) -> None:
            await self.database.execute(
                "UPDATE test_clock SET at = at + $1::interval", timedelta(seconds=seconds)
            )

    return PostgresScheduling
