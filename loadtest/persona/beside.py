"""What people do beside answering: a question first or along with the answer, a late mending, half an answer."""  # noqa: E501

from __future__ import annotations

from typing import Final

from loadtest.persona.asked import AgentTopic, Understood
from loadtest.persona.facts import Fact, Twist
from loadtest.persona.mind import Mind

_FACTS: Final = frozenset(
    (
        *(AgentTopic.NAME, AgentTopic.PHONE, AgentTopic.NAME_AND_PHONE, AgentTopic.ADDRESS),
        *(AgentTopic.WINDOW, AgentTopic.DAY, AgentTopic.NOTES),
    )
)
_LATE: Final = frozenset((AgentTopic.PRICE, AgentTopic.WINDOW, AgentTopic.NOTES))
_ASKS_ALONG: Final = 0.5
_GROUP: Final = 6


def instead(mind: Mind, heard: Understood) -> str | None:
    """What is said in place of an answer; ``None`` when the question is answered."""
    if heard.topic in _LATE and Fact.PHONE in mind.told and mind.takes(Twist.LATE_FIX):
        return _mended_late(mind)
    if heard.topic in _FACTS | _LATE and mind.luck(_ASKS_ALONG) and mind.takes(Twist.INTERRUPTS):
        return mind.say("beside.question")
    if heard.topic is AgentTopic.NAME_AND_PHONE and mind.takes(Twist.HALF):
        mind.told.add(Fact.NAME)
        mind.times["half"] += 1
        return mind.say("name.plain")
    return _half_a_number(mind, heard)


def along(mind: Mind, heard: Understood, answer: str) -> str:
    """An answer, and what is asked with it by who always has something to ask."""
    asks = mind.persona.has(Twist.ASKS_ALONG) and heard.topic in _FACTS
    if not asks or answer.rstrip().endswith("?") or not mind.luck(_ASKS_ALONG):
        return answer
    question = mind.voice.say("beside.question")
    join = mind.chances.choice((", ", ", and ", ". ", ", oh and "))
    return f"{answer.rstrip('.')}{join}{question}"


def _mended_late(mind: Mind) -> str:
    """A fact that was told wrongly, and is put right when something else is asked."""
    mind.times["slipped"] = 0
    if mind.persona.topic == "phone":
        return mind.say("beside.fix_phone")
    place = mind.voice.address(mind.place, whole=True)
    return mind.say("beside.fix_address", address=place)


def _half_a_number(mind: Mind, heard: Understood) -> str | None:
    """The number in two goes: the first six digits, then the rest."""
    if heard.topic is not AgentTopic.PHONE or not mind.times["half"] or "ten" in heard.question:
        return None
    mind.times["half a number"] += 1
    digits = mind.persona.phone[-10:]
    mind.told.add(Fact.PHONE)
    match mind.times["half a number"]:
        case 1:
            return mind.voice.mannered(mind.voice.digits(digits[:_GROUP]))
        case 2:
            return mind.voice.mannered(mind.voice.digits(digits[_GROUP:]))
        case _:
            return None
