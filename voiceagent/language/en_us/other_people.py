"""Whose name is said: somebody else's by what they are to the caller, or one's own set apart.

A caller names whom a visit is for ("my mother, Dorothy", "the tenant is Kim", "her name is Ann").
That is nobody's answer to the question for the caller's name. Who says what they are themselves
("I'm her daughter, Ann Low") or under whose name it goes ("put it under my wife's name") is meant.
"""

from __future__ import annotations

import re
from typing import Final

from voiceagent.language.en_us.cities import CITIES
from voiceagent.language.en_us.common_names import COMMON_FIRST_NAMES, COMMON_LAST_NAMES
from voiceagent.language.en_us.english import ENGLISH
from voiceagent.language.en_us.lexicon import vocabulary
from voiceagent.language.en_us.name_words import NOT_NAMES, ORDINARY
from voiceagent.language.en_us.numbers import say_ordinal
from voiceagent.language.en_us.streets import DIRECTIONS, STATES, SUFFIXES

_RELATION = (
    r"(?:mother|mom|mum|father|dad|parents?|wife|husband|spouse|son|daughter|brother|sister|aunt|"
    r"uncle|grand(?:mother|father|ma|pa|son|daughter)|nephew|niece|cousin|friend|girlfriend|"
    r"boyfriend|partner|roommate|room ?mate|neighbou?r|tenant|renter|landlord|landlady|owner|boss|"
    r"in-law|client|customer|manager|super|caretaker)"
)
_NAME = r"(?!(?:is|and|at|who|will|can|said|says|has|was|lives?|here)\b)[^\W\d_][\w'-]+"
_NAMED = rf"{_NAME}(?:[ ](?!(?:and|at|who|is|will|can|her|his|my|the)\b)[^\W\d_][\w'-]+)?"
_SELF = r"(?<!i'm )(?<!i am )(?<!this is )(?<!im )(?<!\u2019m )"
_NAME_IS = r"(?:full |first )?name(?: is|[\u2019']s)?,?"
_WHOSE = rf"(?:\b(?:my|our) |{_SELF}\b(?:the|her|his|their|a) )"
_UNDER: Final = re.compile(
    r"\b(?:under|put|book|in (?:my|our|her|his|the) \w+'?s? name)\b", re.IGNORECASE
)
_OTHERS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_WHOSE}(?:\w+ )?{_RELATION}(?:[\u2019']?s)? {_NAME_IS} {_NAMED}",
        rf"{_WHOSE}(?:\w+ )?{_RELATION}(?: is(?: named| called)?|,? named|,? called|,)? {_NAMED}",
        rf"^\W*{_RELATION}(?: is(?: named| called)?|:)? {_NAMED}",
        rf"(?<=,)\s*{_RELATION}(?: is(?: named| called)?|:) {_NAMED}",
        rf"\b(?:her|his|their) name(?: is|[\u2019']s)? {_NAMED}",
        rf"(?:^|(?<=[,;.]\s)){_NAMED} is {_WHOSE}(?:\w+ )?{_RELATION}\b",
        rf"\bask for {_NAMED}",
    )
)
_CLAUSE: Final = re.compile(r"[^,;.\n]+")
_NUMBER: Final = re.compile(r"\+?[\d() -]{7,20}")
_WORD: Final = re.compile(r"[^\W\d_][\w'\u2019-]*")
_FIRST: Final = frozenset(COMMON_FIRST_NAMES)
_LAST: Final = frozenset(COMMON_LAST_NAMES)
_NO_NAMES: Final = (
    (NOT_NAMES | SUFFIXES.keys() | DIRECTIONS.keys() | vocabulary("park springs heating cooling"))
    | {state.lower() for state in STATES.values()}
    | {say_ordinal(day) for day in range(1, 32)}
)
_PLACES: Final = frozenset(city.lower() for city in CITIES)
_FULL = 2


def without_others(text: str) -> str:
    """The text without the names of people whom it calls somebody other than the caller."""
    if _UNDER.search(text):
        return text
    for pattern in _OTHERS:
        text = pattern.sub(lambda found: " somebody" if _has_name(found[0]) else found[0], text)
    return text


def name_set_apart(text: str) -> str | None:
    """A first and a last name that are a clause of their own: "…, Jen Lopez, 937-555-0144".

    One of them must be a common one, or a telephone number stand beside them; words that are also
    ordinary must have capitals.

    Args:
        text: one turn, without what it calls others' (`without_others`).
    """
    clauses = [clause[0].strip() for clause in _CLAUSE.finditer(text)]
    for at, clause in enumerate(clauses):
        said = clause.split()
        if len(said) != _FULL or not all(_WORD.fullmatch(word) for word in said):
            continue
        first, last = (word.lower() for word in said)
        written = all(word[0].isupper() for word in said)
        if not {first, last}.isdisjoint(_NO_NAMES) or clause.lower() in _PLACES:
            continue
        beside = any(_NUMBER.fullmatch(one) for one in clauses[max(0, at - 1) : at + 2])
        strange = written and beside and not {first, last} <= ENGLISH
        if not strange and first not in _FIRST and (last not in _LAST or first in ENGLISH):
            continue
        if written or {first, last}.isdisjoint(ENGLISH | ORDINARY):
            return " ".join(word if written else word.capitalize() for word in said)
    return None


def _has_name(text: str) -> bool:
    """Whether there is a name in it: "my mother is home" names nobody."""
    words = _WORD.findall(text)
    return any(
        word.lower().removesuffix("'s") in (_FIRST - ENGLISH - NOT_NAMES)
        or (word[0].isupper() and word.lower() in _FIRST | _LAST)
        for word in words
    )
