"""A persona's voice: facts and wishes in its own words, by the wordings file and its temper."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final

from loadtest.persona import grammar, spoken
from loadtest.persona.facts import HomeAddress, Persona, ReportedTrouble, Temper, VisitWish
from loadtest.persona.times import time_values
from loadtest.persona.windows import Named

WORDINGS: Final = Path(__file__).with_name("wordings.toml")
_NOON: Final = 12
_EVENING: Final = 18
_WEEKEND: Final = 5
_WEEK: Final = 7
_WITH_A_DAY: Final = {
    "morning": "day_morning",
    "afternoon": "day_afternoon",
    "after": "day_after",
    "before": "day_before",
    "not_day": "day",
    "any": "day",
    "next_week": "day",
    "next_week_afternoon": "day_afternoon",
}

Wordings = Mapping[str, Mapping[str, Sequence[str]]]


@lru_cache(maxsize=1)
def wordings() -> Wordings:
    """All wordings, by section and name."""
    page = tomllib.loads(WORDINGS.read_text("utf-8"))
    return {name: table for name, table in page.items() if name not in {"trouble", "note"}}


@lru_cache(maxsize=1)
def troubles() -> tuple[ReportedTrouble, ...]:
    """What visits are for."""
    return tuple(
        ReportedTrouble(one["name"], one["service"], tuple(one["say"]), tuple(one["keys"]))
        for one in tomllib.loads(WORDINGS.read_text("utf-8"))["trouble"]
    )


@dataclass(frozen=True, slots=True)
class NoteWordings:
    """Something to know before a visit: its wordings, and words that its note must have one of."""

    say: tuple[str, ...]
    keys: tuple[str, ...]


@lru_cache(maxsize=1)
def notes_to_give() -> tuple[NoteWordings, ...]:
    """What there may be to know."""
    return tuple(
        NoteWordings(tuple(one["say"]), tuple(one["keys"]))
        for one in tomllib.loads(WORDINGS.read_text("utf-8"))["note"]
    )


class PersonaVoice:
    """Says what one persona wants to say.

    Args:
        persona: who speaks.
        chances: its luck; the same persona with the same chances says the same.
    """

    def __init__(self, persona: Persona, chances: random.Random) -> None:
        self._persona = persona
        self._chances = chances
        lists = wordings()["lists"]
        self._fixed = {name: chances.choice(lists[name]) for name in ("relative", "room")}
        self._fixed |= {name: chances.choice(lists[name]) for name in ("brand", "trade")}
        self._lowers = persona.spoken and self._luck(0.5)

    def say(self, key: str, **values: str) -> str:
        """A wording of ``section.name`` as the persona would say it."""
        said = self._plain(key, values)
        if self._persona.temper is Temper.TERSE:
            said = min((said, self._plain(key, values), self._plain(key, values)), key=len)
        return said

    def mannered(self, line: str) -> str:
        """A whole line with what the persona's temper adds to it."""
        match self._persona.temper:
            case Temper.CHATTY:
                line = self._aside("before", 0.4) + line + self._aside("after_any", 0.25)
            case Temper.ANGRY:
                line = self._aside("angry", 0.3) + line
            case Temper.PATIENT if self._luck(0.1):
                line = self._aside("before", 1.0) + line
            case _:
                pass
        if self._lowers:
            line = line.lower().rstrip(".!?")
        return line

    def time(self, wish: VisitWish) -> str:
        """When a visit may be, in a sentence or less."""
        values = time_values(wish, self._persona.now, self._chances, in_words=self._persona.spoken)
        templates = wordings()["time"][wish.name]
        return grammar.expand(self._chances.choice(templates), values, self._chances)

    def short_time(self, wish: VisitWish) -> str:
        """The same in the fewest words, to stand in a sentence, where there are such."""
        if wish.name not in wordings()["short_time"]:
            return self.time(wish)
        values = time_values(wish, self._persona.now, self._chances, in_words=self._persona.spoken)
        templates = wordings()["short_time"][wish.name]
        return grammar.expand(self._chances.choice(templates), values, self._chances)

    def time_on_a_day(self, wish: VisitWish) -> str:
        """The same for somebody who asks for a day: a wish without one is given one."""
        named = _WITH_A_DAY.get(wish.name)
        if named is None:
            return self.time(wish)
        day = self._persona.now.date()
        if wish.name.startswith("next_week"):
            day += timedelta(days=_WEEK - 1 - day.weekday())
        day += timedelta(days=self._chances.randint(1, 4))
        while day.weekday() >= _WEEKEND or day.weekday() == wish.weekday:
            day += timedelta(days=1)
        return self.short_time(replace(wish, name=named, day=day))

    def window(self, window: Named, *, offered: Sequence[Named] = ()) -> str:
        """A window by its name; the day may be left out where all that were offered share it."""
        now, words = self._persona.now, self._persona.spoken
        start, end = window.start, window.end
        day = spoken.day(start.date(), now, self._chances, spoken=words)
        if start.date() == now.date() and start.hour >= _EVENING:
            day = "tonight"
        hours = f"{_bare(start.hour, words=words)} to {_bare(end.hour, words=words)}"
        ways = [f"{day} {hours}", f"{day} at {_bare(start.hour, words=words)}"]
        if len({one.start.date() for one in offered}) > 1:
            if sum(one.start.date() == start.date() for one in offered) == 1:
                ways += [day, f"{day} then"]
        elif offered:
            ways += [hours, hours]
            mornings = [one.start.hour < _NOON for one in offered]
            if len(offered) > 1 and sorted(mornings) == [False, True]:
                half = "morning" if start.hour < _NOON else "afternoon"
                ways += [f"the {half} one", f"the {half}"]
        return self._chances.choice(ways)

    def trouble(self) -> str:
        """What is wrong, one or two things."""
        said = self._one_of(self._persona.trouble.say)
        if self._persona.trouble.service == "repair" and self._luck(0.1):
            said = f"{said} {self._since()}".replace(" ,", ",")
        if self._persona.second is not None:
            joint = self._chances.choice((", and also ", " and ", ", plus "))
            said += joint + self._one_of(self._persona.second.say)
        return said

    def _since(self) -> str:
        past = self._persona.now - timedelta(days=self._chances.randint(1, 3))
        values = {"past_day": spoken.WEEKDAYS[past.weekday()]}
        template = self._chances.choice(wordings()["openings"]["since"])
        return grammar.expand(template, values, self._chances)

    def phone(self, number: str = "") -> str:
        """A number, by default the persona's, in a form of its own."""
        number = number or self._persona.phone
        return spoken.phone(number, self._chances, spoken=self._persona.spoken)

    def digits(self, digits: str) -> str:
        """A row of digits, as this person says or writes them."""
        if not self._persona.spoken:
            return digits
        return spoken.digit_words(digits, self._chances)

    def address(self, place: HomeAddress, *, whole: bool = False) -> str:
        """Where a place is; `whole` with its city in any case."""
        house = place.number
        simple = house.isdigit()
        if self._persona.spoken and simple and self._luck(0.8):
            house = spoken.house_number(house, self._chances)
        elif self._persona.spoken and house.endswith(" 1/2"):
            house = spoken.house_number(house.split()[0], self._chances) + " and a half"
        unit = f"{place.designator} {place.unit}".replace("# ", "#") if place.unit else ""
        said = self._line(house, place.street, unit)
        towns = [f", {place.city}", f", {place.city}, Ohio", f" in {place.city}"]
        if place.zip_code:
            digits = place.zip_code
            spelled = spoken.digit_words(digits, self._chances) if self._persona.spoken else digits
            towns.append(f", {place.city} Ohio {spelled}")
        if not whole and place.city == "Springfield":
            towns += ["", ""]
        return said + self._chances.choice(towns)

    def _line(self, house: str, street: str, unit: str) -> str:
        """House, street and unit in an order of the person's own."""
        if self._persona.topic != "form":
            return f"{house} {street}" + (f", {unit}" if unit else "")
        if unit:
            return self._chances.choice((f"{unit}, {house} {street}", f"{house} {street} {unit}"))
        return self._chances.choice(
            (f"number {house} on {street}", f"{street}, number {house}", f"{house}, {street}")
        )

    def values(self) -> dict[str, str]:
        """What wordings may name of the persona."""
        who = self._persona
        name = who.name
        wrong = _other_digit(who.phone, self._chances)
        mistaken = self._chances.choice(("Shaun", "Carol", "Derek", "Joan"))
        values = self._fixed | {
            "hello": self._greeting(),
            "name": name.full,
            "first": name.first,
            "last": name.last or name.first,
            "spelling": spoken.spelled(name.last or name.first, self._chances),
            "spelling_as_in": spoken.spelled_as_in(name.last or name.first, self._chances),
            "wrong_name": f"{mistaken} {name.last}".strip(),
            "phone": self.phone(),
            "wrong_phone": self.phone(wrong),
            "street_only": who.place.street,
            "city": who.place.city,
            "zip": who.place.zip_code,
            "unit": f"{who.place.designator} {who.place.unit}".strip(),
            "weekday": self._chances.choice(("Saturday", "Sunday", "Friday", "Monday")),
            "problem": self.trouble(),
            "address": self.address(who.place),
            "time": self.time(who.when),
            "short_time": self.short_time(who.when),
        }
        if who.appointment is not None:
            values["code"] = self._code(who.appointment.code)
        wrong_house = _other_digit(who.place.number, self._chances)
        values["wrong_number"] = wrong_house
        values["wrong_address"] = f"{wrong_house} {who.place.street}"
        return values

    def _greeting(self) -> str:
        hour = self._persona.now.hour
        part = "morning" if hour < _NOON else "afternoon" if hour < _EVENING else "evening"
        template = self._chances.choice(wordings()["openings"]["hello"])
        return grammar.expand(template, {"daypart": part}, self._chances)

    def _code(self, code: str) -> str:
        if not self._persona.spoken:
            return self._chances.choice((code, f"{code[:3]} {code[3:]}", code))
        said = spoken.digit_words(code, self._chances)
        halves = [spoken.digit_words(part, self._chances) for part in (code[:3], code[3:])]
        return self._chances.choice((said, ", ".join(halves)))

    def wrong_code(self) -> str:
        """A booking code that is not quite the persona's."""
        booked = self._persona.appointment
        return self._code(_other_digit(booked.code if booked else "000000", self._chances))

    def _plain(self, key: str, values: Mapping[str, str]) -> str:
        section, _, name = key.partition(".")
        known = self.values() | dict(values)
        templates = [one for one in wordings()[section][name] if grammar.slots(one) <= known.keys()]
        return grammar.expand(self._chances.choice(templates), known, self._chances)

    def _one_of(self, templates: Sequence[str]) -> str:
        return grammar.expand(self._chances.choice(templates), {}, self._chances)

    def _aside(self, name: str, share: float) -> str:
        return self._chances.choice(wordings()["asides"][name]) if self._luck(share) else ""

    def _luck(self, share: float) -> bool:
        return self._chances.random() < share


def _bare(hour: int, *, words: bool) -> str:
    twelve = hour % _NOON or _NOON
    return spoken.number(twelve) if words else str(twelve)


def _other_digit(text: str, chances: random.Random) -> str:
    """The same with another last digit."""
    at = max(index for index, one in enumerate(text) if one.isdigit())
    other = chances.choice([one for one in "123456789" if one != text[at]])
    return text[:at] + other + text[at + 1 :]
