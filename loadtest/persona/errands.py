"""Errands that are not about a booking answer most questions in their own way."""

from __future__ import annotations

from typing import Final

from loadtest.persona.asked import Topic, Understood
from loadtest.persona.facts import Errand, Fact
from loadtest.persona.mind import PATIENCE, Mind

_CONTACT: Final = frozenset(
    (Topic.NAME, Topic.PHONE, Topic.NAME_AND_PHONE, Topic.ADDRESS, Topic.CODE, Topic.SPELLING)
)


class Usual:
    """The errand has nothing of its own to say: the question is answered as anybody would."""


USUAL: Final = Usual()


def by_errand(mind: Mind, heard: Understood) -> str | Usual | None:
    """What the errand says to the question; ``None`` hangs up, `USUAL` leaves it to the facts."""
    who, topic = mind.persona, heard.topic
    match who.errand:
        case Errand.NOT_FOR_US:
            sales = who.topic == "sales"
            last = "not_for_us.go_away" if sales else "not_for_us.sorry"
            return mind.say(last) if mind.once("sorry") else None
        case Errand.ASK | Errand.ASK_UNKNOWN if topic is not Topic.SAFETY:
            return _has_asked(mind)
        case Errand.PERSON if _is_due(mind, topic):
            mind.record.asked_for_person = True
            return mind.say("person.ask" if mind.once("person asked") else "person.again")
        case Errand.DANGER if mind.record.danger_told:
            return leaving(mind)
        case Errand.OTHER if heard.left_word:
            return mind.say("person.thanks") if mind.once("thanks for that") else None
        case Errand.OTHER if topic not in _CONTACT | {Topic.PERSON, Topic.MESSAGE}:
            if topic is Topic.ANYTHING_ELSE:
                return mind.say("end.no_more")
            errand = mind.voice.say(f"other.{who.topic}", hello="")
            return mind.say("other.again", errand=errand)
        case Errand.PRICE if topic is not Topic.SAFETY:
            return _price_only(mind, heard)
        case Errand.LOOK_UP if mind.done:
            return mind.say("look_up.thanks")
        case Errand.OUTSIDE if topic is Topic.ANYTHING_ELSE and Fact.ADDRESS in mind.told:
            return mind.say("end.no_more")
        case _:
            return USUAL


def leaving(mind: Mind) -> str | None:
    """Out of the house: a last word, and then nobody is there."""
    return mind.say("danger.leaving") if mind.once("leaves") else None


def _is_due(mind: Mind, topic: Topic) -> bool:
    """Whether somebody who wants a person says so now."""
    if topic in {Topic.PERSON, Topic.MESSAGE}:
        return False
    if topic is Topic.SAFETY and mind.times[topic.value] == 1:
        return False
    later = mind.persona.topic == "later" and not mind.record.asked_for_person
    return not later or mind.record.caller_turns >= PATIENCE


def _has_asked(mind: Mind) -> str | None:
    if mind.once("thanks"):
        return mind.say("ask_unknown.after")
    return mind.say("end.no_more") if mind.once("no more") else None


def _price_only(mind: Mind, heard: Understood) -> str | Usual | None:
    mind.done = mind.done or bool(heard.figures)
    if mind.done:
        return mind.say("price.no" if mind.once("declined") else "end.no_more")
    if heard.topic in {Topic.ERRAND, Topic.PROBLEM}:
        return mind.say(f"price.thing_{mind.persona.trouble.service}")
    return mind.say("price.only") if heard.topic in _CONTACT else USUAL
