"""10,000 bookings at once over 100 connections, a tenth of them killed midway (goal R9).

    ./run soak-bookings
    ./run soak-bookings --bookings 1000 --connections 20
    ./run soak-bookings --admitted 8
    ./run soak-bookings --machine 200

Callers hold their windows before; a tenth of them want one that somebody else was promised, too.
Of every ten bookings one is killed at a random moment, half of them by ending the client's work and
half by ending the server's process that does it; it is asked for again with the same key, as a
worker would that takes over. Afterwards no technician may be in two places, no booking may be there
twice, and no deadlock may have been counted. Exit status 1 otherwise, or when the answers' p99 is
over the goal. Of the connections `--admitted` many may book at a time, all of them without it: what
a booking waits for its turn and what it takes then are told apart. With ``--machine`` it runs the
state machine of tests/store/test_scheduling.py on PostgreSQL instead, with so many examples.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import random
import sys
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.soak.booking_profile import profiled
from tests.soak.ranks import percentile
from tests.support.postgres import a_draft, a_quote, state_folder
from tests.support.scheduling_machine import postgres_scheduling
from voiceagent.app.ops.logs import set_up_logs
from voiceagent.domain.records import CallId, JobDraft, Slot, Window
from voiceagent.errors import CallerFixable, Unavailable
from voiceagent.store import Limits, PostgresStore
from voiceagent.store.embedded import EmbeddedPostgres

GOAL_P99_MS: Final = 100.0
KILLED: Final = 0.1
WANTED_TWICE: Final = 0.1
TECHNICIANS: Final = 100
LONGEST_S: Final = 0.05
"""A booking that is to be killed is, within this time."""

_SEED = """
WITH one AS (
    SELECT n, md5('call' || n)::uuid AS id, '+1' || (5550000000 + n) AS phone, m.place
      FROM generate_series(0, $1::int - 1) AS n, LATERAL (
           SELECT CASE WHEN n % 10 = 0 THEN greatest(n - 1, 0) ELSE n END AS place) AS m),
  who AS (
    INSERT INTO technicians (key) SELECT 'storm-' || t FROM generate_series(0, $2::int - 1) AS t
    ON CONFLICT DO NOTHING RETURNING id, key),
  rung AS (
    INSERT INTO calls (id, call_sid, channel, direction, from_number, to_number)
    SELECT id, 'CA' || replace(id::text, '-', ''), 'voice', 'inbound', phone, '+19375550100'
      FROM one),
  priced AS (
    INSERT INTO quotes (id, call_id, price_version, service_type, after_hours, service_call,
                        range_low, range_high, estimate, emergency_fee, deposit)
    SELECT 'q' || n, id, '2025-06', 'repair', false, 16500, 30000, 80000, 82500, 24800, 20600
      FROM one)
INSERT INTO holds (slot_id, call_id, position, technician_id, service_type, during, expires_at)
SELECT 'slot' || n, one.id, 0, who.id, 'repair',
       tstzrange($3::timestamptz + (place / $2::int) * interval '2 hours',
                 $3::timestamptz + (place / $2::int + 1) * interval '2 hours'),
       app_now() + interval '1 day'
  FROM one JOIN who ON who.key = 'storm-' || (place % $2::int)
"""
_OVERLAPS = """
SELECT count(*)::int AS n FROM jobs a JOIN jobs b
    ON a.id < b.id AND a.technician_id = b.technician_id AND a.during && b.during
   AND a.status IN ('booked', 'confirmed') AND b.status IN ('booked', 'confirmed')
"""
_TWICE = (
    "SELECT count(*)::int AS n FROM (SELECT call_id FROM jobs GROUP BY 1 HAVING count(*) > 1) t"
)
_JOBS = "SELECT count(*)::int AS n FROM jobs"
_LINKS = "SELECT count(*)::int AS n FROM outbox WHERE kind = 'checkout'"
_DEADLOCKS = """
SELECT deadlocks::int AS n FROM pg_stat_database WHERE datname = current_database()
"""
_NEVER: Final = {
    "overlaps": _OVERLAPS,
    "calls with two bookings": _TWICE,
    "deadlocks": _DEADLOCKS,
}
_KILL_ONE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()
 ORDER BY random() LIMIT 1
"""


@dataclass
class BookingStorm:
    """What came of it."""

    bookings: int
    answers_ms: list[float] = field(default_factory=list)
    queued_ms: list[float] = field(default_factory=list)
    served_ms: list[float] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)
    killed: int = 0
    again: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def percentile_ms(self, share: float) -> float:
        """From being asked to the answer, of the bookings that were not killed."""
        return percentile(self.answers_ms, share)

    @property
    def line(self) -> str:
        """All of it in one line."""
        return (
            f"{self.bookings} bookings in {self.seconds:.0f} s "
            f"({self.bookings / max(self.seconds, 0.001):.0f} a second), {dict(self.codes)}; "
            f"{self.killed} killed, {self.again} asked again; p50 {self.percentile_ms(0.5):.1f}, "
            f"p99 {self.percentile_ms(0.99):.1f} ms, of it waiting for a turn "
            f"{_both(self.queued_ms)}, served {_both(self.served_ms)}; {len(self.wrong)} wrong."
        )


def _both(values: list[float]) -> str:
    return f"{percentile(values, 0.5):.1f} and {percentile(values, 0.99):.1f}"


def drafts(count: int, first: datetime) -> list[JobDraft]:
    """What everybody wants, as it is seeded."""
    found = []
    for n in range(count):
        call = CallId(str(uuid.UUID(bytes=_md5(f"call{n}"))))
        place = max(n - 1, 0) if n % 10 == 0 else n
        start = first + timedelta(hours=2 * (place // TECHNICIANS))
        window = Window(start, start + timedelta(hours=2))
        slot = Slot(f"slot{n}", "repair", f"storm-{place % TECHNICIANS}", window)
        quote = a_quote(call)
        draft = a_draft(slot, quote, phone=f"+1{5_550_000_000 + n}")
        found.append(_with_quote(draft, f"q{n}"))
    return found


async def storm(
    store: PostgresStore,
    admin: PostgresStore,
    asked: BookingStorm,
    at_once: int,
    admitted: int | None = None,
) -> None:
    """Book it all, `at_once` asking at a time, and `admitted` of those served."""
    first = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    await admin.database.execute(_SEED, asked.bookings, TECHNICIANS, first)
    dice = random.Random(1)
    lines = iter([(draft, dice.random()) for draft in drafts(asked.bookings, first)])
    turns = asyncio.Semaphore(admitted or at_once)
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(at_once):
            tasks.create_task(_book(store, admin, lines, asked, turns))
    asked.seconds = loop.time() - began_s
    for name, query in _NEVER.items():
        (row,) = await admin.database.rows(query)
        if row["n"]:
            asked.wrong.append(f"{row['n']} {name}")
    (jobs,), (links,) = await admin.database.rows(_JOBS), await admin.database.rows(_LINKS)
    if not jobs["n"] == links["n"] == asked.codes["booked"]:
        asked.wrong.append(f"{jobs['n']} jobs, {links['n']} links, {asked.codes['booked']} told so")
    if asked.codes["booked"] + asked.codes["slot.taken"] != asked.bookings:
        asked.wrong.append(f"{dict(asked.codes)} of {asked.bookings}")


async def _book(
    store: PostgresStore,
    admin: PostgresStore,
    lines: Iterator[tuple[JobDraft, float]],
    asked: BookingStorm,
    turns: asyncio.Semaphore,
) -> None:
    """One connection's share."""
    loop = asyncio.get_running_loop()
    for draft, fate in lines:
        kills = fate < KILLED
        key = f"book:{draft.call_id}"
        began_s = loop.time()
        code = ""
        async with turns:
            turn_s = loop.time()
            if kills:
                asked.killed += 1
                code = await _killed(store, admin, draft, key, fate)
                asked.again += code == ""
            while not code:
                code = await _once(store, draft, key)
                asked.again += code == ""
        if not kills:
            asked.queued_ms.append((turn_s - began_s) * 1000.0)
            asked.served_ms.append((loop.time() - turn_s) * 1000.0)
            asked.answers_ms.append((loop.time() - began_s) * 1000.0)
        asked.codes[code] += 1


async def _once(store: PostgresStore, draft: JobDraft, key: str) -> str:
    """How it went, "" when that is unknown."""
    try:
        await store.jobs.book(draft, (), idempotency_key=key)
    except CallerFixable as error:
        return error.code
    except Unavailable:
        await asyncio.sleep(0.01)
        return ""
    return "booked"


async def _killed(
    store: PostgresStore, admin: PostgresStore, draft: JobDraft, key: str, fate: float
) -> str:
    """A booking that somebody dies over, at a moment that `fate` picks."""
    moment_s = LONGEST_S * (fate / KILLED)
    if fate < KILLED / 2:
        try:
            async with asyncio.timeout(moment_s):
                return await _once(store, draft, key)
        except TimeoutError:
            return ""
    async with asyncio.TaskGroup() as both:
        work = both.create_task(_once(store, draft, key))
        await asyncio.sleep(moment_s)
        await admin.database.rows(_KILL_ONE)
    return work.result()


def _md5(text: str) -> bytes:
    return hashlib.md5(text.encode(), usedforsecurity=False).digest()


def _with_quote(draft: JobDraft, quote_id: str) -> JobDraft:
    return replace(draft, quote=replace(draft.quote, quote_id=quote_id))


async def main() -> int:
    """Run; 1 when something is wrong or too slow."""
    parser = argparse.ArgumentParser(prog="./run soak-bookings", description=__doc__)
    parser.add_argument("--bookings", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=100)
    parser.add_argument("--admitted", type=int, default=None)
    parser.add_argument("--machine", type=int, default=0)
    asked = parser.parse_args()
    with state_folder() as state:
        server = EmbeddedPostgres(state, connections=asked.connections + 20)
        server.start()
        try:
            dsn = server.create_database("storm")
            if asked.machine:
                await asyncio.to_thread(machine, dsn, asked.machine)
                sys.stdout.write(f"{asked.machine} examples of the machine, nothing wrong.\n")
                return 0
            limits = Limits(
                connections=asked.connections, acquire_s=30, lock_s=30, statement_s=30, client_s=60
            )
            report = BookingStorm(asked.bookings)
            patient = Limits(connections=4, statement_s=120, client_s=150)
            async with (
                PostgresStore(dsn, limits=patient).opened() as admin,
                PostgresStore(dsn, limits=limits).opened() as store,
                profiled(admin, state) as profile,
            ):
                await storm(store, admin, report, asked.connections, asked.admitted)
        finally:
            server.stop()
    where = profile.lines(report.bookings, report.seconds)
    sys.stdout.writelines(f"{line}\n" for line in (*report.wrong[:20], *where, report.line))
    sys.stdout.write(f"Load average at the end {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores.\n")
    return int(bool(report.wrong) or report.percentile_ms(0.99) > GOAL_P99_MS)


def machine(dsn: str, examples: int) -> None:
    """The state machine of the gate, for longer."""
    run_state_machine_as_test(
        postgres_scheduling(dsn),
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


if __name__ == "__main__":
    set_up_logs("ERROR")
    sys.exit(asyncio.run(main()))
