"""What a scripted model makes of the messages it was sent: what is known, and what was answered.

It reads as little as a service call needs: the caller's answers by the question before them, tools'
results by the tool's name. A result of any name with ``facts`` in it is what the engine itself
knows of the case; it outlives the turns that are no longer shown, and is believed first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from loadtest.simulator.providers.chat import ChatMessage, ChatRole


class Topic(StrEnum):
    """What the agent asked."""

    SAFETY = "safety"
    PERSON = "person"
    ADDRESS = "address"
    GO_AHEAD = "go_ahead"
    TIME = "time"
    NOTES = "notes"
    BOOK = "book"
    ELSE = "else"


_TOPICS: Final = (
    (Topic.ELSE, r"anything else"),
    (Topic.BOOK, r"book it\?"),
    (Topic.NOTES, r"should know|gate code"),
    (Topic.TIME, r"which (one )?works|which time"),
    (Topic.GO_AHEAD, r"go ahead\?"),
    (Topic.ADDRESS, r"address"),
    (Topic.PERSON, r"your name|number to reach"),
    (Topic.SAFETY, r"\bgas\b|smoke|carbon monoxide"),
)
"""First fit: a read-back names everything, and asks to book it."""

_NO: Final = re.compile(r"\W*(no|nope|nah|not|don't|nothing)\b", re.IGNORECASE)
_YES: Final = re.compile(
    r"\b(yes|yeah|yep|sure|okay|ok|please|go ahead|right|correct|fine|works|sounds good)\b",
    re.IGNORECASE,
)
_DIGITS: Final = {
    word: str(value)
    for value, words in enumerate(
        ("zero oh o", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    )
    for word in words.split()
}
_TENS: Final = {
    word: ten
    for ten, word in enumerate(
        ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), start=2
    )
}
_TEENS: Final = {
    word: str(value)
    for value, word in enumerate(
        (
            "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
            "eighteen", "nineteen",
        ),
        start=10,
    )
}  # fmt: skip
_NAMED: Final = re.compile(
    r"\b(?:this is|my name is|it's|i'm|i am|name's)\s+([a-z'-]+\s+[a-z'-]+)", re.IGNORECASE
)
_PHONE_DIGITS: Final = 10


class _Known(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Address(_Known):
    number: str = ""
    street: str = ""
    city: str = ""
    state: str = ""


class _Window(_Known):
    start: datetime


class _Facts(_Known):
    service: str | None = None
    symptoms: tuple[str, ...] = ()
    problem: str = ""
    safety: str = "open"
    name: str | None = None
    phone: str | None = None
    address: _Address | None = None
    accepted: bool = False
    window: _Window | None = None
    notes: str | None = None
    confirmed: bool = False


class _Quote(_Known):
    total_estimate: int
    message: str = ""


class _Case(_Known):
    facts: _Facts
    offered_windows: tuple[_Window, ...] = ()
    quote: _Quote | None = None
    booking: JsonValue = None


class Offer(_Known):
    """A time that a tool offered."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    at: datetime = Field(alias="datetime")
    display: str = ""


def _offer(window: _Window) -> Offer:
    return Offer(at=window.start, display=f"{window.start:%A, %-I %p}")


class _Offers(_Known):
    available_slots: tuple[Offer, ...]
    message: str = ""


class _Booking(_Known):
    job_id: str
    message: str


class _Ended(_Known):
    reason: str


class _Failure(_Known):
    say: str = ""
    message: str = ""


class _Failed(_Known):
    error: _Failure


_R = TypeVar("_R", bound=_Known)


def _as(kind: type[_R], text: str) -> _R | None:
    try:
        return kind.model_validate_json(text)
    except ValidationError:
        return None


@dataclass(slots=True)
class CallNotes:
    """What is known after some messages.

    Attributes:
        problem: in the caller's words, or the engine's.
        service: by the tools' name for it; "" while unknown.
        told: the last tool's own text, and nothing once the caller has spoken again.
        failed: what the last tool could not do, in words for the caller.
        asked: what the agent asked last.
        words: what the caller said last.
    """

    problem: str = ""
    service: str = ""
    safe: bool = False
    name: str = ""
    phone: str = ""
    address: str = ""
    estimate: int | None = None
    accepted: bool = False
    offers: tuple[Offer, ...] = ()
    chosen: Offer | None = None
    notes: str | None = None
    confirmed: bool = False
    booked: bool = False
    ended: bool = False
    told: str = ""
    failed: str = ""
    declined: bool = False
    asked: Topic | None = None
    words: str = ""

    @classmethod
    def of(cls, messages: Iterable[ChatMessage]) -> CallNotes:
        """Of a conversation, oldest first."""
        notes = cls()
        for message in messages:
            match message.role:
                case ChatRole.ASSISTANT:
                    notes._agent(message)
                case ChatRole.USER:
                    notes._caller(message.text)
                case ChatRole.TOOL:
                    notes._tool(message.text)
                case _:
                    pass
        return notes

    def _agent(self, message: ChatMessage) -> None:
        self.told = self.failed = ""
        if "?" in message.text:
            self.asked = next(
                (
                    topic
                    for topic, words in _TOPICS
                    if re.search(words, message.text, re.IGNORECASE)
                ),
                None,
            )

    def _caller(self, text: str) -> None:
        self.words, self.told, self.failed, self.declined = text, "", "", bool(_NO.match(text))
        agrees = not self.declined and bool(_YES.search(text))
        if self.asked is None and not self.problem:
            self.problem = text
        match self.asked:
            case Topic.SAFETY:
                self.safe = True
            case Topic.PERSON:
                self.phone = self.phone or phone_in(text)
                self.name = self.name or name_in(text)
            case Topic.ADDRESS:
                self.address = self.address or address_in(text)
            case Topic.GO_AHEAD:
                self.accepted = agrees
            case Topic.TIME:
                self.chosen = chosen_in(text, self.offers) or self.chosen
            case Topic.NOTES if self.notes is None:
                self.notes = "" if self.declined else digits_in_words(text)
            case Topic.BOOK:
                self.confirmed = agrees
            case _:
                pass

    def _tool(self, text: str) -> None:
        if (failed := _as(_Failed, text)) is not None:
            self.failed = failed.error.say or failed.error.message
        elif (case := _as(_Case, text)) is not None:
            self._believe(case)
        elif (quote := _as(_Quote, text)) is not None:
            self.estimate, self.told = quote.total_estimate, quote.message
        elif (offers := _as(_Offers, text)) is not None:
            self.offers, self.told = offers.available_slots, offers.message
        elif (booking := _as(_Booking, text)) is not None:
            self.booked, self.told = True, booking.message
        elif _as(_Ended, text) is not None:
            self.ended = True

    def _believe(self, case: _Case) -> None:
        facts = case.facts
        self.service = facts.service or ""
        self.problem = ("; ".join(facts.symptoms) + ".") if facts.symptoms else facts.problem
        self.safe = facts.safety != "open"
        self.name, self.phone = facts.name or "", facts.phone or ""
        if facts.address is not None:
            at = facts.address
            street = f"{at.number} {at.street}".strip()
            self.address = ", ".join(part for part in (street, at.city, at.state) if part)
        self.booked = case.booking is not None
        self.estimate = case.quote.total_estimate if case.quote else None
        self.accepted, self.confirmed, self.notes = facts.accepted, facts.confirmed, facts.notes
        self.offers = tuple(_offer(one) for one in case.offered_windows)
        self.chosen = _offer(facts.window) if facts.window else None


def digits_in_words(text: str) -> str:
    """A text with runs of spoken digits as figures: "code one two" is "code 12"."""
    run = r"\b(?:{0})(?:[\s,.-]+(?:{0}))+\b".format("|".join(_DIGITS))
    return re.sub(
        run,
        lambda found: "".join(_DIGITS[word] for word in re.findall(r"[a-z]+", found[0].lower())),
        text,
        flags=re.IGNORECASE,
    )


def phone_in(text: str) -> str:
    """The last ten digits, spoken or written; "" when there are fewer."""
    said = "".join(
        _DIGITS.get(token, token if token.isdigit() else "")
        for token in re.findall(r"[a-z]+|\d+", text.lower())
    )
    return said[-_PHONE_DIGITS:] if len(said) >= _PHONE_DIGITS else ""


def name_in(text: str) -> str:
    """First and last name: after "this is" and the like, or the words before any digit."""
    if found := _NAMED.search(text):
        return found[1].title()
    words = re.findall(r"[A-Za-z'-]+|\d", text)
    before = []
    for word in words:
        if word.lower() in _DIGITS or word.isdigit():
            break
        before.append(word)
    return " ".join(before[:2]).title()


def address_in(text: str) -> str:
    """An address with its house number in figures: "one twenty three oak street" is "123 …"."""
    words = text.strip(" .").split()
    number = ""
    while words and (part := _number_word(words[0])):
        words.pop(0)
        follows = _DIGITS.get(words[0].lower().strip(",")) if words and part.endswith("0") else None
        if follows and follows != "0" and len(part) == 2:  # noqa: PLR2004 - "twenty three"
            words.pop(0)
            part = part[0] + follows
        number += part
    street = " ".join(words)
    return f"{number} {street.title() if street.islower() else street}".strip()


def _number_word(word: str) -> str:
    plain = word.lower().strip(",")
    tens = f"{_TENS[plain]}0" if plain in _TENS else ""
    return tens or _DIGITS.get(plain, "") or _TEENS.get(plain, "") or plain * plain.isdigit()


def chosen_in(text: str, offers: Iterable[Offer]) -> Offer | None:
    """The offer that the caller's words fit best; None when they fit none."""
    known = tuple(offers)
    scored = [(_fit(text.lower(), one, known), -place) for place, one in enumerate(known)]
    best = max(scored, default=(0, 0))
    return known[-best[1]] if best[0] > 0 else None


_MORNING_ENDS, _EVENING_BEGINS = 12, 17


def _fit(text: str, offer: Offer, offers: tuple[Offer, ...]) -> int:
    """How many of the caller's words speak for an offer."""
    hour, first_day = offer.at.hour, offers[0].at.date()
    named = {
        **{value: word for word, value in _DIGITS.items()},
        **{v: k for k, v in _TEENS.items()},
    }
    at = str(hour % 12 or 12)
    evening, later = hour >= _EVENING_BEGINS, offer.at.date() > first_day
    fits = {
        rf"\b({at}|{named[at]})\b": True,
        r"\b(tonight|evening)\b": evening and not later,
        r"\b(today|soonest|earliest|first)\b": offer is offers[0],
        r"\b(tomorrow|later|second|last)\b": offer is not offers[0] and later,
        r"\bmorning\b": hour < _MORNING_ENDS,
        r"\bafternoon\b": _MORNING_ENDS <= hour < _EVENING_BEGINS,
        rf"\b{offer.at:%A}\b".lower(): True,
    }
    return sum(speaks and bool(re.search(words, text)) for words, speaks in fits.items())
