"""The background writer: order, holds, and whatever a store may raise."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loguru import logger

from voiceagent.dialogue.recorder import Recorder
from voiceagent.domain.redact import Withhold
from voiceagent.errors import CallerFixable, PeerMisbehaved, Unavailable

DOWN = Unavailable("store.down", "It is down.")
FAILURES = [
    DOWN,
    CallerFixable("slot.taken", "It is taken."),
    PeerMisbehaved("store.odd", "It is odd."),
    ConnectionResetError("lost"),
    TimeoutError(),
    ValueError("a defect"),
    KeyError("a defect"),
    ExceptionGroup("several", [ValueError("a defect")]),
    asyncio.CancelledError(),
]


class Pages:
    """What was written."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.written: list[int] = []

    def put(self, number: int, failure: BaseException | None = None) -> None:
        async def write() -> None:
            await asyncio.sleep(0)
            if failure is not None:
                raise failure
            self.written.append(number)

        self.recorder.put(write)


@contextmanager
def log_lines() -> Iterator[list[str]]:
    lines: list[str] = []
    sink = logger.add(lambda m: lines.append(m.record["message"]), level="WARNING")
    try:
        yield lines
    finally:
        logger.remove(sink)


@pytest.mark.parametrize("failure", FAILURES, ids=lambda e: type(e).__name__)
async def test_whatever_one_write_fails_with_is_counted_and_those_after_it_are_written(
    failure: BaseException,
) -> None:
    pages = Pages(recorder := Recorder())
    with log_lines() as lines:
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(recorder.run())
            for number, error in enumerate([None, failure, None]):
                pages.put(number, error)
            await asyncio.wait_for(recorder.drained(), 2)
            assert not running.done()
            running.cancel()
    assert pages.written == [0, 2]
    assert recorder.failed == 1
    assert len(lines) == 1
    assert lines[0].startswith("recorder.failed: ")


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["write", "fail", "yield"]), max_size=12),
    st.integers(min_value=0, max_value=12),
)
def test_the_death_of_the_runner_loses_at_most_the_write_under_way(
    moves: list[str], dies_at: int
) -> None:
    asyncio.run(_runner_dies(moves, dies_at))


async def _runner_dies(moves: list[str], dies_at: int) -> None:
    pages = Pages(recorder := Recorder())
    running = asyncio.ensure_future(recorder.run())
    put: list[int] = []
    for number, move in enumerate(moves):
        if number == dies_at:
            running.cancel()
        if move == "yield":
            await asyncio.sleep(0)
        else:
            pages.put(number, DOWN if move == "fail" else None)
            put += [number] if move == "write" else []
    await asyncio.wait_for(recorder.drained(), 2)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert pages.written == [number for number in put if number in pages.written]
    failed = moves.count("fail")
    assert len(put) - len(pages.written) <= 1
    assert recorder.failed == failed + len(put) - len(pages.written)


async def test_a_full_queue_drops_the_newest_and_counts_it() -> None:
    pages = Pages(recorder := Recorder(limit=2))
    for number in range(4):
        pages.put(number)
    await recorder.drained()
    assert pages.written == [0, 1]
    assert recorder.dropped == 2


async def test_a_write_waits_behind_the_hold_of_when_it_was_said() -> None:
    """The conversation writes an input down when it comes to it, which may be a while later."""
    recorder, written = Recorder(), list[str]()

    async def note(text: str, out: Withhold) -> None:
        written.append(out.text(text))

    recorder.hold()
    said_in = recorder.current_hold
    recorder.release("4242424242424242")
    recorder.hold()
    recorder.put_said(lambda out: note("4242424242", out), said_in)
    await recorder.drained()
    assert "4242" not in written[0]


async def test_a_write_that_takes_long_holds_up_nobody_and_is_begun_again() -> None:
    recorder, gate, begun, written = Recorder(), asyncio.Event(), [], []

    async def write(_: Withhold) -> None:
        begun.append(1)
        await gate.wait()
        written.append(1)

    async with asyncio.timeout(2):
        await recorder.write_when_settled((), write)
    assert (begun, written) == ([1], [])
    gate.set()
    await recorder.drained()
    assert (begun, written) == ([1, 1], [1])


async def test_a_write_that_ends_its_own_patience_says_so() -> None:
    async def write(_: Withhold) -> None:
        raise TimeoutError

    recorder = Recorder()
    with pytest.raises(TimeoutError):
        await recorder.write_when_settled((), write)
