"""What is booked, moved, called off or paid while the database is lost at one of its statements."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Final

from tests.integration.seed import TO_THE_READ_BACK, YES
from tests.support.act_model import ACT_MODEL
from tests.support.cut_line import CutLine, Way
from tests.support.faults import MemoryCallControl
from tests.support.payments import an_event
from tests.support.postgres import a_call, a_draft, a_quote
from tests.support.rooms import FRIDAY_NIGHT, coolcare
from tools import TOOLS
from voiceagent.core.clock import SystemClock
from voiceagent.dialogue.contact import Contact, Contacts
from voiceagent.dialogue.factory import HousePolicy
from voiceagent.dialogue.house import wording
from voiceagent.dialogue.house.questions import NO_TIMES
from voiceagent.dialogue.loop import Input, InputKind
from voiceagent.dialogue.recorder import Recorder
from voiceagent.dialogue.text_session import Ran, TextEvent, TextSession
from voiceagent.domain.business import Business
from voiceagent.domain.ledger import EntryKind
from voiceagent.domain.records import CallStart, Job, JobStatus, OutboundMessage, Slot, Window
from voiceagent.errors import Unavailable
from voiceagent.store import Limits, PostgresStore
from voiceagent.toolkit.answers import ToolOutcome
from voiceagent.toolkit.toolbox import Toolbox

ANSWER_S: Final = 2.5
"""Goal R8: so long may a caller wait for an honest sentence."""


class Errand(StrEnum):
    """What is going on when the database is lost."""

    BOOK = "book"
    MOVE = "reschedule"
    CANCEL = "cancel"
    PAY = "pay"


SPOKEN: Final = (Errand.BOOK, Errand.MOVE, Errand.CANCEL)

_NUMBERS: Final = dict(zip(Errand, (f"+1555123000{n}" for n in range(len(Errand))), strict=True))
_SPELLED: Final = {
    errand: "five five five one two three oh oh oh " + ("oh", "one", "two", "three")[number]
    for number, errand in enumerate(Errand)
}
_LAST_WORDS: Final = {
    Errand.BOOK: YES,
    Errand.MOVE: "yes please",
    Errand.CANCEL: "yes cancel it",
}
_CLAIMS: Final = {
    Errand.BOOK: re.compile(r"You're booked|already have that booking"),
    Errand.MOVE: re.compile(r"^Done\.|is now", re.MULTILINE),
    Errand.CANCEL: re.compile(r"is cancelled"),
}
"""What claims that it was done."""

_DENIALS: Final = re.compile(
    "|".join(
        re.escape(one) for one in (wording.SLOT_TAKEN, wording.WRONG_CODE, NO_TIMES, wording.KEPT)
    )
)
"""What claims that it was not, or that there is nothing to do it to."""

_DAY: Final = FRIDAY_NIGHT.replace(day=2, month=9, hour=8, minute=0)


@dataclass
class CutReport:
    """What one case came to.

    Attributes:
        statements: seen from the caller's last words on.
        struck: whether the database was lost at all.
        wrong: what must not be.
        answer_s: the longest wait for a sentence; of a payment, for an answer.
    """

    statements: int = 0
    struck: bool = False
    wrong: list[str] = field(default_factory=list)
    answer_s: float = 0.0


def patient_business() -> Business:
    """The reference business, whose holds outlast the whole run."""
    business = coolcare()
    return business.model_copy(
        update={"slots": business.slots.model_copy(update={"hold_minutes": 120})}
    )


class Seeder:
    """Writes the calls that have come to their last question, each of its own caller."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self.calls: dict[Errand, CallStart] = {}
        self.jobs: dict[Errand, Job] = {}

    async def seed(self) -> None:
        """Everything up to the words that decide."""
        clock = SystemClock(FRIDAY_NIGHT)
        async with PostgresStore(self._dsn, clock_offset=clock.offset).opened() as store:
            for errand in (Errand.MOVE, Errand.CANCEL, Errand.PAY):
                self.jobs[errand] = await _a_visit(store, errand)
            words = list(TO_THE_READ_BACK)
            words[2] = f"this is sarah miller my number is {_SPELLED[Errand.BOOK]}"
            code = {errand: " ".join(job.code) for errand, job in self.jobs.items()}
            told = "my number is {} and the code is {}"
            said: dict[Errand, Sequence[str]] = {
                Errand.BOOK: words,
                Errand.MOVE: (
                    "i need to reschedule my appointment",
                    told.format(_SPELLED[Errand.MOVE], code[Errand.MOVE]),
                    "do you have anything on thursday",
                    "the afternoon would be better",
                ),
                Errand.CANCEL: (
                    "hi i'd like to cancel my appointment",
                    told.format(_SPELLED[Errand.CANCEL], code[Errand.CANCEL]),
                ),
            }
            for errand, lines in said.items():
                call = a_call(_NUMBERS[errand])
                await store.calls.open(call)
                self.calls[errand] = call
                async with _on_the_line(store, clock, call, known=False) as (contact, _):
                    await contact.conversation.answer(Input(InputKind.BEGIN))
                    for line in lines:
                        await contact.conversation.answer(Input(InputKind.HEARD, line))


async def _a_visit(store: PostgresStore, errand: Errand) -> Job:
    phone = _NUMBERS[errand]
    call_id = await store.calls.open(a_call(phone))
    quote = a_quote(call_id)
    await store.quotes.save(quote)
    start = _DAY.replace(day=_DAY.day + list(Errand).index(errand))
    window = Window(start, start.replace(hour=start.hour + 2))
    held = await store.schedule.hold(call_id, [Slot("", "repair", "mike", window)], minutes=10)
    text = OutboundMessage(f"seed-{errand}", "sms", phone, "Pay: {checkout_url}", call_id)
    job = await store.jobs.book(
        a_draft(held[0], quote, phone=phone), [text], idempotency_key=f"seed-{errand}"
    )
    await store.database.execute(
        "UPDATE payments SET session_id = $2, checkout_url = 'https://pay.example/1'"
        " WHERE job_id = $1",
        job.job_id,
        f"cs_{errand}",
    )
    return job


@asynccontextmanager
async def _on_the_line(
    store: PostgresStore, clock: SystemClock, call: CallStart, *, known: bool
) -> AsyncIterator[tuple[Contact, list[tuple[float, TextEvent]]]]:
    """A conversation with everything it needs, and what it has shown, each with its time."""
    loop, shown = asyncio.get_running_loop(), list[tuple[float, TextEvent]]()
    recorder = Recorder()
    async with asyncio.TaskGroup() as tasks:
        session = TextSession(
            call.call_id,
            store,
            clock,
            recorder,
            lambda event: shown.append((loop.time(), event)),
            first_turn=100 if known else 0,
        )
        contacts = Contacts(
            patient_business(),
            clock,
            store,
            Toolbox(TOOLS),
            MemoryCallControl(),
            HousePolicy(ACT_MODEL),
        )
        contact = await contacts.open(
            call, mouth=session, recorder=recorder, spawn=tasks.create_task, known=known
        )
        writing = tasks.create_task(recorder.run())
        yield contact, shown
        await recorder.drained()
        writing.cancel()


class Case:
    """One errand at one statement.

    Args:
        dsn: of a database that `Seeder` has written.
        seeded: what it wrote.
        errand: what is done.
        limits: of the store.
    """

    def __init__(
        self, dsn: str, seeded: Seeder, errand: Errand, *, limits: Limits | None = None
    ) -> None:
        self._dsn = dsn
        self._seeded = seeded
        self._errand = errand
        self._limits = limits
        self._clock = SystemClock(FRIDAY_NIGHT)

    async def run(self, way: Way | None, at: int) -> CutReport:
        """Do it while the database is lost `way` at statement `at`; not at all without a way."""
        report = CutReport()
        async with CutLine(self._dsn).running() as line:
            store = PostgresStore(line.dsn, clock_offset=self._clock.offset, limits=self._limits)
            async with store.opened(), PostgresStore(self._dsn).opened() as truth:
                if self._errand is Errand.PAY:
                    await self._pay(store, line, report, way, at)
                else:
                    await self._talk(store, truth, line, report, way, at)
                line.mend()
                report.wrong += await self._books(truth)
        return report

    async def _talk(
        self,
        store: PostgresStore,
        truth: PostgresStore,
        line: CutLine,
        report: CutReport,
        way: Way | None,
        at: int,
    ) -> None:
        call = self._seeded.calls[self._errand]
        loop = asyncio.get_running_loop()
        async with _on_the_line(store, self._clock, call, known=True) as (contact, shown):
            line.arm(way, at)
            before_s = [loop.time()]
            await contact.conversation.answer(Input(InputKind.HEARD, _LAST_WORDS[self._errand]))
            report.statements, report.struck = line.statements, line.struck.is_set()
            told = [(s, one.text) for s, one in shown if not isinstance(one, Ran)]
            times = before_s + [s for s, _ in told]
            report.answer_s = max(b - a for a, b in pairwise(times))
            words = "\n".join(text for _, text in told[1:])  # the first says what is being done
            ran = [one.outcome for _, one in shown if isinstance(one, Ran)]
            line.mend()
            await _settled(contact)
            done = await self._is_done(truth)
            claimed = _CLAIMS[self._errand].search(words) is not None
            if claimed and not done:
                report.wrong.append(f"said to be done, and was not: {words!r}")
            if done and (lie := _DENIALS.search(words)):
                report.wrong.append(f"done, and {lie[0]!r} was said")
            if not claimed and way is None:
                report.wrong.append(f"without a fault: {words!r}")
            if not done:
                await self._insist(contact, ran[0], report)

    async def _insist(self, contact: Contact, asked: ToolOutcome, report: CutReport) -> None:
        """The caller asks again, the database being back."""
        again = await Toolbox(TOOLS).call(asked.name, asked.arguments, contact.context)
        if again.failure is not None:
            report.wrong.append(f"asked again: {again.error_code}")

    async def _pay(
        self, store: PostgresStore, line: CutLine, report: CutReport, way: Way | None, at: int
    ) -> None:
        """The provider tells of a payment, and again while it is not answered well."""
        loop = asyncio.get_running_loop()
        job = self._seeded.jobs[Errand.PAY]
        paid = an_event(EntryKind.PAID, job, session=f"cs_{Errand.PAY}")
        line.arm(way, at)
        began_s = loop.time()
        with suppress(Unavailable):
            await store.payment_events.apply_event(paid, receipt="Paid. {job_code}")
        report.answer_s = loop.time() - began_s
        report.statements, report.struck = line.statements, line.struck.is_set()
        line.mend()
        await _in_the_end(
            lambda: store.payment_events.apply_event(paid, receipt="Paid. {job_code}")
        )

    async def _is_done(self, truth: PostgresStore) -> bool:
        """What the database says, asked past the line."""
        if self._errand is Errand.BOOK:
            call_id = self._seeded.calls[Errand.BOOK].call_id
            return await truth.jobs.of_call(call_id) is not None
        before = self._seeded.jobs[self._errand]
        job = await truth.jobs.get(before.job_id)
        assert job is not None
        if self._errand is Errand.CANCEL:
            return job.status is JobStatus.CANCELLED
        return job.window != before.window

    async def _books(self, truth: PostgresStore) -> list[str]:
        """Every row that must be there exactly once, and is not."""
        wrong = [] if self._errand is Errand.PAY or await self._is_done(truth) else ["lost"]
        for table, wanted in _ROWS[self._errand].items():
            (row,) = await truth.database.rows(f"SELECT count(*)::int AS n FROM {table}")  # noqa: S608
            if row["n"] != wanted:
                wrong.append(f"{row['n']} of {wanted} {table}")
        return wrong


_SEEDED: Final = {
    "customers": 3,
    "jobs": 3,
    "job_changes": 3,
    "payments": 3,
    "outbox": 6,
    "jobs WHERE status IN ('booked', 'confirmed')": 3,
    "payment_entries": 0,
}
_ROWS: Final = {
    Errand.BOOK: {
        "customers": 4,
        "jobs": 4,
        "job_changes": 4,
        "payments": 4,
        "outbox": 8,
        "jobs WHERE status IN ('booked', 'confirmed')": 4,
    },
    Errand.MOVE: _SEEDED | {"job_changes": 4, "outbox": 7},
    Errand.CANCEL: _SEEDED
    | {
        "job_changes": 4,
        "outbox": 7,
        "jobs WHERE status IN ('booked', 'confirmed')": 2,
        "outbox WHERE state = 'dropped'": 2,
    },
    Errand.PAY: _SEEDED
    | {
        "outbox": 7,
        "payment_entries": 1,
        "webhook_events": 1,
        "payments WHERE status = 'paid' AND balance = 20600": 1,
        "jobs WHERE status = 'confirmed'": 1,
    },
}
"""What there must be afterwards, and how often."""


async def _settled(contact: Contact) -> None:
    """Until nothing is being done any more."""
    runs = list(contact.context.runs.values())
    if runs:
        await asyncio.wait(runs, timeout=30)


async def _in_the_end(ask: Callable[[], Awaitable[object]]) -> None:
    """Ask until it is answered; a provider comes again for days."""
    for _ in range(50):
        with suppress(Unavailable):
            await ask()
            return
        await asyncio.sleep(0.1)
    await ask()
