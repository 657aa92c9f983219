"""Phone numbers: E.164, and which of them we are willing to call or text.

`phonenumbers` knows two degrees: *possible* (the length fits) and *valid* (an assigned range).
Possible is enough here, because fictional 555 numbers and brand-new ranges must be accepted; what
must be refused are numbers that cost money (premium and shared-cost lines) or lie abroad, which is
where toll fraud and SMS pumping live (docs/contract.md, threats).
"""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType, timezone

from voiceagent.domain.business import Business
from voiceagent.errors import CallerFixable

E164_SHAPE = re.compile(r"\+[1-9][0-9]{6,14}")
"""Of a whole number in E.164 (ITU-T E.164: at most 15 digits); not whether it is anybody's."""

_COSTLY = frozenset(
    {
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.PERSONAL_NUMBER,
        PhoneNumberType.UAN,
        PhoneNumberType.PAGER,
    }
)
_NANP = 1
_NANP_DIGITS = 10
_NANP_COSTLY_PREFIXES = ("900", "976", "500", "521", "522", "700")
"""Premium and follow-me codes of the North American plan (NANPA); refused even if unassigned."""
_SAME_TARIFF: dict[str, frozenset[str]] = {
    "US": frozenset({"US", "CA", "PR", "GU", "VI", "AS", "MP"}),
    "CA": frozenset({"US", "CA"}),
}
_MOST_ZONES = 4
"""Of one place: more are a whole numbering plan's."""

_WITHHELD_WORDS = (
    *("ANONYMOUS", "RESTRICTED", "BLOCKED", "UNKNOWN", "UNAVAILABLE", "PRIVATE", "WITHHELD"),
    *("NOTAVAILABLE", "NOCALLERID", "NONUMBER", "OUTOFAREA", "PAYPHONE", "CALLERID", "NOBODY"),
)
"""What carriers write on a keypad, as a number, where there is none (Twilio: the first five,
twilio.com/docs/voice/twiml, request parameters)."""

_KEYPAD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
_KEYED = frozenset(word.translate(_KEYPAD) for word in _WITHHELD_WORDS)
_COUNTING = frozenset(("1234567890", "0123456789", "123456789", "12345678"))


def e164(text: str, country: str = "US") -> str | None:
    """A number as E.164 (``+15551230000``), ``None`` when the text cannot be a phone number.

    Args:
        text: as written by a person or a carrier, digits not words.
        country: two-letter region that a number without ``+`` belongs to.
    """
    number = _parse(text, country)
    if number is None:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def caller_id(text: str, country: str = "US") -> str | None:
    """The number a carrier says is calling, ``None`` when it is withheld or stands for that."""
    number = e164(text, country)
    return None if number is None or is_placeholder(number) else number


def is_placeholder(number: str) -> bool:
    """Whether a number is nobody's: what a carrier sends where it has none.

    By kind, since every carrier has its own: a word for "withheld" on a keypad, with or without the
    country's 1; one digit over and over; digits counted up; and an area code that begins with 0 or
    1, which the North American plan does not have.

    Args:
        number: E.164; any other text is no placeholder, and no number either.
    """
    if E164_SHAPE.fullmatch(number) is None:
        return False
    digits = number.removeprefix("+")
    national = digits.removeprefix("1")
    return (
        not _KEYED.isdisjoint({digits, national})
        or len(set(national)) == 1
        or national in _COUNTING
        or (digits != national and (len(national) != _NANP_DIGITS or national[0] in "01"))
    )


def zones_of(number: str) -> tuple[str, ...]:
    """Time zones in which an E.164 number may be; none where the number does not say.

    A toll-free number has those of all who share its plan, from Bermuda to Guam: it says nothing.
    """
    parsed = _parse(number, "US") if E164_SHAPE.fullmatch(number) else None
    found = () if parsed is None else timezone.time_zones_for_number(parsed)
    known = tuple(zone for zone in found if zone != timezone.UNKNOWN_TIMEZONE)
    return known if len(known) <= _MOST_ZONES else ()


def is_allowed(number: str, country: str) -> bool:
    """Whether a customer's E.164 number may be stored as a contact, texted or called.

    Only numbers of the business's own tariff area, and no line that bills its caller.
    """
    parsed = _parse(number, country)
    if parsed is None or phonenumbers.number_type(parsed) in _COSTLY:
        return False
    if parsed.country_code != phonenumbers.country_code_for_region(country):
        return False
    national = str(parsed.national_number)
    if parsed.country_code == _NANP and national.startswith(_NANP_COSTLY_PREFIXES):
        return False
    region = phonenumbers.region_code_for_number(parsed)
    return region is None or region in _SAME_TARIFF.get(country, frozenset({country}))


def customer_phone(text: str, business: Business) -> str:
    """The E.164 number a customer gave.

    Raises:
        CallerFixable: ``phone.invalid`` or ``phone.not_allowed``.
    """
    number = e164(text, business.country)
    if number is None:
        raise CallerFixable(
            "phone.invalid",
            "That is not a complete phone number.",
            say="I didn't get a complete phone number. Could you give it to me again?",
            field="phone",
        )
    if not is_allowed(number, business.country):
        raise CallerFixable(
            "phone.not_allowed",
            "That number cannot be used for a booking.",
            say="I can't use that number. Is there another phone number I can reach you at?",
            field="phone",
        )
    return number


def _parse(text: str, country: str) -> PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_possible_number(number) else None


def known_number(number: str | None) -> str:
    """A caller's number where it is somebody's; what carriers send for none is nobody's, ""."""
    return "" if number is None or is_placeholder(number) else number
