"""A case handed on: nothing is lost on the way, and how each fact was obtained goes with it."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dialogue.house.harness import BOOKING, NOW, SARAH, TOOLS, business
from tests.pipelines.scripted import CALL
from tests.support.act_model import ACT_MODEL
from tests.support.answers import answer
from voiceagent.core.clock import ManualClock
from voiceagent.dialogue.acts import CallTool, DialogueAct, Expect, Say
from voiceagent.dialogue.case_file import AgentWords, CaseFile, KnownFact, Obtained, Origin
from voiceagent.dialogue.house.case import case_of, state_of
from voiceagent.dialogue.house.dialogue import HouseDialogue
from voiceagent.dialogue.house.moves import ToolUse, use_of
from voiceagent.dialogue.loop import Conversation, Input, InputKind
from voiceagent.dialogue.port import (
    Begun,
    CallResumed,
    Heard,
    KeyHeard,
    ReplyHeard,
    SilenceFell,
    ToolAnswered,
    WordsHeard,
    WordsLost,
)
from voiceagent.dialogue.recorder import Recorder
from voiceagent.dialogue.text_session import TextSession
from voiceagent.domain.expecting import Expecting
from voiceagent.store.memory import MemoryStore
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.toolbox import Toolbox

GOLDEN = Path(__file__).parents[2] / "golden"
SAID = sorted(
    {
        line[1:].strip()
        for file in GOLDEN.glob("*.call")
        for line in file.read_text("utf-8").splitlines()
        if line.startswith(">")
    }
    | {
        said
        for case in tomllib.loads(Path(__file__).with_name("corpus.toml").read_text("utf-8"))[
            "case"
        ]
        for said in case["say"]
    }
)
INPUTS = st.one_of(
    st.sampled_from(SAID),
    st.sampled_from(BOOKING),
    st.sampled_from(("[silence]", "[lost]", "[resume]", "[key 0]", "[key 5]", "[key #]", "[none]")),
)


class Partner:
    """A caller of the port; tools answer as scripted, unless an input keeps their answers back."""

    def __init__(self, dialogue: HouseDialogue, at: datetime = NOW) -> None:
        self.dialogue = dialogue
        self.at = at

    async def hear(self, heard: Heard, *, answers: bool = True) -> list[DialogueAct]:
        acts = [act async for act in self.dialogue.hear(heard)]
        for act in [act for act in acts if isinstance(act, CallTool) and answers]:
            acts += await self.hear(
                ToolAnswered(self.at, act.name, answer(act.name, TOOLS[act.name]))
            )
        return acts

    async def said(self, *turns: str) -> str:
        acts: list[DialogueAct] = []
        for turn in turns:
            acts = await self.hear(WordsHeard(self.at, turn))
        return " ".join(act.text for act in acts if isinstance(act, Say))


def fresh() -> HouseDialogue:
    return HouseDialogue(business(), SARAH, "voice", NOW, ACT_MODEL)


def heard(text: str, at: datetime) -> Heard:
    special: Mapping[str, Heard] = {
        "[silence]": SilenceFell(at),
        "[lost]": WordsLost(at),
        "[resume]": CallResumed(at),
    }
    if text.startswith("[key "):
        return KeyHeard(at, text[5])
    return special.get(text) or WordsHeard(at, text)


@pytest.mark.thorough
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(INPUTS, st.booleans()), max_size=10))
async def test_a_case_that_was_handed_on_is_the_same_case(turns: list[tuple[str, bool]]) -> None:
    """To another process and back, at any point, also with a tool open: nobody can tell."""
    stays, goes = Partner(fresh()), Partner(fresh())
    await stays.hear(Begun(NOW))
    await goes.hear(Begun(NOW))
    for text, answers in turns:
        case = goes.dialogue.snapshot()
        read = CaseFile.from_json(case.to_json())
        assert read == case
        successor = HouseDialogue(
            business(), SARAH, "voice", datetime(2000, 1, 1, tzinfo=UTC), ACT_MODEL
        )
        successor.take_over(read)
        assert successor.state == goes.dialogue.state
        assert successor.snapshot() == case
        goes.dialogue = successor
        said = heard(text, NOW)
        assert await goes.hear(said, answers=answers) == await stays.hear(said, answers=answers)
    assert goes.dialogue.snapshot() == stays.dialogue.snapshot()


async def origins(*turns: str) -> dict[str, Obtained]:
    partner = Partner(fresh())
    await partner.hear(Begun(NOW))
    await partner.said(*turns)
    facts = partner.dialogue.snapshot().facts
    return {name: fact.origin.how for name, fact in facts.items() if fact.origin}


@pytest.mark.parametrize(
    ("turns", "fact", "how"),
    [
        (("my ac died",), "service", Obtained.ASKED),
        (("my ac died, this is sarah miller",), "name", Obtained.VOLUNTEERED),
        (BOOKING[:2], "safety", Obtained.ASKED),
        (
            ("furnace is out, no gas smell, no smoke, co alarm is quiet",),
            "safety",
            Obtained.VOLUNTEERED,
        ),
        (BOOKING[:3], "name", Obtained.ASKED),
        (BOOKING[:3], "phone", Obtained.ASKED),
        ((*BOOKING[:4], "sorry oak lane not oak street"), "address", Obtained.CORRECTED),
        ((*BOOKING, "yes"), "name", Obtained.READ_BACK),
        ((*BOOKING, "yes"), "address", Obtained.READ_BACK),
        ((*BOOKING, "yes"), "window", Obtained.READ_BACK),
        (("i smell gas",), "service", Obtained.ASSUMED),
        (("i want to cancel my appointment", "555 123 0000", "482937"), "code", Obtained.VERIFIED),
        (("i want to cancel my appointment", "555 123 0000", "482937"), "name", Obtained.VERIFIED),
    ],
)
async def test_a_fact_tells_how_it_was_obtained(
    turns: tuple[str, ...], fact: str, how: Obtained
) -> None:
    assert (await origins(*turns))[fact] is how


async def test_every_fact_of_a_booking_tells_how_it_was_obtained() -> None:
    partner = Partner(fresh())
    await partner.hear(Begun(NOW))
    await partner.said(*BOOKING, "yes")
    case = partner.dialogue.snapshot()
    agreed = {"accepted", "confirmed"}
    assert {n for n, fact in case.facts.items() if fact.origin is None} <= agreed
    assert case.booking is not None
    assert case.quote is not None
    assert case.offers


async def test_an_open_tool_is_in_the_case() -> None:
    partner = Partner(fresh())
    await partner.hear(Begun(NOW))
    await partner.said(*BOOKING)
    await partner.hear(WordsHeard(NOW, "yes"), answers=False)
    case = partner.dialogue.snapshot()
    assert [tool.name for tool in case.open_tools] == ["book_appointment"]
    assert case.waits
    assert case.expecting is Expecting.ANYTHING


async def test_the_house_goes_on_with_a_case_it_did_not_lead() -> None:
    """What a model has found out is not asked again, and its question can be repeated."""
    known = Origin(Obtained.ASKED, NOW)
    case = CaseFile(
        started_at=NOW,
        facts={
            "service": KnownFact("repair", known),
            "symptoms": KnownFact(["AC not cooling"], known),
            "safety": KnownFact("safe", known),
            "name": KnownFact("Sarah Miller", known),
            "mood": KnownFact("in a hurry", known),
        },
        errand="book",
        question="phone",
        memo={"model": "notes of its own"},
    )
    dialogue = fresh()
    dialogue.take_over(case)
    partner = Partner(dialogue)
    assert "address" in await partner.said("five five five one two three oh oh oh oh")
    assert dialogue.state.facts.phone == SARAH


async def test_what_is_made_ahead_changes_nothing() -> None:
    partner = Partner(fresh())
    await partner.hear(Begun(NOW))
    for turn in BOOKING:
        before = partner.dialogue.snapshot()
        ahead = await partner.dialogue.preview(WordsHeard(NOW, turn))
        assert partner.dialogue.snapshot() == before
        acts = await partner.hear(WordsHeard(NOW, turn))
        first = acts[0]
        assert isinstance(first, Say)
        assert first.text == ahead


async def test_what_is_expected_comes_with_every_answer() -> None:
    partner = Partner(fresh())
    acts = await partner.hear(Begun(NOW))
    assert acts[-1] == Expect(Expecting.ANYTHING)
    acts = await partner.hear(WordsHeard(NOW, "my ac died"))
    assert acts[-1] == Expect(Expecting.YES_NO)


BEFORE_MIDNIGHT = NOW.replace(hour=23, minute=50)
PAST_MIDNIGHT = BEFORE_MIDNIGHT + timedelta(minutes=20)


@pytest.mark.parametrize(
    ("said", "at", "day"),
    [
        ("later today", BEFORE_MIDNIGHT, "2025-08-29"),
        ("later today", PAST_MIDNIGHT, "2025-08-30"),
        ("tomorrow", BEFORE_MIDNIGHT, "2025-08-30"),
        ("tomorrow", PAST_MIDNIGHT, "2025-08-31"),
        ("today please", PAST_MIDNIGHT + timedelta(days=2), "2025-09-01"),
    ],
)
async def test_a_day_is_meant_from_the_moment_it_is_said(said: str, at: datetime, day: str) -> None:
    """Not from when the conversation began: a call goes over midnight, a thread over days."""
    partner = Partner(
        HouseDialogue(business(), SARAH, "voice", BEFORE_MIDNIGHT, ACT_MODEL), BEFORE_MIDNIGHT
    )
    await partner.hear(Begun(BEFORE_MIDNIGHT))
    await partner.said(*BOOKING[:3])
    await partner.hear(WordsHeard(at.astimezone(UTC), said))
    assert str(partner.dialogue.state.facts.day) == day


async def test_midnight_does_not_make_tomorrow_an_emergency() -> None:
    """The windows that were found for it are not searched again, nor what was chosen forgotten."""
    partner = Partner(
        HouseDialogue(business(), SARAH, "voice", BEFORE_MIDNIGHT, ACT_MODEL), BEFORE_MIDNIGHT
    )
    await partner.hear(Begun(BEFORE_MIDNIGHT))
    await partner.said(*BOOKING[:4], "yes tomorrow morning please")
    partner.at = PAST_MIDNIGHT
    acts = await partner.hear(WordsHeard(PAST_MIDNIGHT, "yes"))
    calls = [act for act in acts if isinstance(act, CallTool)]
    assert [use_of(call.name) for call in calls] == [ToolUse.PRICE]  # of the visit, not the call
    assert partner.dialogue.state.facts.window is not None


def test_the_state_is_the_snapshot() -> None:
    dialogue = fresh()
    assert state_of(case_of(dialogue.state, NOW)) == dialogue.state


async def test_a_case_tells_what_was_heard_of_the_last_words() -> None:
    partner = Partner(fresh())
    await partner.hear(Begun(NOW))
    asked = await partner.said("my ac died")
    assert partner.dialogue.snapshot().last_words == AgentWords(asked)
    for heard in (asked[:9], ""):
        acts = await partner.hear(ReplyHeard(NOW, f"One moment. {asked}", heard))
        assert not [act for act in acts if not isinstance(act, Expect)]
        case = partner.dialogue.snapshot()
        assert case.last_words == AgentWords(f"One moment. {asked}", heard)
        successor = fresh()
        successor.take_over(case)
        assert successor.snapshot() == case


async def test_what_was_heard_of_an_older_reply_is_not_taken_for_the_last_words() -> None:
    partner = Partner(fresh())
    await partner.hear(Begun(NOW))
    asked = await partner.said("my ac died")
    await partner.hear(ReplyHeard(NOW, "Hello from before.", "Hello"))
    assert partner.dialogue.snapshot().last_words == AgentWords(asked)


async def test_in_writing_all_that_was_sent_was_heard() -> None:
    store = MemoryStore(clock := ManualClock(NOW))
    recorder, dialogue = Recorder(), fresh()
    await store.calls.open(CALL)
    session = TextSession(CALL.call_id, store, clock, recorder, lambda _: None)
    async with asyncio.TaskGroup() as tasks:
        context = ToolContext(
            call=CALL,
            business=business(),
            clock=clock,
            store=store,
            call_control=None,  # type: ignore[arg-type]
            spawn=tasks.create_task,
        )
        conversation = Conversation(dialogue, Toolbox(()), context, session, recorder, clock)
        await conversation.answer(Input(InputKind.BEGIN))
        await conversation.answer(Input(InputKind.HEARD, "my ac died"))
        await recorder.drained()
    words = dialogue.snapshot().last_words
    assert words.said
    assert words.heard == words.said
    successor = fresh()
    again = Conversation(successor, Toolbox(()), context, session, recorder, clock)
    assert await again.restore()
    assert successor.snapshot() == dialogue.snapshot()
