"""One caller turn, understood: which intents, which facts, which answer.

Understanding never decides what to do; it reads as much out of a turn as it can, in the light of
the open question, and leaves the rest to the policy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.facts import MOST_DIGITS, Facts
from voiceagent.dialogue.house.hearing.cards import offers_card
from voiceagent.dialogue.house.hearing.codes import hear_code, without_code
from voiceagent.dialogue.house.hearing.corrections import correct_name, correct_phone, is_correction
from voiceagent.dialogue.house.hearing.homophones import mend
from voiceagent.dialogue.house.hearing.notes import clean_note, note_part, volunteers_note
from voiceagent.dialogue.house.hearing.opt_outs import wants_no_calls
from voiceagent.dialogue.house.hearing.places import hear_place
from voiceagent.dialogue.house.hearing.privacy import wants_privacy
from voiceagent.dialogue.house.hearing.services import (
    ServiceHeard,
    guess_service,
    hear_service,
    name_service,
)
from voiceagent.dialogue.house.intents import Intent, hear_intents, is_question
from voiceagent.domain.business import Business
from voiceagent.domain.safety import NOTHING_FOUND, Finding, hear_danger
from voiceagent.language.en_us.addresses import AddressHeard
from voiceagent.language.en_us.emails import hear_email
from voiceagent.language.en_us.matching import words
from voiceagent.language.en_us.names import hear_name
from voiceagent.language.en_us.phones import PhoneHeard, hear_phone
from voiceagent.language.en_us.times import (
    ChoiceKind,
    Daypart,
    WindowChoice,
    choose_window,
    counts_windows,
    hear_date,
    hear_daypart,
)
from voiceagent.language.en_us.yes_no import YesNo, hear_yes_no


@dataclass(frozen=True, slots=True)
class TurnContext:
    """What a turn is understood against. `now` is in the business's zone."""

    business: Business
    now: datetime
    ask: Ask
    facts: Facts


@dataclass(frozen=True, slots=True)
class Understanding:
    """All that was read out of one turn; empty fields were not heard."""

    text: str
    intents: frozenset[Intent] = frozenset()
    answer: YesNo = YesNo.UNCLEAR
    asks: bool = False
    corrects: bool = False
    card: bool = False
    opts_out: bool = False
    wants_privacy: bool = False
    danger: Finding = NOTHING_FOUND
    service: ServiceHeard | None = None
    name: str | None = None
    phone: str | None = None
    phone_part: str = ""
    email: str | None = None
    address: AddressHeard | None = None
    day: date | None = None
    daypart: Daypart | None = None
    choice: WindowChoice | None = None
    code: str | None = None
    note: str = ""

    @property
    def has_facts(self) -> bool:
        """Whether any fact was read, besides an answer."""
        picked = self.choice is not None and self.choice.kind is ChoiceKind.CHOSEN
        return picked or any(
            (
                self.service, self.name, self.phone, self.phone_part, self.email, self.address,
                self.day, self.daypart, self.code, self.note,
            )
        )  # fmt: skip


_NAME_ASKS = frozenset({Ask.NAME, Ask.NAME_AND_PHONE})
_PHONE_ASKS = frozenset({Ask.PHONE, Ask.NAME_AND_PHONE, Ask.PHONE_AND_CODE})
_CODE_ASKS = frozenset({Ask.CODE, Ask.PHONE_AND_CODE})
_CHOICE_ASKS = frozenset(
    {Ask.TIME, Ask.DAY, Ask.READ_BACK, Ask.CHANGE, Ask.CONFIRM_MOVE, Ask.NOTES}
)
_OPEN_ASKS = frozenset({Ask.HELP, Ask.SERVICE})
_CHAT = frozenset({Intent.GREETING, Intent.RUSH, Intent.NO_RUSH, Intent.BOOK, Intent.THANKS})
_NAME_CUE = re.compile(
    r"\b(?:my name|name is|name's|the name|this is|it's|it is|i am|i'm|here|speaking|call me"
    r"|under)\b"
)
_NEXT_WEEK = re.compile(r"\bnext week\b")
_DIGIT_TALK = re.compile(r"\b(?:number|digits?|phone|ends? (?:in|with)|area code)\b").search
_STRONG_NAME_CUE = re.compile(r"\b(?:my name|name is|name's|the name|call me)\b")
_PHONE_CUE = re.compile(r"\b(?:number|phone|cell|mobile|reach me|call me (?:at|on|back))\b")


def understand(text: str, context: TurnContext) -> Understanding:
    """Read a turn. Pure; never raises, whatever the text."""
    danger = hear_danger(text, context.business, asked=context.ask is Ask.SAFETY)
    if offers_card(text):
        return Understanding(text="", card=True, danger=danger)
    text = mend(text, context.ask)
    tokens = words(text)
    business, ask = context.business, context.ask
    corrects = is_correction(text)
    code = hear_code(text, asked=ask in _CODE_ASKS and not _ten_digits(text, business))
    rest = without_code(text) if code else text
    address = hear_place(rest, business, ask, context.facts, corrects=corrects)
    phone = _phone(rest, context, address, corrects=corrects)
    note = _note(text, context)
    intents = hear_intents(tokens, business)
    timed = (ask is not Ask.NOTES or not note or corrects) and Intent.KNOWLEDGE not in intents
    choosing = _choosing(context, corrects=corrects)
    counts = choosing and counts_windows(text, len(context.facts.offers))
    day = _day(rest, context.now) if timed and not counts else None
    return Understanding(
        text=text,
        intents=intents,
        answer=hear_yes_no(text),
        asks=is_question(tokens),
        corrects=corrects,
        opts_out=wants_no_calls(text),
        wants_privacy=wants_privacy(text),
        danger=danger,
        service=_service(tokens, context, intents),
        name=_name(rest, context, phone, corrects=corrects),
        phone=phone.e164 if phone and phone.complete else None,
        phone_part=phone.digits if phone and not phone.complete else "",
        email=hear_email(text),
        address=address,
        day=day,
        daypart=hear_daypart(rest) if timed else None,
        choice=_choice(text, day, context, corrects=corrects),
        code=code,
        note=note,
    )


def _ten_digits(text: str, business: Business) -> bool:
    """Whether the turn is a phone number and nothing that could be a code."""
    phone = hear_phone(text, country=business.country)
    return phone is not None and phone.complete and without_code(text) == text


def _service(
    tokens: tuple[str, ...], context: TurnContext, intents: frozenset[Intent]
) -> ServiceHeard | None:
    if context.ask in {Ask.NOTES, Ask.ADDRESS}:
        return None
    heard = hear_service(tokens, context.business)
    if heard is None and context.ask is Ask.SERVICE:
        named = name_service(tokens, context.business)
        heard = ServiceHeard(named, (), "") if named else None
    if heard is None and context.ask in _OPEN_ASKS and not intents - _CHAT:
        heard = guess_service(tokens, context.business)
    return heard


def _name(
    text: str, context: TurnContext, phone: PhoneHeard | None, *, corrects: bool
) -> str | None:
    """A name where it was asked for, announced, corrected, or given along with a number."""
    names = context.business.vocabulary
    known, ask = context.facts.name, context.ask
    if known is not None:
        renamed = ask is not Ask.NOTES and (corrects or _STRONG_NAME_CUE.search(text.lower()))
        return correct_name(known, text, names.first_names, names.last_names) if renamed else None
    given = phone is not None and phone.complete
    announced = given or _NAME_CUE.search(text.lower()) is not None
    if ask in _NAME_ASKS or (ask is not Ask.NOTES and announced):
        return hear_name(text, first_names=names.first_names, last_names=names.last_names)
    return None


def _phone(
    text: str, context: TurnContext, address: AddressHeard | None, *, corrects: bool
) -> PhoneHeard | None:
    facts = context.facts
    heard = hear_phone(text, country=context.business.country)
    if heard is not None and heard.complete:
        return heard
    if facts.phone is not None and address is not None:
        return None
    if facts.phone is not None:
        put_right = correct_phone(facts.phone, text) if corrects or _DIGIT_TALK(text) else None
        return PhoneHeard(put_right[2:], put_right, complete=True) if put_right else None
    if heard is None or address is not None:
        return None
    if context.ask not in _PHONE_ASKS and not _PHONE_CUE.search(text.lower()):
        return None
    return _joined(facts.phone_part, heard, context.business.country)


def _joined(part: str, heard: PhoneHeard, country: str) -> PhoneHeard:
    """The digits as the rest of the number or, when that gives too many, as all of it once more."""
    joined = hear_phone(f"{part} {heard.digits}", country=country) if part else None
    fits = joined is not None and len(joined.digits) <= MOST_DIGITS
    return joined if joined is not None and fits else heard


def _day(text: str, now: datetime) -> date | None:
    """The date named; "next week" is its Monday."""
    day = hear_date(text, now)
    if day is None and _NEXT_WEEK.search(text.lower()):
        return now.date() + timedelta(days=7 - now.weekday())
    return day


def _choosing(context: TurnContext, *, corrects: bool) -> bool:
    """Whether windows are on offer, and the turn may be about them."""
    asked = context.ask is Ask.TIME or (context.ask in _CHOICE_ASKS and corrects)
    return asked and bool(context.facts.offers)


def _choice(
    text: str, day: date | None, context: TurnContext, *, corrects: bool
) -> WindowChoice | None:
    """Which offered window the turn picks; a day that is not on offer picks none."""
    offers = context.facts.offers
    if not _choosing(context, corrects=corrects):
        return None
    if day is not None and all(window.start.date() != day for window in offers):
        return None
    return choose_window(text, offers, context.now)


def _note(text: str, context: TurnContext) -> str:
    if context.ask is Ask.NOTES:
        if hear_yes_no(text) is YesNo.NO and not volunteers_note(text):
            return ""
        return clean_note(text)
    return note_part(text) if volunteers_note(text) else ""
