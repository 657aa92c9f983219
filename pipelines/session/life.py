"""The life of a session: what is started, what ends it, and how everything started ends too."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from functools import partial

from pipecat.processors.aggregators.llm_context import LLMContext

from pipelines.budget_watch import BudgetParts, BudgetWatch
from pipelines.first_sound import FirstSound
from pipelines.floor import Floor
from pipelines.line_events import Closed, LineEvents
from pipelines.preemptive_generation import PreemptiveGeneration
from pipelines.privacy_latch import PrivacyLatch
from pipelines.replies import Replies
from pipelines.reply_source import ReplySource
from pipelines.session.caller_turns import CallerTurns, Judge
from pipelines.session.last_words import LastWords
from pipelines.session.line_reactor import AskPartial, LineReactor
from pipelines.session.mouth import VoiceMouth
from pipelines.session.shared import Answering, ControlledLine, KnowsOffers, Notes, Shared
from pipelines.session.silence import SilenceWatch
from pipelines.session.tasks import ANSWERS_S, WRITES_S, CallTasks, SessionTask, Work
from pipelines.session.telling import Telling
from pipelines.speech_usage import SpeechUsage
from pipelines.transcript import Diary, Transcript
from pipelines.transport import LineInput
from voiceagent.core.budget.ladder import BudgetAct
from voiceagent.core.budget.preemptive_generation import ModelCalls
from voiceagent.core.clock import Clock
from voiceagent.core.wire import LineEnd
from voiceagent.dialogue.caller_gate import CallerGate
from voiceagent.dialogue.loop import Input, InputKind
from voiceagent.dialogue.recorder import Recorder
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.open_question import OfferedWindows
from voiceagent.domain.records import CallId
from voiceagent.ports.live import CallTeller, Untold
from voiceagent.ports.recording import CallRecording, Unrecorded
from voiceagent.toolkit.context import Spawn


class VoiceSession:
    """What serves one phone call, from the moment its line is there.

    The conversation speaks through `mouth`, the pipeline tells `turns` what the caller said.

    Args:
        call_id: whose call it is.
        store: where turns and events are kept.
        clock: durations and turn times.
        recorder: ordered background writes.
        line: the media plane's line.
        events: what the line tells; nobody else reads them.
        judge: what a partial transcript says about the turn, given what is expected.
        first_turn: index of the first turn to write; above 0 when a crashed call goes on.
        budget: what the worker's calls share to answer in time.
        disclosure: what the caller must have heard, by law; it is noted when they have.
        usage: what it costs to hear and to speak.
        live: who is told what happens.
        recording: of the call, if it is kept or listened to.
    """

    def __init__(
        self,
        call_id: CallId,
        store: Diary,
        clock: Clock,
        recorder: Recorder,
        line: ControlledLine,
        events: LineEvents,
        *,
        judge: Judge,
        first_turn: int = 0,
        budget: BudgetParts | None = None,
        disclosure: str = "",
        usage: SpeechUsage | None = None,
        live: CallTeller | None = None,
        recording: CallRecording | None = None,
    ) -> None:
        recording = recording or Unrecorded()
        self._clock = clock
        self._budget = budget or BudgetParts()
        self._gate = CallerGate(recorder)
        live = live or Untold()
        self._tasks = CallTasks()
        self.recorder = recorder
        self.usage = usage or SpeechUsage()
        self.usage.written_by(recorder.put)
        self.privacy = PrivacyLatch()
        self.privacy.tell(recording.refused)
        self.events = events
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
            live=live,
            recording=recording,
        )
        self.input = LineInput()
        self.brain = ReplySource(events.newest)
        self._shared = self._assemble(line, live, recording)
        self.mouth = VoiceMouth(self._shared)
        self.turns = CallerTurns(self._shared, self._gate, judge, self.mouth)
        self.brain.heard = self.turns.committed
        self.closed: Closed | None = None
        """How the line closed, once it has."""

    def _assemble(self, line: ControlledLine, live: CallTeller, recording: CallRecording) -> Shared:
        calls = ModelCalls()
        floor = Floor(self._clock, self.replies, self.brain, self._budget.ready, line)
        watch = BudgetWatch(self._clock, self._budget, floor, calls)
        return Shared(
            clock=self._clock,
            line=line,
            input=self.input,
            brain=self.brain,
            replies=self.replies,
            floor=floor,
            watch=watch,
            first_sound=FirstSound(self._clock, self.replies, watch),
            preemptive=PreemptiveGeneration(
                floor,
                calls,
                self._budget.counter,
                allowed=self._budget.preemptive_generation,
            ),
            transcript=self.transcript,
            silence=SilenceWatch(self._clock),
            usage=self.usage,
            privacy=self.privacy,
            telling=Telling(live, self._gate, self.recorder, self.replies),
            recording=recording,
            notes=Notes(),
        )

    @property
    def expecting(self) -> Expecting:
        """What the agent asked for last."""
        return self._shared.notes.expecting

    def offered(self) -> OfferedWindows | None:
        """The windows that the caller may choose from now; ``None`` where none are known."""
        answering = self._shared.notes.answering
        windows = answering.offers if isinstance(answering, KnowsOffers) else ()
        return OfferedWindows(windows, self._clock.now()) if windows else None

    @property
    def first_sound(self) -> FirstSound:
        """Is told of the first sound of each reply."""
        return self._shared.first_sound

    @property
    def broken(self) -> bool:
        """Whether a task of the call has died; a side effect may do so when the rest is over."""
        return self._tasks.dead is not None

    def spawn_in(self, side_effects: asyncio.TaskGroup) -> Spawn:
        """Starts what tools do to the world, in a group that outlasts the session."""
        return self._tasks.spawn_in(side_effects)

    async def run(
        self,
        conversation: Answering,
        pipeline: Work,
        ask_partial: AskPartial | None,
        *,
        resumed: bool,
        words: str = "",
    ) -> LineEnd:
        """Serve the call until the line closes; why it closed, ``FAILED`` when a task has died.

        Args:
            conversation: answers the caller, through `mouth`.
            pipeline: runs the pipeline until cancelled.
            ask_partial: asks the recogniser for its transcript so far, if it does not push it.
            resumed: the call continues after a crash.
            words: said in place of an apology when it does; see `CallResumed`.
        """
        shared = self._shared
        shared.notes.answering = conversation
        async with asyncio.TaskGroup() as group:
            self._tasks.start(group, self._works(conversation, pipeline, ask_partial))
            begun = Input(InputKind.RESUME, words) if resumed else Input(InputKind.BEGIN)
            conversation.put(begun)
            try:
                await self._tasks.over.wait()
                if self.closed is None:  # a task has died: nobody else acts, and the caller is told
                    await self._tasks.let_go()
                    self.closed = await self._take_leave()
            finally:
                shared.floor.over()
                shared.watch.close()
                await self._end(conversation)
                shared.notes.answering = None  # a conversation and its mouth would keep each other
        if self._tasks.dead is not None or self.closed is None:
            return LineEnd.FAILED
        return self.closed.reason

    def _works(
        self, conversation: Answering, pipeline: Work, ask_partial: AskPartial | None
    ) -> Mapping[SessionTask, Work]:
        """All that runs during a call.

        The conversation comes first: its greeting is ready, and leaves in its first step. What the
        pipeline starts and what the recorder writes would take the core from it.
        """
        shared = self._shared
        reactor = LineReactor(shared, self.events, self._gate, self.mouth, ask_partial)
        return {
            SessionTask.CONVERSATION: conversation.run(),
            SessionTask.PIPELINE: pipeline,
            SessionTask.RECORDER: self.recorder.run(),
            SessionTask.LINE_REACTOR: self._react(reactor),
            SessionTask.SILENCE_WATCH: shared.silence.run(
                lambda: conversation.put(Input(InputKind.SILENCE))
            ),
            SessionTask.BUDGET_WATCH: shared.watch.run(conversation),
            SessionTask.PREEMPTIVE_GENERATION: shared.preemptive.run(
                conversation.preview, partial(conversation.rescue, BudgetAct.HEDGE)
            ),
            SessionTask.PRIVACY: self.privacy.run(),
        }

    async def _react(self, reactor: LineReactor) -> None:
        self.closed = await reactor.run()
        self._tasks.over.set()

    async def _take_leave(self) -> Closed:
        last_words = LastWords(self._shared, self.events, self._budget.ready)
        return await last_words.say(synthesis=self._tasks.runs(SessionTask.PIPELINE))

    async def _end(self, conversation: Answering) -> None:
        """Write down what was heard, and end what was started."""
        tasks = self._tasks
        tasks.line_closed()
        for reply in self._shared.cut(self.closed.heard if self.closed else None):
            self._shared.reply_closed(reply)
        self.usage.call_over()
        with suppress(TimeoutError):
            async with tasks.until(ANSWERS_S):
                if tasks.dead is None:
                    await conversation.line_closed()
        with suppress(TimeoutError):
            async with tasks.until(WRITES_S):
                await self.recorder.drained()
        await tasks.end()

    async def end_effects(self) -> None:
        """After `run`: wait a moment for what tools still do, and end what hangs."""
        await self._tasks.end_effects()

    async def announce(self, text: str) -> None:
        """Say something that nobody asked for; returns when it was heard or cut off.

        Does not wait for a line that has closed, nor longer than the caller of it allows.
        """
        if self._shared.notes.answering is not None and not self._tasks.over.is_set():
            await self.mouth.announce(text)
