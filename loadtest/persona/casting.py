"""Who calls: a persona for a seed, a number and a kind, always the same one.

A kind is an errand with the one thing that makes it harder, so that a report by kind says what it
is that goes wrong.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final

from loadtest.persona import grammar, spoken
from loadtest.persona.company import Company
from loadtest.persona.facts import (
    Appointment,
    Errand,
    Fact,
    HomeAddress,
    Note,
    Persona,
    PersonName,
    Temper,
    Twist,
)
from loadtest.persona.people import (
    CITIES_IN,
    CITIES_OUT,
    FIRST_NAMES,
    HARD_NAMES,
    HARD_PLACES,
    LAST_NAMES,
    ODD_FIRST_NAMES,
    ODD_LAST_NAMES,
    STREETS,
    UNITS,
    ZIPS,
)
from loadtest.persona.times import wish
from loadtest.persona.voice import NoteWordings, notes_to_give, troubles

Change = Callable[["Draw", Persona], Persona]
FIRST_DAY: Final = date(2025, 7, 7)
DAYS: Final = 480


class KindError(ValueError):
    """A kind that nobody plays."""


@dataclass(frozen=True, slots=True)
class Draw:
    """Luck and place, for whoever makes up a persona."""

    chances: random.Random
    company: Company

    def luck(self, share: float) -> bool:
        """True so often."""
        return self.chances.random() < share

    def one(self, of: Sequence[str]) -> str:
        """One of several."""
        return self.chances.choice(of)


def cast(seed: int, number: int, company: Company, kinds: Sequence[str] = ()) -> Persona:
    """The caller of that number in a run with that seed.

    Args:
        seed: of the run.
        number: from 0.
        company: who is called.
        kinds: only these, or all whose name begins so; by default all, by weight.

    Raises:
        KindError: nobody plays such a kind.
    """
    chosen = [name for name in KINDS if not kinds or any(name.startswith(one) for one in kinds)]
    if not chosen:
        raise KindError(f"{', '.join(kinds)}: no such kind; there are {', '.join(KINDS)}")
    chances = random.Random(f"{seed}/{number}")  # noqa: S311 - repeatable on purpose
    kind = chances.choices(chosen, [KINDS[name][0] for name in chosen])[0]
    draw = Draw(chances, company)
    persona = KINDS[kind][1](draw, _somebody(draw, kind))
    return replace(persona, seed=f"{seed}/{number}/talk")


def _somebody(draw: Draw, kind: str) -> Persona:
    chances = draw.chances
    now = _moment(draw)
    number = _number(draw)
    calls_from = number if draw.luck(0.5) else _number(draw)
    return Persona(
        kind=kind,
        errand=Errand.BOOK,
        temper=chances.choices(list(Temper), [5, 2, 2, 1, 1])[0],
        now=now,
        calls_from=calls_from,
        name=PersonName(draw.one(FIRST_NAMES), draw.one(LAST_NAMES)),
        phone=number,
        place=_place(draw),
        trouble=chances.choice([one for one in troubles() if one.service == "repair"]),
        when=wish("any", now, draw.company, chances),
        told_first=frozenset({Fact.PROBLEM}) if draw.luck(0.9) else frozenset(),
        spoken=draw.luck(0.6),
        attentive=draw.luck(0.8),
    )


def _moment(draw: Draw) -> datetime:
    """A moment of a day on which the business is open, in its hours three times out of four."""
    while True:
        day = FIRST_DAY + timedelta(days=draw.chances.randrange(DAYS))
        if draw.company.is_open_day(day):
            break
    hour = draw.chances.randint(8, 16) if draw.luck(0.75) else draw.chances.choice((6, 18, 19, 20))
    moment = time(hour, draw.chances.choice((2, 10, 25, 40, 55)))
    return datetime.combine(day, moment, draw.company.zone)


def _number(draw: Draw) -> str:
    """A number of the fictitious range that no recogniser has met."""
    area = draw.one(("937", "614", "513", "740", "330"))
    return f"+1{area}5550{draw.chances.randint(100, 199)}"


def _place(draw: Draw) -> HomeAddress:
    number = str(
        draw.chances.choice((draw.chances.randint(2, 99), draw.chances.randint(100, 4999)))
    )
    city = draw.one(CITIES_IN) if draw.luck(0.25) else "Springfield"
    zip_code = draw.one(ZIPS[city]) if draw.luck(0.4) else ""
    return HomeAddress(number, draw.one(STREETS), city, zip_code)


# Kinds.


def _plain(_: Draw, persona: Persona) -> Persona:
    return persona


def _timed(draw: Draw, persona: Persona) -> Persona:
    names = [
        "day",
        "morning",
        "afternoon",
        "day_morning",
        "day_afternoon",
        "after",
        "day_after",
        "before",
        "day_before",
        "not_day",
        "last",
        "first_of_day",
        "exact",
        "next_week",
        "next_week_afternoon",
    ]
    when = wish(draw.one(names), persona.now, draw.company, draw.chances)
    told = persona.told_first | ({Fact.TIME} if draw.luck(0.6) else frozenset())
    return replace(persona, when=when, told_first=told)


def _impossible(draw: Draw, persona: Persona) -> Persona:
    when = wish(draw.one(("too_far", "closed_day")), persona.now, draw.company, draw.chances)
    service = [one for one in troubles() if one.service == "maintenance"]
    told = frozenset({Fact.PROBLEM, Fact.TIME})
    return replace(persona, when=when, told_first=told, trouble=draw.chances.choice(service))


def _hard_address(draw: Draw, persona: Persona) -> Persona:
    if draw.luck(0.5):
        designator, unit = draw.chances.choice(UNITS)
        return replace(persona, place=replace(persona.place, designator=designator, unit=unit))
    number, street, city = draw.chances.choice(HARD_PLACES)
    return replace(persona, place=HomeAddress(number, street, city))


def _hard_name(draw: Draw, persona: Persona) -> Persona:
    first, last = draw.chances.choice(HARD_NAMES)
    way = draw.one(("plain", "spelled", "as_in", "reverse"))
    return replace(persona, name=PersonName(first, last), topic=way)


def _noted(draw: Draw, persona: Persona) -> Persona:
    pool, count = notes_to_give(), 2 if draw.luck(0.3) else 1
    notes = tuple(_note(draw, persona, one) for one in draw.chances.sample(pool, count))
    told = persona.told_first | ({Fact.NOTES} if draw.luck(0.15) else frozenset())
    return replace(persona, notes=notes, told_first=told)


def _note(draw: Draw, persona: Persona, of: NoteWordings) -> Note:
    gate = str(draw.chances.randint(1000, 9999))
    said = spoken.digit_words(gate, draw.chances) if persona.spoken else gate
    keys = tuple(gate if key == "<gate>" else key for key in of.keys)
    return Note(grammar.expand(draw.one(of.say), {"gate": said}, draw.chances), keys)


def _at_once(draw: Draw, persona: Persona) -> Persona:
    told = {Fact.PROBLEM, Fact.NAME, Fact.PHONE, Fact.ADDRESS}
    if draw.luck(0.3):
        told |= {Fact.TIME}
        names = ("day_morning", "day_after", "day")
        when = wish(draw.one(names), persona.now, draw.company, draw.chances)
        persona = replace(persona, when=when)
    return replace(persona, told_first=frozenset(told))


def _name_first(_: Draw, persona: Persona) -> Persona:
    return replace(persona, told_first=frozenset({Fact.PROBLEM, Fact.NAME}))


def _slipping(draw: Draw, persona: Persona) -> Persona:
    return replace(
        persona, slips=frozenset({draw.chances.choice((Fact.NAME, Fact.PHONE, Fact.ADDRESS))})
    )


def _new_window(draw: Draw, persona: Persona) -> Persona:
    names = ("day_morning", "day_afternoon", "day_after", "day")
    new = wish(draw.one(names), persona.now, draw.company, draw.chances)
    return replace(persona, new_when=new, twists=frozenset({Twist.NEW_WINDOW}))


def _new_address(draw: Draw, persona: Persona) -> Persona:
    # its ZIP, if it has one, would be that of another town
    place = replace(_place(draw), city=persona.place.city, zip_code="")
    return replace(persona, new_place=place, twists=frozenset({Twist.NEW_ADDRESS}))


def _two(draw: Draw, persona: Persona) -> Persona:
    others = [one for one in troubles() if one != persona.trouble and one.service != "installation"]
    return replace(
        persona,
        second=draw.chances.choice(others),
        twists=frozenset({Twist.TWO_PROBLEMS}),
        told_first=frozenset({Fact.PROBLEM}),
    )


def _for_another(_: Draw, persona: Persona) -> Persona:
    twists = frozenset({Twist.FOR_ANOTHER})
    return replace(persona, twists=twists, told_first=frozenset({Fact.PROBLEM}))


def _service(name: str) -> Change:
    def change(draw: Draw, persona: Persona) -> Persona:
        found = [one for one in troubles() if one.service == name]
        return replace(persona, trouble=draw.chances.choice(found))

    return change


def _late_fix(draw: Draw, persona: Persona) -> Persona:
    return replace(
        persona,
        topic=draw.one(("phone", "address")),
        twists=frozenset({Twist.LATE_FIX}),
        calls_from=_number(draw),
    )


def _odd_name(draw: Draw, persona: Persona) -> Persona:
    name = PersonName(draw.one(ODD_FIRST_NAMES), draw.one(ODD_LAST_NAMES))
    way = draw.one(("plain", "plain", "plain", "spelled", "reverse"))
    return replace(persona, name=name, topic=way)


def _other_form(draw: Draw, persona: Persona) -> Persona:
    if draw.luck(0.5):
        designator, unit = draw.chances.choice(UNITS)
        persona = replace(persona, place=replace(persona.place, designator=designator, unit=unit))
    return replace(persona, topic="form")


def _yes_but_time(draw: Draw, persona: Persona) -> Persona:
    twists = frozenset({Twist.NEW_WINDOW, Twist.YES_BUT_TIME})
    return replace(_new_window(draw, persona), twists=twists)


def _mixed(draw: Draw, persona: Persona) -> Persona:
    """Two or three difficulties at once, and a wish for a time."""
    some = (Twist.ASKS_ALONG, Twist.INTERRUPTS, Twist.HALF, Twist.QUESTION_FIRST)
    late = (Twist.LATE_QUESTION, Twist.LATE_CONDITION, Twist.YES_AND_ASKS, Twist.HARMLESS_WORDS)
    twists = frozenset({*draw.chances.sample(some, 2), draw.chances.choice(late)})
    return replace(_timed(draw, persona), twists=twists)


def _evening(draw: Draw, persona: Persona) -> Persona:
    moment = time(draw.chances.choice((18, 19, 20)), draw.chances.choice((5, 20, 45)))
    return replace(persona, now=datetime.combine(persona.now.date(), moment, draw.company.zone))


def _twisted(*twists: Twist) -> Change:
    def change(_: Draw, persona: Persona) -> Persona:
        return replace(persona, twists=frozenset(twists))

    return change


def _errand(errand: Errand, *topics: str, twists: Sequence[Twist] = ()) -> Change:
    def change(draw: Draw, persona: Persona) -> Persona:
        topic = draw.one(topics) if topics else ""
        return replace(persona, errand=errand, topic=topic, twists=frozenset(twists))

    return change


def _price(draw: Draw, persona: Persona) -> Persona:
    service = draw.one(("repair", "repair", "maintenance", "installation"))
    return replace(_service(service)(draw, persona), errand=Errand.PRICE)


def _outside(draw: Draw, persona: Persona) -> Persona:
    city, zip_code = draw.chances.choice(CITIES_OUT)
    place = replace(persona.place, city=city, zip_code=zip_code)
    return replace(persona, errand=Errand.OUTSIDE, place=place)


def _code(draw: Draw, phone: str) -> str:
    """A booking code; a business gives none that looks like a payment card beside the number."""
    while True:
        code = "".join(draw.one("0123456789") for _ in range(6))
        if not any(_checks(digits) for digits in (phone + code, code + phone)):
            return code


def _checks(digits: str) -> bool:
    """Whether digits pass the check of card numbers (ISO/IEC 7812-1, annex B)."""
    doubled = (int(one) * (1 + at % 2) for at, one in enumerate(reversed(digits)))
    return sum(one - 9 if one > 9 else one for one in doubled) % 10 == 0  # noqa: PLR2004


def _with_booking(errand: Errand, *twists: Twist) -> Change:
    def change(draw: Draw, persona: Persona) -> Persona:
        days = [persona.now.date() + timedelta(days=ahead) for ahead in range(1, 7)]
        day = draw.chances.choice([one for one in days if draw.company.is_open_day(one)])
        hour = draw.chances.choice((8, 10, 12, 14))
        booked = Appointment(
            code=_code(draw, persona.phone[-10:]),
            service="repair",
            start=datetime.combine(day, time(hour), draw.company.zone),
            phone=persona.phone,
            name=persona.name.full,
            address=f"{persona.place.number} {persona.place.street}, {persona.place.city}, Ohio",
        )
        names = ("day", "day_morning", "day_afternoon", "day_after", "next_week")
        when = wish(draw.one(names), persona.now, draw.company, draw.chances)
        return replace(
            persona,
            errand=errand,
            appointment=booked,
            when=when,
            twists=frozenset(twists),
            topic="full" if not twists and draw.luck(0.3) else "",
        )

    return change


def _about_a_booking(draw: Draw, persona: Persona) -> Persona:
    booked = _with_booking(Errand.OTHER)(draw, persona)
    return replace(booked, topic=draw.one(("change_address", "add_note")))


DANGERS: Final = ("gas", "eggs", "smoke", "monoxide", "sparks", "burning", "ill", "propane")
OTHERS: Final = (
    *("invoice", "complaint", "no_show", "warranty_claim"),
    *("message", "callback", "part", "receipt"),
)
STRANGERS: Final = ("pizza", "pharmacy", "person_name", "sales", "sales")

KINDS: Final[Mapping[str, tuple[int, Change]]] = {
    "book.plain": (10, _plain),
    "book.time": (16, _timed),
    "book.time_impossible": (2, _impossible),
    "book.address": (5, _hard_address),
    "book.name": (4, _hard_name),
    "book.notes": (4, _noted),
    "book.at_once": (4, _at_once),
    "book.name_first": (2, _name_first),
    "book.slip": (4, _slipping),
    "book.evening": (3, _evening),
    "book.maintenance": (4, _service("maintenance")),
    "book.installation": (1, _service("installation")),
    "book.question": (2, _twisted(Twist.QUESTION_FIRST)),
    "book.condition": (2, _twisted(Twist.CONDITION)),
    "book.late_question": (2, _twisted(Twist.LATE_QUESTION)),
    "book.late_condition": (2, _twisted(Twist.LATE_CONDITION)),
    "book.beside": (2, _twisted(Twist.BESIDE)),
    "book.new_window": (3, _new_window),
    "book.new_address": (2, _new_address),
    "book.two_problems": (2, _two),
    "book.for_another": (3, _for_another),
    "book.asks_along": (2, _twisted(Twist.ASKS_ALONG)),
    "book.interrupts": (2, _twisted(Twist.INTERRUPTS)),
    "book.half": (2, _twisted(Twist.HALF)),
    "book.late_fix": (2, _late_fix),
    "book.odd_name": (2, _odd_name),
    "book.other_form": (2, _other_form),
    "book.yes_and_asks": (2, _twisted(Twist.YES_AND_ASKS)),
    "book.yes_but_time": (2, _yes_but_time),
    "book.mixed": (4, _mixed),
    "book.then_cancel": (1, _twisted(Twist.CANCELS_AFTER)),
    "safety.unsure": (3, _twisted(Twist.UNSURE_OF_DANGER)),
    "safety.harmless": (3, _twisted(Twist.HARMLESS_WORDS)),
    "danger.told": (4, _errand(Errand.DANGER, *DANGERS)),
    "danger.answered": (2, _errand(Errand.DANGER, twists=(Twist.IN_ANSWER,))),
    "price": (4, _price),
    "decline": (3, _errand(Errand.DECLINE)),
    "decline.price": (2, _errand(Errand.DECLINE, twists=(Twist.REFUSES_PRICE,))),
    "outside": (2, _outside),
    "move": (4, _with_booking(Errand.MOVE)),
    "move.leave": (1, _with_booking(Errand.MOVE, Twist.LEAVES_IT)),
    "cancel": (4, _with_booking(Errand.CANCEL)),
    "cancel.no_code": (1, _with_booking(Errand.CANCEL, Twist.NO_CODE)),
    "cancel.wrong_code": (1, _with_booking(Errand.CANCEL, Twist.WRONG_CODE)),
    "look_up": (3, _with_booking(Errand.LOOK_UP)),
    "person": (3, _errand(Errand.PERSON)),
    "person.later": (1, _errand(Errand.PERSON, "later")),
    "person.key": (1, _errand(Errand.PERSON, twists=(Twist.BY_KEY,))),
    "other": (6, _errand(Errand.OTHER, *OTHERS)),
    "other.booked": (2, _about_a_booking),
    "ask": (4, _errand(Errand.ASK, "hours", "area", "payment", "warranty", "services")),
    "ask.unknown": (4, _errand(Errand.ASK_UNKNOWN, "brand", "trade", "fact")),
    "not_for_us": (2, _errand(Errand.NOT_FOR_US, *STRANGERS)),
}  # fmt: skip
"""Kind -> how often it is played against the others, and what it makes of somebody."""
