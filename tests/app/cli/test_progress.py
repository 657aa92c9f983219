"""What a command shows while its call goes on: that call, and of nobody else a word."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest
from rich.console import Console

from tests.support import virtual_time
from tests.support.postgres import a_call
from tests.support.rooms import FRIDAY_NIGHT
from voiceagent.app.cli import last_call, progress
from voiceagent.app.ops import recordings
from voiceagent.core.clock import ManualClock
from voiceagent.domain.records import CallStart, Speaker, Turn
from voiceagent.store.memory import MemoryStore

OTHERS = "My code is 200000, number 9375556767."
OURS = ("Hello, this is CoolCare.", "My AC died.")


async def said_in(store: MemoryStore, call: CallStart, *words: str) -> None:
    call_id = await store.calls.open(call)
    for index, text in enumerate(words):
        now = await store.now()
        await store.calls.add_turn(Turn(call_id, index, Speaker.CALLER, text, text, now))


@pytest.mark.parametrize("others_first", [True, False])
def test_only_the_call_that_was_placed_is_shown_whoever_calls_beside_it(
    *, others_first: bool
) -> None:
    async def shown() -> str:
        out = io.StringIO()
        store = MemoryStore(ManualClock(FRIDAY_NIGHT))
        ours, other = a_call("+15551230000"), a_call("+19375556767")
        async with progress.words_as_spoken(store.history, Console(file=out, width=200)) as of:
            if others_first:
                await said_in(store, other, OTHERS)
            await asyncio.sleep(2)
            of(ours.call_sid)
            await said_in(store, ours, *OURS)
            await asyncio.sleep(2)
            if not others_first:
                of(other.call_sid)  # of a second one nothing is shown either
                await said_in(store, other, OTHERS)
            await asyncio.sleep(2)
        return out.getvalue()

    text = virtual_time.run(shown())
    assert [line.split(": ")[1] for line in text.splitlines()] == list(OURS)


def test_the_sound_of_the_last_call_is_found_by_number_and_by_call(tmp_path: Path) -> None:
    for sid in ("CA1", "CA2"):
        at = last_call.place_for("+15551230000", tmp_path / "recordings")
        at.write_bytes(b"sound")
        kept = last_call.named_after(sid, at)
    assert list((tmp_path / "recordings").iterdir()) == [kept]
    for name in ("CA2", "15551230000"):
        assert recordings.of_calls(tmp_path, [name]) == [kept]
    nothing = last_call.place_for("+15551230000", tmp_path)
    assert last_call.named_after("CA3", nothing) == nothing
