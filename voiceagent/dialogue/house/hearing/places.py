"""The address of a visit, in one turn or in pieces, said first or put right."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.facts import Facts
from voiceagent.dialogue.house.hearing.corrections import correct_phone, wrong_digits
from voiceagent.domain.business import Business
from voiceagent.language.en_us.address_rows import without_denied
from voiceagent.language.en_us.addresses import AddressHeard, correct_address, hear_address
from voiceagent.language.en_us.dates import hear_date
from voiceagent.language.en_us.dayparts import hear_daypart
from voiceagent.language.en_us.digits import spoken_digits
from voiceagent.language.en_us.hours import hear_hours
from voiceagent.language.en_us.lexicon import words
from voiceagent.language.en_us.phones import hear_phone
from voiceagent.language.en_us.yes_no import YesNo, hear_yes_no

_REVIEWS = frozenset({Ask.READ_BACK, Ask.CHANGE})
_LONGEST_NUMBER = 6
_NATIONAL = 10

_ABOUT_PLACES = _REVIEWS | {Ask.ADDRESS}
"""Questions to which a number alone can be a house's; to others it is a price, a time, a place in
a list."""

_ANY_DAY = datetime(2025, 1, 1, 12, tzinfo=UTC)
"""Whether a day is named does not depend on which day it is."""

_NAMES_A_PERSON = re.compile(
    r"\b(?:my name|name's|name is|the name|(?:first|last) name|spelled)\b", re.IGNORECASE
)
_PLACE_WORDS = frozenset({"address", "building", "door", "house", "street"})


def hear_place(  # noqa: C901, PLR0911 - one return per case
    text: str, business: Business, ask: Ask, facts: Facts, *, corrects: bool
) -> AddressHeard | None:
    """The address a turn gives or changes; unfinished only where an address was asked for.

    Args:
        text: the caller's turn.
        business: for the streets and cities it knows, and its own city.
        ask: the open question.
        facts: what is known; a number or a street heard before is completed.
        corrects: whether the turn sounds like a correction.
    """
    if ask is Ask.NOTES and not corrects:
        return None
    if ask is Ask.ADDRESS and (picked := _picked(facts.address_choices, text)) is not None:
        return picked
    known = business.vocabulary
    heard = address_in(text, business)
    if heard is not None and heard.number and _all_of_the_phone(text, business.country):
        heard = None  # "my number is 937 555 0197, I lost it"
    about_phone = (
        facts.phone is not None
        and (facts.address is None or wrong_digits(text) != facts.address.number)
        and correct_phone(facts.phone, text) is not None
    )
    if heard is None and ask is Ask.ADDRESS and not about_phone:
        heard = _bare_number(without_denied(text), business)
    if heard is not None and facts.address is None and facts.address_part is not None:
        heard = _pieced(facts.address_part, heard)
    settled = facts.address is not None and ask not in _ABOUT_PLACES and not corrects
    if settled and not _speaks_of_places(text):
        return None  # "tonight 9 to 11 would be great"
    if heard is not None and heard.located:
        known_street = facts.address is not None and heard.street == facts.address.street
        mends = corrects or ask in _ABOUT_PLACES or known_street
        return _kept_region(facts.address, heard, text, business) if mends else heard
    if facts.address is None:
        return heard if ask is Ask.ADDRESS else None
    agrees = hear_yes_no(text) is YesNo.YES and not corrects
    named = _NAMES_A_PERSON.search(text) is not None and not _speaks_of_places(text)
    if about_phone or agrees or named or (not corrects and ask not in _REVIEWS):
        return None
    corrected = correct_address(
        facts.address, text, known_streets=known.streets, known_cities=known.cities
    )
    if corrected is not None and corrected.street.lower() == (facts.name or "").lower():
        return None  # "no, it's Stan Street": their name, said again
    if corrected is None or _is_of_the_place(text, facts.address):
        return corrected
    timed = hear_hours(text) is not None or hear_date(text, _ANY_DAY) is not None
    if ask in _ABOUT_PLACES and not timed and hear_daypart(text) is None:
        return corrected
    number_alone = corrected == replace(
        facts.address, number=corrected.number, complete=corrected.complete
    )
    return None if number_alone else corrected


def hear_places(text: str, business: Business, facts: Facts) -> tuple[AddressHeard, ...]:
    """The whole addresses of a turn that names several; which one is meant has to be asked.

    One that is said twice, put right or denied is no other one, and where the address is known
    nothing is asked.
    """
    if facts.address is not None or _TAKES_BACK.search(text) is not None:
        return ()
    heard = (address_in(part, business) for part in _BETWEEN_PLACES.split(text))
    whole = {(one.number, one.street): one for one in heard if one and one.number and one.located}
    return tuple(whole.values()) if len(whole) > 1 else ()


_TAKES_BACK = re.compile(
    r"\b(?:no|not|sorry|wait|actually|i mean|i meant|rather|scratch|instead|wrong|correction"
    r"|moved|used to)\b",
    re.IGNORECASE,
)
_BETWEEN_PLACES = re.compile(
    r"\s+(?:or|and|also|plus|then)\s+|[.;]\s+|,\s+(?=(?:the|my|our|one|another|other|i|we)\b)",
    re.IGNORECASE,
)


def address_in(
    text: str, business: Business, *, city: str = "", state: str = ""
) -> AddressHeard | None:
    """The address in a text, by the streets, cities and ZIP codes that a business knows.

    Args:
        text: a turn, or an address in one line.
        business: whose.
        city: used when none is said; the business's own by default.
        state: likewise.
    """
    known = business.vocabulary
    return hear_address(
        text,
        known_streets=known.streets,
        known_cities=known.cities,
        default_city=city or business.city,
        default_state=state or business.state,
        known_zips={code for area in business.areas for code in area.zips},
    )


def _kept_region(
    old: AddressHeard | None, new: AddressHeard, text: str, business: Business
) -> AddressHeard:
    """A street put right, in the town and with the ZIP code that were given, unless said anew."""
    if old is None:
        return new
    again = address_in(text, business, city=old.city, state=old.state) or new
    if (again.number, again.street) == (old.number, old.street):
        again = replace(again, unit=again.unit or old.unit)  # the same house, said once more
    same = (again.city, again.state) == (old.city, old.state)
    return replace(again, zip=again.zip or old.zip) if same else again


def _picked(choices: tuple[AddressHeard, ...], text: str) -> AddressHeard | None:
    """The one of the addresses asked about that is meant: by place, number or street."""
    said = set(words(text))
    digits = {run.digits for run in spoken_digits(text)}
    two = len(choices) == _TWO
    placed = [choices[at] for at, cues in _PLACES_OF_TWO if two and said & cues]
    named = [one for one in choices if set(words(one.street)[:-1]) <= said or one.number in digits]
    fits = placed or named
    return fits[0] if len(fits) == 1 else None


_TWO = 2
_PLACES_OF_TWO = (
    (0, frozenset({"first", "former"})),
    (1, frozenset({"second", "latter", "last", "other"})),
)


def _all_of_the_phone(text: str, country: str) -> bool:
    """Whether every digit of a turn belongs to one whole phone number."""
    phone = hear_phone(text, country=country)
    digits = "".join(run.digits for run in spoken_digits(text))
    return (
        phone is not None
        and phone.complete
        and phone.digits[-_NATIONAL:] == digits[-_NATIONAL:]
        and len(digits) <= _NATIONAL + 1
    )


def _speaks_of_places(text: str) -> bool:
    said = set(words(text))
    return not said.isdisjoint(_PLACE_WORDS) or "moved" in said


def _is_of_the_place(text: str, address: AddressHeard) -> bool:
    """Whether a number is said to be the address's: by a word for it, or against the old one."""
    takes_back = bool(address.number) and wrong_digits(text) == address.number
    return takes_back or not _PLACE_WORDS.isdisjoint(words(text))


def _bare_number(text: str, business: Business) -> AddressHeard | None:
    runs = spoken_digits(text)
    if len(runs) != 1 or len(runs[0].digits) > _LONGEST_NUMBER:
        return None
    number = runs[0].digits
    return AddressHeard(number, "", None, business.city, business.state, None, complete=False)


def _pieced(first: AddressHeard, second: AddressHeard) -> AddressHeard:
    """An address given in two turns: the number, then the street, or the other way round."""
    number, street = second.number or first.number, second.street or first.street
    return replace(
        second,
        number=number,
        street=street,
        unit=second.unit or _unit_apart(first, number),
        zip=second.zip or first.zip,
        complete=bool(number and street),
    )


def _unit_apart(first: AddressHeard, number: str) -> str | None:
    """The unit's own number, once the house number that was said in one go with it is known."""
    if first.unit is None or first.number:
        return first.unit
    shorter = first.unit.removesuffix(number)
    return shorter if shorter[-1:].isdigit() else first.unit
