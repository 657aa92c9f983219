"""Postal addresses of the United States, spoken and written."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from voiceagent.language.en_us.address_parts import (
    house_number,
    read_parts,
    stands_for_a_number,
)
from voiceagent.language.en_us.digits import DigitRun, spoken_digits
from voiceagent.language.en_us.lexicon import words
from voiceagent.language.en_us.postal import read_street
from voiceagent.language.en_us.streets import SUFFIXES

_BEFORE_THE_NUMBER_ONE = frozenset({"", "be", "house", "is", "it's", "no", "number", "to"})
_AFTER_A_NUMBER = frozenset(
    {
        *(
            "not",
            "instead",
            "no",
            "sorry",
            "please",
            "actually",
            "is",
            "and",
            "the",
            "it's",
            "that's",
        ),
        *("i", "in", "on", "rather", "thanks", "thank", "right", "sir", "ma'am"),
    }
)
_BEFORE_SUFFIX = frozenset({"no", "not", "is", "it's", "the", "a", "i", "said", "sorry", "street"})


@dataclass(frozen=True, slots=True)
class AddressHeard:
    """An address as far as it was heard.

    Attributes:
        number: house number in digits, "" when unheard.
        street: with its suffix written out ("Oak Street"), "" when unheard.
        unit: "Apt 4B", or ``None``.
        city: heard, or the default.
        state: full name, heard or the default.
        zip: "45501" or "45501-1234", or ``None``.
        complete: number and an unmistakable street are there.
    """

    number: str
    street: str
    unit: str | None
    city: str
    state: str
    zip: str | None
    complete: bool

    @property
    def located(self) -> bool:
        """Whether a visit finds it: a street with a house number, or with a lot or box on it."""
        return bool(self.street) and bool(self.number or stands_for_a_number(self.unit))

    @property
    def text(self) -> str:
        """One line: "123 Oak Street, Apt 4B, Springfield, Ohio 45501"."""
        house = " ".join(part for part in (self.number, self.street) if part)
        region = " ".join(part for part in (self.state, self.zip) if part)
        return ", ".join(part for part in (house, self.unit, self.city, region) if part)


def hear_address(
    text: str,
    *,
    known_streets: Sequence[str],
    known_cities: Sequence[str],
    default_city: str,
    default_state: str,
    known_zips: Collection[str] = (),
) -> AddressHeard | None:
    """The address in `text`, or ``None`` when no street is named; never raises.

    Args:
        text: recogniser words or typed text.
        known_streets: streets with suffix as the business file writes them; they may be said
            without suffix when only one of them has that name.
        known_cities: cities as written.
        default_city: used when none is said.
        default_state: likewise, full name.
        known_zips: ZIP codes that are served, to be told from a number that is said before them.
    """
    parts = read_parts(text, known_streets, known_cities, known_zips)
    if parts.street is None:
        return None
    return AddressHeard(
        number=parts.number or "",
        street=parts.street,
        unit=parts.unit,
        city=parts.city or default_city,
        state=parts.state or default_state,
        zip=parts.zip,
        complete=bool(parts.number or stands_for_a_number(parts.unit)) and parts.certain,
    )


def correct_address(
    old: AddressHeard,
    text: str,
    *,
    known_streets: Sequence[str] = (),
    known_cities: Sequence[str] = (),
) -> AddressHeard | None:
    """`old` with what `text` says differently, or ``None`` when it says nothing of an address.

    "no, oak lane" changes the street, "one twenty four" the number, "it's in enon" the city,
    "apartment four b" the unit, "four five five oh two" the ZIP code; several may come at once.
    "no lane" changes the suffix only.
    """
    parts = read_parts(text, [*known_streets, old.street], known_cities)
    street, certain = parts.street, parts.certain
    tokens, runs = words(text), spoken_digits(text)
    if street is None:
        street = _other_street(tokens, old.street, known_streets)
    number = parts.number
    lone = [
        run.digits
        for run in runs
        if house_number(tokens, run) == run.digits and not _stands_for_a_noun(tokens, run)
    ]
    if number is None and parts.unit is None and parts.zip is None and lone:
        number = lone[-1]
    if not any((number, street, parts.unit, parts.city, parts.state, parts.zip)):
        return None
    new = replace(
        old,
        number=number or old.number,
        street=street or old.street,
        unit=parts.unit or old.unit,
        city=parts.city or old.city,
        state=parts.state or old.state,
        zip=parts.zip or old.zip,
    )
    kind_known = certain if parts.street else (bool(street) or old.complete or not old.number)
    return replace(new, complete=new.located and kind_known)


def _stands_for_a_noun(tokens: tuple[str, ...], run: DigitRun) -> bool:
    """As in "the first one", "the morning one"; as a number, "one" has little before it."""
    before = tokens[run.start - 1] if run.start else ""
    following = tokens[run.end] if run.end < len(tokens) else ""
    if following and following not in _AFTER_A_NUMBER:
        return True  # "four days", "2 dogs", "3 kids"
    return tokens[run.start : run.end] == ("one",) and before not in _BEFORE_THE_NUMBER_ONE


def _other_street(tokens: tuple[str, ...], old: str, known: Sequence[str]) -> str | None:
    """As in "no, lane" against the old street, "no, maple" against the known ones."""
    *stem, kind = old.split() or [""]
    if kind not in SUFFIXES.values():
        stem = [*stem, kind]
    for at, word in enumerate(tokens):
        if word not in SUFFIXES or (at > 0 and tokens[at - 1] == "not"):
            continue
        if word == "st" and not _AFTER_A_NUMBER.issuperset(tokens[at + 1 : at + 2]):
            continue  # "Ted St. James"
        named = read_street(tokens, at - 1, {}, after_number=False) if at > 0 else None
        if named is not None and tokens[at - 1] not in _BEFORE_SUFFIX:
            return named.name
        ends = (_AFTER_A_NUMBER | SUFFIXES.keys()).issuperset(tokens[at + 1 :])
        if ends and any(stem) and (at == 0 or tokens[at - 1] in _BEFORE_SUFFIX):
            return " ".join([*stem, SUFFIXES[word]])  # "no, lane", not "that's way too much"
    said = tuple(word for word in tokens if word not in _BEFORE_SUFFIX)
    fits = [street for street in known if said and words(street)[:-1] == said]
    return fits[0] if len(fits) == 1 else None
