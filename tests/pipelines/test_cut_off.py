"""A reply that follows a cut-off starts at once, and nothing older than a reply cuts it off.

Time is the test's here: `settle` lets happen what can happen, and no second passes. So sound that
is there afterwards was there at once. Synthesis answers when its gate opens, which is after every
interruption has wandered through the pipeline: the order that a real speech service has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pipecat.frames.frames import Frame, InterruptionFrame, TTSAudioRawFrame
from pipecat.processors.frame_processor import FrameDirection

from pipelines.heard import SpeechLedger
from pipelines.line_events import LineEvent
from pipelines.transport import LineOutput, ReplyCutFrame, ReplyStartFrame, StrayCounts
from tests.pipelines.rig import SAMPLES_PER_WORD, PaperCall, PaperLine, paper_call
from voiceagent.core.clock import ManualClock
from voiceagent.core.wire import Played, TurnDecider, TurnEnd
from voiceagent.dialogue.acts import CallTool, Say, Step
from voiceagent.dialogue.loop import Input, InputKind
from voiceagent.domain.records import Turn
from voiceagent.toolkit.answers import Arguments, Result
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.spec import SideEffects, Tool, tool


class Empty(Arguments):
    pass


class Done(Result):
    ok: bool


@tool(budget_s=1.0, side_effects=SideEffects.ENDS_LINE)
async def escalate_to_human(args: Empty, ctx: ToolContext) -> Done:
    """Finds nobody."""
    return Done(ok=True)


def slow_tool() -> tuple[Tool, asyncio.Event]:
    gate = asyncio.Event()

    @tool(budget_s=5.0)
    async def look(args: Empty, ctx: ToolContext) -> Done:
        """Takes until the gate opens."""
        await gate.wait()
        return Done(ok=True)

    return look, gate


GREETING = "One two three four five six."
STEPS: dict[str, Step] = {
    "greet": (Say(GREETING),),
    "key 0": (Say("Of course."), CallTool("escalate_to_human", {})),
    'result escalate_to_human {"ok": true}': (Say("Nobody is here."),),
    "hear hello": (Say("Hello yourself, dear caller."),),
    "hear look": (Say("Let me look."), CallTool("look", {})),
    'result look {"ok": true}': (Say("Found it."),),
    "silence": (Say("Are you there?"),),
}


def clock() -> ManualClock:
    return ManualClock(datetime(2025, 8, 29, tzinfo=UTC))


def press(call: PaperCall, digit: str, *, over: int = 0) -> None:
    """A key; `over` is the utterance that it cuts off at the line, after its first word."""
    if over:
        call.session.events.barge_in(Played(over, SAMPLES_PER_WORD, done=False, first_sent_s=1.0))
    call.session.events.key(digit)


async def at_once(call: PaperCall, utterance: int, words: str) -> None:
    """These words sound in this utterance without any time passing; then they are heard."""
    await call.settle()
    call.tts.gate.set()
    await call.settle()
    assert call.line.sound.get(utterance) == len(words.split()) * SAMPLES_PER_WORD, call.line.sound
    await call.hear(utterance)


async def while_speaking(call: PaperCall) -> int:
    await call.until_said(1)
    call.tts.gate.clear()
    press(call, "0", over=1)
    return 2


async def before_the_first_sound(call: PaperCall) -> int:
    call.tts.gate.clear()
    await call.settle()
    press(call, "0")
    return 2


async def in_the_quiet(call: PaperCall) -> int:
    await call.hear(1)
    call.tts.gate.clear()
    press(call, "0")
    return 2


async def while_the_answer_is_made(call: PaperCall) -> int:
    await call.hear(1)
    call.tts.gate.clear()
    call.speak()
    await call.settle()
    press(call, "0")
    return 3


async def while_a_prompt_after_silence_is_said(call: PaperCall) -> int:
    await call.hear(1)
    call.put(Input(InputKind.SILENCE))
    await call.until_said(2)
    call.tts.gate.clear()
    press(call, "0", over=2)
    return 3


async def with_a_stray_interruption(call: PaperCall) -> int:
    await call.until_said(1)
    call.tts.gate.clear()
    press(call, "0", over=1)
    await call.settle()
    await call.session.input.broadcast_frame(InterruptionFrame)
    return 2


async def after_the_caller_began_to_speak(call: PaperCall) -> int:
    await call.until_said(1)
    call.tts.gate.clear()
    call.session.events.barge_in(Played(1, SAMPLES_PER_WORD, done=False, first_sent_s=1.0))
    call.session.events.caller_started(0.0)
    await call.settle()
    press(call, "0")
    return 2


@pytest.mark.parametrize(
    "arrive",
    [
        while_speaking,
        before_the_first_sound,
        in_the_quiet,
        while_the_answer_is_made,
        while_a_prompt_after_silence_is_said,
        with_a_stray_interruption,
        after_the_caller_began_to_speak,
    ],
)
async def test_a_person_is_looked_for_at_once(
    arrive: Callable[[PaperCall], Awaitable[int]],
) -> None:
    tools = (escalate_to_human,)
    async with paper_call(STEPS, "hello", tools=tools, clock=clock()) as call:
        answer = await arrive(call)
        await at_once(call, answer, "Of course.")
        await at_once(call, answer + 1, "Nobody is here.")
        said = [turn.text for turn in await call.records()]
        assert said[-2:] == ["Of course.", "Nobody is here."]


async def test_a_key_while_a_tool_runs_is_answered_before_its_result() -> None:
    """The tool still runs: the person is promised at once, and looked for when it is done."""
    look, gate = slow_tool()
    tools = (look, escalate_to_human)
    async with paper_call(STEPS, "look", tools=tools, clock=clock()) as call:
        await call.hear(1)
        call.speak()
        await call.settle()
        press(call, "0", over=2)
        await call.settle()
        assert call.line.sound.get(3) == len(["Of", "course."]) * SAMPLES_PER_WORD
        assert 'result look {"ok": true}' not in call.policy.told
        call.tts.gate.clear()
        gate.set()
        await at_once(call, 3, "Of course. Found it.")
        await at_once(call, 4, "Nobody is here.")
        assert not call.session.replies.speaking


async def test_the_second_key_cuts_off_what_the_first_one_brought() -> None:
    tools = (escalate_to_human,)
    async with paper_call(STEPS, tools=tools, clock=clock()) as call:
        await call.until_said(1)
        press(call, "0", over=1)
        await call.until_said(2)
        press(call, "0", over=2)
        await call.settle()
        assert call.policy.told.count("key 0") == 2
        await at_once(call, 3, "Of course.")  # what was cut off, as nothing came after it
        await at_once(call, 4, "Of course. Nobody is here.")
        await at_once(call, 5, "Nobody is here.")
        assert not call.session.replies.speaking


async def test_words_that_follow_a_key_do_not_take_back_what_was_said_before_it() -> None:
    """Only words that directly follow words make them one turn."""
    steps = STEPS | {"key 5": (Say("Five it is."),), "hear look": (Say("I see."),)}
    async with paper_call(steps, "hello", "look", clock=clock()) as call:
        await call.hear(1)
        call.speak()
        await call.until_said(2)
        press(call, "5")
        await call.hear(3)
        call.speak()
        await call.hear(4)
        assert call.policy.told[1:] == ["hear hello", "key 5", "hear look"]


async def test_what_a_stray_key_cut_off_is_said_again() -> None:
    async with paper_call(STEPS, clock=clock()) as call:
        await call.until_said(1)
        press(call, "7", over=1)
        await at_once(call, 2, GREETING)


async def test_a_key_that_brings_no_answer_does_not_end_the_prompts() -> None:
    async with paper_call(STEPS, clock=clock()) as call:
        await call.hear(1)
        press(call, "7")
        await call.settle()
        assert call.parts.silence.waiting


async def test_late_speech_of_an_earlier_reply_is_never_heard_in_a_later_one() -> None:
    line = PaperLine()
    output = LineOutput(line, lambda _: SpeechLedger(), lambda _: None, StrayCounts())

    async def take(frame: Frame) -> None:
        await output.process_frame(frame, FrameDirection.DOWNSTREAM)

    def speech(context: str) -> TTSAudioRawFrame:
        return TTSAudioRawFrame(bytes(200), 8000, 1, context_id=context)

    await take(ReplyStartFrame(reply=1))
    await take(speech("a"))
    await take(ReplyCutFrame(through=1))
    await take(speech("a"))
    await take(ReplyStartFrame(reply=2))
    await take(speech("a"))
    await take(speech("b"))
    await take(ReplyCutFrame(through=1))
    await take(InterruptionFrame())
    await take(speech("b"))
    assert line.sound == {1: 100, 2: 200}
    assert output.strays.speech == 3


class Move(StrEnum):
    """What can happen in a call. LATE: what the line tells from now on arrives at PUNCTUAL."""

    KEY = "key"
    VOICE = "voice"
    END_OF_TURN = "end of turn"
    PROMPT = "prompt"
    HEARD = "heard"
    STRAY = "stray interruption"
    LATE = "late"
    PUNCTUAL = "punctual"
    SLOW_SPEECH = "slow speech"
    FAST_SPEECH = "fast speech"


class Player:
    """Plays moves as the line and the caller would, and keeps book of what each cut-off may cut."""

    def __init__(self, call: PaperCall) -> None:
        self.call = call
        self.events = call.session.events
        self.waiting: list[LineEvent] | None = None
        self.speaking = False
        self.heard: set[int] = set()
        self.aimed_at = 0
        """The newest reply that any cut-off so far was aimed at."""
        self._deliver = self.events._put
        self.events._put = self._put  # type: ignore[method-assign]  # on its way to the call

    def _put(self, event: LineEvent) -> None:
        if self.waiting is None:
            self._deliver(event)
        else:
            self.waiting.append(event)

    @property
    def _in_the_ear(self) -> int:
        sounding = [n for n in self.call.line.sound if n not in self.heard and n > self.aimed_at]
        return min(sounding, default=0)

    def _cut(self) -> None:
        if over := self._in_the_ear:
            self.events.barge_in(Played(over, 1, done=False, first_sent_s=1.0))
        self.aimed_at = self.call.session.brain.reply

    async def play(self, move: Move) -> None:  # noqa: C901, PLR0912 - one case per move
        call = self.call
        match move:
            case Move.KEY:
                self._end_of_turn()
                self._cut()
                self.events.key("5")
            case Move.VOICE if not self.speaking:
                self._cut()
                self.speaking = True
                self.events.caller_started(0.0)
            case Move.END_OF_TURN:
                self._end_of_turn()
            case Move.PROMPT:
                call.put(Input(InputKind.SILENCE))
            case Move.HEARD if not self.speaking:
                over = self._in_the_ear
                if over and over in call.line.ended:
                    self.heard.add(over)
                    self.events.played(Played(over, call.line.sound[over], True, 1.0))
            case Move.STRAY:
                await call.session.input.broadcast_frame(InterruptionFrame)
            case Move.LATE if self.waiting is None:
                self.waiting = []
            case Move.PUNCTUAL if self.waiting is not None:
                events, self.waiting = self.waiting, None
                for event in events:
                    self._deliver(event)
            case Move.SLOW_SPEECH:
                call.tts.gate.clear()
            case Move.FAST_SPEECH:
                call.tts.gate.set()
            case _:
                pass
        await call.settle()

    def _end_of_turn(self) -> None:
        if self.speaking:
            self.speaking = False
            self.events.caller_finished(TurnEnd(0.0, 0.0, 0.0, TurnDecider.SILENCE))

    async def to_the_end(self) -> None:
        for move in (Move.PUNCTUAL, Move.FAST_SPEECH, Move.END_OF_TURN):
            await self.play(move)
        for _ in range(30):
            await self.play(Move.HEARD)


async def played(moves: Sequence[Move]) -> tuple[list[Turn], list[str]]:
    """The turns of the call that came of it, and the sentences that were to be said."""
    steps = Numbered()
    transcripts = [f"words {n}" for n in range(len(moves) + 1)]
    async with paper_call(steps, *transcripts, clock=clock()) as call:
        player = Player(call)
        await call.settle()
        for move in moves:
            await player.play(move)
        await player.to_the_end()
        assert not call.session.replies.speaking
        await call.session.recorder.drained()  # keys wait until they are no card's
        return await call.records(), steps.said


class Numbered(dict[str, Step]):
    """Answers everything with a sentence of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def get(self, key: str, default: Step = ()) -> Step:  # type: ignore[override]  # the form that is used
        self.said.append(f"Sentence number n{len(self.said)}.")
        return (Say(self.said[-1]),)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(Move), max_size=14))
def test_a_reply_begun_after_a_cut_off_is_said_once_and_whole(moves: list[Move]) -> None:
    turns, said = asyncio.run(played([*moves, Move.PUNCTUAL, Move.KEY]))
    agent = [turn for turn in turns if turn.speaker.value == "agent"]
    last = said[-1]
    whole = [turn for turn in agent if last in turn.heard]
    assert len(whole) == 1, (last, agent)
    for sentence in said:
        assert sum(turn.heard.count(sentence) for turn in agent) <= 1, (sentence, agent)
