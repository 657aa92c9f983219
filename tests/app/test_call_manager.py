"""What the call manager asks the store before a caller can be greeted."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from typing import Any, cast

import pytest

from telephony.contract import IncomingCall
from telephony.twilio.socket import CallAccepted
from voiceagent.app import call_manager as call_manager_module
from voiceagent.app.call_manager import CallManager, CallManagerParts
from voiceagent.core.clock import SystemClock
from voiceagent.core.wire import LineEnd
from voiceagent.domain.business_file import load_business
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import CallId, CallStart, Outcome
from voiceagent.errors import Unavailable
from voiceagent.store.memory import MemoryStore

CALL_SID = "CA" + "1" * 32


class CountedReads:
    """The store's calls, which remember what was read."""

    def __init__(self, calls: Any) -> None:
        self._calls = calls
        self.read: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name in {"outcome", "turn_count"}:
            self.read.append(name)
        return getattr(self._calls, name)


class Scheduler:
    """Lines that do nothing."""

    free_slots = 5

    def add(self, link: object, listener: object) -> Any:
        return FakeLine()


class FakeLine:
    end: LineEnd | None = None

    def close(self, reason: LineEnd) -> None:
        self.end = reason


class OpenedDesk(CallManager):
    """A call_manager that notes how calls are served and does not serve them."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.served: list[tuple[CallId, bool]] = []

    async def _serve(self, served: Any, *rest: Any, new: bool) -> None:
        self.served.append((served.call.call_id, new))


def accepted() -> CallAccepted:
    return CallAccepted(IncomingCall(CALL_SID, "", ""), "MZ" + "1" * 32, cast("Any", object()))


async def opened(store: MemoryStore, times: int) -> tuple[OpenedDesk, CountedReads]:
    reads = CountedReads(store.calls)
    store.calls = cast("Any", reads)
    parts = CallManagerParts(
        business=load_business("business/coolcare.toml"),
        clock=SystemClock(),
        store=cast("Any", store),
        scheduler=cast("Any", Scheduler()),
        speech=cast("Any", None),
        toolbox=cast("Any", None),
        call_control=cast("Any", None),
    )
    async with asyncio.TaskGroup() as tasks:
        call_manager = OpenedDesk(parts, tasks)
        for _ in range(times):
            await call_manager.accept(accepted())
            call_manager._live.clear()  # the line of the start before is gone
    return call_manager, reads


async def test_nothing_is_read_of_a_call_that_is_new() -> None:
    store = MemoryStore(SystemClock())
    call_manager, reads = await opened(store, 1)
    assert reads.read == []
    assert [new for _, new in call_manager.served] == [True]
    assert len(store.kept.calls) == 1


async def test_a_second_start_of_a_call_is_one_row_and_reads_what_there_is() -> None:
    store = MemoryStore(SystemClock())
    call_manager, reads = await opened(store, 2)
    assert reads.read == ["outcome", "turn_count"]
    (first, was_new), (second, is_new) = call_manager.served
    assert first == second
    assert (was_new, is_new) == (True, False)
    assert len(store.kept.calls) == 1


async def test_a_call_that_has_ended_is_not_opened_again() -> None:
    store = MemoryStore(SystemClock())
    kept = CallStart(CallId(str(uuid.uuid4())), CALL_SID, "voice", "", "")
    await store.calls.open(kept)
    await store.calls.close(kept.call_id, Evidence.of(Outcome.ABANDONED))
    with pytest.raises(ExceptionGroup) as refused:
        await opened(store, 1)
    assert codes(refused.value.exceptions) == ["calls.over"]


def codes(errors: Sequence[Exception]) -> list[str]:
    return [error.code for error in errors if isinstance(error, Unavailable)]


class SlowHistory:
    """Reads what was there when it was asked, and says so later."""

    def __init__(self, history: Any) -> None:
        self._history = history
        self.asked, self.go_on = asyncio.Event(), asyncio.Event()

    async def call(self, call_sid: str) -> Any:
        found = await self._history.call(call_sid)
        self.asked.set()
        await self.go_on.wait()
        return found


async def test_a_call_that_ends_while_it_is_looked_up_has_ended() -> None:
    """The carrier's question overtakes the outcome by milliseconds: goodbye, not once more."""
    store = MemoryStore(SystemClock())
    call_manager, _ = await opened(store, 1)
    (call_id, _), history = call_manager.served[0], SlowHistory(store.history)
    store.history = cast("Any", history)
    line = cast("Any", FakeLine())
    call = CallStart(call_id, CALL_SID, "voice", "", "")
    call_manager._live[call_id] = call_manager_module._Served(call, cast("Any", None), line)
    asking = asyncio.create_task(call_manager.outcome_of(CALL_SID, wait_s=8.0))
    await history.asked.wait()
    line.close(LineEnd.AGENT)
    del call_manager._live[call_id]
    await call_manager._close(call_id, Evidence.of(Outcome.BOOKED))
    history.go_on.set()
    assert await asyncio.wait_for(asking, 2) is Outcome.BOOKED


async def test_the_end_of_a_call_is_known_while_the_store_is_down() -> None:
    store = MemoryStore(SystemClock())
    call_manager, _ = await opened(store, 1)
    call_manager._note_end(CALL_SID, call_manager_module._Ended(Outcome.QUOTED, LineEnd.AGENT))
    store.history = cast("Any", None)
    assert await call_manager.outcome_of(CALL_SID, wait_s=8.0) is Outcome.QUOTED
