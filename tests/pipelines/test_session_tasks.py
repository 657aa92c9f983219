"""Each task of a call dies in turn: the call ends, with a word if there is a voice left."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
from loguru import logger

from pipelines.reply_source import ReplySource
from pipelines.session import APOLOGY, TEARDOWN_S, SessionTask, last_words
from pipelines.session.life import VoiceSession
from pipelines.session.tasks import MAY_RETURN
from tests.pipelines.rig import PaperCall, budget_parts, paper_call
from voiceagent.core.call_life import BROKEN
from voiceagent.core.wire import LineEnd, Played
from voiceagent.dialogue.acts import CallTool, Say, Step
from voiceagent.domain.outcomes import Evidence, decide
from voiceagent.domain.records import Outcome
from voiceagent.toolkit.answers import Arguments, Result
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.spec import SideEffects, Tool, tool

GREETING = "Hello and welcome."
STEPS: Mapping[str, Step] = {
    "greet": (Say(GREETING),),
    "hear hello": (Say("Hello yourself."),),
}


def raises() -> None:
    raise RuntimeError("a defect")


def is_cancelled() -> None:
    raise asyncio.CancelledError


def returns() -> None:
    pass


WAYS = {"raises": raises, "cancelled": is_cancelled, "returns": returns}
DEATHS = [
    (name, way)
    for name in SessionTask
    for way in WAYS
    if not (way == "returns" and name in MAY_RETURN)
]


class Deaths:
    """Lets the tasks of one call die when the test says so."""

    def __init__(self) -> None:
        self.session: VoiceSession | None = None
        self.started: set[SessionTask] = set()
        self._now = {name: asyncio.Event() for name in SessionTask}
        self._ways: dict[SessionTask, str] = {}

    def kill(self, name: SessionTask, way: str) -> None:
        self._ways[name] = way
        self._now[name].set()

    async def mortal(self, name: SessionTask, work: Any) -> None:
        self.started.add(name)
        living = asyncio.ensure_future(work)
        dying = asyncio.ensure_future(self._now[name].wait())
        try:
            await asyncio.wait((living, dying), return_when=asyncio.FIRST_COMPLETED)
            if dying.done():
                WAYS[self._ways[name]]()
            else:
                await living
        finally:
            living.cancel()
            dying.cancel()
            await asyncio.wait((living, dying))


@pytest.fixture
def deaths(monkeypatch: pytest.MonkeyPatch) -> Deaths:
    """Of the first call that is started; others are left alone."""
    book, works = Deaths(), VoiceSession._works

    def mortal_works(session: VoiceSession, *arguments: Any) -> Any:
        book.session = book.session or session
        named = works(session, *arguments)
        if session is not book.session:
            return named
        return {name: book.mortal(name, work) for name, work in named.items()}

    monkeypatch.setattr(VoiceSession, "_works", mortal_works)
    return book


@contextmanager
def log_lines() -> Iterator[list[str]]:
    """Warnings and worse."""
    lines: list[str] = []
    sink = logger.add(lambda m: lines.append(m.record["message"]), level="WARNING")
    try:
        yield lines
    finally:
        logger.remove(sink)


async def hears_the_end(call: PaperCall) -> None:
    """Play the line: last words are heard to their end, and then it closes."""
    async with asyncio.timeout(5):
        while not call.line.closing:
            call.line.changed.clear()
            await call.line.changed.wait()
    if number := call.line.last_words:
        await call.until_said(number)
        samples = call.line.sound[number]
        call.session.events.played(Played(number, samples, done=True, first_sent_s=1.0))
        call.session.events.closed(LineEnd.AGENT, None)


async def ended(call: PaperCall) -> LineEnd:
    async with asyncio.timeout(TEARDOWN_S):
        return await call.running


@pytest.mark.parametrize("ready", [True, False], ids=["ready", "not ready"])
@pytest.mark.parametrize(("name", "way"), DEATHS)
async def test_the_death_of_any_task_is_the_calls_end(
    deaths: Deaths, name: SessionTask, way: str, *, ready: bool
) -> None:
    before = asyncio.all_tasks()
    parts = await budget_parts([APOLOGY] if ready else [])
    with log_lines() as lines:
        async with paper_call(STEPS, budget=parts) as call, paper_call(STEPS, "hello") as other:
            await call.hear(1)
            await other.hear(1)
            deaths.kill(name, way)
            await hears_the_end(call)
            broken = Evidence(broken=await ended(call) in BROKEN)
            assert decide(broken) is Outcome.FAILED
            assert decide(broken | Evidence.of(Outcome.QUOTED)) is Outcome.QUOTED

            said = [(text, heard) for who, text, heard in await call.turns() if who == "agent"]
            voice_left = ready or name is not SessionTask.PIPELINE
            apology = [(APOLOGY, APOLOGY)] if voice_left else []
            assert said == [(GREETING, GREETING), *apology]
            assert bool(call.line.closed_because) is not voice_left
            assert lines == [f"session.task_died: {name}"]

            other.speak()
            await other.hear(2)
            assert (await other.turns())[-1][1] == "Hello yourself."
    assert asyncio.all_tasks() - before == set()
    assert lines == [f"session.task_died: {name}"]


class Nothing(Arguments):
    pass


class Done(Result):
    ok: bool


@tool(budget_s=2.0, proposes=Outcome.QUOTED)
async def look(args: Nothing, ctx: ToolContext) -> Done:
    """Changes nothing."""
    return Done(ok=True)


@tool(budget_s=2.0, side_effects=SideEffects.CHANGES, proposes=Outcome.QUOTED)
async def change(args: Nothing, ctx: ToolContext) -> Done:
    """Changes the world."""
    return Done(ok=True)


@tool(budget_s=2.0, side_effects=SideEffects.CHANGES)
async def cancelled(args: Nothing, ctx: ToolContext) -> Done:
    """Is cancelled by something inside it."""
    raise asyncio.CancelledError


def late(gate: asyncio.Event) -> Tool:
    """A tool that nobody waits for any more when it is done."""

    @tool(budget_s=0.01, side_effects=SideEffects.CHANGES)
    async def overdue(args: Nothing, ctx: ToolContext) -> Done:
        """Takes its time."""
        await gate.wait()
        return Done(ok=True)

    return overdue


async def until_overdue(call: PaperCall) -> None:
    async with asyncio.timeout(2):
        while not any(told.startswith("result overdue") for told in call.policy.told):
            await call.settle()


async def broken_audit(entry: object) -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize("ready", [True, False], ids=["ready", "not ready"])
@pytest.mark.parametrize(
    ("name", "dead"),
    [
        ("look", "conversation"),
        ("change", "side_effect"),
        ("cancelled", "side_effect"),
    ],
)
async def test_what_breaks_behind_a_tool_is_the_calls_end(
    name: str, dead: str, *, ready: bool
) -> None:
    """A defect that no tool accounts for, in its task or the loop's: sorry, one end, one line."""
    before = asyncio.all_tasks()
    parts = await budget_parts([APOLOGY] if ready else [])
    steps: Mapping[str, Step] = {**STEPS, "hear go": (CallTool(name, {}),)}
    with log_lines() as lines:
        tools = (look, change, cancelled)
        async with paper_call(steps, "go", tools=tools, budget=parts) as call:
            call.store.journal.audit = broken_audit  # type: ignore[method-assign]
            await call.hear(1)
            call.speak()
            await hears_the_end(call)
            assert await ended(call) is LineEnd.FAILED
            said = [text for who, text, heard in await call.turns() if who == "agent" and heard]
            assert said == [GREETING, APOLOGY]
            assert lines == [f"session.task_died: {dead}"]
    assert asyncio.all_tasks() - before == set()


LATE: Mapping[str, Step] = {**STEPS, "hear go": (CallTool("overdue", {}),)}


@asynccontextmanager
async def broken_effect_under_way(gate: asyncio.Event) -> AsyncIterator[PaperCall]:
    """A call whose tool effect nobody waits for any more; it breaks once let through."""
    async with paper_call(LATE, "go", tools=(late(gate),)) as call:
        call.store.journal.audit = broken_audit  # type: ignore[method-assign]
        await call.hear(1)
        call.speak()
        await until_overdue(call)
        yield call


async def test_a_side_effect_that_breaks_when_nobody_waits_for_it_is_the_calls_end_too() -> None:
    gate = asyncio.Event()
    with log_lines() as lines:
        async with broken_effect_under_way(gate) as call:
            gate.set()
            await hears_the_end(call)
            assert await ended(call) is LineEnd.FAILED
            assert (await call.turns())[-1] == ("agent", APOLOGY, APOLOGY)
    assert lines == ["session.task_died: side_effect"]


async def test_a_side_effect_that_breaks_after_the_call_is_logged_once() -> None:
    gate = asyncio.Event()
    with log_lines() as lines:
        async with broken_effect_under_way(gate) as call:
            call.session.events.closed(LineEnd.CALLER, None)
            assert await ended(call) is LineEnd.CALLER
            assert not call.session.broken
            gate.set()
        assert call.session.broken
    assert lines == ["session.task_died: side_effect"]


async def test_the_tasks_that_die_here_are_all_that_a_call_starts(deaths: Deaths) -> None:
    async with paper_call(STEPS) as call:
        await call.hear(1)
        running = {task.get_name() for task in asyncio.all_tasks()}
        assert {f"session.{name}" for name in deaths.started} <= running
        assert deaths.started == set(SessionTask)


async def test_what_was_under_way_is_cut_off_and_written_down_as_heard(deaths: Deaths) -> None:
    parts = await budget_parts([APOLOGY])
    async with paper_call(STEPS, budget=parts) as call:
        await call.until_said(1)
        deaths.kill(SessionTask.CONVERSATION, "raises")
        await hears_the_end(call)
        await ended(call)
        assert call.line.stopped == 1
        assert (await call.turns())[0] == ("agent", GREETING, "")
        assert (await call.turns())[1][2] == APOLOGY


async def test_last_words_that_nobody_hears_are_not_waited_for(
    deaths: Deaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(last_words, "LAST_WORDS_S", 0.05)
    async with paper_call(STEPS) as call:
        await call.hear(1)
        deaths.kill(SessionTask.RECORDER, "raises")
        assert await ended(call) is LineEnd.FAILED
        assert call.line.closed_because == [LineEnd.FAILED]


async def test_a_second_death_is_no_second_news(deaths: Deaths) -> None:
    with log_lines() as lines:
        async with paper_call(STEPS, budget=await budget_parts([APOLOGY])) as call:
            await call.hear(1)
            deaths.kill(SessionTask.PIPELINE, "raises")
            deaths.kill(SessionTask.LINE_REACTOR, "raises")
            deaths.kill(SessionTask.RECORDER, "cancelled")
            await hears_the_end(call)
            assert await ended(call) is LineEnd.FAILED
            assert [heard for _, _, heard in await call.turns()] == [GREETING, APOLOGY]
    assert len(lines) == 1


async def test_the_line_may_tell_of_the_caller_after_the_pipeline_has_gone(deaths: Deaths) -> None:
    """A pipeline that has ended loses its parts; the media plane must not stumble over it."""
    async with paper_call(STEPS) as call:
        await call.hear(1)
        deaths.kill(SessionTask.PIPELINE, "returns")
        await ended(call)
        call.session.events.caller_started(1.0)
        call.session.events.key("5")


async def test_nothing_is_announced_in_a_call_that_is_over(deaths: Deaths) -> None:
    async with paper_call(STEPS) as call:
        await call.hear(1)
        deaths.kill(SessionTask.PIPELINE, "raises")
        await ended(call)
        await call.session.announce("One moment please.")
        assert set(call.line.sound) == {1}


async def test_a_call_that_is_cancelled_from_outside_writes_down_what_was_heard() -> None:
    before = asyncio.all_tasks()
    async with paper_call(STEPS) as call:
        await call.until_said(1)
        call.running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call.running
        assert (await call.turns())[0][1] == GREETING
    assert asyncio.all_tasks() - before == set()


async def test_an_apology_that_breaks_too_leaves_a_closed_line(
    deaths: Deaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    with log_lines() as lines:
        async with paper_call(STEPS) as call:
            await call.hear(1)
            monkeypatch.setattr(ReplySource, "begin", lambda _: 1 / 0)
            deaths.kill(SessionTask.CONVERSATION, "raises")
            assert await ended(call) is LineEnd.FAILED
            assert call.line.closed_because == [LineEnd.FAILED]
    assert len(lines) == 1


async def test_a_call_that_is_over_leaves_nothing_to_the_garbage_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        async with paper_call(STEPS) as call:
            await call.hear(1)
            shared = call.parts
            parts = (call.session, call.session.mouth, shared.floor, shared.conversation)
            left = [weakref.ref(part) for part in parts]
        del call, shared, parts
        await asyncio.sleep(0)
        assert [part() for part in left] == [None] * len(left)
    finally:
        gc.enable()
