"""Where somebody lives, named without an address: by its city or its ZIP code."""

from __future__ import annotations

from dataclasses import dataclass

from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.intents import Intent
from voiceagent.domain.areas import Reach, reach
from voiceagent.domain.business import Business
from voiceagent.language.en_us.cities import CITIES
from voiceagent.language.en_us.digits import spoken_digits
from voiceagent.language.en_us.lexicon import words

_ZIP_DIGITS = 5
_AT = frozenset({"in", "at", "to", "near", "around", "from", "by", "of", "zip", "code"})
_LONGEST_NAME = 3
_OF_A_PRICE = frozenset({Ask.WANT_BOOKING, Ask.GO_AHEAD})
"""To these a place that is named is one that the price is for."""


@dataclass(frozen=True, slots=True)
class BarePlace:
    """A city, a ZIP code of five digits, or both; what was not said is ""."""

    city: str
    zip: str
    state: str

    @property
    def text(self) -> str:
        """In one line, as addresses are written: ``South Vienna, Ohio 45369``."""
        place = ", ".join(filter(None, (self.city, self.state)))
        return " ".join(filter(None, (place, self.zip)))

    @property
    def name(self) -> str:
        """As it is said: the city, else the ZIP code."""
        return self.city or self.zip


def hear_bare_place(
    text: str, business: Business, ask: Ask, intents: frozenset[Intent]
) -> BarePlace | None:
    """The place that a price is asked for; ``None`` where no price is asked, or nowhere is named.

    Args:
        text: a turn without an address.
        business: for its cities and its own state.
        ask: the open question.
        intents: what the turn wants.
    """
    if Intent.PRICE not in intents and ask not in _OF_A_PRICE:
        return None
    tokens = words(text)
    code = next((run for run in spoken_digits(text) if _is_zip(run.digits, business, tokens)), None)
    city = _city(tokens, business)
    if code is None and not city:
        return None
    return BarePlace(city, code.digits if code is not None else "", business.state)


def is_out_of_reach(place: BarePlace, business: Business) -> bool:
    """Whether nobody comes there."""
    found = reach(business, zip_code=place.zip or None, city=place.city, state=place.state)
    return found is Reach.NOT_SERVED


def _is_zip(digits: str, business: Business, tokens: tuple[str, ...]) -> bool:
    if len(digits) != _ZIP_DIGITS:
        return False
    return any(digits in area.zips for area in business.areas) or "zip" in tokens


def _city(tokens: tuple[str, ...], business: Business) -> str:
    """The city behind a word for where; of the business's own cities and those that all know."""
    own = (*business.vocabulary.cities, *(one for area in business.areas for one in area.cities))
    known = {words(name): name for name in (*CITIES, *own)}
    for at in range(1, len(tokens)):
        if tokens[at - 1] not in _AT:
            continue
        for length in range(_LONGEST_NAME, 0, -1):
            if name := known.get(tokens[at : at + length]):
                return name
    return ""
