"""Errands that are not about a booking answer most questions in their own way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from loadtest.persona.asked import AgentTopic, ReplySign, Understood
from loadtest.persona.facts import Errand, Fact
from loadtest.persona.mind import PATIENCE, Mind

_CONTACT: Final = frozenset(
    (
        AgentTopic.CODE_AND_PHONE,
        AgentTopic.NAME,
        AgentTopic.PHONE,
        AgentTopic.NAME_AND_PHONE,
        AgentTopic.ADDRESS,
        AgentTopic.CODE,
        AgentTopic.SPELLING,
    )
)


class Usual:
    """The errand has nothing of its own to say: the question is answered as anybody would."""


USUAL: Final = Usual()
Answer = str | Usual | None
"""What is said, nothing of its own, or the line is dead."""


def by_errand(mind: Mind, heard: Understood) -> Answer:
    """What the errand says to the question."""
    own = _OWN.get(mind.persona.errand)
    return own(mind, heard) if own is not None else USUAL


def thanks_for_calling_back(mind: Mind) -> str | None:
    """A person was told and will call: that is all that was wanted."""
    return mind.say("person.thanks") if mind.once("thanks for that") else None


def _not_for_us(mind: Mind, _: Understood) -> Answer:
    sales = mind.persona.topic == "sales"
    last = "not_for_us.go_away" if sales else "not_for_us.sorry"
    return mind.say(last) if mind.once("sorry") else None


def _asker(mind: Mind, heard: Understood) -> Answer:
    if heard.topic is AgentTopic.SAFETY:
        return USUAL
    if mind.once("thanks"):
        return mind.say("ask_unknown.after")
    return mind.say("end.no_more") if mind.once("no more") else None


def _wants_a_person(mind: Mind, heard: Understood) -> Answer:
    topic = heard.topic
    later = mind.persona.topic == "later" and not mind.record.asked_for_person
    not_yet = later and mind.record.caller_turns < PATIENCE
    first_safety = topic is AgentTopic.SAFETY and mind.times[topic.value] == 1
    if not_yet or first_safety or topic in {AgentTopic.PERSON, AgentTopic.MESSAGE}:
        return USUAL
    mind.record.asked_for_person = True
    return mind.say("person.ask" if mind.once("person asked") else "person.again")


def _in_danger(mind: Mind, _: Understood) -> Answer:
    """Out of the house, once it was told: a last word, and then nobody is there."""
    if not mind.record.danger_told:
        return USUAL
    return mind.say("danger.leaving") if mind.once("leaves") else None


def _other(mind: Mind, heard: Understood) -> Answer:
    if ReplySign.LEFT_WORD in heard.signs:
        return thanks_for_calling_back(mind)
    if heard.topic in _CONTACT | {AgentTopic.PERSON, AgentTopic.MESSAGE}:
        return USUAL
    if heard.topic is AgentTopic.ANYTHING_ELSE:
        return mind.say("end.no_more")
    errand = mind.voice.say(f"other.{mind.persona.topic}", hello="")
    return mind.say("other.again", errand=errand)


def _price_only(mind: Mind, heard: Understood) -> Answer:
    if heard.topic is AgentTopic.SAFETY:
        return USUAL
    mind.done = mind.done or bool(heard.figures)
    if mind.done:
        return mind.say("price.no" if mind.once("declined") else "end.no_more")
    if heard.topic in {AgentTopic.ERRAND, AgentTopic.PROBLEM}:
        return mind.say(f"price.thing_{mind.persona.trouble.service}")
    return mind.say("price.only") if heard.topic in _CONTACT else USUAL


def _look_up(mind: Mind, _: Understood) -> Answer:
    return mind.say("look_up.thanks") if mind.done else USUAL


def _outside(mind: Mind, heard: Understood) -> Answer:
    if ReplySign.NOT_THERE in heard.signs:
        return mind.say("offer.too_far_away") if mind.once("too far") else None
    told = Fact.ADDRESS in mind.told
    return mind.say("end.no_more") if heard.topic is AgentTopic.ANYTHING_ELSE and told else USUAL


_OWN: Final[Mapping[Errand, Callable[[Mind, Understood], Answer]]] = {
    Errand.NOT_FOR_US: _not_for_us,
    Errand.ASK: _asker,
    Errand.ASK_UNKNOWN: _asker,
    Errand.PERSON: _wants_a_person,
    Errand.DANGER: _in_danger,
    Errand.OTHER: _other,
    Errand.PRICE: _price_only,
    Errand.LOOK_UP: _look_up,
    Errand.OUTSIDE: _outside,
}
