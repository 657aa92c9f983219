"""The life of a session: what is started, what ends it, and how everything started ends too."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from pipecat.processors.aggregators.llm_context import LLMContext

from pipelines.budget_watch import BudgetParts, BudgetWatch
from pipelines.floor import Floor
from pipelines.line_events import Closed, LineEvents
from pipelines.preemptive_generation import PreemptiveGeneration
from pipelines.replies import NewestReply, Replies
from pipelines.reply_source import ReplySource
from pipelines.session.caller_turns import CallerTurns, Judge
from pipelines.session.last_words import LastWords
from pipelines.session.line_reactor import AskPartial, LineReactor
from pipelines.session.mouth import VoiceMouth
from pipelines.session.serving import Serving
from pipelines.session.shared import Answering, ControlledLine, Notes, Shared
from pipelines.session.silence import SilenceWatch
from pipelines.session.tasks import TEARDOWN_S, CallTasks, SessionTask, Work
from pipelines.transcript import Diary, Transcript
from pipelines.transport import LineInput
from voiceagent.core.budget.preemptive_generation import ModelCalls
from voiceagent.core.clock import Clock
from voiceagent.core.wire import LineEnd
from voiceagent.dialogue.caller_gate import CallerGate
from voiceagent.dialogue.loop import Input, InputKind
from voiceagent.dialogue.recorder import Holds, Recorder
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.records import CallId
from voiceagent.toolkit.answers import ToolOutcome
from voiceagent.toolkit.context import Spawn


class VoiceSession:
    """A conversation's ears and mouth on a phone line.

    Args:
        call_id: whose call it is.
        store: where turns and events are kept.
        clock: durations and turn times.
        recorder: ordered background writes.
        judge: what a partial transcript says about the turn, given what is expected.
        first_turn: index of the first turn to write; above 0 when a crashed call goes on.
        budget: what the worker's calls share to answer in time.
        disclosure: what the caller must have heard, by law; it is noted when they have.
    """

    def __init__(
        self,
        call_id: CallId,
        store: Diary,
        clock: Clock,
        recorder: Recorder,
        *,
        judge: Judge,
        first_turn: int = 0,
        budget: BudgetParts | None = None,
        disclosure: str = "",
    ) -> None:
        self._clock, self._judge = clock, judge
        self._budget = budget or BudgetParts()
        self._gate = CallerGate(recorder)
        self._newest = newest = NewestReply()
        self._notes = Notes()
        self._parts: Serving | None = None
        self._tasks = CallTasks()
        self.recorder = recorder
        self.replies = Replies()
        self.context = LLMContext()
        self.transcript = Transcript(
            call_id,
            store,
            clock,
            recorder,
            self.context,
            first_turn=first_turn,
            disclosure=disclosure,
            meter=self._budget.counter,
        )
        self.input = LineInput()
        self.brain = ReplySource(self.turn_committed, self._newest)
        self.events = LineEvents(lambda: newest.number)
        self.closed: Closed | None = None
        """How the line closed, once it has."""

    @property
    def expecting(self) -> Expecting:
        """What the agent asked for last."""
        return self._notes.expecting

    @property
    def broken(self) -> bool:
        """Whether a task of the call has died; a side effect may do so when the rest is over."""
        return self._tasks.dead is not None

    def spawn_in(self, side_effects: asyncio.TaskGroup) -> Spawn:
        """Starts what tools do to the world, in a group that outlasts the session."""
        return self._tasks.spawn_in(side_effects)

    async def run(
        self,
        line: ControlledLine,
        conversation: Answering,
        pipeline: Work,
        ask_partial: AskPartial | None,
        *,
        resumed: bool,
    ) -> LineEnd:
        """Serve the call until the line closes; why it closed, ``FAILED`` when a task has died.

        Args:
            line: the media plane's line.
            conversation: answers the caller; this session is its mouth.
            pipeline: runs the pipeline until cancelled.
            ask_partial: asks the recogniser for its transcript so far, if it does not push it.
            resumed: the call continues after a crash.
        """
        parts = self._parts = self._assemble(line, conversation, ask_partial)
        async with asyncio.TaskGroup() as group:
            self._tasks.start(group, self._works(parts, pipeline))
            conversation.put(Input(InputKind.RESUME if resumed else InputKind.BEGIN))
            try:
                await self._tasks.over.wait()
                if self.closed is None:  # a task has died: nobody else acts, and the caller is told
                    await self._tasks.let_go()
                    synthesis = self._tasks.runs(SessionTask.PIPELINE)
                    self.closed = await parts.last_words.say(synthesis=synthesis)
            finally:
                parts.over()
                await self._end(parts.shared)
                self._parts = None  # a conversation and its mouth would keep each other
        if self._tasks.dead is not None or self.closed is None:
            return LineEnd.FAILED
        return self.closed.reason

    def _assemble(
        self, line: ControlledLine, conversation: Answering, ask_partial: AskPartial | None
    ) -> Serving:
        ready, calls = self._budget.ready, ModelCalls()
        floor = Floor(self._clock, self.replies, self.brain, ready, line)
        watch = BudgetWatch(self._clock, self._budget, floor, calls)
        watch.dialogue = conversation
        preemptive = PreemptiveGeneration(
            floor, calls, self._budget.counter, allowed=self._budget.preemptive_generation
        )
        silence = SilenceWatch(self._clock, lambda: conversation.put(Input(InputKind.SILENCE)))
        shared = Shared(
            clock=self._clock,
            line=line,
            conversation=conversation,
            input=self.input,
            brain=self.brain,
            replies=self.replies,
            floor=floor,
            watch=watch,
            preemptive=preemptive,
            transcript=self.transcript,
            silence=silence,
            notes=self._notes,
        )
        mouth = VoiceMouth(shared)
        return Serving(
            shared=shared,
            mouth=mouth,
            turns=CallerTurns(shared, self._gate, self._judge, mouth),
            reactor=LineReactor(shared, self.events, self._gate, mouth, ask_partial),
            last_words=LastWords(shared, self.events, ready, self._newest),
        )

    def _works(self, parts: Serving, pipeline: Work) -> Mapping[SessionTask, Work]:
        """All that runs during a call."""
        shared = parts.shared
        return {
            SessionTask.PIPELINE: pipeline,
            SessionTask.RECORDER: self.recorder.run(),
            SessionTask.CONVERSATION: shared.conversation.run(),
            SessionTask.LINE_REACTOR: self._react(parts.reactor),
            SessionTask.SILENCE_WATCH: shared.silence.run(),
            SessionTask.BUDGET_WATCH: shared.watch.run(),
            SessionTask.PREEMPTIVE_GENERATION: shared.preemptive.run(shared.conversation.preview),
        }

    async def _react(self, reactor: LineReactor) -> None:
        self.closed = await reactor.run()
        self._tasks.over.set()

    async def _end(self, shared: Shared) -> None:
        """Write down what was heard, and end what was started."""
        for reply in self.replies.cut(self.closed.heard if self.closed else None):
            shared.reply_closed(reply)
        with suppress(TimeoutError):
            async with asyncio.timeout(TEARDOWN_S):
                if self._tasks.dead is None:
                    await shared.conversation.line_closed()
                await self.recorder.drained()
        await self._tasks.end()

    # --- what the pipeline tells us ---------------------------------------------------------

    def partial_transcript(self, text: str) -> None:
        """The recogniser's transcript so far."""
        self._serving.turns.partial(text)

    def turn_committed(self, text: str) -> None:
        """The caller's turn is final."""
        self._serving.turns.committed(text)

    async def turn_was_empty(self) -> None:
        """The caller's turn had no words."""
        await self._serving.turns.empty()

    async def turn_was_lost(self) -> None:
        """The caller's turn had words that recognition could not deliver."""
        self._serving.turns.lost()

    def sounded(self, reply: int) -> None:
        """The first sound of a reply came back from synthesis."""
        self._serving.mouth.sounded(reply)

    # --- the conversation's mouth -----------------------------------------------------------

    async def begin(self, cause: Input) -> None:
        """See `Mouth`."""
        await self._serving.mouth.begin(cause)

    async def say(self, text: str, holds: Holds = ()) -> None:
        """See `Mouth`."""
        await self._serving.mouth.say(text, holds)

    async def settle(self) -> None:
        """See `Mouth`."""
        await self._serving.mouth.settle()

    async def tool_started(self, filler: str) -> None:
        """See `Mouth`."""
        await self._serving.mouth.tool_started(filler)

    async def tool_finished(self, outcome: ToolOutcome) -> None:
        """See `Mouth`."""
        await self._serving.mouth.tool_finished(outcome)

    async def end(self, expecting: Expecting, *, hang_up: str | None) -> None:
        """See `Mouth`."""
        await self._serving.mouth.end(expecting, hang_up=hang_up)

    async def announce(self, text: str) -> None:
        """Say something that nobody asked for; returns when it was heard or cut off.

        Does not wait for a line that has closed, nor longer than the caller of it allows.
        """
        if self._parts is not None and not self._tasks.over.is_set():
            await self._parts.mouth.announce(text)

    @property
    def _serving(self) -> Serving:
        if self._parts is None:
            raise RuntimeError("a session speaks and hears only while it runs")
        return self._parts
