"""Whatever happens to calls, in whatever order: one outcome each, and every place comes back."""

from __future__ import annotations

import ast
import asyncio
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.app.calls.world import CAPACITY, World, sid, world
from tests.support.virtual_time import run
from voiceagent.core.wire import LineEnd
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import Outcome

CALLS = st.integers(1, CAPACITY + 1)
THINGS = st.one_of(
    st.tuples(st.sampled_from(["start", "over", "ask", "book", "break", "hang on"]), CALLS),
    st.tuples(st.sampled_from([f"line {end.value}" for end in LineEnd]), CALLS),
    st.tuples(st.just("start"), CALLS),
    st.tuples(st.just("wait"), st.sampled_from([0.01, 0.1, 1.0, 5.0, 60.0])),
    st.tuples(st.just("wait"), st.just(0.3)),
    st.tuples(st.sampled_from(["store down", "store up"]), st.just(0)),
)


async def happens(of: World, what: str, number: float) -> None:
    call_sid = sid(int(number))
    match what:
        case "start":
            of.start(int(number))
        case "over":
            of.manager.call_settled(call_sid)
        case "ask":
            of.tasks.create_task(of.manager.outcome_of(call_sid, wait_s=8.0))
        case "wait":
            await asyncio.sleep(number)
        case "store down" | "store up":
            of.calls.down = what == "store down"
        case _:
            for line in of.lines.of(call_sid):
                if what == "book":
                    line.note(Evidence.of(Outcome.BOOKED))
                elif what == "hang on":
                    line.teardown_s = 4.5
                elif what == "break":
                    line.breaks = True
                    line.close(LineEnd.AGENT)
                else:
                    line.close(LineEnd(what.removeprefix("line ")))
    await asyncio.sleep(0)


@given(st.lists(THINGS, max_size=40), st.booleans())
@settings(max_examples=200, deadline=None)
def test_one_outcome_for_each_and_every_place_comes_back(
    things: list[tuple[str, float]], cut: bool
) -> None:
    async def scene() -> World:
        async with world() as here:
            for what, number in things:
                await happens(here, what, number)
                free = here.manager.free_slots(0)
                assert 0 <= free <= here.lines.free_slots <= CAPACITY
                assert here.manager.live <= CAPACITY
            if not cut:
                here.calls.down = False
                await asyncio.sleep(400.0)
                # whoever is live now is on the one line of theirs, and nobody is waited for
                talking = [line.call.call_id for line in here.lines.open_lines]
                assert sorted(talking) == sorted(here.manager.live_calls)
                assert here.manager.live == len(talking)
        assert here.manager.live_calls == []
        return here

    here = run(scene())
    assert here.lines.free_slots == CAPACITY
    assert here.manager._book.waiting == 0
    assert here.manager._book.live() == []
    on_record = {call_id for call_id in here.store.kept.calls if here.calls.closed[call_id]}
    assert all(count == 1 for count in here.calls.closed.values())
    left = set(here.store.kept.calls) - on_record
    assert all(here.store.kept.calls[one].outcome is None for one in left)
    assert len(left) == 0


def test_only_the_table_moves_a_call() -> None:
    """`stage` is assigned in one place of the whole application."""
    assigned = []
    for path in Path("voiceagent").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Assign):
                targets = [t for top in node.targets for t in ast.walk(top)]
                if any(isinstance(t, ast.Attribute) and t.attr == "stage" for t in targets):
                    assigned.append(str(path))
    assert assigned.count("voiceagent/app/calls/live_call.py") == 1
    assert not [
        path
        for path in assigned
        if path.startswith("voiceagent/app/calls/") and not path.endswith("live_call.py")
    ]
