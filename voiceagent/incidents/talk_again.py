"""A conversation held again from its tape, offline: the real loop and dialogue, recorded inputs.

Times, tools' answers, models' replies and what was heard are the recorded ones, input by input;
everything that is said, asked for and expected is decided anew. Nothing is done in the world: the
tools are not called, and what is written goes to a store in memory.

Where the second conversation takes another course it is given what is left of its input's answers,
and failures where there are none; with the next input both are side by side again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, cast

from pydantic import JsonValue

from tools import TOOLS
from voiceagent.core.clock import ManualClock
from voiceagent.dialogue.acts import DialogueAct
from voiceagent.dialogue.case_file import AgentWords, CaseFile
from voiceagent.dialogue.factory import Conversant, HousePolicy, model_dialogue
from voiceagent.dialogue.mouth import Input, InputKind
from voiceagent.dialogue.port import Dialogue, Heard
from voiceagent.dialogue.recorded import RecordedConversation
from voiceagent.dialogue.recorder import Holds, Recorder
from voiceagent.dialogue.tape import (
    Body,
    Leads,
    TalkRow,
    TalkRowKind,
    TalkStart,
    TalkTape,
    item_from,
)
from voiceagent.dialogue.wrapped import WrappedDialogue
from voiceagent.domain.business import Business
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.records import CallId, CallStart
from voiceagent.language.en_us.caller_acts import ActModel
from voiceagent.store.memory import MemoryStore
from voiceagent.toolkit.answers import ToolFailure, ToolOutcome
from voiceagent.toolkit.context import Run, ToolContext
from voiceagent.toolkit.toolbox import Toolbox

_STEPS_MOST: Final = 10_000
"""Turns of the event loop that a tool waits for a key to be answered."""

_BEGIN: Final = Input(InputKind.BEGIN)

NOT_RECORDED: Final = ToolFailure("replay.not_recorded", "The recorded call did not ask this.", "")


@dataclass(slots=True)
class _Answers:
    """What came in while one input was answered."""

    item: Input
    nows: deque[datetime] = field(default_factory=deque)
    mouth: deque[AgentWords | None] = field(default_factory=deque)
    tools: list[tuple[str, Mapping[str, JsonValue], list[Input]]] = field(default_factory=list)
    replies: deque[list[str]] = field(default_factory=deque)
    """Of a model, for each input that the dialogue heard."""
    keys: list[Input] = field(default_factory=list)
    """That came when the last tool had not answered."""
    done: bool = False

    def came(self, row: TalkRow) -> None:
        """A row that is no input by itself."""
        body = row.body
        match row.kind:
            case TalkRowKind.DONE:
                self.done = True
            case TalkRowKind.KEY:
                self.keys.append(item_from(body))
            case TalkRowKind.NOW:
                self.nows.append(datetime.fromisoformat(str(body["at"])))
            case TalkRowKind.TOOL:
                result = cast("Mapping[str, JsonValue]", body["result"])
                keys, self.keys = self.keys, []
                self.tools.append((str(body["name"]), result, keys))
            case TalkRowKind.MOUTH:
                self.mouth.append(_words(body))
            case TalkRowKind.HEARD:
                self.replies.append([])
            case TalkRowKind.REPLIED if self.replies:
                self.replies[-1].append(str(body["reply"]))
            case _:
                pass


@dataclass(slots=True)
class _Script:
    """A tape, input by input. `before`: what came in before the first."""

    journal: list[tuple[int, str, str]] = field(default_factory=list)
    before: _Answers = field(default_factory=lambda: _Answers(_BEGIN))
    inputs: list[_Answers] = field(default_factory=list)


class _Over(Exception):
    """The recorded call ended while a tool ran."""


def _script(rows: Sequence[TalkRow]) -> _Script:
    script = _Script()
    current = script.before
    for row in rows:
        if row.kind is TalkRowKind.JOURNAL:
            kept = cast("list[tuple[int, str, str]]", row.body["rows"])
            script.journal = [(index, kind, text) for index, kind, text in kept]
        elif row.kind is TalkRowKind.INPUT:
            current = _Answers(item_from(row.body))
            script.inputs.append(current)
        else:
            current.came(row)
    return script


def _words(body: Body) -> AgentWords | None:
    if "said" not in body:
        return None
    return AgentWords(str(body["said"]), cast("str | None", body["heard"]))


def run_talk(tape: TalkTape, business: Business, called: str) -> TalkTape:
    """The tape of the second conversation.

    Args:
        tape: of the first; one that has begun.
        business: whose call it was, as it was then.
        called: E.164 number that was called.
    """
    if tape.start is None:
        return TalkTape()
    return asyncio.run(_SecondTalk(tape, tape.start, business, called).run())


def cases_of(tape: TalkTape, business: Business, called: str) -> list[CaseFile]:
    """What was understood after each input, when the conversation is held again."""
    if tape.start is None:
        return []
    talk = _SecondTalk(tape, tape.start, business, called)
    asyncio.run(talk.run())
    return talk.cases


class _SecondTalk:
    def __init__(self, tape: TalkTape, start: TalkStart, business: Business, called: str) -> None:
        self._script = _script(tape.rows)
        self._again = TalkTape(start)
        self._stage = _Stage(self._script.before, start.at)
        clock = ManualClock(start.at)
        store = MemoryStore(clock)
        call = CallStart(
            CallId("00000000-0000-4000-8000-000000000000"),
            "replay",
            "voice" if start.channel == "voice" else "chat",
            start.caller_number or "anonymous",
            called,
        )
        self._store, self._call = store, call
        context = ToolContext(
            call=call,
            business=business,
            clock=clock,
            store=store,
            call_control=_NoCarrier(),
            spawn=_no_task,
        )
        self._who = _dialogue(start, business)
        self.cases: list[CaseFile] = []
        self._recorder = Recorder(limit=1 << 30)
        self._conversation = RecordedConversation(
            _Recalling(self._who, self._stage),
            _RecordedTools(self._stage, self),
            context,
            _SilentMouth(self._stage),
            self._recorder,
            _ReadTimes(self._stage, clock),
            self._again,
        )

    def put(self, item: Input) -> None:
        """A key that does not wait."""
        self._conversation.put(item)

    def answered_keys(self) -> int:
        """How many of them are answered."""
        return self._again.keys_answered

    async def run(self) -> TalkTape:
        await self._store.calls.open(self._call)
        for index, kind, body in self._script.journal:
            await self._store.journal.append(self._call.call_id, index, kind, body)
        if self._script.journal:
            await self._conversation.restore()
        for answers in self._script.inputs:
            self._stage.current = answers
            over = False
            try:
                await self._conversation.answer(answers.item)
            except* _Over:
                over = True
            self.cases.append(self._who.snapshot())
            if over:
                break
        return self._again


@dataclass(slots=True)
class _Stage:
    """The input that is being answered."""

    current: _Answers
    now: datetime


def _dialogue(start: TalkStart, business: Business) -> Dialogue:
    of = Conversant(
        business,
        now=start.at,
        caller_number=start.caller_number,
        channel=start.channel,
        private=start.private,
    )
    acts = ActModel.load()
    if start.leads is Leads.HOUSE:
        return HousePolicy(acts)(of)
    return model_dialogue((), Toolbox(TOOLS).specs(), ManualClock(start.at), acts)(of)


class _Recalling(WrappedDialogue):
    """The dialogue, with the recorded replies in the model's place."""

    def __init__(self, dialogue: Dialogue, stage: _Stage) -> None:
        super().__init__(dialogue)
        self._stage = stage
        self._told = False

    def recall(self, replies: Sequence[str]) -> None:
        self._told = True
        super().recall(replies)

    async def hear(self, heard: Heard) -> AsyncIterator[DialogueAct]:
        replies = self._stage.current.replies
        recorded = replies.popleft() if replies else []
        if not self._told:
            super().recall(recorded)
        self._told = False
        async for act in self._inner.hear(heard):
            yield act


class _ReadTimes:
    """The times that were read."""

    def __init__(self, stage: _Stage, clock: ManualClock) -> None:
        self._stage = stage
        self.monotonic = clock.monotonic

    def now(self) -> datetime:
        if self._stage.current.nows:
            self._stage.now = self._stage.current.nows.popleft()
        return self._stage.now


class _RecordedTools(Toolbox):
    """The tools as they are known, with recorded answers."""

    def __init__(self, stage: _Stage, talk: _SecondTalk) -> None:
        super().__init__(TOOLS)
        self._stage = stage
        self._talk = talk

    async def call(
        self, name: str, arguments: Mapping[str, object], ctx: ToolContext
    ) -> ToolOutcome:
        """See `Toolbox`."""
        del arguments, ctx
        current = self._stage.current
        place = next((n for n, one in enumerate(current.tools) if one[0] == name), None)
        if place is None:
            await self._keys(current.keys)
            if not current.done:
                raise _Over
            return ToolOutcome(name, {}, NOT_RECORDED, 0.0)
        _, wire, keys = current.tools.pop(place)
        await self._keys(keys)
        return ToolOutcome(name, {}, self.read(name, wire), 0.0)

    async def _keys(self, keys: list[Input]) -> None:
        """Press them, and wait until they are answered."""
        waiting, keys[:] = list(keys), []
        due = self._talk.answered_keys() + len(waiting)
        for key in waiting:
            self._talk.put(key)
        for _ in range(_STEPS_MOST):
            if self._talk.answered_keys() >= due:
                return
            await asyncio.sleep(0)


class _SilentMouth:
    """Says nothing, and tells what was heard then."""

    def __init__(self, stage: _Stage) -> None:
        self._stage = stage

    async def begin(self, cause: Input) -> None: ...

    async def say(self, text: str, holds: Holds = ()) -> None: ...

    async def settle(self) -> None: ...

    async def tool_started(self, filler: str) -> None: ...

    async def tool_finished(self, outcome: ToolOutcome) -> None: ...

    async def keep_private(self) -> None: ...

    async def end(self, expecting: Expecting, *, hang_up: str | None) -> AgentWords | None:
        del expecting, hang_up
        mouth = self._stage.current.mouth
        return mouth.popleft() if mouth else None


class _NoCarrier:
    async def hang_up(self, call_sid: str) -> None: ...

    async def transfer(self, call_sid: str, *, to_number: str, whisper: str) -> bool:
        del call_sid, to_number, whisper
        return False


def _no_task(work: object) -> Run:
    raise RuntimeError(f"nothing is done in the world here: {work}")
