"""The caller: hears a reply, and says the next thing or hangs up.

The talk follows the agent's questions. What a person wants is `Errand`, what makes it harder is
`Twist`; a question that the person cannot place is answered with a question and kept on record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from loadtest.persona import agreeing, telling
from loadtest.persona.asked import Topic, Understood, understand
from loadtest.persona.ending import Record, Spoken
from loadtest.persona.errands import Usual, by_errand, leaving
from loadtest.persona.facts import Errand, Persona, Temper
from loadtest.persona.mind import HAS_BOOKING, PATIENCE, Mind

MOST_TURNS: Final = 26
"""Nobody talks to a machine longer than that."""

_MORE_PATIENCE: Final = 2
_PATIENT_WITH: Final = frozenset((Topic.ANYTHING_ELSE, Topic.ERRAND, Topic.WINDOW))
_ALWAYS_ANSWERED: Final = frozenset((Topic.READ_BACK, Topic.PRICE))
_GUESSED: Final = frozenset((Topic.UNKNOWN, Topic.WHETHER))


class Caller:
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
        if heard.hands_over and not mind.may_be_handed_over:
            record.notice("handed over to a person without having asked")
        if heard.lost:
            mind.times["lost"] += 1
            record.notice("not understood")
        if heard.topic in _GUESSED and heard.question and not heard.says_goodbye:
            record.unknown.append(heard.question)
        booked = mind.persona.appointment
        told = booked is not None and any(one.start == booked.start for one in heard.windows)
        changed = heard.says_changed and mind.persona.errand in HAS_BOOKING
        if heard.says_booked or changed or (mind.persona.errand is Errand.LOOK_UP and told):
            mind.done = True
        return heard

    def _hear_of_danger(self, heard: Understood) -> None:
        mind, record = self._mind, self.record
        if mind.danger_due and not heard.says_911:
            record.notice("danger told and no word of 911")
        if mind.unsure_due and not (heard.says_911 or heard.topic is Topic.SAFETY):
            record.notice("danger not ruled out, and taken for a no")
        mind.danger_due = mind.unsure_due = False
        if heard.says_911 and not record.danger_told and not mind.times["unsure"]:
            clear = "a clear no was not believed" if heard.only_warns else ""
            record.notice(clear or "told to dial 911 without any danger")

    def _next(self, heard: Understood) -> str | None:
        mind, topic = self._mind, heard.topic
        if mind.once("opened"):
            return telling.opening(mind)
        if heard.says_goodbye and not heard.question.endswith("?"):
            return None
        if mind.times["left"] or mind.times["give up"]:
            return None
        if self.record.caller_turns >= MOST_TURNS:
            self.record.notice("still not done after so many turns")
            self.record.gave_up = True
            return None
        if self.record.danger_told and heard.says_911:
            return leaving(mind)
        if mind.persona.temper is Temper.CONFUSED and mind.luck(0.12) and mind.once("what"):
            return mind.voice.say("asides.confused")
        mind.times[topic.value] += 1
        if self._is_stuck(topic):
            return mind.give_up()
        if heard.left_word and mind.record.asked_for_person:
            return mind.say("person.thanks") if mind.once("thanks for that") else None
        if heard.not_there and mind.persona.errand is Errand.OUTSIDE:
            return mind.say("offer.too_far_away") if mind.once("too far") else None
        special = by_errand(mind, heard)
        if not isinstance(special, Usual):
            return special
        mending = agreeing.mended(mind, heard)
        if mending is not None:
            return mending
        return _ANSWERS[topic](mind, heard) if topic in _ANSWERS else self._unplaced(heard)

    def _is_stuck(self, topic: Topic) -> bool:
        """The same question again and again, or not understood again and again."""
        mind = self._mind
        most = PATIENCE + (_MORE_PATIENCE if topic in _PATIENT_WITH else 0)
        asked = mind.times[topic.value]
        if asked > most and topic not in _ALWAYS_ANSWERED:
            self.record.notice(f"asked for the {topic.value} again and again")
            return True
        return mind.times["lost"] > PATIENCE

    def _unplaced(self, heard: Understood) -> str | None:
        mind = self._mind
        if heard.says_goodbye:
            return None
        mind.times["unplaced"] += 1
        return mind.say("asides.unsure_what") if mind.times["unplaced"] < PATIENCE else None


_ANSWERS: Final[Mapping[Topic, Callable[[Mind, Understood], str | None]]] = {
    Topic.SAFETY: agreeing.safety,
    Topic.NAME: telling.name,
    Topic.PHONE: telling.phone,
    Topic.NAME_AND_PHONE: telling.name_and_number,
    Topic.ADDRESS: telling.address,
    Topic.CITY: telling.city,
    Topic.ZIP: telling.zip_code,
    Topic.UNIT: telling.unit,
    Topic.ERRAND: telling.errand,
    Topic.PROBLEM: telling.errand,
    Topic.PRICE: agreeing.price,
    Topic.WINDOW: agreeing.window,
    Topic.DAY: agreeing.day,
    Topic.NOTES: telling.notes,
    Topic.READ_BACK: agreeing.read_back,
    Topic.CODE: agreeing.code,
    Topic.CODE_AND_PHONE: agreeing.code,
    Topic.CANCEL: agreeing.cancel,
    Topic.MOVE: agreeing.move,
    Topic.PERSON: agreeing.person,
    Topic.SPELLING: telling.spelling,
    Topic.EMAIL: telling.email,
    Topic.ANYTHING_ELSE: agreeing.anything_else,
    Topic.MESSAGE: agreeing.message,
    Topic.IS_RIGHT: agreeing.is_right,
    Topic.CHANGE: agreeing.change,
    Topic.WHETHER: agreeing.whether,
    Topic.WHOSE_TURN: telling.errand,
}
