"""What is known in a conversation: said by the caller, or answered by a tool.

Everything is frozen; `dataclasses.replace` makes the next state. Nothing here is computed from
money: figures are kept exactly as a tool returned them, in whole dollars.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from voiceagent.dialogue.case_file import Origin
from voiceagent.domain.business import Business, Service
from voiceagent.domain.records import Window
from voiceagent.domain.texting import TextVerdict, TextWay
from voiceagent.language.en_us.addresses import AddressHeard
from voiceagent.language.en_us.times import Daypart
from voiceagent.language.en_us.wishes import TimeWish


class Safety(StrEnum):
    """Whether danger has been ruled out.

    SAFE only by a clear denial. CAUTIONED: asked twice without a clear answer, and told what to do
    if there is danger; it was never ruled out, and whoever comes is told so.
    """

    OPEN = "open"
    SAFE = "safe"
    WARNED = "warned"
    CAUTIONED = "cautioned"


class Haste(StrEnum):
    """How soon the caller wants somebody."""

    UNSAID = "unsaid"
    SOON = "soon"
    ANY_TIME = "any_time"


NOT_RULED_OUT: Final = "caller gave no clear answer about danger"
"""What the one who comes is told when the safety question stayed open."""

OVER_NOW: Final = "caller told of an earlier danger"
"""What the one who comes is told where a danger was told of as past."""

_MORNING_ENDS, _AFTERNOON_ENDS = 12, 17

PARTS_OF_DAY: Final[Mapping[Daypart, tuple[int, int]]] = {
    Daypart.MORNING: (0, _MORNING_ENDS * 60),
    Daypart.AFTERNOON: (_MORNING_ENDS * 60, _AFTERNOON_ENDS * 60),
    Daypart.EVENING: (_AFTERNOON_ENDS * 60, 24 * 60),
}
"""From when to when a window of that part starts, in minutes from midnight."""

MOST_DIGITS: Final = 10
"""A part of a phone number is dropped when it has more: then something was misheard."""


@dataclass(frozen=True, slots=True)
class QuoteHeard:
    """A quote as the pricing tool returned it; `message` holds its figures in words.

    `after_hours`, `area` (with a trip fee, else "") and `coupon` are what it was asked for.
    """

    service: str
    description: str
    total_estimate: int
    message: str
    after_hours: bool | None = None
    area: str = ""
    coupon: str = ""


@dataclass(frozen=True, slots=True)
class BookingMade:
    """A booking as the booking tool returned it; `deposit` in whole dollars.

    `text`: whether a confirmation leaves for the caller, or why not; `text_by`: which way.
    """

    code: str
    window: Window
    deposit: int
    already_booked: bool
    text: TextVerdict = TextVerdict.MAY
    text_by: TextWay = TextWay.NUMBER


@dataclass(frozen=True, slots=True)
class JobFound:
    """A booking the caller has proven to be theirs."""

    code: str
    service: str
    display: str


@dataclass(frozen=True, slots=True)
class Search:
    """What the offered windows were searched for.

    `daypart` only where the day's first offers had none in it.
    """

    service: str
    day: date | None
    urgent: bool
    wish: TimeWish | None = None
    daypart: Daypart | None = None
    technician: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All facts of a conversation.

    `problem` is the caller's own wording when no listed symptom fits, `others` what they told
    beside the symptoms. `amendment` is what they want changed of a booking they have,
    `room` where a guest of the house is found. `phone` is E.164,
    `phone_part` the digits of an unfinished number, `phone_choices` the numbers (E.164) of which
    the caller has not said which is theirs, `extension` the digits to be dialled behind `phone`,
    `address_choices` the addresses of which the visit's was not said.
    `place` is where a price was asked for before there was an address, in one line.
    `off_hours`: a visit outside opening hours is spoken of, and no other time.
    `notes` is ``None`` until asked or volunteered,
    ``""`` for "nothing". `accepted` is the quote's, `confirmed` the read-back's yes.

    `texted_code`: a one-time code was texted for the caller to read out, instead of the booking's.

    `origins` tells how the caller's facts were obtained, by their names; facts that say the same
    are equal, however they were obtained.
    """

    service: str | None = None
    symptoms: tuple[str, ...] = ()
    problem: str = ""
    safety: Safety = Safety.OPEN
    name: str | None = None
    phone: str | None = None
    phone_part: str = ""
    phone_choices: tuple[str, ...] = ()
    extension: str = ""
    email: str | None = None
    address: AddressHeard | None = None
    address_part: AddressHeard | None = None
    address_choices: tuple[AddressHeard, ...] = ()
    place: str = ""
    day: date | None = None
    daypart: Daypart | None = None
    haste: Haste = Haste.UNSAID
    wish: TimeWish | None = None
    off_hours: bool = False
    technician: str | None = None
    coupon: str | None = None
    others: tuple[str, ...] = ()
    amendment: str = ""
    room: str = ""
    quote: QuoteHeard | None = None
    accepted: bool = False
    search: Search | None = None
    offers: tuple[Window, ...] = field(default=())
    window: Window | None = None
    notes: str | None = None
    confirmed: bool = False
    booking: BookingMade | None = None
    code: str | None = None
    found: JobFound | None = None
    texted_code: bool = False
    origins: Mapping[str, Origin] = field(default_factory=dict, compare=False)


def where(facts: Facts) -> str:
    """Where the visit goes as far as it is known, in one line; "" while nowhere was named."""
    return facts.address.text if facts.address is not None else facts.place


def all_notes(facts: Facts) -> str:
    """What the one who comes has to know: the room, how the caller is reached, and the notes."""
    extension = f"Phone extension {facts.extension}." if facts.extension else ""
    return " ".join(part for part in (facts.room, extension, facts.notes) if part)


def service_of(facts: Facts, business: Business) -> Service | None:
    """The service in question, ``None`` while unknown."""
    return business.service(facts.service) if facts.service else None


def danger_is_open(facts: Facts, business: Business) -> bool:
    """Whether the service in question needs the question about danger, and that has no answer."""
    service = service_of(facts, business)
    return service is not None and service.asks_safety and facts.safety is Safety.OPEN


def description(facts: Facts, business: Business) -> str:
    """The job in a line: its symptoms joined by "; ", else the caller's words, else the service.

    Example: ``"AC not cooling; outdoor unit rattling."``
    """
    service = service_of(facts, business)
    known = "; ".join(facts.symptoms)
    own = facts.problem if facts.problem.lower() not in known.lower() else ""
    said = "; ".join(filter(None, (known, own))) or (service.name if service else "")
    told = (said, *(one for one in facts.others if one not in said))
    said = "; ".join(part for part in told if part)
    said = said.rstrip(". ")
    if facts.safety is Safety.CAUTIONED and service is not None and service.asks_safety:
        said = f"{said}; {NOT_RULED_OUT}"
    return f"{said[:1].upper()}{said[1:]}." if said else ""


def is_urgent(facts: Facts, business: Business, today: date) -> bool:
    """Whether the job is to be seen as an emergency: an urgent service, and no later day wanted.

    Later than the day on which it was named: midnight does not make "tomorrow" an emergency.
    """
    service = service_of(facts, business)
    if service is None or not service.urgent or facts.haste is Haste.ANY_TIME:
        return False
    named = facts.origins.get("day")
    if facts.day is None and facts.wish is not None and facts.wish.days is not None:
        return facts.wish.days[0] <= today
    return facts.day is None or facts.day <= (named.at.date() if named else today)


def forget_visit(facts: Facts) -> Facts:
    """Facts for a new errand: who the caller is stays, what was arranged goes."""
    return Facts(
        name=facts.name,
        phone=facts.phone,
        extension=facts.extension,
        email=facts.email,
        address=facts.address,
        safety=facts.safety,
        origins=facts.origins,
    )


def preferred(facts: Facts) -> tuple[Window, ...]:
    """The offered windows that fit the day, its part and the bounds the caller named, if any."""
    return tuple(
        window
        for window in facts.offers
        if (facts.day is not None or facts.daypart is not None or facts.wish is not None)
        and keeps(window, facts.day, facts.daypart, facts.wish)
    )


def keeps(window: Window, day: date | None, daypart: Daypart | None, wish: TimeWish | None) -> bool:
    """Whether a window keeps all that is said of time; what is ``None`` says nothing."""
    return (
        (day is None or window.start.date() == day)
        and (daypart is None or daypart_of(window) is daypart)
        and (wish is None or wish.fits(window))
    )


def daypart_of(window: Window) -> Daypart:
    """The part of day in which a window starts."""
    if window.start.hour < _MORNING_ENDS:
        return Daypart.MORNING
    return Daypart.AFTERNOON if window.start.hour < _AFTERNOON_ENDS else Daypart.EVENING
