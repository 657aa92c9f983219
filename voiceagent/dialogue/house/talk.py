"""The agent's side of a conversation: its state, and how it speaks, asks, calls tools and ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from voiceagent.dialogue.acts import CallTool, Say, Step
from voiceagent.dialogue.house import wording
from voiceagent.dialogue.house.agenda import (
    TOOL_STAGES,
    AgendaStage,
    Goal,
    Situation,
    ask_for,
    next_stage,
)
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.facts import Facts
from voiceagent.dialogue.house.keypad import Keypad
from voiceagent.dialogue.house.moves import FILLER, ToolUse, request, tool_call, use_of
from voiceagent.dialogue.house.questions import question, read_back
from voiceagent.dialogue.house.reading import HumanReason
from voiceagent.dialogue.house.reports import Scene
from voiceagent.domain.business import Business


class Phase(StrEnum):
    """Whether the conversation goes on, or the last words were said."""

    OPEN = "open"
    CLOSING = "closing"


class Talk:
    """State of one conversation and the moves the agent can make in it. `Policy` decides which.

    Every attribute is an immutable value that is replaced, never changed: a shallow copy is a
    snapshot of the conversation.
    """

    def __init__(self, business: Business, now: datetime, caller_number: str | None) -> None:
        self._business = business
        self._now = now
        self._caller_number = caller_number
        self._scene = Scene(business, now, caller_number)
        self._facts = Facts()
        self._goal: Goal | None = None
        self._ask = Ask.HELP
        self._posed: Ask | None = Ask.HELP
        self._phase = Phase.OPEN
        self._awaiting: CallTool | None = None
        self._abandoned: tuple[CallTool, ...] = ()
        self._untold = ""
        self._interjection = ""
        self._keypad = Keypad()
        self._last_said: tuple[Say, ...] = ()
        self._silences = self._misses = self._rescues = 0
        self._wrong_codes = self._unclear_safety = 0
        self._alarm = ""
        self._errors: Mapping[str, int] = {}
        self._served = False

    @property
    def _situation(self) -> Situation:
        return Situation(self._business, self._now.date())

    def _advance(self, lead: str = "", echo: str = "") -> Step:
        """Do the next thing the errand needs: ask, or call a tool.

        Args:
            lead: what is said before.
            echo: what was understood, said after the lead unless all of it is read back anyway.
        """
        untold, self._untold = self._untold, ""
        lead = joined(untold, lead)
        if self._goal is None:
            ask = Ask.ANYTHING_ELSE if self._served else Ask.HELP
            return self._pose(ask, joined(lead, echo))
        stage = next_stage(self._goal, self._facts, self._situation)
        if stage in TOOL_STAGES:
            return self._use(stage, joined(lead, echo))
        ask = ask_for(stage, self._facts)
        read_back = ask is Ask.READ_BACK and self._posed is not ask
        return self._pose(ask, lead if read_back else joined(lead, echo))

    def _pose(self, ask: Ask, lead: str = "") -> Step:
        """Ask, in other words when the same question is still open; a lead may ask already."""
        again = ask is self._posed
        self._ask = self._posed = ask
        if lead.endswith("?"):
            return self._remember((Say(lead),))
        words = question(ask, self._facts, self._business, self._now, again=again)
        return self._remember((Say(joined(lead, words)),))

    def _use(self, stage: AgendaStage, lead: str = "") -> Step:
        """Call the tool of a stage, with a few words while it runs."""
        self._posed = None
        call = tool_call(stage, self._facts, self._business, self._now)
        return (Say(joined(lead, FILLER[stage])), self._await(call))

    def _await(self, call: CallTool) -> CallTool:
        if self._awaiting is not None:
            self._abandoned = (*self._abandoned, self._awaiting)
        self._awaiting = call
        return call

    def _remember(self, step: tuple[Say, ...]) -> Step:
        self._last_said = step
        return step

    def _repeat(self) -> Step:
        """Say the last question again, with what came before it."""
        if self._ask is Ask.READ_BACK:
            words = read_back(self._facts, self._business, self._now)
            return self._remember((Say(words),))
        return self._last_said or self._pose(self._ask)

    def _drop(self, lead: str) -> Step:
        """Let the errand go, and ask whether there is another."""
        self._goal, self._served = None, True
        self._facts = replace(self._facts, accepted=False, confirmed=False)
        return self._advance(lead)

    def _finish(self, last_words: str, reason: str) -> Step:
        """Say goodbye and end the call once that was heard."""
        self._phase = Phase.CLOSING
        untold, self._untold = self._untold, ""
        call = self._await(request(ToolUse.END, reason=reason))
        return (Say(joined(untold, last_words)), call)

    def _escalate(self, reason: HumanReason) -> Step:
        """Hand the caller to a person."""
        if self._awaiting is not None and use_of(self._awaiting.name) is ToolUse.PERSON:
            return ()
        upset = reason in {"anger", "legal"}
        words = wording.CONNECTING_UPSET if upset else wording.CONNECTING
        summary = wording.summary(self._facts, self._goal or "", self._business)
        call = request(ToolUse.PERSON, reason=reason, summary=summary)
        return (Say(words), self._await(call))


def joined(*parts: str) -> str:
    """Sentences in one text."""
    return " ".join(part for part in parts if part)
