"""The house in Spanish: a turn understood by its own readers, and sentences told by the catalogue.

What was understood is the same record as of an English turn, so every rule of the house holds. The
caller's words themselves are kept only where they are a question to the business or a trouble in
words of their own: no rule for English words reads a Spanish turn.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Final

from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.facts import Facts, all_notes, description
from voiceagent.dialogue.house.hearing.cards import offers_card
from voiceagent.dialogue.house.hearing.services import ServiceHeard
from voiceagent.dialogue.house.intents import Intent
from voiceagent.dialogue.house.reading import PROPOSED
from voiceagent.dialogue.house.understand import TurnContext, Understanding
from voiceagent.domain.business import Business, LocaleWords
from voiceagent.domain.locales import Locale
from voiceagent.domain.safety import hear_danger
from voiceagent.language.en_us.addresses import AddressHeard
from voiceagent.language.en_us.emails import hear_email, without_email
from voiceagent.language.en_us.phones import PhoneHeard
from voiceagent.language.en_us.yes_no import YesNo
from voiceagent.language.es_us import people
from voiceagent.language.es_us.catalogue import PHRASEBOOK
from voiceagent.language.es_us.lexicon import fold, in_digits, words
from voiceagent.language.es_us.times import NOTHING_SAID, TimeHeard, hear_time
from voiceagent.language.es_us.wants import (
    asks,
    asks_to_know,
    corrects,
    hear_wants,
    moves_it,
    wants_no_calls,
)
from voiceagent.language.es_us.yes_no import (
    agrees,
    assents_first,
    hear_yes_no,
    is_hedged,
    lets_it_stand,
    without_answer,
)

_NAME_ASKS: Final = frozenset({Ask.NAME, Ask.NAME_AND_PHONE})
_PHONE_ASKS: Final = frozenset({Ask.PHONE, Ask.NAME_AND_PHONE, Ask.PHONE_AND_CODE})
_CODE_ASKS: Final = frozenset({Ask.CODE, Ask.PHONE_AND_CODE, Ask.SEND_CODE})
_TELLING_ASKS: Final = frozenset({Ask.HELP, Ask.SERVICE, Ask.PROBLEM, Ask.ANYTHING_ELSE})
_TIME_ASKS: Final = frozenset({Ask.TIME, Ask.DAY, Ask.CHANGE, Ask.CONFIRM_MOVE})
_NO_TIME_ASKS: Final = frozenset(
    {Ask.NAME, Ask.NAME_AND_PHONE, Ask.PHONE, Ask.ADDRESS, Ask.NOTES, Ask.SAFETY, Ask.CODE}
)
_AGREES: Final = frozenset(
    {Ask.READ_BACK, Ask.CONFIRM_CANCEL, Ask.CONFIRM_MOVE, Ask.GO_AHEAD, Ask.WANT_BOOKING}
)
"""Questions whose yes leads to an act: it has to be a yes and nothing else."""

_KINDNESS: Final = frozenset({Intent.GREETING, Intent.THANKS})

_CARD: Final = re.compile(r"\b(?:numero de (?:mi |la )?tarjeta|mi tarjeta es|tarjeta numero)\b")
_CODE: Final = re.compile(r"(?<!\d)(\d{6})(?!\d)")
_CODE_NAMED: Final = re.compile(
    r"\bcodigo(?: de (?:la |mi )?(?:cita|visita|reserva))?(?: es)?\W{0,3}"
    r"(\d{6}|\d(?: \d){5})(?!\d| \d)"
)
_CODE_SPACED: Final = re.compile(r"(?<!\d)(\d(?: \d){5})(?!\d| \d)")


def understand_spanish(text: str, context: TurnContext) -> Understanding:
    """Read a Spanish turn. Pure; never raises, whatever the text."""
    business, ask = context.business, context.ask
    danger = hear_danger(text, business, asked=ask is Ask.SAFETY)
    text = unicodedata.normalize("NFC", text)
    if offers_card(in_digits(text)) or _CARD.search(fold(text)):
        return Understanding(text="", card=True, danger=danger)
    heard = business.locales.get(Locale.ES_US)
    intents = _wants(text, context)
    code = _code(text) if ask in _CODE_ASKS else _code_called_so(text)
    rest = without_email(_CODE.sub(" ", text) if code else text)
    place = _place(rest, context)
    phone = _phone(rest, context, place)
    fixes = corrects(text)
    note = "" if ask is not Ask.NOTES or _adds_nothing(text, intents) else text.strip()
    time = NOTHING_SAID if ask in _NO_TIME_ASKS and not fixes else _time(rest, context)
    service = _service(text, ask, heard)
    name = _name(rest, ask, place) if ask is not Ask.NOTES else None
    told = any(
        (place, phone, service, name, code, note, time.day, time.daypart, time.choice, time.wish)
    )
    asking = asks(text)
    answer = _answer(text, ask, told=told)
    half = answer is YesNo.YES and ask in PROPOSED and not agrees(text, PROPOSED[ask])
    answer = YesNo.UNCLEAR if half else answer
    own_booking = Intent.MY_BOOKING in intents
    only_asks = not told and not own_booking and answer is YesNo.UNCLEAR
    if (
        asking
        and not intents - _KINDNESS
        and (only_asks or (asks_to_know(text) and not own_booking))
    ):
        intents |= {Intent.KNOWLEDGE}
    if ask is Ask.AFTER_DANGER and answer is YesNo.YES:
        intents |= {Intent.BOOK}
    own = ask is Ask.PROBLEM and not told and answer is YesNo.UNCLEAR
    return Understanding(
        text=text if asking or own or Intent.KNOWLEDGE in intents else "",
        intents=intents,
        answer=answer,
        asks=asking,
        corrects=fixes,
        opts_out=wants_no_calls(text),
        danger=danger,
        service=service,
        name=name,
        phone=phone.e164 if phone and phone.complete else None,
        phone_part=phone.digits if phone and not phone.complete and ask in _PHONE_ASKS else "",
        email=hear_email(text),
        address=place,
        day=time.day,
        daypart=time.daypart,
        wish=time.wish,
        choice=time.choice,
        code=code,
        note=note,
        held=(is_hedged(text) and ask in _AGREES and answer is not YesNo.NO) or half,
    )


def _wants(text: str, context: TurnContext) -> frozenset[Intent]:
    """The wishes of a turn; with something booked, "cámbiela" is to move it."""
    intents = frozenset(Intent(want.value) for want in hear_wants(text))
    facts, ask = context.facts, context.ask
    booked = facts.found is not None or facts.booking is not None
    if booked and ask not in _WHILE_MOVING and moves_it(text):
        return intents - {Intent.CANCEL, Intent.BOOK} | {Intent.RESCHEDULE}
    if ask is Ask.CONFIRM_CANCEL:  # whether it agrees is its answer
        return intents - {Intent.CANCEL}
    return intents


_WHILE_MOVING: Final = frozenset({Ask.CONFIRM_MOVE, Ask.TIME, Ask.DAY, Ask.READ_BACK, Ask.CHANGE})


def _answer(text: str, ask: Ask, *, told: bool) -> YesNo:
    """Yes or no; facts may follow a no, and a yes only where it leads to no act."""
    answer = hear_yes_no(text)
    if ask in {Ask.CONFIRM_CANCEL, Ask.CONFIRM_MOVE} and answer is not YesNo.NO:
        if lets_it_stand(text):
            return YesNo.NO
        return YesNo.YES if agrees(text, PROPOSED[ask]) else answer
    if ask is Ask.AFTER_DANGER and assents_first(text):
        safe = set(words(without_answer(text))) <= _OUT_OF_DANGER
        return YesNo.YES if safe else answer
    if answer is YesNo.UNCLEAR and told and ask not in _AGREES and assents_first(text):
        return YesNo.YES
    return answer


_OUT_OF_DANGER: Final = frozenset((
    "ya", "estamos", "estoy", "todos", "todas", "afuera", "fuera", "a", "salvo", "por", "favor",
    "gracias", "bien", "salimos", "si", "una", "visita", "quiero", "esta", "mande", "alguien",
))  # fmt: skip


def _code(text: str) -> str | None:
    written = in_digits(text)
    found = _CODE.search(written) or _CODE_SPACED.search(written)
    return found[1].replace(" ", "") if found else None


def _code_called_so(text: str) -> str | None:
    """The code that is called one, whatever was asked: "codigo 474473"."""
    found = _CODE_NAMED.search(fold(in_digits(text)))
    return found[1].replace(" ", "") if found else None


def _place(text: str, context: TurnContext) -> AddressHeard | None:
    """An address; without a house number only where one was asked for or is being completed."""
    business, ask = context.business, context.ask
    if ask is Ask.NOTES:
        return None
    heard = people.hear_place(
        without_answer(text),
        streets=business.vocabulary.streets,
        cities=business.vocabulary.cities,
        city=business.city,
        state=business.state,
        zips=frozenset(code for area in business.areas for code in area.zips),
    )
    settled = context.facts.address is not None and ask not in {
        Ask.READ_BACK,
        Ask.CHANGE,
        Ask.ADDRESS,
    }
    return heard if heard is not None and heard.located and not settled else None


def _phone(text: str, context: TurnContext, place: AddressHeard | None) -> PhoneHeard | None:
    """The caller's number; one that was begun before is completed."""
    ask, facts = context.ask, context.facts
    if ask in {Ask.NOTES, Ask.ADDRESS} or (place is not None and ask not in _PHONE_ASKS):
        heard = people.hear_number(text, context.business.country)
        return heard if heard is not None and heard.complete else None
    heard = people.hear_number(text, context.business.country)
    if heard is not None and not heard.complete and facts.phone_part and ask in _PHONE_ASKS:
        joined = people.hear_number(facts.phone_part + heard.digits, context.business.country)
        return joined or heard
    if heard is not None and heard.complete:
        return heard
    return heard if ask in _PHONE_ASKS else None


def _name(text: str, ask: Ask, place: AddressHeard | None) -> str | None:
    name = people.hear_name(text, asked=ask in _NAME_ASKS and place is None)
    return name if ask in _NAME_ASKS or (name and " " in name) or ask in _TELLING_ASKS else None


def _time(text: str, context: TurnContext) -> TimeHeard:
    offers = context.facts.offers if context.ask in _TIME_ASKS | {Ask.READ_BACK} else ()
    return hear_time(text, context.now, offers)


def _adds_nothing(text: str, intents: frozenset[Intent]) -> bool:
    """Whether an answer to the question for notes is a no, a yes, or a move of the talk."""
    only = hear_yes_no(text) is not YesNo.UNCLEAR and len(words(text)) <= _SHORT
    return only or bool(intents & {Intent.THAT_IS_ALL, Intent.DO_NOT_KNOW, Intent.REPEAT})


_SHORT: Final = 5


def _service(text: str, ask: Ask, heard: LocaleWords | None) -> ServiceHeard | None:
    """The service whose symptoms or name are said, in the file's Spanish words."""
    if heard is None or ask in {Ask.NOTES, Ask.ADDRESS, *_NAME_ASKS}:
        return None
    said = f" {' '.join(words(text))} "
    best: tuple[int, ServiceHeard] | None = None
    for service, of in heard.services.items():
        symptoms = tuple(
            say
            for say, one in of.symptoms.items()
            if any(_says(said, phrase) for phrase in (one.say, *one.heard))
        )
        named = [phrase for phrase in (of.name, *of.heard) if _says(said, phrase)]
        weight = 100 * len(symptoms) + max(map(len, named), default=0)
        if weight and (best is None or weight > best[0]):
            best = (weight, ServiceHeard(service, symptoms, ""))
    return None if best is None else best[1]


def _says(said: str, phrase: str) -> bool:
    return f" {' '.join(words(phrase))} " in said


def tell_in_spanish(text: str, facts: Facts, business: Business, quoted: str = "") -> str:
    """What the house says, in Spanish; a sentence without Spanish words is said to be English."""
    worded = business_words(business)
    named = {**worded, **dict(_caller_words(facts, business, worded))}
    if quoted:
        named[quoted] = quoted
    return PHRASEBOOK.tell(text, named).text


def business_words(business: Business) -> Mapping[str, str]:
    """What the business file says in English, and what it says for it in Spanish."""
    return dict(_worded(business)) if Locale.ES_US in business.locales else {}


def _worded(business: Business) -> Iterator[tuple[str, str]]:
    words = business.locales[Locale.ES_US]
    emergency = business.emergency
    yield business.name, business.name
    yield business.voice.agent_name, words.agent_name
    yield business.escalation.unavailable, words.unavailable
    yield emergency.question, words.emergency.question
    yield emergency.question_again or emergency.question, words.emergency.question_again
    yield emergency.guidance, words.emergency.guidance
    yield emergency.guidance_again or emergency.guidance, words.emergency.guidance_again
    yield emergency.caution, words.emergency.caution
    for lead in business.escalation.leads:
        yield lead.name, words.leads.get(lead.id, lead.name)
    for area in business.areas:
        yield area.name, area.name
    for service in business.services:
        ours = words.services[service.id]
        yield service.name, ours.name
        for symptom in service.symptoms:
            if symptom.say in ours.symptoms:
                yield symptom.say, ours.symptoms[symptom.say].say
    for page in words.knowledge:
        yield page.answer, page.answer


def _caller_words(
    facts: Facts, business: Business, worded: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """What is known of the caller, in the words it stands in; the job in the file's Spanish."""
    own = [facts.name, facts.problem, facts.room, facts.email, facts.notes, *facts.others]
    own += [facts.address.text if facts.address else None, all_notes(facts)]
    for said in own:
        if said:
            yield said.rstrip("."), said.rstrip(".")
    job = description(facts, business).rstrip(".")
    if job:
        parts = [_in_file(part, worded) for part in job.split("; ")]
        told = "; ".join(parts)
        yield job, f"{told[:1].upper()}{told[1:]}"


def _in_file(part: str, worded: Mapping[str, str]) -> str:
    small = f"{part[:1].lower()}{part[1:]}"
    return worded.get(part) or worded.get(small, part)
