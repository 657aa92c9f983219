"""What a partial transcript says about the caller's turn: all there, in the middle, or no telling.

Turn-taking asks while the caller pauses. COMPLETE saves dead air, INCOMPLETE grants patience, and a
wrong verdict costs little: an early reply can be talked over, a late one is merely slow.
"""

from __future__ import annotations

from voiceagent.dialogue.house.hearing.codes import hear_code
from voiceagent.domain.business import Business
from voiceagent.domain.denial import denies_a_part
from voiceagent.domain.expecting import Completeness, Expecting
from voiceagent.domain.identity import CODE_LENGTH
from voiceagent.language.en_us.addresses import hear_address
from voiceagent.language.en_us.digits import spoken_digits
from voiceagent.language.en_us.emails import hear_email
from voiceagent.language.en_us.matching import find_worded, words
from voiceagent.language.en_us.phones import hear_phone
from voiceagent.language.en_us.yes_no import YesNo, hear_yes_no

_NEVER_LAST = frozenset(
    ("and", "um", "uh", "er", "my", "the", "a", "an", "or", "but", "because", "to", "for", "with",
     "of", "from", "your", "our", "their", "his", "her", "i", "we", "if", "like", "then", "um")
)  # fmt: skip
_SELDOM_LAST = frozenset(
    ("is", "it's", "i'm", "are", "at", "on", "in", "so", "am", "name", "that's")
)
_HANDS_OVER = tuple(
    tuple(phrase.split())
    for phrase in (
        "how are you", "how are you doing", "how are you today", "can you help me",
        "could you help me", "can you hear me", "are you there", "is anybody there",
    )
)  # fmt: skip
"""Questions to us that are whole: whoever ends with one waits for the answer."""

_ANSWERS = frozenset({Expecting.YES_NO, Expecting.NOTES})
_NOTE_DIGITS = 3
_NOTE_VERBS = frozenset(
    ("is", "are", "there's", "it's", "that's", "have", "has", "use", "ring", "knock", "park",
     "call", "come", "bring", "leave", "beware", "works", "opens", "sticks", "bites", "barks",
     "need")
)  # fmt: skip
_PHONES = frozenset({Expecting.PHONE, Expecting.NAME_AND_PHONE})


def completeness(text: str, expecting: Expecting, business: Business) -> Completeness:  # noqa: PLR0911 - one return per case
    """Judge a partial transcript of one turn.

    Args:
        text: what was recognised so far, without punctuation or with.
        expecting: what the open question asks for.
        business: for its country and the places it knows.
    """
    heard = words(text)
    if not heard:
        return Completeness.UNKNOWN
    if any(heard[-len(phrase) :] == phrase for phrase in _HANDS_OVER):
        return Completeness.COMPLETE
    last = text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split()[-1].strip(".,;?!")
    if last in _NEVER_LAST:
        return Completeness.INCOMPLETE
    answer = hear_yes_no(text)
    if expecting is Expecting.YES_NO and answer is not YesNo.UNCLEAR:
        begun = answer is YesNo.NO and denies_a_part(text, business)
        return Completeness.INCOMPLETE if begun else Completeness.COMPLETE
    if last in _SELDOM_LAST:
        return Completeness.INCOMPLETE
    if expecting is Expecting.NOTES:
        return _note(text, heard, answer)
    if expecting is Expecting.CODE:
        return _code(text)
    if expecting is Expecting.ADDRESS:
        return _address(text, heard, business)
    if expecting is Expecting.EMAIL:
        return Completeness.COMPLETE if hear_email(text) else Completeness.UNKNOWN
    return _phone(text, expecting, business)


def _note(text: str, heard: tuple[str, ...], answer: YesNo) -> Completeness:
    if answer is YesNo.NO:
        return Completeness.COMPLETE
    return Completeness.ENOUGH if _tells_something(text, heard) else Completeness.UNKNOWN


def _tells_something(text: str, heard: tuple[str, ...]) -> bool:
    """Whether a note holds a whole fact: a number, or a verb and what it is about."""
    digits = sum(len(run.digits) for run in spoken_digits(text))
    if digits:
        return digits >= _NOTE_DIGITS
    return any(word in _NOTE_VERBS for word in heard[:-1])


def _code(text: str) -> Completeness:
    digits = sum(len(run.digits) for run in spoken_digits(text))
    if digits >= CODE_LENGTH and hear_code(text, asked=True):
        return Completeness.COMPLETE
    return Completeness.INCOMPLETE if digits else Completeness.UNKNOWN


def _phone(text: str, expecting: Expecting, business: Business) -> Completeness:
    """A number counts wherever it is dictated; it completes a turn only where it was asked for."""
    phone = hear_phone(text, country=business.country)
    if phone is not None and phone.complete:
        return Completeness.COMPLETE if expecting in _PHONES else Completeness.UNKNOWN
    digits = sum(len(run.digits) for run in spoken_digits(text))
    dictating = expecting in _PHONES and digits > 0
    if dictating or _says_number(text, digits):
        return Completeness.INCOMPLETE
    return Completeness.UNKNOWN


def _says_number(text: str, digits: int) -> bool:
    tokens = words(text)
    named = any(
        find_worded(cue, tokens) for cue in ("number is", "reach me at", "call me at", "cell is")
    )
    return named and digits > 0


def _address(text: str, heard: tuple[str, ...], business: Business) -> Completeness:
    known = business.vocabulary
    address = hear_address(
        text,
        known_streets=known.streets,
        known_cities=known.cities,
        default_city=business.city,
        default_state=business.state,
    )
    if address is None:
        bare = bool(spoken_digits(text))
        return Completeness.INCOMPLETE if bare else Completeness.UNKNOWN
    if address.number and not address.complete:
        return Completeness.INCOMPLETE
    places = (business.city, business.state, *known.cities)
    placed = address.zip is not None or any(find_worded(place, heard) for place in places)
    return Completeness.COMPLETE if address.complete and placed else Completeness.UNKNOWN
