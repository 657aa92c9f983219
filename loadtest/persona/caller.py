"""The caller: hears a reply, and says the next thing or hangs up.

The talk follows the agent's questions. What a person wants is `Errand`, what makes it harder is
`Twist`; a question that the person cannot place is answered with a question and kept on record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from loadtest.persona import agreeing, beside, telling
from loadtest.persona.asked import AgentTopic, ReplySign, Understood, understand
from loadtest.persona.ending import Record, Spoken
from loadtest.persona.errands import Usual, by_errand, thanks_for_calling_back
from loadtest.persona.facts import Errand, Persona, Temper
from loadtest.persona.mind import HAS_BOOKING, PATIENCE, Mind

MOST_TURNS: Final = 26
"""Nobody talks to a machine longer than that."""

_MORE_PATIENCE: Final = 2
_PATIENT_WITH: Final = frozenset((AgentTopic.ANYTHING_ELSE, AgentTopic.ERRAND, AgentTopic.WINDOW))
_ALWAYS_ANSWERED: Final = frozenset((AgentTopic.READ_BACK, AgentTopic.PRICE))
_GUESSED: Final = frozenset((AgentTopic.UNKNOWN, AgentTopic.WHETHER))


class SimulatedCaller:
    """One persona on one call.

    Args:
        persona: who it is.
    """

    def __init__(self, persona: Persona) -> None:
        self._mind = Mind(persona)

    @property
    def record(self) -> Record:
        """What the call was like."""
        return self._mind.record

    def answer(self, said: str) -> str | None:
        """What the caller says to the agent's last words; ``None`` when they hang up."""
        line = self._next(self._hear(said))
        if line is not None:
            self.record.turns.append(Spoken(by_caller=True, text=line))
        return line

    def hears_last(self, said: str) -> None:
        """The agent's last words, which end the call."""
        self._hear(said)

    def _hear(self, said: str) -> Understood:
        mind, record = self._mind, self.record
        record.turns.append(Spoken(by_caller=False, text=said))
        heard = understand(said, mind.persona.now)
        self._hear_of_danger(heard)
        if ReplySign.HANDS_OVER in heard.signs and not mind.may_be_handed_over:
            record.notice("handed over to a person without having asked")
        if ReplySign.LOST in heard.signs:
            mind.times["lost"] += 1
            record.notice("not understood")
        if heard.topic in _GUESSED and heard.question and ReplySign.GOODBYE not in heard.signs:
            record.unknown.append(heard.question)
        mind.done = mind.done or self._is_done(heard)
        return heard

    def _is_done(self, heard: Understood) -> bool:
        """Whether the agent has just said that what was wanted is done, or told."""
        who = self._mind.persona
        if ReplySign.BOOKED in heard.signs:
            return True
        if who.errand is Errand.LOOK_UP and who.appointment is not None:
            return any(one.start == who.appointment.start for one in heard.windows)
        return ReplySign.CHANGED in heard.signs and who.errand in HAS_BOOKING

    def _hear_of_danger(self, heard: Understood) -> None:
        mind, record = self._mind, self.record
        names_911 = ReplySign.NAMES_911 in heard.signs
        if mind.danger_due and not names_911:
            record.notice("danger told and no word of 911")
        met = names_911 or heard.topic is AgentTopic.SAFETY or ReplySign.HANDS_OVER in heard.signs
        waits = ReplySign.WAITS in heard.signs and not heard.asks  # while somebody goes to look
        if mind.unsure_due and not met and not waits:
            record.notice("danger not ruled out, and taken for a no")
        mind.unsure_due = mind.unsure_due and waits
        mind.danger_due = False
        if names_911 and not record.danger_told and not mind.times["unsure"]:
            warned = ReplySign.ONLY_WARNS in heard.signs
            what = (
                "a clear no was not believed" if warned else "told to dial 911 without any danger"
            )
            record.notice(what)

    def _next(self, heard: Understood) -> str | None:
        mind = self._mind
        if mind.once("opened"):
            return telling.opening(mind)
        if self._hangs_up(heard):
            return None
        if mind.persona.temper is Temper.CONFUSED and mind.luck(0.12) and mind.once("what"):
            return mind.voice.say("asides.confused")
        mind.times[heard.topic.value] += 1
        if self._is_stuck(heard.topic):
            return mind.give_up()
        if ReplySign.LEFT_WORD in heard.signs and mind.record.asked_for_person:
            return thanks_for_calling_back(mind)
        own = by_errand(mind, heard)
        return self._to_the_question(heard) if isinstance(own, Usual) else own

    def _to_the_question(self, heard: Understood) -> str | None:
        mending = agreeing.mended(self._mind, heard)
        if mending is not None:
            return mending
        instead = beside.instead(self._mind, heard)
        if instead is not None:
            return instead
        answer = _ANSWERS.get(heard.topic)
        if answer is None:
            return self._unplaced(heard)
        line = answer(self._mind, heard)
        return line if line is None else beside.along(self._mind, heard, line)

    def _hangs_up(self, heard: Understood) -> bool:
        mind = self._mind
        if self.record.caller_turns >= MOST_TURNS:
            self.record.notice("still not done after so many turns")
            self.record.gave_up = True
            return True
        said_bye = ReplySign.GOODBYE in heard.signs and not heard.asks
        return said_bye or mind.times["left"] > 0 or mind.times["give up"] > 0

    def _is_stuck(self, topic: AgentTopic) -> bool:
        """The same question again and again, or not understood again and again."""
        mind = self._mind
        most = PATIENCE + (_MORE_PATIENCE if topic in _PATIENT_WITH else 0)
        asked = mind.times[topic.value]
        if asked > most and topic not in _ALWAYS_ANSWERED:
            self.record.notice(f"asked for the {topic.value} again and again")
            return True
        return mind.times["lost"] > PATIENCE and topic is not AgentTopic.PERSON

    def _unplaced(self, heard: Understood) -> str | None:
        mind = self._mind
        if ReplySign.GOODBYE in heard.signs:
            return None
        mind.times["unplaced"] += 1
        return mind.say("asides.unsure_what") if mind.times["unplaced"] < PATIENCE else None


_ANSWERS: Final[Mapping[AgentTopic, Callable[[Mind, Understood], str | None]]] = {
    AgentTopic.SAFETY: agreeing.safety,
    AgentTopic.NAME: telling.name,
    AgentTopic.PHONE: telling.phone,
    AgentTopic.NAME_AND_PHONE: telling.name_and_number,
    AgentTopic.ADDRESS: telling.address,
    AgentTopic.CITY: telling.city,
    AgentTopic.ZIP: telling.zip_code,
    AgentTopic.UNIT: telling.unit,
    AgentTopic.ERRAND: telling.errand,
    AgentTopic.PROBLEM: telling.errand,
    AgentTopic.PRICE: agreeing.price,
    AgentTopic.WINDOW: agreeing.window,
    AgentTopic.DAY: agreeing.day,
    AgentTopic.NOTES: telling.notes,
    AgentTopic.READ_BACK: agreeing.read_back,
    AgentTopic.CODE: agreeing.code,
    AgentTopic.CODE_AND_PHONE: agreeing.code,
    AgentTopic.CANCEL: agreeing.cancel,
    AgentTopic.MOVE: agreeing.move,
    AgentTopic.PERSON: agreeing.person,
    AgentTopic.SPELLING: telling.spelling,
    AgentTopic.EMAIL: telling.email,
    AgentTopic.ANYTHING_ELSE: agreeing.anything_else,
    AgentTopic.MESSAGE: agreeing.message,
    AgentTopic.IS_RIGHT: agreeing.is_right,
    AgentTopic.CHANGE: agreeing.change,
    AgentTopic.MEANT: agreeing.meant,
    AgentTopic.WHETHER: agreeing.whether,
    AgentTopic.WHOSE_TURN: telling.errand,
}
