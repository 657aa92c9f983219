"""Warm transfers over a carrier that fails, callbacks at any worker, and a worker that dies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from telephony.contract import (
    Answer,
    ConnectAgent,
    Goodbye,
    IncomingCall,
    LegEvent,
    LegReport,
)
from telephony.twilio.hand_off_webhook import HandOffHooks, RoomSeat
from tests.support.rooms import coolcare
from voiceagent.app.calls.warm import WarmTransfers
from voiceagent.core.clock import ManualClock
from voiceagent.core.hand_off import LIMITS_S, HandOff, HandOffEnd, HandOffStage
from voiceagent.domain.business import technician_lead
from voiceagent.domain.records import CallId, CallStart
from voiceagent.errors import Unavailable
from voiceagent.ports.hand_off import HandOffAnswer, HandOffWish
from voiceagent.store.memory import MemoryStore
from voiceagent.toolkit.call_back import NOBODY_REACHED_NO_MESSAGE

pytestmark = pytest.mark.asyncio

CALL = CallStart(
    CallId("00000000-0000-0000-0000-000000000001"), "CA1", "voice", "+15551230000", "+19375550100"
)
INCOMING = IncomingCall(CALL.call_sid, CALL.from_number, CALL.to_number)
BUSINESS = coolcare()
LEADS = BUSINESS.escalation.leads
DOWN = Unavailable("twilio.unavailable", "Down.")


class Room:
    """`WaitingRoom` that notes what it is asked; `fails` names what it cannot do now."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.fails: set[str] = set()
        self.rings = 0

    def _ask(self, what: str, about: str) -> None:
        self.asked.append(f"{what} {about}")
        if what in self.fails:
            raise DOWN

    async def hold(self, call_sid: str, key: str) -> bool:
        del key
        self._ask("hold", call_sid)
        return True

    async def ring_lead(self, number: str, leg: str) -> str:
        del leg
        self._ask("ring", number)
        self.rings += 1
        return f"LEG{self.rings}"

    async def bring_back(self, call_sid: str) -> bool:
        self._ask("back", call_sid)
        return True

    async def hang_up(self, call_sid: str) -> None:
        self._ask("end", call_sid)


class Calls:
    """A call manager that notes what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def on_hold(self, call_sid: str) -> None:
        self.told.append(f"hold {call_sid}")

    def person_has(self, call_sid: str) -> None:
        self.told.append(f"person {call_sid}")

    def off_hold(self, call_sid: str) -> None:
        self.told.append(f"off {call_sid}")


class Desk:
    """One hand-off in the hands of one worker, or of several over the same store."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self.clock = ManualClock(datetime(2025, 8, 30, 0, 5, tzinfo=UTC))
        self.store = MemoryStore(self.clock)
        self.room = Room()
        self.calls = Calls()
        self.tasks = tasks
        self.runs: list[asyncio.Task[None]] = []
        self.warm = self.worker()
        self.hooks = self.hooks_of(self.warm)
        self.agent: Answer = ConnectAgent()

    def worker(self) -> WarmTransfers:
        made = WarmTransfers(
            BUSINESS, self.clock, self.store, self.room, self.card, lambda: self.calls
        )
        self.runs.append(self.tasks.create_task(made.run()))
        return made

    def card(self, row: HandOff, attempt: int) -> str:
        return f"https://card/{row.key}/{attempt}"

    def hooks_of(self, worker: WarmTransfers) -> HandOffHooks:
        return worker.hooks(lambda _: self.agent)

    async def begin(self, leads: int = 2) -> HandOffAnswer:
        await self.store.calls.open(CALL)
        wish = HandOffWish(CALL, LEADS[:leads], "asked", "AC is out.", CALL.from_number)
        answer = await self.warm.begin(wish)
        await self.settle()
        return answer

    async def settle(self) -> None:
        """Acts are performed."""
        for _ in range(30):
            await asyncio.sleep(0)

    @property
    def row(self) -> HandOff:
        return self.store.kept.hand_offs[CALL.call_id]

    async def tell(self, event: LegEvent, lead: int, hooks: HandOffHooks | None = None) -> None:
        key = self.row.key if event is LegEvent.IN_ROOM else self.row.legs[lead]
        await (hooks or self.hooks).told(LegReport(key, f"LEG{lead + 1}", event))
        await self.settle()

    async def presses(self, lead: int) -> str | None:
        await self.hooks.lead_answered(self.row.legs[lead], f"LEG{lead + 1}")
        seat = await self.hooks.lead_decided(self.row.legs[lead], f"LEG{lead + 1}", True)
        await self.settle()
        return None if seat is None else seat.room


@asynccontextmanager
async def desk() -> AsyncIterator[Desk]:
    async with asyncio.TaskGroup() as tasks:
        made = Desk(tasks)
        yield made
        for run in made.runs:
            run.cancel()


async def test_a_lead_who_presses_one_and_is_in_the_room_has_the_caller() -> None:
    async with desk() as at:
        assert await at.begin() is HandOffAnswer.WAITING
        assert at.room.asked == ["hold CA1", f"ring {LEADS[0].phone}"]
        briefing = await at.hooks.lead_answered(at.row.legs[0], "LEG1")
        assert briefing is not None
        assert "AC is out." in briefing
        assert await at.presses(0) == at.row.key
        assert at.calls.told == ["hold CA1"], "a key is a wish"
        await at.tell(LegEvent.IN_ROOM, 0)
        assert at.calls.told == ["hold CA1", "person CA1"]
        assert await at.hooks.caller_out(INCOMING) == Goodbye()
        assert at.row.ended is HandOffEnd.TRANSFERRED


async def test_the_callers_own_entering_is_no_lead_and_a_given_up_leg_is_sent_out() -> None:
    async with desk() as at:
        await at.begin()
        await at.presses(0)
        await at.hooks.told(LegReport(at.row.key, CALL.call_sid, LegEvent.IN_ROOM))
        stages = [at.row.stage]
        await at.tell(LegEvent.OVER, 0)
        assert at.row.attempt == 1
        await at.tell(LegEvent.IN_ROOM, 0)  # the first one after all
        assert at.room.asked[-1] == "end LEG1"
        stages.append(at.row.stage)
        assert stages == [HandOffStage.JOINING, HandOffStage.RINGING]
        assert await at.hooks.lead_answered(at.row.legs[0], "LEG1") is None
        assert await at.presses(0) is None


async def test_doubled_and_late_reports_ring_nobody_twice() -> None:
    async with desk() as at:
        await at.begin()
        for _ in range(3):
            await at.tell(LegEvent.OVER, 0)
        await at.tell(LegEvent.MACHINE, 0)
        assert [asked for asked in at.room.asked if asked.startswith("ring")] == [
            f"ring {lead.phone}" for lead in LEADS
        ]


async def test_when_all_are_gone_the_caller_is_back_and_told_what_is_true() -> None:
    async with desk() as at:
        at.room.fails.add("ring")
        await at.begin()
        assert at.row.stage is HandOffStage.RETURNING
        assert at.room.asked[-1] == "back CA1"
        assert await at.warm.words_for(CALL.call_id) == ""
        assert await at.hooks.caller_out(INCOMING) == ConnectAgent()
        assert at.row.ended is HandOffEnd.RETURNED
        assert await at.warm.words_for(CALL.call_id) == BUSINESS.escalation.unavailable
        (note,) = await at.store.deliver()
        assert (note.to, CALL.from_number in note.body) == (LEADS[0].phone, True)
        again = await at.warm.begin(HandOffWish(CALL, LEADS, "asked", "Again.", "x"))
        assert again is HandOffAnswer.NOBODY
        at.clock.advance(60)
        assert await at.warm.words_for(CALL.call_id) == "", "a line lost later is another matter"


async def test_without_a_message_none_is_claimed() -> None:
    async with desk() as at:
        at.room.fails.add("ring")
        await at.begin()
        assert await at.hooks.caller_out(INCOMING) == ConnectAgent()

        async def down(_: object, __: object) -> None:
            raise Unavailable("store.unreachable", "Down.")

        at.store.call_backs.add = down  # type: ignore[method-assign,assignment]  # it goes down
        assert await at.warm.words_for(CALL.call_id) == NOBODY_REACHED_NO_MESSAGE


MIKE = next(one for one in map(technician_lead, BUSINESS.technicians) if one is not None)
GUEST_SID = "LEG2"


async def a_call_of_three(at: Desk) -> None:
    """A technician has joined, and somebody of the office is being rung as the third."""
    await at.store.calls.open(CALL)
    wish = HandOffWish(CALL, (MIKE,), "technician", "AC is out.", "x", LEADS[0])
    assert await at.warm.begin(wish) is HandOffAnswer.WAITING
    await at.settle()
    assert await at.presses(0) == at.row.key
    await at.tell(LegEvent.IN_ROOM, 0)
    assert at.row.stage is HandOffStage.JOINED
    assert at.room.asked[-2:] == [f"ring {MIKE.phone}", f"ring {LEADS[0].phone}"]


async def test_the_third_is_rung_when_the_technician_is_in_and_joins_as_a_guest() -> None:
    async with desk() as at:
        await a_call_of_three(at)
        briefing = await at.hooks.lead_answered(at.row.guest_leg, GUEST_SID)
        assert briefing is not None
        assert "technician on the line" in briefing
        seat = await at.hooks.lead_decided(at.row.guest_leg, GUEST_SID, True)
        assert seat == RoomSeat(at.row.key, guest=True)
        asked = list(at.room.asked)
        await at.hooks.told(LegReport(at.row.key, GUEST_SID, LegEvent.IN_ROOM))
        await at.settle()
        assert at.room.asked == asked, "nobody is put out"
        await at.hooks.told(LegReport(at.row.guest_leg, GUEST_SID, LegEvent.OVER))
        await at.settle()
        assert at.row.stage is HandOffStage.JOINED, "the two talk on"


async def test_who_is_no_guest_is_put_out_and_a_mailbox_of_theirs_is_ended() -> None:
    async with desk() as at:
        await a_call_of_three(at)
        await at.hooks.told(LegReport(at.row.key, "LEG9", LegEvent.IN_ROOM))
        await at.hooks.told(LegReport(at.row.guest_leg, GUEST_SID, LegEvent.MACHINE))
        await at.settle()
        assert at.room.asked[-2:] == ["end LEG9", f"end {GUEST_SID}"]
        assert await at.hooks.lead_decided(at.row.guest_leg, GUEST_SID, False) is None


async def test_a_third_who_cannot_be_rung_or_comes_too_late_is_no_matter() -> None:
    async with desk() as at:
        await a_call_of_three(at)
        await at.warm.caller_gone(CALL.call_sid)
        await at.settle()
        assert at.row.ended is HandOffEnd.TRANSFERRED
        assert at.room.asked[-2:] == ["end LEG1", f"end {GUEST_SID}"]
        assert await at.hooks.lead_answered(at.row.guest_leg, GUEST_SID) is None
        assert await at.hooks.lead_decided(at.row.guest_leg, GUEST_SID, True) is None


async def test_a_caller_who_leaves_takes_the_lead_off_the_phone() -> None:
    async with desk() as at:
        await at.begin()
        await at.warm.caller_gone(CALL.call_sid)
        await at.settle()
        assert at.room.asked[-1] == "end LEG1"
        assert at.row.ended is HandOffEnd.CALLER_LEFT
        assert at.calls.told[-1] == "off CA1"


async def test_a_carrier_that_cannot_hold_is_asked_nothing_more() -> None:
    async with desk() as at:
        at.room.fails.add("hold")
        assert await at.begin() is HandOffAnswer.REFUSED
        assert at.room.asked == ["hold CA1"]
        assert at.row.ended is HandOffEnd.UNPLACED
        assert at.calls.told == ["hold CA1", "off CA1"]


async def test_another_worker_goes_on_where_one_died() -> None:
    async with desk() as at:
        await at.begin()
        for run in at.runs:
            run.cancel()
        other = at.hooks_of(at.worker())
        await at.tell(LegEvent.OVER, 0, other)
        assert at.room.asked[-1] == f"ring {LEADS[1].phone}"


async def test_a_worker_that_dies_over_an_act_costs_its_stage_no_more() -> None:
    async with desk() as at:
        await at.begin()
        for run in at.runs:
            run.cancel()
        row = replace(at.row, version=at.row.version + 1, leg_sid="")  # as if nobody was rung
        assert await at.store.hand_offs.change(row)
        at.clock.advance(LIMITS_S[HandOffStage.RINGING] + 1)
        at.worker()
        await at.settle()
        assert at.row.attempt == 1
        assert at.row.due_at == at.clock.now() + timedelta(seconds=LIMITS_S[HandOffStage.RINGING])
