"""What one text says of an address: our own reader, and `usaddress` for typed text.

Our reader comes first because it knows the business's streets and how people say numbers;
`usaddress`, a trained parser of written addresses, reads what it cannot.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import usaddress

from voiceagent.language.en_us.address_rows import (
    address_runs,
    comma_breaks,
    is_units_number,
    without_denied,
    without_own_places,
)
from voiceagent.language.en_us.digits import DigitRun, spoken_digits
from voiceagent.language.en_us.house_numbers import HALF, plain_numbers
from voiceagent.language.en_us.lexicon import TEENS, UNITS, is_typed_number, vocabulary, words
from voiceagent.language.en_us.postal import (
    STOP,
    Street,
    known_phrases,
    read_city,
    read_part,
    read_state,
    read_street,
    read_unit,
    typed,
    zip_called_so,
    zip_in,
)
from voiceagent.language.en_us.streets import DIRECTIONS, SUFFIXES, UNITS_OF_BUILDINGS

_MAX_HOUSE_NUMBER = 6
_ZIP_LENGTH = 5
_ZIP_LENGTHS = frozenset({_ZIP_LENGTH, 9})
_PHONE_LENGTH = 10
_HOUSE_LETTERS = "abcdfghjk"
"""Letters behind a house number; others are compass points, or too like words of their own."""

_HASH_UNIT = re.compile(r"#\s*(?=\w)")
_ANY_NUMBER = re.compile(r"\d+")
_NEVER_IN_STREETS = STOP - {
    "of",
    "the",
    "and",
    "at",
    "hundred",
    "thousand",
    "times",
    "right",
    "book",
}
"""Everyday words that no street's name holds."""

_MONEY = frozenset({"dollar", "dollars", "buck", "bucks", "cents", "percent", "grand"})
_EVERYDAY_KINDS = frozenset({"way", "run", "drive", "place", "trail", "square", "circle", "court"})
_COUNTS = vocabulary("""
    a an about almost nearly around over under have has had have got are were waited than only
    another these those says reads age aged turned like every each all both
""")
"""Words before a number that counts or measures."""

_BEHIND_A_STREET = (
    (STOP - {"in", "units", "off", "going", "times"})
    | UNITS_OF_BUILDINGS.keys()
    | DIRECTIONS.keys()
)
_CALLED_ZIP = frozenset({"zip", "code", "postal"})
_LOTS = frozenset({"Lot", "Trailer", "Space", "Box"})
_SITE = re.compile(
    r"\b(?:lot|trailer|space) (?:number )?\w+,? (?:in |at |of )?(?:the )?"
    r"((?:[a-z']+ ){1,5}?(?:mobile home park|trailer park|park|estates|village|community))\b",
    re.IGNORECASE,
)
_STREET_LABELS = (
    "StreetNamePreDirectional",
    "StreetNamePreType",
    "StreetName",
    "StreetNamePostType",
    "StreetNamePostDirectional",
)


@dataclass(frozen=True, slots=True)
class AddressParts:
    """What one text says of an address; ``None`` is not said."""

    number: str | None = None
    street: str | None = None
    certain: bool = True
    unit: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None


@dataclass(frozen=True, slots=True)
class _Said:
    """What is read: the words, their rows of digits, where parts end, and the places known."""

    tokens: tuple[str, ...]
    runs: tuple[DigitRun, ...]
    stops: frozenset[int]
    streets: dict[tuple[str, ...], str]
    cities: dict[tuple[str, ...], str]


def _first_street(
    said: _Said,
) -> tuple[str | None, str, bool, int] | None:
    """(number, street, certain, end) of the last house number with a street, or of a street."""
    tokens, runs, known = said.tokens, said.runs, said.streets
    for run in (part for whole in reversed(runs) for part in _readings(tokens, whole)):
        number = house_number(tokens, run)
        found = _street_of(tokens, run, known) if number else None
        if found is not None and _is_a_count(said, run, found[0]):
            continue
        if found is not None and is_units_number(tokens, run):
            return None, found[0].name, found[0].certain, found[0].end
        if found is not None:
            at_number, more = found
            return f"{number}{more}", at_number.name, at_number.certain, at_number.end
    for at in range(len(tokens)):
        street = read_street(tokens, at, known, after_number=False)
        if street is not None and not said.stops.isdisjoint(range(at + 1, street.end)):
            continue  # "Springfield, High Street": a comma parts the town from the street
        denied = at > 0 and tokens[at - 1] == "not"
        told = street is not None and street.certain and _is_numbered(tokens, street.end)
        needs_none = street is not None and (told or _needs_no_number(street, tokens, at, known))
        if street is not None and not denied and needs_none:
            return _number_after(tokens, runs, street.end), street.name, True, street.end
    return None


def _is_a_count(said: _Said, run: DigitRun, street: Street) -> bool:
    """Whether the number counts what follows: "a 10 minute drive", "2 main units".

    A known street proves itself by its kind ("main street"); said without it, by being the end of
    what is said of the place. Any other is a count where a word for having or measuring precedes
    the number and its last word is an everyday one.
    """
    tokens, end = said.tokens, street.end
    before = tokens[run.start - 1] if run.start else ""
    kind = tokens[end - 1]
    if kind in SUFFIXES or kind in DIRECTIONS or not _is_known(street.name, said.streets):
        told = _is_known(street.name, said.streets) or kind not in _EVERYDAY_KINDS
        return not told and before in _COUNTS
    if before in ("at", "address") or end >= len(tokens) or end in said.stops:
        return before in _COUNTS
    follows = read_city(tokens, end, said.cities, unknown_too=True) or read_state(
        tokens, end, after_city=False
    )
    goes_on = tokens[end] in _BEHIND_A_STREET or bool(spoken_digits(tokens[end]))
    return before in _COUNTS or not (goes_on or follows)


def _readings(tokens: tuple[str, ...], run: DigitRun) -> tuple[DigitRun, ...]:
    """A run that may be a house number and the first word of a street ("10 two mile lane").

    Nobody types a number's first half and spells the rest, nor says 102 as "ten two".
    """
    first, *rest = tokens[run.start : run.end]
    number = first if is_typed_number(first) else str(TEENS.get(first, ""))
    if len(rest) == 1 and first in UNITS and _counts_in_a_name(tokens, run.end, rest[0]):
        number = str(UNITS[first])
    if len(rest) != 1 or rest[0] not in UNITS or not number:
        return (run,)
    return (DigitRun(number, run.start, run.start + 1), run)


def _counts_in_a_name(tokens: tuple[str, ...], end: int, last: str) -> bool:
    """Whether a number word before `end` counts what the street is called by: "nine Four Seasons".

    Of two words said as digits only, so that "nine four Oak Street" stays number 94.
    """
    noun = tokens[end] if end < len(tokens) else ""
    plural = noun.endswith("s") and not noun.endswith("ss") and noun not in SUFFIXES
    return plural and UNITS.get(last, 0) > 1


def _street_of(
    tokens: tuple[str, ...], run: DigitRun, known: dict[tuple[str, ...], str]
) -> tuple[Street, str] | None:
    """The street after a house number, and what still belongs to the number: a half, a letter."""
    if tokens[run.end : run.end + len(HALF)] == HALF:
        street = read_street(tokens, run.end + len(HALF), known, after_number=True)
        return (street, " 1/2") if street is not None else None
    street = read_street(tokens, run.end, known, after_number=True)
    if street is not None:
        return street, ""
    letter = tokens[run.end] if run.end < len(tokens) else ""
    if len(letter) != 1 or letter not in _HOUSE_LETTERS:
        return None
    street = read_street(tokens, run.end + 1, known, after_number=True)
    return (street, letter.upper()) if street is not None and street.certain else None


def house_number(tokens: tuple[str, ...], run: DigitRun) -> str | None:
    """The house number in a run, which may follow a whole phone number in one breath."""
    digits = run.digits
    if len(digits) > _PHONE_LENGTH:
        digits = digits[_PHONE_LENGTH + (digits[0] == "1") :]
    if len(digits) > _MAX_HOUSE_NUMBER or (run.start > 0 and tokens[run.start - 1] == "not"):
        return None
    return digits.lstrip("0") or None


def _is_numbered(tokens: tuple[str, ...], end: int) -> bool:
    """Whether "number" and one follow a street: "villa road, number sixty nine"."""
    return tokens[end : end + 1] == ("number",) and bool(
        spoken_digits(" ".join(tokens[end + 1 : end + 3]))
    )


def _needs_no_number(
    street: Street, tokens: tuple[str, ...], at: int, known: dict[tuple[str, ...], str]
) -> bool:
    """A street we know, a rural route, or the one that a lot lies on ("lot 14 on dayton road")."""
    lot = at > 0 and tokens[at - 1] == "on" and stands_for_a_number(_unit_before(tokens[:at]))
    return lot or street.name.startswith("Rural Route") or _is_known(street.name, known)


def _is_known(street: str, known: dict[tuple[str, ...], str]) -> bool:
    bare = words(street)
    return bare in known or (bool(bare) and bare[0] in DIRECTIONS and bare[1:] in known)


_COUNTED = vocabulary("""
    degrees dollars bucks percent minutes minute hours hour days day weeks week months month years
    year miles feet people kids dogs cats units rooms times
""")
"""What a number before it counts: "oak street, it's eighty five degrees in here"."""


def _number_after(tokens: tuple[str, ...], runs: Sequence[DigitRun], end: int) -> str | None:
    """As in "oak street [number] one twenty three"."""
    for run in runs:
        gap = set(tokens[end : run.start])
        near = run.start >= end and gap <= {"number", "house", "the", "is", "at", "it's", "and"}
        counts = tokens[run.end : run.end + 1] and tokens[run.end] in _COUNTED
        if near and not counts and len(run.digits) < _ZIP_LENGTH:
            return run.digits.lstrip("0") or None
    return None


def _own(
    text: str, streets: Sequence[str], cities: Sequence[str], zips: Collection[str]
) -> AddressParts:
    """Everything our reader finds in `text`."""
    written = plain_numbers(_HASH_UNIT.sub("unit ", text))
    tokens, runs = words(written.text), address_runs(written.text, zips)
    stops = comma_breaks(written.text) | {run.start for run in runs}
    said = _Said(tokens, runs, stops, known_phrases(streets), known_phrases(cities))
    found = _first_street(said)
    number, street, certain, end = found or (None, None, True, 0)
    code = zip_in(runs, tokens, end) or zip_called_so(runs, tokens)
    last = _behind_zip(runs, end) if street is not None and number else len(tokens)
    unit, city, state = _surroundings(tokens[:last], end, said.cities, stops)
    if unit is None and street is not None:
        unit = _unit_before(tokens[:end], stops)
    number = written.houses.get(number, number) if number else None
    if unit is not None:
        kind, _, digits = unit.partition(" ")
        unit = f"{kind} {written.units.get(digits, digits)}".strip() + _site(text, unit)
    if street is None and city is None:
        state = None
    if code in zips:
        state = None  # where it lies is known, whoever "Georgia" is
    if code == number and state is None and not _CALLED_ZIP.intersection(tokens):
        code = None  # the house number said once more
    return AddressParts(number, street, certain, unit, city, state, code)


def _behind_zip(runs: Sequence[DigitRun], start: int) -> int:
    """Where the words behind an address begin: its ZIP code ends it."""
    codes = (run.end for run in runs if run.start >= start and len(run.digits) in _ZIP_LENGTHS)
    return next(codes, sys.maxsize)


def _site(text: str, unit: str) -> str:
    """The park or estate in which a lot lies, as ", Sunny Acres Mobile Home Park"."""
    site = _SITE.search(text) if stands_for_a_number(unit) else None
    return f", {site[1].title()}" if site is not None else ""


def stands_for_a_number(unit: str | None) -> bool:
    """Whether a unit is found without a house number: a lot of a park, a box on a rural route."""
    return unit is not None and unit.split()[0] in _LOTS


def _unit_before(tokens: tuple[str, ...], stops: Collection[int] = ()) -> str | None:
    """As in "apartment twelve c, one twenty three oak street", or "unit b, 5 dayton road".

    A letter alone is a unit's where what follows begins anew.
    """
    read = filter(None, (read_unit(tokens, at, stops) for at in range(len(tokens))))
    fits = (unit for unit, end in read if _ANY_NUMBER.search(unit) or end in stops)
    return next(fits, None)


def _surroundings(
    tokens: tuple[str, ...], at: int, known: dict[tuple[str, ...], str], stops: Collection[int]
) -> tuple[str | None, str | None, str | None]:
    """(unit, city, state) from word `at` on. A city we do not know must be next, or follow "in".

    A state's letters must be next as well, and end what is said of the place: "Al Low" is a person.
    """
    unit = city = state = None
    next_up = at > 0
    while at < len(tokens):
        read = read_unit(tokens, at, stops) if unit is None else None
        read = read or (read_part(tokens, at, stops) if unit is None and next_up else None)
        if read is not None:
            unit, at = read
            continue
        next_up = next_up or tokens[at] == "in"
        read = read_city(tokens, at, known, unknown_too=next_up) if city is None else None
        if read is not None:
            city, at = read
            next_up = True
        read = read_state(tokens, at, after_city=city is not None) if state is None else None
        if read is not None and (next_up or read[1] - at > 1 or len(tokens[at]) > _LETTERS):
            ends = read[1] >= len(tokens) or read[1] in stops or tokens[read[1]] in STOP
            if ends or len(tokens[at]) > _LETTERS:
                state, at = read
                continue
        next_up = False
        at += 1
    return unit, city, state


_LETTERS = 2
"""Of a state's code."""


def _library(text: str) -> AddressParts:
    """What `usaddress` finds in typed text, from the first house number on."""
    start = _ANY_NUMBER.search(text)
    if start is None or not _COUNTS.isdisjoint(words(text[: start.start()])[-1:]):
        return AddressParts()
    try:
        tagged, _kind = usaddress.tag(text[start.start() :])
    except usaddress.RepeatedLabelError:
        return AddressParts()
    street = " ".join(
        DIRECTIONS.get(part.lower().strip("."), SUFFIXES.get(part.lower().strip("."), part.title()))
        for key in _STREET_LABELS
        for part in tagged.get(key, "").split()
    )
    place = tagged.get("PlaceName")
    placed = place is not None and ("StateName" in tagged or "ZipCode" in tagged)
    number = tagged.get("AddressNumber", "")
    kind = tagged.get("StreetNamePostType", "").lower().strip(" .,")
    typed_street = bool(kind) and kind not in _NEVER_IN_STREETS
    if not number.isdecimal() or not street or not (placed or typed_street):
        return AddressParts()
    if not (_NEVER_IN_STREETS | _MONEY).isdisjoint(words(street)):
        return AddressParts()  # "104 in here, my mother is confused": no street has such a name
    codes = words(tagged.get("StateName", ""))
    state = read_state(codes, 0, after_city=True)
    return AddressParts(
        number=number,
        street=street,
        city=place.strip(",. ").title() if place and placed else None,
        state=state[0] if state else None,
        zip=tagged.get("ZipCode"),
    )


def read_parts(
    text: str, streets: Sequence[str], cities: Sequence[str], zips: Collection[str] = ()
) -> AddressParts:
    """Everything `text` says of an address, but for what it denies; never raises."""
    text = without_denied(text)
    if (others := without_own_places(text)) != text:
        elsewhere = _own(others, streets, cities, zips)
        if elsewhere.street and elsewhere.number:
            return elsewhere  # of two places the visit is where the caller does not live
    own = _own(text, streets, cities, zips)
    if own.street and (own.number or stands_for_a_number(own.unit)):
        return own
    if typed(words(text)) and not (own.street and own.unit):
        library = _library(text)
        if library.number:
            return replace(library, unit=own.unit)
    return own
