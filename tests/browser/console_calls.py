"""Calls for the console to show: one that was, in a store; and many that go on, told as they would
be. None of it is anybody's."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from voiceagent.app.ops.live import LiveFeed
from voiceagent.app.recording_file import RecordingFile, RecordingFolder
from voiceagent.core.wire import LineEnd, TurnDecider
from voiceagent.domain.history import CallEvent
from voiceagent.domain.ledger import EntryKind, LedgerEntry
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
    Priority,
    Speaker,
    ToolAudit,
    Turn,
    TurnLatency,
    Window,
)
from voiceagent.domain.usage import Usage, UsageKind, UsageRow
from voiceagent.ports.live import (
    BargedIn,
    CallerFinished,
    CallerStarted,
    CallOver,
    CallTeller,
    HeardSoFar,
    LineClosed,
    LineOpened,
    ReplySounds,
    ToolRan,
    TurnSaid,
    TurnSoFar,
    TurnWritten,
)
from voiceagent.store.memory import MemoryStore
from voiceagent.store.memory.tables import CallRow, Change, Payment

SAID: Final = (
    (Speaker.AGENT, "Thanks for calling CoolCare. It may be recorded. How can I help?", "", None),
    (Speaker.CALLER, "Hi, my AC stopped cooling and the unit outside is rattling.", "", None),
    (Speaker.AGENT, "I'm sorry to hear that. What's the address?", "", (230, 140, 0, 0, 90, 12)),
    (Speaker.CALLER, "123 Oak Street in Springfield.", "", None),
    (Speaker.AGENT, "One moment. A technician can be there tonight between nine and eleven,",
     " and the visit is $165 before repairs.", (260, 180, 310, 420, 110, 14)),
    (Speaker.CALLER, "Tonight is fine. How much is the deposit?", "", None),
    (Speaker.AGENT, "The deposit is $206, and I'll text you the link. Shall I book it?", "",
     (240, 120, 60, 0, 95, 11)),
    (Speaker.CALLER, "Yes please.", "", None),
    (Speaker.AGENT, "You're booked for tonight, nine to eleven. Anything else?", "",
     (210, 90, 40, 610, 100, 12)),
)  # fmt: skip
"""Who said it, what was heard, what was cut off, the stages of its latency."""

WORDS: Final = (
    "My furnace makes a grinding noise",
    "Somewhere after four would be best",
    "It's 5123 Oak Street, the house behind the school",
    "A technician can be there between two and four",
    "Could you tell me whether that is in the warranty",
    "The visit is $89 before repairs",
)

Words = Callable[[str], str]
"""What becomes of a text of a caller: the text itself, or something hostile in its place."""


def put_history(store: MemoryStore, now: datetime, words: Words, *, count: int = 12) -> str:
    """Calls that were, the newest with everything there can be; its CallSid."""
    for number in range(count, 0, -1):
        started = now - timedelta(minutes=37 * number)
        outcome = list(Outcome)[number % len(Outcome)] if number > 1 else Outcome.BOOKED
        call = CallStart(
            CallId(f"00000000-0000-0000-0000-{number:012d}"), f"CA{number:032x}", "voice",
            words(f"+1937555{number * 37:04d}"), "+19375550100",
        )  # fmt: skip
        ended = started + timedelta(minutes=2, seconds=7 * number)
        store.kept.calls[call.call_id] = CallRow(call, started, ended, outcome)
        _put_turns(store, call, started, words)
    return _put_the_rest(store, call, started, words)


def put_recordings(folder: RecordingFolder, store: MemoryStore) -> None:
    """A recording of each call that was: a tone a turn, on the side of who says it."""
    for row in store.kept.calls.values():
        began = row.started_at + timedelta(seconds=4)
        file = RecordingFile(folder.file_of(row.call.call_sid), began)
        said = [turn for turn in store.kept.turns.values() if turn.call_id == row.call.call_id]
        for number, turn in enumerate(sorted(said, key=lambda one: one.index)):
            sides = [_TONE, _QUIET] if turn.speaker is Speaker.CALLER else [_QUIET, _TONE]
            pairs = bytes(sample for pair in zip(*sides, strict=True) for sample in pair)
            file.write(number * 9 * 8000, pairs * 800)
        file.close()


_TONE = bytes([0xA0, 0xA0, 0xA0, 0xA0, 0xA0, 0x20, 0x20, 0x20, 0x20, 0x20])
_QUIET = b"\xff" * len(_TONE)


def _put_turns(store: MemoryStore, call: CallStart, started: datetime, words: Words) -> None:
    for index, (speaker, heard, unheard, stages) in enumerate(SAID):
        said = words(heard) if speaker is Speaker.CALLER else heard
        store.kept.turns[(call.call_id, index)] = Turn(
            call.call_id, index, speaker, said + unheard, said,
            started + timedelta(seconds=9 * index),
            None if stages is None else TurnLatency(*stages),
            budget_acts=("cached_filler",) if unheard else (),
            answer_ms=1294.0 if unheard else None,
        )  # fmt: skip


def _put_the_rest(store: MemoryStore, call: CallStart, started: datetime, words: Words) -> str:
    call_id = call.call_id
    customer = Customer("c", words("Sarah Miller"), call.from_number, None, None)
    start = started.replace(minute=0, second=0, microsecond=0) + timedelta(hours=3)
    job = Job(
        JobId("11111111-2222-3333-4444-555555555555"), "482937", customer, "repair",
        words("AC not cooling; outdoor unit rattling."), words("123 Oak Street, Springfield, Ohio"),
        Window(start, start + timedelta(hours=2)), "dana", Priority.EMERGENCY, JobStatus.BOOKED,
        words("Gate code on file. Friendly dog."), Cents(82500), Cents(20600),
        deposit_paid=False, checkout_url=None, call_id=call_id,
    )  # fmt: skip
    store.kept.jobs[job.job_id] = job
    _put_money(store, job)
    store.kept.changes.append(Change("k", job.job_id, call_id, Outcome.BOOKED))
    asked = json.dumps({"address": words(job.address), "service_type": "repair"})
    store.kept.audits += [
        ToolAudit(
            call_id, 4, "get_pricing_quote", asked, '{"service_call_cents": 16500}', "", 18.0
        ),
        ToolAudit(call_id, 4, "check_availability", asked, '{"slots": 3}', "", 402.0),
        ToolAudit(call_id, 8, "book_appointment", asked, "{}", "slot.taken", 92.0),
        ToolAudit(call_id, 8, "book_appointment", asked, '{"code": "482937"}', "", 518.0),
    ]
    store.kept.sent.append(
        OutboundMessage("k", "sms", call.from_number,
                        words("CoolCare: booked tonight, 9 to 11 PM. Pay $206 by the link."),
                        call_id, job.job_id)
    )  # fmt: skip
    store.kept.events += [
        (call_id, CallEvent("disclosure.heard", "", started + timedelta(seconds=6))),
        (
            call_id,
            CallEvent("recogniser.replaced", words("deepgram"), started + timedelta(seconds=40)),
        ),
    ]
    for index, kind, units, micro_cents in (
        (0, UsageKind.PROMPT_TOKENS, 2310, 92_400), (0, UsageKind.COMPLETION_TOKENS, 84, 13_440),
        (1, UsageKind.SPOKEN_CHARACTERS, 412, None),
    ):  # fmt: skip
        usage = Usage("gpt-4.1-mini" if index == 0 else "a-voice", kind, units, micro_cents)
        store.kept.usage[(call_id, index, kind.value)] = UsageRow(index, 2, usage)
    return call.call_sid


def _put_money(store: MemoryStore, job: Job) -> None:
    """Deposits that a person must see to, each for another reason."""
    paid = LedgerEntry(EntryKind.PAID, Cents(20600), "usd", "pi_1", "cs_1")
    tellings = (
        (JobStatus.CANCELLED, (paid,)),
        (JobStatus.BOOKED, (replace(paid, amount=Cents(206), currency="jpy"),)),
        (JobStatus.BOOKED, (paid, LedgerEntry(EntryKind.DISPUTED, Cents(20600), "usd", "", "dp"))),
    )
    for number, (status, entries) in enumerate(tellings):
        job_id, payment = JobId(f"{number:08d}-2222-3333-4444-555555555555"), f"pi_{number}"
        code = f"{234567 + number}"
        store.kept.jobs[job_id] = replace(job, job_id=job_id, code=code, status=status)
        store.kept.payments[job_id] = Payment(Cents(20600), job.window.start)
        store.kept.ledger += [(job_id, replace(one, payment=payment)) for one in entries]


@dataclass(frozen=True)
class Pace:
    """How calls go on.

    Attributes:
        calls: how many at a time.
        call_s: how long each lasts; another one takes its place.
        turn_s: of a turn of either side.
        stamped: words say when they were told, in milliseconds since 1970.
    """

    calls: int
    call_s: float
    turn_s: float
    stamped: bool


class LiveTalk:
    """Tells of many calls as `pipelines.session.telling` does: words on their way to who follows
    only."""

    def __init__(self, feed: LiveFeed, store: MemoryStore, pace: Pace, words: Words) -> None:
        self._feed = feed
        self._store = store
        self._pace = pace
        self._words = words
        self._number = 0
        self._chance = random.Random(7)
        self.talking = 0

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for number in range(self._pace.calls):
                tasks.create_task(self._line(number))

    async def _line(self, number: int) -> None:
        await asyncio.sleep(self._pace.turn_s * number / self._pace.calls)
        while True:
            await self._call()

    async def _call(self) -> None:
        self._number += 1
        sid = f"CB{self._number:032x}"
        number = self._words(f"+1614555{self._number % 10000:04d}")
        call = CallStart(
            CallId(f"10000000-0000-0000-0000-{self._number:012d}"), sid, "voice", number, ""
        )
        self._store.kept.calls[call.call_id] = CallRow(call, self._store.kept.clock.now())
        told, index = self._feed.of(sid), 0
        self.talking += 1
        told.tell(LineOpened(resumed=False, from_number=number))
        ends_s = time.monotonic() + self._pace.call_s
        while time.monotonic() < ends_s:
            await self._caller(call, told, index)
            await self._agent(call, told, index + 1)
            index += 2
        told.tell(LineClosed(LineEnd.CALLER))
        told.tell(CallOver(self._chance.choice(list(Outcome))))
        self.talking -= 1
        row = self._store.kept.calls[call.call_id]
        row.outcome, row.ended_at = Outcome.ANSWERED, self._store.kept.clock.now()
        if self._number > 2 * self._pace.calls:  # a database would keep it elsewhere
            for key in [key for key in self._store.kept.turns if key[0] == call.call_id]:
                del self._store.kept.turns[key]
            del self._store.kept.calls[call.call_id]

    def _said(self, call: CallStart, told: CallTeller, index: int, turn: Turn) -> None:
        self._store.kept.turns[(call.call_id, index)] = turn
        told.tell(TurnWritten(turn, index if turn.speaker is Speaker.AGENT else None))

    async def _caller(self, call: CallStart, told: CallTeller, index: int) -> None:
        text = self._words(self._chance.choice(WORDS))
        told.tell(CallerStarted())
        await self._spoken(text, lambda so_far, _: told.tell(TurnSoFar(so_far)), told)
        told.tell(CallerFinished(TurnDecider.TURN_MODEL))
        text += self._stamp()
        if told.followed:
            told.tell(TurnSaid(index, text))
        self._said(call, told, index, self._turn(call, index, Speaker.CALLER, text))
        await asyncio.sleep(0.6)
        if self._chance.random() < 0.3:
            told.tell(ToolRan("check_availability", 180.0, ""))

    async def _agent(self, call: CallStart, told: CallTeller, index: int) -> None:
        text = self._chance.choice(WORDS)
        latency = TurnLatency(230, 140, self._chance.uniform(0, 900), 0, 90, 12)
        told.tell(ReplySounds(index, latency, "turn_model"))
        await self._spoken(
            text, lambda heard, all_: told.tell(HeardSoFar(index, heard, all_)), told
        )
        heard = text
        if self._chance.random() < 0.15:
            told.tell(BargedIn())
            heard = text[: len(text) // 2]
        turn = self._turn(call, index, Speaker.AGENT, text + self._stamp())
        self._said(call, told, index, replace(turn, heard=heard + self._stamp(), latency=latency))

    async def _spoken(self, text: str, tell: Callable[[str, str], None], told: CallTeller) -> None:
        pieces: Sequence[str] = text.split()
        steps = max(1, round(self._pace.turn_s / 0.2))
        for step in range(1, steps + 1):
            await asyncio.sleep(self._pace.turn_s / steps)
            if told.followed:
                tell(" ".join(pieces[: round(len(pieces) * step / steps)]), text)

    def _turn(self, call: CallStart, index: int, speaker: Speaker, text: str) -> Turn:
        return Turn(call.call_id, index, speaker, text, text, self._store.kept.clock.now())

    def _stamp(self) -> str:
        return f" stamp={time.time() * 1000:.0f}." if self._pace.stamped else ""
