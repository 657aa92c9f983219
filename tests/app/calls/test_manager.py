"""Single calls: they are opened, taken over, ended, and settled whatever the store does."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable

import pytest

from tests.app.calls.world import BUSINESS, CAPACITY, World, sid, world
from tests.support.virtual_time import run
from voiceagent.app.call_hooks import on_call_number
from voiceagent.app.calls.hand_over import ASKED_FOR, MOVED_S, STOPPING
from voiceagent.app.calls.manager import COMES_BACK_S
from voiceagent.app.calls.outcomes import LEAVING_TRIES, LONGEST_PAUSE_S
from voiceagent.core.wire import LineEnd
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import CallId, CallStart, Outcome
from voiceagent.errors import CallerFixable
from voiceagent.ports.live import CallOver, LineClosed, LineOpened, LiveEvent

ONE = sid(1)


def played(scene: Callable[[World], Awaitable[None]]) -> World:
    """Play a scene in virtual time, until all calls are over."""

    async def whole() -> World:
        async with world() as here:
            await scene(here)
        return here

    return run(whole())


def now_s() -> float:
    return asyncio.get_running_loop().time()


# --- opening --------------------------------------------------------------------------------------


def test_nothing_is_read_of_a_call_that_is_new() -> None:
    async def scene(here: World) -> None:
        await here.accept()
        assert here.calls.read == ["open"]
        (line,) = here.lines.made
        assert (line.known, line.first_turn) == (False, 0)

    assert len(played(scene).store.kept.calls) == 1


def test_a_second_stream_of_a_call_is_one_row_and_reads_what_there_is() -> None:
    async def scene(here: World) -> None:
        await here.accept()
        await here.accept()
        assert here.calls.read == ["open", "turn_count"]
        first, second = here.lines.made
        assert first.call == second.call
        assert (first.end, second.end) == (LineEnd.FAILED, None)
        assert second.known

    assert len(played(scene).store.kept.calls) == 1


async def kept(here: World) -> CallId:
    """A row that an earlier run of the server has left."""
    call = CallStart(CallId(str(uuid.uuid4())), ONE, "voice", "", "")
    await here.calls.open(call)
    here.calls.read.clear()
    return call.call_id


def test_a_call_of_an_earlier_run_goes_on() -> None:
    async def scene(here: World) -> None:
        call_id = await kept(here)
        await here.accept()
        assert here.calls.read == ["open", "outcome", "turn_count"]
        (line,) = here.lines.made
        assert line.known
        assert line.call.call_id == call_id

    played(scene)


def test_a_call_that_has_ended_is_not_opened_again() -> None:
    async def scene(here: World) -> None:
        await here.calls.close(await kept(here), Evidence.of(Outcome.ABANDONED))
        await here.accept()
        assert here.refused == ["calls.over"]
        assert here.manager.free_slots(0) == CAPACITY
        assert here.manager.live_calls == []

    played(scene)


def test_of_two_streams_at_once_the_newer_has_the_call() -> None:
    async def scene(here: World) -> None:
        here.start()
        await asyncio.sleep(0.01)
        here.start()
        assert here.manager.free_slots(0) == CAPACITY - 1
        await asyncio.sleep(0)
        assert here.manager.free_slots(0) == CAPACITY - 2  # each keeps a place until it is known
        await asyncio.sleep(1)
        assert here.refused == ["calls.moved"]
        assert len(here.lines.of(ONE)) == 1
        assert here.manager.free_slots(0) == CAPACITY - 1

    assert played(scene).outcomes == {ONE: Outcome.TRANSFERRED}


def test_a_call_that_found_no_line_has_an_outcome_unless_it_comes_back() -> None:
    async def scene(here: World) -> None:
        here.lines.capacity = 0
        await here.accept()
        assert here.refused == ["line.none"]
        assert await here.manager.outcome_of(ONE, wait_s=8.0) is None
        await asyncio.sleep(COMES_BACK_S - 1)
        here.lines.capacity = 1
        await here.accept()
        assert len(here.lines.of(ONE)) == 1
        here.lines.capacity = 0
        await here.accept(2)
        await asyncio.sleep(COMES_BACK_S + 1)
        assert here.outcomes[sid(2)] is Outcome.FAILED

    played(scene)


def test_a_stream_that_the_store_could_not_record_leaves_nothing_behind() -> None:
    async def scene(here: World) -> None:
        here.calls.down = True
        await here.accept()
        assert here.refused == ["store.unreachable"]
        assert here.manager.free_slots(0) == CAPACITY
        here.calls.down = False
        await here.accept()
        assert len(here.lines.of(ONE)) == 1

    played(scene)


# --- a line ends ----------------------------------------------------------------------------------


@pytest.mark.parametrize("end", [LineEnd.CALLER, LineEnd.MEDIA_GAP])
def test_a_lost_line_may_come_back_and_what_was_done_on_it_counts(end: LineEnd) -> None:
    async def scene(here: World) -> None:
        await here.accept()
        here.lines.made[0].note(Evidence.of(Outcome.QUOTED))
        here.lines.made[0].close(end)
        await asyncio.sleep(COMES_BACK_S - 1)
        assert await here.manager.outcome_of(ONE, wait_s=8.0) is None
        await here.accept()
        here.lines.made[1].close(LineEnd.AGENT)
        await asyncio.sleep(1)
        assert await here.manager.outcome_of(ONE, wait_s=8.0) is Outcome.QUOTED

    assert sum(played(scene).calls.closed.values()) == 1


def test_the_carrier_says_that_nobody_comes_back() -> None:
    async def scene(here: World) -> None:
        await here.accept()
        here.manager.call_settled(ONE)  # before the line knows
        here.lines.made[0].close(LineEnd.CALLER)
        await asyncio.sleep(0.2)
        await here.accept(2)
        here.lines.made[1].close(LineEnd.CALLER)
        await asyncio.sleep(0.2)
        here.manager.call_settled(sid(2))  # after
        await asyncio.sleep(0.2)
        assert set(here.outcomes.values()) == {Outcome.ABANDONED}

    played(scene)


def test_a_line_that_is_slow_to_end_does_not_end_the_line_after_it() -> None:
    async def scene(here: World) -> None:
        await here.accept()
        here.lines.made[0].teardown_s = 10.0
        here.lines.made[0].note(Evidence.of(Outcome.QUOTED))
        await here.accept()  # waits no longer than it must
        await asyncio.sleep(20)
        assert here.manager.live == 1
        assert here.outcomes[ONE] is None
        here.lines.made[1].close(LineEnd.AGENT)
        await asyncio.sleep(1)
        assert here.outcomes[ONE] is Outcome.QUOTED

    played(scene)


def test_a_line_that_breaks_ends_its_call_and_no_other() -> None:
    async def scene(here: World) -> None:
        await here.accept(1)
        await here.accept(2)
        here.lines.made[0].breaks = True
        here.lines.made[0].close(LineEnd.AGENT)
        await asyncio.sleep(1)
        assert here.outcomes[ONE] is Outcome.FAILED
        assert here.manager.last_end(ONE) is LineEnd.FAILED
        assert here.manager.live == 1

    played(scene)


def test_a_call_that_ends_while_it_is_asked_about_has_ended() -> None:
    """The carrier's question overtakes the outcome by milliseconds: goodbye, not once more."""

    async def scene(here: World) -> None:
        await here.accept()
        (line,) = here.lines.made
        line.teardown_s = 2.0
        line.note(Evidence.of(Outcome.BOOKED))
        async with asyncio.TaskGroup() as asking:
            asked = asking.create_task(here.manager.outcome_of(ONE, wait_s=8.0))
            await asyncio.sleep(0.3)
            line.close(LineEnd.AGENT)
        assert asked.result() is Outcome.BOOKED

    played(scene)


# --- the store is down ----------------------------------------------------------------------------


def test_the_end_of_a_call_is_known_while_the_store_is_down() -> None:
    async def scene(here: World) -> None:
        await here.accept()
        here.calls.down = True
        here.lines.made[0].note(Evidence.of(Outcome.QUOTED))
        here.lines.made[0].close(LineEnd.AGENT)
        await asyncio.sleep(1)
        assert await here.manager.outcome_of(ONE, wait_s=8.0) is Outcome.QUOTED
        assert here.manager.last_end(ONE) is LineEnd.AGENT

    assert played(scene).outcomes == {ONE: Outcome.QUOTED}


def test_an_outage_of_an_hour_loses_no_outcome_and_floods_nobody() -> None:
    async def scene(here: World) -> None:
        for number in range(1, CAPACITY + 1):
            await here.accept(number)
        here.calls.down = True
        for line in here.lines.made:
            line.close(LineEnd.AGENT)
        await asyncio.sleep(3600)
        assert here.manager.free_slots(0) == CAPACITY
        assert len(here.manager.live_calls) == CAPACITY  # the sweep must leave them alone
        tries = len(here.calls.tried)
        assert tries < CAPACITY + 10 + 3600 / LONGEST_PAUSE_S
        await here.accept(1)
        assert here.refused == ["calls.over"]  # nothing opens what is being settled
        here.calls.down = False
        await asyncio.sleep(LONGEST_PAUSE_S + 1)
        assert here.manager.live_calls == []

    assert set(played(scene).outcomes.values()) == {Outcome.ABANDONED}


def test_a_worker_that_is_stopped_does_not_wait_for_the_store_for_ever() -> None:
    async def scene(here: World) -> None:
        await here.accept()
        here.calls.down = True
        here.lines.made[0].close(LineEnd.AGENT)
        await asyncio.sleep(60)
        began_s = now_s()
        await here.drain(900.0)
        assert now_s() - began_s < 2 * LEAVING_TRIES + 6.0  # and the carrier's last question

    assert played(scene).outcomes == {ONE: None}


@pytest.mark.parametrize("defect", [RuntimeError("a defect")])
def test_what_the_store_will_never_take_is_not_offered_for_ever(defect: Exception) -> None:
    async def scene(here: World) -> None:
        await here.accept()
        here.calls.broken_by = defect
        here.lines.made[0].close(LineEnd.AGENT)
        await asyncio.sleep(60)
        assert len(here.calls.tried) == 1
        assert here.manager.live_calls == []

    played(scene)


# --- stopping -------------------------------------------------------------------------------------


def test_who_is_there_when_time_is_up_gets_a_person() -> None:
    async def scene(here: World) -> None:
        await here.accept()
        await here.drain(5.0)
        (line,) = here.lines.made
        assert line.announced == [STOPPING.caller]
        assert here.carrier.moved == [ONE]
        assert line.end is LineEnd.AGENT
        await here.accept(2)
        assert here.refused == ["calls.closing"]
        assert here.manager.free_slots(0) == 0

    assert on_call_number(BUSINESS)
    assert played(scene).outcomes == {ONE: Outcome.TRANSFERRED}


def test_who_cannot_be_moved_is_asked_about_by_the_carrier() -> None:
    async def scene(here: World) -> None:
        await here.accept()
        here.carrier.moves = False
        began_s = now_s()
        await here.drain(5.0)
        assert here.lines.made[0].end is LineEnd.FAILED
        assert now_s() - began_s > 5.0 + 4.0  # somebody is there for the question

    assert played(scene).outcomes == {ONE: Outcome.FAILED}


def test_calls_that_ring_or_come_back_are_served_until_time_is_up() -> None:
    async def scene(here: World) -> None:
        await here.accept(1)
        draining = here.tasks.create_task(here.drain(30.0))
        await asyncio.sleep(1)
        assert here.manager.free_slots(0) == 0
        await here.accept(2)
        here.lines.made[0].close(LineEnd.CALLER)
        await asyncio.sleep(1)
        await here.accept(1)
        for line in here.lines.made[1:]:
            line.close(LineEnd.AGENT)
        began_s = now_s()
        await draining
        assert now_s() - began_s < 10.0
        assert here.refused == []

    played(scene)


def test_nobody_is_waited_for_any_more() -> None:
    async def scene(here: World) -> None:
        await here.accept(1)
        await here.accept(2)
        here.lines.made[1].close(LineEnd.CALLER)
        at_once = asyncio.Event()
        at_once.set()
        began_s = now_s()
        await here.manager.drain(900.0, at_once=at_once, announced=lambda: 1)
        assert now_s() - began_s < 1.0
        assert here.lines.made[0].end is LineEnd.FAILED

    assert played(scene).outcomes == {ONE: Outcome.FAILED, sid(2): Outcome.ABANDONED}


# --- what is told of it -------------------------------------------------------------------------


def test_whoever_follows_a_call_is_told_of_its_lines_and_of_its_end() -> None:
    told: list[LiveEvent] = []

    async def scene(here: World) -> None:
        here.live.of(ONE)
        with here.live.follow(ONE, after=0) as events:
            await here.accept()
            await here.accept()
            await asyncio.sleep(1)
            here.lines.made[-1].close(LineEnd.CALLER)
            here.manager.call_settled(ONE)
            told.extend([event.event async for event in events if event is not None])

    played(scene)
    assert told == [
        LineOpened(resumed=False, from_number="+15551230000"),
        LineClosed(LineEnd.FAILED),
        LineOpened(resumed=True, from_number="+15551230000"),
        LineClosed(LineEnd.CALLER),
        CallOver(Outcome.ABANDONED),
    ]


# --- an operator stops taking calls, and takes them again ----------------------------------------


def test_paused_calls_go_on_and_come_back_and_nobody_new_is_expected() -> None:
    async def scene(here: World) -> None:
        await here.accept(1)
        here.manager.pause()
        assert (here.manager.draining, here.manager.free_slots(0)) == (True, 0)
        await here.accept(1)  # its line was lost, and it comes back
        assert here.refused == []
        here.manager.reopen()
        assert (here.manager.draining, here.manager.free_slots(0)) == (False, CAPACITY - 1)

    played(scene)


def test_a_server_that_is_being_stopped_is_not_opened_again() -> None:
    async def scene(here: World) -> None:
        await here.drain()
        here.manager.pause()
        here.manager.reopen()
        assert here.manager.draining

    played(scene)


# --- a person takes over ----------------------------------------------------------------------


@pytest.mark.parametrize("moves", [True, False])
def test_a_person_takes_a_call_over_when_an_operator_says_so(moves: bool) -> None:
    async def scene(here: World) -> None:
        here.carrier.moves = moves
        await here.accept(1)
        await here.accept(2)
        here.manager.hand_over(ONE)
        here.manager.hand_over(ONE)
        await asyncio.sleep(MOVED_S + 1.0)
        first, second = here.lines.made
        assert first.announced == [ASKED_FOR.caller]
        assert here.carrier.moved == [ONE]
        assert first.end is (LineEnd.AGENT if moves else LineEnd.FAILED)
        assert (second.end, second.announced) == (None, [])
        second.close(LineEnd.CALLER)
        here.manager.call_settled(sid(2))

    wanted = Outcome.TRANSFERRED if moves else Outcome.FAILED
    assert played(scene).outcomes == {ONE: wanted, sid(2): Outcome.ABANDONED}


def test_a_call_that_is_not_on_a_line_cannot_be_handed_over() -> None:
    async def scene(here: World) -> None:
        with pytest.raises(CallerFixable, match=r"calls\.not_talking"):
            here.manager.hand_over(ONE)
        await here.accept()
        here.lines.made[0].close(LineEnd.CALLER)
        await asyncio.sleep(0.5)
        with pytest.raises(CallerFixable, match=r"calls\.not_talking"):
            here.manager.hand_over(ONE)
        here.manager.call_settled(ONE)

    assert played(scene).outcomes == {ONE: Outcome.ABANDONED}
