"""The connection is lost at a statement of book, move, cancel and pay: once each, or told.

A sample of what `./run soak-database` does whole: here at every fifth statement, before or after it
as it is drawn, and a death and a stall of the server for each errand.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import pytest

from tests.support.cut_line import CutLine, Way
from tests.support.payments import an_event
from tests.support.postgres import a_slot, a_text, a_window, prepared
from voiceagent.domain.ledger import EntryKind
from voiceagent.domain.records import Job, JobStatus
from voiceagent.errors import Unavailable
from voiceagent.store import Limits, PostgresStore

TIGHT: Final = Limits(statement_s=0.4, lock_s=0.3, acquire_s=0.2, client_s=0.5)
CUTS: Final = (Way.CUT_BEFORE, Way.CUT_AFTER)
LASTING: Final = (Way.DEAD_BEFORE, Way.DEAD_AFTER, Way.STALLED_BEFORE, Way.STALLED_AFTER)
STEP: Final = 5

Act = Callable[[PostgresStore], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Cut:
    """One thing to do, by its key, and what must be there of it afterwards, in rows."""

    act: Act
    rows: dict[str, int]


async def _place(store: PostgresStore, number: int) -> tuple[str, int]:
    """A caller and an hour of their own."""
    return f"+1555{2_000_000 + number:07}", 24 + 2 * number


async def _booked(store: PostgresStore, number: int) -> Job:
    phone, hours = await _place(store, number)
    draft = await prepared(store, phone=phone, slot=a_slot(a_window(hours), "mike"))
    return await store.jobs.book(draft, [], idempotency_key=f"book-{number}")


async def to_book(store: PostgresStore, number: int) -> Cut:
    phone, hours = await _place(store, number)
    draft = await prepared(store, phone=phone, slot=a_slot(a_window(hours), "mike"))
    key = f"book-{number}"
    return Cut(
        lambda one: one.jobs.book(draft, [a_text(f"t-{number}")], idempotency_key=key),
        {
            f"customers WHERE phone = '{phone}'": 1,
            f"jobs WHERE call_id = '{draft.call_id}'": 1,
            f"job_changes WHERE call_id = '{draft.call_id}'": 1,
            f"payments p JOIN jobs j ON j.id = p.job_id AND j.call_id = '{draft.call_id}'": 1,
            f"outbox o JOIN jobs j ON j.id = o.job_id AND j.call_id = '{draft.call_id}'": 2,
            f"holds WHERE call_id = '{draft.call_id}'": 0,
        },
    )


async def to_move(store: PostgresStore, number: int) -> Cut:
    job = await _booked(store, number)
    assert job.call_id is not None
    window = job.window
    later = type(window)(window.start + timedelta(days=200), window.end + timedelta(days=200))
    (held,) = await store.schedule.hold(job.call_id, [a_slot(later, "mike")], minutes=10)
    call_id, key = job.call_id, f"move-{number}"
    return Cut(
        lambda one: one.jobs.reschedule(
            job.job_id, held, [a_text(key, body="Moved.")], call_id=call_id, idempotency_key=key
        ),
        {
            f"jobs WHERE id = '{job.job_id}' AND lower(during) = '{later.start}'": 1,
            f"job_changes WHERE job_id = '{job.job_id}' AND kind = 'rescheduled'": 1,
            f"outbox WHERE key = '{key}'": 1,
        },
    )


async def to_cancel(store: PostgresStore, number: int) -> Cut:
    job = await _booked(store, number)
    assert job.call_id is not None
    call_id, key = job.call_id, f"cancel-{number}"
    return Cut(
        lambda one: one.jobs.cancel(
            job.job_id, [a_text(key, body="Gone.")], call_id=call_id, idempotency_key=key
        ),
        {
            f"jobs WHERE id = '{job.job_id}' AND status = '{JobStatus.CANCELLED}'": 1,
            f"job_changes WHERE job_id = '{job.job_id}' AND kind = 'cancelled'": 1,
            f"outbox WHERE key = '{key}'": 1,
            f"outbox WHERE job_id = '{job.job_id}' AND state = 'dropped'": 1,
        },
    )


async def to_pay(store: PostgresStore, number: int) -> Cut:
    job = await _booked(store, number)
    paid = an_event(
        EntryKind.PAID,
        job,
        event_id=f"evt-{number}",
        session=f"cs-{number}",
        payment=f"pi-{number}",
    )
    return Cut(
        lambda one: one.payment_events.apply_event(paid),
        {
            f"payment_entries WHERE job_id = '{job.job_id}'": 1,
            f"webhook_events WHERE id = 'evt-{number}' AND effect = 'paid'": 1,
            f"payments WHERE job_id = '{job.job_id}' AND balance = 20600": 1,
            f"jobs WHERE id = '{job.job_id}' AND status = 'confirmed'": 1,
        },
    )


ERRANDS: Final = {"book": to_book, "move": to_move, "cancel": to_cancel, "pay": to_pay}


async def wrong_rows(store: PostgresStore, wanted: dict[str, int]) -> list[str]:
    wrong = []
    for what, count in wanted.items():
        (row,) = await store.database.rows(f"SELECT count(*)::int AS n FROM {what}")  # noqa: S608
        if row["n"] != count:
            wrong.append(f"{row['n']} of {count} {what}")
    return wrong


async def done_or_told(
    store: PostgresStore, line: CutLine, cut: Cut, way: Way, at: int
) -> list[str]:
    """Do it while the line is cut, and again when it was told that it was not done."""
    limits = TIGHT if way.lasts else None
    async with PostgresStore(line.dsn, limits=limits).opened() as shaky:
        line.arm(way, at)
        try:
            await cut.act(shaky)
        except Unavailable:
            told = False
        else:
            told = True
        line.mend()
        wrong = await wrong_rows(store, cut.rows) if told else []
        await cut.act(store)
    return wrong + await wrong_rows(store, cut.rows)


@pytest.mark.parametrize("errand", ERRANDS)
async def test_lost_at_a_statement(errand: str, store: PostgresStore, database: str) -> None:
    chances = random.Random()
    number = 0
    async with CutLine(database).running() as line:
        at = chances.randint(1, STEP)
        while True:
            number += 1
            way = chances.choice(CUTS)
            cut = await ERRANDS[errand](store, number)
            wrong = await done_or_told(store, line, cut, way, at)
            assert not wrong, (errand, way, at, wrong)
            if not line.struck.is_set():
                break
            at += STEP
        assert number > 2
        for way in (chances.choice(LASTING[:2]), chances.choice(LASTING[2:])):
            number += 1
            cut = await ERRANDS[errand](store, number)
            at = chances.randint(1, 8)
            wrong = await done_or_told(store, line, cut, way, at)
            assert not wrong, (errand, way, at, wrong)
            assert line.struck.is_set()
