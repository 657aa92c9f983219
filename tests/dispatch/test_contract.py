"""The dispatcher's contract, both ways: what is asked of it over a real socket, what it answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from connectors.dispatch.agent import HttpDispatch
from connectors.gates import OwnGate
from tests.support.dispatcher import DispatchEmulator, DispatchFault
from tests.support.postgres import a_draft, a_quote, a_slot
from voiceagent.core.breaker import Breaker, BreakerLimits
from voiceagent.domain.records import CallId, Window
from voiceagent.errors import PeerMisbehaved, Unavailable, VoiceAgentError
from voiceagent.ports.dispatch import (
    Dispatch,
    DispatchAnswer,
    OwnCalendar,
    SlotStatus,
    VisitOrder,
    order_id_of,
)

CALL = CallId("00000000-0000-4000-8000-000000000001")
TEN = datetime(2026, 11, 1, 14, tzinfo=UTC)
SLOT = a_slot(Window(TEN, TEN + timedelta(hours=2)))
LATER = Window(TEN + timedelta(hours=2), TEN + timedelta(hours=4))
SHORT_S = 0.15
TOKEN = DispatchEmulator().token
PATIENT = BreakerLimits(failures=100)


def order(key: str = "k") -> VisitOrder:
    return VisitOrder(order_id_of(key), a_draft(SLOT, a_quote(CALL)))


@asynccontextmanager
async def asked(
    emulator: DispatchEmulator, *, token: str = TOKEN, limits: BreakerLimits = PATIENT
) -> AsyncIterator[HttpDispatch]:
    async with emulator.running(), aiohttp.ClientSession() as http:
        yield HttpDispatch(
            http,
            emulator.url + "/",
            token,
            gate=OwnGate(lambda: 0.0, Breaker(limits)),
            book_s=SHORT_S,
            look_s=SHORT_S,
        )


@pytest.fixture(params=["own", "http"])
async def dispatch(request: pytest.FixtureRequest) -> AsyncIterator[Dispatch]:
    if request.param == "own":
        yield OwnCalendar()
        return
    emulator = DispatchEmulator()
    async with asked(emulator) as opened:
        yield opened
    assert not emulator.violations


class TestBoth:
    """What holds of every dispatcher."""

    async def test_a_visit_is_booked_moved_and_let_go(self, dispatch: Dispatch) -> None:
        one = order()
        assert await dispatch.slot_status([SLOT]) == [SlotStatus.FREE]
        assert await dispatch.book(one) is DispatchAnswer.ACCEPTED
        moved = await dispatch.resched(one.order_id, "dana", LATER)
        assert moved is DispatchAnswer.ACCEPTED
        await dispatch.cancel(one.order_id)

    async def test_the_same_order_again_is_the_same_order(self, dispatch: Dispatch) -> None:
        for _ in range(2):
            assert await dispatch.book(order()) is DispatchAnswer.ACCEPTED

    async def test_letting_go_of_what_is_unknown_is_no_error(self, dispatch: Dispatch) -> None:
        await dispatch.cancel(order_id_of("never"))

    async def test_nothing_is_asked_of_no_slots(self, dispatch: Dispatch) -> None:
        assert list(await dispatch.slot_status([])) == []


class TestOutside:
    """What only one of others can say."""

    async def test_a_window_that_others_have(self) -> None:
        emulator = DispatchEmulator(taken={("dana", TEN)})
        async with asked(emulator) as dispatch:
            both = [SLOT, replace(SLOT, window=LATER)]
            assert await dispatch.slot_status(both) == [SlotStatus.TAKEN, SlotStatus.FREE]
            assert await dispatch.book(order()) is DispatchAnswer.TAKEN
        assert emulator.visits == {}

    async def test_a_move_into_what_others_have_and_of_what_it_never_heard_of(self) -> None:
        emulator = DispatchEmulator(taken={("dana", LATER.start)})
        async with asked(emulator) as dispatch:
            await dispatch.book(order())
            moved = await dispatch.resched(order().order_id, "dana", LATER)
            assert moved is DispatchAnswer.TAKEN
            with pytest.raises(PeerMisbehaved, match=r"dispatch\.refused"):
                await dispatch.resched(order_id_of("never"), "dana", SLOT.window)
        assert emulator.visits[order().order_id].start == TEN

    async def test_what_is_told_of_the_customer(self) -> None:
        emulator = DispatchEmulator()
        async with asked(emulator) as dispatch:
            await dispatch.book(order())
        (visit,) = emulator.visits.values()
        assert (visit.technician_id, visit.start, visit.customer) == ("dana", TEN, "Sarah Miller")
        assert not emulator.violations

    @pytest.mark.parametrize(
        ("fault", "code"),
        [
            (DispatchFault.SILENT, "dispatch.silent"),
            (DispatchFault.LATE, "dispatch.silent"),
            (DispatchFault.CUT, "dispatch.silent"),
            (DispatchFault.LOST, "dispatch.failing"),
            (DispatchFault.ODD, "dispatch.odd"),
            (DispatchFault.STRANGER, "dispatch.odd"),
            (DispatchFault.FLOOD, "dispatch.odd"),
            (DispatchFault.REFUSED, "dispatch.refused"),
        ],
    )
    async def test_a_fault_has_a_code_and_asking_again_settles_it(
        self, fault: DispatchFault, code: str
    ) -> None:
        emulator = DispatchEmulator(faults=[fault])
        async with asked(emulator) as dispatch:
            with pytest.raises(VoiceAgentError) as caught:
                await dispatch.book(order())
            assert caught.value.code == code
            assert await dispatch.book(order()) is DispatchAnswer.ACCEPTED
        assert len(emulator.visits) == 1

    async def test_one_that_says_when_to_come_back_is_left_alone_until_then(self) -> None:
        now = 0.0
        emulator = DispatchEmulator(faults=[DispatchFault.BUSY])
        async with emulator.running(), aiohttp.ClientSession() as http:
            dispatch = HttpDispatch(http, emulator.url, TOKEN, gate=OwnGate(lambda: now, Breaker()))
            for code in (r"dispatch\.failing", r"dispatch\.resting"):
                with pytest.raises(Unavailable, match=code):
                    await dispatch.book(order())
            now = 7.5
            assert await dispatch.book(order()) is DispatchAnswer.ACCEPTED

    async def test_nobody_there(self) -> None:
        async with aiohttp.ClientSession() as http:
            dispatch = HttpDispatch(http, "http://127.0.0.1:1", "", gate=OwnGate(lambda: 0.0))
            with pytest.raises(Unavailable, match=r"dispatch\.silent"):
                await dispatch.slot_status([SLOT])

    async def test_a_wrong_token_is_refused(self) -> None:
        async with asked(DispatchEmulator(), token="another") as dispatch:
            with pytest.raises(PeerMisbehaved, match=r"dispatch\.refused"):
                await dispatch.book(order())

    async def test_one_that_fails_is_left_alone_and_tried_again_later(self) -> None:
        emulator = DispatchEmulator(faults=[DispatchFault.LOST] * 3)
        now = 0.0
        async with emulator.running(), aiohttp.ClientSession() as http:
            dispatch = HttpDispatch(http, emulator.url, TOKEN, gate=OwnGate(lambda: now, Breaker()))
            for _ in range(3):
                with pytest.raises(Unavailable, match=r"dispatch\.failing"):
                    await dispatch.book(order())
            with pytest.raises(Unavailable, match=r"dispatch\.resting"):
                await dispatch.book(order())
            assert len(emulator.requests) == 3
            now = 10.0
            assert await dispatch.book(order()) is DispatchAnswer.ACCEPTED
