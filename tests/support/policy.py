"""The house policy as a partner for tests: inputs in, acts out, at one moment unless it is moved.

Its state is one frozen value, so a shallow copy of it is another conversation at the same point.
"""

from __future__ import annotations

from datetime import datetime

from tests.support.act_model import ACT_MODEL
from voiceagent.dialogue.acts import Step
from voiceagent.dialogue.house.facts import Facts
from voiceagent.dialogue.house.reports import Scene
from voiceagent.dialogue.house.respond import respond
from voiceagent.dialogue.house.state import HouseState
from voiceagent.dialogue.port import (
    Begun,
    CallResumed,
    Channel,
    Heard,
    KeyHeard,
    SilenceFell,
    ToolAnswered,
    WordsHeard,
    WordsLost,
)
from voiceagent.domain.business import Business
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.locales import ENGLISH_ONLY, Locale
from voiceagent.toolkit.answers import ToolAnswer


class Policy:
    """`state` moves with every input; `now` is the time of the next one."""

    def __init__(
        self,
        business: Business,
        *,
        now: datetime,
        caller_number: str | None,
        channel: Channel = "voice",
        hears: frozenset[Locale] = ENGLISH_ONLY,
    ) -> None:
        self.business = business
        self.now = now
        self.caller_number = caller_number
        self.channel = channel
        self.hears = hears
        self.state = HouseState()

    @property
    def expecting(self) -> Expecting:
        return self.state.expecting

    @property
    def facts(self) -> Facts:
        return self.state.facts

    @property
    def emergency_reported(self) -> bool:
        return self.state.emergency_reported

    def take(self, heard: Heard) -> Step:
        scene = Scene.of(
            heard, self.business, self.caller_number, ACT_MODEL, self.channel, self.hears
        )
        self.state, step = respond(self.state, heard, scene)
        return step

    def greet(self) -> Step:
        return self.take(Begun(self.now))

    def resume(self) -> Step:
        return self.take(CallResumed(self.now))

    def hear(self, text: str, sure: float | None = None) -> Step:
        if self.channel == "text" and text.strip() == "0":
            return self.key("0")
        return self.take(WordsHeard(self.now, text, sure))

    def lost(self) -> Step:
        return self.take(WordsLost(self.now))

    def silence(self) -> Step:
        return self.take(SilenceFell(self.now))

    def key(self, digit: str) -> Step:
        return self.take(KeyHeard(self.now, digit))

    def result(self, tool: str, result: ToolAnswer) -> Step:
        return self.take(ToolAnswered(self.now, tool, result))
