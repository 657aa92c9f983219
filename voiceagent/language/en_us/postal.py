"""Reading the parts of a postal address from words: street, unit, city, state, ZIP.

Each reader looks at one place and returns what it read with the index after it, or ``None``.
`addresses` puts the parts together.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from voiceagent.language.en_us.cities import CITIES
from voiceagent.language.en_us.digits import DigitRun, spoken_digits
from voiceagent.language.en_us.lexicon import (
    is_typed_number,
    ordinal,
    vocabulary,
    words,
)
from voiceagent.language.en_us.numbers import say_ordinal
from voiceagent.language.en_us.streets import (
    BARE_STREETS,
    DIRECTIONS,
    STATES,
    SUFFIXES,
    UNITS_OF_BUILDINGS,
)

_STATE_NAMES = {tuple(name.lower().split()): name for name in STATES.values()}
_STATE_CODES = {code.lower(): name for code, name in STATES.items()}
_CODES_THAT_ARE_WORDS = frozenset(
    {"in", "or", "me", "hi", "ok", "oh", "la", "ma", "pa", "de", "id"}
)
_ROUTES = {"state route": "State Route", "county road": "County Road", "route": "Route",
           "rural route": "Rural Route", "r r": "Rural Route", "rr": "Rural Route",
           "us highway": "US Highway", "us route": "US Route", "highway": "Highway"}  # fmt: skip
STOP = vocabulary("""
    a about after am an and are at because before but by call called can could do does dollars
    don't for from gate had has have her hi him his i i'd i'll i'm i've if in is isn't it it's
    just my near need no not number of off ok okay on or our people phone please pm said so than
    thank thanks that that's the their then there there's they this to today tomorrow tonight
    units until was we were what when will with yeah yes you your hours minutes days years
    morning afternoon evening o'clock dot going feet degrees times apartment apt suite ste unit
    hundred thousand right correct wait i me book go ahead would be zip zipcode
""")
_LETTER_SOUNDS = {"bee": "b", "be": "b", "sea": "c", "see": "c", "dee": "d", "gee": "g", "jay": "j"}
_MAX_NAME = 4
_MOST_UNIT_WORDS = 6
_MAX_CITY = 3
_ZIP, _ZIP_PLUS = 5, 9
_ANYWHERE = {tuple(city.lower().split()): city for city in CITIES}


@dataclass(frozen=True, slots=True)
class Street:
    """A street as read: `name` in title case, whether its kind is `certain`, and its end."""

    name: str
    certain: bool
    end: int


def known_phrases(phrases: Sequence[str]) -> dict[tuple[str, ...], str]:
    """Each known street or city by its words."""
    return {words(phrase): phrase for phrase in phrases}


def _title(tokens: Sequence[str]) -> str:
    return " ".join(word if word[:1].isdigit() else word[:1].upper() + word[1:] for word in tokens)


def _known_street(
    tokens: tuple[str, ...], at: int, known: dict[tuple[str, ...], str], *, suffix_less: bool
) -> Street | None:
    """A street of the business file at `at`, longest first; perhaps said without its suffix."""
    best: Street | None = None
    for phrase, name in known.items():
        said = tokens[at : at + len(phrase)]
        written = (*said[:-1], SUFFIXES.get(said[-1], said[-1]).lower()) if said else ()
        if phrase in (said, written) and (best is None or at + len(phrase) > best.end):
            best = Street(name, certain=True, end=at + len(phrase))
    if best is not None or not suffix_less:
        return best
    for length in range(_MAX_NAME, 0, -1):
        said = tokens[at : at + length]
        fits = [
            name for phrase, name in known.items() if len(said) == length and phrase[:-1] == said
        ]
        if fits:
            only = fits[0] if len(fits) == 1 else _title(said)
            return Street(only, certain=len(fits) == 1, end=at + length)
    return None


def _numbered(tokens: tuple[str, ...], at: int) -> Street | None:
    """As in "fifth street", "twenty third avenue", "state route forty one"."""
    read = ordinal(tokens, at)
    if read is not None and read[1] < len(tokens) and tokens[read[1]] in SUFFIXES:
        value, end = read
        name = f"{value}{_ending(value)}" if value > 9 else say_ordinal(value).capitalize()  # noqa: PLR2004
        return Street(f"{name} {SUFFIXES[tokens[end]]}", certain=True, end=end + 1)
    for said, written in _ROUTES.items():  # a box on a rural route is its house number
        parts = tuple(said.split())
        after = at + len(parts)
        if tokens[at:after] == parts:
            run = next(iter(spoken_digits(" ".join(tokens[after : after + 3]))), None)
            if run is not None and run.start == 0:
                return Street(f"{written} {run.digits}", certain=True, end=after + run.end)
    return None


def _ending(value: int) -> str:
    if value % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")


def read_street(
    tokens: tuple[str, ...], at: int, known: dict[tuple[str, ...], str], *, after_number: bool
) -> Street | None:
    """The street at `at`: known, numbered, or any name with a suffix.

    Args:
        tokens: the words.
        at: where to read.
        known: streets of the business file.
        after_number: a house number came right before, so a known street may lack its suffix.
    """
    while after_number and at < len(tokens) and tokens[at] in ("on", "at"):
        at += 1
    lead = ""
    led = at + 1 < len(tokens) and tokens[at] in DIRECTIONS
    if led and (tokens[at + 1] not in SUFFIXES or _titled(tokens, at + 1)):
        lead, at = DIRECTIONS[tokens[at]] + " ", at + 1
    street = _known_street(tokens, at, known, suffix_less=False) or _numbered(tokens, at)
    street = street or _kind_first(tokens, at)
    street = street or _suffixed(tokens, at)  # what is said with its kind is what it says it is
    if street is None and after_number:
        street = _known_street(tokens, at, known, suffix_less=True)
    if street is None:
        street = _bare_street(tokens, at)
    if street is None:
        return None
    end, tail = street.end, ""
    if end < len(tokens) and tokens[end] in DIRECTIONS and len(tokens[end]) > 1:
        follows = tokens[end + 1 : end + 2]
        if not follows or follows[0] in UNITS_OF_BUILDINGS:
            tail, end = " " + DIRECTIONS[tokens[end]], end + 1
    return Street(lead + street.name + tail, certain=street.certain, end=end)


def _bare_street(tokens: tuple[str, ...], at: int) -> Street | None:
    """A street that needs no kind: "broadway", "the esplanade"."""
    named = at + (tokens[at : at + 1] == ("the",))
    if tokens[named : named + 1] and tokens[named] in BARE_STREETS:
        return Street(_title(tokens[at : named + 1]), certain=True, end=named + 1)
    return None


def _kind_first(tokens: tuple[str, ...], at: int) -> Street | None:
    """As in "avenue of the pines", "boulevard of roses": the kind, "of", and one word."""
    if (
        tokens[at : at + 1] == ()
        or tokens[at] not in SUFFIXES
        or tokens[at + 1 : at + 2] != ("of",)
    ):
        return None
    end = at + 2 + (tokens[at + 2 : at + 3] == ("the",))
    if end >= len(tokens) or tokens[end] in STOP or not tokens[end][0].isalpha():
        return None
    between = " ".join(tokens[at + 1 : end])
    return Street(
        f"{SUFFIXES[tokens[at]]} {between} {_title([tokens[end]])}", certain=True, end=end + 1
    )


_TITLES = frozenset({"dr", "st", "rev"})
"""Of who a street is called after; the first two are kinds of streets as well."""

_OF_A_NAME = _TITLES | {"jr", "sr"}
_KINDS_OF_ROADS = frozenset({"Avenue", "Boulevard", "Court", "Drive", "Highway", "Lane", "Parkway",
                             "Place", "Road", "Street", "Way"})  # fmt: skip


def _titled(tokens: tuple[str, ...], at: int) -> bool:
    """Whether a title begins a street's name at `at`: behind it are a name and a kind of road."""
    named = _suffixed(tokens, at + 1) if tokens[at] in _TITLES else None
    return named is not None and named.name.rpartition(" ")[2] in _KINDS_OF_ROADS


def _suffixed(tokens: tuple[str, ...], at: int) -> Street | None:
    """One to four words and a suffix: "martin luther king drive"; a title and "jr" are no more."""
    added = len(_OF_A_NAME.intersection(tokens[at : at + _MAX_NAME + 1]))
    for end in range(at, min(len(tokens), at + _MAX_NAME + 1 + added)):
        word = tokens[end]
        if word in SUFFIXES and end > at:
            name = _title([*tokens[at:end], SUFFIXES[word]])
            return Street(name, certain=True, end=end + 1)
        if word in STOP or (not word[0].isalpha() and ordinal(tokens, end) is None):
            return None
    return None


def read_unit(
    tokens: tuple[str, ...], at: int, stops: Collection[int] = ()
) -> tuple[str, int] | None:
    """As in "apartment four b", "suite two hundred", "lot b" -> ("Apt 4B", next index).

    Args:
        tokens: the words.
        at: where to read.
        stops: words at which the number or letter of a part begins anew, or behind a comma.
    """
    if at >= len(tokens) or tokens[at] not in UNITS_OF_BUILDINGS:
        return None
    kind, at = UNITS_OF_BUILDINGS[tokens[at]], at + 1
    if at < len(tokens) and tokens[at] in ("number", "is"):
        at += 1
    last = min(stop for stop in (*stops, at + _MOST_UNIT_WORDS) if stop > at)
    run = next(iter(spoken_digits(" ".join(tokens[at:last]))), None)
    digits = ""
    if run is not None and run.start == 0:
        digits, at = run.digits, at + run.end
    letter = ""
    if at < len(tokens) and at not in stops:
        letter = _LETTER_SOUNDS.get(tokens[at], tokens[at])
    if len(letter) == 1 and letter.isalpha():
        return f"{kind} {digits}{letter.upper()}", at + 1
    return (f"{kind} {digits}", at) if digits else None


_DESIGNATORS = {"rear": "Rear", "upper": "Upper", "lower": "Lower", "upstairs": "Upper",
                "downstairs": "Lower", "basement": "Basement", "front": "Front"}  # fmt: skip
"""Parts of a house that have no number (Publication 28, appendix C2)."""

_OF_A_PART = frozenset({"apartment", "apt", "unit", "house", "flat"})


def read_part(
    tokens: tuple[str, ...], at: int, stops: Collection[int] = ()
) -> tuple[str, int] | None:
    """As in "12 elm street rear", "upper unit": the part and the next index; it ends what is said.

    Args:
        tokens: the words.
        at: where to read, right behind a street.
        stops: words at which another part begins.
    """
    part = _DESIGNATORS.get(tokens[at]) if at < len(tokens) else None
    end = at + 1 + (tokens[at + 1 : at + 2] != () and tokens[at + 1] in _OF_A_PART)
    return (part, end) if part and (end >= len(tokens) or end in stops) else None


def read_city(
    tokens: tuple[str, ...], at: int, known: dict[tuple[str, ...], str], *, unknown_too: bool
) -> tuple[str, int] | None:
    """A city at `at`: one of `known`, or (`unknown_too`) up to three words that a state follows."""
    if at < len(tokens) and tokens[at] in ("in", "city"):
        at += 1
    for length in range(_MAX_CITY, 0, -1):
        name = known.get(tokens[at : at + length])
        if name is not None:
            return name, at + length
    if not unknown_too:
        return None
    of_state = read_state(tokens, at, after_city=False)
    for end in range(at + 1, min(at + _MAX_CITY, len(tokens) - 1) + 1):
        named = STOP.isdisjoint(tokens[at:end]) and all(w[0].isalpha() for w in tokens[at:end])
        named = named and not _is_a_number(tokens[at:end])
        # a state's name is a city's only before a state: "washington dc", "new york new york"
        a_city = of_state is None or of_state[1] == end
        if named and a_city and _state_follows(tokens, end):
            return _title(tokens[at:end]), end
    for length in range(_MAX_CITY, 0, -1):
        name = _ANYWHERE.get(tokens[at : at + length])
        if name is not None and of_state is None:
            return name, at + length
    return None


def _is_a_number(said: tuple[str, ...]) -> bool:
    """Whether words are a number and nothing else: "four five five oh three" names no city."""
    runs = spoken_digits(" ".join(said))
    return len(runs) == 1 and (runs[0].start, runs[0].end) == (0, len(said))


def _state_follows(tokens: tuple[str, ...], at: int) -> bool:
    """Whether a state is at `at`; a code that is a word must end the text or precede a ZIP code."""
    if read_state(tokens, at, after_city=False) is not None:
        return True
    last = at + 1 == len(tokens) or bool(spoken_digits(tokens[at + 1]))
    return last and read_state(tokens, at, after_city=True) is not None


def read_state(tokens: tuple[str, ...], at: int, *, after_city: bool) -> tuple[str, int] | None:
    """A state at `at`; codes that are also words ("oh", "in") only `after_city`."""
    for length in (3, 2, 1):
        name = _STATE_NAMES.get(tokens[at : at + length])
        if name is not None:
            return name, at + length
    code = tokens[at] if at < len(tokens) else ""
    ends = at + 1 >= len(tokens) or bool(spoken_digits(tokens[at + 1]))
    a_word = code in _CODES_THAT_ARE_WORDS and not (after_city and (ends or code == "oh"))
    if code in _STATE_CODES and not a_word:
        return _STATE_CODES[code], at + 1
    return None


def zip_in(runs: Sequence[DigitRun], tokens: tuple[str, ...], start: int) -> str | None:
    """The ZIP code among `runs` from word `start` on: five or nine digits, perhaps after "OH"."""
    for run in runs:
        digits = run.digits
        if run.start < start:
            continue
        if len(digits) in (_ZIP + 1, _ZIP_PLUS + 1) and tokens[run.start] == "oh":
            digits = digits[1:]
        if len(digits) == _ZIP:
            return digits
        if len(digits) == _ZIP_PLUS:
            return f"{digits[:_ZIP]}-{digits[_ZIP:]}"
    return None


def zip_called_so(runs: Sequence[DigitRun], tokens: tuple[str, ...]) -> str | None:
    """The ZIP code that is called one, wherever it stands: "45505 is the zip", "zip code 45505"."""
    for run in runs:
        before, behind = tokens[max(0, run.start - 3) : run.start], tokens[run.end : run.end + 3]
        named = behind[:1] in _IS and not _CALLED_ZIP.isdisjoint(behind[1:])
        while before and before[-1] in _LEADS_TO_A_ZIP:
            before = before[:-1]
        if named or (bool(before) and before[-1] in _CALLED_ZIP):
            return zip_in([run], tokens, run.start)
    return None


_CALLED_ZIP = frozenset({"zip", "zipcode", "postal"})
_IS = frozenset({("is",), ("would",), ("as",)})
_LEADS_TO_A_ZIP = frozenset({"is", "code", "s"})


def typed(tokens: tuple[str, ...]) -> bool:
    """Whether somebody typed digits."""
    return any(is_typed_number(word) for word in tokens)
