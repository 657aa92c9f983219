"""Agreeing, and not agreeing: safety, prices, windows, the read-back, and mending what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from loadtest.persona import telling
from loadtest.persona.asked import AgentTopic, ReplySign, Understood
from loadtest.persona.facts import Errand, Fact, Twist
from loadtest.persona.matching import address_faults, words
from loadtest.persona.mind import BOOKS, FOR_A_PERSON, HAS_BOOKING, PATIENCE, Mind
from loadtest.persona.spoken import WEEKDAYS
from loadtest.persona.windows import Named

_BEFORE_THE_YES: Final = (
    (Twist.LATE_QUESTION, "read_back.question"),
    (Twist.LATE_CONDITION, "read_back.condition"),
    (Twist.YES_AND_ASKS, "beside.yes_and_asks"),
)
_A_PAIR: Final = 2


def safety(mind: Mind, _: Understood) -> str:
    """Whether there is danger."""
    who = mind.persona
    if who.errand is Errand.DANGER and who.has(Twist.IN_ANSWER):
        return mind.voice.mannered(telling.danger(mind, "danger.answer"))
    if mind.takes(Twist.UNSURE_OF_DANGER):
        mind.times["unsure"] += 1
        mind.unsure_due = True
        return mind.say("safety.unsure")
    if mind.times["unsure"]:
        return mind.say("safety.no_after_all")
    if who.has(Twist.HARMLESS_WORDS):
        again = mind.times[AgentTopic.SAFETY.value] > 1
        return mind.say("safety.no_after_alarm" if again else "safety.no_harmless")
    return mind.say("safety.no")


def price(mind: Mind, _: Understood) -> str:
    """Whether to go on at that price."""
    if mind.takes(Twist.QUESTION_FIRST):
        mind.times["price talk"] = 1
        return mind.say("price.question")
    if mind.takes(Twist.CONDITION):
        mind.times["price talk"] = 1
        return mind.say("price.condition")
    if mind.persona.errand in FOR_A_PERSON | HAS_BOOKING or mind.persona.has(Twist.REFUSES_PRICE):
        mind.times["declined"] += 1
        return mind.say("price.no")
    if mind.times["price talk"] == 1:
        mind.times["price talk"] += 1
        return mind.say("price.after_answer")
    return mind.say("price.yes")


def window(mind: Mind, heard: Understood) -> str | None:
    """Which of the windows that were offered."""
    if mind.persona.has(Twist.LEAVES_IT):
        return _leave(mind)
    offered = heard.windows
    if not offered:
        return mind.voice.mannered(telling.when(mind))
    fitting = [one for one in offered if mind.wish.allows(one.start, one.end)]
    if not fitting:
        mind.record.notice("offered nothing that fits the wish")
        return _no_fit(mind)
    return _take(mind, mind.chances.choice(fitting), offered)


def day(mind: Mind, heard: Understood) -> str | None:
    """Which day or time."""
    if mind.persona.has(Twist.LEAVES_IT):
        return _leave(mind)
    fitting = [one for one in heard.windows if mind.wish.allows(one.start, one.end)]
    if fitting and mind.times["time told"]:
        return _take(mind, fitting[0], heard.windows)
    if mind.wish.impossible and mind.times[AgentTopic.DAY.value] > _A_PAIR:
        return mind.say("offer.give_up") if mind.once("left") else None
    mind.times["day asked"] += 1
    if mind.times["day asked"] > 1 or mind.luck(0.4):
        return mind.voice.mannered(mind.voice.time_on_a_day(mind.wish))
    return mind.voice.mannered(telling.when(mind))


def _take(mind: Mind, chosen: Named, offered: tuple[Named, ...]) -> str:
    mind.record.accepted = chosen.start
    mind.record.confirmed = False
    say = mind.voice.say
    name = mind.voice.window(chosen, offered=offered)
    ways: list[Callable[[], str]] = [lambda: say("offer.named", window=name)]
    if len(offered) == 1:
        ways += [lambda: say("offer.yes")] * 3
    elif len(offered) == _A_PAIR:
        which = "first" if chosen == offered[0] else "second"
        ways.append(lambda: say(f"offer.{which}"))
    return mind.voice.mannered(mind.chances.choice(ways)())


def _no_fit(mind: Mind) -> str | None:
    mind.times["no fit"] += 1
    most = _A_PAIR if mind.wish.impossible else PATIENCE
    if mind.times["no fit"] > most:
        mind.record.gave_up = not mind.wish.impossible
        return mind.say("offer.give_up") if mind.once("left") else None
    mind.told.add(Fact.TIME)
    return mind.say("offer.none", time=mind.voice.time(mind.wish))


def read_back(mind: Mind, heard: Understood) -> str | None:
    """The last question before it is booked; what was read back wrongly is mended before."""
    who = mind.persona
    if who.errand not in {Errand.BOOK, Errand.OUTSIDE}:
        mind.times["declined"] += 1
        return mind.say("read_back.no")
    if who.new_when is not None and mind.takes(Twist.NEW_WINDOW):
        mind.wish = who.new_when
        mind.told.add(Fact.TIME)
        if who.has(Twist.YES_BUT_TIME):
            time = mind.voice.short_time(mind.wish)
            return mind.say("beside.yes_but_time", short_time=time)
        return mind.say("read_back.new_time", short_time=mind.voice.short_time(mind.wish))
    if who.new_place is not None and mind.takes(Twist.NEW_ADDRESS):
        mind.place = who.new_place
        return mind.say("address.moved", address=mind.voice.address(mind.place, whole=True))
    for twist, key in _BEFORE_THE_YES:
        if mind.takes(twist):
            return mind.say(key)
    if heard.windows:
        mind.record.accepted = heard.windows[0].start
    mind.record.confirmed = True
    return mind.say("read_back.yes")


def change(mind: Mind, heard: Understood) -> str | None:
    """What is wrong with what was read back."""
    if mind.persona.errand is Errand.DECLINE:
        return mind.say("read_back.change_nothing")
    if mind.told & {Fact.TIME} and mind.persona.new_when is not None:
        return mind.voice.mannered(mind.voice.time(mind.wish))
    if mind.place != mind.persona.place:
        return telling.address(mind, heard)
    return mind.say("read_back.change_none")


def mended(mind: Mind, heard: Understood) -> str | None:
    """A correction of what the agent repeats wrongly, from a person who listens."""
    who = mind.persona
    if not who.attentive or who.errand not in BOOKS | HAS_BOOKING or heard.topic is AgentTopic.CODE:
        return None
    if heard.phones and who.phone[-10:] not in heard.phones and _mends(mind, "phone"):
        mind.record.notice(f"phone heard as {heard.phones[0]}")
        return mind.say("phone.fix")
    return _mended_read_back(mind, heard) if ReplySign.READS_BACK in heard.signs else None


def _mended_read_back(mind: Mind, heard: Understood) -> str | None:
    said = set(words(heard.text))
    whole = any(one.isdigit() for one in said) and len(said) > _WHOLE
    if whole and not set(words(mind.persona.name.full)) <= said and _mends(mind, "name"):
        mind.record.notice("name read back wrong")
        return mind.say("name.fix")
    missing = [one for one in address_faults(heard.text, mind.place) if "lacks" in one]
    if whole and missing and _mends(mind, "address"):
        mind.record.notice(f"read back: {missing[0]}")
        return mind.say("address.fix", address=mind.voice.address(mind.place, whole=True))
    named = heard.windows[0] if heard.windows else None
    if named is None or mind.wish.allows(named.start, named.end):
        return None
    mind.record.notice(f"read back for {named.start:%a %d %H:%M}, which I cannot do")
    if _mends(mind, "time"):
        time = mind.voice.time(mind.wish)
        return mind.say("read_back.wrong_time", time=time, window=time)
    return mind.give_up("read_back.no")


_WHOLE: Final = 16
"""A read-back of everything has more words than that; after a change only that is repeated."""


def _mends(mind: Mind, what: str) -> bool:
    mind.times[f"mend {what}"] += 1
    return mind.times[f"mend {what}"] < PATIENCE


def is_right(mind: Mind, heard: Understood) -> str | None:
    """Whether something by itself is right."""
    if heard.windows and not mind.wish.allows(heard.windows[0].start, heard.windows[0].end):
        return _no_fit(mind)
    return mind.say("offer.yes")


def meant(mind: Mind, heard: Understood) -> str | None:
    """Whether this is what was meant: a place that is not is mended, a wish is said again."""
    asked = set(words(heard.question))
    street = words(mind.place.street)
    if street[-1] in asked and not set(street) <= asked:
        return mind.say("address.fix", address=mind.voice.address(mind.place, whole=True))
    if asked & _TIMES:
        return mind.say("time.meant", time=mind.voice.time(mind.wish))
    return mind.say("offer.yes")


_TIMES: Final = frozenset(
    (
        *("today", "tonight", "tomorrow", "morning", "afternoon", "evening", "week", "noon"),
        *("after", "before", "am", "pm"),
        *(one.lower() for one in WEEKDAYS),
    )
)


def whether(mind: Mind, _: Understood) -> str:
    """A question that wants a yes or a no, and nothing else is known of it."""
    return mind.say("price.yes")


def cancel(mind: Mind, _: Understood) -> str:
    """Whether to cancel."""
    wants = mind.persona.errand is Errand.CANCEL or mind.times["cancels"] > 0
    return mind.say("cancel.confirm" if wants else "end.person_no")


def move(mind: Mind, heard: Understood) -> str | None:
    """Whether to move it there."""
    if mind.persona.has(Twist.LEAVES_IT):
        return _leave(mind)
    if heard.windows and not mind.wish.allows(heard.windows[-1].start, heard.windows[-1].end):
        mind.record.notice("would be moved to where it does not fit")
        return _no_fit(mind)
    if heard.windows:
        mind.record.accepted = heard.windows[-1].start
    mind.record.confirmed = True
    return mind.say("move.confirm")


def _leave(mind: Mind) -> str:
    mind.done = True
    return mind.say("move.leave")


def person(mind: Mind, _: Understood) -> str:
    """Whether a person should take over: yes from who wants one, or has had enough."""
    wants = mind.persona.errand in FOR_A_PERSON or mind.persona.has(Twist.NO_CODE)
    if wants or mind.times["lost"] > 1 or mind.times["no fit"] > 1:
        mind.record.asked_for_person = True
        return mind.say("person.yes")
    return mind.say("end.person_no")


def message(mind: Mind, _: Understood) -> str:
    """What to pass on."""
    wants = mind.persona.errand in FOR_A_PERSON
    return mind.say("person.message" if wants else "end.person_no")


def code(mind: Mind, heard: Understood) -> str:
    """The booking code, with the number where both are asked for."""
    both = heard.topic is AgentTopic.CODE_AND_PHONE
    if mind.persona.has(Twist.NO_CODE) or mind.persona.appointment is None:
        first = f"{mind.voice.say('phone.plain')}, " if both else ""
        return mind.voice.mannered(first + mind.voice.say("code.none"))
    key = "code.with_phone" if both else "code.plain"
    if mind.takes(Twist.WRONG_CODE):
        return mind.say(key, code=mind.voice.wrong_code())
    if mind.persona.has(Twist.WRONG_CODE) and not both:
        return mind.say("code.fix")
    return mind.say(key)


def anything_else(mind: Mind, heard: Understood) -> str:
    """Nothing, unless the errand is not done."""
    if ReplySign.BOOKED in heard.signs and mind.takes(Twist.CANCELS_AFTER):
        mind.times["cancels"] += 1
        return mind.say("booked.cancel_again")
    wants_more = mind.persona.errand in BOOKS | HAS_BOOKING and not _is_done(mind, heard)
    if wants_more and mind.times["not yet"] < _A_PAIR:
        mind.times["not yet"] += 1
        mind.record.notice("taken for done before it was")
        return telling.errand(mind, heard)
    return mind.say("end.no_more")


def _is_done(mind: Mind, heard: Understood) -> bool:
    told = mind.done or mind.times["declined"] or mind.times["cancels"]
    return bool(told or mind.wish.impossible or ReplySign.CHANGED in heard.signs)
