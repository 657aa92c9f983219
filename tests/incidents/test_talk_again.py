"""A conversation that was recorded says, asks and expects the same when it is held again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.incidents.parts import written_part
from tests.support.act_model import ACT_MODEL
from tests.support.chatting import SAID, chat_with
from tests.support.faults import MemoryCallControl
from tests.support.postgres import a_call
from tests.support.rooms import FRIDAY_NIGHT, SARAH, coolcare
from tests.support.scripted_model import Beat, ScriptedModel, calls, says
from tools import TOOLS
from voiceagent.app.cli.simulate_run import SimulationOrder, conversations
from voiceagent.core.clock import ManualClock
from voiceagent.dialogue.acts import Say, Step
from voiceagent.dialogue.caller_gate import CallerGate
from voiceagent.dialogue.contact import Contacts
from voiceagent.dialogue.factory import HousePolicy, MakeDialogue, model_dialogue
from voiceagent.dialogue.house import dialogue as house
from voiceagent.dialogue.house.respond import respond
from voiceagent.dialogue.loop import Input, InputKind
from voiceagent.dialogue.port import PERSON_KEY
from voiceagent.dialogue.recorder import Recorder
from voiceagent.dialogue.tape import DECIDED, TalkRow, TalkRowKind, TalkTape
from voiceagent.dialogue.text_session import TextSession
from voiceagent.domain.records import CallStart
from voiceagent.errors import Unavailable
from voiceagent.incidents.recording import CallPart, read, write
from voiceagent.incidents.replay import replay
from voiceagent.store.memory import MemoryStore
from voiceagent.toolkit.toolbox import Toolbox

HOUSE = HousePolicy(ACT_MODEL)
BUSINESS = Path(__file__).resolve().parents[2] / "business" / "coolcare.toml"


async def simulated(numbers: Sequence[int], seed: int) -> list[CallPart]:
    kept: list[CallPart] = []

    def keep(call: CallStart, tape: TalkTape) -> None:
        kept.append(written_part(call, tape, coolcare()))

    order = SimulationOrder(numbers, seed, BUSINESS, HOUSE, kept_on=keep)
    async for _ in conversations(order):
        pass
    return kept


async def talked(
    said: Sequence[str | Input], make: MakeDialogue = HOUSE, *, known: bool = False
) -> list[CallPart]:
    """A chat as a recording; a key waits for the first tool of the line after it.

    With `known` it is cut after each line and gone on with.
    """
    business, clock = coolcare(), ManualClock(FRIDAY_NIGHT)
    store, call, parts = MemoryStore(clock), a_call(SARAH), list[CallPart]()
    await store.calls.open(call)
    contacts = Contacts(business, clock, store, Toolbox(TOOLS), MemoryCallControl(), make)
    coming = [[one] for one in said] if known else [list(said)]
    for number, lines in enumerate(coming):
        tape, recorder = TalkTape(), Recorder()
        gate = CallerGate(recorder)
        session = TextSession(call.call_id, store, clock, recorder, lambda _: None)
        async with asyncio.TaskGroup() as side_effects:
            contact = await contacts.open(
                call,
                mouth=session,
                recorder=recorder,
                spawn=side_effects.create_task,
                known=number > 0,
                tape=tape,
            )
            conversation = contact.conversation
            await conversation.answer(Input(InputKind.RESUME if number else InputKind.BEGIN))
            for line in lines:
                clock.advance(5)
                if isinstance(line, Input) and line.kind is InputKind.KEY:
                    conversation.put(line)
                    continue
                words = gate.words(line, conversation.expecting) if isinstance(line, str) else line
                await conversation.answer(words)
            await recorder.drained()
        parts.append(written_part(call, tape, business))
    return parts


def check(parts: Sequence[CallPart], tmp_path: Path) -> None:
    path = tmp_path / "one"
    path.write_bytes(write(parts))
    result = replay(read(path))
    assert not result.differences, result.differences[0]
    assert result.words > 3


def test_simulated_callers_are_answered_alike(tmp_path: Path) -> None:
    for part in asyncio.run(simulated(range(3), 7)):
        check([part], tmp_path)


def test_a_model_s_replies_are_those_of_the_recording(tmp_path: Path) -> None:
    script: list[list[Beat]] = [
        says("Hello, this is CoolCare. ", "How can I help you?"),
        calls("get_pricing_quote", "One moment. ", service_type="repair"),
        [Unavailable("model.failed", "It broke.")],
        says("Goodbye."),
    ]
    specs, clock = Toolbox(TOOLS).specs(), ManualClock(FRIDAY_NIGHT)
    make = model_dialogue([ScriptedModel(script)], specs, clock, ACT_MODEL)
    parts = asyncio.run(talked(SAID, make))
    assert any(row.kind is TalkRowKind.REPLIED for row in parts[0].talk.rows)
    check(parts, tmp_path)


def test_words_that_go_on_are_taken_back_alike(tmp_path: Path) -> None:
    on = Input(InputKind.HEARD, "and it is leaking water too", continues=True)
    check(asyncio.run(talked(["My AC died", on, "What does it cost?"])), tmp_path)


def test_a_conversation_that_was_cut_goes_on_alike(tmp_path: Path) -> None:
    said = ["My AC died, how much is a repair?", "Yes please.", "Bye."]
    parts = asyncio.run(talked(said, known=True))
    assert parts[1].talk.rows[0].kind is TalkRowKind.JOURNAL
    check(parts, tmp_path)


def test_a_card_in_one_turn_is_refused_alike(tmp_path: Path) -> None:
    said = ["My AC died", "My card is 4111 1111 1111 1111", "Bye."]
    parts = asyncio.run(talked(said))
    assert "4111" not in str(parts[0].talk.rows)
    check(parts, tmp_path)


def test_the_key_for_a_person_is_answered_while_the_tool_runs(tmp_path: Path) -> None:
    key = Input(InputKind.KEY, PERSON_KEY)
    said: list[str | Input] = [
        key,
        "My AC died, how much is a repair?",
        key,
        "What are your opening hours?",
    ]
    parts = asyncio.run(talked(said))
    kinds = [row.kind for row in parts[0].talk.rows]
    assert kinds.index(TalkRowKind.KEY) < kinds.index(TalkRowKind.TOOL)
    check(parts, tmp_path)


def test_another_wording_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = asyncio.run(talked(SAID))
    usual = respond

    def other(*given: object) -> tuple[object, Step]:
        state, step = usual(*given)  # type: ignore[arg-type]
        said = tuple(Say("Otherwise.") if isinstance(act, Say) else act for act in step)
        return state, said

    monkeypatch.setattr(house, "respond", other)
    first = replay(parts).differences[0]
    assert first.where == "words"
    assert first.replayed[0] == "say Otherwise."
    assert first.recorded[0].startswith("say ")


def test_a_recording_that_was_changed_is_seen() -> None:
    (part,) = asyncio.run(talked(SAID))
    rows = part.talk.rows
    place = next(n for n, row in enumerate(rows) if row.kind is TalkRowKind.INPUT and n > 5)
    body = {**rows[place].body, "text": "I want to speak to a person"}
    other = [*rows[:place], TalkRow(TalkRowKind.INPUT, body), *rows[place + 1 :]]
    changed = replace(part, talk=TalkTape(part.talk.start, other))
    assert replay([changed]).differences


async def test_a_tape_changes_nothing_of_what_is_said() -> None:
    plain = await chat_with(HOUSE)
    (part,) = await talked(SAID)
    said = [str(row.body["text"]) for row in part.talk.rows if row.kind is TalkRowKind.SAY]
    assert said == plain
    assert {row.kind for row in part.talk.rows} > DECIDED - {TalkRowKind.REPLIED}
