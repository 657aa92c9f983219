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

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from loadtest.simulator.providers.chat import ChatMessage, ChatRole
from loadtest.simulator.providers.spoken_answers import (
    Offer,
    address_in,
    chosen_in,
    digits_in_words,
    name_in,
    phone_in,
)


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
