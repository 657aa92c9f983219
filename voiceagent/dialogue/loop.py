"""A conversation: one policy, its tools and a mouth, in one serial loop.

Voice and text run the same loop. Inputs wait their turn, so a caller who speaks while a tool is
running interrupts the *speech*, never the tool: its result still reaches the policy, exactly once,
before the new words do.

A caller who speaks on before hearing anything of our answer has not finished. As long as nothing
was done in the world, the half turn is taken back and heard again whole; a policy is a few
immutable values, so a shallow copy of it is a snapshot.

What came in before it could be known for a part of a card number is taken back in the same way once
it is known, and heard again without it.

Every input (that a cut line is there again is one) and every tool result is journalled in order;
since the policy is deterministic, feeding the journal to a new policy restores the conversation
after a crash.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol

from loguru import logger

from voiceagent.core.budget.ladder import BudgetAct
from voiceagent.core.clock import Clock
from voiceagent.dialogue import journal_start
from voiceagent.dialogue.acts import CallTool, HangUp, Say, Step
from voiceagent.dialogue.house.policy import Policy
from voiceagent.dialogue.recorder import Recorder, WriteHold
from voiceagent.domain.card_watch import Sign
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.outcomes import EMERGENCY_REPORTED
from voiceagent.domain.redact import Withhold
from voiceagent.toolkit.answers import ToolOutcome
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.toolbox import Toolbox


class InputKind(StrEnum):
    """What can move a conversation."""

    BEGIN = "begin"
    RESUME = "resume"
    HEARD = "heard"
    LOST = "lost"
    KEY = "key"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Input:
    """One input: caller's words for HEARD, the digit for KEY, empty otherwise.

    LOST stands for words that were spoken and that recognition could not deliver.

    `turn` is the index of the caller's turn it came from, -1 when there is none. `continues` when
    the caller spoke on before hearing any of the answer to the words before.

    `sign`, `secret` and `goes_on` come from the gate (`card_watch.Heard`): whether the input may be
    or was a card number, the digits to forget in the inputs before, and whether its digits go on
    theirs. `hold` is what holds back the writing of it, and of what is done for it; ``None`` when
    nothing of the caller's is in it.
    """

    kind: InputKind
    text: str = ""
    turn: int = -1
    continues: bool = False
    sign: Sign = Sign.PLAIN
    secret: str = field(default="", repr=False)
    goes_on: bool = False
    hold: WriteHold | None = field(default=None, repr=False, compare=False)


class Mouth(Protocol):
    """Where a conversation's words go. Implemented by the voice and text sessions."""

    async def begin(self, cause: Input) -> None:
        """A reply to `cause` begins."""
        ...

    async def say(self, text: str) -> None:
        """Say one or more whole sentences, in written form."""
        ...

    async def settle(self) -> None:
        """Wait (bounded) until everything said so far was heard."""
        ...

    async def tool_started(self, filler: str) -> None:
        """A tool runs as part of this reply; `filler` may be said if the caller waits too long."""
        ...

    async def tool_finished(self, outcome: ToolOutcome) -> None:
        """A tool has run as part of this reply."""
        ...

    async def end(self, expecting: Expecting, *, hang_up: str | None) -> None:
        """The reply is complete; `hang_up` gives the reason when it was the last one."""
        ...


class Conversation:
    """Runs a policy against tools and a mouth until somebody hangs up.

    Args:
        policy: the house policy of this conversation.
        toolbox: the tools it may ask for.
        context: who is calling, and the ports that tools use.
        mouth: where words go.
        recorder: ordered background writes.
        clock: for durations only.
    """

    def __init__(
        self,
        policy: Policy,
        toolbox: Toolbox,
        context: ToolContext,
        mouth: Mouth,
        recorder: Recorder,
        clock: Clock,
    ) -> None:
        self._policy = policy
        self._toolbox = toolbox
        self._context = context
        self._mouth = mouth
        self._recorder = recorder
        self._clock = clock
        self._inbox: asyncio.Queue[Input] = asyncio.Queue(64)
        self._journal_index = journal_start.INDEX + 1
        self.inputs_dropped = 0
        self._before: Policy | None = None
        self._before_digits: Policy | None = None
        self._since: list[Input] = []
        self._last_heard = ""
        self._answering = False
        self._hold: WriteHold | None = None
        self._emergency_noted = False

    @property
    def emergency_reported(self) -> bool:
        """Whether the caller reported danger and was told what to do."""
        return self._policy.emergency_reported

    @property
    def expecting(self) -> Expecting:
        """What the policy expects to hear next."""
        return self._policy.expecting

    def put(self, item: Input) -> None:
        """Queue an input; a flood beyond 64 waiting inputs is dropped, nobody types that fast."""
        try:
            self._inbox.put_nowait(item)
        except asyncio.QueueFull:
            self.inputs_dropped += 1
            logger.warning("conversation.flood: input dropped")

    async def preview(self, text: str) -> str:
        """The first sentences of the answer to words that may be all; nothing is done for it.

        Empty while an answer is under way (it may change what comes next), and when the answer
        begins with a tool.
        """
        if self._answering or not self._inbox.empty():
            return ""
        step = copy(self._policy).hear(text)
        return step[0].text if step and isinstance(step[0], Say) else ""

    def rescue(self, act: BudgetAct) -> bool:  # noqa: ARG002 - the house policy is never late
        """There is no other dialogue to turn to."""
        return False

    async def run(self) -> None:
        """Answer inputs in order until the policy hangs up."""
        while not await self.answer(await self._inbox.get()):
            pass

    async def answer(self, item: Input) -> bool:
        """Answer one input; True when the conversation is over."""
        self._answering = True
        try:
            return await self._answer(item)
        finally:
            self._answering = False

    async def _answer(self, item: Input) -> bool:
        await self._mouth.begin(item)
        self._hold = item.hold
        if item.continues and self._before is not None:
            self._record("retract", lambda _: {})
            self._retract()
            before = Withhold(item.secret).text(self._last_heard)
            item = replace(item, text=f"{before} {item.text}")
            self._since = self._since[:-1]
        self._record(item.kind.value, lambda out: {"text": _without(item, out)})
        self._mind_digits(item)
        step: Step | None = self._move(item)
        if self._policy.emergency_reported and not self._emergency_noted:
            self._emergency_noted = True
            call_id, calls = self._context.call.call_id, self._context.store.calls
            self._recorder.put(lambda: calls.add_event(call_id, EMERGENCY_REPORTED))
        hang_up: str | None = None
        while step is not None:
            step, hang_up = await self._perform(step)
        await self._mouth.end(self._policy.expecting, hang_up=hang_up)
        return hang_up is not None

    def _move(self, item: Input) -> Step:
        policy = self._policy
        self._before = None  # words are taken back for words that follow them, and nothing between
        match item.kind:
            case InputKind.BEGIN:
                return policy.greet()
            case InputKind.RESUME:
                return policy.resume()
            case InputKind.HEARD:
                self._before, self._last_heard = copy(policy), item.text
                return policy.hear(item.text)
            case InputKind.LOST:
                return policy.lost()
            case InputKind.KEY:
                return policy.key(item.text)
            case InputKind.SILENCE:
                return policy.silence()

    def _mind_digits(self, item: Input) -> None:
        """Remember where digits began that may be a card's; forget them once they are."""
        if item.kind not in {InputKind.HEARD, InputKind.KEY}:
            self._since.append(item)
            return
        if item.secret and self._before_digits is not None:
            self._policy = self._before_digits
            for past in self._since:
                self._move(replace(past, text=_without(past, Withhold(item.secret))))
        if item.sign is not Sign.MAYBE:
            self._before_digits, self._since = None, []
            return
        if self._before_digits is None or not item.goes_on:
            self._before_digits, self._since = copy(self._policy), []
        self._since.append(item)

    async def _perform(self, step: Step) -> tuple[Step | None, str | None]:
        """Carry out a step; the follow-up step of a tool's result, and why to hang up."""
        hang_up: str | None = None
        for act in step:
            match act:
                case Say():
                    await self._mouth.say(act.text)
                case HangUp():
                    hang_up = act.reason
                case CallTool():
                    return await self._call(act), None
        return None, hang_up

    def _retract(self) -> None:
        """Take the last caller turn back, to hear it again together with what followed it."""
        if self._before is not None:
            self._policy, self._before = self._before, None

    async def _call(self, act: CallTool) -> Step:
        if self._toolbox.ends_line(act.name):
            await self._mouth.settle()
        if self._toolbox.has_side_effects(act.name):
            # what was done in the world cannot be taken back
            self._before, self._before_digits = None, None
        await self._mouth.tool_started(self._toolbox.filler(act.name))
        outcome = await self._toolbox.call(act.name, act.arguments, self._context)
        await self._mouth.tool_finished(outcome)
        self._record(
            "result", lambda out: {"tool": outcome.name, "result": out.value(outcome.wire)}
        )
        return self._policy.result(outcome.name, outcome.result)

    def _record(self, kind: str, body: Callable[[Withhold], Mapping[str, object]]) -> None:
        index = self._journal_index
        self._journal_index += 1
        call_id, journal = self._context.call.call_id, self._context.store.journal
        self._recorder.put_said(
            lambda out: journal.append(call_id, index, kind, json.dumps(body(out), default=str)),
            self._hold,
        )

    async def restore(self) -> bool:
        """Bring the policy to where the journal ends; False when the call is new.

        The words that the policy says on the way were said before the crash and are not repeated.
        """
        steps = await self._context.store.journal.read(self._context.call.call_id)
        steps = [step for step in steps if step[1] != journal_start.KIND]
        for index, kind, body_json in steps:
            self._journal_index = index + 1
            body = json.loads(body_json)
            if kind == "retract":
                self._retract()
            elif kind == "result":
                if self._toolbox.has_side_effects(body["tool"]):
                    self._before = None
                answer = self._toolbox.read(body["tool"], body["result"])
                self._context.signals.evidence |= self._toolbox.evidence(body["tool"], answer)
                self._policy.result(body["tool"], answer)
            else:
                self._move(Input(InputKind(kind), body["text"]))
        return bool(steps)


def _without(item: Input, out: Withhold) -> str:
    """An input's text without what must not be kept."""
    return out.key(item.text) if item.kind is InputKind.KEY else out.text(item.text)
