"""The serial loop with a scripted policy: order, fillers, errors, journal and restoration."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime

from tests.pipelines.scripted import CALL, ScriptedPolicy
from voiceagent.core.clock import ManualClock
from voiceagent.dialogue.acts import CallTool, HangUp, Say, Step
from voiceagent.dialogue.loop import Conversation, Input, InputKind
from voiceagent.dialogue.recorder import Recorder
from voiceagent.domain.business_file import load_business
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.outcomes import EMERGENCY_REPORTED
from voiceagent.store.memory import MemoryStore
from voiceagent.store.memory.tables import CallRow
from voiceagent.toolkit import Arguments, Result, Toolbox, ToolContext, ToolOutcome, tool


class Empty(Arguments):
    pass


class Done(Result):
    ok: bool


class Notebook:
    """A mouth that writes down what it is asked to say."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    async def begin(self, cause: Input) -> None:
        self.lines.append(f"[{cause.kind}]")

    async def say(self, text: str) -> None:
        self.lines.append(text)

    async def settle(self) -> None:
        self.lines.append("(settled)")

    async def tool_started(self, filler: str) -> None:
        self.lines.append(f"... {filler}")

    async def tool_finished(self, outcome: ToolOutcome) -> None:
        self.lines.append(f"* {outcome.name}")

    async def end(self, expecting: Expecting, *, hang_up: str | None) -> None:
        self.lines.append(f"({expecting}{', ' + hang_up if hang_up else ''})")


class Rig:
    def __init__(self, steps: Mapping[str, Step], *tools: object) -> None:
        self.store = MemoryStore(clock := ManualClock(datetime(2025, 8, 29, tzinfo=UTC)))
        self.store.kept.calls[CALL.call_id] = CallRow(CALL, clock.now())
        self.policy = ScriptedPolicy(steps)
        self.mouth = Notebook()
        self.recorder = Recorder()
        self.context = ToolContext(
            call=CALL,
            business=load_business("business/coolcare.toml"),
            clock=clock,
            store=self.store,
            call_control=None,  # type: ignore[arg-type]
            spawn=asyncio.ensure_future,  # type: ignore[arg-type]
        )
        self.conversation = Conversation(
            self.policy,
            Toolbox(tools),  # type: ignore[arg-type]
            self.context,
            self.mouth,
            self.recorder,
            clock,
        )

    async def written(self) -> None:
        writing = asyncio.ensure_future(self.recorder.run())
        await self.recorder.drained()
        writing.cancel()
        with suppress(asyncio.CancelledError):
            await writing


@tool(budget_s=1.0, say="One moment.")
async def quick(args: Empty, ctx: ToolContext) -> Done:
    """Answers at once."""
    return Done(ok=True)


async def test_a_tool_result_goes_back_to_the_policy_before_the_next_input() -> None:
    rig = Rig(
        {
            "hear book it": (Say("I'm booking it."), CallTool("quick", {})),
            'result quick {"ok": true}': (Say("Done."),),
        },
        quick,
    )
    assert not await rig.conversation.answer(Input(InputKind.HEARD, "book it"))
    assert rig.mouth.lines == [
        "[heard]",
        "I'm booking it.",
        "... One moment.",
        "* quick",
        "Done.",
        "(yes_no)",
    ]


async def test_an_unknown_tool_becomes_an_error_the_policy_can_speak_of() -> None:
    rig = Rig({"hear x": (CallTool("missing", {}),)})
    await rig.conversation.answer(Input(InputKind.HEARD, "x"))
    assert rig.policy.told[-1].startswith('result missing {"error": {"code": "tool.unknown"')


async def test_hanging_up_ends_the_loop_with_its_reason() -> None:
    rig = Rig({"hear bye": (Say("Goodbye."), HangUp("done"))})
    rig.conversation.put(Input(InputKind.HEARD, "bye"))
    rig.conversation.put(Input(InputKind.HEARD, "never answered"))
    await asyncio.wait_for(rig.conversation.run(), 1)
    assert rig.policy.told == ["hear bye"]
    assert rig.mouth.lines[-1] == "(yes_no, done)"


async def test_a_crashed_conversation_is_restored_from_its_journal() -> None:
    steps: Mapping[str, Step] = {
        "greet": (Say("Hello."),),
        "hear book": (CallTool("quick", {}),),
    }
    rig = Rig(steps, quick)
    await rig.conversation.answer(Input(InputKind.BEGIN))
    await rig.conversation.answer(Input(InputKind.HEARD, "book"))
    await rig.conversation.answer(Input(InputKind.KEY, "5"))
    await rig.written()

    successor = Rig(steps, quick)
    successor.context.store.journal = rig.store.journal  # type: ignore[misc]
    assert await successor.conversation.restore()
    assert successor.policy.told == rig.policy.told
    assert successor.mouth.lines == []


async def test_a_new_call_has_nothing_to_restore() -> None:
    rig = Rig({})
    assert not await rig.conversation.restore()
    assert rig.policy.told == []


async def test_a_flood_of_inputs_is_dropped_not_kept() -> None:
    rig = Rig({})
    for _ in range(1000):
        rig.conversation.put(Input(InputKind.HEARD, "spam"))
    assert len(rig.conversation._inbox) <= 64


async def test_reported_danger_is_on_record_at_once_and_once() -> None:
    rig = Rig({})
    for text in ("hello", "I smell gas", "yes it is gas"):
        rig.policy.emergency_reported = "gas" in text
        await rig.conversation.answer(Input(InputKind.HEARD, text))
    await rig.written()
    history = await rig.store.history.call(CALL.call_sid)
    assert history is not None
    assert [event.kind for event in history.events] == [EMERGENCY_REPORTED]


async def test_a_turn_that_goes_on_is_heard_again_whole() -> None:
    rig = Rig({})
    await rig.conversation.answer(Input(InputKind.HEARD, "five five five"))
    await rig.conversation.answer(Input(InputKind.HEARD, "one two three", continues=True))
    assert rig.policy.known == ("hear five five five one two three",)
    await rig.written()

    successor = Rig({})
    successor.context.store.journal = rig.store.journal  # type: ignore[misc]
    await successor.conversation.restore()
    assert successor.policy.known == rig.policy.known


@tool(budget_s=1.0, side_effects=True)
async def book(args: Empty, ctx: ToolContext) -> Done:
    """Changes the world."""
    return Done(ok=True)


async def test_what_was_done_is_never_taken_back() -> None:
    rig = Rig({"hear yes": (CallTool("book", {}),)}, book)
    await rig.conversation.answer(Input(InputKind.HEARD, "yes"))
    await rig.conversation.answer(Input(InputKind.HEARD, "please", continues=True))
    assert rig.policy.known == ("hear yes", 'result book {"ok": true}', "hear please")
