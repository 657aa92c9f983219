"""A language model that follows a script, and a conversation with one, all in memory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.support.act_model import ACT_MODEL
from tests.support.rooms import SARAH, Line, line
from tools import TOOLS
from voiceagent.dialogue.case_file import AgentWords
from voiceagent.dialogue.loop import Conversation
from voiceagent.dialogue.model.dialogue import ModelDialogue
from voiceagent.dialogue.model.routing import Leader
from voiceagent.dialogue.model.state import ModelLimits
from voiceagent.dialogue.mouth import Input, InputKind
from voiceagent.dialogue.port import Channel
from voiceagent.dialogue.recorder import Holds, Recorder
from voiceagent.domain.expecting import Expecting
from voiceagent.errors import VoiceAgentError
from voiceagent.ports.language_model import (
    LanguageModel,
    ModelEvent,
    ModelRequest,
    ReplyEnd,
    StopReason,
    TextPiece,
    TokenUsage,
    ToolRequest,
)
from voiceagent.toolkit.answers import ToolOutcome
from voiceagent.toolkit.spec import Tool
from voiceagent.toolkit.toolbox import Toolbox


@dataclass(frozen=True)
class Wait:
    """The model says nothing for so long."""

    seconds: float


Beat = ModelEvent | VoiceAgentError | Wait
Script = Callable[[ModelRequest], Iterable[Beat]]


def says(*pieces: str) -> list[Beat]:
    """A whole reply of words."""
    return [*map(TextPiece, pieces), ReplyEnd(StopReason.COMPLETE, TokenUsage(100, 0, 10))]


def calls(name: str, _said: str = "", /, **arguments: object) -> list[Beat]:
    """A reply that asks for a tool, after a few words."""
    words: list[Beat] = [TextPiece(_said)] if _said else []
    request = ToolRequest(f"call_{name}", name, json.dumps(arguments))
    return [*words, request, ReplyEnd(StopReason.TOOLS, TokenUsage(100, 0, 10))]


class ScriptedModel:
    """Replies from a list, in order, or by a function of what it is asked; keeps the requests."""

    def __init__(self, script: Script | Sequence[Sequence[Beat]], name: str = "scripted") -> None:
        self._replies = None if callable(script) else list(script)
        self._script = script if callable(script) else None
        self.name = name
        self.requests: list[ModelRequest] = []
        self.closed = 0

    async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        self.requests.append(request)
        if self._script is not None:
            beats = list(self._script(request))
        else:
            assert self._replies, "the model was asked more often than the script knows"
            beats = list(self._replies.pop(0))
        try:
            for beat in beats:
                await asyncio.sleep(0)
                if isinstance(beat, Wait):
                    await asyncio.sleep(beat.seconds)
                elif isinstance(beat, VoiceAgentError):
                    raise beat
                else:
                    yield beat
        finally:
            self.closed += 1


class Ear:
    """A mouth that keeps what was said and done; everything said is heard."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.reply: list[str] = []
        self.done: list[ToolOutcome] = []
        self.expecting = Expecting.ANYTHING
        self.hung_up: str | None = None
        self.hears = True
        self.private = False

    async def begin(self, cause: Input) -> None:
        self.reply = []

    async def say(self, text: str, holds: Holds = ()) -> None:
        self.said.append(text)
        self.reply.append(text)

    async def settle(self) -> None:
        """Nothing to wait for."""

    async def tool_started(self, filler: str) -> None:
        """No filler."""

    async def tool_finished(self, outcome: ToolOutcome) -> None:
        self.done.append(outcome)

    async def keep_private(self) -> None:
        self.private = True

    async def end(self, expecting: Expecting, *, hang_up: str | None) -> AgentWords | None:
        self.expecting, self.hung_up = expecting, hang_up
        said = " ".join(self.reply)
        return AgentWords(said, said) if said and self.hears else None


@dataclass
class Talk:
    """A conversation led by a model over the real tools, in memory."""

    model: LanguageModel
    on: Line = field(default_factory=line)
    limits: ModelLimits = field(default_factory=ModelLimits)
    number: str = "1"
    text: bool = False
    tools: tuple[Tool, ...] = TOOLS

    def __post_init__(self) -> None:
        self.ear = Ear()
        self.recorder = Recorder()
        channel: Channel = "text" if self.text else "voice"
        self.context = self.on.call(self.number, channel="sms" if self.text else "voice")
        self.box = Toolbox(self.tools)
        self.dialogue = ModelDialogue(
            dict.fromkeys(Leader, self.model),
            self.box.specs(),
            self.limits,
            self.on.business,
            SARAH,
            channel,
            self.on.clock.now(),
            ACT_MODEL,
        )
        self.conversation = Conversation(
            self.dialogue, self.box, self.context, self.ear, self.recorder, self.on.clock
        )

    async def begin(self) -> None:
        await self.conversation.answer(Input(InputKind.BEGIN))

    async def hears(self, words: str) -> list[str]:
        """The caller says something; what is answered."""
        before = len(self.ear.said)
        await self.conversation.answer(Input(InputKind.HEARD, words))
        return self.ear.said[before:]

    async def key(self, digit: str) -> None:
        await self.conversation.answer(Input(InputKind.KEY, digit))

    async def journal(self) -> list[tuple[int, str, str]]:
        await self.recorder.drained()
        return list(await self.on.store.journal.read(self.context.call.call_id))

    def called(self) -> list[tuple[str, Mapping[str, object]]]:
        return [(one.name, one.arguments) for one in self.ear.done]


__all__ = ["Beat", "Ear", "ScriptedModel", "Talk", "Wait", "calls", "says"]
