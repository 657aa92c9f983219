"""Telling facts: the opening, and the answers to who, where, when and what for."""

from __future__ import annotations

from typing import Final

from loadtest.persona.asked import AgentTopic, Understood
from loadtest.persona.facts import Errand, Fact, Twist
from loadtest.persona.mind import HAS_BOOKING, Mind

_NAME_WAYS: Final = frozenset(("spelled", "as_in", "reverse"))
_SENTENCES: Final = frozenset(("any", "after", "before", "morning", "afternoon", "not_day"))


def opening(mind: Mind) -> str:
    """The first thing that is said."""
    who, say = mind.persona, mind.voice.say
    match who.errand:
        case Errand.PRICE:
            line = say("price.ask", thing=say(f"price.thing_{who.trouble.service}"))
        case Errand.MOVE | Errand.CANCEL:
            line = say(f"{who.errand.value}.open" + ("_full" if who.topic == "full" else ""))
        case Errand.LOOK_UP:
            line = say("look_up.open")
        case Errand.PERSON if who.topic != "later":
            mind.record.asked_for_person = True
            if who.has(Twist.BY_KEY):
                return "0"
            line = say("person.ask")
        case Errand.OTHER | Errand.ASK | Errand.ASK_UNKNOWN | Errand.NOT_FOR_US:
            line = say(f"{who.errand.value}.{who.topic}")
        case Errand.DANGER if not who.has(Twist.IN_ANSWER):
            line = danger(mind, f"danger.{who.topic}")
        case _:
            line = _wants_a_visit(mind)
    return mind.voice.mannered(line)


def danger(mind: Mind, key: str) -> str:
    """Something dangerous; the next reply must deal with it."""
    mind.record.danger_told = True
    mind.danger_due = True
    return mind.voice.say(key)


def _wants_a_visit(mind: Mind) -> str:
    who, say = mind.persona, mind.voice.say
    if Fact.PROBLEM not in who.told_first:
        return say("openings.vague")
    mind.told.add(Fact.PROBLEM)
    key = "openings.join"
    if who.has(Twist.FOR_ANOTHER):
        key = "openings.other_home"
    elif Fact.NAME in who.told_first and Fact.PHONE not in who.told_first:
        key = "openings.name_first"
    said = [say(key, ask=say("openings.ask_visit"))]
    if {Fact.NAME, Fact.PHONE} <= who.told_first:
        said.append(_name_and_number(mind))
    if Fact.ADDRESS in who.told_first:
        said.append(_where(mind))
    if Fact.TIME in who.told_first:
        said.append(when(mind))
    if Fact.NOTES in who.told_first and who.notes:
        mind.told.add(Fact.NOTES)
        said.append(", ".join(note.say for note in who.notes))
    return ". ".join(said)


def name_and_number(mind: Mind, _: Understood) -> str:
    """Both, or the address first from somebody who answers beside the question."""
    beside = mind.takes(Twist.BESIDE)
    return mind.voice.mannered(_where(mind) if beside else _name_and_number(mind))


def _name_and_number(mind: Mind) -> str:
    mind.told |= {Fact.NAME, Fact.PHONE}
    said, number = _name(mind), _number(mind)
    if mind.persona.phone == mind.persona.calls_from and mind.luck(0.6):
        return mind.voice.say("phone.both_same", name_said=said)
    return mind.voice.say("phone.both", name_said=said, phone_said=number)


def name(mind: Mind, _: Understood) -> str:
    """Who calls."""
    return mind.voice.mannered(_name(mind))


def _name(mind: Mind) -> str:
    who = mind.persona
    mind.told.add(Fact.NAME)
    if Fact.NAME in mind.slips:
        mind.slips.discard(Fact.NAME)
        return mind.voice.say("name.slip")
    if who.has(Twist.FOR_ANOTHER):
        return mind.voice.say("name.for_other")
    if who.topic in _NAME_WAYS and who.name.last:
        return mind.voice.say(f"name.{who.topic}")
    return mind.voice.say("name.plain")


def spelling(mind: Mind, _: Understood) -> str:
    """The name letter by letter."""
    return mind.say("name.spelled")


def phone(mind: Mind, _: Understood) -> str:
    """The number."""
    mind.told.add(Fact.PHONE)
    same = mind.persona.phone == mind.persona.calls_from
    if same and mind.luck(0.6) and mind.times[AgentTopic.PHONE.value] == 1:
        return mind.say("phone.same")
    return mind.voice.mannered(_number(mind))


def _number(mind: Mind) -> str:
    if Fact.PHONE in mind.slips:
        mind.slips.discard(Fact.PHONE)
        return mind.voice.say("phone.slip")
    if _is_still_wrong(mind, "phone"):
        return mind.voice.say("beside.wrong_phone")
    return mind.voice.say("phone.plain")


def address(mind: Mind, _: Understood) -> str:
    """Where the visit is."""
    return mind.voice.mannered(_where(mind))


def _where(mind: Mind) -> str:
    again = Fact.ADDRESS in mind.told
    mind.told.add(Fact.ADDRESS)
    said = mind.voice.address(mind.place, whole=again)
    if _is_still_wrong(mind, "address"):
        return mind.voice.say("beside.wrong_address")
    if Fact.ADDRESS in mind.slips:
        mind.slips.discard(Fact.ADDRESS)
        return mind.voice.say("address.slip", address=said)
    key = "address.other" if mind.persona.has(Twist.FOR_ANOTHER) else "address.plain"
    return mind.voice.say("address.full" if again else key, address=said)


def _is_still_wrong(mind: Mind, what: str) -> bool:
    """Whether this is told wrongly now, to be put right later."""
    return Twist.LATE_FIX in mind.twists and mind.persona.topic == what


def city(mind: Mind, _: Understood) -> str:
    """The city alone."""
    return mind.say("address.city")


def zip_code(mind: Mind, _: Understood) -> str:
    """The ZIP, or the city of who does not know it."""
    return mind.say("address.zip" if mind.place.zip_code else "address.city")


def unit(mind: Mind, _: Understood) -> str:
    """The apartment, if there is one."""
    return mind.say("address.unit" if mind.place.unit else "address.no_unit")


def email(mind: Mind, _: Understood) -> str:
    """Nobody has one here."""
    return mind.say("end.no_email")


def errand(mind: Mind, _: Understood) -> str:
    """What the call is for; asked again, in the word that the agent used."""
    who = mind.persona
    if mind.done:
        return mind.say("end.no_more")
    if who.errand in HAS_BOOKING:
        return mind.say(f"{who.errand.value}.open", hello="")
    again = Fact.PROBLEM in mind.told and mind.times[AgentTopic.ERRAND.value] > 1
    mind.told.add(Fact.PROBLEM)
    if again:
        return mind.say(f"errand.{who.trouble.service}")
    return mind.voice.mannered(mind.voice.trouble())


def when(mind: Mind) -> str:
    """When the visit may be."""
    again = Fact.TIME in mind.told
    mind.told.add(Fact.TIME)
    mind.times["time told"] += 1
    if again or mind.wish.name in _SENTENCES or mind.luck(0.5):
        return mind.voice.time(mind.wish)
    return mind.voice.say("time.lead", short_time=mind.voice.short_time(mind.wish))


def notes(mind: Mind, _: Understood) -> str:
    """What there is to know, once."""
    who = mind.persona
    if not who.notes or Fact.NOTES in mind.told:
        return mind.say("notes.none")
    mind.told.add(Fact.NOTES)
    return mind.say("notes.plain", note=", and ".join(note.say for note in who.notes))
