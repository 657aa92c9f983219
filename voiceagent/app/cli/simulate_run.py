"""Simulated callers on the engine in this process, and what each left in a store of its own.

The house policy and the real tools are those of calls; what is stored is told to the judge in the
callers' own records, so that callers and judge need know nothing of ours.
"""

from __future__ import annotations

import asyncio
import secrets
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from loadtest.persona.caller import SimulatedCaller
from loadtest.persona.casting import cast
from loadtest.persona.company import Company
from loadtest.persona.ending import EndState, SentText, StoredJob, ToolRun
from loadtest.persona.facts import Appointment, Persona
from loadtest.persona.report import SimulatedCall
from loadtest.persona.verdict import judge
from loadtest.persona.voice import troubles
from tools import TOOLS
from voiceagent.app.cli.result import dollars
from voiceagent.app.cli.simulate_ears import Hears
from voiceagent.core.beside import beside
from voiceagent.core.clock import ManualClock
from voiceagent.dialogue.caller_gate import CallerGate
from voiceagent.dialogue.contact import Contacts
from voiceagent.dialogue.factory import MakeDialogue
from voiceagent.dialogue.loop import Conversation, Input, InputKind
from voiceagent.dialogue.port import Channel
from voiceagent.dialogue.recorder import Recorder
from voiceagent.dialogue.tape import TalkTape
from voiceagent.dialogue.text_session import Said, TextEvent, TextSession
from voiceagent.domain.business import Business
from voiceagent.domain.business_file import load_business
from voiceagent.domain.records import (
    CallId,
    CallStart,
    Cents,
    Job,
    JobDraft,
    JobStatus,
    Priority,
    Quote,
    Slot,
    Window,
)
from voiceagent.errors import OwnerFixable
from voiceagent.store.memory import MemoryStore
from voiceagent.toolkit.toolbox import Toolbox

TURN_S = 8.0
"""How much later it is when a caller answers."""

LONGEST_S = 20.0
"""A conversation in this process takes a fraction of a second; one that hangs is given up."""

LONGEST_BY_EAR_S = 300.0
"""By ear it takes a few seconds a turn, on a busy machine many."""


class WillingCarrier:
    """A carrier on whose lines somebody always answers.

    Attributes:
        handed_over: a person has the caller, and the agent is off the line.
    """

    def __init__(self) -> None:
        self.handed_over = False

    async def hang_up(self, call_sid: str) -> None:
        """Nothing to end."""

    async def transfer(self, call_sid: str, *, to_number: str, whisper: str) -> bool:
        """A person has the caller."""
        del call_sid, to_number, whisper
        self.handed_over = True
        return True


@dataclass(frozen=True, slots=True)
class SimulationOrder:
    """What is to be played.

    Attributes:
        numbers: of the conversations; each seed and number is another caller.
        dialogue: makes who answers.
        kinds: of callers; all without any.
        channel: as which the conversation is held.
        hears: what becomes of a caller's words on their way; in writing they stay as they are.
        kept_on: is given the tape of each conversation when it is over.
    """

    numbers: Sequence[int]
    seed: int
    business: Path
    dialogue: MakeDialogue
    kinds: Sequence[str] = ()
    channel: Channel = "text"
    hears: Hears | None = None
    kept_on: Callable[[CallStart, TalkTape], None] | None = None


async def conversations(order: SimulationOrder) -> AsyncIterator[SimulatedCall]:
    """Play one conversation after the other; the same order plays the same ones.

    Raises:
        OwnerFixable: the business file is wrong, or of another trade than the callers' troubles.
        KindError: there is no such kind of caller.
    """
    business = load_business(order.business)
    company = Company.read(order.business)
    if not {one.service for one in troubles()} <= company.prices.keys():
        why = "Simulated callers want heating and cooling seen to; this business does not do that."
        raise OwnerFixable("simulate.business", why, where=str(order.business))
    for number in order.numbers:
        persona = cast(order.seed, number, company, order.kinds)
        if order.hears is not None:
            persona = replace(persona, spoken=True)
        yield await _conversation(order, number, persona, business, company)


async def _conversation(
    order: SimulationOrder, number: int, persona: Persona, business: Business, company: Company
) -> SimulatedCall:
    caller = SimulatedCaller(persona)
    stage = _Stage(order, persona, business, caller)
    broke = ""
    try:
        async with asyncio.timeout(LONGEST_S if order.hears is None else LONGEST_BY_EAR_S):
            await stage.play()
    except Exception as error:  # noqa: BLE001 - whatever breaks is a finding, and the run goes on
        broke = _cause(error)
    end = await stage.end(broke)
    verdict = judge(persona, company, caller.record, end)
    return SimulatedCall(number, persona, caller.record, end, verdict)


class _Stage:
    """One conversation, from an empty store to what is in it afterwards."""

    def __init__(
        self, order: SimulationOrder, persona: Persona, business: Business, caller: SimulatedCaller
    ) -> None:
        self._persona = persona
        self._business = business
        self._caller = caller
        self._clock = ManualClock(persona.now)
        self._store = MemoryStore(self._clock)
        self._said: list[str] = []
        self._hung_up = False
        self._hears = order.hears
        self._kept_on = order.kept_on
        self._call = _call(persona.calls_from, order.channel, business.phone)
        self._carrier = WillingCarrier()
        self._contacts = Contacts(
            business, self._clock, self._store, Toolbox(TOOLS), self._carrier, order.dialogue
        )

    async def play(self) -> None:
        """Let the caller and the agent talk until either is done."""
        store, call = self._store, self._call
        if self._persona.appointment is not None:
            await _seed(store, self._persona.appointment, self._business.phone)
        await store.calls.open(call)
        recorder = Recorder()
        tape = None if self._kept_on is None else TalkTape()
        session = TextSession(call.call_id, store, self._clock, recorder, self._show)
        async with asyncio.TaskGroup() as side_effects:
            contact = await self._contacts.open(
                call, mouth=session, recorder=recorder, spawn=side_effects.create_task, tape=tape
            )
            await self._talk(contact.conversation, recorder)
        if self._kept_on is not None and tape is not None:
            self._kept_on(call, tape)
        if rest := self._taken():
            self._caller.hears_last(rest)
        await store.calls.close(call.call_id, contact.evidence)
        await store.deliver()

    async def end(self, broke: str) -> EndState:
        """What is on record now."""
        kept = self._store.kept
        row = kept.calls.get(self._call.call_id)
        outcome = row.outcome.value if row is not None and row.outcome is not None else ""
        zone = ZoneInfo(self._business.timezone)
        return EndState(
            outcome=outcome,
            jobs=tuple(_stored(job, zone) for job in kept.jobs.values()),
            tools=tuple(
                ToolRun(audit.name, audit.result_json)
                for audit in kept.audits
                if audit.call_id == self._call.call_id
            ),
            texts=tuple(SentText(one.to, one.body) for one in kept.sent),
            agent_ended=not self._hung_up,
            broke=broke,
        )

    async def _talk(self, conversation: Conversation, recorder: Recorder) -> None:
        gate = CallerGate(recorder)
        async with beside(recorder.run()):
            over = await conversation.answer(Input(InputKind.BEGIN))
            while not (over or self._carrier.handed_over):
                line = self._next_line()
                if line is None:
                    break
                expecting = conversation.expecting
                words = line if self._hears is None else await self._hears(line, expecting)
                if self._hears is not None:
                    self._caller.record.misheard(words)
                said = gate.words(words, expecting) if words else Input(InputKind.SILENCE)
                over = await conversation.answer(said)
            await recorder.drained()

    def _next_line(self) -> str | None:
        self._clock.advance(TURN_S)
        line = self._caller.answer(self._taken())
        self._hung_up = line is None
        return line

    def _taken(self) -> str:
        said, self._said = " ".join(self._said), []
        return said

    def _show(self, event: TextEvent) -> None:
        if isinstance(event, Said):
            self._said.append(event.text)


def _call(number: str, channel: Channel, to_number: str) -> CallStart:
    return CallStart(
        call_id=CallId(str(uuid.uuid4())),
        call_sid=f"SIM{secrets.token_hex(16)}",
        channel="voice" if channel == "voice" else "chat",
        from_number=number,
        to_number=to_number,
    )


def _stored(job: Job, zone: ZoneInfo) -> StoredJob:
    return StoredJob(
        code=job.code,
        customer=job.customer.name,
        phone=job.customer.phone,
        address=job.address,
        service=job.service_type,
        description=job.description,
        start=job.window.start.astimezone(zone),
        end=job.window.end.astimezone(zone),
        notes=job.notes,
        estimate=dollars(job.estimated_cost),
        deposit=dollars(job.deposit_amount),
        cancelled=job.status is JobStatus.CANCELLED,
    )


async def _seed(store: MemoryStore, booked: Appointment, to_number: str) -> None:
    """Put the booking that a caller has already into the store."""
    start = booked.start.astimezone(UTC)
    call = _call(booked.phone, "text", to_number)
    await store.calls.open(call)
    quote = Quote(
        quote_id=secrets.token_hex(8),
        call_id=call.call_id,
        price_version="seeded",
        service_type=booked.service,
        after_hours=False,
        service_call=Cents(16500),
        range_low=Cents(30000),
        range_high=Cents(80000),
        estimate=Cents(55000),
        emergency_fee=Cents(24800),
        deposit=Cents(13800),
    )
    await store.quotes.save(quote)
    window = Window(start, start + timedelta(hours=2))
    slots = [Slot("", booked.service, "mike", window)]
    (held,) = await store.schedule.hold(call.call_id, slots, minutes=10)
    draft = JobDraft(
        call_id=call.call_id,
        customer_name=booked.name,
        phone=booked.phone,
        email=None,
        address=booked.address,
        service_type=booked.service,
        description="AC not cooling.",
        slot=held,
        quote=quote,
        priority=Priority.STANDARD,
    )
    job = await store.jobs.book(draft, (), idempotency_key=f"seed:{call.call_id}")
    store.kept.jobs[job.job_id] = replace(job, code=booked.code)


def _cause(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"
