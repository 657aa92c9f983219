"""A stub language model, and the conversation it holds: the same words for everything.

The model takes its time (`Delays`); a second request may be faster than the first. What it would
say to half a turn can be asked in advance, and the answer is kept for the turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Final, Protocol

import numpy as np
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from loadtest.bench.server.hedged_request import HedgedRequest
from loadtest.bench.server.stub_speech import DELAYS
from loadtest.bench.stubs import SAID, Delays
from voiceagent.core.budget.ladder import BudgetAct
from voiceagent.dialogue.case_file import AgentWords
from voiceagent.dialogue.loop import Input, InputKind, Mouth
from voiceagent.dialogue.recorder import Holds
from voiceagent.domain.expecting import Expecting

ANSWER: Final = "".join(SAID)

RESCUES: Final = frozenset({BudgetAct.HEDGE, BudgetAct.FALLBACK})
"""What can be done about a late answer: ask again, or let somebody simpler answer."""


class Model(Protocol):
    """Whom a stub conversation asks; shared by the calls of a worker.

    Attributes:
        asked: requests so far.
        answered: turns of callers that were answered.
    """

    asked: int
    answered: int

    async def answer(self) -> str:
        """The answer to whatever was said."""
        ...


class ModelFigures(Collector):
    """Publishes what a model was asked.

    Args:
        registry: where it is registered.
        model: the bench's.
    """

    def __init__(self, registry: CollectorRegistry, model: Model) -> None:
        self._model = model
        registry.register(self)

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Requests, and turns that were answered."""
        yield CounterMetricFamily(
            "voiceagent_stub_model_requests", "Requests to the stub model", value=self._model.asked
        )
        yield CounterMetricFamily(
            "voiceagent_stub_model_turns", "Turns it has answered", value=self._model.answered
        )


class StubModel:
    """Inside the process; its delays are drawn from one seeded stream.

    Args:
        delays: how long it takes.
    """

    def __init__(self, delays: Delays = DELAYS["fixed"]) -> None:
        self._delays = delays
        self._draws = np.random.default_rng(1)
        self.asked = 0
        self.answered = 0

    async def answer(self) -> str:
        """The answer, after its delay."""
        self.asked += 1
        factor = float(self._draws.lognormal(0.0, self._delays.tail)) if self._delays.tail else 1.0
        await asyncio.sleep(self._delays.word_s * factor)
        return ANSWER


class StubConversation:
    """Answers every turn with the model's words: takes the seat of `Conversation`.

    It does not greet, and prompts nobody who is silent.

    Args:
        mouth: where words go.
        cut: whether the caller has cut the reply under way off; a model's words end there.
        model: whom it asks.
    """

    def __init__(self, mouth: Mouth, cut: Callable[[], bool], model: Model) -> None:
        self._mouth = mouth
        self._cut = cut
        self._model = model
        self._inbox: asyncio.Queue[Input] = asyncio.Queue()
        self._asking: HedgedRequest | None = None
        self._rehearsal: HedgedRequest | None = None
        self._rehearsed = ""
        self._requests: asyncio.TaskGroup | None = None
        self._twice = False

    def put(self, item: Input) -> None:
        """Queue an input."""
        if item.kind is InputKind.HEARD:
            self._inbox.put_nowait(item)

    def reply_heard(self, words: AgentWords, holds: Holds) -> None:
        """What was heard is nothing to it."""

    async def line_closed(self) -> None:
        """Nothing is left to be done."""

    async def preview(self, text: str) -> str:
        """Ask the model in advance; empty when other words were rehearsed meanwhile."""
        if self._requests is None:
            return ""
        if self._rehearsal is not None:
            self._rehearsal.close()
        self._rehearsal, self._rehearsed = self._ask(self._requests), text
        return await self._rehearsal.answer()

    def rescue(self, act: BudgetAct) -> bool:
        """Ask once more, or answer without the model; or, before it is asked, ask twice."""
        race = self._asking
        if race is None or race.over:
            asks = act is BudgetAct.HEDGE and not self._twice
            self._twice |= asks
            return asks
        if act not in RESCUES:
            return False
        if act is BudgetAct.HEDGE:
            race.enter(self._model.answer())
        else:
            race.settle(ANSWER)
        return True

    async def run(self) -> None:
        """Answer every turn until cancelled."""
        async with asyncio.TaskGroup() as requests:
            self._requests = requests
            try:
                while True:
                    await self._answer(await self._inbox.get(), requests)
            finally:
                self._requests = None
                # A group that was cancelled keeps this frame until a collection (Python 3.11), and
                # with it whatever is reached from here: the whole call.
                del self._mouth, self._cut
                for race in (self._asking, self._rehearsal):
                    if race is not None:
                        race.close()

    async def _answer(self, item: Input, requests: asyncio.TaskGroup) -> None:
        await self._mouth.begin(item)
        rehearsal, self._rehearsal = self._rehearsal, None
        if rehearsal is not None and self._rehearsed != item.text:
            rehearsal.close()
            rehearsal = None
        self._asking = rehearsal or self._ask(requests)
        words = await self._asking.answer()
        self._model.answered += 1
        if not self._cut():
            await self._mouth.say(words)
        await self._mouth.end(Expecting.ANYTHING, hang_up=None)

    def _ask(self, requests: asyncio.TaskGroup) -> HedgedRequest:
        race = HedgedRequest(requests)
        race.enter(self._model.answer())
        if self._twice:
            race.enter(self._model.answer())
        self._twice = False
        return race
