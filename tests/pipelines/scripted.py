"""A dialogue that follows a script; for tests of what runs a dialogue."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime

from voiceagent.dialogue.acts import DialogueAct, Expect, Say, Step
from voiceagent.dialogue.case_file import AgentWords, CaseFile
from voiceagent.dialogue.port import (
    Begun,
    CallResumed,
    Heard,
    Hurry,
    KeyHeard,
    ReplyHeard,
    SilenceFell,
    ToolAnswered,
    WordsHeard,
    WordsLost,
)
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.records import CallId, CallStart
from voiceagent.toolkit.answers import on_the_wire

CALL = CallStart(CallId("00000000-0000-4000-8000-000000000001"), "CA1", "voice", "+15551230000", "")
STARTED = datetime(2025, 8, 29, tzinfo=UTC)


class ScriptedPolicy:
    """Answers each input from a list, and remembers what it was told.

    `told` are all inputs, also those that were taken back; `known` those it knows of.
    """

    emergency_reported = False

    def __init__(self, steps: Mapping[str, Step]) -> None:
        self.steps = steps
        self.told: list[str] = []
        self.times: list[datetime] = []
        self.known: tuple[str, ...] = ()
        self.expecting = Expecting.YES_NO
        self.last_words = AgentWords()

    async def hear(self, heard: Heard) -> AsyncIterator[DialogueAct]:
        if isinstance(heard, ReplyHeard):
            self.last_words = AgentWords(heard.said, heard.heard)
            return
        words = told(heard)
        self.times.append(heard.at)
        self.known = (*self.known, words)
        for act in self._tell(words):
            yield act
        yield Expect(self.expecting)

    async def preview(self, heard: WordsHeard) -> str:
        step = self._tell(told(heard))
        return step[0].text if step and isinstance(step[0], Say) else ""

    def snapshot(self) -> CaseFile:
        return CaseFile(
            started_at=STARTED,
            expecting=self.expecting,
            last_words=self.last_words,
            emergency_reported=self.emergency_reported,
            memo={"scripted": list(self.known)},
        )

    def hurry(self, how: Hurry) -> bool:
        del how
        return False

    async def close(self) -> None:
        """Nothing to let go of."""

    def recall(self, replies: Sequence[str]) -> None:
        """No model is asked."""

    def take_over(self, case: CaseFile) -> None:
        known = case.memo["scripted"]
        assert isinstance(known, list)
        self.known = tuple(str(one) for one in known)
        self.last_words = case.last_words

    def _tell(self, what: str) -> Step:
        self.told.append(what)
        return self.steps.get(what, ())


def told(heard: Heard) -> str:  # noqa: PLR0911 - one return per case
    """An input in a script's words."""
    match heard:
        case Begun():
            return "greet"
        case CallResumed():
            return "resume"
        case WordsHeard():
            return f"hear {heard.text}"
        case WordsLost():
            return "lost"
        case KeyHeard():
            return f"key {heard.digit}"
        case SilenceFell():
            return "silence"
        case ToolAnswered():
            return f"result {heard.tool} {json.dumps(on_the_wire(heard.result))}"
        case ReplyHeard():
            return f"reply heard {heard.heard}"
