"""The serial loop with a scripted policy: order, fillers, errors, journal and restoration."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from tests.pipelines.scripted import CALL, ScriptedPolicy
from voiceagent.core.clock import ManualClock
from voiceagent.dialogue.acts import CallTool, DialogueAct, HangUp, Say, Step
from voiceagent.dialogue.caller_gate import CallerGate
from voiceagent.dialogue.case_file import AgentWords
from voiceagent.dialogue.loop import Conversation, Input, InputKind
from voiceagent.dialogue.port import Heard, WordsHeard
from voiceagent.dialogue.recorder import Holds, Recorder, WriteHold
from voiceagent.domain.business_file import load_business
from voiceagent.domain.card_watch import Sign
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.outcomes import EMERGENCY_REPORTED
from voiceagent.domain.records import Outcome
from voiceagent.errors import Unavailable
from voiceagent.store.memory import MemoryStore
from voiceagent.store.memory.tables import CallRow
from voiceagent.toolkit.answers import Arguments, Result, ToolOutcome
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.spec import SideEffects, Tool, tool
from voiceagent.toolkit.toolbox import Toolbox


class Empty(Arguments):
    pass


class Done(Result):
    ok: bool


class Notebook:
    """A mouth that writes down what it is asked to say."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.spoken = asyncio.Event()

    async def begin(self, cause: Input) -> None:
        self.lines.append(f"[{cause.kind}]")

    async def say(self, text: str, holds: Holds = ()) -> None:
        self.lines.append(text)
        self.spoken.set()

    async def settle(self) -> None:
        self.lines.append("(settled)")

    async def tool_started(self, filler: str) -> None:
        self.lines.append(f"... {filler}")

    async def tool_finished(self, outcome: ToolOutcome) -> None:
        self.lines.append(f"* {outcome.name}")

    async def keep_private(self) -> None:
        self.lines.append("(private)")

    async def end(self, expecting: Expecting, *, hang_up: str | None) -> None:
        self.lines.append(f"({expecting}{', ' + hang_up if hang_up else ''})")


class Rig:
    def __init__(self, steps: Mapping[str, Step], *tools: Tool) -> None:
        self.clock = clock = ManualClock(datetime(2025, 8, 29, tzinfo=UTC))
        self.store = MemoryStore(clock)
        self.store.kept.calls[CALL.call_id] = CallRow(CALL, clock.now())
        self.policy = ScriptedPolicy(steps)
        self.mouth = Notebook()
        self.recorder = Recorder()
        self.context = ToolContext(
            call=CALL,
            business=load_business("business/coolcare.toml"),
            clock=clock,
            store=self.store,
            call_control=None,  # type: ignore[arg-type]  # no tool of these rings anybody
            spawn=asyncio.ensure_future,
        )
        self.conversation = Conversation(
            self.policy,
            Toolbox(tools),
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


@tool(budget_s=1.0, filler="One moment.")
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


async def test_after_hanging_up_only_the_key_for_a_person_is_answered() -> None:
    rig = Rig({"hear bye": (Say("Goodbye."), HangUp("done"))})
    rig.conversation.put(Input(InputKind.HEARD, "bye"))
    for kind, text in ((InputKind.HEARD, "never answered"), (InputKind.KEY, "5")):
        rig.conversation.put(Input(kind, text))
    rig.conversation.put(Input(InputKind.SILENCE))
    with suppress(TimeoutError):
        await asyncio.wait_for(rig.conversation.run(), 0.05)
    assert rig.policy.told == ["hear bye"]
    assert rig.mouth.lines[-1] == "(yes_no, done)"


@pytest.mark.parametrize("at", ["at once", "when it was played"])
async def test_after_hanging_up_the_key_for_a_person_is_heard(at: str) -> None:
    rig = Rig({"hear bye": (Say("Goodbye."), HangUp("done")), "key 0": (Say("One moment."),)})
    rig.conversation.put(Input(InputKind.HEARD, "bye"))
    if at == "when it was played":
        rig.conversation.reply_heard(AgentWords("Goodbye.", "Goodbye."), ())
    rig.conversation.put(Input(InputKind.KEY, "0"))
    with suppress(TimeoutError):
        await asyncio.wait_for(rig.conversation.run(), 0.05)
    assert rig.policy.told == ["hear bye", "key 0"]
    assert "One moment." in rig.mouth.lines


async def test_what_was_heard_of_a_reply_reaches_the_dialogue_and_the_next_one() -> None:
    """Through the journal, and without an answer."""
    rig = Rig({"hear hello": (Say("Hello. How can I help?"),)})
    await rig.conversation.answer(Input(InputKind.HEARD, "hello"))
    heard = AgentWords("Hello. How can I help?", "Hello. How")
    rig.conversation.reply_heard(heard, ())
    assert not await rig.conversation.answer(await rig.conversation._inbox.get())
    assert rig.policy.snapshot().last_words == heard
    assert rig.mouth.lines == ["[heard]", "Hello. How can I help?", "(yes_no)"]
    await rig.written()

    successor = Rig({})
    successor.context.store.journal = rig.store.journal
    assert await successor.conversation.restore()
    assert successor.policy.snapshot() == rig.policy.snapshot()


async def test_what_was_heard_of_the_last_words_is_kept_when_the_line_is_gone() -> None:
    rig = Rig({})
    rig.conversation.reply_heard(AgentWords("Hello there.", "Hello"), ())
    await rig.conversation.line_closed()
    await rig.written()
    ((_, kind, _),) = await rig.store.journal.read(CALL.call_id)
    assert kind == "reply_heard"


async def test_what_was_heard_does_not_come_between_the_halves_of_a_turn() -> None:
    rig = Rig({})
    await rig.conversation.answer(Input(InputKind.HEARD, "five five five"))
    await rig.conversation.answer(Input(InputKind.REPLY_HEARD, "", said="And the rest?"))
    await rig.conversation.answer(Input(InputKind.HEARD, "one two three", continues=True))
    assert rig.policy.known == ("hear five five five one two three",)
    await rig.written()
    successor = Rig({})
    successor.context.store.journal = rig.store.journal
    await successor.conversation.restore()
    assert successor.policy.snapshot() == rig.policy.snapshot()


async def test_digits_found_to_be_a_cards_are_taken_out_of_what_was_heard_too() -> None:
    number, told_back = "4242424242", "I have (424) 242-4242. Right?"
    rig = Rig({f"hear {number}": (Say(told_back),)})
    gate = CallerGate(rig.recorder)
    words = gate.words(number, Expecting.PHONE)
    await rig.conversation.answer(words)
    rest = gate.words("424242", Expecting.ANYTHING)
    gate.words("937 555 0161", Expecting.PHONE)  # which may be another one: it holds back others
    rig.conversation.reply_heard(AgentWords(told_back, told_back), words.holds)
    await rig.conversation.answer(await rig.conversation._inbox.get())
    await rig.conversation.answer(rest)
    await rig.written()
    rows = str(await rig.store.journal.read(CALL.call_id))
    assert "reply_heard" in rows
    assert "424" not in rows
    assert "424" not in str(rig.policy.snapshot())


def overheard(rig: Rig) -> list[tuple[str, float | None]]:
    """The words that a rig's dialogue will hear, with how sure they are."""
    found: list[tuple[str, float | None]] = []
    hear = rig.policy.hear

    def listen(heard: Heard) -> AsyncIterator[DialogueAct]:
        if isinstance(heard, WordsHeard):
            found.append((heard.text, heard.confidence))
        return hear(heard)

    rig.policy.hear = listen  # type: ignore[method-assign]
    return found


async def test_how_sure_words_are_reaches_the_dialogue_and_its_successor() -> None:
    rig = Rig({})
    heard = overheard(rig)
    await rig.conversation.answer(Input(InputKind.HEARD, "oak street", confidence=0.4))
    await rig.conversation.answer(Input(InputKind.HEARD, "in urbana", continues=True))
    await rig.conversation.answer(Input(InputKind.HEARD, "yes", confidence=0.97))
    assert heard == [("oak street", 0.4), ("oak street in urbana", 0.4), ("yes", 0.97)]
    await rig.written()
    successor = Rig({})
    again = overheard(successor)
    successor.context.store.journal = rig.store.journal
    await successor.conversation.restore()
    assert again == heard


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
    successor.context.store.journal = rig.store.journal
    assert await successor.conversation.restore()
    assert successor.policy.told == rig.policy.told
    assert successor.mouth.lines == []


@tool(budget_s=1.0, side_effects=SideEffects.CHANGES, proposes=Outcome.TRANSFERRED)
async def hand_over(args: Empty, ctx: ToolContext) -> Done:
    """Changes the world."""
    return Done(ok=True)


async def test_a_restored_call_may_be_remembered_for_what_its_tools_did(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps: Mapping[str, Step] = {"hear person": (CallTool("hand_over", {}),)}
    rig = Rig(steps, hand_over)
    monkeypatch.setattr(rig.store.journal, "audit", lost)
    await rig.conversation.answer(Input(InputKind.HEARD, "person"))
    await rig.written()
    successor = Rig(steps, hand_over)
    successor.context.store.journal = rig.store.journal
    assert await successor.conversation.restore()
    assert rig.context.signals.outcome is Outcome.TRANSFERRED
    assert successor.context.signals.evidence == rig.context.signals.evidence


async def lost(entry: object) -> None:
    raise Unavailable("db.down", "Down.")


async def test_a_new_call_has_nothing_to_restore() -> None:
    rig = Rig({})
    assert not await rig.conversation.restore()
    assert rig.policy.told == []


async def test_a_flood_of_inputs_is_dropped_not_kept() -> None:
    rig = Rig({})
    for _ in range(1000):
        rig.conversation.put(Input(InputKind.HEARD, "spam"))
    assert len(rig.conversation._inbox) <= 64
    assert rig.conversation.inputs_dropped > 0


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
    successor.context.store.journal = rig.store.journal
    await successor.conversation.restore()
    assert successor.policy.known == rig.policy.known


@tool(budget_s=1.0, side_effects=SideEffects.CHANGES)
async def book(args: Empty, ctx: ToolContext) -> Done:
    """Changes the world."""
    return Done(ok=True)


async def test_what_was_done_is_never_taken_back() -> None:
    rig = Rig({"hear yes": (CallTool("book", {}),)}, book)
    await rig.conversation.answer(Input(InputKind.HEARD, "yes"))
    await rig.conversation.answer(Input(InputKind.HEARD, "please", continues=True))
    assert rig.policy.known == ("hear yes", 'result book {"ok": true}', "hear please")


def gated() -> tuple[Tool, asyncio.Event, asyncio.Event]:
    """A tool, whether it has begun, and what lets it end."""
    begun, gate = asyncio.Event(), asyncio.Event()

    @tool(budget_s=5.0)
    async def slow(args: Empty, ctx: ToolContext) -> Done:
        """Takes its time."""
        begun.set()
        await gate.wait()
        return Done(ok=True)

    return slow, begun, gate


SLOWLY: Mapping[str, Step] = {
    "hear look": (CallTool("slow", {}),),
    "key 0": (Say("Of course."), CallTool("quick", {})),
    'result quick {"ok": true}': (Say("Here is a person."),),
}


async def test_the_key_for_a_person_is_heard_while_a_tool_runs() -> None:
    """And what it brings is done when the tool is: one thing at a time."""
    slow, begun, gate = gated()
    rig = Rig(SLOWLY, slow, quick)
    async with asyncio.TaskGroup() as group:
        answering = group.create_task(rig.conversation.answer(Input(InputKind.HEARD, "look")))
        await begun.wait()
        rig.conversation.put(Input(InputKind.HEARD, "hello?"))
        rig.conversation.put(Input(InputKind.KEY, "0"))
        await rig.mouth.spoken.wait()
        assert rig.policy.told == ["hear look", "key 0"]
        gate.set()
        assert not await answering
    assert rig.policy.told[2:] == ['result slow {"ok": true}', 'result quick {"ok": true}']
    assert rig.mouth.lines[-5:] == [
        "* slow",
        "... One moment.",
        "* quick",
        "Here is a person.",
        "(yes_no)",
    ]
    assert len(rig.conversation._inbox) == 1, "words wait for their turn"


@pytest.mark.parametrize(
    "keys",
    [
        (Input(InputKind.KEY, "5", sign=Sign.MAYBE),),
        (Input(InputKind.KEY, "5", sign=Sign.MAYBE), Input(InputKind.KEY, "0", sign=Sign.MAYBE)),
        (Input(InputKind.KEY, "[card number]", sign=Sign.CARD, secret="4242", goes_on=True),),
    ],
)
async def test_a_key_of_a_number_keeps_its_place(keys: tuple[Input, ...]) -> None:
    slow, begun, gate = gated()
    rig = Rig(SLOWLY, slow)
    async with asyncio.TaskGroup() as group:
        group.create_task(rig.conversation.answer(Input(InputKind.HEARD, "look")))
        await begun.wait()
        for key in keys:
            rig.conversation.put(key)
        for _ in range(10):
            await asyncio.sleep(0)
        gate.set()
    assert rig.policy.told == ["hear look", 'result slow {"ok": true}']


async def test_the_key_for_a_person_is_heard_at_once_though_digits_were_said_before() -> None:
    """They might be a card's, for all the gate knows; a person is looked for all the same."""
    slow, begun, gate = gated()
    rig = Rig(SLOWLY, slow, quick)
    gate_of_call = CallerGate(rig.recorder)
    number = gate_of_call.words("five five five one two three oh oh oh oh", Expecting.PHONE)
    await rig.conversation.answer(number)
    async with asyncio.TaskGroup() as group:
        group.create_task(rig.conversation.answer(Input(InputKind.HEARD, "look")))
        await begun.wait()
        key = gate_of_call.key("0", Expecting.ANYTHING)
        assert key is not None
        rig.conversation.put(key)
        await rig.mouth.spoken.wait()
        assert "key 0" in rig.policy.told
        gate.set()


async def test_a_key_heard_while_a_tool_ran_is_restored_where_it_was_heard() -> None:
    slow, begun, gate = gated()
    rig = Rig(SLOWLY, slow, quick)
    async with asyncio.TaskGroup() as group:
        group.create_task(rig.conversation.answer(Input(InputKind.HEARD, "look")))
        await begun.wait()
        rig.conversation.put(Input(InputKind.KEY, "0"))
        await rig.mouth.spoken.wait()
        gate.set()
    await rig.written()
    successor = Rig(SLOWLY, slow, quick)
    successor.context.store.journal = rig.store.journal
    await successor.conversation.restore()
    assert successor.policy.known == rig.policy.known


async def test_what_is_written_is_held_with_the_input_that_asked_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A key that is heard while a tool runs is held as itself, and so is what it asks for."""
    slow, begun, gate = gated()
    rig = Rig(SLOWLY, slow, quick)
    of_words, of_key = WriteHold(), WriteHold()
    holds: list[WriteHold] = []
    monkeypatch.setattr(rig.recorder, "put_said", lambda _, *held: holds.extend(held))
    async with asyncio.TaskGroup() as group:
        words = Input(InputKind.HEARD, "look", holds=(of_words,))
        group.create_task(rig.conversation.answer(words))
        await begun.wait()
        rig.conversation.put(Input(InputKind.KEY, "0", holds=(of_key,)))
        await rig.mouth.spoken.wait()
        gate.set()
    kinds = (
        "words", "key", "the audit of the words' tool", "its result", "the audit of the key's tool",
        "its result",
    )  # fmt: skip
    expected = (of_words, of_key, of_words, of_words, of_key, of_key)
    assert len(holds) == len(kinds)
    for kind, hold, own in zip(kinds, holds, expected, strict=True):
        assert hold is own, kind


async def test_a_call_that_ends_while_a_tool_runs_leaves_nothing_behind() -> None:
    slow, begun, _ = gated()
    rig = Rig(SLOWLY, slow)
    before = asyncio.all_tasks()
    answering = asyncio.ensure_future(rig.conversation.answer(Input(InputKind.HEARD, "look")))
    await begun.wait()
    answering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answering
    assert asyncio.all_tasks() == before


async def test_a_replay_hears_everything_at_the_time_it_was_heard() -> None:
    """Whenever it happens: "tonight" of a call over midnight stays the night it was."""
    steps: Mapping[str, Step] = {"hear book": (CallTool("quick", {}),)}
    rig = Rig(steps, quick)
    for item in (Input(InputKind.BEGIN), Input(InputKind.HEARD, "book"), Input(InputKind.SILENCE)):
        await rig.conversation.answer(item)
        rig.clock.advance(3600.0)
    await rig.conversation.answer(Input(InputKind.HEARD, "and so", continues=True))
    await rig.written()

    successor = Rig(steps, quick)
    successor.clock.advance(86400.0)
    successor.context.store.journal = rig.store.journal
    await successor.conversation.restore()
    assert successor.policy.times == rig.policy.times
    assert len(set(rig.policy.times)) == 4


async def test_what_only_reads_runs_side_by_side_also_when_one_hangs() -> None:
    done = asyncio.Event()

    @tool(budget_s=0.05)
    async def hanging(args: Empty, ctx: ToolContext) -> Done:
        """Never returns, and the other one is done before it is given up."""
        await done.wait()
        await asyncio.Event().wait()
        return Done(ok=False)

    @tool(budget_s=1.0)
    async def reading(args: Empty, ctx: ToolContext) -> Done:
        """Reads."""
        done.set()
        return Done(ok=True)

    steps: Mapping[str, Step] = {
        "hear look": (CallTool("hanging", {}), CallTool("reading", {})),
    }
    rig = Rig(steps, hanging, reading)
    await rig.conversation.answer(Input(InputKind.HEARD, "look"))
    assert "tool.slow" in rig.policy.told[1]
    assert rig.policy.told[2] == 'result reading {"ok": true}'
