"""The state of one house conversation: a frozen value. A snapshot of it is the value itself.

Everything that moves it is a plain function ``(state, input, scene) -> (state, acts)``:
`speaking`, `judging`, `answering`, `danger`, `tool_answers`, `prompting`; `respond` picks one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from voiceagent.core.escalation import EscalationState
from voiceagent.dialogue.acts import CallTool, Say, Step
from voiceagent.dialogue.case_file import AgentWords
from voiceagent.dialogue.house.agenda import Goal
from voiceagent.dialogue.house.asks import EXPECTS, Ask
from voiceagent.dialogue.house.facts import Facts, Safety
from voiceagent.dialogue.house.keypad import Keypad
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.locales import Locale
from voiceagent.language.en_us.caller_acts import CallerAct
from voiceagent.language.en_us.other_visits import OtherVisit


class Phase(StrEnum):
    """Whether the conversation goes on, or the last words were said."""

    OPEN = "open"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True)
class SecondVisit:
    """A visit that was wished for beside the one under way; `service` is its id, if known."""

    whose: OtherVisit
    service: str | None = None


@dataclass(frozen=True, slots=True)
class Wondered:
    """What a turn likely does, which is asked: the act, the words, and the question before it."""

    act: CallerAct
    text: str
    ask: Ask


@dataclass(frozen=True, slots=True)
class HouseState:
    """Where a conversation stands.

    Attributes:
        facts: what is known.
        goal: the caller's errand; ``None`` while there is none.
        ask: the open question; there is exactly one at any time.
        wondered: what `Ask.MEANT` asks about.
        posed: the question asked last in its full words, ``None`` when something came between.
        read_out: what was read back of the booking, part by part, as it was said last.
        phase: whether the last words were said.
        awaiting: the tool call whose answer is waited for.
        abandoned: calls that are no longer waited for; their answers still add to the facts.
        untold: what an abandoned call has done and the caller was not told yet.
        interjection: what the caller said while a tool was running.
        keypad: the digits being typed.
        last_words: what was said last, and what was heard of it.
        last_said: the last question with what came before it, for "what?".
        silences: prompts after silence in a row.
        misses: turns in a row of which nothing was understood.
        misheard: checks in a row that showed that a fact was heard wrong.
        pieces: what answers without a whole number have cost since the last one (`answering`).
        rescues: how often a person was offered because of them.
        repeats: how often the open question was said again because it was not heard.
        unanswered: questions that were asked along with something else; each is taken up once what
            came before it is done.
        second: another visit that was wished for; it is begun once this one is booked.
        handed: matters for which a person was fetched or offered.
        wrong_codes: booking codes that were wrong.
        unclear_safety: unclear answers to the safety question.
        safety_turns: turns of the caller while the safety question was open, whatever they said.
        smell: whether a smell was told of that nobody has explained.
        alarm: the danger that was reported, as heard.
        errors: failures in a row, by tool.
        opted_out: whether the caller wants no calls or texts from us.
        private: whether nothing of it may reach a host of others from here on.
        unrecorded: whether the caller does not want to be recorded.
        escalation: what their mood has had escalated.
        critical: whether danger, a person or the law came up, or a model went too far.
        deaf: whether the caller was told that nobody hears them.
        served: whether an errand was done or dropped: "anything else?" rather than "how can I".
        locale: the language that is spoken.
        spoke: the languages whose disclosure was said.
        quoted: what a page said last, which is in the language of the question.
    """

    facts: Facts = field(default_factory=Facts)
    goal: Goal | None = None
    ask: Ask = Ask.HELP
    wondered: Wondered | None = None
    posed: Ask | None = Ask.HELP
    read_out: tuple[str, ...] = ()
    phase: Phase = Phase.OPEN
    awaiting: CallTool | None = None
    abandoned: tuple[CallTool, ...] = ()
    untold: str = ""
    interjection: str = ""
    keypad: Keypad = field(default_factory=Keypad)
    last_words: AgentWords = field(default_factory=AgentWords)
    last_said: tuple[Say, ...] = ()
    silences: int = 0
    misses: int = 0
    misheard: int = 0
    pieces: int = 0
    rescues: int = 0
    repeats: int = 0
    handed: tuple[str, ...] = ()
    unanswered: tuple[str, ...] = ()
    second: SecondVisit | None = None
    wrong_codes: int = 0
    unclear_safety: int = 0
    safety_turns: int = 0
    smell: bool = False
    alarm: str = ""
    errors: Mapping[str, int] = field(default_factory=dict)
    served: bool = False
    deaf: bool = False
    opted_out: bool = False
    private: bool = False
    unrecorded: bool = False
    escalation: EscalationState = field(default_factory=EscalationState)
    critical: bool = False
    locale: Locale = Locale.EN_US
    spoke: tuple[Locale, ...] = (Locale.EN_US,)
    quoted: str = ""

    @property
    def expecting(self) -> Expecting:
        """What the next caller turn is likely to be."""
        return EXPECTS[self.ask] if self.awaiting is None else Expecting.ANYTHING

    @property
    def emergency_reported(self) -> bool:
        """Whether the caller reported danger and was told what to do."""
        return self.facts.safety is Safety.WARNED


Reply = tuple[HouseState, Step]
"""The state after an input, and what is done about it. No acts: nothing to do yet."""


def joined(*parts: str) -> str:
    """Sentences in one text."""
    return " ".join(part for part in parts if part)
