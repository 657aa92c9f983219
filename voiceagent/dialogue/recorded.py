"""A conversation that keeps a tape of itself; in everything else the one it would have been."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from datetime import datetime

from voiceagent.core.clock import Clock
from voiceagent.dialogue.acts import CallTool, DialogueAct
from voiceagent.dialogue.case_file import AgentWords
from voiceagent.dialogue.loop import Conversation
from voiceagent.dialogue.mouth import Input, Mouth
from voiceagent.dialogue.port import Dialogue, Heard, WordsHeard
from voiceagent.dialogue.recorder import Holds, Recorder
from voiceagent.dialogue.tape import TalkRowKind, TalkTape, journal_body
from voiceagent.dialogue.wrapped import WrappedDialogue
from voiceagent.domain.expecting import Expecting
from voiceagent.toolkit.answers import ToolOutcome
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.toolbox import Toolbox


class RecordedConversation(Conversation):
    """See `Conversation`; and the `tape` it is kept on."""

    def __init__(
        self,
        dialogue: Dialogue,
        toolbox: Toolbox,
        context: ToolContext,
        mouth: Mouth,
        recorder: Recorder,
        clock: Clock,
        tape: TalkTape,
    ) -> None:
        self._tape = tape
        self._noted_clock = _NotedTimes(clock, tape)
        noted = _NotedDialogue(dialogue, tape)
        super().__init__(
            noted, toolbox, context, _NotedMouth(mouth, tape), recorder, self._noted_clock
        )

    def _maybe_said(self, text: str) -> WordsHeard:
        """See `Conversation`. Nothing comes of it, so its time is not on the tape."""
        self._noted_clock.notes = False
        try:
            return super()._maybe_said(text)
        finally:
            self._noted_clock.notes = True

    async def answer(self, item: Input) -> bool:
        """See `Conversation`."""
        self._tape.took(item)
        over = await super().answer(item)
        self._tape.add(TalkRowKind.DONE, {})
        return over

    async def _hear_now(self, key: Input, calls: deque[tuple[CallTool, Holds]]) -> None:
        self._tape.took(key, TalkRowKind.KEY)
        await super()._hear_now(key, calls)
        self._tape.keys_answered += 1

    async def restore(self, upto: int | None = None) -> bool:
        """See `Conversation`."""
        rows = await self._context.store.journal.read(self._context.call.call_id)
        self._tape.add(TalkRowKind.JOURNAL, journal_body(rows))
        return await super().restore(upto)


class _NotedTimes:
    """Times that the conversation reads."""

    def __init__(self, clock: Clock, tape: TalkTape) -> None:
        self._clock = clock
        self._tape = tape
        self.monotonic = clock.monotonic
        self.notes = True

    def now(self) -> datetime:
        """See `Clock`."""
        at = self._clock.now()
        if self.notes:
            self._tape.add(TalkRowKind.NOW, {"at": at.isoformat()})
        return at


class _NotedDialogue(WrappedDialogue):
    """What a dialogue hears and wants done."""

    def __init__(self, dialogue: Dialogue, tape: TalkTape) -> None:
        super().__init__(dialogue)
        self._tape = tape

    async def hear(self, heard: Heard) -> AsyncIterator[DialogueAct]:
        """See `Dialogue`."""
        self._tape.came(heard)
        async for act in self._inner.hear(heard):
            self._tape.acted(act)
            yield act


class _NotedMouth:
    """What the mouth tells, and what tools have answered."""

    def __init__(self, mouth: Mouth, tape: TalkTape) -> None:
        self._mouth = mouth
        self._tape = tape
        self.begin = mouth.begin
        self.say = mouth.say
        self.settle = mouth.settle
        self.tool_started = mouth.tool_started
        self.keep_private = mouth.keep_private

    async def tool_finished(self, outcome: ToolOutcome) -> None:
        """See `Mouth`."""
        self._tape.answered(outcome)
        await self._mouth.tool_finished(outcome)

    async def end(self, expecting: Expecting, *, hang_up: str | None) -> AgentWords | None:
        """See `Mouth`."""
        words = await self._mouth.end(expecting, hang_up=hang_up)
        self._tape.ended(words)
        return words
