"""A late answer on a real pipeline: who is late, what the caller hears, what the record says.

Time moves by hand. An undisturbed turn ends at the moment of its last voiced sample, so the target
is 0.9 s later and the hard deadline 2.5 s.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from pipelines.budget_watch import BudgetParts
from pipelines.reply_source import sentences
from tests.pipelines.rig import (
    SAMPLES_PER_WORD,
    PaperCall,
    Tally,
    budget_parts,
    paper_call,
)
from voiceagent.core.budget.ladder import PRIORS_S, BudgetStage
from voiceagent.core.budget.turn_budget import Expected
from voiceagent.core.clock import ManualClock
from voiceagent.dialogue.acts import CallTool, Say, Step
from voiceagent.dialogue.house.wording import FILLERS, TOO_SLOW
from voiceagent.dialogue.loop import Input, InputKind
from voiceagent.domain.expecting import Expecting
from voiceagent.toolkit.answers import Arguments, Result
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.spec import Tool, tool

GREETING = "Hello and welcome."
ANSWER = "Which day suits you?"
LONG = "Since it is after hours tonight, the visit is $248, and the repair is about $825."
APOLOGY = sentences(TOO_SLOW)
WORD_S = SAMPLES_PER_WORD / 8000
STEPS: Mapping[str, Step] = {
    "greet": (Say(GREETING),),
    "hear hello": (Say(ANSWER),),
    "hear more": (Say("All right."),),
    "hear price": (Say(LONG),),
    "hear check": (CallTool("look", {}),),
    "hear tell": (Say("Let me look."), CallTool("look", {})),
    'result look {"ok": true}': (Say(ANSWER),),
}


@asynccontextmanager
async def late_call(
    *transcripts: str | None,
    tools: tuple[Tool, ...] = (),
    budget: BudgetParts | None = None,
    steps: Mapping[str, Step] = STEPS,
    expecting: Expecting = Expecting.ANYTHING,
) -> AsyncIterator[PaperCall]:
    """A call whose greeting was heard."""
    parts = budget or await budget_parts([*FILLERS, *APOLOGY])
    clock = ManualClock(datetime(2025, 8, 29, tzinfo=UTC))
    async with paper_call(steps, *transcripts, tools=tools, clock=clock, budget=parts) as call:
        call.policy.expecting = expecting
        await call.hear(1)
        yield call


class Nothing(Arguments):
    pass


class Done(Result):
    ok: bool


def slow_tool(say: str = "") -> tuple[Tool, asyncio.Event]:
    """A tool that waits for the test."""
    gate = asyncio.Event()

    @tool(budget_s=60.0, filler=say)
    async def look(args: Nothing, ctx: ToolContext) -> Done:
        """Waits."""
        await gate.wait()
        return Done(ok=True)

    return look, gate


class TestLate:
    async def test_a_late_recogniser_is_covered_and_the_record_says_so(self) -> None:
        async with late_call("hello") as call:
            call.stt.gate.clear()
            call.speak()
            await call.wait(0.80)
            assert 2 not in call.line.sound
            await call.wait(0.05)
            assert call.line.sound[2] == 2 * SAMPLES_PER_WORD
            await call.sent(2)
            await call.wait(0.55)
            call.stt.gate.set()
            await call.hear(2)
            answer = (await call.records())[-1]
            assert answer.text == answer.heard == f"{FILLERS[0]} {ANSWER}"
            assert answer.latency is not None
            assert answer.latency.v2v_ms == pytest.approx(850)
            assert answer.latency.stt_ms == pytest.approx(850)
            assert answer.answer_ms == pytest.approx(1400)
            assert answer.budget_acts == ("cached_filler", "hedge:not_available")

    async def test_the_meter_is_told_what_the_record_says(self) -> None:
        parts = await budget_parts([*FILLERS, *APOLOGY])
        async with late_call("hello", budget=parts) as call:
            call.stt.gate.clear()
            call.speak()
            await call.wait(0.85)
            await call.sent(2)
            call.stt.gate.set()
            await call.hear(2)
            record = (await call.records())[-1]
            assert record.latency is not None
            assert isinstance(parts.counter, Tally)
            assert parts.counter.answers == [(None, None), (record.latency, record.answer_ms)]

    async def test_an_answer_that_waits_for_its_filler_to_end_counts_from_there(self) -> None:
        async with late_call("hello") as call:
            call.stt.gate.clear()
            call.speak()
            await call.wait(0.85)
            await call.sent(2)
            call.stt.gate.set()
            await call.hear(2)
            answer = (await call.records())[-1]
            assert answer.answer_ms == pytest.approx(850 + 2 * WORD_S * 1000)

    async def test_a_late_tool_is_covered_by_its_own_sentence(self) -> None:
        look, gate = slow_tool("Let me look it up.")
        parts = await budget_parts([*FILLERS, *APOLOGY, "Let me look it up."])
        async with late_call("check", tools=(look,), budget=parts) as call:
            call.speak()
            await call.wait(0.85)
            await call.sent(2)
            gate.set()
            await call.hear(2)
            answer = (await call.records())[-1]
            assert answer.text == f"Let me look it up. {ANSWER}"
            assert "cached_filler" in answer.budget_acts

    async def test_a_tool_that_was_announced_gets_no_filler(self) -> None:
        look, gate = slow_tool("Let me look it up.")
        parts = await budget_parts([*FILLERS, *APOLOGY, "Let me look it up."])
        async with late_call("tell", tools=(look,), budget=parts) as call:
            call.speak()
            await call.settle()
            await call.wait(2.0)
            gate.set()
            await call.hear(2)
            answer = (await call.records())[-1]
            assert (answer.text, answer.budget_acts) == (f"Let me look. {ANSWER}", ())

    async def test_late_speech_is_apologised_for_and_still_comes(self) -> None:
        async with late_call("hello") as call:
            call.tts.gate.clear()
            call.speak()
            await call.wait(2.4)
            assert 2 not in call.line.sound
            await call.wait(0.2)
            assert call.line.sound[2] == len(TOO_SLOW.split()) * SAMPLES_PER_WORD
            await call.sent(2)
            call.tts.gate.set()
            await call.hear(2)
            answer = (await call.records())[-1]
            assert answer.heard == f"{TOO_SLOW} {ANSWER}"
            assert answer.latency is not None
            assert answer.latency.tts_ms == pytest.approx(2600)
            assert answer.budget_acts == ("hedge:not_available", "apology")

    async def test_a_stuck_conversation_is_covered_then_excused(self) -> None:
        look, gate = slow_tool()
        async with late_call("check", "more", tools=(look,)) as call:
            call.speak()
            await call.wait(0.85)
            await call.sent(2)
            await call.wait(2 * WORD_S + 1.65)
            await call.hear(2)
            excuse = (await call.records())[-1]
            assert excuse.heard == f"{FILLERS[0]} {TOO_SLOW}"
            assert list(excuse.budget_acts) == [
                "cached_filler",
                "short_reply:not_available",
                "apology",
            ]
            gate.set()
            await call.settle()
            await call.wait(0.0)
            await call.hear(3)
            answer = (await call.records())[-1]
            assert answer.heard == ANSWER
            assert answer.latency is None
            assert answer.answer_ms == pytest.approx(3000)

    async def test_a_caller_who_repeats_after_the_apology_is_not_heard_twice_over(self) -> None:
        look, gate = slow_tool()
        async with late_call("check", "hello", tools=(look,)) as call:
            call.speak()
            await call.wait(0.85)
            await call.wait(3.0)
            await call.hear(2)
            call.speak()
            await call.settle()
            gate.set()
            await call.hear(3)
            assert call.policy.told[-1] == "hear hello"
            assert (await call.turns())[-1][1] == f"{ANSWER} {ANSWER}"

    async def test_a_conversation_still_at_the_turn_before_loses_nothing(self) -> None:
        look, gate = slow_tool()
        steps = {**STEPS, "hear check more": (Say("All right."),)}
        async with late_call("check", "more", tools=(look,), steps=steps) as call:
            call.speak()
            await call.settle()
            call.speak()
            await call.settle()
            await call.wait(0.85)
            await call.wait(3.0)
            await call.hear(3)
            assert (await call.turns())[-1][1] == f"{FILLERS[0]} {TOO_SLOW}"
            gate.set()
            await call.hear(4)
            assert (await call.turns())[-1][1] == f"{ANSWER} All right."
            assert (await call.records())[-1].latency is None

    async def test_an_apology_that_is_not_ready_is_synthesised(self) -> None:
        look, gate = slow_tool()
        parts = await budget_parts(FILLERS)
        async with late_call("check", tools=(look,), budget=parts) as call:
            call.speak()
            await call.wait(0.85)
            await call.wait(3.0)
            await call.hear(2)
            assert call.tts.asked[1:] == APOLOGY
            excuse = (await call.records())[-1]
            assert (excuse.text, excuse.answer_ms) == (f"{FILLERS[0]} {TOO_SLOW}", None)
            gate.set()
            await call.hear(3)
            assert (await call.records())[-1].answer_ms is not None

    async def test_late_speech_with_nothing_ready_is_not_made_later(self) -> None:
        async with late_call("hello", budget=await budget_parts()) as call:
            call.tts.gate.clear()
            call.speak()
            await call.wait(2.4)
            await call.wait(0.2)
            call.tts.gate.set()
            await call.hear(2)
            answer = (await call.records())[-1]
            assert answer.heard == ANSWER
            assert answer.budget_acts == ("hedge:not_available", "apology:not_available")

    async def test_a_remedy_that_breaks_harms_nobody(self, monkeypatch: Any) -> None:
        async with late_call("hello") as call:
            monkeypatch.setattr(call.parts.floor, "_interject", lambda *_, **__: 1 / 0)
            call.stt.gate.clear()
            call.speak()
            await call.wait(0.85)
            call.stt.gate.set()
            await call.hear(2)
            answer = (await call.records())[-1]
            assert answer.text == ANSWER
            assert answer.budget_acts[0] == "cached_filler:not_available"


class TestCovered:
    async def test_a_key_during_the_filler_cuts_it_off_and_is_answered_at_once(self) -> None:
        steps = {**STEPS, "key 0": (Say("One person, coming."),)}
        async with late_call("hello", steps=steps) as call:
            call.stt.gate.clear()
            call.speak()
            await call.wait(0.85)
            call.session.events.key("0")
            await call.hear(3)
            call.stt.gate.set()
            await call.hear(4)
            said = [text for who, text, _ in await call.turns() if who == "agent"]
            assert said[1:] == [FILLERS[0], "One person, coming.", ANSWER]

    async def test_a_filler_that_is_cut_off_leaves_the_turn_to_go_on(self) -> None:
        steps = {**STEPS, "hear check hello": (Say("Both, then."),)}
        look, gate = slow_tool()
        async with late_call("check", "hello", tools=(look,), steps=steps) as call:
            call.policy.steps = {**steps, 'result look {"ok": true}': ()}
            call.speak()
            await call.wait(0.85)
            call.cut_in(2, SAMPLES_PER_WORD + 1)
            await call.settle()
            gate.set()
            await call.hear(3)
            heard = await call.turns()
            assert ("agent", FILLERS[0], "One") in heard
            assert call.policy.told[-1] == "hear check hello"
            assert heard[-1] == ("agent", "Both, then.", "Both, then.")

    async def test_a_filler_for_noise_ends_and_leaves_the_floor(self) -> None:
        async with late_call("") as call:
            call.stt.gate.clear()
            call.speak()
            await call.wait(0.85)
            call.stt.gate.set()
            await call.hear(2)
            assert (await call.turns())[-1] == ("agent", FILLERS[0], FILLERS[0])
            assert not call.session.replies.speaking
            await call.wait(60)
            assert len(await call.turns()) == 2

    async def test_lost_words_are_asked_for_behind_the_filler(self) -> None:
        steps = {**STEPS, "lost": (Say("Say it again?"),)}
        async with late_call("[lost]", steps=steps) as call:
            call.stt.gate.clear()
            call.speak()
            await call.wait(0.85)
            call.stt.gate.set()
            await call.hear(2)
            assert (await call.turns())[-1][1] == f"{FILLERS[0]} Say it again?"

    async def test_two_turns_in_a_row_are_not_both_covered(self) -> None:
        async with late_call("hello", "hello", "hello") as call:
            for utterance in (2, 3, 4):
                call.stt.gate.clear()
                call.speak()
                await call.wait(1.0)
                call.stt.gate.set()
                await call.hear(utterance)
            said = [text for who, text, _ in await call.turns() if who == "agent"]
            assert said[1:] == [f"{FILLERS[0]} {ANSWER}", ANSWER, f"{FILLERS[1]} {ANSWER}"]

    async def test_a_yes_within_target_is_not_covered(self) -> None:
        async with late_call("hello", expecting=Expecting.YES_NO) as call:
            call.stt.gate.clear()
            call.speak()
            await call.wait(0.88)
            call.stt.gate.set()
            await call.hear(2)
            assert (await call.turns())[-1][1] == ANSWER

    async def test_without_a_ready_filler_it_is_not_pretended(self) -> None:
        parts = await budget_parts(APOLOGY)
        async with late_call("hello", budget=parts) as call:
            call.stt.gate.clear()
            call.speak()
            await call.wait(1.0)
            call.stt.gate.set()
            await call.hear(2)
            answer = (await call.records())[-1]
            assert answer.text == ANSWER
            assert "cached_filler:not_available" in answer.budget_acts
            assert answer.answer_ms is None


class TestInTime:
    async def test_a_fast_turn_is_left_alone(self) -> None:
        async with late_call("hello") as call:
            call.speak()
            await call.until_said(2)
            await call.wait(0.1)
            await call.hear(2)
            await call.wait(60)
            answer = (await call.records())[-1]
            assert (answer.text, answer.budget_acts, answer.answer_ms) == (ANSWER, (), None)

    async def test_a_caller_who_goes_on_is_not_talked_over(self) -> None:
        async with late_call("hello", "more") as call:
            call.stt.gate.clear()
            call.speak()
            await call.wait(0.5)
            call.session.events.caller_started(call.clock.monotonic())
            await call.wait(60)
            assert 2 not in call.line.sound

    async def test_an_answer_without_words_is_not_apologised_for(self) -> None:
        async with late_call("nothing to say") as call:
            call.speak()
            await call.settle()
            await call.wait(60)
            assert call.line.sound.keys() == {1}

    async def test_slow_speech_makes_the_first_clause_go_ahead(self) -> None:
        expected = Expected({**PRIORS_S, BudgetStage.VOICING: 0.8})
        parts = await budget_parts([*FILLERS, *APOLOGY], expected)
        async with late_call("price", budget=parts) as call:
            call.speak()
            await call.hear(2)
            assert call.tts.asked[1:] == [
                "Since it is after hours tonight,",
                "the visit is $248, and the repair is about $825.",
            ]
            answer = (await call.records())[-1]
            assert answer.heard == LONG
            assert answer.budget_acts == ("clause_flush",)

    async def test_a_reply_that_nobody_waits_for_is_not_cut(self) -> None:
        expected = Expected({**PRIORS_S, BudgetStage.VOICING: 0.8})
        parts = await budget_parts([*FILLERS, *APOLOGY], expected)
        steps = {**STEPS, "key 5": (Say(LONG),)}
        async with late_call("price", budget=parts, steps=steps) as call:
            call.speak()
            await call.hear(2)
            call.session.events.key("5")
            await call.hear(3)
            assert call.tts.asked[-1] == LONG

    async def test_a_turn_teaches_every_stage_it_passed(self) -> None:
        expected = Expected(window=1)
        async with late_call("hello", budget=await budget_parts([], expected)) as call:
            call.stt.gate.clear()
            call.tts.gate.clear()
            call.speak()
            await call.wait(0.2)
            call.stt.gate.set()
            await call.settle()
            await call.wait(0.3)
            call.tts.gate.set()
            await call.until_said(2)
            await call.wait(0.05)
            await call.hear(2)
            learnt = {stage: round(expected.p90_s(stage), 3) for stage in PRIORS_S}
            assert learnt == {
                BudgetStage.HEARING: 0.2,
                BudgetStage.THINKING: 0.0,
                BudgetStage.TOOL: PRIORS_S[BudgetStage.TOOL],
                BudgetStage.VOICING: 0.3,
                BudgetStage.SENDING: 0.05,
            }

    async def test_other_words_end_the_wait_too(self) -> None:
        steps = {**STEPS, "key 0": (Say("One person, coming."),)}
        async with late_call("hello", steps=steps) as call:
            call.stt.gate.clear()
            call.speak()
            await call.wait(0.3)
            call.session.events.key("0")
            await call.hear(2)
            await call.wait(60)
            assert call.line.sound.keys() == {1, 2}

    async def test_noise_is_not_apologised_for(self) -> None:
        async with late_call("") as call:
            call.speak()
            await call.settle()
            await call.wait(60)
            assert call.line.sound.keys() == {1}

    async def test_a_ready_sentence_is_not_cut(self) -> None:
        expected = Expected({**PRIORS_S, BudgetStage.VOICING: 0.8})
        parts = await budget_parts([*FILLERS, *APOLOGY, LONG], expected)
        async with late_call("price", budget=parts) as call:
            call.speak()
            await call.hear(2)
            assert call.tts.asked == [GREETING]
            assert (await call.turns())[-1][1] == LONG

    async def test_fast_speech_keeps_the_sentence_whole(self) -> None:
        async with late_call("price") as call:
            call.speak()
            await call.hear(2)
            assert call.tts.asked[1:] == [LONG]

    async def test_every_act_is_counted_once_a_turn(self) -> None:
        look, gate = slow_tool()
        parts = await budget_parts([*FILLERS, *APOLOGY])
        async with late_call("check", tools=(look,), budget=parts) as call:
            call.speak()
            for _ in range(100):
                await call.wait(0.1)
            gate.set()
            await call.settle()
        assert isinstance(parts.counter, Tally)
        assert parts.counter.acts == [
            ("cached_filler", True),
            ("short_reply", False),
            ("apology", True),
        ]


class TestReady:
    async def test_the_greeting_of_the_second_call_is_not_synthesised(self) -> None:
        steps: Mapping[str, Step] = {"greet": (Say(GREETING), Say("How can I help?"))}
        parts = await budget_parts([GREETING, "How can I help?"])
        for _ in range(2):
            async with paper_call(steps, budget=parts) as call:
                await call.hear(1)
                assert call.tts.asked == []
                assert (await call.turns()) == [
                    ("agent", f"{GREETING} How can I help?", f"{GREETING} How can I help?")
                ]
                assert "disclosure.heard" in await call.events()

    async def test_the_greeting_does_not_wait_for_the_pipeline(self) -> None:
        parts = await budget_parts([GREETING])
        async with paper_call(STEPS, budget=parts) as call:
            for _ in range(4):
                await asyncio.sleep(0)
            assert call.line.sound == {1: 3 * SAMPLES_PER_WORD}

    async def test_ready_sound_never_overtakes_words_in_synthesis(self) -> None:
        steps: Mapping[str, Step] = {"greet": (Say("Something new."), Say(GREETING))}
        parts = await budget_parts([GREETING])
        async with paper_call(steps, budget=parts) as call:
            await call.hear(1)
            assert call.tts.asked == ["Something new.", GREETING]

    async def test_ready_sound_never_overtakes_another_reply(self) -> None:
        steps: Mapping[str, Step] = {"greet": (Say("Something new."),), "silence": (Say(GREETING),)}
        parts = await budget_parts([GREETING])
        async with paper_call(steps, budget=parts) as call:
            call.tts.gate.clear()
            await call.settle()
            call.put(Input(InputKind.SILENCE))
            await call.settle()
            assert call.line.sound == {}
            call.tts.gate.set()
            await call.hear(1)
            await call.hear(2)
            assert (await call.turns())[-1][1] == GREETING

    async def test_a_ready_greeting_that_is_cut_off_keeps_what_was_heard(self) -> None:
        parts = await budget_parts([GREETING])
        async with paper_call(STEPS, "hello", budget=parts) as call:
            await call.until_said(1)
            call.cut_in(1, SAMPLES_PER_WORD)
            await call.hear(2)
            assert (await call.turns())[0] == ("agent", GREETING, "Hello")
