"""What a customer wants to be known of them next time: one line a kind, told and agreed to.

A fact is something about a person, never something to be done: whoever reads it reads a quotation.
So its kind is one of a few, its value is one short line without links or codes, and what speaks to
the reader as an order ("ignore", "you must", "always give"), of money, or of what others are to be
told or given ("every caller"), is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Final

from pydantic import JsonValue

from voiceagent.domain.records import CallId
from voiceagent.errors import CallerFixable

LONGEST_FACT: Final = 200


class FactKind(StrEnum):
    """What a fact is about."""

    ACCESS = "access"
    PETS = "pets"
    EQUIPMENT = "equipment"
    LANGUAGE = "language"
    CONTACT = "contact"
    BEST_TIME = "best_time"
    NAME = "name"
    OTHER = "other"


class FactOrigin(StrEnum):
    """Who said it. PROVEN: a caller who gave their booking's code; SYSTEM: a system of ours."""

    UNPROVEN = "unproven"
    PROVEN = "proven"
    SYSTEM = "system"


class FactConsent(StrEnum):
    """Why it may be kept: the customer asked for that, or agreed when they were asked.

    VOUCHED: another system of the business's says that it may, and answers for it.
    """

    ASKED_FOR = "asked_for"
    AGREED = "agreed"
    VOUCHED = "vouched"


@dataclass(frozen=True, slots=True)
class CustomerFact:
    """A fact as it is kept; `phone` is E.164, `at` aware.

    `customer_id` is whose it is; ``None`` while only the line is known on which it was said.
    """

    phone: str
    kind: FactKind
    value: str
    origin: FactOrigin
    consent: FactConsent
    call_id: CallId | None
    at: datetime
    customer_id: str | None = None


def first_of_each_kind(facts: Iterable[CustomerFact]) -> list[CustomerFact]:
    """The first of each kind, in their order."""
    found: dict[FactKind, CustomerFact] = {}
    for fact in facts:
        found.setdefault(fact.kind, fact)
    return list(found.values())


_ORDERS: Final = re.compile(
    r"\b(?:ignore|disregard|override|overrule|bypass|forget) (?:\w+ ){0,3}"
    r"(?:instruction|rule|prompt|polic|guideline|above|previous|everything|all|safety|what)"
    r"|\b(?:you|the (?:agent|assistant|bot|model|system|ai)) (?:must|should|shall|have to|has to|"
    r"need to|needs to|are to|is to|will (?:always|never)|can(?:not)?|may)\b"
    r"|\b(?:always|never|from now on|automatically) (?:\w+ )?(?:give|grant|offer|apply|waive|"
    r"accept|approve|charge|bill|refund|book|cancel|say|tell|ask|answer|transfer|skip|verify|confirm)\b"
    r"|\b(?:give|grant|offer|apply|approve|skip|bypass|share|reveal|tell) (?:\S+ ){0,4}"
    r"(?:verification|codes?|safety|questions?|prompts?|instructions?|data|customers?)\b"
    r"|[$%\u20ac\u00a3]|\b(?:discounts?|refunds?|waive\w*|fees?|deposits?|prices?|priced|percent|"
    r"coupons?|for free|free of charge|no charge|no cost|without charge|gratis|complimentary|"
    r"on the house|half price)\b"
    r"|\b(?:visits?|repairs?|services?|trips?|bookings?|appointments?|jobs?|everything|work) "
    r"(?:\w+ )?(?:is|are|be|was|were|comes?) (?:\w+ )?free\b(?! (?:on|at|from|to|after|before)\b)"
    r"|\bfree (?:visits?|repairs?|services?|trips?|bookings?|appointments?|jobs?|work|upgrades?)\b"
    r"|\b(?:every|each|all|any|other|the next|next|future|no) (?:\w+ ){0,2}(?:callers?|customers?|"
    r"clients?|users?|people who (?:call|write|ask))\b"
    r"|\b(?:tell|inform|promise|assure|let|give|offer|greet|answer|say to) (?:\w+ )?(?:everyone|"
    r"everybody|anyone|anybody|who(?:m)?ever|others|people)\b(?! (?:in|inside|near|upstairs)\b)"
    r"|\b(?:system|assistant|developer|user)\s*:|<\/?\w+>|\[/?\w+\]|```|\{\{?|https?://|www\.",
    re.IGNORECASE,
)
"""What is an order to its reader, or dressed as one; and money, of which no fact decides."""


def clean_fact(value: str) -> str:
    """A fact's value in one line.

    Raises:
        CallerFixable: ``fact.order``, it tells somebody what to do; ``fact.empty``: there is no
            word in it. A mark alone would tell nothing, and could not be told from all others of
            its kind when it is to be forgotten.
    """
    line = " ".join("".join(ch if ch.isprintable() else " " for ch in value).split())
    if not any(ch.isalpha() for ch in line):
        raise CallerFixable(
            "fact.empty", "There is nothing to keep.", say="What shall I keep?", field="value"
        )
    if _ORDERS.search(line):
        raise CallerFixable(
            "fact.order",
            "This is no fact about the customer but something to be done.",
            say="I can keep things about you for next time, but not instructions like that.",
            field="value",
        )
    return line[:LONGEST_FACT].rstrip()


BLANK: Final = "***"

_OURS: Final = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?"
    r"|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)
"""A moment or an id: no words of anybody's, and nothing can be gone on with without them."""


def written_forms(value: str) -> list[str]:
    """A value as it stands in a text, and in JSON."""
    forms = {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    return sorted(forms, key=len, reverse=True)


def blanked(body: str, value: str) -> str:
    """A text, or an object or array in JSON, without a value that somebody wants forgotten.

    It is taken out where it stands as words: "a dog" is not in "a dogma". Of JSON the strings lose
    it, also such as are JSON themselves; names, numbers, moments, ids and the form stay, whatever
    the value is.
    """
    if _OURS.fullmatch(body):
        return body
    try:
        parsed = json.loads(body) if body[:1] in {"{", "["} else None
    except ValueError:
        parsed = None
    if parsed is None:
        return _pattern(value).sub(BLANK, body)
    clean = _blanked_values(parsed, value)
    return body if clean == parsed else json.dumps(clean)


def _blanked_values(parsed: JsonValue, value: str) -> JsonValue:
    match parsed:
        case str():
            return blanked(parsed, value)
        case list():
            return [_blanked_values(one, value) for one in parsed]
        case dict():
            return {name: _blanked_values(one, value) for name, one in parsed.items()}
        case _:
            return parsed


@lru_cache(maxsize=64)
def _pattern(value: str) -> re.Pattern[str]:
    """Where one of the forms of a value stands as words."""
    found = []
    for form in written_forms(value):
        before = r"(?<!\w)" if re.match(r"\w", form) else ""
        after = r"(?!\w)" if re.search(r"\w\Z", form) else ""
        found.append(f"{before}{re.escape(form)}{after}")
    return re.compile("|".join(found))
