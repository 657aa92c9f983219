"""A conversation: one dialogue, its tools and a mouth, in one serial loop.

Voice and text run the same loop. Inputs wait their turn, so a caller who speaks while a tool is
running interrupts the *speech*, never the tool: its result still reaches the dialogue, exactly
once, before the new words do. The key for a person does not wait: the dialogue hears it, and what
it says to it is said, while the tool runs. What is done in the world stays one thing at a time;
tools that only read run side by side, and their results are heard in the order of the requests.

As long as nothing was done in the world, words can be taken back and heard again (`hear_again.py`):
the dialogue takes over the case as it was before them.

Every input (that a cut line is there again is one, and so is what was heard of a reply), every
tool result and every reply of a model is journalled in order (`journal.py`); feeding the journal to
a new dialogue restores the conversation after a crash.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final, cast

from loguru import logger
from pydantic import JsonValue

from voiceagent.core.budget.ladder import BudgetAct
from voiceagent.core.clock import Clock
from voiceagent.dialogue.acts import CallTool, Expect, HangUp, ModelReplied, Say
from voiceagent.dialogue.case_file import AgentWords, CaseFile
from voiceagent.dialogue.hear_again import HearAgain
from voiceagent.dialogue.inbox import Inbox
from voiceagent.dialogue.journal import (
    ConversationJournal,
    InputRow,
    ResultRow,
    RetractRow,
    Unfinished,
)
from voiceagent.dialogue.mouth import DEAF, Input, InputKind, Mouth
from voiceagent.dialogue.on_record import audit_refused, page_of
from voiceagent.dialogue.port import (
    PERSON_KEY,
    Begun,
    CallResumed,
    Dialogue,
    Heard,
    Hurry,
    KeyHeard,
    ReplyHeard,
    SilenceFell,
    ToolAnswered,
    WordsHeard,
    WordsLost,
)
from voiceagent.dialogue.recorder import Holds, Recorder
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.outcomes import (
    EMERGENCY_REPORTED,
    KEPT_PRIVATE,
    OPTED_OUT,
    PAGED,
    UNRECORDED,
)
from voiceagent.domain.records import Window
from voiceagent.domain.usage import UsageRow
from voiceagent.toolkit.answers import ToolAnswer, ToolOutcome
from voiceagent.toolkit.context import ToolContext, WriteWithout
from voiceagent.toolkit.toolbox import Toolbox

__all__ = ["Conversation", "Input", "InputKind", "Mouth"]

_Asked = tuple[CallTool, Holds]
"""A tool to call, and what holds back the writing of what asked for it."""


_HURRIES: Final[Mapping[BudgetAct, Hurry]] = {
    BudgetAct.HEDGE: Hurry.ASK_AGAIN,
    BudgetAct.FALLBACK: Hurry.SETTLE,
}
LATE_ANSWERS: Final = frozenset(_HURRIES)
"""What a dialogue that asks a model can do about an answer that is late."""


MOST_TOLD: Final = 32
"""Answers of tools that are remembered word for word, for what may be told of them."""


class Conversation:
    """Runs a dialogue against tools and a mouth until somebody hangs up.

    Args:
        dialogue: who talks with the caller.
        toolbox: the tools it may ask for.
        context: who is calling, and the ports that tools use.
        mouth: where words go.
        recorder: ordered background writes.
        clock: the time of each input.
    """

    def __init__(
        self,
        dialogue: Dialogue,
        toolbox: Toolbox,
        context: ToolContext,
        mouth: Mouth,
        recorder: Recorder,
        clock: Clock,
    ) -> None:
        self._outbound = context.outbound
        self._told: deque[str] = deque(maxlen=MOST_TOLD)
        self._dialogue = dialogue
        self._toolbox = toolbox
        self._context = context
        self._mouth = mouth
        self._recorder = recorder
        self._clock = clock
        self._inbox = Inbox()
        self._journal = ConversationJournal(context, recorder)
        self._again = HearAgain(dialogue)
        self._unfinished = Unfinished()
        self.inputs_dropped = 0
        self._expecting = Expecting.ANYTHING
        self._answering = False
        self._holds: Holds = ()
        self._newest_holds: Holds = ()
        self._turn: int | None = None
        self._noted: frozenset[str] = frozenset()
        self._words = ""

    @property
    def emergency_reported(self) -> bool:
        """Whether the caller reported danger and was told what to do."""
        return self._dialogue.snapshot().emergency_reported

    @property
    def case(self) -> CaseFile:
        """What any successor needs to go on from here."""
        return self._dialogue.snapshot()

    @property
    def expecting(self) -> Expecting:
        """What the dialogue expects to hear next."""
        return self._expecting

    @property
    def offers(self) -> tuple[Window, ...]:
        """The appointment windows that may be chosen now, in the order they were said."""
        return self._dialogue.snapshot().windows

    def put(self, item: Input) -> None:
        """Queue an input; a flood beyond 64 waiting inputs is dropped, nobody types that fast."""
        if not self._inbox.put(item):
            self.inputs_dropped += 1
            logger.warning("conversation.flood: input dropped")

    async def preview(self, text: str) -> str:
        """The first sentences of the answer to words that may be all; nothing is done for it.

        Empty while an answer is under way (it may change what comes next), and when the answer
        begins with a tool.
        """
        if self._answering or self._inbox:
            return ""
        return await self._dialogue.preview(self._maybe_said(text))

    def _maybe_said(self, text: str) -> WordsHeard:
        return WordsHeard(self._clock.now(), text)

    def rescue(self, act: BudgetAct) -> bool:
        """Let the dialogue hurry; False when it cannot."""
        how = _HURRIES.get(act)
        return how is not None and self._dialogue.hurry(how)

    def reply_heard(self, words: AgentWords, holds: Holds) -> None:
        """The caller has heard this much of a reply that is over.

        Args:
            words: all of the reply, and what was heard.
            holds: of the inputs it was decided by.
        """
        self.put(_of_a_reply(words, holds))

    async def run(self) -> None:
        """Answer inputs in order until cancelled.

        After a goodbye the line is still up for a while. Then the key for a person is heard, and
        how much of the last words the caller has heard; nothing else is.
        """
        over = False
        while True:
            item = await self._inbox.get()
            if not over or _matters_after_a_goodbye(item):
                over = await self.answer(item) or over

    async def line_closed(self) -> None:
        """Nothing more will be heard: take in what was heard of the last words.

        Unless an answer is under way, which may never end.
        """
        while not self._answering and (item := self._inbox.take(InputKind.REPLY_HEARD)):
            await self.answer(item)
        await self._dialogue.close()

    async def answer(self, item: Input) -> bool:
        """Answer one input; True when the dialogue has hung up."""
        self._answering = True
        try:
            if item.kind is InputKind.REPLY_HEARD:
                await self._take_note(item)
                return False
            return await self._answer(item)
        finally:
            self._answering = False

    async def _answer(self, item: Input) -> bool:
        await self._mouth.begin(item)
        self._holds = self._newest_holds = item.holds or self._newest_holds
        if item.continues and self._again.can_retract:
            self._journal.retracted(self._holds)
            self._again.retract()
            item = self._again.joined(item)
        calls: deque[_Asked] = deque()
        hang_up = await self._take_in(item, calls)
        while calls and hang_up is None:
            together = self._together(calls)
            outcomes = await self._run_tools(together, calls)
            for (_, holds), outcome in zip(together, outcomes, strict=True):
                if hang_up is None:
                    self._holds = holds
                    if self._unfinished.told:
                        self._recall(self._unfinished.told.popleft())
                    hang_up = await self._perform(self._result(outcome), calls)
        await self._end_reply(hang_up)
        return hang_up is not None

    async def _end_reply(self, hang_up: str | None) -> None:
        words = await self._mouth.end(self._expecting, hang_up=hang_up)
        if words is not None:
            await self._take_note(_of_a_reply(words, self._newest_holds))

    async def _take_note(self, reply: Input) -> None:
        """Journal what was heard of a reply, and let the dialogue know; nothing is done about it.

        It is nothing that comes between words of the caller and those that follow them.
        """
        at = self._clock.now()
        self._journal.heard_of_reply(reply, at, reply.holds)
        self._again.heard(reply, at)
        await self._replay(_heard(reply, at), ())

    async def _take_in(self, item: Input, calls: deque[_Asked]) -> str | None:
        """Journal an input, let the dialogue hear it, and perform what it wants done."""
        at = self._clock.now()
        self._turn = item.turn if item.turn >= 0 else None
        self._journal.took_in(item, at, self._holds)
        for past in self._again.without_digits(item):
            await self._hear_again(past.item, past.at, past.replies)
        self._again.came(item, at)
        return await self._hear(item, at, calls)

    async def _hear(self, item: Input, at: datetime, calls: deque[_Asked]) -> str | None:
        if item.kind is InputKind.HEARD:
            self._words = item.text
        self._again.next_is(item)
        self._recall(self._unfinished.take_replies())
        return await self._perform(_heard(item, at), calls)

    def _recall(self, replies: Sequence[str]) -> None:
        """A model has replied to what comes next before; without replies it is asked."""
        if replies:
            self._dialogue.recall(replies)

    async def _hear_now(self, key: Input, calls: deque[_Asked]) -> None:
        """Answer a key while a tool runs: in a reply of its own, the one under way is over.

        What may be a card number is not taken back to here: nobody asks for the same tool again.
        """
        await self._end_reply(None)
        await self._mouth.begin(key)
        at = self._clock.now()
        holds = self._holds
        self._holds = self._newest_holds = key.holds or self._newest_holds
        self._journal.took_in(key, at, self._holds)
        await self._hear(key, at, calls)
        self._holds = holds

    async def _perform(self, heard: Heard, calls: deque[_Asked]) -> str | None:
        """Perform acts as they come; tools to call are added to `calls`. Why to hang up, if so."""
        hang_up: str | None = None
        async for act in self._dialogue.hear(heard):
            await self._note_reports()
            match act:
                case Say():
                    await self._say(act.text)
                case Expect():
                    self._expecting = act.expecting
                case HangUp():
                    hang_up = act.reason
                case CallTool():
                    calls.append((act, self._holds))
                case ModelReplied():
                    await self._keep_reply(act)
        return hang_up

    async def _say(self, text: str) -> None:
        """The one place where a conversation says something: what may not leave is taken out."""
        spoken = self._context.call.channel == "voice"
        text = await self._outbound.said(
            text, self._came_up, spoken=spoken, private=lambda: self._dialogue.snapshot().private
        )
        if text:
            await self._mouth.say(text, self._holds)

    def _came_up(self) -> Iterator[str]:
        """All that was said and told in this conversation, as far as it is known here."""
        yield self._words
        yield self._context.caller_phone or ""
        yield from self._told
        yield self._dialogue.snapshot().to_json()

    async def _keep_reply(self, replied: ModelReplied) -> None:
        index = self._journal.model_replied(replied.reply, self._holds)
        self._again.replied(replied.reply)
        rows = [UsageRow(index, self._turn, used) for used in replied.used]
        if rows:
            call_id, usage = self._context.call.call_id, self._context.store.usage
            self._recorder.put(lambda: usage.add(call_id, rows))
        for refused in replied.refused:
            await audit_refused(refused, self._context, self._words, self._later)

    async def _later(self, write: WriteWithout) -> None:
        self._recorder.put_said(write, *self._holds)

    async def _hear_again(self, item: Input, at: datetime, replies: Sequence[str]) -> None:
        self._again.next_is(item)
        await self._replay(_heard(item, at), replies)

    async def _replay(self, heard: Heard, replies: Sequence[str]) -> None:
        """Let the dialogue hear what was answered before; nothing is said or done again."""
        self._dialogue.recall(replies)
        async for act in self._dialogue.hear(heard):
            if isinstance(act, Expect):
                self._expecting = act.expecting

    async def _note_reports(self) -> None:
        """Put on record, once, what must outlast the conversation, and keep what is private."""
        case = self._dialogue.snapshot()
        if case.private:
            await self._mouth.keep_private()
        reported = {
            EMERGENCY_REPORTED: case.emergency_reported,
            OPTED_OUT: case.opted_out,
            KEPT_PRIVATE: case.private,
            UNRECORDED: case.unrecorded,
            PAGED: case.paged,
        }
        call_id, calls = self._context.call.call_id, self._context.store.calls
        for kind in (kind for kind, is_so in reported.items() if is_so and kind not in self._noted):
            self._noted |= {kind}
            if kind == PAGED:
                self._recorder.put(partial(self._context.store.outbox.put, page_of(self._context)))
            self._recorder.put(partial(calls.add_event, call_id, kind))
            number = self._context.caller_phone
            if kind == OPTED_OUT and number is not None:
                consents, source = self._context.store.consents, self._context.call.channel
                self._recorder.put(partial(consents.stop, number, source))

    def _together(self, calls: deque[_Asked]) -> list[_Asked]:
        """The next calls that may run side by side: what only reads, or one thing that is done."""
        together = [calls.popleft()]
        if not self._toolbox.has_side_effects(together[0][0].name):
            while calls and not self._toolbox.has_side_effects(calls[0][0].name):
                together.append(calls.popleft())
        return together

    async def _run_tools(
        self, together: Sequence[_Asked], calls: deque[_Asked]
    ) -> list[ToolOutcome]:
        """Run tools side by side, outcomes in their order; a key that cannot wait is answered."""
        names = [call.name for call, _ in together]
        if any(map(self._toolbox.ends_line, names)):
            await self._mouth.settle()
        if any(map(self._toolbox.has_side_effects, names)):
            self._again.nothing_more()
        self._holds = together[0][1]
        await self._mouth.tool_started(next(filter(None, map(self._toolbox.filler, names)), ""))
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(self._call(call, holds)) for call, holds in together]
            while waited := {one for one in running if not one.done()}:
                key = group.create_task(self._inbox.key(PERSON_KEY))
                await asyncio.wait({*waited, key}, return_when=asyncio.FIRST_COMPLETED)
                if key.done():
                    await self._hear_now(key.result(), calls)
                else:
                    key.cancel()
        outcomes = [one.result() for one in running]
        counted_ms = 0.0
        for outcome in outcomes:  # time that ran side by side is waited for once
            longer_ms = max(0.0, outcome.elapsed_ms - counted_ms)
            counted_ms += longer_ms
            await self._mouth.tool_finished(replace(outcome, elapsed_ms=longer_ms))
        return outcomes

    async def _call(self, call: CallTool, holds: Holds) -> ToolOutcome:
        if (before := self._unfinished.result(call.name)) is not None:
            answer = self._read(before)
            asked = cast("Mapping[str, JsonValue]", call.arguments)
            return ToolOutcome(call.name, asked, answer, 0.0)
        keep = partial(self._recorder.write_when_settled, holds)
        arguments = call.arguments
        if self._toolbox.ends_line(call.name):  # a person is told of the call, and keeps it
            shown = partial(self._recorder.shown, holds)
            arguments = {
                name: shown(value) if isinstance(value, str) else value
                for name, value in arguments.items()
            }
        return await self._toolbox.call(
            call.name,
            arguments,
            replace(self._context, keep=keep, basis=replace(call.basis, heard=self._words)),
        )

    def _result(self, outcome: ToolOutcome) -> ToolAnswered:
        at = self._clock.now()
        self._told.append(json.dumps(outcome.wire, default=str))
        self._journal.answered(outcome, at, self._holds)
        return ToolAnswered(at, outcome.name, outcome.result)

    def go_on(self, case: CaseFile, upto: int) -> None:
        """Go on from a case instead of a journal, of which `upto` is the last row.

        What the tools of the conversation have done is on record; nothing of it is known here.
        """
        self._dialogue.take_over(case)
        self._expecting = case.expecting
        self._journal.go_on(upto)

    async def restore(self, upto: int | None = None) -> bool:
        """Bring the dialogue to where the journal ends; False when the call is new.

        The words that it says on the way were said before the crash and are not repeated.

        Args:
            upto: the last row of what was said. What comes after it is of an input that was not
                answered to its end: it is to be put again, and no tool is called for twice.
        """
        rows, self._unfinished = await self._journal.read(upto)
        for row in rows:
            if isinstance(row, RetractRow):
                self._again.retract()
            else:
                await self._restore(row)
        if self._dialogue.snapshot().private:
            await self._mouth.keep_private()
        return bool(rows)

    async def _restore(self, row: InputRow | ResultRow) -> None:
        at = row.at or self._clock.now()
        if isinstance(row, InputRow):
            await self._hear_again(row.item, at, row.replies)
            return
        if self._toolbox.has_side_effects(row.tool):
            self._again.nothing_more()
        await self._replay(ToolAnswered(at, row.tool, self._read(row)), row.replies)

    def _read(self, row: ResultRow) -> ToolAnswer:
        """What a tool answered, with what bears on the outcome."""
        self._told.append(json.dumps(row.wire, default=str))
        answer = self._toolbox.read(row.tool, row.wire)
        self._context.signals.evidence |= self._toolbox.evidence(row.tool, answer)
        return answer


def _heard(item: Input, at: datetime) -> Heard:  # noqa: PLR0911 - one return per case
    match item.kind:
        case InputKind.BEGIN:
            return Begun(at)
        case InputKind.RESUME:
            return CallResumed(at, item.text)
        case InputKind.HEARD:
            return WordsHeard(at, item.text, item.confidence)
        case InputKind.LOST:
            return WordsLost(at, deaf=item.text == DEAF)
        case InputKind.KEY:
            return KeyHeard(at, item.text)
        case InputKind.SILENCE:
            return SilenceFell(at)
        case InputKind.REPLY_HEARD:
            return ReplyHeard(at, item.said, item.text)


def _of_a_reply(words: AgentWords, holds: Holds) -> Input:
    return Input(InputKind.REPLY_HEARD, words.heard or "", said=words.said, holds=holds)


def _matters_after_a_goodbye(item: Input) -> bool:
    is_for_a_person = item.kind is InputKind.KEY and item.text == PERSON_KEY
    return is_for_a_person or item.kind is InputKind.REPLY_HEARD
