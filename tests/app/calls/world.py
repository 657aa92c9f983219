"""A call manager between lines and a store that do as they are told, in virtual time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from telephony.contract import IncomingCall
from telephony.twilio.socket import CallAccepted
from tests.support.virtual_time import LoopClock
from voiceagent.app.calls.manager import CallManager
from voiceagent.app.ops.live import LiveFeed
from voiceagent.core.wire import CarrierEvents, LineEnd
from voiceagent.domain.business_file import load_business
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import CallId, CallStart, Outcome
from voiceagent.errors import Unavailable
from voiceagent.store.memory import MemoryStore

BUSINESS = load_business(Path("business/coolcare.toml"))
CAPACITY = 2
START = datetime(2026, 3, 2, 12, tzinfo=UTC)


def sid(number: int) -> str:
    return "CA" + f"{number:032d}"


class FakeLine:
    """`ServedLine`: open until closed; then it is busy for a moment longer."""

    def __init__(self, lines: FakeLines, call: CallStart, *, known: bool, first_turn: int) -> None:
        self.call = call
        self.known = known
        self.first_turn = first_turn
        self.evidence = Evidence()
        self.end: LineEnd | None = None
        self.teardown_s = 0.05
        self.breaks = False
        self.announced: list[str] = []
        self._lines = lines
        self._closed = asyncio.Event()

    @property
    def heard_by(self) -> CarrierEvents:
        return cast("CarrierEvents", self)

    def close(self, reason: LineEnd) -> None:
        if self.end is None:
            self.end = reason
            self._lines.open_lines.remove(self)
            self._closed.set()

    def note(self, evidence: Evidence) -> None:
        self.evidence |= evidence

    def handed_over(self) -> None:
        self.note(Evidence.of(Outcome.TRANSFERRED))

    async def announce(self, text: str) -> None:
        self.announced.append(text)

    async def talk(self) -> LineEnd:
        try:
            await self._closed.wait()
            await asyncio.sleep(self.teardown_s)
            if self.breaks:
                raise RuntimeError("a defect")
        finally:
            self.close(LineEnd.FAILED)
        assert self.end is not None
        return self.end


@dataclass
class FakeLines:
    """`Lines`: so many at a time."""

    capacity: int = CAPACITY
    made: list[FakeLine] = field(default_factory=list)
    open_lines: list[FakeLine] = field(default_factory=list)

    @property
    def free_slots(self) -> int:
        return self.capacity - len(self.open_lines)

    def open(
        self, call: CallStart, accepted: CallAccepted, *, known: bool, first_turn: int
    ) -> FakeLine:
        del accepted
        if self.free_slots <= 0:
            raise Unavailable("line.none", "No line is free.")
        line = FakeLine(self, call, known=known, first_turn=first_turn)
        self.made.append(line)
        self.open_lines.append(line)
        return line

    def of(self, call_sid: str) -> list[FakeLine]:
        """Open lines of a call."""
        return [line for line in self.open_lines if line.call.call_sid == call_sid]


class ShakyCalls:
    """The store's calls: slow, sometimes down, and counted."""

    def __init__(self, calls: Any) -> None:
        self._calls = calls
        self.down = False
        self.broken_by: Exception | None = None
        self.tried: list[float] = []
        self.read: list[str] = []
        self.closed: Counter[CallId] = Counter()

    def __getattr__(self, name: str) -> Any:
        async def work(*arguments: Any) -> Any:
            self.read.append(name)
            if name == "close":
                self.tried.append(asyncio.get_running_loop().time())
            await asyncio.sleep(0.02)
            if self.broken_by is not None:
                raise self.broken_by
            if self.down:
                raise Unavailable("store.unreachable", "The store is down.")
            answer = await getattr(self._calls, name)(*arguments)
            if name == "close":
                self.closed[arguments[0]] += 1
            return answer

        return work


class Carrier:
    """`CallControl`: moves calls, or does not."""

    def __init__(self) -> None:
        self.moves = True
        self.moved: list[str] = []

    async def hang_up(self, call_sid: str) -> None:
        raise AssertionError(call_sid)

    async def transfer(self, call_sid: str, *, to_number: str, whisper: str) -> bool:
        del to_number, whisper
        self.moved.append(call_sid)
        return self.moves


class World:
    """The call manager and all around it."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        clock = LoopClock(START)
        self.tasks = tasks
        self.store = MemoryStore(clock)
        self.calls = ShakyCalls(self.store.calls)
        self.store.calls = cast("Any", self.calls)
        self.lines = FakeLines()
        self.carrier = Carrier()
        self.refused: list[str] = []
        self.live = LiveFeed()
        self.manager = CallManager(
            business=BUSINESS,
            clock=clock,
            store=self.store,
            call_control=self.carrier,
            lines=self.lines,
            tasks=tasks,
            live=self.live,
        )

    async def accept(self, number: int = 1) -> None:
        """A stream of a call is let in; a refusal is noted."""
        call = IncomingCall(sid(number), "+15551230000", BUSINESS.phone)
        try:
            await self.manager.accept(CallAccepted(call, "MZ", cast("Any", object())))
        except Unavailable as error:
            self.refused.append(error.code)

    def start(self, number: int = 1) -> None:
        self.tasks.create_task(self.accept(number))

    async def drain(self, limit_s: float = 1.0) -> None:
        await self.manager.drain(limit_s, at_once=asyncio.Event(), announced=lambda: 0)

    @property
    def outcomes(self) -> dict[str, Outcome | None]:
        return {row.call.call_sid: row.outcome for row in self.store.kept.calls.values()}


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    """A world whose calls are all over when the block is left."""
    async with asyncio.TaskGroup() as tasks:
        made = World(tasks)
        yield made
        made.calls.down, made.calls.broken_by = False, None
        await made.drain()
