"""A policy that follows a script; for tests of what runs a policy."""

from __future__ import annotations

import json
from collections.abc import Mapping

from voiceagent.dialogue.acts import Step
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.records import CallId, CallStart
from voiceagent.toolkit.answers import ToolAnswer, on_the_wire

CALL = CallStart(CallId("00000000-0000-4000-8000-000000000001"), "CA1", "voice", "+15551230000", "")


class ScriptedPolicy:
    """Answers each input from a list, and remembers what it was told."""

    emergency_reported = False

    def __init__(self, steps: Mapping[str, Step]) -> None:
        self.steps = steps
        self.told: list[str] = []
        self.expecting = Expecting.YES_NO

    def _tell(self, what: str) -> Step:
        self.told.append(what)
        return self.steps.get(what, ())

    def greet(self) -> Step:
        return self._tell("greet")

    def resume(self) -> Step:
        return self._tell("resume")

    def hear(self, text: str) -> Step:
        return self._tell(f"hear {text}")

    def key(self, digit: str) -> Step:
        return self._tell(f"key {digit}")

    def lost(self) -> Step:
        return self._tell("lost")

    def silence(self) -> Step:
        return self._tell("silence")

    def result(self, name: str, result: ToolAnswer) -> Step:
        return self._tell(f"result {name} {json.dumps(on_the_wire(result))}")
