"""Every sentence of the agent that is no question (those are in `questions`), in one place.

Written form throughout ("$206", "(555) 123-0000", "9:00 PM"): the voice pipeline turns it
into words. No figure is made here: amounts come from tool results.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.facts import BookingMade, Facts, description, service_of
from voiceagent.dialogue.house.questions import capital, listed
from voiceagent.domain.business import Business
from voiceagent.domain.texting import TextVerdict, TextWay
from voiceagent.language.en_us.dates import WEEKDAYS, show_day
from voiceagent.language.en_us.phones import show_phone
from voiceagent.language.en_us.times import NoSuchDay, show_window

_LONGEST_SUMMARY = 500
TAKE_YOUR_TIME = "Take your time."
CHECK_PRICE = "Let me check the price."
CHECK_VISIT_PRICE = "That time has its own price, one moment."
CHECK_TIMES = "Let me see which times are open."
BOOKING = "I'm booking it now."
FINDING = "Let me find your booking."
MOVING = "I'm moving it now."
CANCELLING = "I'm cancelling it now."
NOTING = "I'm making a note of that."
CHECK_PART = "Let me check on that part."
CONNECTING = "Of course. One moment while I reach someone for you."
CONNECTING_TECHNICIAN = "Of course. One moment while I reach a technician for you."
CONNECTING_UPSET = "I'm sorry about this. One moment while I reach someone for you."
CANNOT_HEAR = "I can't hear you. One moment."
CANNOT_HEAR_GOODBYE = "I'm sorry, I still can't hear you. Goodbye."
CONNECTED = "I'm putting you through now."
SORRY_TO_HEAR = "I'm sorry to hear that."
HELLO = "Hello."
GOOD_TO_HEAR = "Good, thank you."
SMELL_TOLD = "You told me about a smell."
NOT_CAUGHT = "Sorry, I didn't catch that."
NOTHING_THEN = "I'm sorry, nothing is open then."
NOT_CAUGHT_AGAIN = "I'm sorry, I still didn't get that. You can also ask for a person."
HAVING_TROUBLE = "I'm having trouble understanding you, and I'm sorry about that."
CUT_OFF = "Sorry, we were cut off for a moment."
CAN_HEAR = "Yes, I can hear you."
CANT_HEAR_YOU = "Sorry, I can't hear you."
STILL_HERE = "I'm still here. You can also press 0 for a person."
NO_ONE_THERE = "I can't hear you, so I'll hang up now. Please call again any time. Goodbye."
NO_CARDS = (
    "For your security I can't take card numbers here. "
    "The deposit is paid through a secure link instead."
)
NOT_RECORDED = "All right. From now on, this call is not recorded."
NO_MORE_CALLS = "All right. I've noted that you don't want calls or texts from us."
KEPT_PRIVATE = "All right. From now on, what you say stays on our own systems."
DONT_KNOW = (
    "I'm sorry, I don't know that. If you like, ask me to have somebody call you back about it."
)
OF_COURSE = "Of course."
ALL_RIGHT = "All right."
WE_DO = "Yes, we do that."
KEPT = "All right, I've left your booking as it is."
DROPPED = "All right, I won't book anything."
NO_PROBLEM = "No problem."
STAY_SAFE = "Then please get to safety, and dial 911 if there is any danger. Goodbye."
FALSE_ALARM = "I'm glad to hear that, and sorry for the alarm."
SLOT_TAKEN = "I'm sorry, that time was just taken."
TAKING_LONGER = "That is taking a little longer than usual. One more moment."
FILLERS = ("One moment.", "Just a second.", "Let me see.")
TOO_SLOW = (
    "I'm sorry, this is taking longer than it should. "
    "You can say it again, or press 0 for a person."
)
FOR_OUR_TEAM = (
    "I can't settle that myself, but our team can. One moment while I reach someone for you."
)
PERSON_CAN_HELP = "I can't settle that myself, but a person can."
WRONG_NUMBER = "No problem at all. Goodbye."
NO_OFFERS = "Thank you, but we can't take offers on this line. Goodbye."
ONLY_ENGLISH = "I'm sorry, I only understand English."
SPANISH_IN_WRITING = (
    "I'm sorry, on the phone I only understand English. In writing I understand Spanish as well."
)
TEXT_IN_SPANISH = "You can text us in Spanish at this number."
FIXED_PRICES = "I don't know of a discount, and I can't change our prices. I'm sorry."
PRICE_OF_ONE = "That is the price of one. What several cost I can't say, but a person can."
ONLY_WHAT_IS_SAID = "For your security I can only use what you tell me now."
NOT_THAT_NUMBER = (
    "I can't note a number abroad, or one that costs extra to call. A person can, "
    "or give me another number."
)
SECOND_LATER = "I will come to the other visit once this one is booked."
SECOND_NOW = "Now the other visit."
UNCHANGED_YET = "All right, your booking stands for now."
TO_BE_SURE = "I want to be sure before I do anything."
NOTHING_YET = "All right, nothing is booked yet. Just tell me when I should."
ASK_STREET = "For a visit we need the street address, a PO box won't do."
CANT_DO = "I'm sorry, I can't do that right now."
EMERGENCIES_ONLY = "For an emergency somebody comes all the same, at the after-hours price."
CAN_WAIT = "I can also put you on our waiting list."
PUTTING_ON_LIST = "I'm putting you on our waiting list."
WRONG_CODE = "I'm sorry, that code doesn't belong to that phone number."
NEED_CODE = (
    "For your security I need the code from your confirmation text before I can change a booking."
)
CAN_TEXT_CODE = "Without the code I can't look into a booking, for your security."
SENDING_CODE = "One moment."
SENDING_AGAIN = SENDING_CODE
SPEAKS_SPANISH = "speaks Spanish"
"""Told to the person who takes over, not to the caller."""

PERSON_CAN_CHANGE = "It's booked with the earlier details. A person can change that."


def kept(*, private: bool, unrecorded: bool) -> str:
    """That what is said is kept private, or not recorded; "" for neither."""
    if private and unrecorded:
        return f"{KEPT_PRIVATE} And this call is not recorded."
    if unrecorded:
        return NOT_RECORDED
    return KEPT_PRIVATE if private else ""


_NO_TEXT: Final = {
    TextVerdict.WITHHELD: "your number is withheld",
    TextVerdict.NOT_ALLOWED: "we don't text numbers like yours",
    TextVerdict.OFF: "we don't send texts",
    TextVerdict.OPTED_OUT: "you asked us not to",
    TextVerdict.LANDLINE: "your number doesn't get texts",
    TextVerdict.NUMBER_CAP: "too many have gone to your number today",
    TextVerdict.BLOCK_CAP: "we can't send any more of them right now",
    TextVerdict.DAY_CAP: "we can't send any more of them right now",
}
"""Why a text does not go, to whoever waits for it."""


_SENT_TO_WRITERS: Final = {
    TextWay.CHAT: " A link to pay the deposit of ${amount:,} follows here in the chat.",
    TextWay.EMAIL: " A link to pay the deposit of ${amount:,} follows by e-mail.",
}
"""Where people who have no number find the link."""


def booked(facts: Facts, now: datetime, caller_number: str | None) -> str:
    """What was booked, its code and its deposit, exactly as the tool said.

    `caller_number` is the only number that is texted; ``None`` when it is withheld.
    """
    made = facts.booking
    if made is None:
        return ""
    if made.already_booked:
        return f"You already have that booking: {_when_and_code(made, now)}"
    deposit = _deposit(made, facts.phone, caller_number)
    return f"{still_booked(made, now)}{deposit}"


def still_booked(made: BookingMade, now: datetime) -> str:
    """A booking and its code, for a caller who may not have heard them."""
    return f"You're booked for {_when_and_code(made, now)}"


def _when_and_code(made: BookingMade, now: datetime) -> str:
    code = f" Your booking code is {made.code}." if made.code else ""
    return f"{show_window(made.window, now)}.{code}"


def _deposit(made: BookingMade, phone: str | None, caller_number: str | None) -> str:
    """Where the link to pay the deposit goes, or why it cannot go anywhere."""
    amount = made.deposit
    if not amount:
        return ""
    if made.text is TextVerdict.MAY and made.text_by is not TextWay.NUMBER:
        return _SENT_TO_WRITERS[made.text_by].format(amount=amount)
    text = TextVerdict.WITHHELD if caller_number is None else made.text
    if text is not TextVerdict.MAY:
        return f" The deposit is ${amount:,}. I couldn't text the link: {_NO_TEXT[text]}."
    where = "" if caller_number == phone else " It goes to the number you're contacting us from."
    return f" We're texting you a link to pay the deposit of ${amount:,}.{where}"


def moved(display: str, code: str) -> str:
    """A booking was moved."""
    return f"Done. Your booking is now {display}. The code is still {code}."


def cancelled(display: str) -> str:
    """A booking was cancelled."""
    return f"Your booking for {display} is cancelled." if display else "Your booking is cancelled."


def found(display: str) -> str:
    """A booking was found."""
    return f"I found your booking for {display}."


_BARE = frozenset(("yes", "yeah", "yep", "yup", "ya", "sure", "correct", "oui", "ja", "sim", "tak"))
"""Answers that name no danger."""


def reported(hazard: str) -> str:
    """What a job is about after a danger was reported and nothing else said."""
    return f"Caller reported {'danger' if hazard in _BARE else hazard}"


def who_we_are(business: Business) -> str:
    """The honest answer to "are you a robot?"."""
    name = business.voice.agent_name
    return f"I'm {name}, an automated assistant. You can ask for a person at any time."


def recording(business: Business, *, unrecorded: bool) -> str:
    """Whether what is said is recorded: the disclosure once more, without what it asks."""
    if unrecorded:
        return NOT_RECORDED
    said = re.split(r"(?<=[.?!])\s+", business.voice.disclosure)
    return " ".join(one for one in said if not one.endswith("?"))


def out_of_area(address: str) -> str:
    """An address where nobody comes, and the question for another one."""
    return f"{not_served(address)} Is there another address?"


def not_served(place: str) -> str:
    """Where nobody comes."""
    return f"I'm sorry, {place} is outside the area we serve."


def served(business: Business) -> str:
    """Where somebody comes, by the names of the file's areas; "" where it has none."""
    names = [area.name for area in business.areas]
    return f"We come to {listed(names, 'and')}." if names else ""


def this_is(business: Business) -> str:
    """Which firm this is."""
    return f"This is {business.name}, {business.trade} in {business.city}."


def goodbye(business: Business) -> str:
    """The last words."""
    return f"Thank you for calling {business.name}. Goodbye."


def no_such_day(named: NoSuchDay) -> str:
    """A day was named that does not exist; which one is meant is asked behind it."""
    if named.day is None:
        return f"There is no {named.said}."
    day = show_day(named.day.month, named.day.day)
    return f"{day} is a {WEEKDAYS[named.day.weekday()].capitalize()}."


def which_day(loose: str) -> str:
    """Of a stretch of days, as the caller said it, one day is needed."""
    return f"Which day do you mean by {loose}?"


def acknowledge(
    before: Facts, after: Facts, business: Business, now: datetime, *, ask: Ask, corrects: bool
) -> str:
    """A few words that show what was understood, so that a mistake is heard at once."""
    parts: list[str] = []
    if after.name != before.name and after.name:
        known = corrects and before.name is not None
        parts.append(after.name if known else f"Thank you, {after.name.split()[0]}")
    number = (after.phone, after.extension)
    if after.phone and number != (before.phone, before.extension):
        extension = f", extension {after.extension}" if after.extension else ""
        parts.append(f"I have {show_phone(after.phone)}{extension}")
    if after.address != before.address and after.address:
        parts.append(after.address.text)
    if after.window != before.window and after.window and not after.found:
        parts.append(capital(show_window(after.window, now)))
    fresh = [one for one in after.others if one not in before.others]
    if fresh and before.service is not None:
        parts.append(f"I've also noted: {', '.join(fresh)}")
    if after.room and after.room != before.room:
        parts.append(after.room.rstrip("."))
    if after.notes and before.notes is None and ask is not Ask.NOTES:
        parts.append(f"Noted: {_lower(after.notes.rstrip('.'))}")
    if before.service and after.service != before.service:
        service = service_of(after, business)
        parts.append(f"All right, {service.name}" if service else "")
    if not parts:
        service = service_of(after, business)
        trouble = service is not None and service.asks_safety
        return SORRY_TO_HEAR if trouble and after.symptoms and not before.symptoms else ""
    changed = any(
        old is not None and old != new
        for old, new in (
            (before.name, after.name),
            (before.phone, after.phone),
            (before.address, after.address),
        )
    )
    lead = "I've changed that. " if changed else ""
    return f"{lead}{'. '.join(parts)}."


def summary(facts: Facts, errand: str, business: Business, about: str = "") -> str:
    """The conversation in one line, for the person who takes over.

    Args:
        facts: what is known.
        errand: e.g. "cancel".
        business: for the words of its services.
        about: what the caller wants of a person, in their words.
    """
    parts = [
        about,
        facts.name or "",
        show_phone(facts.phone) if facts.phone else "",
        f"extension {facts.extension}" if facts.extension else "",
        f"wants to {errand}" if errand else "",
        description(facts, business).rstrip("."),
        facts.address.text if facts.address else _places_named(facts),
        f"quoted ${facts.quote.total_estimate:,}" if facts.quote else "",
        f"booking {facts.booking.code}" if facts.booking else "",
        f"booking {facts.found.code}" if facts.found else "",
        f"wants changed: {facts.amendment}" if facts.amendment else "",
    ]
    line = "; ".join(part for part in parts if part) or "No details yet."
    return line[:_LONGEST_SUMMARY]


def _places_named(facts: Facts) -> str:
    """The addresses of which nobody could tell yet which one is meant."""
    places = " and ".join(one.text for one in facts.address_choices)
    return f"addresses named: {places}" if places else ""


def _lower(text: str) -> str:
    return f"{text[:1].lower()}{text[1:]}"
