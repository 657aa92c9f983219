"""Who calls: a person's facts, wish and temper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum


class Errand(StrEnum):
    """What a person calls for."""

    BOOK = "book"
    PRICE = "price"  # a price and no more
    DECLINE = "decline"  # everything up to the last question, and then not
    ASK = "ask"  # something the business has an answer to
    ASK_UNKNOWN = "ask_unknown"  # something nobody has told the agent
    MOVE = "move"
    CANCEL = "cancel"
    LOOK_UP = "look_up"
    DANGER = "danger"
    PERSON = "person"
    OTHER = "other"  # what only a person can do: an invoice, a complaint, a message
    NOT_FOR_US = "not_for_us"  # a wrong number, somebody who sells
    OUTSIDE = "outside"  # a visit where the business does not go


class Temper(StrEnum):
    """How a person talks."""

    PATIENT = "patient"
    TERSE = "terse"
    CHATTY = "chatty"
    ANGRY = "angry"
    CONFUSED = "confused"


class Fact(StrEnum):
    """What a person may tell; also what may be said wrongly first."""

    PROBLEM = "problem"
    NAME = "name"
    PHONE = "phone"
    ADDRESS = "address"
    TIME = "time"
    NOTES = "notes"


class Twist(StrEnum):
    """What makes a conversation harder than its errand."""

    UNSURE_OF_DANGER = "unsure_of_danger"  # does not know, at first, whether it smells
    HARMLESS_WORDS = "harmless_words"  # denies danger in words that sound like it
    QUESTION_FIRST = "question_first"  # asks something before agreeing
    CONDITION = "condition"  # "yes, but …" to the price
    LATE_QUESTION = "late_question"  # asks something where the last yes is wanted
    LATE_CONDITION = "late_condition"  # "yes, but …" there
    BESIDE = "beside"  # answers another question than the one asked
    NEW_WINDOW = "new_window"  # at the read-back, another time
    NEW_ADDRESS = "new_address"  # at the read-back, another address
    FOR_ANOTHER = "for_another"  # books for somebody else's home
    TWO_PROBLEMS = "two_problems"
    CANCELS_AFTER = "cancels_after"  # books, and calls it off in the same call
    NO_CODE = "no_code"  # wants a booking changed and has no code
    WRONG_CODE = "wrong_code"  # gives a wrong code first
    LEAVES_IT = "leaves_it"  # wants to move, and then leaves it as it is
    BY_KEY = "by_key"  # presses 0
    IN_ANSWER = "in_answer"  # tells the danger only when asked
    ASKS_ALONG = "asks_along"  # has a question with every other answer
    INTERRUPTS = "interrupts"  # asks something instead of answering, once
    HALF = "half"  # gives the name first, and the number in two goes
    LATE_FIX = "late_fix"  # tells the number or address wrongly, and mends it later
    YES_AND_ASKS = "yes_and_asks"  # a question behind the last yes
    YES_BUT_TIME = "yes_but_time"  # a yes to the read-back, and another time
    REFUSES_PRICE = "refuses_price"  # no to the quote


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name as it should stand on the work order."""

    first: str
    last: str

    @property
    def full(self) -> str:
        """Both, or the first alone of somebody who gives no more."""
        return f"{self.first} {self.last}".strip()


@dataclass(frozen=True, slots=True)
class HomeAddress:
    """Where the visit is.

    `street` is the street with its type and direction, `unit` what is behind the designator
    (``3B``), `designator` the designator itself (``apartment``).
    """

    number: str
    street: str
    city: str = ""
    zip_code: str = ""
    designator: str = ""
    unit: str = ""

    @property
    def line(self) -> str:
        """As one would write it on an envelope."""
        unit = f", {self.designator} {self.unit}" if self.unit else ""
        city = f", {self.city}" if self.city else ""
        return f"{self.number} {self.street}{unit}{city}"


@dataclass(frozen=True, slots=True)
class ReportedTrouble:
    """What the visit is for: words that say it, and words that its description must have one of."""

    name: str
    service: str
    say: tuple[str, ...]
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VisitWish:
    """When a visit may be.

    Attributes:
        name: kind of wish, which wordings say it.
        allows: whether a window, in the business's own time, is one that the person can take.
        day: the day that is named, if one is.
        at: the hour that is named, if one is.
        weekday: a day of the week that is excluded or wanted, if one is named.
        impossible: nothing fits, and the person should be told so.
    """

    name: str
    allows: Callable[[datetime, datetime], bool]
    day: date | None = None
    at: time | None = None
    weekday: int | None = None
    impossible: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know before the visit: what is said, and what must stand in the notes."""

    say: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Appointment:
    """A booking that the person has already."""

    code: str
    service: str
    start: datetime
    phone: str
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Persona:
    """One caller.

    Attributes:
        kind: for reports, e.g. ``book.time``.
        now: when the call is, in the business's own time.
        calls_from: E.164.
        phone: the number they give, E.164.
        topic: of a question, an errand of another sort, a danger: which wordings say it.
        told_first: what is said without being asked, in the first sentence.
        slips: what is said wrongly first and mended in the same breath or the next.
        spoken: digits and times in words, little punctuation, as ears would write it.
        attentive: hears what is read back, and mends what is wrong.
    """

    kind: str
    errand: Errand
    temper: Temper
    now: datetime
    calls_from: str
    name: PersonName
    phone: str
    place: HomeAddress
    trouble: ReportedTrouble
    when: VisitWish
    second: ReportedTrouble | None = None
    notes: tuple[Note, ...] = ()
    appointment: Appointment | None = None
    topic: str = ""
    twists: frozenset[Twist] = field(default_factory=frozenset)
    told_first: frozenset[Fact] = field(default_factory=frozenset)
    slips: frozenset[Fact] = field(default_factory=frozenset)
    new_place: HomeAddress | None = None
    new_when: VisitWish | None = None
    spoken: bool = True
    attentive: bool = True
    seed: str = ""

    def has(self, twist: Twist) -> bool:
        """Whether the conversation has this difficulty."""
        return twist in self.twists

    @property
    def final_place(self) -> HomeAddress:
        """Where the visit is in the end."""
        return self.new_place or self.place

    @property
    def final_when(self) -> VisitWish:
        """When it may be in the end."""
        return self.new_when or self.when
