"""One caller turn, understood: which intents, which facts, which answer.

Understanding never decides what to do; it reads as much out of a turn as it can, in the light of
the open question, and leaves the rest to the policy.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import date, datetime

from voiceagent.core.escalation import mood_of
from voiceagent.dialogue.house.asks import WHILE_BOOKING, Ask
from voiceagent.dialogue.house.facts import OVER_NOW, Facts
from voiceagent.dialogue.house.hearing.bare_places import BarePlace, hear_bare_place
from voiceagent.dialogue.house.hearing.bookings import amends_booking, asks_for_own
from voiceagent.dialogue.house.hearing.cards import offers_card, without_expiry
from voiceagent.dialogue.house.hearing.codes import code_beside_number, hear_code, without_code
from voiceagent.dialogue.house.hearing.corrections import exchanges, is_correction
from voiceagent.dialogue.house.hearing.homophones import mend
from voiceagent.dialogue.house.hearing.matters import MatterHeard, hear_peoples_matter
from voiceagent.dialogue.house.hearing.notes import (
    beside_notes,
    clean_note,
    hear_room,
    note_part,
    volunteers_note,
    without_notes,
)
from voiceagent.dialogue.house.hearing.opt_outs import wants_no_calls
from voiceagent.dialogue.house.hearing.people import (
    PHONE_ASKS,
    hear_extension_of,
    hear_number,
    hear_person,
    without_house,
    without_number,
)
from voiceagent.dialogue.house.hearing.places import hear_place, hear_places
from voiceagent.dialogue.house.hearing.privacy import refuses_recording, wants_privacy
from voiceagent.dialogue.house.hearing.services import (
    ServiceHeard,
    counted_things,
    guess_service,
    hear_service,
    name_service,
    other_problems,
    upkeep_service,
)
from voiceagent.dialogue.house.hearing.times import hear_times
from voiceagent.dialogue.house.hearing.wishes import hear_coupon, hear_technician
from voiceagent.dialogue.house.intents import (
    Intent,
    asks_again,
    asks_knowledge,
    hear_intents,
    is_question,
)
from voiceagent.domain.business import Business
from voiceagent.domain.safety import NOTHING_FOUND, Finding, hear_danger, hear_past_danger
from voiceagent.language.en_us.addresses import AddressHeard
from voiceagent.language.en_us.caller_acts import CallerAct
from voiceagent.language.en_us.chat_spelling import in_full
from voiceagent.language.en_us.emails import hear_email, without_email
from voiceagent.language.en_us.lawyers import without_lawyers_as_people
from voiceagent.language.en_us.loose_times import names_off_hours
from voiceagent.language.en_us.matching import words
from voiceagent.language.en_us.matters import Matter, hear_matter
from voiceagent.language.en_us.names import without_name
from voiceagent.language.en_us.openers import without_opener
from voiceagent.language.en_us.other_visits import without_other_visit
from voiceagent.language.en_us.phones import hear_own_phone, hear_phone
from voiceagent.language.en_us.preferences import prefers
from voiceagent.language.en_us.several_questions import is_asked, without_questions
from voiceagent.language.en_us.suppositions import without_suppositions
from voiceagent.language.en_us.temper import CALM, HeardTemper, hear_temper
from voiceagent.language.en_us.times import ChoiceKind, Daypart, NoSuchDay, WindowChoice
from voiceagent.language.en_us.troubles import hear_floor, is_upkeep, tells_of_trouble
from voiceagent.language.en_us.visit_talk import (
    asks_when_they_come,
    calls_off_visit,
    moves_visit,
)
from voiceagent.language.en_us.wishes import TimeWish
from voiceagent.language.en_us.yes_no import YesNo, hear_yes_no, is_all_good


@dataclass(frozen=True, slots=True)
class TurnContext:
    """What a turn is understood against. `now` is in the business's zone."""

    business: Business
    now: datetime
    ask: Ask
    facts: Facts


@dataclass(frozen=True, slots=True)
class Understanding:
    """All that was read out of one turn; empty fields were not heard.

    `matter`: what in it needs a person. `others`: problems beside the symptoms that the file knows.
    `no_such_day`, `loose_time`: a day that does not exist, or is none; what it meant is asked.
    `unrecorded`: they do not want to be recorded. `temper`: how angry the words are.
    `in_hours`: only a time inside working hours is wanted, `off_hours`: the price of one
    outside them is asked. `held`: it seems to hang on something.
    `wondered`: what it likely does, which is asked before it is gone by.
    """

    text: str
    intents: frozenset[Intent] = frozenset()
    answer: YesNo = YesNo.UNCLEAR
    asks: bool = False
    corrects: bool = False
    card: bool = False
    opts_out: bool = False
    wants_privacy: bool = False
    unrecorded: bool = False
    temper: HeardTemper = CALM
    danger: Finding = NOTHING_FOUND
    matter: MatterHeard | None = None
    service: ServiceHeard | None = None
    others: tuple[str, ...] = ()
    name: str | None = None
    phone: str | None = None
    phone_part: str = ""
    phone_choices: tuple[str, ...] = ()
    extension: str = ""
    email: str | None = None
    address: AddressHeard | None = None
    address_choices: tuple[AddressHeard, ...] = ()
    place: BarePlace | None = None
    day: date | None = None
    daypart: Daypart | None = None
    wish: TimeWish | None = None
    technician: str | None = None
    coupon: str | None = None
    choice: WindowChoice | None = None
    no_such_day: NoSuchDay | None = None
    loose_time: str = ""
    in_hours: bool = False
    off_hours: bool = False
    code: str | None = None
    note: str = ""
    room: str = ""
    held: bool = False
    wondered: CallerAct | None = None

    @property
    def timed(self) -> bool:
        """Whether it says anything of when."""
        return self.day is not None or self.daypart is not None or self.wish is not None

    @property
    def has_facts(self) -> bool:
        """Whether any fact was read, besides an answer."""
        picked = self.choice is not None and self.choice.kind is ChoiceKind.CHOSEN
        return picked or self.timed or any(
            (
                self.service, self.name, self.phone, self.phone_part, self.email, self.address,
                self.phone_choices, self.extension, self.address_choices,
                self.code, self.note, self.technician, self.coupon, self.off_hours,
                self.place,
            )
        )  # fmt: skip


_MEANT_ANYWAY = frozenset(
    {
        *(Intent.KNOWLEDGE, Intent.PRICE, Intent.LEGAL, Intent.ANGER, Intent.HUMAN),
        *(Intent.HAGGLE, Intent.WAITING_LIST),
    }
)
"""What is meant though it stands on a condition: a threat, a question."""

_LAW = frozenset({Intent.LEGAL})
_PRICE_ONLY = re.compile(
    r"\b(?:just|only)(?: \w+){0,5} (?:prices?|quotes?|estimates?|costs?|figures?|ballpark)\b"
    r"(?! (?:is|was|and (?:book|then)))|\b(?:calling|shopping|shop|call|checking) around\b|\bballpark\b"  # noqa: E501
)
_WHAT_IT_RUNS = re.compile(
    r"\bwhat (?:is|are|does|do|would|will|did|s)? ?(?:\w+ ){1,5}?(?:run|set|cost)(?: (?:me|us|you|people|folks))?(?: back)?$"  # noqa: E501
)
_GIVES = re.compile(
    r"\b(?:do|does|can|could|will|would) (?:you|they|your company)(?: guys| all| folks| also| even)* "  # noqa: E501
    r"(?:give|offer|provide|do|have|charge for|accept|take|honor) (?:\w+ )?"
    r"(?:estimates|quotes|warranty|warranties|guarantees|financing|payment plans?|checks|cash|cards)\b"  # noqa: E501
)
_STILL_PAYS = re.compile(
    r"\b(?:do|does|did|would|will) (?:i|we) (?:(?:still|have to|need to|also|even) )+(?:pay|owe|be charged|get charged|be billed)\b"  # noqa: E501
    r"|\b(?:do|would|will) (?:i|we) (?:pay|owe)(?: \w+){0,4} (?:if|when|unless)\b"
)
_SERVICE_CALL = re.compile(r"\bservice (?:call|visit|appointment)s?\b", re.IGNORECASE)
_NO_NOTES = frozenset({Intent.AMEND, Intent.REPEAT, Intent.WHO_ARE_YOU})
"""Moves of the conversation, which are nothing to be known before a visit."""

_ZIP = 5
_PRICED_ASKS = frozenset({Ask.WANT_BOOKING, Ask.GO_AHEAD})
_CODE_ASKS = frozenset({Ask.CODE, Ask.PHONE_AND_CODE, Ask.SEND_CODE})
_ARRANGING = frozenset({Ask.TIME, Ask.DAY})
_OPEN_ASKS = frozenset({Ask.HELP, Ask.SERVICE, Ask.ANYTHING_ELSE})
_TELLING_ASKS = frozenset({Ask.HELP, Ask.SERVICE, Ask.PROBLEM})
_CHAT = frozenset({Intent.GREETING, Intent.RUSH, Intent.NO_RUSH, Intent.BOOK, Intent.THANKS})
_ELSEWHERE = frozenset(
    {
        *(Intent.PRICE, Intent.RESCHEDULE, Intent.CANCEL, Intent.HUMAN, Intent.KNOWLEDGE),
        *(Intent.MY_BOOKING, Intent.AMEND, Intent.WRONG_NUMBER, Intent.SALES, Intent.WHO_ARE_YOU),
    }
)
"""Wishes beside which a thing that is named is no complaint."""


def understand(text: str, context: TurnContext) -> Understanding:
    """Read a turn. Pure; never raises, whatever the text."""
    danger = hear_danger(text, context.business, asked=context.ask is Ask.SAFETY)
    text = unicodedata.normalize("NFC", text)
    temper = hear_temper(in_full(text))  # "you people" is an opener, and no friendly one
    text = _LABEL.sub(r"\1 is ", in_full(without_opener(text)))
    if offers_card(text):
        return Understanding(text="", card=True, danger=danger)
    text = mend(without_expiry(text), context.ask)
    if context.ask in WHILE_BOOKING:
        text = without_other_visit(text)
    sure = without_suppositions(text)
    tokens = words(text)
    business, ask, facts = context.business, context.ask, context.facts
    corrects = is_correction(text)
    code = hear_code(text, asked=ask in _CODE_ASKS and not _ten_digits(text, business))
    if ask is Ask.ADDRESS and code is not None and len(code) == _ZIP:
        code = None  # where an address was asked for, "code 45503" is its ZIP code
    pair = code_beside_number(text) if ask in _CODE_ASKS and not code else None
    rest = pair[1] if pair is not None else without_email(without_code(text) if code else text)
    code = pair[0] if pair is not None else code
    settled = facts.address is not None and ask is not Ask.ADDRESS
    where = beside_notes(rest) if settled else rest
    places = hear_places(where, business, facts)
    address = None if places else hear_place(where, business, ask, facts, corrects=corrects)
    settled = facts.phone is not None and ask not in PHONE_ASKS
    numbers = beside_notes(rest) if settled else rest
    own = hear_own_phone(numbers, country=business.country)
    phone = hear_number(numbers, business, ask, facts, address, own=own, corrects=corrects)
    name = hear_person(rest, business, ask, facts, phone, address=address, corrects=corrects)
    if name is not None and asks_again(tokens):
        name = None
    unnamed = _Unnamed.of(name, facts.name)
    intents = _intents(text, unnamed.words(text), unnamed.words(sure), context, address)
    if mood_of(angry=temper.angry, sentiment=temper.sentiment) is not None:
        intents |= {Intent.ANGER}
    note = "" if intents & _NO_NOTES else _note(text, context, address)
    timed = ask is not Ask.NOTES or not note or corrects
    when = without_number(unnamed.text(rest), phone, facts.phone_part)
    when = without_house(when, address) if corrects else when
    if Intent.KNOWLEDGE in intents:  # a time beside the question is a wish, one in it is none
        when = without_questions(when) if ask in _ARRANGING else ""
    times = hear_times(when, ask, facts, context.now, timed=timed, corrects=corrects)
    chosen = times.choice is not None and times.choice.kind is ChoiceKind.CHOSEN
    timed_anew = corrects and prefers(text) and bool(times.day or times.wish)
    if ask is Ask.NOTES and (chosen or timed_anew):
        note = ""
    service = _service(text, tokens, context, intents)
    if service is None and _asks_what_a_page_costs(tokens, intents, business):
        intents -= {Intent.PRICE}
    return Understanding(
        text=text,
        intents=intents,
        answer=hear_yes_no(sure),
        asks=_asks(text),
        corrects=corrects,
        opts_out=wants_no_calls(text),
        wants_privacy=wants_privacy(text),
        unrecorded=refuses_recording(text),
        temper=temper,
        danger=danger,
        matter=hear_peoples_matter(text, tokens, business, ask, facts),
        service=service,
        others=_others(text, service, context, danger),
        name=name,
        phone=phone.e164 if phone and phone.complete else None,
        phone_part=phone.digits if phone and not phone.complete else "",
        phone_choices=tuple(one.e164 for one in own if one.e164) if len(own) > 1 else (),
        extension=hear_extension_of(rest, phone, facts, address),
        email=hear_email(text),
        address=address,
        address_choices=places,
        place=None if address or places else hear_bare_place(rest, business, ask, intents),
        day=times.day,
        daypart=times.daypart,
        wish=times.wish,
        technician=hear_technician(text, business) if ask is not Ask.NOTES else None,
        coupon=hear_coupon(text, business),
        choice=times.choice,
        no_such_day=times.no_such_day,
        loose_time=times.loose,
        in_hours=times.in_hours,
        off_hours=(Intent.PRICE in intents or ask in _PRICED_ASKS) and names_off_hours(text),
        code=code,
        note=note,
        room=hear_room(text) if _at_the_house(context) else "",
    )


@dataclass(frozen=True, slots=True)
class _Unnamed:
    """A turn without the caller's name: "Stan Price" asks no price, "Beth Monday" names no day."""

    heard: str
    known: str

    @classmethod
    def of(cls, heard: str | None, known: str | None) -> _Unnamed:
        return cls(heard or "", known or "")

    def text(self, text: str) -> str:
        said = without_name(text, self.heard, anew=True)
        return without_name(said, self.known, anew=False)

    def words(self, text: str) -> tuple[str, ...]:
        return words(self.text(text))


def _others(
    text: str, service: ServiceHeard | None, context: TurnContext, danger: Finding
) -> tuple[str, ...]:
    """What is told beside the trouble that was understood."""
    if context.ask not in _TELLING_ASKS:
        return ()
    told = service.problem if service is not None else ""
    understood = service is not None and bool(service.problem or service.symptoms)
    main = service.service if service is not None and understood else ""
    found = other_problems(without_notes(text), context.business, main)
    found += counted_things(text, context.business) if service is not None else ()
    beside = tuple(one for one in found if not told or (one not in told and told not in one))
    past = "" if danger.is_danger else hear_past_danger(text, context.business)
    return (*beside, f"{OVER_NOW}: {past}") if past else beside


def _asks(text: str) -> bool:
    """Whether a turn asks something: one of its sentences does."""
    return text.rstrip().endswith("?") or any(
        is_question(words(sentence)) for sentence in _SENTENCE.split(text)
    )


_LABEL = re.compile(
    r"\b((?:(?:first|last|full|my|our|the) )*(?:name|address|street|phone|number|zip))"
    r"\s*[:=]\s*(?=\S)",
    re.IGNORECASE,
)
"""A detail behind its name, as people write it: "name: Geoffrey Smythe"."""

_GOOD_DAY = re.compile(r"\bgood (?:morning|afternoon|evening|day)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"[.!;]\s+")


def _intents(
    text: str,
    tokens: tuple[str, ...],
    meant: tuple[str, ...],
    context: TurnContext,
    place: AddressHeard | None,
) -> frozenset[Intent]:
    """What the turn wants; what it only supposes it does not want, but may ask about."""
    found, ask = hear_intents(tokens, context.business), context.ask
    if meant != tokens:
        wanted = hear_intents(meant, context.business) if meant else frozenset[Intent]()
        found = (found & _MEANT_ANYWAY) | wanted
    if Intent.LEGAL in found and (other := without_lawyers_as_people(text)) != text:
        found = (found - {Intent.LEGAL}) | (hear_intents(words(other), context.business) & _LAW)
    found = _with_price(found, " ".join(tokens))
    if _asks_whether_it_is_in_the_price(tokens):
        found = (found - {Intent.KNOWLEDGE}) | {Intent.PRICE}
    if _asks_to_get(text):
        found = (found - {Intent.PRICE, Intent.BOOK}) | {Intent.KNOWLEDGE}
    found -= _not_meant(found, text, context.business)
    if moves_visit(text) and Intent.CANCEL not in found:
        found |= {Intent.RESCHEDULE}
    if calls_off_visit(text) and Intent.RESCHEDULE not in found:
        found |= {Intent.CANCEL}
    if ask is Ask.ADDRESS and place is not None and place.located and not _asks(text):
        found -= {Intent.PRICE, Intent.KNOWLEDGE, Intent.HAGGLE}  # "Saint Paris Pike"
    if asks_for_own(text) or asks_when_they_come(text):
        found = (found - {Intent.BOOK, Intent.KNOWLEDGE}) | {Intent.MY_BOOKING}
    if amends_booking(text):
        found = (found - {Intent.BOOK}) | {Intent.AMEND}
    return found


def _not_meant(found: frozenset[Intent], text: str, business: Business) -> frozenset[Intent]:
    """What only a good day beside it seems to mean: "all this. good afternoon" is no goodbye."""
    if not {Intent.GREETING, Intent.THAT_IS_ALL} <= found:
        return frozenset()
    return frozenset({Intent.THAT_IS_ALL}) - hear_intents(words(_GOOD_DAY.sub(" ", text)), business)


def _with_price(found: frozenset[Intent], line: str) -> frozenset[Intent]:
    """The intents with a price that is asked for without a word for it, or as the only thing."""
    if _PRICE_ONLY.search(line):
        return (found - {Intent.BOOK}) | {Intent.PRICE, Intent.PRICE_ONLY}
    return found | {Intent.PRICE} if _WHAT_IT_RUNS.search(line) else found


def _asks_whether_it_is_in_the_price(tokens: tuple[str, ...]) -> bool:
    """Whether the way out to the caller is in a price that was told: the price says so itself."""
    return _INCLUDED.search(" ".join(tokens)) is not None


_INCLUDED = re.compile(
    r"\b(?:does|do|is|are|will) (?:that|this|it|the (?:price|estimate|total|figure|\w+ dollars))"
    r"(?: price| also| already)* (?:include|including|cover|count|with|counting)"
    r" (?:(?:you|them|him|somebody|someone|the \w+) )?(?:driving|coming|travel\w*|getting"
    r"|the (?:drive|trip|way|visit)|trip|mileage|a? ?visit)\b"
)


def _asks_what_a_page_costs(
    tokens: tuple[str, ...], intents: frozenset[Intent], business: Business
) -> bool:
    """Whether the price of something is asked that a page speaks of: "how much is parking"."""
    if not {Intent.PRICE, Intent.KNOWLEDGE} <= intents:
        return False
    asked = _PRICE_OF.search(" ".join(tokens))
    return asked is not None and asks_knowledge(tuple(asked["thing"].split()), business)


_PRICE_OF = re.compile(
    r"\b(?:how much|what) (?:is|are|do|does|for)(?: you charge for)? (?:the |a |an |your )?"
    r"(?P<thing>(?!it\b|that\b|this\b|you\b|visit\b|repair\b)\w+(?: \w+)?)(?: cost)?$"
)


def _asks_to_get(text: str) -> bool:
    """Whether the business is asked for what it gives at all, or takes whatever comes of it.

    "Do you give free estimates", "do I still pay if it can't be fixed".
    """
    said = " ".join(words(text))
    return _GIVES.search(said) is not None or _STILL_PAYS.search(said) is not None


def _ten_digits(text: str, business: Business) -> bool:
    """Whether the turn is a phone number and nothing that could be a code."""
    phone = hear_phone(text, country=business.country)
    return phone is not None and phone.complete and without_code(text) == text


def _service(
    text: str, tokens: tuple[str, ...], context: TurnContext, intents: frozenset[Intent]
) -> ServiceHeard | None:
    names_one = Intent.PRICE in intents or exchanges(text)
    if context.ask in {Ask.NOTES, Ask.ADDRESS} and not names_one:
        return None
    text = without_notes(text)
    tokens = words(text)
    if _SERVICE_CALL.search(text):  # a visit of whatever kind, and no upkeep
        text = _SERVICE_CALL.sub("visit", text)
        tokens = words(text)
    heard = hear_service(tokens, context.business)
    if heard is None and context.ask is Ask.SERVICE:
        named = name_service(tokens, context.business)
        heard = ServiceHeard(named, (), "") if named else None
    mends = heard is not None and not heard.symptoms and _only_looked_at(text)
    if mends and context.ask in _TELLING_ASKS:
        heard = _guess(text, context.business) or _mended(heard, context.business)
    vague = heard is None or (_mends(heard.service, context.business) and not heard.symptoms)
    tells = context.ask in _TELLING_ASKS or Intent.PRICE in intents
    if vague and tells and is_upkeep(text):
        heard = upkeep_service(context.business) or heard
    if heard is not None and (heard.symptoms or heard.problem) and context.ask in _TELLING_ASKS:
        heard = replace(heard, problem=_with_floor(heard.problem, hear_floor(text)))
    if heard is not None or context.ask not in _OPEN_ASKS:
        return heard
    no_more = context.ask is Ask.ANYTHING_ELSE and _wants_no_more(text)
    if (not intents - _CHAT and not no_more) or (
        tells_of_trouble(text) and not intents & _ELSEWHERE
    ):
        return _guess(text, context.business)
    return None


def _wants_no_more(text: str) -> bool:
    """Whether a no answers: in "there's no air coming out" something is denied, and told of."""
    return hear_yes_no(text) is YesNo.NO and _IS_MISSING.match(text) is None


_IS_MISSING = re.compile(
    r"^\W*(?:(?:and|also|oh|so|well|actually|um|uh)\b[ ,]*)*"
    r"(?:there's|there is|there are|i have|i've|we have|we've|i'm|we're|it has|it's|the \w+ has)"
    r" (?:got |getting |had )?no (?!more\b|other\b|further\b|question|thanks)",
    re.IGNORECASE,
)


def _with_floor(problem: str, floor: str) -> str:
    """What is wrong, and where in the house, for whoever comes to one of several units."""
    return problem if floor in problem.lower() else "; ".join(filter(None, (problem, floor)))


_HOLD_ON = re.compile(
    r"\b(?:wait|hold on|hang on|slow down|one moment|one second|just a (?:second|moment|minute)"
    r"|let me (?:see|check|look|think))\b",
    re.IGNORECASE,
)


def _only_looked_at(text: str) -> bool:
    """Whether something is wrong, and is to be checked for that: no upkeep by its name."""
    return tells_of_trouble(text) and _UPKEEP_BY_NAME.search(text) is None


_UPKEEP_BY_NAME = re.compile(r"\b(?:tune|maintenance|annual|yearly|servic\w+)", re.IGNORECASE)


def _mended(heard: ServiceHeard | None, business: Business) -> ServiceHeard | None:
    """The same by the one service that mends: "it won't start, I want it checked" is no upkeep."""
    mends = [one.id for one in business.services if one.symptoms]
    return replace(heard, service=mends[0]) if heard is not None and len(mends) == 1 else heard


def _mends(service_id: str, business: Business) -> bool:
    """Whether a service is for what has gone wrong."""
    service = business.service(service_id)
    return service is not None and bool(service.symptoms)


def _guess(text: str, business: Business) -> ServiceHeard | None:
    """What is complained of, in the clauses that tell it; an aside behind them is none of it.

    In what only asks something, it is what is asked about.
    """
    if _ASKS_WHEN_OR_WHERE.search(" ".join(words(text))) and not tells_of_trouble(text):
        return None
    clauses = [clause for clause in _CLAUSE.split(text) if clause.strip()]
    if not tells_of_trouble(text):
        clauses = [one for one in clauses if is_question(words(one))] or clauses
    found = [guess_service(words(clause), business) for clause in clauses]
    told = [
        one
        for one, clause in zip(found, clauses, strict=True)
        if one is not None and one.problem and (len(clauses) == 1 or tells_of_trouble(clause))
    ]
    if not told:  # an aside in another clause is none of the trouble
        return next((one for one in found if one is not None), None)
    problems = dict.fromkeys(one.problem for one in told)
    return replace(told[0], problem="; ".join(problems))


_CLAUSE = re.compile(r"[,.;!?]+\s")
_ASKS_WHEN_OR_WHERE = re.compile(
    r"^(?:(?:hi|hello|hey|and|so|um|uh|ok|okay|please|sorry|excuse me|good \w+) )*"
    r"(?:what time|when|where|how late|how early|until when|who|why)"
    r" (?:do|does|did|is|are|was|can|could|should|must|would|will|have)\b"
)
"""A question about the place or the hour, which names a thing and wants nothing done to it."""


_NOTHING_TO_NOTE = re.compile(
    r"^\W*(?:(?:no|nope|nah|none)(?:[,.]* (?:sir|ma'am|thanks|thank you|dear|nothing|not|i|we|that's|that is|special|more|further|additional|particular|it's|other)\b.{0,40})?"  # noqa: E501
    r"|nothing(?: (?:special|particular|else|much|really|that|comes|i|to|at|in|more|further|additional|out)\b.{0,30})?"  # noqa: E501
    r"|not (?:that|really|particularly|especially|at the moment|as such|to my|a thing)\b.{0,30})[ .!]*$",  # noqa: E501
    re.IGNORECASE,
)
"""Nothing to know, in more than a bare no."""


def _note(text: str, context: TurnContext, address: AddressHeard | None) -> str:
    """What the people who come are to know; what was read as the address is none of it."""
    if context.ask is Ask.NOTES:
        if is_asked(text) or hear_matter(text) is Matter.NO_LINK:
            return ""  # it is answered, and told to nobody
        if _HOLD_ON.search(text) and not volunteers_note(text):
            return ""
        if (
            hear_yes_no(text) is YesNo.NO or is_all_good(text) or _NOTHING_TO_NOTE.search(text)
        ) and not volunteers_note(text):
            return ""
        return clean_note(text)
    if is_asked(text):
        text = without_questions(text)  # "can you come today? the gate code is 4584"
    if not text.strip() or is_asked(text):
        return ""
    place = words(address.text) if address else ()
    return note_part(text, place) if volunteers_note(text) else ""


def _at_the_house(context: TurnContext) -> bool:
    """Whether people come to the business, so that a room is theirs to be found in."""
    return not any(service.needs_address for service in context.business.services)
