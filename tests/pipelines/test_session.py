"""A phone call through the real pipecat pipeline, with scripted ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from enum import StrEnum

import pytest

from pipelines.session import TIME_IS_UP
from tests.pipelines.rig import LOST, SAMPLES_PER_WORD, paper_call
from tests.pipelines.scripted import CALL
from voiceagent.core.wire import Played
from voiceagent.dialogue.acts import CallTool, HangUp, Say, Step
from voiceagent.dialogue.case_file import AgentWords
from voiceagent.domain.expecting import Expecting
from voiceagent.toolkit.answers import Arguments, Result
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.spec import SideEffects, Tool, tool

GREETING = {"greet": (Say("Hello and welcome."),)}


async def test_the_greeting_is_spoken_and_written_down_as_heard() -> None:
    async with paper_call(GREETING) as call:
        await call.hear(1)
        assert (await call.turns()) == [("agent", "Hello and welcome.", "Hello and welcome.")]
        assert call.line.sound == {1: 3 * SAMPLES_PER_WORD}
        assert "disclosure.heard" in await call.events()


async def test_a_turn_is_answered_and_its_latency_adds_up() -> None:
    steps = GREETING | {"hear my ac is out": (Say("I'm sorry."), Say("Which day?"))}
    async with paper_call(steps, "my ac is out") as call:
        await call.hear(1)
        call.speak()
        await call.hear(2)
        assert (await call.turns())[1:] == [
            ("caller", "my ac is out", "my ac is out"),
            ("agent", "I'm sorry. Which day?", "I'm sorry. Which day?"),
        ]
        assert call.line.expecting[-1] is Expecting.YES_NO


@pytest.mark.parametrize(
    ("sure", "kept"), [(0.6551226534964615, 0.655), (1.0, 1.0), (0.0, 0.0), (None, None)]
)
async def test_how_sure_recognition_is_reaches_the_journal_short_of_a_card(
    sure: float | None, kept: float | None
) -> None:
    async with paper_call(GREETING | {"hear bye": (Say("Bye."),)}, "bye") as call:
        call.session.turns.ask_confidence = lambda: sure
        await call.hear(1)
        call.speak()
        await call.hear(2)
        rows = [json.loads(row[2]) for row in await call.store.journal.read(CALL.call_id)]
    assert [row.get("confidence") for row in rows if row.get("text") == "bye"] == [kept]


async def test_a_cut_off_reply_keeps_only_what_was_heard() -> None:
    steps = {"greet": (Say("One two three four five six."),), "hear stop": (Say("Stopped."),)}
    async with paper_call(steps, "stop") as call:
        await call.until_said(1)
        call.cut_in(1, 3 * SAMPLES_PER_WORD)
        await call.hear(2)
        assert (await call.turns()) == [
            ("agent", "One two three four five six.", "One two three"),
            ("caller", "stop", "stop"),
            ("agent", "Stopped.", "Stopped."),
        ]


async def test_noise_that_cut_the_agent_off_makes_it_say_again_what_was_lost() -> None:
    steps = {"greet": (Say("First sentence here. Second sentence here."),)}
    async with paper_call(steps, "") as call:
        await call.until_said(1)
        call.cut_in(1, 4 * SAMPLES_PER_WORD)
        await call.hear(2)
        assert (await call.turns()) == [
            (
                "agent",
                "First sentence here. Second sentence here.",
                "First sentence here. Second",
            ),
            ("agent", "Second sentence here.", "Second sentence here."),
        ]


async def test_a_turn_that_goes_on_before_our_answer_was_heard_is_answered_whole() -> None:
    steps = GREETING | {
        "hear five five five": (Say("And the rest?"),),
        "hear five five five one two": (Say("Thank you."),),
    }
    async with paper_call(steps, "five five five", "one two") as call:
        await call.hear(1)
        call.speak()
        await call.until_said(2)
        call.speak()
        await call.hear(3)
        assert call.line.stopped == 1
    # Digits at the end of a turn hold the writes until the next turn, or the end of the call.
    assert (await call.turns())[-1] == ("agent", "Thank you.", "Thank you.")


async def test_a_recogniser_that_never_answers_does_not_hang_the_call() -> None:
    steps = GREETING | {"silence": (Say("Are you there?"),)}
    async with paper_call(steps, None, "hello") as call:
        await call.hear(1)
        call.speak()
        call.parts.silence.over()
        await call.settle()
        assert call.session.closed is None


async def test_words_that_recognition_lost_are_asked_for_again() -> None:
    steps = GREETING | {"lost": (Say("Say it again?"),), "hear my ac is out": (Say("Thanks."),)}
    async with paper_call(steps, LOST, "my ac is out") as call:
        await call.hear(1)
        call.speak()
        await call.hear(2)
        call.speak()
        await call.hear(3)
        assert [text for _, text, _ in await call.turns()] == [
            "Hello and welcome.",
            "Say it again?",
            "my ac is out",
            "Thanks.",
        ]


async def test_noise_without_words_is_left_alone() -> None:
    steps = GREETING | {"lost": (Say("Say it again?"),)}
    async with paper_call(steps, "") as call:
        await call.hear(1)
        call.speak()
        await call.settle()
        assert [text for _, text, _ in await call.turns()] == ["Hello and welcome."]


@pytest.mark.parametrize("sound", ["um", "Uh, ah.", "ha ha ha"])
async def test_a_hesitation_or_a_laugh_in_the_quiet_opens_no_turn(sound: str) -> None:
    steps = GREETING | {"hear um it is out": (Say("Thanks."),)}
    async with paper_call(steps, sound, "um it is out") as call:
        await call.hear(1)
        call.speak()
        await call.settle()
        assert [text for _, text, _ in await call.turns()] == ["Hello and welcome."]
        call.speak()
        await call.hear(2)
        assert [text for _, text, _ in await call.turns()][1:] == ["um it is out", "Thanks."]


async def test_a_laugh_that_cut_the_agent_off_makes_it_say_again_what_was_lost() -> None:
    steps = {"greet": (Say("First sentence here. Second sentence here."),)}
    async with paper_call(steps, "ha ha") as call:
        await call.until_said(1)
        call.cut_in(1, 4 * SAMPLES_PER_WORD)
        await call.hear(2)
        assert (await call.turns())[-1] == (
            "agent",
            "Second sentence here.",
            "Second sentence here.",
        )


async def test_goodbye_closes_the_line_after_it_was_said() -> None:
    steps = GREETING | {"hear bye": (Say("Goodbye."), HangUp("done"))}
    async with paper_call(steps, "bye") as call:
        await call.hear(1)
        call.speak()
        await call.until_said(2)
        await call.settle()
        assert call.line.closing
        assert call.line.sound[2] == SAMPLES_PER_WORD


async def test_a_key_during_the_goodbye_leaves_it_to_be_heard() -> None:
    steps = GREETING | {"hear bye": (Say("Goodbye to you."), HangUp("done"))}
    async with paper_call(steps, "bye") as call:
        await call.hear(1)
        call.speak()
        await call.until_said(2)
        await call.settle()
        assert call.line.closing
        call.session.events.key("0")
        await call.settle()
        assert call.line.stopped == 0
        await call.hear(2)
        assert (await call.turns())[-1] == ("agent", "Goodbye to you.", "Goodbye to you.")


async def test_a_call_that_has_lasted_too_long_ends_with_a_sentence() -> None:
    """A key still reaches the conversation, which is not over."""
    steps = GREETING | {"key 0": (Say("One moment."),)}
    async with paper_call(steps) as call:
        await call.hear(1)
        call.session.events.time_is_up()
        await call.until_said(2)
        await call.settle()
        assert call.line.closing
        call.session.events.time_is_up()
        call.session.events.key("0")
        await call.settle()
        assert call.line.stopped == 0
        await call.hear(2)
        assert (await call.turns())[1] == ("agent", TIME_IS_UP, TIME_IS_UP)
        assert call.policy.told == ["greet", "key 0"]


async def test_a_key_is_answered() -> None:
    steps = GREETING | {"key 0": (Say("One moment."),)}
    async with paper_call(steps) as call:
        await call.hear(1)
        call.session.events.key("0")
        await call.hear(2)
        assert (await call.turns())[-1][1] == "One moment."


async def test_a_caller_who_hangs_up_has_heard_what_was_played() -> None:
    async with paper_call({"greet": (Say("One two three four five six."),)}) as call:
        await call.until_said(1)
        call.line.heard = Played(1, 4 * SAMPLES_PER_WORD, done=False, first_sent_s=1.0)
    assert (await call.turns()) == [
        ("agent", "One two three four five six.", "One two three four"),
    ]


async def test_the_dialogue_knows_what_was_heard_of_its_last_words() -> None:
    """Also of those that the caller cut off, and of those under way when the line was lost."""
    steps: Mapping[str, Step] = {
        "greet": (Say("Hello and welcome."),),
        "hear hello": (Say("One two three four five six."),),
        "hear stop": (Say("Seven eight nine ten."),),
    }
    async with paper_call(steps, "hello", "stop") as call:
        await call.hear(1)
        assert call.policy.last_words == AgentWords("Hello and welcome.", "Hello and welcome.")
        call.speak()
        await call.until_said(2)
        call.cut_in(2, 2 * SAMPLES_PER_WORD)
        await call.until_said(3)
        assert call.policy.last_words == AgentWords("One two three four five six.", "One two")
        call.line.heard = Played(3, SAMPLES_PER_WORD, done=False, first_sent_s=1.0)
    journal = await call.store.journal.read(CALL.call_id)
    assert [kind for _, kind, _ in journal].count("reply_heard") == 3
    assert json.loads(journal[-1][2])["text"] == "Seven"


async def test_a_reply_is_held_back_with_what_decided_it() -> None:
    """Not with what holds back others by the time it is over."""
    steps: Mapping[str, Step] = {
        "greet": (Say("Hello."),),
        "hear 4242424242": (Say("I have (424) 242-4242."),),
    }
    async with paper_call(steps, "4242424242") as call:
        await call.hear(1)
        call.speak()
        await call.until_said(2)
        gate = call.session._gate
        gate.words("424242", Expecting.ANYTHING)
        gate.words("937 555 0161", Expecting.PHONE)  # may be another one
        gate.words("yes please, tomorrow", Expecting.ANYTHING)
        gate.words("513 555 0161", Expecting.PHONE)
        await call.hear(2)
    assert "424" not in str(await call.turns())


class Asked(Arguments):
    pass


class Reached(Result):
    transferred: bool


def a_person(asked: list[str], gate: asyncio.Event) -> tuple[Tool, ...]:
    @tool(budget_s=5.0)
    async def look(args: Asked, ctx: ToolContext) -> Reached:
        """Takes its time."""
        await gate.wait()
        return Reached(transferred=False)

    @tool(budget_s=2.5, side_effects=SideEffects.ENDS_LINE)
    async def person(args: Asked, ctx: ToolContext) -> Reached:
        """Somebody is called."""
        asked.append(ctx.call.call_sid)
        return Reached(transferred=True)

    return look, person


class When(StrEnum):
    """Where a call can stand when somebody presses 0."""

    GREETING = "greeting"
    LISTENING = "listening"
    TALKING = "talking"
    TOOL_RUNS = "tool runs"
    GOODBYE_PLAYS = "goodbye plays"
    GOODBYE_PLAYED = "goodbye played"
    TIME_IS_UP = "time is up"


TURNS = {When.TALKING: "hello", When.TOOL_RUNS: "look", **dict.fromkeys(
    (When.GOODBYE_PLAYS, When.GOODBYE_PLAYED), "bye")}  # fmt: skip
TO_A_PERSON: Mapping[str, Step] = {
    "greet": (Say("Hello and welcome."),),
    "hear hello": (Say("One two three."),),
    "hear look": (Say("One moment."), CallTool("look", {})),
    "hear bye": (Say("Goodbye to you."), HangUp("done")),
    "key 0": (Say("Getting someone."), CallTool("person", {})),
    'result person {"transferred": true}': (Say("Connecting you to Kim."),),
}


@pytest.mark.parametrize("when", When)
async def test_the_key_for_a_person_reaches_one_as_long_as_the_line_is_up(when: When) -> None:
    asked, gate = list[str](), asyncio.Event()
    turns = [TURNS[when]] if when in TURNS else []
    async with paper_call(TO_A_PERSON, *turns, tools=a_person(asked, gate)) as call:
        await call.until_said(1)
        if when is not When.GREETING:
            await call.hear(1)
        if when is When.TIME_IS_UP:
            call.session.events.time_is_up()
            await call.until_said(2)
        elif when in TURNS:
            call.speak()
            if when is When.TOOL_RUNS:
                await call.settle()
            else:
                await call.until_said(2)
                await call.settle()
        if when is When.GOODBYE_PLAYED:
            await call.hear(2)
        leaving = call.line.closing
        call.session.events.key("0")
        gate.set()
        heard = 1 if when is not When.GREETING else 0
        async with asyncio.timeout(5):
            while "Connecting you to Kim." not in [text for _, text, _ in await call.turns()]:
                await call.settle()
                waiting = [one for one in call.line.ended if one > heard]
                if waiting:
                    heard = waiting[0]
                    await call.hear(heard)
                await asyncio.sleep(0)
        assert asked == [CALL.call_sid]
        assert call.line.closing is leaving
        assert ("agent", "Getting someone.", "Getting someone.") in await call.turns()
        if when is When.GOODBYE_PLAYS:
            assert ("agent", "Goodbye to you.", "Goodbye to you.") in await call.turns()
        if leaving:
            last = max(call.line.sound)
            assert call.line.last_words == last, "it closes once all of that was heard"
