"""The business file: one TOML file that an owner edits.

The models below are the whole schema. Everything is frozen and nothing unknown is accepted, so a
typo is an error with a file, a line and a key, never a silently ignored wish. Nothing here knows
what the business does: an air-conditioning firm and a hotel differ only in their files. Every field
is read by something outside this file: a key that does nothing is refused, like one with a typo.
`business_file` reads and checks one.
"""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from voiceagent.domain.locales import Locale

E164 = Annotated[str, StringConstraints(pattern=r"^\+[1-9]\d{6,14}$")]
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
ServiceId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Phrase = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Statement = Annotated[Phrase, StringConstraints(pattern=r"[.!]$")]
"""Whole sentences that a question of the agent's may follow."""

ZipCode = Annotated[str, StringConstraints(pattern=r"^\d{5}$")]
Dollars = Annotated[Decimal, Field(ge=0, le=1_000_000, decimal_places=2)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

MIDNIGHT: Final = "24:00"


def _end_of_day(value: object) -> object:
    return time.min if value == MIDNIGHT else value


EndTime = Annotated[time, BeforeValidator(_end_of_day)]
"""When something ends: "24:00" and "00:00" are the end of the day."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OpenHours(_Section):
    """Opening hours that begin on one weekday, local time.

    They end that day, at its end ("24:00"), or on the next day where `closes` is not later than
    `opens`: 17:00 to 02:00 is until two in the morning.
    """

    opens: time
    closes: EndTime

    @property
    def past_midnight(self) -> bool:
        """Whether they end on the next day, or with the end of their own."""
        return self.closes <= self.opens


class Hours(_Section):
    """When the business is open. A missing weekday is closed, and so are public holidays.

    `holiday_country` and `holiday_region` are codes of the `holidays` library (US, OH). A house
    that never closes says ``closed_on_holidays = false``. Of a technician's own hours only the
    weekdays and `extra_closed_days` count: holidays are the business's.
    """

    mon: OpenHours | None = None
    tue: OpenHours | None = None
    wed: OpenHours | None = None
    thu: OpenHours | None = None
    fri: OpenHours | None = None
    sat: OpenHours | None = None
    sun: OpenHours | None = None
    closed_on_holidays: bool = True
    holiday_country: str = "US"
    holiday_region: str | None = None
    extra_closed_days: tuple[date, ...] = ()

    def of(self, day: Weekday) -> OpenHours | None:
        """The hours of a weekday, ``None`` when it is closed."""
        table: dict[Weekday, OpenHours | None] = {
            "mon": self.mon,
            "tue": self.tue,
            "wed": self.wed,
            "thu": self.thu,
            "fri": self.fri,
            "sat": self.sat,
            "sun": self.sun,
        }
        return table[day]


OFFLINE_VOICE: Final = "en-us"
"""The voice of this machine where a business file names none."""


class Voice(_Section):
    """How the agent sounds and introduces itself.

    `greeting` is said first, `disclosure` right after it (AI and recording). `offline_voice` and
    `words_per_minute` are the voice's that runs on this machine: the one by its language, e.g.
    "en-us" or "es" (`pipelines.offline.voices`), the other how fast it speaks.
    """

    greeting: Phrase
    disclosure: Phrase
    agent_name: str = "the assistant"
    offline_voice: str = OFFLINE_VOICE
    words_per_minute: int = Field(default=165, ge=80, le=320)


class Symptom(_Section):
    """Something a caller complains of.

    `say` is how a job description words it ("AC not cooling"), `heard` the phrases that mean it.
    """

    say: Phrase
    heard: tuple[Phrase, ...]


class Service(_Section):
    """Something one can book. `heard` are phrases that ask for it."""

    id: ServiceId
    name: Phrase
    skill: Identifier
    heard: tuple[Phrase, ...]
    symptoms: tuple[Symptom, ...] = ()
    urgent: bool = False
    asks_safety: bool = False
    needs_address: bool = True


Factor = Annotated[Decimal, Field(gt=0, le=10)]
"""By which an estimate is multiplied."""


class ServicePrice(_Section):
    """Prices of one service, in dollars: the visit, and the typical job's range.

    `complexity` multiplies the estimate: a job that is usually harder than its range says.
    `complexity_of` does so by what is wrong: the service's symptoms, by their `say`. Of several the
    hardest counts; one that is not listed is as hard as any.
    `deposit_share` is this service's own, where it differs from the table's (an estimate at home
    holds no deposit).
    """

    service_call: Dollars
    typical_low: Dollars
    typical_high: Dollars
    complexity: Factor = Decimal(1)
    complexity_of: dict[Phrase, Factor] = Field(default_factory=dict)
    deposit_share: Decimal | None = Field(default=None, ge=0, le=1)


class PriceTable(_Section):
    """One version of the prices, in force from `effective_from` until a later one starts."""

    version: Phrase
    effective_from: date
    after_hours_multiplier: Decimal = Field(ge=1, le=10)
    deposit_share: Decimal = Field(ge=0, le=1)
    services: dict[ServiceId, ServicePrice]


class Area(_Section):
    """A planning area: a set of ZIP codes, and the cities that lie wholly in it.

    `trip_fee`, in dollars, is added to every visit there; `trip_fees` names ZIP codes of the area
    that have another. `drive_minutes` is how long the drive there takes from the middle of where
    the business works; see `Slots.travel_buffer_minutes`.
    """

    id: Identifier
    name: Phrase
    zips: tuple[ZipCode, ...]
    cities: tuple[Phrase, ...] = ()
    trip_fee: Dollars = Decimal(0)
    trip_fees: dict[ZipCode, Dollars] = Field(default_factory=dict)
    drive_minutes: int = Field(default=0, ge=0, le=240)


class Leave(_Section):
    """Days on which somebody is away, `first` and `last` included."""

    first: date
    last: date


class Technician(_Section):
    """Someone who does jobs.

    `hours` overrides the business's; `on_call` takes urgent windows, in their shifts of the rota
    where they have some; on days of `leave` they take none. `phone` is where they can be rung to
    join a customer's call; it is never told to anybody.
    """

    id: Identifier
    name: Phrase
    skills: tuple[Identifier, ...]
    areas: tuple[Identifier, ...]
    on_call: bool = False
    hours: Hours | None = None
    phone: E164 | None = None
    leave: tuple[Leave, ...] = ()


class OnCallShift(_Section):
    """When people are on call: technicians for urgent windows, leads for callers who are handed on.

    `who` are their ids, `days` the weekdays on which the shift begins. One that ends not later
    than it starts ends on the next day.
    """

    who: tuple[Identifier, ...] = Field(min_length=1)
    days: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    starts: time
    ends: EndTime


class Slots(_Section):
    """The grid of appointments.

    Outside opening hours urgent services are offered between `urgent_from` and `urgent_until`
    (that day, or in the small hours of the next) with on-call staff. No window starts sooner than
    `urgent_lead_minutes` from now.

    Between two visits of a technician there is `travel_buffer_minutes`; between two areas the
    `drive_minutes` of both, where that is more.

    A window that becomes free is offered to who waits for one, and kept for them for
    `waiting_hold_minutes`.
    """

    length_minutes: int = Field(default=120, ge=15, le=480)
    travel_buffer_minutes: int = Field(default=0, ge=0, le=240)
    hold_minutes: int = Field(default=10, ge=1, le=120)
    days_ahead: int = Field(default=21, ge=1, le=90)
    offers: int = Field(default=2, ge=1, le=5)
    urgent_lead_minutes: int = Field(default=45, ge=0, le=480)
    urgent_from: time = time(8, 0)
    urgent_until: EndTime = time(23, 0)
    waiting_hold_minutes: int = Field(default=30, ge=5, le=720)


LINK_HOURS: Final = 23
"""How long a payment link may be counted on: Stripe's live for 24 hours."""


class UnpaidDeposits(_Section):
    """What becomes of a booking whose deposit is not paid; nothing where a time is left out.

    The customer is reminded once, by a text with the same link, `remind_after_hours` after
    booking; `cancel_after_hours` after booking the visit is called off, and they are told.
    """

    remind_after_hours: int | None = Field(default=None, ge=1, le=LINK_HOURS)
    cancel_after_hours: int | None = Field(default=None, ge=2, le=24 * 14)


class TextLimits(_Section):
    """How many texts leave in 24 hours: to one number, to its block of ten thousand, and in all.

    People who make money with texts (SMS pumping) have blocks of numbers. The business's own leads
    count in all only.
    """

    per_number_a_day: int = Field(default=10, ge=1, le=100)
    per_block_a_day: int = Field(default=200, ge=1, le=10_000)
    a_day: int = Field(default=2000, ge=1, le=1_000_000)


class QuietHours(_Section):
    """When nobody is texted what they do not wait for, by the clock where they are.

    From `begins` until `ends`, over midnight where that is the earlier; never where both are alike.
    """

    begins: time = time(21, 0)
    ends: time = time(8, 0)


MOST_QUIET_HOURS: Final = 14
"""So that there is a time at which it is quiet nowhere on the mainland."""


class Coupon(_Section):
    """A price that a caller gets for naming a code: `percent` off the work, or no trip fee.

    It holds for `services`, for all of them when none is named. No other discount is ever given.
    """

    code: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{3,20}$")]
    percent: Decimal = Field(default=Decimal(0), ge=0, le=100)
    no_trip_fee: bool = False
    services: tuple[ServiceId, ...] = ()


class OfferRule(_Section):
    """What may be offered to a customer, within what Finance allows; nothing else ever is.

    The offer is a code that one booking may use within `valid_days`: `percent` off the work, or no
    trip fee, for `services` (all of them when none is named). A customer gets it again
    `again_after_days` after they have used it. `heard` are phrases that claim it.
    """

    id: Identifier
    name: Phrase
    heard: tuple[Phrase, ...]
    percent: Decimal = Field(default=Decimal(0), ge=0, le=100, decimal_places=2)
    no_trip_fee: bool = False
    services: tuple[ServiceId, ...] = ()
    valid_days: int = Field(default=14, ge=1, le=366)
    again_after_days: int = Field(default=365, ge=0, le=3660)


class DeviceRule(_Section):
    """What is done about faults that devices of a type report.

    `faults` are their names, and no other is let in. A visit is booked at once, or a person paged;
    where no visit can be booked, a person is paged as well.
    """

    type: Identifier
    faults: tuple[Identifier, ...] = Field(min_length=1)
    act: Literal["emergency_visit", "diagnostic_visit", "page"]


class StockedPart(_Section):
    """A part that customers ask for, and what is known of it without asking anybody.

    `on_hand`: it is in stock as a rule; otherwise it takes `days`, from the fewest to the most.
    """

    name: Phrase
    heard: tuple[Phrase, ...] = ()
    on_hand: bool = False
    days: tuple[Annotated[int, Field(ge=0, le=366)], Annotated[int, Field(ge=0, le=366)]] | None = (
        None
    )


class Emergency(_Section):
    """The path that bypasses every model: what is asked, what counts, what is said.

    `question_again` names each danger, for an answer that was not clear; `asked` are the things
    the question is about, each with the words it goes by. `words` are hazards, `people` signs of
    danger in people ("dizzy"), `harmless` phrases that contain one of either without danger ("gas
    station").

    What is said: `guidance` to a caller who reports danger, `guidance_again` to one who is still
    in it (without it: `guidance` again), and `caution` to one who never answered the question
    clearly, before the call goes on. Hazards are the trade's, so only the file names them.
    """

    question: Phrase
    question_again: Phrase | None = None
    asked: tuple[tuple[Phrase, ...], ...] = ()
    words: tuple[Phrase, ...]
    people: tuple[Phrase, ...] = ()
    harmless: tuple[Phrase, ...] = ()
    guidance: Phrase
    guidance_again: Phrase | None = None
    caution: Statement = (
        "I couldn't be sure from your answer, so please take care. If anything seems dangerous or "
        "anyone is unwell, get everyone to safety and call 911."
    )


class Lead(_Section):
    """A person who takes over calls. Transfers name a lead, never a number.

    A lead with shifts on the rota is rung in those only, and none on days of their `leave`.
    """

    id: Identifier
    name: Phrase
    phone: E164
    role: Literal["on_call", "lead", "manager"] = "lead"
    leave: tuple[Leave, ...] = ()


class PeoplesMatter(_Section):
    """What callers ask of this business that only people do, e.g. "a room for the night".

    `heard` are phrases that ask for it; `name` is how the person who takes over is told.
    """

    name: Phrase
    heard: tuple[Phrase, ...]


class Escalation(_Section):
    """Who is phoned when the caller needs a human, and what always needs one."""

    leads: tuple[Lead, ...]
    unavailable: Phrase
    matters: tuple[PeoplesMatter, ...] = ()


PagePattern = Annotated[str, StringConstraints(pattern=r"^[\w*?-][\w ./*?-]{0,199}$")]
"""Pages beside the business file: "pages/*.md". What lies outside its folder is not read."""


class KnowledgePage(_Section):
    """A short answer; `questions` are phrases that ask for it.

    `declines`: what the phrases name is not done here, so that trouble with it is answered by this
    and never priced or booked; unless one of the things in `ours` is named beside it, which the
    trouble is with then.
    """

    title: Phrase
    questions: tuple[Phrase, ...]
    answer: Phrase
    declines: bool = False
    ours: tuple[Phrase, ...] = ()


class Brand(_Section):
    """How the business sounds.

    `forbidden` are words and claims that are never said or written in its name ("cheapest"), as
    whole words in any letter case. `sign_off` ends what is written.
    """

    forbidden: tuple[Phrase, ...] = ()
    sign_off: str = ""

    def signed(self, text: str) -> str:
        """What is written, with the `sign_off` in a line of its own."""
        return f"{text}\n{self.sign_off}".rstrip()


class Flags(_Section):
    """What is switched on: the written channels on which people are answered and sent texts."""

    sms: bool = True
    whatsapp: bool = True
    rcs: bool = True
    webchat: bool = True
    email: bool = True


class PrivacyRules(_Section):
    """Which conversations are private: from then on nothing of them reaches another's host.

    `channels` carry none but private ones. `tools` make one private once they have answered. With
    `on_request` a caller may ask for it ("keep this between us", "don't record me").
    """

    channels: tuple[
        Literal["voice", "chat", "sms", "whatsapp", "rcs", "webchat", "email"], ...
    ] = ()
    tools: tuple[Identifier, ...] = ()
    on_request: bool = True


class Vocabulary(_Section):
    """Words the offline recogniser should expect beside general names and numbers."""

    streets: tuple[Phrase, ...] = ()
    cities: tuple[Phrase, ...] = ()
    first_names: tuple[Phrase, ...] = ()
    last_names: tuple[Phrase, ...] = ()
    extra: tuple[Phrase, ...] = ()


class SymptomWords(_Section):
    """A symptom in another language: how it is said, and the phrases that mean it."""

    say: Phrase
    heard: tuple[Phrase, ...]


class ServiceWords(_Section):
    """A service in another language; `symptoms` by their English `say`."""

    name: Phrase
    heard: tuple[Phrase, ...]
    symptoms: dict[Phrase, SymptomWords] = Field(default_factory=dict)


class EmergencyWords(_Section):
    """What is asked and said of danger in another language; see `Emergency`."""

    question: Phrase
    question_again: Phrase
    guidance: Phrase
    guidance_again: Phrase
    caution: Statement


class LocaleWords(_Section):
    """What of the file is said and understood in another language.

    `services` has every service by its id. A symptom that is left out is not understood in this
    language, and one heard in English is said in English; a `knowledge` page that is left out
    answers no question in it, and `pages` in it lie beside the English ones; a lead without a name
    in `leads` goes by the English one. `disclosure` is said when a conversation turns to this
    language (AI and recording), without a question. `unavailable`: no person could be reached.
    """

    agent_name: Phrase
    disclosure: Statement
    unavailable: Phrase
    emergency: EmergencyWords
    services: dict[ServiceId, ServiceWords]
    leads: dict[Identifier, Phrase] = Field(default_factory=dict)
    knowledge: tuple[KnowledgePage, ...] = ()
    pages: tuple[PagePattern, ...] = ()


class Business(_Section):
    """The business file as a whole.

    `locales`: the languages that are served beside English, each with its wordings.
    """

    id: Identifier
    name: Phrase
    trade: Phrase
    timezone: str
    country: str = "US"
    city: Phrase
    state: Phrase
    phone: E164
    voice: Voice
    hours: Hours
    services: tuple[Service, ...]
    prices: tuple[PriceTable, ...]
    areas: tuple[Area, ...]
    coupons: tuple[Coupon, ...] = ()
    offers: tuple[OfferRule, ...] = ()
    parts: tuple[StockedPart, ...] = ()
    devices: tuple[DeviceRule, ...] = ()
    quote_hours: int = Field(default=24, ge=1, le=24 * 30)
    technicians: tuple[Technician, ...]
    rota: tuple[OnCallShift, ...] = ()
    slots: Slots = Slots()
    unpaid_deposits: UnpaidDeposits = UnpaidDeposits()
    text_limits: TextLimits = TextLimits()
    quiet_hours: QuietHours = QuietHours()
    emergency: Emergency
    escalation: Escalation
    knowledge: tuple[KnowledgePage, ...] = ()
    pages: tuple[PagePattern, ...] = ()
    brand: Brand = Brand()
    vocabulary: Vocabulary = Vocabulary()
    flags: Flags = Flags()
    privacy: PrivacyRules = PrivacyRules()
    locales: dict[Literal[Locale.ES_US], LocaleWords] = Field(default_factory=dict)

    def rung_as(self, lead_id: str) -> Lead | None:
        """Who is rung by that id: a lead, or a technician as `technician_lead` names them."""
        technicians = (technician_lead(one) for one in self.technicians)
        people = (*self.escalation.leads, *(one for one in technicians if one is not None))
        return next((one for one in people if one.id == lead_id), None)

    def service(self, service_type: str) -> Service | None:
        """The service with that id, or ``None``."""
        return next((s for s in self.services if s.id == service_type), None)


def technician_lead(technician: Technician) -> Lead | None:
    """A technician as somebody who is rung, under an id that no lead has; None without phone."""
    if technician.phone is None:
        return None
    return Lead.model_construct(
        id=f"technician:{technician.id}",
        name=technician.name,
        phone=technician.phone,
        role="lead",
    )
