"""One call of the matrix: a caller who says a few things, and a script that answers each."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from pipecat.services.tts_service import TTSService

from loadtest.bench.server.call_manager import NoStore
from loadtest.bench.server.failover.line import PlayedLine
from loadtest.simulator.g711 import Samples
from pipelines.budget_watch import BudgetParts
from pipelines.cascade import Cascade
from pipelines.line_events import LineEvents
from pipelines.providers.spec import MakeStt
from pipelines.ready_speech import ReadyVoice
from pipelines.session import VoiceSession
from voiceagent.core.budget.ladder import BudgetAct
from voiceagent.core.clock import Clock
from voiceagent.core.wire import LineEnd
from voiceagent.dialogue.case_file import AgentWords
from voiceagent.dialogue.house.wording import CANNOT_HEAR
from voiceagent.dialogue.loop import Input, InputKind, Mouth
from voiceagent.dialogue.mouth import DEAF
from voiceagent.dialogue.recorder import Holds, Recorder
from voiceagent.domain.expecting import Completeness, Expecting
from voiceagent.domain.records import CallId

GREETING: Final = "Thank you for calling. How can we help?"
REPLIES: Final = (
    "The visit is $248, tonight between nine and eleven. Is that right?",
    "We will come tonight. Please keep your dog inside.",
    "A text is on its way to you now. Goodbye and sleep well.",
)
AGAIN: Final = "I did not hear that. Say it again, please."
PATIENCE_S: Final = 20.0
"""After so long without an answer the caller hangs up."""

SETTLED_S: Final = 1.0
"""How long the caller listens after an answer before they speak."""


class LoopClock:
    """`Clock` of the running loop, so that a virtual loop is obeyed."""

    def now(self) -> datetime:
        """A wall clock that starts at a fixed time."""
        return datetime.fromtimestamp(self.monotonic() + 1_750_000_000, UTC)

    def monotonic(self) -> float:
        """The loop's time."""
        return asyncio.get_running_loop().time()


@dataclass(slots=True)
class Reciter:
    """Who answers: a sentence for every turn, whatever was said. Implements `Answering`.

    Attributes:
        heard: the words of each turn.
        lost: turns whose words recognition could not deliver.
        answers: what was answered so far, the greeting included.
    """

    heard: list[str] = field(default_factory=list)
    lost: int = 0
    answers: int = 0
    mouth: Mouth | None = None
    _inbox: asyncio.Queue[Input] = field(default_factory=asyncio.Queue)

    def put(self, item: Input) -> None:
        """See `Answering`."""
        self._inbox.put_nowait(item)

    def reply_heard(self, words: AgentWords, holds: Holds) -> None:
        """See `Answering`."""

    async def line_closed(self) -> None:
        """See `Answering`."""

    async def preview(self, text: str) -> str:
        """See `Answering`."""
        del text
        return ""

    def rescue(self, act: BudgetAct) -> bool:
        """See `Answering`."""
        del act
        return False

    async def run(self) -> None:
        """See `Answering`."""
        while True:
            item = await self._inbox.get()
            match item.kind:
                case InputKind.BEGIN:
                    await self._say(item, GREETING)
                case InputKind.HEARD:
                    self.heard.append(item.text)
                    await self._say(item, REPLIES[min(len(self.heard), len(REPLIES)) - 1])
                case InputKind.LOST if item.text == DEAF:  # a person is called for: see the house
                    self.lost += 1
                    await self._say(item, CANNOT_HEAR, hang_up="done")
                case InputKind.LOST:
                    self.lost += 1
                    await self._say(item, AGAIN)
                case _:
                    pass

    async def _say(self, cause: Input, text: str, *, hang_up: str | None = None) -> None:
        if self.mouth is None:
            raise RuntimeError("a reciter has a mouth when its call runs")
        await self.mouth.begin(cause)
        await self.mouth.say(text)
        self.answers += 1
        await self.mouth.end(Expecting.ANYTHING, hang_up=hang_up)


@dataclass(frozen=True, slots=True)
class MatrixCall:
    """What came of a call.

    `unanswered` turns were followed by no answer in time; `broken` when the line was closed by us.
    """

    line: PlayedLine
    heard: tuple[str, ...]
    lost: int
    unanswered: int
    broken: bool


async def serve(
    make_stt: MakeStt,
    tts: TTSService,
    turns: Sequence[Samples],
    before: Callable[[int], None] = lambda _: None,
    clock: Clock | None = None,
    ready: ReadyVoice | None = None,
) -> MatrixCall:
    """A call from its greeting to its end.

    Args:
        make_stt: what hears.
        tts: what speaks.
        turns: what the caller says.
        before: told the number of each turn before it begins, from 0.
        clock: of the session.
        ready: sentences whose sound is ready.
    """
    events, reciter = LineEvents(), Reciter()
    line = PlayedLine(events)
    session = VoiceSession(
        CallId(str(uuid.uuid4())),
        NoStore(),
        clock or LoopClock(),
        Recorder(),
        line,
        events,
        judge=lambda *_: Completeness.UNKNOWN,
        budget=BudgetParts(preemptive_generation=False, ready=ready or ReadyVoice()),
    )
    reciter.mouth = session.mouth
    cascade = Cascade(session, line, make_stt(lambda: session.expecting), tts)

    async def answered(answers: int) -> bool:
        """Whether so many answers have been heard to their end; an apology is none."""
        while await line.answered(PATIENCE_S):
            if reciter.answers >= answers:
                return True
        return False

    unanswered = 0
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(
            session.run(reciter, cascade.run(), cascade.ask_partial, resumed=False)
        )
        line.picked_up()
        unanswered += not await answered(1)
        for number, sound in enumerate(turns):
            if line.closed is not None:
                break
            await asyncio.sleep(SETTLED_S)
            before(number)
            await line.caller_says(sound)
            unanswered += not await answered(number + 2)
        broken = line.closed is not None
        if not broken:
            events.closed(LineEnd.CALLER, None)
        await running
    return MatrixCall(line, tuple(reciter.heard), reciter.lost, unanswered, broken)
