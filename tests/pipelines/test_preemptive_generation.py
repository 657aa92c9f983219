"""Answers made ahead, on a real pipeline: what was withheld, granted, dropped and said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from pipelines.budget_watch import BudgetParts
from tests.pipelines.rig import SAMPLES_PER_WORD, PaperCall, Tally, paper_call
from voiceagent.core.budget.preemptive_generation import (
    CallTuning,
    ModelCalls,
    PreemptiveResult,
    TurnProgress,
)
from voiceagent.core.clock import ManualClock
from voiceagent.dialogue.acts import CallTool, Say, Step
from voiceagent.toolkit.answers import Arguments, Result
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.spec import tool

ANSWER = "Which day suits you?"
STEPS: dict[str, Step] = {
    "greet": (Say("Hello and welcome."),),
    "hear hello": (Say(f"{ANSWER} We are open."),),
    "hear hello there": (Say("All right."),),
    "hear check": (CallTool("look", {}),),
    "silence": (Say("Are you there?"),),
}
SAMPLES = 4 * SAMPLES_PER_WORD
"""Of `ANSWER`."""


@asynccontextmanager
async def call_ahead(*transcripts: str | None, allowed: bool = True) -> AsyncIterator[PaperCall]:
    """A call whose greeting was heard; the first reply after it is number 2."""
    budget = BudgetParts(counter=Tally(), preemptive_generation=allowed)
    clock = ManualClock(datetime(2025, 8, 29, tzinfo=UTC))
    async with paper_call(STEPS, *transcripts, clock=clock, budget=budget) as call:
        await call.hear(1)
        yield call


def guesses(call: PaperCall) -> list[str]:
    tally = call.parts.watch._counter
    assert isinstance(tally, Tally)
    return tally.guesses


async def synthesised(call: PaperCall, utterance: int, samples: int = SAMPLES) -> None:
    async with asyncio.timeout(5):
        while call.line.sound.get(utterance, 0) < samples:
            call.line.changed.clear()
            await call.line.changed.wait()


async def test_an_answer_is_made_in_the_pause_and_said_when_the_turn_is_over() -> None:
    async with call_ahead("hello") as call:
        await call.pause("hello")
        await synthesised(call, 2)
        assert call.line.withheld == {2}, "nobody hears it before the turn is over"
        await call.finish()
        await call.hear(2)
        assert call.line.withheld == set()
        assert call.tts.asked == ["Hello and welcome.", ANSWER, "We are open."]
        assert (await call.turns())[1:] == [
            ("caller", "hello", "hello"),
            ("agent", f"{ANSWER} We are open.", f"{ANSWER} We are open."),
        ]
        assert (await call.records())[-1].budget_acts == ("preemptive_generation",)
        assert guesses(call) == [PreemptiveResult.USED]


async def test_a_caller_who_goes_on_never_hears_what_was_made() -> None:
    async with call_ahead("hello there") as call:
        await call.pause("hello")
        await synthesised(call, 2)
        call.session.events.caller_resumed()
        await call.settle()
        assert (call.line.dropped, call.line.withheld) == ([2], set())
        await call.finish()
        await call.hear(3)
        assert (await call.turns())[-1] == ("agent", "All right.", "All right.")
        assert guesses(call) == [PreemptiveResult.DROPPED]


async def test_other_words_in_the_final_transcript_make_it_void() -> None:
    async with call_ahead("hello there") as call:
        await call.pause("hello")
        await synthesised(call, 2)
        await call.finish()
        await call.hear(3)
        assert call.line.dropped == [2]
        assert (await call.turns())[-1][1] == "All right."
        assert guesses(call) == [PreemptiveResult.DROPPED]


async def test_words_that_come_late_in_the_pause_are_guessed_again() -> None:
    """Hosted recognisers tell what was said some hundred milliseconds after it was."""
    async with call_ahead("hello", "hello", "hello there") as call:
        for reply in (2, 3):  # two turns save up for a second guess in one pause
            await call.pause("hello")
            await call.finish()
            await call.hear(reply)
        await call.pause("hello")
        await synthesised(call, 4)
        call.session.turns.partial("hello there")
        await synthesised(call, 5, samples=2 * SAMPLES_PER_WORD)
        assert (call.line.dropped, call.line.withheld) == ([4], {5})
        await call.finish()
        await call.hear(5)
        assert (await call.turns())[-1] == ("agent", "All right.", "All right.")
        assert guesses(call)[2:] == [PreemptiveResult.DROPPED, PreemptiveResult.USED]


async def test_an_end_that_nothing_foresaw_is_answered_while_its_last_words_are_awaited() -> None:
    async with call_ahead("hello") as call:
        call.session.events.caller_started(call.clock.monotonic())
        call.session.events.caller_paused()
        await call.settle()
        call.session.turns.partial("hello")
        await call.settle()
        assert call.line.withheld == set()
        call.stt.gate.clear()
        await call.finish()
        await synthesised(call, 2)
        assert call.line.withheld == {2}
        call.stt.gate.set()
        await call.hear(2)
        assert guesses(call) == [PreemptiveResult.USED]


async def test_another_answer_than_the_one_made_is_said_instead() -> None:
    async with call_ahead("hello") as call:
        await call.pause("hello")
        await synthesised(call, 2)
        call.policy.steps = STEPS | {"hear hello": (Say("Something else."),)}
        await call.finish()
        await call.hear(3)
        assert call.line.dropped == [2]
        assert (await call.turns())[-1] == ("agent", "Something else.", "Something else.")
        assert guesses(call) == [PreemptiveResult.OTHER_ANSWER]


async def test_an_answer_that_begins_with_a_tool_is_not_made_ahead() -> None:
    ran = []

    @tool(budget_s=5.0)
    async def look(args: Arguments, ctx: ToolContext) -> Result:
        ran.append("look")
        return Result()

    steps: dict[str, Step] = STEPS | {"result look {}": (Say(ANSWER),)}
    clock = ManualClock(datetime(2025, 8, 29, tzinfo=UTC))
    async with paper_call(steps, "check", tools=(look,), clock=clock) as call:
        await call.hear(1)
        await call.pause("check")
        assert ran == []
        assert call.line.withheld == set()
        await call.finish()
        await call.hear(2)
        assert ran == ["look"]


async def test_speech_that_is_made_when_the_turn_ends_is_granted_before_it_is_there() -> None:
    async with call_ahead("hello") as call:
        call.tts.gate.clear()
        await call.pause("hello")
        await call.finish()
        assert call.line.withheld == set(), "granted: its sound goes out as it comes"
        assert call.line.sound.get(2, 0) == 0
        call.tts.gate.set()
        await call.hear(2)
        assert (await call.turns())[-1][2] == f"{ANSWER} We are open."


@asynccontextmanager
async def slow_beginnings(call: PaperCall) -> AsyncIterator[None]:
    """Replies whose beginning is still on its way into the pipeline, until the block is left."""
    gate, begin = asyncio.Event(), call.session.brain.begin

    async def slow() -> int:
        number = await begin()
        await gate.wait()
        return number

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(call.session.brain, "begin", slow)
        yield
        gate.set()
        await call.settle()


async def test_what_is_said_next_does_not_overtake_what_was_made_ahead() -> None:
    async with call_ahead("hello") as call:
        async with slow_beginnings(call):
            await call.pause("hello")
            await call.finish()
        await call.hear(2)
        assert call.tts.asked[1:] == [ANSWER, "We are open."]


async def test_what_is_dropped_before_it_was_begun_is_not_said_later() -> None:
    async with call_ahead("hello there") as call:
        async with slow_beginnings(call):
            await call.pause("hello")
            call.session.events.caller_resumed()
            await call.finish()
        await call.hear(3)
        assert call.tts.asked[1:] == ["All right."]


async def test_a_cut_off_after_the_grant_leaves_what_was_heard() -> None:
    async with call_ahead("hello", "hello there") as call:
        await call.pause("hello")
        await synthesised(call, 2)
        await call.finish()
        await call.until_said(2)
        call.cut_in(2, 2 * SAMPLES_PER_WORD)
        await call.hear(3)
        turns = await call.turns()
        assert turns[2] == ("agent", f"{ANSWER} We are open.", "Which day")
        assert turns[4] == ("agent", "All right.", "All right.")


async def test_a_call_that_ends_in_the_pause_has_no_reply_in_its_record() -> None:
    async with call_ahead("hello") as call:
        await call.pause("hello")
        await synthesised(call, 2)
    assert [text for _, text, _ in await call.turns()] == ["Hello and welcome."]


async def test_noise_after_which_nothing_was_said_leaves_nothing_behind() -> None:
    async with call_ahead("") as call:
        await call.pause("hello")
        await synthesised(call, 2)
        await call.finish()
        await call.settle()
        call.session.events.key("5")
        await call.settle()
        assert call.line.withheld == set() or call.line.dropped == [2]
        assert [text for _, text, _ in await call.turns()] == ["Hello and welcome."]


async def test_it_can_be_switched_off() -> None:
    async with call_ahead("hello", allowed=False) as call:
        await call.pause("hello")
        assert call.line.withheld == set()
        await call.finish()
        await call.hear(2)
        assert guesses(call) == []


async def test_guesses_in_pauses_are_bounded_and_the_one_at_the_end_may_be_owed() -> None:
    async with call_ahead("hello there") as call:
        await call.pause("hello")
        for words in ("hello my", "hello my my", "hello there"):
            call.session.events.caller_resumed()
            await call.go_silent(words)
        dropped, refused = [PreemptiveResult.DROPPED] * 2, [PreemptiveResult.NO_BUDGET] * 2
        assert guesses(call) == [*dropped, *refused]
        call.stt.gate.clear()
        await call.finish()
        assert len(call.line.withheld) == 1
        call.stt.gate.set()
        await call.hear(*call.line.withheld)
        assert guesses(call)[4:] == [PreemptiveResult.USED]


@pytest.mark.parametrize("turns", [1, 10, 100])
def test_extra_calls_stay_within_their_share(turns: int) -> None:
    calls, tuning, spent = ModelCalls(), CallTuning(), 0
    for _ in range(turns):
        calls.turn()
        while calls.take():
            spent += 1
    assert spent <= tuning.at_first + tuning.extra_per_turn * turns
    assert spent >= int(tuning.extra_per_turn * turns)


def test_a_call_that_the_turn_needed_costs_nothing() -> None:
    calls = ModelCalls()
    for _ in range(50):
        assert calls.take()
        calls.give_back()
    for _ in range(int(CallTuning().at_first)):
        assert calls.take()
    assert not calls.take()


@pytest.mark.parametrize("turns", [1, 3, 30])
def test_whatever_pauses_took_one_is_left_for_the_end_while_it_is_not_in_vain(turns: int) -> None:
    calls = ModelCalls()
    for _ in range(turns):
        calls.turn()
        while calls.take_for(TurnProgress.PROBABLY_OVER):
            pass
        assert not calls.take_for(TurnProgress.SPOKEN)
        assert calls.take_for(TurnProgress.OVER)
        calls.give_back()


@pytest.mark.parametrize("turns", [10, 100])
def test_what_was_in_vain_at_ends_is_paid_back(turns: int) -> None:
    calls, tuning, spent = ModelCalls(), CallTuning(), 0
    for _ in range(turns):
        calls.turn()
        while calls.take_for(TurnProgress.OVER):
            spent += 1
    assert spent <= 1 + tuning.at_first + tuning.extra_per_turn * turns
