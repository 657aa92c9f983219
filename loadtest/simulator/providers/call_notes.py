"""What a scripted model makes of the messages it was sent: what is known, and what was answered.

It reads as little as a service call needs: the caller's answers by the question before them, tools'
results by their form. A result with ``facts`` in it is what the engine itself knows of the case; it
outlives the turns that are no longer shown, and is believed before them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from loadtest.simulator.providers.chat import ChatMessage, ChatRole
from loadtest.simulator.providers.spoken_answers import (
    Offer,
    address_in,
    agrees_in,
    chosen_in,
    declines_in,
    digits_in_words,
    leaves_in,
    name_in,
    phone_in,
    wonders_in,
)
from loadtest.simulator.providers.told import (
    ToldAnswer,
    ToldBookings,
    ToldCase,
    ToldChange,
    ToldEnd,
    ToldFacts,
    ToldFailure,
    ToldOffers,
    ToldQuote,
    read_as,
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
    MOVE = "move"
    CANCEL = "cancel"
    CODE = "code"
    DAY = "day"
    HUMAN = "human"
    ELSE = "else"


_TOPICS: Final = (
    (Topic.ELSE, r"anything else"),
    (Topic.BOOK, r"book it( now)?\?"),
    (Topic.MOVE, r"shall i move"),
    (Topic.CANCEL, r"cancel it\?"),
    (Topic.HUMAN, r"connect you|put you through"),
    (Topic.NOTES, r"should know|gate code"),
    (Topic.CODE, r"booking code"),
    (Topic.DAY, r"what day"),
    (Topic.TIME, r"which (one )?works|which time|does that work"),
    (Topic.GO_AHEAD, r"go ahead\?|go ahead and look"),
    (Topic.ADDRESS, r"address|street number"),
    (Topic.PERSON, r"your name|number to reach"),
    (Topic.SAFETY, r"\bgas\b|smoke|carbon monoxide"),
)
"""First fit: a read-back names everything, and asks to book it."""

_AGREED: Final = (Topic.BOOK, Topic.MOVE, Topic.CANCEL)


@dataclass(slots=True)
class CallNotes:
    """What is known after some messages.

    Attributes:
        led: an engine shows its case; danger is then its business.
        errand: by the engine's name for it; "" for a booking.
        problem: in the caller's words, or the engine's.
        service: by the tools' name for it; "" while unknown.
        day: that is wanted. `searched` is the one that times were asked for last.
        told: the last tool's own text, and nothing once the caller has spoken again.
        failed: what the last tool could not do, in words for the caller; `fault` is its code.
        asked: what the agent asked last, and `question` its words.
        wonders: what the caller asks of the business; "" once it is `answered`.
        found: the caller's booking, in words; "" while it is unknown.
        changed: a job was moved or cancelled.
        leaves: the caller said goodbye.
        wrong_codes: how often no booking had the number and code.
        words: what the caller said last.
    """

    led: bool = False
    errand: str = ""
    problem: str = ""
    service: str = ""
    safe: bool = False
    name: str = ""
    phone: str = ""
    address: str = ""
    estimate: int | None = None
    priced: str = ""
    priced_for: str = ""
    accepted: bool = False
    day: date | None = None
    searched: str | None = None
    offers: tuple[Offer, ...] = ()
    chosen: Offer | None = None
    notes: str | None = None
    confirmed: bool = False
    booked: bool = False
    code: str = ""
    found: str = ""
    changed: bool = False
    ended: bool = False
    told: str = ""
    failed: str = ""
    fault: str = ""
    declined: bool = False
    wonders: str = ""
    answered: bool = False
    leaves: bool = False
    wrong_codes: int = 0
    asked: Topic | None = None
    question: str = ""
    words: str = ""
    shown: str = ""

    @classmethod
    def of(cls, messages: Iterable[ChatMessage]) -> CallNotes:
        """Of a conversation, oldest first; the engine's last case before all, wherever it is."""
        notes, said = cls(), list(messages)
        shown = (_case_in(one.text) for one in reversed(said) if one.role is ChatRole.TOOL)
        case = next(filter(None, shown), None)
        if case is not None:
            notes._believe(case)
        for message in said:
            match message.role:
                case ChatRole.ASSISTANT:
                    notes._agent(message)
                case ChatRole.USER:
                    notes._caller(message.text)
                case ChatRole.TOOL if _case_in(message.text) is None:
                    notes._tool(message.text)
                case _:
                    pass
        if case is not None:
            notes._settle(case.facts)
        return notes

    def _agent(self, message: ChatMessage) -> None:
        self.told = self.failed = self.fault = ""
        for call in message.tool_calls:
            if call.name == "check_availability":
                day = re.search(r'"preferred_date": "([^"]+)"', call.arguments)
                self.searched = day[1] if day else ""
            if call.name == "get_pricing_quote":
                visit = re.search(r'"visit_time": "([^"]+)"', call.arguments)
                at = self.chosen.at.isoformat() if self.chosen else self.priced_for
                self.priced_for = visit[1] if visit else at
        if message.text:
            self.shown = message.text
        if "?" in message.text:
            self.question = re.split(r"(?<=[.!]) ", message.text)[-1]
            self.asked = next(
                (t for t, words in _TOPICS if re.search(words, message.text, re.IGNORECASE)), None
            )

    def _caller(self, text: str) -> None:
        self.words, self.told, self.failed, self.fault = text, "", "", ""
        self.declined, self.wonders = declines_in(text), wonders_in(text)
        self.answered, self.leaves = False, leaves_in(text)
        agrees = agrees_in(text)
        if self.asked is None and not (self.problem or self.service):
            self.problem = text
        match self.asked:
            case Topic.SAFETY:
                self.safe = True
            case Topic.PERSON if not self.wonders:
                self.phone = self.phone or phone_in(text)
                self.name = self.name or name_in(text)
            case Topic.ADDRESS if not self.wonders:
                self.address = self.address or address_in(text)
            case Topic.GO_AHEAD:
                self.accepted = agrees
            case Topic.TIME:
                self.chosen = self._time_in(text, agrees=agrees)
            case Topic.NOTES if self.notes is None:
                self.notes = "" if self.declined else digits_in_words(text)
            case topic if topic in _AGREED:
                self.confirmed = agrees
            case _:
                pass

    def _time_in(self, text: str, *, agrees: bool) -> Offer | None:
        """The offer that an answer takes: a yes takes the only one that was named."""
        named = [one for one in self.offers if one.display and one.display in self.shown]
        if agrees and len(named) == 1:
            return named[0]
        return chosen_in(text, self.offers) or self.chosen

    def _tool(self, text: str) -> None:
        if (failed := read_as(ToldFailure, text)) is not None:
            self.failed = failed.error.say or failed.error.message
            self.fault = failed.error.code
            self.wrong_codes += self.fault == "identity.wrong_code"
            if self.fault == "slot.taken":
                self.offers, self.chosen, self.confirmed = (), None, False
        elif (quote := read_as(ToldQuote, text)) is not None:
            self.estimate, self.told = quote.total_estimate, quote.message
            self.priced = quote.message
        elif (offers := read_as(ToldOffers, text)) is not None:
            self.offers, self.told = offers.available_slots, offers.message
        elif (change := read_as(ToldChange, text)) is not None:
            self.told = change.message
            self.changed = self.errand in _CHANGES
            self.booked = not self.changed
        elif (bookings := read_as(ToldBookings, text)) is not None:
            self.found = bookings.jobs[0].display if bookings.jobs else self.found
        elif (answer := read_as(ToldAnswer, text)) is not None:
            self.wonders, self.answered = "", True
            self.told = answer.answer or "I don't know that, I'm afraid."
        elif read_as(ToldEnd, text) is not None:
            self.ended = True

    def _believe(self, case: ToldCase) -> None:
        facts = case.facts
        self.led, self.errand = True, case.errand
        self.service, self.problem = facts.service or "", facts.description
        self.safe = facts.safety != "open"
        self.name, self.phone = facts.name or "", facts.phone or ""
        self.address, self.code = facts.place, facts.code or ""
        self.found = facts.found.display if facts.found else ""
        self.booked = case.booking is not None
        self.estimate = case.quote.total_estimate if case.quote else None
        self.priced = case.quote.message if case.quote else ""
        self.accepted, self.confirmed, self.notes = facts.accepted, facts.confirmed, facts.notes
        self.offers, self.day = case.offers, facts.day

    def _settle(self, facts: ToldFacts) -> None:
        """What the engine knows of the time is newer than what was answered before."""
        if facts.window is not None and self.fault != "slot.taken":
            at = facts.window.start
            self.chosen = next(
                (one for one in self.offers if one.at == at),
                Offer(at=at, display=f"{at:%A, %-I %p}"),
            )
        elif self.chosen and self.day and self.chosen.at.date() != self.day:
            self.chosen = None


def _case_in(text: str) -> ToldCase | None:
    """The engine's case, which may be no more than an errand."""
    is_case = '"facts"' in text or '"errand"' in text
    return read_as(ToldCase, text) if is_case else None


_CHANGES: Final = ("reschedule", "cancel")
