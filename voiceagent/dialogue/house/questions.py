"""The agent's questions, each in two wordings: the second is for when it has to be put again.

One question at a time. Written form, as in `wording`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.doubts import check_question
from voiceagent.dialogue.house.facts import Facts, all_notes, description, preferred, service_of
from voiceagent.domain.business import Business
from voiceagent.domain.records import Window
from voiceagent.language.en_us.addresses import AddressHeard
from voiceagent.language.en_us.breaths import in_breaths
from voiceagent.language.en_us.phones import show_phone
from voiceagent.language.en_us.times import show_window

PLAIN: dict[Ask, tuple[str, str]] = {
    Ask.HELP: ("How can I help?", "What can I do for you today?"),
    Ask.WANT_BOOKING: (
        "Would you like me to book that for you?",
        "Shall I book a time for you?",
    ),
    Ask.PROBLEM: (
        "What seems to be the problem?",
        "Could you tell me in a few words what is wrong?",
    ),
    Ask.AFTER_DANGER: (
        "Once everyone is safe, shall I arrange a visit?",
        "If you are safe now, would you like me to arrange a visit?",
    ),
    Ask.NAME_AND_PHONE: (
        "May I have your name and the best phone number to reach you?",
        "What is your name, and which phone number can we reach you on?",
    ),
    Ask.NAME: ("May I have your name?", "What is your first and last name?"),
    Ask.PHONE: (
        "What is the best phone number to reach you?",
        "Could you give me your ten digit phone number?",
    ),
    Ask.ADDRESS: (
        "What is the address for the visit?",
        "Could you tell me the street number, the street and the city?",
    ),
    Ask.GO_AHEAD: ("Would you like to go ahead?", "Shall I go ahead and look for a time?"),
    Ask.DAY: ("What day would suit you?", "Which day, and morning or afternoon?"),
    Ask.CHANGE: ("What should I change?", "Which part is not right?"),
    Ask.PHONE_AND_CODE: (
        "What are the phone number and the booking code?",
        "Could you give me the phone number on the booking, and its code?",
    ),
    Ask.CODE: (
        "What is your booking code?",
        "Could you read me the booking code from the text we sent you?",
    ),
    Ask.SEND_CODE: (
        "Shall I text a code to the number you booked with?",
        "Would you like me to text you a code?",
    ),
    Ask.HUMAN_OFFER: (
        "Shall I connect you with a person?",
        "Would you like me to connect you with a person?",
    ),
    Ask.ANYTHING_ELSE: (
        "Is there anything else I can help with?",
        "Can I do anything else for you?",
    ),
    Ask.MEANT: ("Did I understand you right?", "Is that what you meant?"),
}


TEXTED_CODE = (
    "What are the six digits?",
    "Could you read me the six digits from the text?",
)
"""Asks for the code that was just texted, in place of the booking's."""


AFTER_DANGER_HERE: Final = (
    "Once everyone is safe, shall I book a time for you?",
    "If you are safe now, shall I book a time for you?",
)
"""Asked after a danger where customers come to the business: nobody is sent a visit."""


def goes_to_customers(business: Business) -> bool:
    """Whether any service of the business is done where the customer is."""
    return any(service.needs_address for service in business.services)


def question(ask: Ask, facts: Facts, business: Business, now: datetime, *, again: bool) -> str:  # noqa: C901, PLR0911, PLR0912 - one return per case
    """The question in its first wording, or in its second when it has to be put again."""
    match ask:
        case Ask.AFTER_DANGER if not goes_to_customers(business):
            return AFTER_DANGER_HERE[again]
        case Ask.SERVICE:
            names = listed([service.name for service in business.services])
            return f"{'Which is it' if again else 'What do you need'}: {names}?"
        case Ask.SAFETY:
            return business.emergency.question
        case Ask.ADDRESS if facts.address_choices:
            return _which_address(facts.address_choices)
        case Ask.ADDRESS if facts.address_part and facts.address_part.number:
            return f"And which street is number {facts.address_part.number} on?"
        case Ask.ADDRESS if facts.address_part and facts.address_part.street:
            return f"And what is the house number on {facts.address_part.street}?"
        case Ask.PHONE | Ask.NAME_AND_PHONE | Ask.PHONE_AND_CODE if facts.phone_choices:
            return _which_number(facts.phone_choices)
        case Ask.PHONE | Ask.NAME_AND_PHONE if facts.phone_part:
            return f"I have {spaced(facts.phone_part)}. What are the remaining digits?"
        case Ask.CODE if facts.texted_code:
            return TEXTED_CODE[1 if again else 0]
        case Ask.TIME:
            return offer(facts, now, again=again)
        case Ask.NOTES:
            return _notes_question(facts, business, again=again)
        case Ask.CHECK:
            return check_question(facts, now)
        case Ask.READ_BACK:
            return "Shall I book it now?" if again else read_back(facts, business, now)
        case Ask.CONFIRM_MOVE:
            return f"Shall I move your booking to {_window(facts.window, now)}?"
        case Ask.CONFIRM_CANCEL:
            found = facts.found
            what = f"your booking for {found.display}" if again and found else "it"
            return f"Do you want me to cancel {what}?"
        case _:
            return PLAIN[ask][1 if again else 0]


def _which_number(numbers: Sequence[str]) -> str:
    shown = listed([show_phone(number) for number in numbers])
    return f"I heard more than one number. Which is yours: {shown}?"


def _which_address(places: Sequence[AddressHeard]) -> str:
    shown = listed([f"{one.number} {one.street}" for one in places])
    return f"I heard more than one address. Which is the visit for: {shown}?"


def listed(parts: Sequence[str], last: str = "or") -> str:
    """Parts in a sentence: "a or b", "a, b, or c"."""
    if len(parts) < 2:  # noqa: PLR2004 - one stands alone
        return "".join(parts)
    comma = "," if len(parts) > 2 or any("," in part for part in parts) else ""  # noqa: PLR2004
    return f"{', '.join(parts[:-1])}{comma} {last} {parts[-1]}"


def spaced(digits: str) -> str:
    """Digits one by one, so that they are not read as a number."""
    return " ".join(digits)


NO_TIMES = "I'm sorry, I have nothing open then."


def offer(facts: Facts, now: datetime, *, again: bool) -> str:
    """The windows on offer; one that fits what the caller named is proposed alone."""
    fitting = preferred(facts)
    windows = fitting or facts.offers
    shown = [show_window(window, now) for window in windows]
    wished = facts.day is not None or facts.daypart is not None or facts.wish is not None
    if len(shown) == 1:
        nothing = f"{NO_TIMES} " if wished and not fitting and not again else ""
        return f"{nothing}I have {shown[0]}. Does that work for you?"
    if again:
        lead = "The open times are"
    elif not fitting and wished:
        lead = "I have nothing open then. The closest times are"
    else:
        lead = "I have"
    return f"{lead} {listed(_without_repeats(shown))}. Which works better for you?"


def _without_repeats(shown: Sequence[str]) -> Sequence[str]:
    """Windows of one day with the day said once: "Tuesday, 8 to 10 AM", "12 to 2 PM"."""
    days, hours = zip(*(window.rsplit(", ", 1) for window in shown), strict=True)
    return [shown[0], *hours[1:]] if len(set(days)) == 1 else shown


def read_back(facts: Facts, business: Business, now: datetime) -> str:
    """Everything that is about to be booked, and whether to book it."""
    who, what = (parts := to_book(facts, business, now))[:2], parts[2:]
    return f"Let me read that back. {'. '.join((', '.join(who), *what))}. Shall I book it?"


def to_book(facts: Facts, business: Business, now: datetime) -> tuple[str, ...]:
    """All that a booking would hold, part by part, as it is read back; name and number stand first."""  # noqa: E501
    service = service_of(facts, business)
    notes = all_notes(facts).rstrip(".")
    parts = (
        facts.name or "",
        show_phone(facts.phone or ""),
        facts.address.text if facts.address and service and service.needs_address else "",
        description(facts, business).rstrip("."),
        capital(_window(facts.window, now)),
        f"Notes: {in_breaths(notes, _NOTES_BREATH)}" if notes else "",
        f"The estimate is ${facts.quote.total_estimate:,}" if facts.quote else "",
    )
    return tuple(part for part in parts if part)


_NOTES_BREATH = 20
"""Words of notes in one breath; with "Notes" before them they take less than eight seconds."""


def _notes_question(facts: Facts, business: Business, *, again: bool) -> str:
    service = service_of(facts, business)
    example = ", like a gate code or a pet" if service and service.needs_address else ""
    if again:
        return f"What should we know{example}? You can also say no."
    when = "before we see you" if example else "beforehand"
    return f"Is there anything we should know {when}{example}?"


def _window(window: Window | None, now: datetime) -> str:
    return show_window(window, now) if window else ""


def capital(text: str) -> str:
    """A sentence's first letter made a capital."""
    return f"{text[:1].upper()}{text[1:]}"
