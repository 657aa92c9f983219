"""One phone call: line, pipeline and conversation, from the first sound to the one outcome.

The session is glue with a clear order of things. Line events come in one by one and become
pipeline frames; committed turns go to the conversation; its words go through speech to the line;
the played position closes replies and writes them down as they were *heard*. When the session
ends, for whatever reason, everything it started has ended too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Protocol

from loguru import logger
from pipecat.processors.aggregators.llm_context import LLMContext

from pipelines.budget_watch import BudgetParts, BudgetWatch
from pipelines.floor import Floor
from pipelines.line_events import (
    BargeIn,
    CallerEvent,
    Closed,
    Finished,
    Key,
    LineEvent,
    LineEvents,
    NearlyFinished,
    Paused,
    Progress,
    Resumed,
    Sound,
    Started,
)
from pipelines.preemptive_generation import PreemptiveGeneration
from pipelines.replies import ClosedReply, Replies, Reply
from pipelines.reply_source import ReplySource, sentences
from pipelines.transcript import Diary, Transcript
from pipelines.transport import LineInput, SpeechLine
from pipelines.turn_clock import TurnClock
from voiceagent.core.budget.ladder import BudgetAct, Passed
from voiceagent.core.budget.preemptive_generation import ModelCalls
from voiceagent.core.clock import Clock
from voiceagent.core.wire import LineEnd, Played
from voiceagent.dialogue.caller_gate import CallerGate
from voiceagent.dialogue.loop import Input, InputKind
from voiceagent.dialogue.recorder import Recorder
from voiceagent.domain.expecting import Completeness, Expecting
from voiceagent.domain.records import CallId
from voiceagent.toolkit import ToolOutcome

SILENCE_PROMPT_S = 7.0
"""The caller has said nothing for this long after the agent finished: prompt them."""

SETTLE_S = 8.0
"""Longest wait for words to be heard before a tool that ends the line (a transfer)."""

TYPED = frozenset({Expecting.PHONE, Expecting.NAME_AND_PHONE, Expecting.CODE})
"""What may be typed instead of said: a key that has no answer is part of it."""

APOLOGY = "I'm sorry, something went wrong on our side. Please call again in a moment. Goodbye."

TEARDOWN_S = 3.0
"""Whatever still hangs this long after the line closed is cancelled (docs/contract.md, timers)."""


class ControlledLine(SpeechLine, Protocol):
    """What the session asks of the media plane's line."""

    def thinking(self) -> None:
        """A reply that nobody spoke for is being worked on."""
        ...

    def stop_speaking(self, through: int) -> Played | None:
        """Silence at once, for utterances up to this number; newer ones are played."""
        ...

    def expect(self, expecting: Expecting) -> None:
        """What the next caller turn should be."""
        ...

    def hint(self, completeness: Completeness) -> None:
        """What the partial transcript says about the turn."""
        ...

    def close_when_heard(self, utterance: int) -> None:
        """Hang up once this utterance, and all before it, has been played."""
        ...

    def close(self, reason: LineEnd) -> None:
        """Hang up now."""
        ...


class Answering(Protocol):
    """Who answers the caller: a `Conversation`, or what takes its seat."""

    def put(self, item: Input) -> None:
        """Something happened that may want an answer."""
        ...

    async def run(self) -> None:
        """Answer until the conversation is over."""
        ...

    async def preview(self, text: str) -> str:
        """What it would say first to words that may be all of the caller's turn.

        Nothing is done for it. Empty when it cannot be known without doing something.
        """
        ...

    def rescue(self, act: BudgetAct) -> bool:
        """Do something about an answer that is late; False when there is nothing to be done."""
        ...


@dataclass(slots=True)
class _CallerTurn:
    """The caller's turn that is being spoken or answered; `words` so far, within a pause."""

    words: str = ""
    clock: TurnClock = field(default_factory=TurnClock)
    cut_reply: ClosedReply | None = None


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
    """

    def __init__(
        self,
        call_id: CallId,
        store: Diary,
        clock: Clock,
        recorder: Recorder,
        *,
        judge: Callable[[str, Expecting], Completeness],
        first_turn: int = 0,
        budget: BudgetParts | None = None,
    ) -> None:
        self._clock = clock
        self.recorder = recorder
        self._gate = CallerGate(recorder)
        self._judge = judge
        self.replies = Replies()
        self.context = LLMContext()
        self._transcript = Transcript(
            call_id, store, clock, recorder, self.context, first_turn=first_turn
        )
        parts = budget or BudgetParts()
        self.input = LineInput()
        self.brain = ReplySource(self.turn_committed)
        self.events = LineEvents(lambda: self.brain.reply)
        self.floor = Floor(clock, self.replies, self.brain, parts.ready)
        calls = ModelCalls()
        self.watch = BudgetWatch(clock, parts, self.floor, calls)
        self.preemptive = PreemptiveGeneration(
            self.floor, calls, parts.counter, allowed=parts.preemptive_generation
        )
        self._line: ControlledLine | None = None
        self._turn = _CallerTurn()
        self._clocks: dict[int, TurnClock] = {}
        self._current: TurnClock = TurnClock()
        self.expecting = Expecting.ANYTHING
        """What the agent asked for last."""
        self._quiet_since_s: float | None = None
        self._carried: list[str] = []
        self._cut_by_key: ClosedReply | None = None
        self._cause = InputKind.BEGIN
        self.closed: Closed | None = None

    # --- life -------------------------------------------------------------------------------

    async def run(
        self,
        line: ControlledLine,
        conversation: Answering,
        pipeline: Coroutine[object, object, None],
        ask_partial: Callable[[], Awaitable[None]] | None,
        *,
        resumed: bool,
    ) -> LineEnd:
        """Serve the call until the line closes; why it closed.

        Args:
            line: the media plane's line.
            conversation: answers the caller; this session is its mouth.
            pipeline: runs the pipeline until cancelled.
            ask_partial: asks the recogniser for its transcript so far, if it does not push it.
            resumed: the call continues after a crash.
        """
        self._line = self.floor.line = line
        self._conversation = self.watch.dialogue = conversation
        self._ask_partial = ask_partial
        tasks = [
            asyncio.ensure_future(pipeline),
            asyncio.ensure_future(self.recorder.run()),
            asyncio.ensure_future(self._converse()),
            asyncio.ensure_future(self._watch_silence()),
            asyncio.ensure_future(self.watch.run()),
            asyncio.ensure_future(self.preemptive.run(conversation.preview)),
        ]
        conversation.put(Input(InputKind.RESUME if resumed else InputKind.BEGIN))
        try:
            while self.closed is None:
                await self._on(await self.events.get())
        finally:
            for reply in self.replies.cut(self.closed.heard if self.closed else None):
                self._transcript.agent(reply)
            with suppress(TimeoutError):
                async with asyncio.timeout(TEARDOWN_S):
                    await self.recorder.drained()
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=TEARDOWN_S)
            self.watch.dialogue = None  # a conversation and its mouth would keep each other
            del self._conversation
        return self.closed.reason

    async def _converse(self) -> None:
        """Run the conversation; a bug in it ends the call with an apology, never in silence."""
        try:
            await self._conversation.run()
        except Exception:  # noqa: BLE001 - the caller must hear something, whatever broke
            logger.exception("session.conversation_failed")
            await self.begin(Input(InputKind.SILENCE))
            await self.say(APOLOGY)
            await self.end(Expecting.ANYTHING, hang_up="failed")

    async def _watch_silence(self) -> None:
        """Sleeps as long as no prompt can be due: silence that begins meanwhile is due later."""
        while True:
            now_s = self._clock.monotonic()
            since_s = self._quiet_since_s
            left_s = SILENCE_PROMPT_S if since_s is None else since_s + SILENCE_PROMPT_S - now_s
            if left_s <= 0.0:
                self._quiet_since_s = None
                self._conversation.put(Input(InputKind.SILENCE))
            else:
                await asyncio.sleep(left_s)

    # --- what the line tells us -------------------------------------------------------------

    async def _on(self, event: LineEvent) -> None:
        match event:
            case Sound():
                await self.input.sound(event.pcm_8k)
            case Progress():
                self._note_sent(event.played)
                if (closed := self.replies.progress(event.played)) is not None:
                    self._reply_heard(closed)
            case Key():
                await self._on_key(event)
            case Closed():
                self.closed = event
            case _:
                await self._on_caller(event)

    async def _on_caller(self, event: CallerEvent) -> None:
        match event:
            case Started():
                await self._on_started(event)
            case Paused():
                if self._ask_partial is not None:
                    await self._ask_partial()
            case Resumed():
                await self._goes_on()
            case NearlyFinished():
                self.preemptive.prepare(self._turn.words)
            case Finished():
                self._turn.clock = self.watch.begin(event.end, self.expecting)
                await self.input.voice_finished()
            case BargeIn():
                if self._line is not None:  # sound of theirs that came since must not be heard
                    self._line.stop_speaking(event.through)
                await self._cut_off(event.heard, event.through)

    async def _on_started(self, event: Started) -> None:
        self._quiet_since_s = None
        await self._goes_on()
        self.floor.taken()
        self.watch.close()
        await self._hush(event.through)
        await self.input.voice_started()

    async def _on_key(self, event: Key) -> None:
        """A key is an answer to what was heard: what was about to be said before it is cut off.

        But for one that goes on a card number: that was refused, and the refusal must be heard.
        """
        self._quiet_since_s = None
        if (pressed := self._gate.key(event.digit, self.expecting)) is None:
            return
        await self._hush(event.through)
        lost, self._turn.cut_reply = self._turn.cut_reply, None
        self._cut_by_key = lost or self._cut_by_key
        self._conversation.put(pressed)

    async def _hush(self, through: int) -> None:
        """Cut off what is still to be said of the replies up to a number."""
        if self.replies.speaking_through(through):
            heard = self._line.stop_speaking(through) if self._line is not None else None
            await self._cut_off(heard, through)

    async def _goes_on(self) -> None:
        """The caller speaks: what the words so far were taken for is void."""
        self._turn.words = ""
        await self.preemptive.forget()

    async def _cut_off(self, heard: Played | None, through: int) -> None:
        """The caller took the floor: close our replies at what was heard, stop making more.

        Replies with a number above `through` were begun after it happened: they are not touched.
        """
        if self.brain.reply <= through:
            self.floor.taken()
        for reply in self.replies.cut(heard, through=through):
            self._turn.cut_reply = reply
            self._transcript.agent(reply)
        await self.brain.interrupt(through)
        if not self.replies.speaking:
            self.floor.settled.set()

    def _note_sent(self, played: Played) -> None:
        reply = self.replies.get(played.utterance)
        if reply is not None and played.first_sent_s is not None:
            self.watch.passed(reply.clock, Passed.SENT, played.first_sent_s)

    def _reply_heard(self, reply: ClosedReply) -> None:
        self._transcript.agent(reply)
        if not self.replies.speaking:
            self.floor.settled.set()
            if not reply.last:
                self._quiet_since_s = self._clock.monotonic()

    def partial_transcript(self, text: str) -> None:
        """The recogniser's transcript so far; may let the turn end sooner or wait longer."""
        self._turn.words = self._gate.glance(text, self.expecting)
        if self._line is not None:
            self._line.hint(self._judge(self._turn.words, self.expecting))

    # --- the caller's turns -----------------------------------------------------------------

    def turn_committed(self, text: str) -> None:
        """The caller's turn is final: write it down and let the conversation answer.

        When the caller has heard nothing of our last answer, this continues the turn before.
        """
        turn, self._turn = self._turn, _CallerTurn()
        turn.clock.transcribed(self._clock.monotonic())
        self.watch.passed(turn.clock, Passed.TRANSCRIPT)
        heard = self._gate.words(text, self.expecting)
        self._transcript.forget(text, heard.text, heard.secret)
        text = heard.text
        index = self._transcript.caller(text)
        self._clocks[index] = turn.clock
        lost = turn.cut_reply
        continues = lost is not None and lost.answers_turn and not lost.answer_heard
        self.preemptive.committed(text, alone=not continues)
        self._conversation.put(replace(heard, turn=index, continues=continues))

    async def turn_was_empty(self) -> None:
        """The caller's turn had no words. If it cut the agent off, say again what was lost."""
        turn, self._turn = self._turn, _CallerTurn()
        self.watch.close()
        lost = turn.cut_reply
        if lost is not None and lost.unheard:
            self._carried.insert(0, lost.unheard)
        elif self.floor.cover is None and not self._carried:
            self._quiet_since_s = self._clock.monotonic()
            return
        await self._open_reply(TurnClock())
        await self.floor.end(last=lost is not None and lost.last)

    async def turn_was_lost(self) -> None:
        """The caller spoke, and recognition was down or too slow: ask for the words again."""
        self._turn = _CallerTurn()
        self._conversation.put(Input(InputKind.LOST))

    # --- the conversation's mouth -----------------------------------------------------------

    async def begin(self, cause: Input) -> None:
        """See `Mouth`."""
        self._quiet_since_s = None
        self._cause = cause.kind
        if cause.kind is not InputKind.HEARD and self._line is not None:
            self._line.thinking()
        clock = self._clocks.pop(cause.turn, TurnClock())
        if clock.cover_s is not None and self.floor.cover is not clock:
            clock = clock.after_apology()
        foreseen = cause.kind is InputKind.HEARD and self.preemptive.taken()
        if foreseen:
            clock.acts.append("preemptive_generation")
        await self._open_reply(clock, foreseen=foreseen)

    async def say(self, text: str) -> None:
        """See `Mouth`. Words of a reply that was cut off are carried into the next one."""
        if self.floor.excused is not None:
            await self._open_reply(self.floor.excused.after_apology())
        if (reply := self.floor.answering()) is None:
            self._carried.append(text)
            return
        parts = sentences(text)
        if parts and reply.prepared:
            reply, parts = await self._say_prepared(reply, parts)
        if parts and reply.clock.words_s is None and not self.floor.is_ready(parts[0]):
            parts[:1] = self.watch.flushed(reply.clock, parts[0])
        reply.clock.worded(self._clock.monotonic())
        self.watch.passed(reply.clock, Passed.WORDS)
        for index, part in enumerate(parts):
            if self.floor.answering() is not reply:
                self._carried.append(" ".join(parts[index:]))
                return
            reply.ledger.plan(part)
            if await self.floor.speak(reply, part):
                self.sounded(reply.number)

    async def _say_prepared(self, reply: Reply, parts: list[str]) -> tuple[Reply, list[str]]:
        """Say what was made ahead, if it is what is to be said; the reply, and what is left."""
        other = await self.preemptive.said(reply, parts[0])
        if other is not None:
            return other, parts
        reply.clock.worded(self._clock.monotonic())
        self.watch.passed(reply.clock, Passed.WORDS)
        if reply.ledger.samples:
            self.sounded(reply.number)
        return reply, parts[1:]

    async def tool_started(self, filler: str) -> None:
        """See `Mouth`."""
        self.watch.tool_started(self._current, filler)

    async def tool_finished(self, outcome: ToolOutcome) -> None:
        """See `Mouth`."""
        self._current.tool_ran(outcome.elapsed_ms / 1000.0)
        self.watch.tool_finished(self._current)

    async def settle(self) -> None:
        """See `Mouth`."""
        if self.floor.settled.is_set():
            return
        await self.brain.end()
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_S):
                await self.floor.settled.wait()
        await self._open_reply(TurnClock())

    async def announce(self, text: str) -> None:
        """Say something that nobody asked for; returns when it was heard or cut off.

        Does not wait for a line that has closed, nor longer than the caller of it allows.
        """
        if self.closed is not None:
            return
        await self.begin(Input(InputKind.SILENCE))
        await self.say(text)
        await self.end(self.expecting, hang_up=None)
        await self.floor.settled.wait()

    async def end(self, expecting: Expecting, *, hang_up: str | None) -> None:
        """See `Mouth`."""
        self.expecting = expecting
        self.floor.excused = None
        if self._current.words_s is None and self._current is self.watch.turn:
            self.watch.close()
        if self._line is not None:
            self._line.expect(expecting)
        if hang_up is not None and self._carried:
            await self._open_reply(TurnClock())  # last words are said, whatever cut them off
        await self._answered(hang_up=hang_up)
        await self.floor.end(last=hang_up is not None)
        if hang_up is not None and self._line is not None:
            self._line.close_when_heard(self.brain.reply)

    async def _answered(self, *, hang_up: str | None) -> None:
        """If nothing was said: say what a stray key has cut off, or wait for the caller."""
        reply, lost = self.floor.answering(), None
        if self._cause is InputKind.KEY:
            lost, self._cut_by_key = self._cut_by_key, None
        if reply is None or hang_up is not None or (reply.ledger.text and not reply.prepared):
            return
        if lost is not None and lost.unheard and self.expecting not in TYPED:
            await self.say(lost.unheard)
        elif not self.replies.saying(other_than=reply.number):
            self._quiet_since_s = self._clock.monotonic()

    async def _open_reply(self, clock: TurnClock, *, foreseen: bool = False) -> None:
        self._current = await self.floor.open(clock, foreseen=foreseen)
        carried, self._carried = self._carried, []
        for text in carried:
            await self.say(text)

    def sounded(self, reply: int) -> None:
        """The first sound of a reply is there: it came back from synthesis, or was ready."""
        open_reply = self.replies.get(reply)
        if open_reply is not None and not open_reply.prepared:
            open_reply.clock.voiced(self._clock.monotonic())
            self.watch.passed(open_reply.clock, Passed.SOUND)
