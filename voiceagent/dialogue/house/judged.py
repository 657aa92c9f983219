"""A caller's turn on its way through the rules (`judging`): what each of them may look at."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.doubts import asked_for, taken_back
from voiceagent.dialogue.house.facts import Facts
from voiceagent.dialogue.house.locale import read_in
from voiceagent.dialogue.house.reports import Scene
from voiceagent.dialogue.house.state import HouseState, Reply, joined
from voiceagent.dialogue.house.steering import STAY, Course, Steer
from voiceagent.dialogue.house.tongues import TONGUES
from voiceagent.dialogue.house.understand import TurnContext, Understanding
from voiceagent.dialogue.house.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class JudgedTurn:
    """What is known of a turn so far.

    Attributes:
        state: where the conversation stands, with what was taken in of the turn.
        scene: its surroundings.
        spoken: the words as they came.
        turn: what was understood of them.
        lead: what the agent has to tell first.
        course: where the turn takes the errand.
        verdict: what it answers to the open question.
        before: the facts before it.
        echo: what of it is to be repeated to the caller.
    """

    state: HouseState
    scene: Scene
    spoken: str
    turn: Understanding
    lead: str = ""
    course: Course = STAY
    verdict: Verdict | None = None
    before: Facts = field(default_factory=Facts)
    echo: str = ""

    @classmethod
    def of(cls, state: HouseState, scene: Scene, spoken: str, lead: str = "") -> JudgedTurn:
        """A turn that no rule has looked at, understood in the light of the open question."""
        ask, facts = state.ask, state.facts
        if ask is Ask.CHECK:  # what is in doubt is heard as if it were asked for
            ask, facts = asked_for(facts), taken_back(facts)
        if state.wondered is not None and ask is Ask.MEANT:  # as if nothing had been asked since
            ask = state.wondered.ask
        context = TurnContext(scene.business, scene.now, ask, facts)
        words, locale = read_in(spoken, state.locale)
        turn = TONGUES[locale].understand(words, context, scene.acts)
        return cls(state, scene, spoken, turn, lead)

    @property
    def ask(self) -> Ask:
        """The question that was open."""
        return self.state.ask

    @property
    def facts(self) -> Facts:
        """The facts with what was taken in of the turn."""
        return self.state.facts

    @property
    def stays(self) -> bool:
        """Whether the errand stays what it was."""
        return self.course.steer is Steer.STAY

    def led(self, words: str) -> str:
        """`words` after what the agent has to tell first."""
        return joined(self.lead, words)

    def with_facts(self, facts: Facts) -> JudgedTurn:
        """The turn with other facts taken in."""
        return replace(self, state=replace(self.state, facts=facts))


Judged = JudgedTurn | Reply
"""A rule answers with a `Reply`, or passes the turn on with what it found out."""
