"""Every golden call, cut after any caller's line and restored on another day: it goes on as it was.

What was said is understood as of when it was said, whatever day it is read back on ("tonight" stays
that night), and a price stays the one that was quoted, whatever the business file says by now. New
words are understood as of now; so the clock stands on the other day while the journal is read, and
back on the call's own while the call goes on.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest
from loguru import logger
from pydantic import JsonValue

from tests.golden.real import ScriptedCarrier, as_input
from tests.golden.replay import FOLDER, Golden, load
from tests.support.act_model import ACT_MODEL
from tests.support.postgres import a_call
from tools import TOOLS
from voiceagent.core.clock import ManualClock
from voiceagent.dialogue.contact import Contact, Contacts
from voiceagent.dialogue.factory import HousePolicy
from voiceagent.dialogue.journal_start import INDEX, KIND, JournalStart
from voiceagent.dialogue.loop import Input, InputKind
from voiceagent.dialogue.recorder import Holds, Recorder
from voiceagent.domain.business import Business
from voiceagent.domain.business_version import version_of
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.records import CallStart
from voiceagent.errors import Unavailable
from voiceagent.store.memory import MemoryStore
from voiceagent.toolkit.answers import ToolOutcome
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.toolbox import Toolbox

CALLS = sorted(FOLDER.glob("*.call"))
DAYS = timedelta(days=3, hours=5)
DOWN = '{"error": {"code": "tool.failed", "say": "Sorry."}}'


class Scripted(Toolbox):
    """The file's tool results, in order."""

    def __init__(self, golden: Golden) -> None:
        super().__init__(TOOLS)
        self._results = deque(line.text for line in golden.lines if line.mark == "=")

    async def call(
        self, name: str, arguments: Mapping[str, object], ctx: ToolContext
    ) -> ToolOutcome:
        asked = cast("Mapping[str, JsonValue]", arguments)
        if name == "end_call":
            result = {"message": "", "reason": arguments["reason"]}
        else:
            result = json.loads(self._results.popleft() if self._results else DOWN)
        return ToolOutcome(name, asked, self.read(name, result), 1.0)


class Acts:
    """A mouth that notes what was said and done."""

    def __init__(self) -> None:
        self.acts: list[str] = []

    async def begin(self, cause: Input) -> None: ...

    async def say(self, text: str, holds: Holds = ()) -> None:
        self.acts.append(f"< {text}")

    async def settle(self) -> None: ...

    async def tool_started(self, filler: str) -> None: ...

    async def tool_finished(self, outcome: ToolOutcome) -> None:
        self.acts.append(f"* {outcome.name} {json.dumps(dict(outcome.arguments), default=str)}")

    async def keep_private(self) -> None: ...

    async def end(self, expecting: Expecting, *, hang_up: str | None) -> None: ...


class Travelling(ManualClock):
    """A clock that can be looked at from another day."""

    away = timedelta()

    def now(self) -> datetime:
        return super().now() + self.away


class Thread:
    """A conversation that several servers continue, one after the other."""

    def __init__(self, golden: Golden) -> None:
        self.golden = golden
        self.clock = Travelling(golden.now)
        self.store = MemoryStore(self.clock)
        self.toolbox = Scripted(golden)
        self.mouth = Acts()
        self.call: CallStart = replace(a_call(golden.caller or ""), channel=golden.channel)

    async def take(
        self, lines: Sequence[str], *, known: bool, business: Business | None = None
    ) -> Contact:
        """One server: the greeting or what was before, then these lines."""
        recorder = Recorder()
        contacts = Contacts(
            business or self.golden.business,
            self.clock,
            self.store,
            self.toolbox,
            ScriptedCarrier(self.golden),
            HousePolicy(ACT_MODEL),
        )
        async with asyncio.TaskGroup() as tasks:
            contact = await contacts.open(
                self.call,
                mouth=self.mouth,
                recorder=recorder,
                spawn=tasks.create_task,
                known=known,
            )
            self.clock.away = timedelta()
            writing = tasks.create_task(recorder.run())
            if not contact.resumed:
                await contact.conversation.answer(Input(InputKind.BEGIN))
            for said in lines:
                await contact.conversation.answer(as_input(said))
            await recorder.drained()
            writing.cancel()
        assert recorder.failed == 0
        return contact


@cache
def golden(path: Path) -> Golden:
    return load(path)


async def cut_after(path: Path, count: int, business: Business | None = None) -> list[str]:
    """What was said and done in the call when another server took it after `count` lines."""
    file = golden(path)
    thread = Thread(file)
    await thread.store.calls.open(thread.call)
    await thread.take(file.caller_lines[:count], known=False)
    thread.clock.away = DAYS
    contact = await thread.take(file.caller_lines[count:], known=True, business=business)
    assert contact.resumed
    assert contact.started_at == file.now
    return thread.mouth.acts


async def whole(path: Path) -> list[str]:
    thread = Thread(golden(path))
    await thread.store.calls.open(thread.call)
    await thread.take(golden(path).caller_lines, known=False)
    return thread.mouth.acts


@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.stem)
async def test_a_call_that_is_read_back_on_another_day_goes_on_as_it_was(path: Path) -> None:
    expected = await whole(path)
    for count in range(len(golden(path).caller_lines) + 1):
        assert await cut_after(path, count) == expected


def dearer(business: Business) -> Business:
    """The same business, after it has raised its prices."""
    tables = [
        table.model_copy(
            update={
                "version": f"{table.version}, raised",
                "services": {
                    service: price.model_copy(
                        update={name: 2 * amount for name, amount in price if amount}
                    )
                    for service, price in table.services.items()
                },
            }
        )
        for table in business.prices
    ]
    made = business.model_copy(update={"prices": tuple(tables)})
    assert version_of(made) != version_of(business)
    return made


@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.stem)
async def test_a_price_stays_the_one_that_was_quoted(path: Path) -> None:
    expected = await whole(path)
    for count in range(len(golden(path).caller_lines) + 1):
        assert await cut_after(path, count, dearer(golden(path).business)) == expected


async def test_the_start_is_the_first_row_and_a_changed_file_is_said() -> None:
    file = golden(CALLS[0])
    thread = Thread(file)
    await thread.store.calls.open(thread.call)
    await thread.take(file.caller_lines[:1], known=False)
    rows = await thread.store.journal.read(thread.call.call_id)
    assert rows[0][:2] == (INDEX, KIND)
    assert JournalStart.find(rows) == JournalStart(
        file.now.astimezone(thread.clock.now().tzinfo), version_of(file.business)
    )
    assert [index for index, _, _ in rows] == list(range(len(rows)))
    said: list[str] = []
    sink = logger.add(said.append, format="{message}")
    try:
        await thread.take((), known=True)
        assert said == []
        await thread.take((), known=True, business=dearer(file.business))
        assert "business_changed" in "".join(said)
    finally:
        logger.remove(sink)
    assert len(await thread.store.journal.read(thread.call.call_id)) == len(rows)


async def test_a_start_that_was_lost_is_that_of_the_call() -> None:
    """The store could not take the first row; the call's own row knows when it came in."""
    thread = Thread(golden(CALLS[0]))
    await thread.store.calls.open(thread.call)
    journal, lost = thread.store.journal, list[tuple[object, ...]]()

    class Lossy:
        def __getattr__(self, name: str) -> Any:
            return getattr(journal, name)

        async def append(self, *row: Any) -> None:
            if row[2] == KIND and not lost:
                lost.append(row)
                raise Unavailable("store.unreachable", "The store is down.")
            await journal.append(*row)

    thread.store.journal = cast("Any", Lossy())
    with suppress(AssertionError):  # a write that failed
        await thread.take(thread.golden.caller_lines[:1], known=False)
    assert lost
    thread.clock.advance(DAYS.total_seconds())
    contact = await thread.take((), known=True)
    assert contact.resumed
    assert contact.started_at == thread.golden.now


async def test_a_call_of_which_nothing_was_written_begins_anew() -> None:
    thread = Thread(golden(CALLS[0]))
    await thread.store.calls.open(thread.call)
    contact = await thread.take((), known=True)
    assert not contact.resumed
    assert contact.started_at == datetime.fromisoformat(thread.golden.now.isoformat())
