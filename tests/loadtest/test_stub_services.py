from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pipecat.frames.frames import InterimTranscriptionFrame

from loadtest.bench.server.stub_model import ANSWER, StubConversation, StubModel
from loadtest.bench.server.stub_speech import DELAYS, StubSTT
from loadtest.bench.stubs import HEARD, REPLY_S, Delays, noise
from voiceagent.core.budget.ladder import BudgetAct
from voiceagent.dialogue.loop import Input, InputKind
from voiceagent.dialogue.recorder import WriteHold
from voiceagent.domain.expecting import Expecting
from voiceagent.toolkit.answers import ToolOutcome


@pytest.mark.parametrize(
    ("heard_ms", "words"),
    [
        (0, ""),
        (299, ""),
        (300, "hello"),
        (1300, "hello there how are"),
        (1500, HEARD),
        (9000, HEARD),
    ],
)
async def test_the_recogniser_knows_as_many_words_as_were_said(
    monkeypatch: pytest.MonkeyPatch, heard_ms: int, words: str
) -> None:
    stt = StubSTT()
    pushed: list[str] = []

    async def push(frame: InterimTranscriptionFrame) -> None:
        pushed.append(frame.text)

    monkeypatch.setattr(stt, "push_frame", push)
    async for _ in stt.run_stt(bytes(heard_ms * 16)):
        pass
    await stt.ask_partial()
    assert pushed == ([words] if words else [])


class Notes:
    """A mouth that writes down."""

    def __init__(self) -> None:
        self.did: list[str] = []
        self.began = asyncio.Event()
        self.ended = asyncio.Event()

    async def begin(self, cause: Input) -> None:
        self.did.append(cause.text)
        self.began.set()

    async def say(self, text: str, holds: tuple[WriteHold, ...] = ()) -> None:
        self.did.append(text)

    async def settle(self) -> None:
        self.did.append("settle")

    async def tool_started(self, filler: str) -> None:
        self.did.append(filler)

    async def tool_finished(self, outcome: ToolOutcome) -> None:
        self.did.append(outcome.name)

    async def keep_private(self) -> None:
        self.did.append("private")

    async def end(self, expecting: Expecting, *, hang_up: str | None) -> None:
        self.did.append("end")
        self.ended.set()


class GatedModel(StubModel):
    """Answers a request when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.gates: list[asyncio.Event] = []

    async def answer(self) -> str:
        self.asked += 1
        self.gates.append(asyncio.Event())
        await self.gates[-1].wait()
        return ANSWER


@asynccontextmanager
async def conversing(
    model: StubModel, *, cut: bool = False
) -> AsyncIterator[tuple[StubConversation, Notes]]:
    mouth = Notes()
    conversation = StubConversation(mouth, lambda: cut, model)
    running = asyncio.create_task(conversation.run())
    await asyncio.sleep(0)
    yield conversation, mouth
    running.cancel()


async def until(event: asyncio.Event) -> None:
    await asyncio.wait_for(event.wait(), 5)


@pytest.mark.parametrize(("cut", "did"), [(False, ["hi", ANSWER, "end"]), (True, ["hi", "end"])])
async def test_the_model_answers_words_and_stops_when_it_is_cut_off(
    *, cut: bool, did: list[str]
) -> None:
    async with conversing(StubModel(Delays(word_s=0.0)), cut=cut) as (conversation, mouth):
        conversation.put(Input(InputKind.BEGIN))
        conversation.put(Input(InputKind.SILENCE))
        conversation.put(Input(InputKind.HEARD, "hi"))
        await until(mouth.ended)
    assert mouth.did == did


async def test_what_was_rehearsed_is_not_asked_again() -> None:
    model = StubModel(Delays(word_s=0.0))
    async with conversing(model) as (conversation, mouth):
        assert await conversation.preview("hi") == ANSWER
        conversation.put(Input(InputKind.HEARD, "hi"))
        await until(mouth.ended)
    assert (model.asked, model.answered) == (1, 1)


async def test_what_is_rehearsed_may_be_asked_twice() -> None:
    model = StubModel(Delays(word_s=0.0))
    async with conversing(model) as (conversation, mouth):
        assert conversation.rescue(BudgetAct.HEDGE)
        assert not conversation.rescue(BudgetAct.HEDGE)
        assert await conversation.preview("hi") == ANSWER
        conversation.put(Input(InputKind.HEARD, "hi"))
        await until(mouth.ended)
    assert (model.asked, model.answered) == (2, 1)


async def test_a_rehearsal_for_other_words_is_let_go() -> None:
    model = GatedModel()
    async with conversing(model) as (conversation, mouth):
        rehearsal = asyncio.create_task(conversation.preview("hi"))
        await asyncio.sleep(0)
        conversation.put(Input(InputKind.HEARD, "hi there"))
        await until(mouth.began)
        assert await rehearsal == ""
        model.gates[-1].set()
        await until(mouth.ended)
    assert mouth.did == ["hi there", ANSWER, "end"]


async def test_a_rehearsal_leaves_the_answer_under_way_alone() -> None:
    model = GatedModel()
    async with conversing(model) as (conversation, mouth):
        conversation.put(Input(InputKind.HEARD, "hi"))
        await until(mouth.began)
        rehearsal = asyncio.create_task(conversation.preview("hi there"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        model.gates[0].set()
        await until(mouth.ended)
        rehearsal.cancel()
    assert mouth.did == ["hi", ANSWER, "end"]


@pytest.mark.parametrize(("act", "asked"), [(BudgetAct.HEDGE, 2), (BudgetAct.FALLBACK, 1)])
async def test_a_late_answer_is_rescued_once(act: BudgetAct, asked: int) -> None:
    model = GatedModel()
    async with conversing(model) as (conversation, mouth):
        assert not conversation.rescue(BudgetAct.FALLBACK), "nobody waits"
        conversation.put(Input(InputKind.HEARD, "hi"))
        await until(mouth.began)
        await asyncio.sleep(0)
        assert conversation.rescue(act)
        await asyncio.sleep(0)
        model.gates[-1].set()
        if act is BudgetAct.HEDGE:
            await until(mouth.ended)
            assert not model.gates[0].is_set(), "the second request answered"
        await until(mouth.ended)
        assert not conversation.rescue(BudgetAct.FALLBACK), "it is over"
    assert (model.asked, mouth.did) == (asked, ["hi", ANSWER, "end"])


async def test_the_slow_model_has_a_heavy_tail(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    model = StubModel(DELAYS["providers"])
    for _ in range(2000):
        await model.answer()
    slept.sort()
    assert slept[1000] == pytest.approx(0.375, rel=0.1)
    assert slept[1980] > 5 * slept[1000]


def test_replies_are_as_long_as_they_should_be() -> None:
    assert len(noise(REPLY_S)) == 3 * 8000 * 2
